"""Functions that serve every family: enumerations (p2p.h, common part), and why a call has failed (peerapi.h).

They need no Startup of their own: a live HPEERENUM is proof enough, and a Startup may be what has failed.
"""

from __future__ import annotations

from peerapi.abi import failures
from peerapi.abi.exports import export
from peerapi.abi.marshal import CountWanted, EnumClosing, EnumHandle, ItemsOut, StringOut, UlongOut


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


@export
def PeerxGetLastErrorText() -> StringOut:
    """The sentence for the last failure of the calling thread; empty when there was none."""
    return failures.last()
