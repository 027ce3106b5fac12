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
import sys
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import peerapi.process as process
from peerapi.engine.later_modules import imported_later
from peerapi.engine.network_watch import NetworkWatch
from peerapi.errors import NotInitialized, OutOfMemory, PeerError, Unexpected, WrappedWin32Error, os_failure
from peerapi.log import Log
from peerapi.moment import Moment
from peerapi.signals import deferred

if TYPE_CHECKING:
    import trio

T = TypeVar("T")
log = Log("engine")
UNIX_EPOCH = 116_444_736_000_000_000
"1970-01-01 as a FILETIME."
IDLE_START = 1.0
"Seconds after which an open graph gets its timers although nothing has asked for the network."
LATEST_START = 60.0
"""Seconds between two tries to start the loop when nobody asks for it, at most: IDLE_START at first, then twice as many
each time."""
ANSWER = 10.0
"Seconds that a call waits for a loop that runs."


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

    @deferred
    def startup(self) -> None:
        process.refuse()
        process.in_use()
        with self._lock:
            self._count += 1

    @deferred
    def shutdown(self) -> None:
        """Raises NotInitialized when there is nothing to shut down."""
        process.refuse()
        with self._lock:
            if not self._count:
                raise NotInitialized
            self._count -= 1
            if not self._count:
                self._on_last_shutdown()


class _Call(Generic[T]):
    """Work of which somebody waits for the result."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._results: list[T] = []
        self._failure: BaseException | None = None
        self._done = threading.Event()

    def __call__(self) -> None:
        try:
            self._results.append(self._work())
        except BaseException as error:
            self._failure = error
        self._done.set()

    def fail(self, error: PeerError) -> None:
        """It will not be done."""
        self._failure = error
        self._done.set()

    def result(self, patience: float) -> T:
        """Raises what the work raises, and Unexpected when it does not come."""
        if not self._done.wait(patience):
            raise Unexpected("The engine does not answer.")
        if self._failure is not None:
            raise self._failure
        return self._results[0]


class Engine:
    """The loop and the way into it.

    A loop that cannot start (no descriptors, no module in a new root folder) fails the calls that want it, with the
    reason, and is tried again by the next of them, and from time to time for what does not wait.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._hurry = threading.Event()
        self._token: trio.lowlevel.TrioToken | None = None
        self._work: deque[Callable[[], object]] = deque()
        self._woken = False
        self._ident = 0
        self.reports: deque[BaseException] = deque(maxlen=100)
        self.nursery: trio.Nursery | None = None
        "Where the engine's tasks live; tasks are started from the loop only."
        self.network_watch = NetworkWatch(self._spawn, self.report)
        process.tell(self)

    @deferred
    def begin(self) -> None:
        """Have the engine's thread, which starts the loop soon. Raises OutOfMemory: there can be no thread."""
        process.refuse()
        process.in_use()
        self._start(hurry=False)

    def ready(self) -> None:
        """Wait until the loop runs, for who will leave work to it and not look whether it is done. Raises why it does
        not."""
        if self._token is None:
            self.call(_nothing)

    @deferred
    def post(self, work: Callable[[], object], *, hurry: bool = True) -> None:
        """Have ``work`` called on the loop, soon; ``hurry=False`` does not force the loop into being."""
        self._work.append(work)
        token = self._token
        if token is None:
            self._start(hurry)
        elif not self._woken:
            self._woken = True
            try:
                token.run_sync_soon(self._drain)
            except RuntimeError:  # trio.RunFinishedError: the loop has just ended
                self._start(hurry)

    def call(self, work: Callable[[], T], timeout: float = ANSWER) -> T:
        """Run ``work`` on the loop and return what it returns. Not to be called from the loop itself. Raises what it
        raises, and the reason why the loop does not start."""
        call = _Call(work)
        patience = timeout if self._token is not None else LATEST_START + timeout
        self.post(call)
        return call.result(patience)

    def repeat(self, seconds: float, work: Callable[[], bool]) -> None:
        """Have ``work`` called on the loop every so many seconds, as long as it answers True."""

        async def again() -> None:
            import trio

            try:
                await trio.sleep(seconds)
                while work():
                    await trio.sleep(seconds)
            except Exception as error:
                self.report(error)

        def start() -> None:
            assert self.nursery is not None
            self.nursery.start_soon(again)

        self.post(start)

    def report(self, error: BaseException) -> None:
        """Note an error that nobody waits for; the latest are kept for ``peerapi doctor`` and for tests."""
        self.reports.append(error)
        log.warning("%s: %s", type(error).__name__, str(error).replace("\n", " "))

    def _spawn(self, task: Callable[..., Awaitable[object]], *args: object) -> None:
        """Start a task; on the loop only."""
        assert self.nursery is not None
        self.nursery.start_soon(task, *args)

    def on_loop(self) -> bool:
        """Whether the calling thread is the engine's."""
        return threading.get_ident() == self._ident

    def forked(self) -> None:
        """In a child of fork: the thread has not come along, and its work is the parent's."""
        self._token = self._thread = self.nursery = None
        self._work.clear()
        self._lock = threading.Lock()

    def _start(self, hurry: bool) -> None:
        if process.refused() and not hurry:
            return
        process.refuse()
        process.in_use()
        with self._lock:
            if self._thread is None:
                mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
                try:
                    thread = threading.Thread(target=self._run, name="peerapi engine", daemon=True)
                    thread.start()
                except RuntimeError as error:
                    self._work.clear()
                    raise OutOfMemory(f"The engine cannot start: {error}.") from error
                finally:
                    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
                self._thread = thread
            if hurry:
                self._hurry.set()

    def _run(self) -> None:
        self._ident = threading.get_ident()
        pause = IDLE_START
        while True:
            self._hurry.wait(pause)
            waiting = {call for call in list(self._work) if isinstance(call, _Call)}
            try:
                _import_trio()
                import trio

                trio.run(self._main)
            except BaseException as error:
                self._stopped(error, waiting)
                pause = min(2 * pause, LATEST_START)

    def _stopped(self, error: BaseException, waiting: set[_Call[Any]]) -> None:
        """The loop did not start, or has ended: tell who has been ``waiting`` since before. For who came later it is
        started again: what was wrong then may be over."""
        self.report(error)
        with self._lock:
            self._token = self.nursery = None
            self._woken = False
            self._hurry.clear()
            calls = [one for one in list(self._work) if isinstance(one, _Call)]  # others may post meanwhile
            failed = [call for call in calls if call in waiting]
            for call in failed:
                self._work.remove(call)
            if len(failed) < len(calls):
                self._hurry.set()
        for call in failed:
            call.fail(_reason(error))

    async def _main(self) -> None:
        import trio

        async with trio.open_nursery() as nursery:
            self.nursery = nursery
            self._token = trio.lowlevel.current_trio_token()
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


