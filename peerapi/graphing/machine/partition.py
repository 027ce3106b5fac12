"""Partitions and how they are mended: a contact that sees another signature is in another part of the graph (MS-PPGRH
3.1.7.13, 3.1.6.5)."""

from __future__ import annotations

from typing import Protocol

from peerapi.graphing.machine.node_list import NodeEntry, NodeList
from peerapi.graphing.machine.race import MOST_AT_ONCE, Races
from peerapi.graphing.machine.referrals import Referrals
from peerapi.graphing.state import GraphState

DELAY = (5, 30)
"Whole seconds from the detection to the call, drawn at random."


class KnownContacts(Protocol):
    """What is known of other nodes (``Topology``)."""

    contacts: NodeList
    signature: int | None

    def linked(self, entry: NodeEntry) -> bool:
        """Whether there is a link to the node of an entry."""


class PartitionDetection:
    """Looks for contacts of another part of the graph, and calls one of them."""

    def __init__(self, state: GraphState, referrals: Referrals, races: Races, known: KnownContacts) -> None:
        self._state = state
        self._referrals = referrals
        self._races = races
        self._known = known

    def detect(self) -> None:
        """3.1.7.13; a timer that runs already is left running (reading A41)."""
        state = self._state
        if state.timers.at("partition") is None and self.strange_contact() is not None:
            at = state.now.elapsed + state.random.randint(*DELAY)
            state.timers.set("partition", at, self.expired)

    def expired(self) -> None:
        """3.1.6.5: call the contact, at whichever of its addresses answers first."""
        stranger = self.strange_contact()
        if stranger is not None and not self._known.linked(stranger):
            addresses = self._referrals.callable(stranger.addresses)[:MOST_AT_ONCE]
            if addresses:
                self._races.begin(addresses)

    def strange_contact(self) -> NodeEntry | None:
        """A contact that sees another signature: of a publisher drawn at random, so that nobody hides the others'
        behind many of its own."""
        if self._known.signature is None:
            return None
        draw = self._state.random.choice
        strange = [[one for one in each if self._is_strange(one)] for each in self._known.contacts.by_publisher()]
        found = [each for each in strange if each]
        return draw(draw(found)) if found else None

    def _is_strange(self, entry: NodeEntry) -> bool:
        return entry.signature != self._known.signature and entry.node_id != self._state.node_id
