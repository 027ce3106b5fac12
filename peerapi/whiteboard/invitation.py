"""An invitation to a board: one word that fits into a message.

``board-`` and base64url of compressed JSON with a checksum, since people copy words incompletely. A group's has the
password by which one becomes a member: whoever has the invitation comes in, and nobody else. A plain graph's has its
ID: whoever has that, or listens on the network, comes in. A graph that another program has made is named as
``graph-id@[address]:port``; the invitation that a group has issued for one identity (XML) is taken as it is.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from peerapi import Address, PeerError
from peerapi.address import parse_ip
from peerapi.pages.words import is_words
from peerapi.python import node_addresses
from peerapi.text import as_label, pasted_words, without_invisible

PREFIX = "board-"
GRAPH, GROUP = 1, 2
MOST_ADDRESSES = 8
MOST_TEXT = 8000
MOST_BYTES = 8000
"Bytes of an invitation when it is no longer compressed."
MOST_TITLE = 100
MOST_GRAPH_ID = 200
MOST_DOCUMENT = 4000
MOST_PASSWORD = 200


class NotAnInvitation(ValueError):
    """The text is none, or is not whole."""


@dataclass(frozen=True, slots=True)
class GraphInvitation:
    """An invitation to a plain graph."""

    title: str
    addresses: tuple[Address, ...]
    graph_id: str
    place: str = ""
    "The name of a host and a port, which has to be looked up; a word has addresses only."

    def __str__(self) -> str:
        return _word([GRAPH, self.title, _address_fields(self.addresses), self.graph_id])


@dataclass(frozen=True, slots=True)
class GroupInvitation:
    """An invitation to a group, for whoever has it."""

    title: str
    addresses: tuple[Address, ...]
    document: str
    "What the group itself has issued (XML)."
    password: str
    "The group's password; empty in an invitation that is for one identity only."

    def __str__(self) -> str:
        return _word([GROUP, self.title, _address_fields(self.addresses), self.document, self.password])


Invitation = GraphInvitation | GroupInvitation


def parse(text: str) -> Invitation:
    """The one invitation in a text, whatever stands around it: the command to type, a letter, quotation marks, the
    ``>`` before each line of a letter that is answered, line breaks. Raises NotAnInvitation."""
    if len(text) > MOST_PASTED:
        raise NotAnInvitation("that is too long for an invitation")
    text = without_invisible(text)
    document = _DOCUMENT.search(text)
    if document:
        return GroupInvitation("", (), document[0].strip(), "")
    if _NAMED_GRAPH.fullmatch(text.strip()):  # also where the graph's ID begins as an invitation does
        return _plain(text.strip())
    found: dict[str, Invitation] = {}
    refused: NotAnInvitation | None = None
    for pieces in pasted_words(text, PREFIX):
        try:
            one = _parsed("".join(pieces))
        except NotAnInvitation as error:
            refused = error
        else:
            found[str(one)] = one
    if len(found) > 1:
        raise NotAnInvitation("there are several invitations in it: give one")
    if found:
        return next(iter(found.values()))
    if refused:
        raise refused
    named = _NAMED_GRAPH.findall(text)
    if len(named) == 1 or "@" in text:
        return _plain(named[0] if len(named) == 1 and "\n" in text.strip() else text.strip())
    if not text.strip():
        raise NotAnInvitation("no invitation was given")
    raise NotAnInvitation(f"an invitation begins with {PREFIX}, or names a graph as graph-id@[address]:port")


MOST_PASTED = 64 << 10
"Characters of a text that is searched for an invitation."
_DOCUMENT = re.compile(r"(?:<\?xml|<[A-Z]*INVITATION\b).*</[^<>]*INVITATION>", re.DOTALL | re.IGNORECASE)
"What a group itself has issued."
_NAMED_GRAPH = re.compile(r"[^\s\"'`<>]+@(?:\[[0-9A-Fa-f:.]+(?:%[^\s\]]+)?\]|[A-Za-z0-9._-]+):[0-9]+")


def _parsed(word: str) -> Invitation:
    try:
        kind, title, address_fields, *rest = json.loads(_body(word[:MOST_TEXT]))
        addresses = tuple(_address(host, port) for host, port in address_fields)
    except (ValueError, TypeError, RecursionError) as error:
        raise error if isinstance(error, NotAnInvitation) else NotAnInvitation("it cannot be read") from error
    if kind not in (GRAPH, GROUP):
        raise NotAnInvitation("the invitation is from another version of peerapi")
    sound = _is_text(title, MOST_TITLE) and len(addresses) <= MOST_ADDRESSES
    limits = {GRAPH: (MOST_GRAPH_ID,), GROUP: (MOST_DOCUMENT, MOST_PASSWORD)}[kind]
    if sound and len(rest) == len(limits) and all(map(_is_text, rest, limits)):
        made = GraphInvitation if kind == GRAPH else GroupInvitation
        return made(as_label(title), addresses, *rest)
    raise NotAnInvitation("the invitation cannot be read")


def mixed(lists: Iterable[Iterable[Address]], each: int = 2) -> list[Address]:
    """Some addresses of everybody: up to ``each`` from every list in turn, and then what is left of them."""
    whole = [list(one) for one in lists]
    return list(dict.fromkeys([*(a for one in whole for a in one[:each]), *(a for one in whole for a in one[each:])]))


def reach_of(addresses: Iterable[Address]) -> str:
    """From where an invitation with these addresses leads to the board: "nowhere" (it has none), this "machine", the
    same "link" (cable or Wi-Fi), the same "site" (home or office), or the "network"."""
    found = list(addresses)
    if not found:
        return "nowhere"
    if all(one.is_loopback for one in found):
        return "machine"
    if all(one.is_loopback or one.is_link_local for one in found):
        return "link"
    return "network" if any(one.is_public for one in found) else "site"


def _word(fields: list[Any]) -> str:
    body = json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode()
    return PREFIX + base64.urlsafe_b64encode(zlib.compress(body, 9)).decode().rstrip("=")


def _body(word: str) -> bytes:
    """What zlib's checksum says is whole, and no more than it may be."""
    try:
        word = word[: len(word) - 1] if len(word) % 4 == 1 else word  # one letter alone holds no byte
        whole = base64.b64decode(word + "=" * (-len(word) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotAnInvitation("the invitation has characters that do not belong there") from error
    unpacking = zlib.decompressobj()
    try:
        body = unpacking.decompress(whole, MOST_BYTES)
    except zlib.error as error:
        raise NotAnInvitation("the invitation is not whole: some of it was lost in copying") from error
    if not unpacking.eof:
        raise NotAnInvitation("the invitation is not whole: some of it was lost in copying")
    return body


def _address_fields(addresses: tuple[Address, ...]) -> list[list[Any]]:
    return [[address.ipv6_host, address.port] for address in addresses[:MOST_ADDRESSES]]


def _plain(text: str) -> GraphInvitation:
    graph_id, _, where = text.rpartition("@")
    try:
        found = node_addresses.read(where)
    except PeerError as error:
        wanted = "as in [::1]:4001, 192.0.2.1:4001 or example.org:4001"
        raise NotAnInvitation(f"{where!r} is not an address and a port, {wanted}") from error
    if not _is_text(graph_id, MOST_GRAPH_ID):
        raise NotAnInvitation("a graph has a name of up to 200 characters")
    if isinstance(found, Address):
        return GraphInvitation(graph_id[:MOST_TITLE], (found,), graph_id)
    return GraphInvitation(graph_id[:MOST_TITLE], (), graph_id, where)


def _address(host: object, port: object) -> Address:
    if not isinstance(host, str) or type(port) is not int or not 0 < port < 1 << 16:
        raise ValueError("not an address")
    return Address(parse_ip(host), port)


def _is_text(value: object, most: int) -> bool:
    return isinstance(value, str) and len(value) <= most and is_words(value, 4 * most)
