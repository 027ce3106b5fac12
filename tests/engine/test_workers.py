"""Work in threads of the engine's own."""

from __future__ import annotations

import signal
import threading

import pytest
import trio

from peerapi.engine.runtime import Engine
from peerapi.engine.workers import in_thread


def blocked() -> set[int]:
    return {int(number) for number in signal.pthread_sigmask(signal.SIG_BLOCK, ())}


def test_what_is_returned_and_raised_comes_back() -> None:
    async def main() -> None:
        assert await in_thread(divmod, 7, 2) == (3, 1)
        with pytest.raises(ZeroDivisionError):
            await in_thread(divmod, 7, 0)

    trio.run(main)


def test_a_limiter_bounds_how_many_run_at_once() -> None:
    running, most = 0, 0
    lock = threading.Lock()
    meet = threading.Barrier(2, timeout=120)

    def work() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        meet.wait()
        with lock:
            running -= 1

    async def main() -> None:
        limiter = trio.CapacityLimiter(2)

        async def one() -> None:
            await in_thread(work, limiter=limiter)

        async with trio.open_nursery() as nursery:
            for _ in range(6):
                nursery.start_soon(one)

    trio.run(main)
    assert most == 2


def test_work_is_waited_for_when_it_is_cancelled() -> None:
    begun, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        go_on.wait(120)
        ended.set()

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(in_thread, work)
            await trio.to_thread.run_sync(begun.wait, 120)
            nursery.cancel_scope.cancel()
            go_on.set()

    trio.run(main)
    assert ended.is_set()


def test_threads_of_other_loops_do_not_get_the_engines_blocked_signals() -> None:
    """A process that is started in such a thread could not be asked to end."""
    engine, done, found = Engine(), threading.Event(), list[set[int]]()

    async def on_the_engine() -> None:
        found.append(await in_thread(blocked))
        done.set()

    def begin() -> None:
        assert engine.nursery is not None
        engine.nursery.start_soon(on_the_engine)

    engine.post(begin)
    assert done.wait(120)
    assert signal.SIGTERM in found[0]

    async def main() -> set[int]:
        return await trio.to_thread.run_sync(blocked)

    assert trio.run(main) == set()
