"""A document at three members of one group, each a node of its graph: what two write comes to all, and what the program
of a third makes up comes to nobody."""

from __future__ import annotations

from typing import Any

import pytest
from pycrdt import Doc, Text

from peerapi import Graph, PeerError
from peerapi.activities.document import parts, updates
from peerapi.activities.document.kind import Document
from peerapi.activities.document.parts import Header
from peerapi.activities.document.running import RunningDocument
from peerapi.activities.document.updates import PART
from peerapi.pages.requests import Refused
from tests.activities.document.pages import Page, opened, running, until, until_text
from tests.activities.test_nodes import played, three


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
            await until_text(documents, "Hello")
            pages[1].type(5, " world")
            pages[0].type("Oh: ")
            await until_text(documents, "Oh: Hello world")
            documents[0].caret_at(4, 9)
            await until([documents[1]], lambda one: one.carets()["carets"])
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
            await until(documents, lambda one: one.refused >= 6)
            for one in documents:
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
            await until_text(documents, "before")
            before = ben.beside._group
            await ben.session.set_online(False)
            await ben.until(lambda: ben.beside.is_ready and ben.beside._group is not before)
            await ben.beside.open(id)
            alone = running(ben, id)
            await until_text([alone], "before")
            graph = alone._graph
            assert isinstance(graph, Graph) and not graph.addresses  # its board is offline: nobody calls, or is called
            theirs = Page(alone, "b")
            theirs.opened()
            theirs.type(6, " alone")
            page.type("meanwhile ")
            await until_text([documents[0], documents[2]], "meanwhile before")
            await until_text([alone], "before alone")
            assert alone.state()["alone"] and not graph.connections()
            await theirs.until_stored()
            before = ben.beside._group
            await ben.session.set_online(True)
            await ben.until(lambda: ben.beside.is_ready and ben.beside._group is not before)
            await ben.beside.open(id)
            await until_text([documents[0], documents[2], running(ben, id)], "meanwhile before alone")

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
