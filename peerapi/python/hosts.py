"""The event loop of the program that uses the Python API: trio's or asyncio's, whichever is running.

The engine has a loop and a thread of its own, so the host's loop is only needed to wait: for the engine to have
something, and for work that would hold the loop up and is done on a thread.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Protocol, TypeVar

import peerapi.process as process

T = TypeVar("T")


class Parking(Protocol):
    """One task that waits for something another thread will tell."""

    async def wait(self) -> None:
        """Until ``wake``. Can be cancelled."""

    def wake(self) -> None:
        """From any thread, any number of times, also when the loop is gone."""


class Host(Protocol):
    """What an event loop has to offer."""

    def parking(self) -> Parking:
        """A parking place for the calling task."""

    async def checkpoint(self) -> None:
        """Let others run, and notice that the task has been cancelled."""

    async def in_thread(self, work: Callable[[], T], undo: Callable[[T], object] | None = None) -> T:
        """Call ``work`` on a thread. It is never left behind: who is cancelled meanwhile waits until it has returned.

        ``undo`` is called with the result when that cannot be returned because of the cancellation.
        """

    async def to_the_end(self, work: Callable[[], T]) -> T:
        """``in_thread`` also in a task that has been cancelled."""


def current() -> Host:
    """The loop that runs the calling task. Raises RuntimeError outside of one, and for a loop that is neither, and
    Unexpected in a child of fork."""
    process.refuse()
    return _named(_sniffed()())


@cache
def _sniffed() -> Callable[[], str]:
    """What tells which loop runs; to import it with each call would be no small part of a read."""
    from sniffio import current_async_library

    return current_async_library


@cache
def _named(name: str) -> Host:
    if name == "trio":
        from peerapi.python import on_trio

        return on_trio
    if name == "asyncio":
        from peerapi.python import on_asyncio

        return on_asyncio
    raise RuntimeError(f"peerapi works under trio and asyncio, not under {name}")
