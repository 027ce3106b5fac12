"""Where a graph that listens is reached: at its socket's addresses, and at seats of relays that this user knows.

A seat comes first: an address of a home network, or one behind a firewall, leads to nobody from outside, and who is
named to others is called at the first.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import peerapi.process as process
from peerapi.address import Address
from peerapi.engine.admission import Admission
from peerapi.engine.graphs.driver import Driver
from peerapi.engine.graphs.links import Way
from peerapi.engine.graphs.listener import Stranger, meet
from peerapi.engine.runtime import Engine
from peerapi.errors import PeerError

if TYPE_CHECKING:
    from peerapi.engine.reach.calling import Path as CallPath
    from peerapi.engine.reach.sitting import Notice, Sitting
    from peerapi.reach.seats import Known

MOST_PENDING = 64
"Who has called through relays and has not come as far as WELCOME."
PATIENCE = 20.0
"Seconds until such a caller has said what it wants."


class OwnAddresses:
    """Those of one graph."""

    def __init__(self, engine: Engine, driver: Driver, addresses: tuple[Address, ...]) -> None:
        """``addresses``: of the listening socket."""
        self.admission = Admission(MOST_PENDING)
        self.sitting: Sitting | None = None
        self._engine = engine
        self._driver = driver
        self._lock = threading.Lock()
        self._socket = addresses
        self._seats: tuple[Address, ...] = ()

    def sit(self, relays: Sequence[Known], database: Path) -> None:
        """Take seats, soon. ``database``: the file beside which their key is kept."""
        from peerapi.engine.reach.sitting import Sitting

        self.sitting = Sitting(self._engine, self, relays, database)
        self.sitting.start()

    def wait(self, seconds: float) -> None:
        """Wait until there is a seat, or none for now. Not on the engine's thread."""
        if self.sitting is not None:
            self.sitting.wait(seconds)

    def post(self, whose: object, notice: Notice) -> None:
        """Have a notice posted at the relays where there is a seat; any thread."""
        if self.sitting is not None:
            self.sitting.post(whose, notice)

    def tell(self) -> None:
        """Have the graph know its addresses, and its neighbors. Raises what ``Driver.input`` raises."""
        with self._lock:
            addresses = (*self._seats, *self._socket)
        self._driver.input(self._driver.graph.listening, addresses)
        self._say(self._socket)

    def _say(self, addresses: Sequence[Address]) -> None:
        """Have other programs of this user find the graph: nobody needs that who is not told."""
        with contextlib.suppress(OSError):
            self._driver.graph.database.listens([str(one) for one in addresses])

    def changed(self, addresses: tuple[Address, ...]) -> None:
        """The listening socket is reached at other addresses than before. Engine thread."""
        with self._lock:
            self._socket = addresses
        self.tell()

    def network_changed(self, here: frozenset[bytes], slept: float) -> None:
        """See ``network_watch.Follower``: seats that were taken from an address which is gone are taken anew."""
        if self.sitting is not None:
            self.sitting.network_changed(here, slept)

    def stop(self) -> None:
        """Listen no longer; any thread."""
        self._say(())
        if self.sitting is not None:
            self.sitting.stop()

    @property
    def listening(self) -> tuple[Address, ...]:
        """Those of the listening socket."""
        return self._socket

    # What the seats say; engine thread --------------------------------------------------------------------------------

    def spawn(self, task: Callable[..., object], *args: object) -> None:
        self._driver.spawn(task, *args)

    def seated(self, addresses: tuple[Address, ...]) -> None:
        """It is called at these seats from now on."""
        with self._lock:
            self._seats = addresses
        try:
            self.tell()
        except PeerError as error:  # closed meanwhile, or its store failed
            self._engine.report(error)

    def called(self, path: CallPath) -> None:
        """Somebody has called it through a relay."""
        self._driver.spawn(self._meet, path)

    async def _meet(self, path: CallPath) -> None:
        import trio

        if self._driver.closed:
            process.disown(path.sock)
            return
        with trio.move_on_after(PATIENCE) as scope:
            pending = self.admission.enter(path.caller, scope.cancel)
            way = Way(path.kind, tuple(path.layers), None, path.ticket)
            stranger = Stranger(path.sock, path.caller, pending, path.first, way)
            await meet(self._engine, [self._driver], stranger)
