"""News for the pages that look on: each has a bounded queue of its own."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import trio

QUEUED = 4096
"News that wait for one page, at most. One that is further behind is told everything anew."
News = dict[str, Any]


class Reading:
    """What one page has not read yet: ``async for`` gives it, until it has fallen too far behind, or all is told
    anew."""

    def __init__(self) -> None:
        self._waiting: dict[int | str, News] = {}
        self._numbers = itertools.count()
        self._is_over = False
        self._news = trio.Event()

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, news: News, last: bool) -> bool:
        """Whether there is room."""
        key = news["is"] if last else next(self._numbers)
        self._waiting.pop(key, None)
        if len(self._waiting) >= QUEUED:
            self.end()
            return False
        self._waiting[key] = news
        self._news.set()
        return True

    def end(self) -> None:
        """Nothing more comes."""
        self._is_over = True
        self._news.set()

    def receive_nowait(self) -> News:
        """Raises WouldBlock, EndOfChannel."""
        if self._waiting:
            return self._waiting.pop(next(iter(self._waiting)))
        raise trio.EndOfChannel if self._is_over else trio.WouldBlock

    async def receive(self) -> News:
        """Raises EndOfChannel."""
        await trio.lowlevel.checkpoint()
        while not self._waiting and not self._is_over:
            self._news = trio.Event()
            await self._news.wait()
        return self.receive_nowait()

    def __aiter__(self) -> Reading:
        return self

    async def __anext__(self) -> News:
        try:
            return await self.receive()
        except trio.EndOfChannel:
            raise StopAsyncIteration from None


class Broadcast:
    """Everything that is told comes to every page, in this order."""

    def __init__(self) -> None:
        self._pages: list[Reading] = []

    def __len__(self) -> int:
        return len(self._pages)

    @contextmanager
    def subscribe(self) -> Iterator[Reading]:
        """What is told from now on. It ends when its reader has fallen too far behind."""
        reading = Reading()
        self._pages.append(reading)
        try:
            yield reading
        finally:
            if reading in self._pages:
                self._pages.remove(reading)

    def restart(self) -> None:
        """End every reading: its page is told everything anew."""
        while self._pages:
            self._pages.pop().end()

    def tell(self, news: News, *, last: bool = False) -> None:
        """``last``: of its kind (``is``) only the last one counts, so that one at most waits for a page that does not
        read."""
        self._pages = [one for one in self._pages if one.put(news, last)]
