"""One writer of a long document, in a process of their own, who is told what to do a line at a time.

It keeps a journal of each key that it presses, and of how many of them the document has said to be stored.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import UUID

import trio

from peerapi.activities.document import parts
from peerapi.activities.document.kind import Document
from peerapi.activities.document.running import RunningDocument
from peerapi.activities.document.updates import PART
from peerapi.store.data_folder import data_folder
from peerapi.whiteboard.opening import Opening, Wanted
from tests.activities.document.pages import Page, running
from tests.activities.test_nodes import Member

TITLE = "A long document"
JOURNAL = "journal"
LETTERS = "etaoinsrhldcumf e e t é\n🥚"
REMOVED = 0.15
"Part of the keys that remove a letter."


def say(*words: object) -> None:
    print(*words, flush=True)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class Typist:
    """A member at the document, who types at random."""

    def __init__(self, member: Member, run: int, together: int) -> None:
        """``run``: how many keys are pressed at one place, in the mean; ``together``: before it is waited for that they
        are stored, at most."""
        self._member = member
        self._run, self._together = run, together
        self._at = 0
        self._page: Page | None = None
        self._journal = (data_folder() / JOURNAL).open("a", encoding="utf-8")
        self._note("life")

    def _note(self, *words: object) -> None:
        self._journal.write(" ".join(map(str, words)) + "\n")
        self._journal.flush()  # it is the system's then, and outlives this process

    async def _id(self) -> UUID:
        return UUID((await self._member.listed(1))[0]["id"])

    async def _document(self) -> RunningDocument:
        return running(self._member, await self._id())

    async def begin(self) -> None:
        await self._member.until(lambda: self._member.beside.is_ready)
        await self._member.beside.begin(Document.kind)
        await self.open()

    async def open(self) -> None:
        """As soon as it can be written in."""
        await self._member.beside.open(await self._id())
        document = await self._document()
        while not document.state()["ready"]:
            await document.changed()
        self._page = Page(document, random.choice("0123456789abcdef"))
        self._page.name = f"{random.getrandbits(64):016x}"
        self._page.opened()

    async def set_online(self, online: bool) -> None:
        """Its graphs are closed and opened again, with the others or without."""
        beside = self._member.beside
        before = beside._group
        await self._member.session.set_online(online)
        await self._member.until(lambda: beside.is_ready and beside._group is not before)
        await self.open()

    async def type(self, keys: int, seed: int) -> None:
        page, chance, left = self._page, random.Random(seed), keys
        assert page is not None
        document = await self._document()
        while left:
            pressed = [self._press(document, page, chance) for _ in range(min(left, chance.randint(1, self._together)))]
            self._note("\n".join(pressed))
            await page.until_stored()
            self._note("stored")
            left -= len(pressed)
            say("stored", len(pressed))
        assert page.shown == document.text

    def _press(self, document: RunningDocument, page: Page, chance: random.Random) -> str:
        """One key, and what the journal says of it: the client and clock of the letter that came or went."""
        shared, length = document._shared, len(page.shown)
        assert shared is not None
        if self._at > length or chance.random() < 1 / self._run:
            self._at = chance.randint(0, length)
        if self._at and chance.random() < REMOVED:
            self._at -= 1
            unit = shared.unit_at(self._at)
            assert unit is not None
            page.type(*([self._at] if self._at else []), -1)
            return f"- {unit[0]} {unit[1]}"
        letter, clock = chance.choice(LETTERS), shared.clocks.get(shared.client, 0)
        page.type(*([self._at] if self._at else []), letter)
        self._at += 1
        return f"+ {shared.client} {clock} {ord(letter)}"

    async def watch(self) -> None:
        """Say what the text is, whenever it may be another one."""
        document = await self._document()
        while True:
            shared = document._shared
            assert shared is not None
            say("text", digest(document.text), len(document.text), shared.waiting_bytes)
            await document.changed()

    async def join(self, wanted: str) -> None:
        """Open the document, and say how long it has taken until the text was there."""
        id = await self._id()
        begin, used = time.monotonic(), time.process_time()
        await self._member.beside.open(id)
        document = await self._document()
        while digest(document.text) != wanted:
            await document.changed()
        say("joined", time.monotonic() - begin, time.process_time() - used)

    async def dump(self, path: Path) -> None:
        """All that is there, as one update, and the updates of the records, in hexadecimal digits."""
        document = await self._document()
        assert document._shared is not None and document._graph is not None
        records = await document._graph.records(PART)
        found = {
            "state": document._shared.encoded().hex(),
            "updates": [parts.decoded(one.data, one.creator)[1].data.hex() for one in records],
            "bytes": sum(len(one.data) for one in records),
            "text": document.text,
            "graph": document.begun.graph_id,
            "refused": document.refused,
        }
        path.write_text(json.dumps(found), encoding="utf-8")
        say("dumped")


async def _lines() -> AsyncIterator[list[str]]:
    """What is told on standard input, a line at a time, as words."""
    rest = b""
    stream = trio.lowlevel.FdStream(sys.stdin.fileno())
    async for some in stream:
        *lines, rest = (rest + some).split(b"\n")
        for line in lines:
            yield line.decode().split()


async def live(options: argparse.Namespace) -> None:
    given = {"new": TITLE} if options.new else {"join": options.join} if options.join else {"open": TITLE}
    opening = Opening(Wanted(data_folder(), name=options.name, here=True, **given))
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(opening.opened(lambda why: None))
        nursery = await stack.enter_async_context(trio.open_nursery())
        opening.keep(session.source.saved)
        member = Member(session)
        nursery.start_soon(member.run)
        typist = Typist(member, options.run, options.together)
        say("here", session.invitation())
        async for what, *words in _lines():
            match what:
                case "begin":
                    await typist.begin()
                case "open":
                    await typist.open()
                case "offline" | "online":
                    await typist.set_online(what == "online")
                case "type":
                    await typist.type(*map(int, words))
                case "watch":
                    nursery.start_soon(typist.watch)
                    continue
                case "join":
                    await typist.join(*words)
                    continue
                case "dump":
                    await typist.dump(Path(*words))
                    continue
                case "end":
                    break
            say("done", what)
        member.scope.cancel()
        nursery.cancel_scope.cancel()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--name", required=True)
    parser.add_argument("--run", type=int, default=1)
    parser.add_argument("--together", type=int, default=30)
    parser.add_argument("--new", action="store_true")
    parser.add_argument("--join")
    trio.run(live, parser.parse_args())


if __name__ == "__main__":
    main()
