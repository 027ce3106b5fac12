"""Endpoints of other nodes that were of use (LocalOOB, MS-PNRP 3.1.4.2): asked first, now and after a restart."""

from __future__ import annotations

from collections import OrderedDict

from peerapi.address import Address

MOST_ENDPOINTS = 64


class KnownEndpoints:
    """A bounded list in the order of their last use."""

    def __init__(self, addresses: tuple[Address, ...] = ()) -> None:
        """``addresses``: most recently used first."""
        self._endpoints: OrderedDict[tuple[bytes, int], None] = OrderedDict()
        for address in reversed(addresses):
            self.remember(address)

    @property
    def addresses(self) -> tuple[Address, ...]:
        """Most recently used first: worth keeping for the next start."""
        return tuple(Address(ip, port) for ip, port in reversed(self._endpoints))

    def remember(self, address: Address) -> None:
        """An endpoint was of use just now."""
        key = (address.ip, address.port)
        self._endpoints[key] = None
        self._endpoints.move_to_end(key)
        if len(self._endpoints) > MOST_ENDPOINTS:
            self._endpoints.popitem(last=False)
