"""Whom to call next: the Referral List (MS-PPGRH 3.1.1, 3.1.5.2.3, 3.1.7.25) and addresses that are left alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from peerapi.address import Address
from peerapi.graphing.link import Link

if TYPE_CHECKING:
    from peerapi.graphing.graph import Graph

MAX_REFERRAL_LIST = 100
MAX_REFERRALS = 10
"Addresses in a REFUSE, WELCOME or DISCONNECT."
AVOID = 15.0
"Seconds for which an address that did not answer is left alone."


class Referrals:
    """Addresses that others have named, in order of receipt, and how the calls to them went."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._listed: dict[tuple[bytes, int], tuple[Address, bool]] = {}
        "Referral List in order of receipt: address, and whether it was tried."
        self._avoided: dict[tuple[bytes, int], float] = {}
        "Until when the addresses are left alone whose neighbors have just ended a connection, or that are our own."
        self._failed: dict[tuple[bytes, int], float] = {}
        "The same of addresses to which a call has failed; a DISCONNECT that names one takes it out."

    # What others name -------------------------------------------------------------------------------------------------

    def refer(self, addresses: tuple[Address, ...]) -> None:
        """Referrals of a DISCONNECT: calls to them are due at once, also where one has just failed (3.1.7.14)."""
        for address in addresses:
            self._failed.pop((address.ip, address.port), None)
        self.add(addresses)

    def add(self, addresses: tuple[Address, ...]) -> None:
        """Referrals of a WELCOME or REFUSE, and of lost neighbors; the oldest give way.

        An address that is named again may be tried again, unless that is just being done or has just failed.
        """
        graph = self._graph
        calls = {(link.dialed.ip, link.dialed.port) for link in graph.links.values() if link.dialed is not None}
        for address in addresses:
            key = (address.ip, address.port)
            _, tried = self._listed.pop(key, (address, False))
            recent = key in calls or self._left_alone(key)
            self._listed[key] = (address, tried and recent)
        while len(self._listed) > MAX_REFERRAL_LIST:
            del self._listed[next(iter(self._listed))]

    def for_asker(self, asker: tuple[Address, ...]) -> tuple[Address, ...]:
        """At most 10 addresses for another node, least recently added neighbors first (3.1.7.25, reading A38)."""
        own = {(a.ip, a.port) for a in asker}
        chosen: dict[tuple[bytes, int], Address] = {}
        for link in sorted(self._graph.neighbors, key=lambda link: link.sequence):
            chosen.update({(a.ip, a.port): a for a in link.addresses[:1] if (a.ip, a.port) not in own})
        return tuple(chosen.values())[:MAX_REFERRALS]

    # Calling ----------------------------------------------------------------------------------------------------------

    def connected_to(self, address: Address) -> bool:
        """Whether a neighbor listens at this address, as far as we know."""
        return any(
            (a.ip, a.port) == (address.ip, address.port) for link in self._graph.neighbors for a in link.addresses
        )

    def _candidates(self) -> list[Address]:
        graph = self._graph
        found = graph.topology.known_addresses()
        found.update({key: address for key, (address, _) in self._listed.items()})
        taken = {(a.ip, a.port) for a in graph.addresses}
        for link in graph.links.values():
            taken.update((a.ip, a.port) for a in (*link.addresses, *((link.dialed,) if link.dialed else ())))
        return [a for key, a in found.items() if key not in taken and not self._left_alone(key)]

    def dial_someone(self) -> bool:
        """Whether there was anybody to call."""
        candidates = self._candidates()
        if candidates:
            address = self._graph.random.choice(candidates)
            self._mark_tried(address)
            self._graph.connections.dial(address)
        return bool(candidates)

    def dial(self, *, requested: bool) -> Link | None:
        """3.1.5.2.3: a random entry of the Referral List, or the next one after it that was not tried yet."""
        untried = [address for address, tried in self._listed.values() if not tried and not self.connected_to(address)]
        untried = [a for a in untried if all((a.ip, a.port) != (own.ip, own.port) for own in self._graph.addresses)]
        if not untried:
            return None
        address = self._graph.random.choice(untried)
        self._mark_tried(address)
        link = self._graph.connections.dial(address, requested=requested)
        link.referred = True
        return link

    def _mark_tried(self, address: Address) -> None:
        key = (address.ip, address.port)
        if key in self._listed:
            self._listed[key] = (address, True)

    def failed(self, link: Link) -> None:
        """Leave the address of a failed try alone for a while."""
        if link.dialed is not None:
            self._failed = self._until_later(self._failed, link.dialed)

    def avoid(self, addresses: tuple[Address, ...]) -> None:
        """Call nobody there for a while."""
        for address in addresses:
            self._avoided = self._until_later(self._avoided, address)

    def _left_alone(self, key: tuple[bytes, int]) -> bool:
        return max(self._avoided.get(key, 0.0), self._failed.get(key, 0.0)) > self._graph.now.elapsed

    def _until_later(self, times: dict[tuple[bytes, int], float], address: Address) -> dict[tuple[bytes, int], float]:
        """``times`` with the address, and without those whose time is over when there are many."""
        now, key = self._graph.now.elapsed, (address.ip, address.port)
        times[key] = max(times.get(key, 0.0), now + AVOID)
        return {k: at for k, at in times.items() if at > now} if len(times) > MAX_REFERRAL_LIST else times

    def never_again(self, address: Address | None) -> None:
        """An address that turned out to be our own."""
        if address is not None:
            self._avoided[(address.ip, address.port)] = math.inf
