"""A document at three members of one group, each a node of its graph: what two write comes to all, and what the program
of a third makes up comes to nobody."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
import trio
from pycrdt import Doc, Text

from peerapi import Graph, PeerError
from peerapi.activities.document import parts, updates
from peerapi.activities.document.kind import Document
from peerapi.activities.document.parts import Header
from peerapi.activities.document.running import RunningDocument
from peerapi.activities.document.updates import PART
from peerapi.activities.document.window import DocumentWindow
from peerapi.pages.requests import Refused
from tests.activities.test_nodes import Member, played, three


class Page(DocumentWindow):
    """A window without a browser: what it is told is taken as document.js does."""

    def __init__(self, running: RunningDocument, name: str) -> None:
        super().__init__(running)
        self.name = name * 16
        self.made = 0

    def opened(self) -> None:
        """The text as it is."""
        self._running.windows.add(self)
        told = {one["is"]: one for one in self.snapshot()}
        self._seen(told["text"]["number"])

    def type(self, *delta: int | str) -> None:
        self.made += 1
        self._edit(self.name, self.made, self._number, list(delta))


def running(member: Member, id: UUID) -> RunningDocument:
    found = member.running(id)
    assert isinstance(found, RunningDocument)
    return found


async def until(documents: list[RunningDocument], text: str) -> None:
    while any(one.text != text for one in documents):
        await trio.sleep(0.01)


async def opened(members: list[Member]) -> tuple[UUID, list[RunningDocument]]:
    """A document of the first one, at all of them."""
    ann = members[0]
    await ann.until(lambda: ann.beside.is_ready)
    id = await ann.beside.begin(Document.kind)
    for other in members[1:]:
        await other.listed(1)
        await other.beside.open(id)
    documents = [running(member, id) for member in members]
    while not all(one.state()["ready"] for one in documents):
        await trio.sleep(0.01)
    return id, documents


def test_what_is_written_comes_to_all_and_what_is_made_up_to_nobody(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        async with three(tmp_path) as members:
            _, documents = await opened(members)
            pages = [Page(one, name) for one, name in zip(documents, "abc", strict=True)]
            for page in pages:
                page.opened()
            pages[0].type("Hello")
            await until(documents, "Hello")
            for page in pages:
                page._seen(page._number)
            pages[1].type(5, " world")
            pages[0].type("Oh: ")
            await until(documents, "Oh: Hello world")
            documents[0].caret_at(4, 9)
            while not documents[1].carets()["carets"]:
                await trio.sleep(0.01)
            (caret,) = documents[1].carets()["carets"]
            assert (caret["peer"], caret["at"]) == (members[0].session.source.peer, [4, 9])

            # Carl's program writes in Ann's name, says where Ann is, and changes Ann's record.
            graph = documents[2]._graph
            assert isinstance(graph, Graph)
            ann = members[0].session.source.peer
            forger: Doc[Text] = Doc(client_id=updates.client_of(ann, 4000))
            forger.get("text", type=Text).insert(0, "I owe Carl 100. ")
            forged = parts.encoded(Header(1 << 52, (None, None)), forger.get_update())
            await graph.add(PART, forged)
            (own,) = [one for one in await graph.records(PART) if one.creator == ann]
            with pytest.raises(PeerError):
                await graph.update(own.id, forged)
            for unsound in (b"", b"\x01\x02\x00{}", forged[:-3], b"\x02" + forged[1:], forged + bytes(parts.MOST_DATA)):
                await graph.add(PART, unsound)
            for one in documents:
                while one.refused < 6:
                    await trio.sleep(0.01)
                assert (one.refused, one.text) == (6, "Oh: Hello world")
            (caret,) = documents[1].carets()["carets"]
            assert (caret["peer"], caret["at"]) == (ann, [4, 9])

            # Without the check of whose text it is, all would read that Ann has written so.
            monkeypatch.setattr(updates, "is_of", lambda client, peer: True)
            (record,) = [one for one in await graph.records(PART) if one.data == forged]
            documents[1]._judged.clear()
            await documents[1]._take([record])
            assert "I owe Carl 100. " in documents[1].text

    played(main)


def test_it_is_there_again_and_goes_on_where_one_was_alone(tmp_path: Any) -> None:
    async def main() -> None:
        async with three(tmp_path) as members:
            _, ben, _ = members
            id, documents = await opened(members)
            page = Page(documents[0], "a")
            page.opened()
            page.type("before")
            await until(documents, "before")
            before = ben.beside._group
            await ben.session.set_online(False)
            await ben.until(lambda: ben.beside.is_ready and ben.beside._group is not before)
            await ben.beside.open(id)
            alone = running(ben, id)
            await until([alone], "before")
            graph = alone._graph
            assert isinstance(graph, Graph) and not graph.addresses  # its board is offline: nobody calls, or is called
            theirs = Page(alone, "b")
            theirs.opened()
            theirs.type(6, " alone")
            page.type("meanwhile ")
            await until([documents[0], documents[2]], "meanwhile before")
            await until([alone], "before alone")
            assert alone.state()["alone"] and not graph.connections()
            while alone._own is None or not alone._own_ids:
                await trio.sleep(0.01)
            before = ben.beside._group
            await ben.session.set_online(True)
            await ben.until(lambda: ben.beside.is_ready and ben.beside._group is not before)
            await ben.beside.open(id)
            await until([documents[0], documents[2], running(ben, id)], "meanwhile before alone")

    played(main)


def test_what_a_page_asks_is_checked(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with three(tmp_path) as members:
            _, documents = await opened(members[:1])
            page = Page(documents[0], "a")
            with pytest.raises(Refused, match="reached"):
                Page(
                    RunningDocument(Document(), documents[0].begun, documents[0]._group, dict, here=True, online=True),
                    "b",
                ).type("x")
            page.opened()
            page.type("text")
            for asked in (
                '{"do": "edit"}',
                '{"do": "edit", "window": "a", "count": 2, "seen": 1, "delta": [1]}',
                f'{{"do": "edit", "window": "{page.name}", "count": 2, "seen": 1, "delta": ["\\u0000"]}}',
                f'{{"do": "edit", "window": "{page.name}", "count": 2, "seen": 1, "delta": ["\\ud800"]}}',
                f'{{"do": "edit", "window": "{page.name}", "count": 2, "seen": 1, "delta": [0]}}',
                f'{{"do": "edit", "window": "{page.name}", "count": 2, "seen": 1, "delta": []}}',
                f'{{"do": "edit", "window": "{page.name}", "count": 2, "seen": 1, "delta": [9, "x"]}}',
                f'{{"do": "edit", "window": "{page.name}", "count": 9, "seen": 1, "delta": ["x"]}}',
                f'{{"do": "edit", "window": "{page.name}", "count": 1, "seen": 1, "delta": ["x"]}}',
                f'{{"do": "edit", "window": "{"0" * 16}", "count": 1, "seen": 1, "delta": ["x"]}}',
                '{"do": "redo"}',
                '{"do": "rm"}',
            ):
                with pytest.raises(Refused):
                    await page.handle(asked)
            assert documents[0].text == "text"
            from peerapi.activities.document import running as module

            monkeypatch.setattr(module, "MOST_TEXT", 5)
            with pytest.raises(Refused, match="up to 5 characters"):
                page.type("no room")

    played(main)


def test_without_pycrdt_the_page_is_told_what_to_install(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with three(tmp_path) as (ann, *_):
            await ann.until(lambda: ann.beside.is_ready)
            with monkeypatch.context() as without:
                without.setattr("importlib.util.find_spec", lambda name: None)
                with pytest.raises(Refused, match=r"pip install 'peerapi\[document\]'"):
                    await ann.beside.begin(Document.kind)
            assert ann.beside.listed() == []

    played(main)
