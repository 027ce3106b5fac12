"""The eight messages of MS-PNRP and MC-DRT 2.2.2 as values. Their bytes are the business of ``pnrp.messages`` and
``drt.messages``.

PNRP IDs are numbers, endpoints ``Address`` without flow and scope, hashes and nonces bytes.
"""

from __future__ import annotations

import enum
from typing import NamedTuple

from peerapi.address import Address
from peerapi.ring.route_entry import RouteEntry

MOST_ENDPOINTS = 22
"Entries of Flagged Path and Already Flooded List."


class MessageType(enum.IntEnum):
    """MessageType of 2.2.1."""

    SOLICIT = 0x01
    ADVERTISE = 0x02
    REQUEST = 0x03
    FLOOD = 0x04
    INQUIRE = 0x07
    AUTHORITY = 0x08
    ACK = 0x09
    LOOKUP = 0x0B


class SolicitType(enum.IntEnum):
    """SolicitType of 2.2.2.1."""

    ANY = 0x00
    LOCAL = 0x01


class Criteria(enum.IntEnum):
    """ResolveCriteria of 2.2.2.8: numbers, not bits."""

    NONE = 0x00
    ANY_PEERNAME = 0x01
    NEAREST_PEERNAME = 0x02
    NEAREST64_PEERNAME = 0x04
    UPPER_BITS = 0x08


class Reason(enum.IntEnum):
    """ResolveReasonCode of 2.2.2.8."""

    APP_REQUEST = 0x00
    REGISTRATION = 0x01
    CACHE_MAINTENANCE = 0x02
    SPLIT_DETECTION = 0x03


class Solicit(NamedTuple):
    """SOLICIT (2.2.2.1): a node asks for PNRP IDs to begin with."""

    message_id: int
    hashed_nonce: bytes
    "SHA-1 of the conversation's nonce."
    route: RouteEntry | None = None
    "One of the sender's own entries."
    kind: SolicitType | None = None
    "None: no SOLICIT_CONTROLS in the message."


class Advertise(NamedTuple):
    """ADVERTISE (2.2.2.2): the answer to SOLICIT."""

    message_id: int
    acked: int
    ids: tuple[int, ...]
    hashed_nonce: bytes


class Request(NamedTuple):
    """REQUEST (2.2.2.3): send me the route entries of these."""

    message_id: int
    nonce: bytes
    "16 bytes whose hash the SOLICIT carried."
    ids: tuple[int, ...]


class Flood(NamedTuple):
    """FLOOD (2.2.2.4): a route entry, or the revocation of one."""

    message_id: int
    validate: int
    "PNRP ID of the destination; 0 when it is not known."
    route: RouteEntry | None = None
    revoke: bytes | None = None
    "An Encoded CPA with the R flag."
    flooded: tuple[Address, ...] = ()
    "Already Flooded List, at most 22."
    no_ack: bool = False
    "The D flag."


class Inquire(NamedTuple):
    """INQUIRE (2.2.2.5): do you hold this PNRP ID, and can you prove it?"""

    message_id: int
    validate: int
    cpa: bool = False
    payload: bool = False
    chain: bool = False
    nonce: bytes | None = None
    "16 bytes to be signed together with the CPA."


class Authority(NamedTuple):
    """AUTHORITY (2.2.2.6): one fragment of an AUTHORITY_BUFFER, answering INQUIRE or LOOKUP."""

    message_id: int
    acked: int
    size: int
    "Bytes of the whole buffer."
    offset: int
    fragment: bytes


class Ack(NamedTuple):
    """ACK (2.2.2.7) of a REQUEST or FLOOD."""

    message_id: int
    acked: int
    not_found: bool = False
    "The PNRP ID that the FLOOD was meant for is not registered here."


class Lookup(NamedTuple):
    """LOOKUP (2.2.2.8): who do you know that is closer to the target?"""

    message_id: int
    target: int
    validate: int
    "PNRP ID for which the receiver is asked; 0 when it is not known."
    path: tuple[Address, ...]
    "Flagged Path: 1 to 22 nodes that have been asked; the first is the sender."
    criteria: Criteria = Criteria.ANY_PEERNAME
    reason: int = Reason.APP_REQUEST
    "Ignored by the receiver (3.2.5.2), so any number is possible here."
    route: RouteEntry | None = None
    "The best match so far."
    precision: int = 0
    accept_farther: bool = False
    "The A flag: entries that are not closer than ``validate`` are welcome too."


Message = Solicit | Advertise | Request | Flood | Inquire | Authority | Ack | Lookup
