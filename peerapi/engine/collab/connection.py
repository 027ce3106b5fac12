"""One program's connection to the host of its user: calls from any thread, and what the host tells."""

from __future__ import annotations

import contextlib
import itertools
import signal
import socket
import threading
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, TypeVar

import peerapi.process as process
from peerapi.collab import local
from peerapi.collab.fields import Malformed
from peerapi.errors import OutOfMemory, PeerError, ServiceNotAvailable, WrappedWin32Error, by_hresult
from peerapi.log import Log

T = TypeVar("T")
R = TypeVar("R")
PATIENCE = 60.0
"Seconds until an answer has to be there: the longest that any operation takes at the host is half of that."
OTHER_VERSION = "The host of this user is of another version of peerapi: `peerapi host stop` ends it."
_PIECE = 1 << 16
log = Log("collab")


class HostGone(ServiceNotAvailable):
    """The host of this user has ended. ``asked``: perhaps not before it has done what was asked."""

    def __init__(self, *reason: str, asked: bool = True) -> None:
        super().__init__(*reason)
        self.asked = asked


class Language(NamedTuple):
    """What is spoken on a connection."""

    name: str
    "Of the connection's thread."
    limit: int
    "Bytes of a frame."
    read_told: Callable[[int, bytes], Any]
    "Gives what the other side tells without being asked. Raises Malformed."
    other: str = "The host of this user"
    "Who is at the other end, in sentences."


HOST = Language("peerapi collab", local.MAX_FRAME, local.read_told)


class Listener(Protocol):
    """Who hears what the host tells. Called by the connection's thread, one after the other."""

    def told(self, kind: int, value: Any) -> None:
        """Something of ``local.TOLD``."""

    def lost(self, connection: Connection) -> None:
        """The connection has ended, whoever has ended it."""


class _Waiter:
    """A call that waits for its answer."""

    __slots__ = ("answer", "done")

    def __init__(self) -> None:
        self.done = threading.Lock()
        self.done.acquire()
        self.answer: bytes | None = None


class Connection:
    """A connection to a host, or to another program that speaks as one does. Its thread reads, and wakes who waits."""

    def __init__(self, sock: socket.socket, listener: Listener, language: Language = HOST) -> None:
        """Raises OutOfMemory."""
        self._language = language
        self._sock = sock
        self._listener = listener
        self._sending = threading.Lock()
        self._waiting: dict[int, _Waiter] = {}
        self._numbers = itertools.count(1)
        self.alive = True
        self._over = threading.Event()
        process.own(sock)
        process.tell(self)
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        try:
            self._thread = threading.Thread(target=self._read, name=language.name, daemon=True)
            self._thread.start()
        except RuntimeError as error:
            self.close()
            raise OutOfMemory(f"There can be no thread that listens to the host: {error}.") from error
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)

    def greet(self) -> None:
        """Say who we are, to a host. Raises ServiceNotAvailable when it speaks another version."""
        try:
            self.flags = self._greet()
        except PeerError:
            self.close()
            raise

    def _greet(self) -> int:
        """Raises ServiceNotAvailable for a host of another version, and one that is just ending."""
        try:
            welcome = self.call(local.GREET, local.Greeting(local.VERSION))
        except HostGone:
            raise
        except PeerError as error:
            raise ServiceNotAvailable(f"{error} {OTHER_VERSION}") from error
        if welcome.version != local.VERSION:
            raise ServiceNotAvailable(OTHER_VERSION)
        return welcome.flags

    def call(
        self,
        operation: local.Operation[T, R],
        value: T,
        patience: float = PATIENCE,
        goes_on: Callable[[], bool] | None = None,
    ) -> R:
        """The answer. Raises what the host says, and ServiceNotAvailable when it says nothing for ``patience``
        seconds; ``goes_on`` is asked then whether to wait as long again."""
        number = next(self._numbers) & 0xFFFFFFFF or next(self._numbers)
        frame = local.asked(operation, number, value)
        if len(frame) > self._language.limit:
            raise OutOfMemory(f"{len(frame)} bytes are more than can be said at once.")
        waiter = self._waiting[number] = _Waiter()
        try:
            with self._sending:
                if not self.alive:
                    raise HostGone(asked=False)
                self._sock.sendall(frame, socket.MSG_NOSIGNAL)
        except OSError as error:
            self.close()  # before what it has told last is read, perhaps
            raise HostGone(f"{self._language.other} is gone: {error}.", asked=False) from error
        else:
            while self.alive and not waiter.done.acquire(timeout=patience):
                if goes_on is not None and goes_on():
                    continue
                raise ServiceNotAvailable(f"{self._language.other} does not answer.")
        finally:
            self._waiting.pop(number, None)
        if waiter.answer is None:
            raise HostGone
        try:
            found = local.read_answer(operation, waiter.answer)
        except Malformed as error:
            raise ServiceNotAvailable(f"{self._language.other} is another one than this library's: {error}.") from error
        if isinstance(found, local.Failed):
            raise failure(found)
        return found

    def close(self) -> None:
        """End it; who waits is told by the connection's thread."""
        self.alive = False
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def wait(self) -> None:
        """Until the listener has heard everything, the end too; only after the end."""
        if threading.current_thread() is not self._thread:
            self._over.wait(PATIENCE)

    def forked(self) -> None:
        """In a child of fork: the connection is the parent's."""
        self.alive = False

    def _read(self) -> None:
        frames = local.Frames(self._language.limit)
        try:
            while data := self._sock.recv(_PIECE):  # also what was told before this side has ended it
                for frame in frames.feed(data):
                    self._take(frame)
        except (OSError, Malformed) as error:
            log.warning("%s: %s", self._language.name, error)
        finally:
            self.alive = False
            with self._sending:
                process.disown(self._sock)
            self._listener.lost(self)
            self._over.set()
            for waiter in list(self._waiting.values()):
                with contextlib.suppress(RuntimeError):  # answered already
                    waiter.done.release()

    def _take(self, frame: local.Frame) -> None:
        if frame.kind != local.REPLY:
            self._listener.told(frame.kind, self._language.read_told(frame.kind, frame.body))
            return
        waiter = self._waiting.pop(frame.request, None)
        if waiter is not None:
            waiter.answer = frame.body
            waiter.done.release()


def failure(failed: local.Failed) -> PeerError:
    """What a host has said, as it would have been raised here."""
    kind: Callable[[str], PeerError] | None = by_hresult(failed.hresult)
    if kind is not None:
        return kind(failed.reason)
    if failed.hresult >> 16 == 0x8007:
        return WrappedWin32Error(failed.hresult & 0xFFFF, failed.reason)
    made = PeerError(failed.reason)
    made.hresult = failed.hresult
    return made
