"""Where a host is called through the relays that its user knows, and how it calls others there: so people see each
other who are at home behind routers that keep callers out (docs/relay.md). What hosts say goes over such a connection
as over any other.

Seats live on the engine's thread; what happens there is told on the host's loop.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import trio

import peerapi.process as process
from peerapi.address import Address
from peerapi.engine.runtime import Engine
from peerapi.errors import ConnectionFailed, PeerError
from peerapi.log import Log
from peerapi.store.data_folder import data_folder

if TYPE_CHECKING:
    from peerapi.engine.reach.calling import Path
    from peerapi.engine.reach.sitting import Notice, Sitting

KEY = "presence"
"The file of the data folder beside which the key of the seats is kept, so that they are the same from day to day."
log = Log("host")


class _Call:
    """One call, from the host's loop to the engine's and back."""

    def __init__(self, engine: Engine) -> None:
        self.done = trio.Event()
        self.path: Path | None = None
        self.failure: PeerError | None = None
        self.wanted = True
        self._engine = engine
        self._token = trio.lowlevel.current_trio_token()

    async def make(self, address: Address) -> None:
        """Task of the engine."""
        from peerapi.engine.reach import calling

        path: Path | None = None
        failure: PeerError | None = None
        try:
            path = for_host(self._engine, await calling.connection(address))
        except PeerError as error:
            failure = error
        except Exception as error:  # a fault of ours ends this call, and not the engine of everything else
            self._engine.report(error)
            failure = ConnectionFailed(f"{type(error).__name__}: {error}")
        try:
            self._token.run_sync_soon(self._take, path, failure)
        except trio.RunFinishedError:
            drop(path)

    def _take(self, path: Path | None, failure: PeerError | None) -> None:
        if self.wanted:
            self.path, self.failure = path, failure
        else:
            drop(path)
        self.done.set()


class Seats:
    """Those of one sign-in, and the calls that are made meanwhile."""

    def __init__(self, engine: Engine, called: Callable[[Path], object], seated: Callable[[], object]) -> None:
        """``called`` is told of who calls, ``seated`` that ``addresses`` are others; both on the loop on which this is
        made."""
        self._engine = engine
        self._called = called
        self._seated = seated
        self._token = trio.lowlevel.current_trio_token()
        self._sitting: Sitting | None = None

    @property
    def addresses(self) -> tuple[Address, ...]:
        """Where this user is called through relays; any thread."""
        sitting = self._sitting
        return () if sitting is None else sitting.addresses

    def sit(self, notice: Notice) -> bool:
        """Take seats, soon, and have the notice posted where there is one; whether any relay is known. Blocks for as
        long as a file is read."""
        from peerapi.engine.reach.known import relays
        from peerapi.engine.reach.sitting import Sitting

        known = relays(data_folder())
        if known and self._sitting is None:
            self._sitting = Sitting(self._engine, self, known, data_folder() / KEY)
            self._sitting.start()
            self._sitting.post(KEY, notice)
            self._engine.post(partial(self._engine.network_watch.follow, self._sitting))
        return bool(known)

    def stop(self) -> None:
        """Give the seats up. Nothing more is told."""
        sitting, self._sitting = self._sitting, None
        if sitting is not None:
            sitting.stop()
            self._engine.post(partial(self._engine.network_watch.leave, sitting), hurry=False)

    async def call(self, address: Address) -> Path:
        """A connection to who has that seat. Raises ConnectionFailed, ConnectionRefused, ConnectionNotAuthenticated."""
        call = _Call(self._engine)
        self._engine.post(partial(self.spawn, call.make, address))
        try:
            await call.done.wait()
        except trio.Cancelled:
            call.wanted = False
            drop(call.path)
            raise
        if call.failure is not None:
            raise call.failure
        assert call.path is not None
        return call.path

    # ---- what the seats say, on the engine's thread ----

    @property
    def listening(self) -> tuple[Address, ...]:
        """Where a host listens itself it is called without a relay; nobody is led there from a call."""
        return ()

    def spawn(self, task: Callable[..., Any], *args: object) -> None:
        assert self._engine.nursery is not None
        self._engine.nursery.start_soon(self._run, task, args)

    async def _run(self, task: Callable[..., Any], args: tuple[object, ...]) -> None:
        try:
            await task(*args)
        except Exception as error:  # the seats' key cannot be kept, for one: the engine goes on
            log.warning("this user is not called through relays: %s", error)
            self._engine.report(error)

    def seated(self, addresses: tuple[Address, ...]) -> None:
        """See ``SeatHolder``."""
        with contextlib.suppress(trio.RunFinishedError):
            self._token.run_sync_soon(self._note)

    def called(self, path: Path) -> None:
        """See ``SeatHolder``."""
        path = for_host(self._engine, path)
        try:
            self._token.run_sync_soon(self._met, path)
        except trio.RunFinishedError:
            drop(path)

    # ---- on the host's loop ----

    def _note(self) -> None:
        if self._sitting is not None:
            self._seated()

    def _met(self, path: Path) -> None:
        if self._sitting is None:
            drop(path)
        else:
            self._called(path)


def for_host(engine: Engine, path: Path) -> Path:
    """A connection for who is on another loop: what it has there, on the engine's thread, is given back there."""
    return path._replace(give_back=partial(engine.post, path.give_back, hurry=False))


def drop(path: Path | None) -> None:
    """Close a connection that nobody wants."""
    if path is not None:
        process.disown(path.sock)
        path.give_back()
