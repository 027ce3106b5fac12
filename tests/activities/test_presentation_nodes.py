"""A presentation at three members, each a node of its graph: only who has begun it adds pages and leads, everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import trio

from peerapi import Graph, Group, errors
from peerapi.activities import slide_records
from peerapi.activities.rendering import Page
from peerapi.activities.slide_records import HANDS, PAGES
from peerapi.activities.slide_show import SlideShow
from peerapi.activities.slides import Presentation
from peerapi.grouping.reserved import ReservingSecurity
from peerapi.pages.requests import Refused
from tests.activities import pdfs
from tests.activities.test_nodes import Member, played, three
from tests.activities.test_rendering import small

OTHER = UUID(int=9)


def show(member: Member, id: UUID) -> SlideShow:
    found = member.running(id).beside
    assert isinstance(found, SlideShow)
    return found


def is_whole(view: Any) -> bool:
    """All pages are here."""
    return view["deck"] is not None and "0" not in view["deck"]["ready"]


def group_of(member: Member) -> Group:
    found = member.beside._group
    assert found is not None
    return found


def graph_of(member: Member, id: UUID) -> Graph:
    found = member.running(id)._graph
    assert found is not None
    return found


def forged() -> list[bytes]:
    """Pages of somebody else, shown at once."""
    parts = slide_records.parts(OTHER, 0, Page(small(), "owned"))
    return [slide_records.beginning(OTHER, 1, "owned.pdf", 1000), *parts, slide_records.leading(0, 1001)]


async def begun(ann: Member, *others: Member) -> UUID:
    await ann.until(lambda: ann.beside.is_ready)
    talk = await ann.beside.begin(Presentation.kind)
    for other in others:
        assert (await other.listed(1))[0]["title"] == "Presentation"
        await other.beside.open(talk)
    return talk


def test_pages_come_to_all_also_later_and_the_presenter_leads(tmp_path: Path) -> None:
    async def main() -> None:
        async with three(tmp_path) as (ann, ben, carl):
            talk = await begun(ann, ben)
            await show(ann, talk).show(pdfs.pages("Hello", "Second", "The end"), "talk.pdf")
            await ann.running(talk).ask("lead", {"page": 2})
            view = await ben.sees(talk, lambda view: is_whole(view) and view["at"] == 2)
            assert (view["deck"]["name"], view["deck"]["pages"], view["refused"]) == ("talk.pdf", 3, 0)
            deck = UUID(view["deck"]["id"])
            page = show(ben, talk).page(deck, 2)
            assert page is not None and page == show(ann, talk).page(deck, 2) and page.text == "The end"
            await ben.running(talk).ask("hand", {"raised": True})
            await ben.running(talk).ask("ask", {"words": "Why?"})
            question = (await ann.sees(talk, lambda view: view["hands"] and view["questions"]))["questions"][0]
            await ann.running(talk).ask("answered", {"question": question["id"]})
            await ben.sees(talk, lambda view: view["questions"][0]["answered"])

            # Carl comes later, and has all of it.
            await carl.listed(1)
            await carl.beside.open(talk)
            late = await carl.sees(talk, lambda view: is_whole(view) and view["at"] == 2 and view["hands"])
            assert late["hands"] == [ben.running(talk).me] and show(carl, talk).page(deck, 2) == page

            with pytest.raises(Refused, match="only who has begun it"):
                await ben.running(talk).ask("lead", {"page": 0})
            with pytest.raises(Refused, match="only who has begun it"):
                await show(ben, talk).show(pdfs.pages("x"), "x.pdf")
            with pytest.raises(Refused, match="no such page"):
                await ann.running(talk).ask("lead", {"page": 3})
            with pytest.raises(Refused, match="cannot be shown"):
                await show(ann, talk).show(b"%PDF-1.7 but no more", "broken.pdf")
            assert ann.running(talk).state()["view"]["deck"]["name"] == "talk.pdf"

    played(main)


def allow_anything(member: Member, id: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that somebody has changed: it does not ask what is reserved."""
    security = graph_of(member, id)._driver.graph.security
    assert isinstance(security, ReservingSecurity) and security.reserved
    monkeypatch.setattr(security, "reserved", {})
    monkeypatch.setattr(security, "_types", frozenset())


def test_pages_of_anybody_else_are_refused_by_every_node_s_security(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        async with three(tmp_path) as (ann, ben, carl):
            talk = await begun(ann, ben, carl)
            await show(ann, talk)._publish([Page(small(), "Hello")], "talk.pdf")
            for member in (ben, carl):
                before = await member.sees(talk, is_whole)
            with pytest.raises(errors.NotAuthorized):
                await graph_of(carl, talk).add(PAGES, forged()[0])

            allow_anything(carl, talk, monkeypatch)
            for data in forged():
                await graph_of(carl, talk).add(PAGES, data)
            await graph_of(carl, talk).add(HANDS, slide_records.asking("Do you see it?"))  # comes after them
            for member in (ann, ben):
                view = await member.sees(talk, lambda view: view["questions"])
                assert view == {**before, "questions": view["questions"]}
                assert len(await graph_of(member, talk).records(PAGES)) == 2  # they were not taken in at all
            assert any("RESERVED" in group_of(member).refusals() for member in (ann, ben))  # his neighbors have counted

    played(main)


def test_without_what_is_reserved_the_rules_of_each_node_refuse_them_and_without_these_they_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        monkeypatch.setattr(Presentation, "reserved", lambda self, begun: {})
        async with three(tmp_path) as (ann, ben, carl):
            talk = await begun(ann, ben, carl)
            await show(ann, talk)._publish([Page(small(), "Hello")], "talk.pdf")
            before: Any = await ben.sees(talk, is_whole)
            await carl.sees(talk, is_whole)
            for data in forged():
                await graph_of(carl, talk).add(PAGES, data)
            for member in (ann, ben):
                assert await member.sees(talk, lambda view: view["refused"] == 3) == {**before, "refused": 3}
            with monkeypatch.context() as unchecked:
                unchecked.setattr(slide_records, "is_theirs", lambda presenter, record: True)
                assert ben.running(talk).state()["view"]["deck"]["name"] == "owned.pdf"

    played(main)


def test_who_leads_hears_of_a_pdf_that_is_being_read(tmp_path: Path) -> None:
    async def main() -> None:
        async with three(tmp_path) as (ann, _, _):
            talk = await begun(ann)
            said: list[str] = []
            with ann.running(talk).broadcast.subscribe() as news:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(show(ann, talk).show, pdfs.pages("Hello"), "talk.pdf")
                    while not said or said[-1]:
                        one = await news.receive()
                        if one["is"] == "beside":
                            said.append(one["local"]["said"])
            assert said[:2] == ["Page 1 of 1 is read ...", "The pages are sent ..."]

    played(main)
