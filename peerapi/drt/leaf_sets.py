"""Leaf-set events: which keys are next to ours, told as they come and go (drt.h, DRT_EVENT_LEAFSET_KEY_CHANGED)."""

from __future__ import annotations

from peerapi.drt.border import LeafSetChange, LeafSetEvent
from peerapi.drt.outputs import Happened
from peerapi.drt.state import TableState, key_bytes


class LeafSets:
    """What the application has been told of the leaf sets of its keys."""

    def __init__(self, state: TableState) -> None:
        self._state = state
        self._revision = -1
        self._told: dict[int, frozenset[int]] = {}

    def tell(self) -> None:
        """Tell of what has changed since the last time."""
        state = self._state
        cache = state.cache
        if cache.revision == self._revision:
            return
        self._revision = cache.revision
        for gone in [center for center in self._told if center not in cache.centers]:
            del self._told[gone]  # the application knows that it has withdrawn the key
        for center in cache.centers:
            below, above = cache.leaf_set(center)
            now = frozenset((*below, *above))
            before = self._told.get(center, frozenset())
            if now == before:
                continue
            self._told[center] = now
            local = key_bytes(center)
            for change, remotes in ((LeafSetChange.DELETED, before - now), (LeafSetChange.ADDED, now - before)):
                for remote in sorted(remotes):
                    state.outputs.append(Happened(LeafSetEvent(change, local, key_bytes(remote))))
