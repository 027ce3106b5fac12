"""An invitation to a board: one word that fits into a message.

``board-`` and base64url of compressed JSON with a checksum, since people copy words incompletely. A group's has the
password by which one becomes a member: whoever has the invitation comes in, and nobody else. A plain graph's has its
ID: whoever has that, or listens on the network, comes in. A graph that another program has made is named as
``graph-id@[address]:port``; the invitation that a group has issued for one identity (XML) is taken as it is.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import json
import zlib
from dataclasses import dataclass
from typing import Any

from peerapi import Address
from peerapi.whiteboard.marks import is_words

PREFIX = "board-"
GRAPH, GROUP = 1, 2
MOST_ADDRESSES = 8
MOST_TEXT = 8000
MOST_BYTES = 8000
"When it is no longer compressed."
MOST_TITLE = 100
MOST_GRAPH_ID = 200
MOST_DOCUMENT = 4000
MOST_PASSWORD = 200


class NotAnInvitation(ValueError):
    """The text is none, or is not whole."""


@dataclass(frozen=True, slots=True)
class GraphInvitation:
    """To a plain graph."""

    title: str
    addresses: tuple[Address, ...]
    graph_id: str

    def __str__(self) -> str:
        return _word([GRAPH, self.title, _address_fields(self.addresses), self.graph_id])


@dataclass(frozen=True, slots=True)
class GroupInvitation:
    """To a group, for whoever has it."""

    title: str
    addresses: tuple[Address, ...]
    document: str
    "What the group itself has issued (XML)."
    password: str
    "Empty in one that is for one identity only."

    def __str__(self) -> str:
        return _word([GROUP, self.title, _address_fields(self.addresses), self.document, self.password])


Invitation = GraphInvitation | GroupInvitation


def parse(text: str) -> Invitation:
    """Raises NotAnInvitation."""
    if text.lstrip().startswith("<"):
        return GroupInvitation("", (), text.strip(), "")
    if "@" in text and len(text) <= MOST_TEXT:
        return _plain(text.strip())
    text = "".join(text.split())
    if not text.startswith(PREFIX) or len(text) > MOST_TEXT:
        raise NotAnInvitation(f"an invitation begins with {PREFIX}, or names a graph as graph-id@[address]:port")
    try:
        kind, title, address_fields, *rest = json.loads(_body(text.removeprefix(PREFIX)))
        addresses = tuple(_address(host, port) for host, port in address_fields)
    except (ValueError, TypeError, RecursionError) as error:
        raise error if isinstance(error, NotAnInvitation) else NotAnInvitation("it cannot be read") from error
    if kind not in (GRAPH, GROUP):
        raise NotAnInvitation("the invitation is from another version of peerapi")
    sound = _is_text(title, MOST_TITLE) and len(addresses) <= MOST_ADDRESSES
    limits = {GRAPH: (MOST_GRAPH_ID,), GROUP: (MOST_DOCUMENT, MOST_PASSWORD)}[kind]
    if sound and len(rest) == len(limits) and all(map(_is_text, rest, limits)):
        made = GraphInvitation if kind == GRAPH else GroupInvitation
        return made(title, addresses, *rest)
    raise NotAnInvitation("the invitation cannot be read")


def _word(fields: list[Any]) -> str:
    body = json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode()
    return PREFIX + base64.urlsafe_b64encode(zlib.compress(body, 9)).decode().rstrip("=")


def _body(word: str) -> bytes:
    """What zlib's checksum says is whole, and no more than it may be."""
    try:
        whole = base64.b64decode(word + "=" * (-len(word) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotAnInvitation("the invitation has characters that do not belong there") from error
    unpacking = zlib.decompressobj()
    try:
        body = unpacking.decompress(whole, MOST_BYTES)
    except zlib.error as error:
        raise NotAnInvitation("the invitation is not whole: some of it was lost in copying") from error
    if not unpacking.eof or unpacking.unused_data:
        raise NotAnInvitation("the invitation is not whole: some of it was lost in copying")
    return body


def _address_fields(addresses: tuple[Address, ...]) -> list[list[Any]]:
    return [[address.host, address.port] for address in addresses[:MOST_ADDRESSES]]


def _plain(text: str) -> GraphInvitation:
    graph_id, _, where = text.rpartition("@")
    host, _, port = where.rpartition(":")
    try:
        address = _address(host.removeprefix("[").removesuffix("]"), int(port))
    except ValueError as error:
        raise NotAnInvitation(f"{where!r} is not an IPv6 address and a port, as in [::1]:4001") from error
    if not _is_text(graph_id, MOST_GRAPH_ID):
        raise NotAnInvitation("a graph has a name of up to 200 characters")
    return GraphInvitation(graph_id[:MOST_TITLE], (address,), graph_id)


def _address(host: object, port: object) -> Address:
    if not isinstance(host, str) or type(port) is not int or not 0 < port < 1 << 16:
        raise ValueError("not an address")
    return Address(ipaddress.IPv6Address(host).packed, port)


def _is_text(value: object, most: int) -> bool:
    return isinstance(value, str) and len(value) <= most and is_words(value, 4 * most)
