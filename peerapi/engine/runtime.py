"""The engine thread: one trio loop per process, started when something first needs it.

Calls come from any number of the host program's threads. Most never visit the loop (architecture, decision 5): they
hand it work with ``post``, which wakes it once for many pieces. Importing trio costs about as much as all else
together, so it happens on the engine's own thread and not before a graph listens, connects, or has been open for a
moment.

All signals are blocked on the engine thread: they belong to the host program.
"""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from peerapi.errors import NotInitialized, Unexpected
from peerapi.graphing.clock import Moment

if TYPE_CHECKING:
    import trio

T = TypeVar("T")
UNIX_EPOCH = 116_444_736_000_000_000
"1970-01-01 as a FILETIME."
IDLE_START = 1.0
"Seconds after which an open graph gets its timers although nothing has asked for the network."


_new = tuple.__new__


def moment() -> Moment:
    """Now."""
    return _new(Moment, (UNIX_EPOCH + _nanoseconds() // 100, _elapsed()))


_nanoseconds, _elapsed = time.time_ns, time.monotonic


class SystemRandom(random.SystemRandom):
    """The system's randomness, fetched for many record IDs at once: a system call for each costs more than the ID."""

    _stock = b""
    _used = 0

    def randbytes(self, n: int) -> bytes:
        used = self._used
        if used + n > len(self._stock):
            self._stock, used = os.urandom(max(n, 4096)), 0
        self._used = used + n
        return self._stock[used : used + n]


class StartupCount:
    """Counts the Startup and Shutdown calls of one family of functions."""

    def __init__(self, on_last_shutdown: Callable[[], None]) -> None:
        self._count = 0
        self._lock = threading.RLock()  # the last Shutdown may ask an application's functions, which may call us
        self._on_last_shutdown = on_last_shutdown

    def startup(self) -> None:
        with self._lock:
            self._count += 1

    def shutdown(self) -> None:
        """Raises NotInitialized when there is nothing to shut down."""
        with self._lock:
            if not self._count:
                raise NotInitialized
            self._count -= 1
            if not self._count:
                self._on_last_shutdown()


class Engine:
    """The loop and the way into it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._hurry = threading.Event()
        self._running = threading.Event()
        self._failure: BaseException | None = None
        self._token: trio.lowlevel.TrioToken | None = None
        self._work: deque[Callable[[], object]] = deque()
        self._woken = False
        self._ident = 0
        self.reports: deque[BaseException] = deque(maxlen=100)
        self.nursery: trio.Nursery | None = None
        "Where the engine's tasks live; tasks are started from the loop only."

    def post(self, work: Callable[[], object], *, hurry: bool = True) -> None:
        """Have ``work`` called on the loop, soon; ``hurry=False`` does not force the loop into being."""
        self._work.append(work)
        token = self._token
        if token is None:
            self._start(hurry)
        elif not self._woken:
            self._woken = True
            token.run_sync_soon(self._drain)

    def call(self, work: Callable[[], T], timeout: float = 10.0) -> T:
        """Run ``work`` on the loop and return what it returns. Not to be called from the loop itself."""
        answer: list[T] = []
        failure: list[BaseException] = []
        done = threading.Event()

        def run() -> None:
            try:
                answer.append(work())
            except BaseException as error:
                failure.append(error)
            done.set()

        self.post(run)
        if not done.wait(timeout) or self._failure is not None:
            raise Unexpected("The engine does not answer.")
        if failure:
            raise failure[0]
        return answer[0]

    def report(self, error: BaseException) -> None:
        """Note an error that nobody waits for; the latest are kept for ``peerapi doctor`` and for tests."""
        self.reports.append(error)

    def on_loop(self) -> bool:
        """Whether the calling thread is the engine's."""
        return threading.get_ident() == self._ident

    def _start(self, hurry: bool) -> None:
        with self._lock:
            if self._thread is None:
                mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
                try:
                    self._thread = threading.Thread(target=self._run, name="peerapi engine", daemon=True)
                    self._thread.start()
                finally:
                    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        if hurry:
            self._hurry.set()

    def _run(self) -> None:
        self._ident = threading.get_ident()
        self._hurry.wait(IDLE_START)
        try:
            import trio

            trio.run(self._main)
        except BaseException as error:
            self._failure = error

    async def _main(self) -> None:
        import trio

        async with trio.open_nursery() as nursery:
            self.nursery = nursery
            self._token = trio.lowlevel.current_trio_token()
            self._running.set()
            self._woken = True
            self._drain()
            await trio.sleep_forever()

    def _drain(self) -> None:
        self._woken = False
        work = self._work
        for _ in range(len(work)):
            try:
                work.popleft()()
            except Exception as error:  # one piece of work may not end the loop of all
                self.report(error)
        if work and not self._woken:
            self._woken = True
            assert self._token is not None
            self._token.run_sync_soon(self._drain)


class FairLock:
    """A lock that a thread cannot take again and again past one that waits.

    A caller that adds records in a tight loop would otherwise starve the engine thread: a plain lock that is released
    goes to whoever asks first, and that is the thread that has just had it and holds the GIL.
    """

    __slots__ = ("_inner", "_outer", "leave", "take", "turn")

    def __init__(self) -> None:
        self._outer = self.turn = threading.Lock()
        self._inner = threading.Lock()
        self.take = self._inner.acquire
        self.leave = self._inner.release
        """For who enters very often, ``with lock.turn: lock.take()`` and finally ``lock.leave()`` are the same and cost
        a fifth."""

    def __enter__(self) -> None:
        with self._outer:
            self._inner.acquire()

    def __exit__(self, *_: object) -> None:
        self._inner.release()
