"""Functions that serve every family: enumerations (p2p.h, common part).

They need no Startup of their own: a live HPEERENUM is proof enough.
"""

from __future__ import annotations

from peerapi.abi.exports import export
from peerapi.abi.marshal import CountWanted, EnumClosing, EnumHandle, ItemsOut, UlongOut


@export
def PeerGetItemCount(enumeration: EnumHandle) -> UlongOut:
    """All items of the enumeration, taken or not."""
    return len(enumeration)


@export
def PeerGetNextItem(enumeration: EnumHandle, count: CountWanted) -> ItemsOut:
    """The next items, at most ``count``; a count of 0 marks the end. The array and its items are one block."""
    return enumeration.take(count)


@export
def PeerEndEnumeration(enumeration: EnumClosing) -> None:
    """Closes the handle."""
