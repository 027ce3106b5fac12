"""An invitation to a board: one word that fits into a message, with the graph's ID and where it is found.

``board-`` and base64url of a JSON array: [version, graph ID, title, [[host, port], ...]], and a checksum, since people
copy words incompletely. It is not signed: who knows it may come in, so it is given to those who shall.

A graph that another program has made is named as ``graph-id@[address]:port``.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import json
import zlib
from dataclasses import dataclass

from peerapi import Address

PREFIX = "board-"
VERSION = 1
MOST_ADDRESSES = 8
MOST_TEXT = 4000
MOST_TITLE = 100
MOST_GRAPH_ID = 200


class NotAnInvitation(ValueError):
    """The text is none, or is not whole."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """What somebody needs to know to come in."""

    graph_id: str
    title: str
    addresses: tuple[Address, ...]

    def __str__(self) -> str:
        places = [[address.host, address.port] for address in self.addresses[:MOST_ADDRESSES]]
        fields = [VERSION, self.graph_id, self.title, places]
        body = json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode()
        whole = body + zlib.crc32(body).to_bytes(4, "big")
        return PREFIX + base64.urlsafe_b64encode(whole).decode().rstrip("=")


def parse(text: str) -> Invitation:
    """Raises NotAnInvitation."""
    if "@" in text and len(text) <= MOST_TEXT:
        return _plain(text.strip())
    text = "".join(text.split())
    if not text.startswith(PREFIX) or len(text) > MOST_TEXT:
        raise NotAnInvitation(f"an invitation begins with {PREFIX}, or names a graph as graph-id@[address]:port")
    word = text.removeprefix(PREFIX)
    try:
        whole = base64.b64decode(word + "=" * (-len(word) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotAnInvitation("the invitation has characters that do not belong there") from error
    body, checksum = whole[:-4], whole[-4:]
    if zlib.crc32(body).to_bytes(4, "big") != checksum:
        raise NotAnInvitation("the invitation is not whole: some of it was lost in copying")
    try:
        version, graph_id, title, places = json.loads(body)
        addresses = tuple(_address(host, port) for host, port in places)
    except (ValueError, TypeError, RecursionError) as error:
        raise NotAnInvitation("the invitation cannot be read") from error
    if version != VERSION:
        raise NotAnInvitation("the invitation is from another version of peerapi")
    if not _is_text(graph_id, MOST_GRAPH_ID) or not _is_text(title, MOST_TITLE) or len(addresses) > MOST_ADDRESSES:
        raise NotAnInvitation("the invitation cannot be read")
    return Invitation(graph_id, title, addresses)


def _plain(text: str) -> Invitation:
    graph_id, _, place = text.rpartition("@")
    host, _, port = place.rpartition(":")
    try:
        address = _address(host.removeprefix("[").removesuffix("]"), int(port))
    except ValueError as error:
        raise NotAnInvitation(f"{place!r} is not an IPv6 address and a port, as in [::1]:4001") from error
    if not _is_text(graph_id, MOST_GRAPH_ID):
        raise NotAnInvitation("a graph has a name of up to 200 characters")
    return Invitation(graph_id, graph_id[:MOST_TITLE], (address,))


def _address(host: object, port: object) -> Address:
    if not isinstance(host, str) or not isinstance(port, int) or not 0 < port < 1 << 16:
        raise ValueError("not an address")
    return Address(ipaddress.IPv6Address(host).packed, port)


def _is_text(value: object, most: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= most and value.isprintable()
