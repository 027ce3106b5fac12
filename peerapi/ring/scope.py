"""Scopes of clouds (MS-PNRP 1.3.3), which messages never cross: what addresses a node of a cloud can have."""

from __future__ import annotations

import enum

from peerapi.address import LOOPBACK, Address

_UNSPECIFIED = bytes(16)
_MAPPED = bytes(10) + b"\xff\xff"


class Scope(enum.Enum):
    """The value is the word that stands in the search target of 3.1.4.2.2; a loopback cloud has none."""

    GLOBAL = "Global"
    SITE_LOCAL = "SiteLocal"
    LINK_LOCAL = "LinkLocal"
    LOOPBACK = "Loopback"

    def fits(self, ip: bytes) -> bool:
        """Whether a node of such a cloud may listen at ``ip``: an entry with another address is a mistake or a trap.

        ULAs (fc00::/7) count as global too: they route wherever their network does, and a cloud may span just that.
        """
        if ip[0] == 0xFF or ip == _UNSPECIFIED or ip.startswith(_MAPPED):
            return False
        if ip == LOOPBACK:
            return self is Scope.LOOPBACK
        address = Address(ip, 0)
        if self is Scope.LINK_LOCAL:
            return address.is_link_local
        if self is Scope.SITE_LOCAL:
            return address.is_site_local
        return self is Scope.GLOBAL and not address.is_link_local
