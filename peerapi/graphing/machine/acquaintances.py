"""Addresses of nodes that this node knew in its former runs.

Not in MS-PPGRH: its lists begin empty, and a node that comes back is connected by its application. That is enough for
one node. When several come back at once and are connected to each other first, they are an island whose members have
each other and know of nobody else: presence, contacts and signature are left behind (3.1.4.2) and referrals lead only
around the island. So a returning node calls those it knew, one every few seconds (``topology.SEEK``), until it has
the ideal number of neighbors or has called them all; and once more when it has too few neighbors and nobody else to
call.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from peerapi.address import Address
from peerapi.graphing.codec.internal_records import ContactPayload, PresencePayload
from peerapi.graphing.codec.records import CONTACT, PRESENCE, decode_record
from peerapi.graphing.codec.wire import MalformedMessage
from peerapi.graphing.link import BEST, Link
from peerapi.graphing.machine.address_list import AddressList
from peerapi.graphing.machine.referrals import Referrals
from peerapi.graphing.state import GraphState

MOST = 64
FACT = "acquaintances"
FACT_REACHED = "acquaintances_reached"
"Those of them that have answered a call, so that others do not take their places after a restart either."
WRITE_AFTER = 1.0
_SIZE = 18
"Bytes of an address as it is kept: IP and port."


class Acquaintances:
    """The nodes met, the latest last; written to the database soon after each new one."""

    def __init__(self, state: GraphState, referrals: Referrals) -> None:
        self._state = state
        self._referrals = referrals
        self._known = AddressList(MOST)
        self._uncalled: list[Address] = []
        self._written = True

    def load(self) -> None:
        """Read what the former run knew. Before its presence and contact records are removed."""
        database = self._state.database
        for kind, payload in ((PRESENCE, PresencePayload), (CONTACT, ContactPayload)):
            for row in database.of_type(kind):
                try:
                    addresses = payload.decode(decode_record(row.wire).payload).addresses
                except MalformedMessage:
                    continue
                for address in addresses[:BEST]:
                    self._known.add(address, address.ip)
        for fact in (FACT, FACT_REACHED):
            for address in _read(database.fact(fact)):
                self._known.add(address, address.ip, reached=fact is FACT_REACHED)
        self.again()

    def met(self, link: Link) -> None:
        """A neighbor listens there. Written a little later: a full disk must not keep neighbors away."""
        for address in link.best_addresses:
            source = address.ip if link.remote is None else link.remote.ip
            if self._known.add(address, source, reached=link.has_reached(address)):
                self._written = False
        if not self._written:
            self._state.timers.set_earlier("acquaintances", self._state.now.elapsed + WRITE_AFTER, self.keep)

    def keep(self) -> None:
        """Write down what is new."""
        if not self._written:
            database, known = self._state.database, list(self._known)
            database.set_fact(FACT, _written(entry.address for entry in known))
            database.set_fact(FACT_REACHED, _written(entry.address for entry in known if entry.reached))
            self._written = True

    @property
    def waiting(self) -> bool:
        """Some have not been called yet."""
        return bool(self._uncalled)

    def again(self) -> None:
        """Begin anew, in an order drawn at random."""
        self._uncalled = [entry.address for entry in self._known]
        self._state.random.shuffle(self._uncalled)

    def next(self) -> Address | None:
        """One to call now: not this node itself, and no neighbor."""
        state = self._state
        while self._uncalled:
            address = self._uncalled.pop()
            own = any((a.ip, a.port) == (address.ip, address.port) for a in state.addresses)
            known = self._referrals.connected_to(address) or self._referrals.left_alone(address)
            if address.is_unicast and not own and not known:
                return address
        return None


def _written(addresses: Iterable[Address]) -> bytes:
    return b"".join(address.ip + address.port.to_bytes(2, "big") for address in addresses)


def _read(kept: object) -> Iterator[Address]:
    if isinstance(kept, bytes):
        for at in range(0, len(kept) - len(kept) % _SIZE, _SIZE):
            yield Address(kept[at : at + 16], int.from_bytes(kept[at + 16 : at + 18], "big"))
