"""Coming back to a neighbor when the relay between breaks off. Not in MS-PPGRH, which knows no relays.

A link through a relay ends without DISCONNECT mostly because of the relay, and the node behind is as well as before: it
has a seat at another relay, or is called directly from somewhere. So both ends call each other at all addresses that
they know, the one that has called before first. Those whom one relay has lost do not do so in the same second. When it
leads to nothing, maintenance goes on as after any link (3.1.7.25).
"""

from __future__ import annotations

from itertools import islice

from peerapi.address import Address
from peerapi.graphing.link import Link
from peerapi.graphing.machine.acquaintances import Acquaintances
from peerapi.graphing.machine.address_list import key_of
from peerapi.graphing.machine.race import Races
from peerapi.graphing.machine.referrals import Referrals
from peerapi.graphing.state import GraphState

SCATTER = 1.5
"Seconds within which those whom a relay has lost begin to call each other."
CALLED_WAITS = 2.0
"Seconds that the end which was called leaves to the other one, before it calls."
SHORTEST = 5.0
"Seconds. A link that ended sooner is not come back to for that: it might break, and be made again, without a pause."
AT_ONCE = 4
"Nodes met before that are called along with the lost one by who has no neighbor left."


class Reconnection:
    """Calls again those whom relays have cut off."""

    def __init__(self, state: GraphState, referrals: Referrals, acquaintances: Acquaintances, races: Races) -> None:
        self._state = state
        self._referrals = referrals
        self._acquaintances = acquaintances
        self._races = races

    def cut(self, link: Link) -> None:
        """A link through a relay has ended, and nobody has said why."""
        state = self._state
        if not state.closing and state.now.elapsed - link.since >= SHORTEST:
            pause = state.random.uniform(0.0, SCATTER) + (0.0 if link.outgoing else CALLED_WAITS)
            state.timers.set(("reconnect", link.id), state.now.elapsed + pause, lambda: self._call(link))

    def _call(self, link: Link) -> None:
        state = self._state
        back = any((one.node_id, one.peer_id) == (link.node_id, link.peer_id) for one in state.neighbors)
        if state.closing or back or len(state.neighbors) >= state.limits.maximum:
            return
        lost_at = "" if link.dialed is None else link.dialed.relay
        known = sorted(link.addresses, key=lambda one: one.relay == lost_at)
        if not state.neighbors:
            self._acquaintances.again()
            known += islice(iter(self._acquaintances.next, None), AT_ONCE)
        wanted = self._wanted(known)
        if wanted:
            self._races.begin(wanted)

    def _wanted(self, known: list[Address]) -> list[Address]:
        """Those that may be called, and are not being called already."""
        state = self._state
        calls = {key_of(one.dialed) for one in state.links.values() if one.dialed is not None}
        calls.update(map(key_of, state.addresses))
        return [
            one
            for one in dict.fromkeys(self._referrals.callable(known))
            if key_of(one) not in calls and not self._referrals.connected_to(one)
        ]
