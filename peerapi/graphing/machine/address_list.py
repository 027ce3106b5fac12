"""Addresses of nodes that others have named, bounded so that nobody fills the list alone.

Whoever is heard can name any addresses and any number of them. So each entry has a source, the IP address at the other
end of the link on which it was named (TCP has shown that somebody answers there). When the list is full, what gives way
comes from the network, and there from the machine, that has the most in it; the oldest of those. Addresses at which a
member of the graph has answered a call are kept before those that were only named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from peerapi.address import Address, network_of

NOBODY = bytes(16)
"The source of what this node knows by itself."

Key = tuple[bytes, int]


class Entry(NamedTuple):
    """An address and how it came to be known."""

    address: Address
    source: bytes
    "IP address of who has named it."
    reached: bool
    "A member of the graph has answered a call there."


def key_of(address: Address) -> Key:
    return address.ip, address.port


class AddressList:
    """At most ``limit`` addresses, in the order in which they were named last."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._entries: dict[Key, Entry] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def __contains__(self, key: Key) -> bool:
        return key in self._entries

    def add(self, address: Address, source: bytes = NOBODY, *, reached: bool = False) -> bool:
        """Whether it was new, or is known to have been reached only now. Naming it again makes it no worse."""
        known = self._entries.pop(key_of(address), None)
        if known is not None and not reached:
            source, reached = known.source, known.reached
        self._entries[key_of(address)] = Entry(address, source, reached)
        if len(self._entries) > self._limit:
            del self._entries[self._least()]
        return known is None or (reached and not known.reached)

    def discard(self, address: Address) -> None:
        self._entries.pop(key_of(address), None)

    def _least(self) -> Key:
        """What gives way: something that was only named, unless those hold no more than a quarter."""
        named = [(key, entry) for key, entry in self._entries.items() if not entry.reached]
        if len(named) <= self._limit // 4:
            named = [(key, entry) for key, entry in self._entries.items() if entry.reached]
        networks = Counter(network_of(entry.source) for _, entry in named)
        machines = Counter(entry.source for _, entry in named)

        def share(item: tuple[Key, Entry]) -> tuple[int, int]:
            return networks[network_of(item[1].source)], machines[item[1].source]

        return max(named, key=share)[0]  # the first of those with the most, which is the oldest
