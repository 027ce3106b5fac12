"""Threads for what would hold up the loop: proving who one is, asking for members, telling of group news.

trio keeps the threads of ``trio.to_thread`` and gives them to any other loop of the process. Ours have all signals
blocked, as the engine's own thread has, and processes that a host program starts would inherit that. So these are
threads of our own, one for each piece of work.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import trio

T = TypeVar("T")


async def in_thread(work: Callable[..., T], *args: object, limiter: trio.CapacityLimiter | None = None) -> T:
    """What ``work`` returns or raises; it is waited for, whatever is cancelled.

    ``limiter``: how many may run at once.
    """
    import trio

    token, done = trio.lowlevel.current_trio_token(), trio.Event()
    results: list[T] = []
    failures: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work(*args))
        except BaseException as error:
            failures.append(error)
        with contextlib.suppress(trio.RunFinishedError):  # the engine has ended, and nobody waits
            token.run_sync_soon(done.set)

    async with limiter or contextlib.nullcontext():
        threading.Thread(target=run, name="peerapi worker", daemon=True).start()
        with trio.CancelScope(shield=True):
            await done.wait()
    if failures:
        raise failures[0]
    return results[0]
