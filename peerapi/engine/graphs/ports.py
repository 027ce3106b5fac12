"""What the parts of a driver ask of it. ``driver.Driver`` implements it, and no part imports the driver."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from peerapi.address import Address
from peerapi.graphing.graph import Graph
from peerapi.graphing.link import Link
from peerapi.graphing.security import ConnectionSecurity

if TYPE_CHECKING:
    from peerapi.reach.frames import Post

T = TypeVar("T")


class ListeningGraph(Protocol):
    """Where a graph that listens is reached."""

    def changed(self, addresses: tuple[Address, ...]) -> None:
        """The listening socket is reached at other addresses than before."""

    def network_changed(self, here: frozenset[bytes], slept: float) -> None:
        """See ``network_watch.Follower``."""

    def post(self, whose: object, notice: Callable[[], Post | None]) -> None:
        """Have a notice posted at the relays where there is a seat."""

    def stop(self) -> None:
        """Listen no longer."""


class GraphRunner(Protocol):
    """Gives one graph machine its inputs, and runs tasks and notes errors on its behalf."""

    graph: Graph
    closed: bool

    def input(self, work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Give the machine one input, at the time that it is now; commit; carry out what it wants."""

    def read(self, work: Callable[[Graph], T]) -> T:
        """Ask the machine something that changes nothing."""

    def spawn(self, task: Callable[..., object], *args: object) -> None:
        """Run a task of this graph on the engine's loop; only there."""

    async def keep_up(self) -> None:
        """Wait for the disk if what was written is far ahead of it; on the engine's loop."""

    def report(self, error: BaseException) -> None:
        """Note an error that nobody waits for."""

    def handshake_ended(self, link: Link, connection: ConnectionSecurity) -> None:
        """A connection has ended while both sides were proving who they are."""
