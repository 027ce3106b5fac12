"""News for the pages that look on: each has a bounded queue of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import trio

QUEUED = 4096
"News that wait for one page, at most. One that is further behind is told everything anew."
News = dict[str, Any]


class Broadcast:
    """Everything that is told comes to every page, in this order."""

    def __init__(self) -> None:
        self._pages: list[trio.MemorySendChannel[News]] = []

    def __len__(self) -> int:
        return len(self._pages)

    @contextmanager
    def subscribe(self) -> Iterator[trio.MemoryReceiveChannel[News]]:
        """What is told from now on. The channel ends when its reader has fallen too far behind."""
        inlet, outlet = trio.open_memory_channel[News](QUEUED)
        self._pages.append(inlet)
        try:
            with inlet, outlet:
                yield outlet
        finally:
            if inlet in self._pages:
                self._pages.remove(inlet)

    def restart(self) -> None:
        """End every channel: its page is told everything anew."""
        while self._pages:
            self._pages.pop().close()

    def tell(self, news: News) -> None:
        for inlet in list(self._pages):
            try:
                inlet.send_nowait(news)
            except trio.WouldBlock:
                self._pages.remove(inlet)
                inlet.close()
