"""A host program that runs under trio (see ``hosts``)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TypeVar

import trio

T = TypeVar("T")
checkpoint = trio.lowlevel.checkpoint


class Parked:
    """A task that waits."""

    def __init__(self) -> None:
        self._token = trio.lowlevel.current_trio_token()
        self._event = trio.Event()

    async def wait(self) -> None:
        await self._event.wait()

    def wake(self) -> None:
        with contextlib.suppress(trio.RunFinishedError):
            self._token.run_sync_soon(self._event.set, idempotent=True)


parking = Parked


async def in_thread(work: Callable[[], T], undo: Callable[[T], object] | None = None) -> T:
    """trio gives the result back even to a task that was cancelled meanwhile, so nothing is ever undone."""
    return await trio.to_thread.run_sync(work)


async def to_the_end(work: Callable[[], T]) -> T:
    with trio.CancelScope(shield=True):
        return await trio.to_thread.run_sync(work)
    raise AssertionError("a scope that nobody cancels swallows nothing")
