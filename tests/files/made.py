"""Files for the tests, and sources that give them, honest or not, without a network."""

from __future__ import annotations

import random
from collections.abc import Callable

from peerapi.files.content import Content, Hashing, length
from peerapi.files.fetching import Drop, Fetch, Listed, Send, Store
from peerapi.files.messages import Message, Piece, encode
from peerapi.files.serving import Serving

Change = Callable[[bytes], bytes | None]
"What a source makes of each of its messages before it is sent; None: nothing is sent."


def some_bytes(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)


def content_of(data: bytes) -> Content:
    hashing = Hashing()
    hashing.feed(data)
    return hashing.end()


class Giver:
    """A source that has a file; ``change`` makes it another than an honest one."""

    def __init__(self, data: bytes, change: Change = bytes) -> None:
        self.data = data
        self.content = content_of(data)
        self.change = change
        self._serving = Serving(lambda file: self.content if file == self.content.id else None)

    def answers(self, message: Message) -> list[bytes]:
        self._serving.received(encode(message))
        question = self._serving.next()
        assert question
        found = self._serving.answer(question)
        if isinstance(found, tuple):
            content, piece = found
            begin = piece * length(content.size, 0)
            found = Piece(question.file, piece, self.data[begin : begin + length(content.size, piece)])
        changed = self.change(encode(found))
        return [] if changed is None else [changed]


class Getting:
    """A fetch with its sources: what was stored, and who was let go and why."""

    def __init__(self, fetch: Fetch, size: int, givers: dict[int, Giver]) -> None:
        self.fetch = fetch
        self.givers = givers
        self.stored = bytearray(size)
        self.dropped: dict[int, str] = {}
        self.listed: Content | None = None
        self.now = 0.0
        self.asked: list[Message] = []
        self._under_way: list[Send | Store] = []
        for number in givers:
            fetch.came(number, self.now)

    def run(self, chance: random.Random | None = None, most: int = 1 << 30) -> None:
        """Until nothing is on its way any more, or so many things have happened. ``chance`` takes what is under way in
        any order."""
        under_way = self._under_way
        while most:
            for one in self.fetch.outputs:
                if isinstance(one, Drop):
                    self.dropped[one.source] = one.why
                elif isinstance(one, Listed):
                    self.listed = one.content
                else:
                    under_way.append(one)
            self.fetch.outputs.clear()
            if not under_way:
                return
            most -= 1
            self.now += 0.001
            one = under_way.pop(chance.randrange(len(under_way)) if chance else 0)
            if isinstance(one, Store):
                begin = one.piece * length(len(self.stored), 0)
                self.stored[begin : begin + len(one.data)] = one.data
                self.fetch.stored(one.source, one.piece, self.now)
            elif one.source not in self.dropped:
                self.asked.append(one.message)
                for data in self.givers[one.source].answers(one.message):
                    self.fetch.received(one.source, data, self.now)


def got(data: bytes, *givers: Giver) -> Getting:
    """What comes of fetching that file from these sources."""
    content = content_of(data)
    getting = Getting(Fetch(content.id, content.size), content.size, dict(enumerate(givers)))
    getting.run()
    return getting
