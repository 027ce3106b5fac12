"""What tests need of an event loop that peerapi does not: tasks side by side, cancelled ones, a look at the time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import TypeVar

import sniffio
import trio

T = TypeVar("T")
Work = Callable[[], Awaitable[T]]


async def both(first: Work[object], second: Work[object]) -> None:
    """Two tasks at once, until both are through."""
    if sniffio.current_async_library() == "trio":
        async with trio.open_nursery() as nursery:
            nursery.start_soon(first)
            nursery.start_soon(second)
    else:
        async with asyncio.TaskGroup() as group:
            group.create_task(_of(first))
            group.create_task(_of(second))


async def _of(work: Work[T]) -> T:
    return await work()


async def cancelled(work: Work[object], when: Work[object]) -> bool:
    """Runs ``work`` and cancels it as soon as ``when`` is through; whether that ended it."""
    if sniffio.current_async_library() == "trio":
        async with trio.open_nursery() as nursery:

            async def stop() -> None:
                await when()
                nursery.cancel_scope.cancel()

            nursery.start_soon(stop)
            await work()
        return nursery.cancel_scope.cancelled_caught
    task = asyncio.create_task(_of(work))
    await asyncio.sleep(0)
    await when()
    task.cancel()
    await asyncio.wait([task])
    return task.cancelled()


async def turns(count: int = 20) -> None:
    """Let all other tasks run for a while."""
    for _ in range(count):
        if sniffio.current_async_library() == "trio":
            await trio.testing.wait_all_tasks_blocked()
        else:
            await asyncio.sleep(0)


async def limited(seconds: float, work: Work[object]) -> None:
    """Runs ``work`` and cancels it after some time, when it is not through by then."""
    if sniffio.current_async_library() == "trio":
        with trio.move_on_after(seconds):
            await work()
    else:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await work()
