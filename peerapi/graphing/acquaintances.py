"""Addresses of nodes that this node knew in its former runs.

Not in MS-PPGRH: its lists begin empty, and a node that comes back is connected by its application. That is enough for
one node. When several come back at once and are connected to each other first, they are an island whose members have
each other and know of nobody else: presence, contacts and signature are left behind (3.1.4.2) and referrals lead only
around the island. So a returning node calls those it knew, one every few seconds (``topology.SEEK``), until it has
the ideal number of neighbors or has called them all; and once more when it has too few neighbors and nobody else to
call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from peerapi.address import Address
from peerapi.graphing.internal_records import ContactPayload, PresencePayload
from peerapi.graphing.records import CONTACT, PRESENCE, decode_record
from peerapi.graphing.wire import MalformedMessage

if TYPE_CHECKING:
    from peerapi.graphing.graph import Graph

MOST = 64
FACT = "acquaintances"
WRITE_AFTER = 1.0
_SIZE = 18
"Bytes of an address as it is kept: IP and port."


class Acquaintances:
    """The nodes met, the latest last; written to the database soon after each new one."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._known: dict[bytes, Address] = {}
        self._uncalled: list[Address] = []
        self._written = True

    def load(self) -> None:
        """Read what the former run knew. Before its presence and contact records are removed."""
        database = self._graph.database
        for kind, payload in ((PRESENCE, PresencePayload), (CONTACT, ContactPayload)):
            for row in database.of_type(kind):
                try:
                    addresses = payload.decode(decode_record(row.wire).payload).addresses
                except MalformedMessage:
                    continue
                self._add(addresses[:1])
        kept = database.fact(FACT)
        if isinstance(kept, bytes):
            for at in range(0, len(kept) - len(kept) % _SIZE, _SIZE):
                self._add((Address(kept[at : at + 16], int.from_bytes(kept[at + 16 : at + 18], "big")),))
        self.again()

    def met(self, addresses: tuple[Address, ...]) -> None:
        """A neighbor listens there. Written a little later: a full disk must not keep neighbors away."""
        if addresses and self._add(addresses[:1]):
            self._written = False
            self._graph.timers.set_earlier("acquaintances", self._graph.now.elapsed + WRITE_AFTER, self.keep)

    def keep(self) -> None:
        """Write down what is new."""
        if not self._written:
            self._graph.database.set_fact(FACT, b"".join(self._known))
            self._written = True

    @property
    def waiting(self) -> bool:
        """Some have not been called yet."""
        return bool(self._uncalled)

    def again(self) -> None:
        """Begin anew, in an order drawn at random."""
        self._uncalled = list(self._known.values())
        self._graph.random.shuffle(self._uncalled)

    def next(self) -> Address | None:
        """One to call now: not this node itself, and no neighbor."""
        graph = self._graph
        while self._uncalled:
            address = self._uncalled.pop()
            own = any((a.ip, a.port) == (address.ip, address.port) for a in graph.addresses)
            if not own and not graph.referrals.connected_to(address):
                return address
        return None

    def _add(self, addresses: tuple[Address, ...]) -> bool:
        """Whether one of them is new."""
        new = False
        for address in addresses:
            key = address.ip + address.port.to_bytes(2, "big")
            new = self._known.pop(key, None) is None or new
            self._known[key] = address
        while len(self._known) > MOST:
            del self._known[next(iter(self._known))]
        return new
