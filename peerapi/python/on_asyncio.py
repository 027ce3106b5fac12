"""A host program that runs under asyncio (see ``hosts``)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Parked:
    """A task that waits."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._event = asyncio.Event()

    async def wait(self) -> None:
        await self._event.wait()

    def wake(self) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._event.set)


parking = Parked


async def checkpoint() -> None:
    await asyncio.sleep(0)


async def in_thread(work: Callable[[], T], undo: Callable[[T], object] | None = None) -> T:
    """asyncio would leave the thread behind when the task is cancelled."""
    loop = asyncio.get_running_loop()
    future = loop.run_in_executor(None, work)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        await _ended(future)
        if undo is not None and not future.cancelled() and future.exception() is None:
            result = future.result()
            await _ended(loop.run_in_executor(None, lambda: undo(result)))
        raise


async def to_the_end(work: Callable[[], T]) -> T:
    """A cancelled task is interrupted once, so that its last words are like any others."""
    return await in_thread(work)


async def _ended(future: asyncio.Future[T]) -> None:
    """Until it is, whatever is cancelled; a failure counts as looked at."""
    while not future.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait([future])
    if not future.cancelled():
        future.exception()
