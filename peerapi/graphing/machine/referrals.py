"""Whom to call next: the Referral List (MS-PPGRH 3.1.1, 3.1.5.2.3, 3.1.7.25) and addresses that are left alone.

Others can name any address, also a stranger's, and any number of them. So who names is drawn first and an address of
its afterwards, and an address at which nobody answers is called less and less often.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from peerapi.address import Address
from peerapi.graphing.link import BEST, Link
from peerapi.graphing.machine.address_list import NOBODY, AddressList, Entry, Key, key_of
from peerapi.graphing.machine.ports import Calls, ListedNodes
from peerapi.graphing.state import GraphState

MAX_REFERRAL_LIST = 100
MAX_REFERRALS = 10
"Addresses in a REFUSE, WELCOME or DISCONNECT."
AVOID = 15.0
"Seconds for which an address that did not answer is left alone; twice as long each time it does not answer again."
LONGEST_AVOID = 120.0
AGAIN = 2.5
"Seconds until a node is called again that first has to see that our old connection is dead."
MAX_LEFT_ALONE = 1000
MOST_HOPS = MAX_REFERRAL_LIST
"Calls along referrals that one call may lead to: as many as the list has."


class Referrals:
    """Addresses that others have named, in order of receipt, and how the calls to them went."""

    def __init__(self, state: GraphState, calls: Calls, nodes: ListedNodes) -> None:
        self._state = state
        self._calls = calls
        self._nodes = nodes
        self._listed = AddressList(MAX_REFERRAL_LIST)
        "Referral List."
        self._tried: set[Key] = set()
        self._avoided: dict[Key, float] = {}
        "Until when the addresses are left alone whose neighbors have just ended a connection, or that are our own."
        self._failed: dict[Key, tuple[float, int]] = {}
        "The same of addresses to which calls have failed, and how many; a DISCONNECT that names one ends the wait."

    # What others name -------------------------------------------------------------------------------------------------

    def refer(self, addresses: tuple[Address, ...], link: Link) -> None:
        """Referrals of a DISCONNECT: calls to them are due at once, also where one has just failed (3.1.7.14)."""
        for address in addresses[:MAX_REFERRALS]:
            if key_of(address) in self._failed:
                self._failed[key_of(address)] = 0.0, self._failed[key_of(address)][1]
        self.add(addresses, link)

    def add(self, addresses: tuple[Address, ...], link: Link | None = None) -> None:
        """Referrals that came on a link with a WELCOME or REFUSE; at most 10, as many as one may have.

        An address that is named again may be tried again, unless that is just being done or has just failed.
        """
        source = NOBODY if link is None or link.remote is None else link.remote.ip
        for address in addresses[:MAX_REFERRALS]:
            if self._usable(address, link):
                self._add(address, source, reached=False)

    def lost(self, link: Link) -> None:
        """A neighbor is gone. Where it listens is remembered: it may be the only way back across a partition."""
        source = NOBODY if link.remote is None else link.remote.ip
        for address in link.addresses[:MAX_REFERRALS]:
            self._add(address, source, reached=link.has_reached(address))

    def _add(self, address: Address, source: bytes, *, reached: bool) -> None:
        key = key_of(address)
        calls = {key_of(link.dialed) for link in self._state.links.values() if link.dialed is not None}
        self._listed.add(address, source, reached=reached)
        if not (key in calls or self._left_alone(key)):
            self._tried.discard(key)
        if len(self._tried) > MAX_REFERRAL_LIST:
            self._tried = {tried for tried in self._tried if tried in self._listed}

    def _usable(self, address: Address, link: Link | None) -> bool:
        """Whether an address can be that of a node. One of this very machine, whose other services are no business of
        the graph's, is so only if it was named on this machine or the graph lives on it."""
        if not address.is_unicast:
            return False
        near = [*self._state.addresses, *((link.remote,) if link is not None and link.remote is not None else ())]
        return not address.is_loopback or link is None or any(one.is_loopback for one in near)

    def for_asker(self, asker: tuple[Address, ...]) -> tuple[Address, ...]:
        """At most 10 addresses for another node, least recently added neighbors first (3.1.7.25, reading A38): one of
        each that its connection bears out, and then one more of each."""
        own = {key_of(address) for address in asker}
        chosen: dict[Key, Address] = {}
        best = [link.best_addresses for link in sorted(self._state.neighbors, key=lambda link: link.sequence)]
        for place in range(BEST):
            for addresses in best:
                chosen.update({key_of(a): a for a in addresses[place : place + 1] if key_of(a) not in own})
        return tuple(chosen.values())[:MAX_REFERRALS]

    # Calling ----------------------------------------------------------------------------------------------------------

    def connected_to(self, address: Address) -> bool:
        """Whether a neighbor listens at this address, as far as we know."""
        return any(key_of(a) == key_of(address) for link in self._state.neighbors for a in link.shown_addresses)

    def dial_someone(self) -> bool:
        """Call one node that is known (3.1.7.14); whether there was any."""
        address = self._drawn([*self._of_records(), *self._by_source(self._listed)])
        if address is not None:
            self._tried.add(key_of(address))
            self._calls.dial(address)
        return address is not None

    def dial(self, after: Link) -> Link | None:
        """3.1.5.2.3: a random entry of the Referral List, or the next one after it that was not tried yet, when the
        call ``after`` has led nowhere. Nodes that refuse and name others send nobody around for ever."""
        if after.hops >= MOST_HOPS:
            return None
        own = {key_of(address) for address in self._state.addresses}
        untried = (
            entry
            for entry in self._listed
            if key_of(entry.address) not in self._tried
            and key_of(entry.address) not in own
            and not self.connected_to(entry.address)
        )
        groups = self._by_source(untried)
        if not groups:
            return None
        address = self._state.random.choice(self._state.random.choice(groups))
        self._tried.add(key_of(address))
        link = self._calls.dial(address, requested=after.requested)
        link.referred, link.hops = True, after.hops + 1
        return link

    def call_again(self, after: Link) -> None:
        """A node takes us for a neighbor that it has already. If we have none, it has not noticed yet that the old
        connection is dead; it has a look now, and is called again soon, each time later."""
        address = after.dialed
        if address is not None and not after.direct and not self._state.neighbors:
            _, times = self._failed.get(key_of(address), (0.0, 0))
            at = self._state.now.elapsed + min(AGAIN * 2.0**times, LONGEST_AVOID)
            self._state.timers.set(("again", key_of(address)), at, lambda: self._call_again(address))

    def _call_again(self, address: Address) -> None:
        if not self._state.neighbors and not self._state.closing:
            self._calls.dial(address)

    def callable(self, addresses: Iterable[Address]) -> list[Address]:
        """Those of the addresses in a record that may be called now."""
        near = [*self._state.addresses, *(link.remote for link in self._state.links.values() if link.remote)]
        local = any(one.is_loopback for one in near)
        return [
            one
            for one in addresses
            if one.is_unicast and (local or not one.is_loopback) and not self._left_alone(key_of(one))
        ]

    def _of_records(self) -> list[list[Address]]:
        """Where the nodes of presence and contact records listen, but for this one and those it has links to; those
        that one peer has published together."""
        nodes, own = self._nodes, self._state.node_id
        return [
            self.callable(
                address
                for entry in entries
                if entry.node_id != own and not nodes.linked(entry)
                for address in entry.addresses
            )
            for known in (nodes.presence, nodes.contacts)
            for entries in known.by_publisher()
        ]

    @staticmethod
    def _by_source(entries: Iterable[Entry]) -> list[list[Address]]:
        groups: dict[bytes, list[Address]] = {}
        for entry in entries:
            groups.setdefault(entry.source, []).append(entry.address)
        return list(groups.values())

    def _drawn(self, groups: list[list[Address]]) -> Address | None:
        """An address that can be called now, of a group drawn at random."""
        state = self._state
        taken = {key_of(address) for address in state.addresses}
        for link in state.links.values():
            taken.update(key_of(a) for a in (*link.shown_addresses, *((link.dialed,) if link.dialed else ())))
        left = ([a for a in group if key_of(a) not in taken and not self._left_alone(key_of(a))] for group in groups)
        found = [group for group in left if group]
        return state.random.choice(state.random.choice(found)) if found else None

    # Addresses that are left alone ------------------------------------------------------------------------------------

    def failed(self, link: Link) -> None:
        """Leave the address of a failed try alone, the longer the more often it has failed."""
        if link.dialed is None:
            return
        now, key = self._state.now.elapsed, key_of(link.dialed)
        until, times = self._failed.pop(key, (0.0, 0))
        self._failed[key] = max(until, now + min(AVOID * 2.0**times, LONGEST_AVOID)), min(times + 1, 10)
        if len(self._failed) > MAX_LEFT_ALONE:
            del self._failed[next(iter(self._failed))]

    def forget_failures(self) -> None:
        """Who could not be reached may be reached now."""
        self._failed.clear()
        self._tried.clear()

    def reached(self, address: Address) -> None:
        """A node of the graph has answered a call."""
        self._failed.pop(key_of(address), None)

    def avoid(self, addresses: tuple[Address, ...]) -> None:
        """Call nobody there for a while."""
        for address in addresses:
            key = key_of(address)
            self._avoid(key, max(self._avoided.get(key, 0.0), self._state.now.elapsed + AVOID))

    def never_again(self, address: Address | None) -> None:
        """An address that turned out to be our own."""
        if address is not None:
            self._avoid(key_of(address), math.inf)

    def _avoid(self, key: Key, until: float) -> None:
        self._avoided.pop(key, None)
        self._avoided[key] = until
        if len(self._avoided) > MAX_LEFT_ALONE:
            del self._avoided[next(iter(self._avoided))]

    def left_alone(self, address: Address) -> bool:
        return self._left_alone(key_of(address))

    def _left_alone(self, key: Key) -> bool:
        return max(self._avoided.get(key, 0.0), self._failed.get(key, (0.0, 0))[0]) > self._state.now.elapsed
