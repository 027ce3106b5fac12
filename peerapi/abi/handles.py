"""Handles: numbers that stand for Python objects in C's hands.

A handle is never an address. Its value is made of a letter for its kind and a number that counts up and is never used
again, so a closed handle stays dead, one of another kind is not found, and no value that C makes up leads anywhere.
The letter stands from bit 48 on: no such value is a small integer, a Win32 handle of this library, or an address on
x86-64 Linux.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

from peerapi.abi import library
from peerapi.abi.layout import Items, Layout

_SHIFT = 48
_numbers = itertools.count(1)  # one for all kinds; next() is atomic under the GIL

T = TypeVar("T")


class HandleTable:
    """The live handles of one kind.

    ``get(value)`` gives the object or None and is a plain dict lookup, since it is part of nearly every call. All
    operations are single dict operations, hence safe between threads.

    A target whose ``in_c`` is not None has something that C reads without Python (reading.c), which it finds from
    before the handle is told until it is closed.
    """

    def __init__(self, name: str, letter: str) -> None:
        self.name = name
        self._tag = ord(letter) << _SHIFT
        self._live: dict[int, Any] = {}
        self._owners: dict[int, object] = {}
        self.get = self._live.get

    def insert(self, target: object, owner: object = None) -> int:
        """A new handle of ``target``; ``owner`` names the family that closes it at its last Shutdown."""
        value = self._tag | next(_numbers)
        self.restore(value, target, owner)
        return value

    def take(self, value: int) -> Any:
        """Closes a handle:

        its object, or None when it was not live. Of two threads closing the same one, one gets the object.
        """
        target = self._live.pop(value, None)
        if target is not None:
            self._owners.pop(value, None)
            if getattr(target, "in_c", None) is not None:
                library.native().withdraw(value)
        return target

    def restore(self, value: int, target: object, owner: object) -> None:
        """Undoes ``take`` when closing failed: the handle stays live under its old value."""
        self._owners[value] = owner
        in_c = getattr(target, "in_c", None)
        if in_c is not None:  # before it can be closed
            library.native().publish(value, in_c, getattr(owner, "name", ""))
        self._live[value] = target

    def handle_of(self, target: object) -> int:
        """The handle of an object, 0 when it has none. Linear: for callbacks that must name the graph they concern."""
        return next((value for value, held in list(self._live.items()) if held is target), 0)

    def drop(self, target: object) -> None:
        """Closes every handle of an object that is no more."""
        for value, held in list(self._live.items()):
            if held is target:
                self.take(value)

    def release(self, owner: object) -> list[Any]:
        """Closes every handle of ``owner``; their objects, oldest first."""
        values = [value for value, theirs in list(self._owners.items()) if theirs is owner]
        return [target for value in sorted(values) if (target := self.take(value)) is not None]

    def __len__(self) -> int:
        return len(self._live)


GRAPHS = HandleTable("HGRAPH", "G")
GROUPS = HandleTable("HGROUP", "g")
ENUMERATIONS = HandleTable("HPEERENUM", "E")
EVENTS = HandleTable("HPEEREVENT", "e")
COLLAB_EVENTS = HandleTable("HPEEREVENT", "c")
"Of the collaboration section: functions of the others do not find them."
INVITATIONS = HandleTable("HANDLE", "i")
"Of PeerCollabAsyncInvite...; no handle of Win32."
REGISTRATIONS = HandleTable("HREGISTRATION", "R")
RESOLUTIONS = HandleTable("HRESOLUTION", "r")
SEARCHES = HandleTable("HPEERXSEARCH", "s")
TABLES = (GRAPHS, GROUPS, ENUMERATIONS, EVENTS, COLLAB_EVENTS, INVITATIONS, REGISTRATIONS, RESOLUTIONS, SEARCHES)


def release(owner: object) -> list[Any]:
    """Closes every handle of ``owner``, of whatever kind; their objects."""
    return [target for table in TABLES for target in table.release(owner)]


class Enumeration(Protocol):
    """What stands behind a HPEERENUM."""

    def __len__(self) -> int:
        """How many items there are, taken or not."""

    def take(self, count: int) -> Items:
        """The next items, at most ``count``; none at the end. ``count`` may be any number below 2**32."""


class Snapshot:
    """An enumeration over values that are all there when it is made."""

    def __init__(self, layout: Layout[T], values: Sequence[T]) -> None:
        self._layout = layout
        self._values = values
        self._rest = iter(values)

    def __len__(self) -> int:
        return len(self._values)

    def take(self, count: int) -> Items:
        # islice over one shared iterator: two threads never get the same item.
        return Items(self._layout, list(itertools.islice(self._rest, count)))