def _import_trio() -> None:
    """Import trio as a whole, or nothing of it: with modules that an import left behind which could not read the others
    (too many files are open), the next import would make a trio that never runs. Raises what the import raises."""
    try:
        with imported_later("ssl", "hmac"):
            import_module("trio")
    except BaseException:
        for name in [name for name in sys.modules if name.partition(".")[0] == "trio"]:
            del sys.modules[name]
        raise


def _nothing() -> None:
    """Work that is done when the loop runs."""


def _reason(error: BaseException) -> PeerError:
    text = f"The engine cannot start: {error}"
    if isinstance(error, OSError):
        return WrappedWin32Error(os_failure(error).hresult & 0xFFFF, text)
    return OutOfMemory(text) if isinstance(error, MemoryError) else Unexpected(text)


class FairLock:
    """A lock that a thread cannot take again and again past one that waits.

    A caller that adds records in a tight loop would otherwise starve the engine thread: a plain lock that is released
    goes to whoever asks first, and that is the thread that has just had it and holds the GIL.

    In a child of fork, which has whatever the parent's threads were just doing, nobody gets it.
    """

    __slots__ = ("__weakref__", "_inner", "_outer", "leave", "take", "turn")

    def __init__(self) -> None:
        self._outer: threading.Lock | _Refusal = threading.Lock()
        self._inner: threading.Lock | _Refusal = threading.Lock()
        self.turn: threading.Lock | _Refusal = self._outer
        self.take: Callable[[], object] = self._inner.acquire
        self.leave: Callable[[], object] = self._inner.release
        """For who enters very often, ``with lock.turn: lock.take()`` and finally ``lock.leave()`` are the same and cost
        a fifth."""
        process.tell(self)

    def __enter__(self) -> None:
        with self._outer:
            self._inner.acquire()

    def __exit__(self, *_: object) -> None:
        self._inner.release()

    def forked(self) -> None:
        self._outer = self.turn = self._inner = _Refusal()
        self.take = process.refuse


class _Refusal:
    """A lock that nobody gets."""

    def __enter__(self) -> None:
        process.refuse()

    def __exit__(self, *_: object) -> None:
        """Nobody was let in."""

    def acquire(self) -> None:
        process.refuse()

    def release(self) -> None:
        """Nobody has it."""
