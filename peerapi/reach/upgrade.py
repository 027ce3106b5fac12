"""The HTTP request with which every connection to a relay begins, as the relay reads it, and its answer.

It is there for what stands in front of a relay: nginx, Caddy and HAProxy pass it on, and add for whom they ask.
"""

from __future__ import annotations

import ipaddress

from peerapi.address import IPV4_MAPPED, Address
from peerapi.reach.refusal import Refusal, Refused

PATH = "/.well-known/peerapi-relay"
PROTOCOL = "peerapi-relay"
END = b"\r\n\r\n"
ACCEPTED = f"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: {PROTOCOL}".encode() + END
MOST_REQUEST = 1 << 10
"Bytes of a node's own request."
MOST_FROM_FRONT = 8 << 10
"Bytes of one to which a front has added."


def read_request(head: bytes, *, trusted: bool) -> tuple[Address | None, bytes] | None:
    """(Whom a front asks for, what stands behind the request); None: it is not whole yet. Raises Refused."""
    request, end, rest = head.partition(END)
    if len(request) > (MOST_FROM_FRONT if trusted else MOST_REQUEST):
        raise Refused(Refusal.MALFORMED)
    if not end:
        return None
    first, *lines = request.decode("latin-1").split("\r\n")
    if first.split(" ") != ["GET", PATH, "HTTP/1.1"]:
        raise Refused(Refusal.MALFORMED)
    fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if fields.get("upgrade", "").lower() != PROTOCOL:
        raise Refused(Refusal.MALFORMED)
    return _asked_for(fields.get("x-forwarded-for", "")) if trusted else None, rest


def _asked_for(value: str) -> Address | None:
    """The last one named: what stands before it was said by somebody whom the front does not know either."""
    try:
        found = ipaddress.ip_address(value.rpartition(",")[2].strip())
    except ValueError:
        return None
    return Address(found.packed if found.version == 6 else IPV4_MAPPED + found.packed, 0)
