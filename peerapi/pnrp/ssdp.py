"""The SSDP datagrams by which nodes of a link find each other (MS-PNRP 3.1.4.2.2, 3.1.5.1, 3.2.4.1; UPnP 1.0, 1).

Text like HTTP, without a body. The search target names protocol and scope; ``AL`` carries where PNRP listens,
``[address]:port``.
"""

from __future__ import annotations

import enum
import ipaddress
import re
from typing import NamedTuple

from peerapi.address import Address
from peerapi.ring.scope import Scope

GROUP = Address.parse("ff02::c", 1900)
"The SSDP group of a link."
LONGEST_WAIT = 3
"MX: seconds within which an answer is to come."
LIFETIME = 1800
LARGEST_DATAGRAM = 1500
_TARGET = "urn:Microsoft Windows Peer Name Resolution Protocol: V4:IPV6:{}"
_AL = re.compile(r"(?:http://)?\[([0-9A-Fa-f:.]{2,45})\]:([0-9]{1,5})/?", re.ASCII)


class Kind(enum.Enum):
    SEARCH = "M-SEARCH * HTTP/1.1"
    RESPONSE = "HTTP/1.1 200 OK"
    NOTIFY = "NOTIFY * HTTP/1.1"


class SsdpMessage(NamedTuple):
    """What matters of a datagram. ``address`` is that of AL; ``leaving`` marks a ``ssdp:byebye``."""

    kind: Kind
    target: str
    address: Address | None = None
    leaving: bool = False
    wait: int = 0
    "MX of a search, seconds."


def target_of(scope: Scope) -> str:
    """The search target string of 3.1.4.2.2."""
    return _TARGET.format(scope.value)


def search(scope: Scope) -> bytes:
    """M-SEARCH for nodes of a cloud."""
    return _text(Kind.SEARCH, HOST="[FF02::C]:1900", MAN='"ssdp:discover"', MX=str(LONGEST_WAIT), ST=target_of(scope))


def response(scope: Scope, address: Address, identifier: str) -> bytes:
    """The answer to a search: PNRP listens at ``address``. ``identifier`` is one UUID for a whole publication."""
    target = target_of(scope)
    return _text(Kind.RESPONSE, ST=target, USN=_usn(identifier, target), AL=_al(address), **_lifetime(), EXT="")


def alive(scope: Scope, address: Address, identifier: str) -> bytes:
    """NOTIFY that begins a publication."""
    target = target_of(scope)
    fields = {"HOST": "[FF02::C]:1900", "NT": target, "NTS": "ssdp:alive", "USN": _usn(identifier, target)}
    return _text(Kind.NOTIFY, **fields, AL=_al(address), **_lifetime())


def byebye(scope: Scope, identifier: str) -> bytes:
    """NOTIFY that ends it."""
    target = target_of(scope)
    return _text(Kind.NOTIFY, HOST="[FF02::C]:1900", NT=target, NTS="ssdp:byebye", USN=_usn(identifier, target))


def parse(data: bytes) -> SsdpMessage | None:
    """The message of a datagram; None for what is no SSDP, or has an AL not of the published form (3.1.5.1)."""
    if len(data) > LARGEST_DATAGRAM:
        return None
    try:
        first, *lines = data.decode("utf-8").split("\r\n")
        kind = Kind(first.strip())
    except ValueError:
        return None
    fields: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            fields.setdefault(name.strip().upper(), value.strip())
    target = fields.get("NT" if kind is Kind.NOTIFY else "ST")
    if target is None:
        return None
    leaving = fields.get("NTS") == "ssdp:byebye"
    address = None
    if kind is not Kind.SEARCH and not leaving:
        address = _parse_al(fields.get("AL", ""))
        if address is None:
            return None
    wait = fields.get("MX", "0")
    return SsdpMessage(
        kind, target, address, leaving, int(wait) if wait.isascii() and wait.isdigit() and len(wait) < 4 else 0
    )


def _parse_al(text: str) -> Address | None:
    match = _AL.fullmatch(text)
    if match is None:
        return None
    try:
        ip = ipaddress.IPv6Address(match[1]).packed
    except ValueError:
        return None
    port = int(match[2])
    return Address(ip, port) if 1024 < port < 65536 else None


def _al(address: Address) -> str:
    return f"[{address.host}]:{address.port}"


def _usn(identifier: str, target: str) -> str:
    return f"uuid:{identifier}::{target}"


def _lifetime() -> dict[str, str]:
    return {"CACHE-CONTROL": f"max-age={LIFETIME}"}


def _text(kind: Kind, **fields: str) -> bytes:
    return "\r\n".join([kind.value, *(f"{name}:{value}" for name, value in fields.items()), "", ""]).encode()
