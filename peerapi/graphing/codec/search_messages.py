"""The bytes of a search of all nodes (docs/search.md), which is no part of MS-PPGRH.

QUERY and ANSWER travel as the payload of a PT2PT message whose Data Type is that of a Ping (2.2.4.1): whoever does not
know them takes it for a Ping, and does nothing. The payload is

::

    | SEARCH (16) | Version (1) | Kind (1) | Reserved (2) | PEER_RECORD ... |

The record says who asks or answers, when, in which graph, and carries the security data that the graph's security gives
to any record. It is none that a node takes into its database: its Creation Time lies behind its Last Modification Time,
which 3.1.7.27 refuses. Its payload is

::

    QUERY:  | Node ID (8) | Flags (4) | Max Records (4) | Max Bytes (4) | Criteria, UTF-8 ... |
    ANSWER: | Search ID (16) | Node ID (8) | Flags (4) | Nodes (2) | Copies (2) |
            Nodes times  | Node ID (8) | size (2) | Peer ID, UTF-8 ... |
            Copies times | Flags (4) | size (4) | PEER_RECORD ... |

Numbers are unsigned and big-endian. Search ID is the Record ID of the QUERY. Decoders raise ``MalformedMessage`` and
nothing else, encoders ``ValueError`` for what a field has no room for.
"""

from __future__ import annotations

import enum
import struct
from typing import NamedTuple

from peerapi.graphing.codec.records import text_units
from peerapi.graphing.codec.wire import MalformedMessage, Reader, guid, number

SEARCH = bytes.fromhex("7d5b7f0e3a6c4f5e9c0b2f84d1a3e615")
"What the payload of a Ping begins with when it is a message of a search."
VERSION = 1
QUERY_TYPE = bytes.fromhex("7d5b7f0e3a6c4f5e9c0b2f84d1a3e616")
ANSWER_TYPE = bytes.fromhex("7d5b7f0e3a6c4f5e9c0b2f84d1a3e617")
"Types of the records inside."
LONGEST_CRITERIA = 16 << 10
"Bytes of the criteria."
LONGEST_PEER_ID = 255
"UTF-16 units (MS-PPGRH 2.2.1.9)."

_HEAD = struct.Struct(">16sBB2x")
_QUERY = struct.Struct(">QIII")
_ANSWER = struct.Struct(">16sQIHH")
_NODE = struct.Struct(">QH")
_COPY = struct.Struct(">II")
_ONLY_LOCAL = 1
_MORE = 1
_LOCAL = 1


class Kind(enum.IntEnum):
    """What a message is."""

    QUERY = 1
    ANSWER = 2


class Query(NamedTuple):
    """What is asked."""

    node_id: int
    "Who asks; its peer is the creator of the record around it."
    only_local: bool
    "Records that all nodes have are not wanted."
    max_records: int
    "Of one node."
    max_bytes: int
    "Of the records of one node."
    criteria: str
    "The XML of PeerGraphSearchRecords."


class NodeName(NamedTuple):
    """A node, as others name it."""

    node_id: int
    peer_id: str


class Copy(NamedTuple):
    """A record that matches."""

    local: bool
    "It is in the answerer's own database only."
    wire: bytes
    "PEER_RECORD."


class Answer(NamedTuple):
    """What one node has found."""

    search_id: bytes
    node_id: int
    "Who answers; its peer is the creator of the record around it."
    more: bool
    "More records match, or might."
    asked: tuple[NodeName, ...]
    "The neighbors to whom it has passed the question on."
    copies: tuple[Copy, ...]


def wrap(kind: Kind, record: bytes) -> bytes:
    """The payload of the Ping."""
    return _HEAD.pack(SEARCH, VERSION, kind) + record


def unwrap(payload: bytes) -> tuple[Kind, bytes] | None:
    """Kind and record; None for any other Ping, a later version and a kind that is not known."""
    if len(payload) < _HEAD.size:
        return None
    mark, version, kind = _HEAD.unpack_from(payload)
    if mark != SEARCH or version != VERSION or kind not in (Kind.QUERY, Kind.ANSWER):
        return None
    return Kind(kind), payload[_HEAD.size :]


def encode_query(query: Query) -> bytes:
    criteria = query.criteria.encode()
    if len(criteria) > LONGEST_CRITERIA:
        raise ValueError(f"criteria of {len(criteria)} bytes")
    fields = query.node_id, _ONLY_LOCAL if query.only_local else 0, query.max_records, query.max_bytes
    return number(_QUERY, *fields) + criteria


def decode_query(payload: bytes) -> Query:
    if len(payload) < _QUERY.size or len(payload) > _QUERY.size + LONGEST_CRITERIA:
        raise MalformedMessage(f"a QUERY of {len(payload)} bytes")
    node_id, flags, max_records, max_bytes = _QUERY.unpack_from(payload)
    return Query(node_id, bool(flags & _ONLY_LOCAL), max_records, max_bytes, _text(payload[_QUERY.size :]))


def encode_answer(answer: Answer) -> bytes:
    flags = _MORE if answer.more else 0
    counts = len(answer.asked), len(answer.copies)
    parts = [number(_ANSWER, guid(answer.search_id, "Search ID"), answer.node_id, flags, *counts)]
    for node_id, peer_id in answer.asked:
        encoded = peer_id.encode()
        parts += number(_NODE, node_id, len(encoded)), encoded
    for local, wire in answer.copies:
        parts += number(_COPY, _LOCAL if local else 0, len(wire)), wire
    return b"".join(parts)


def decode_answer(payload: bytes) -> Answer:
    reader = Reader(payload)
    search_id, node_id, flags, nodes, copies = _ANSWER.unpack(reader.take(_ANSWER.size))
    asked = [_node(reader) for _ in range(nodes)]
    found = [_copy(reader) for _ in range(copies)]
    reader.end()
    return Answer(search_id, node_id, bool(flags & _MORE), tuple(asked), tuple(found))


def _node(reader: Reader) -> NodeName:
    node_id, size = _NODE.unpack(reader.take(_NODE.size))
    peer_id = _text(reader.take(size))
    if not 1 <= text_units(peer_id) <= LONGEST_PEER_ID:
        raise MalformedMessage(f"a Peer ID of {text_units(peer_id)} characters")
    return NodeName(node_id, peer_id)


def _copy(reader: Reader) -> Copy:
    flags, size = _COPY.unpack(reader.take(_COPY.size))
    return Copy(bool(flags & _LOCAL), reader.take(size))


def _text(raw: bytes) -> str:
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise MalformedMessage("text that is not UTF-8") from error
    if "\0" in text:
        raise MalformedMessage("a zero inside of a text")
    return text
