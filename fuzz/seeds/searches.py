"""Valid messages of searches of all nodes (docs/search.md)."""

from __future__ import annotations

import functools
from collections.abc import Callable

from peerapi.graphing.codec.records import Record, encode_record, record_id
from peerapi.graphing.codec.search_messages import (
    ANSWER_TYPE,
    QUERY_TYPE,
    Answer,
    Copy,
    Kind,
    NodeName,
    Query,
    encode_answer,
    encode_query,
    wrap,
)

NOW = 134_000_000_000_000_000
GRAPH = "a graph"
LASTS = 50_000_000
SEARCH = record_id("alice", bytes(16))
"The search that the node at hand has begun, whatever ID its own machine gives it."
CRITERIA = '<peersearch><clause attrib="file" type="string" compare="equal">card</clause></peersearch>'
ATTRIBUTES = '<attributes><attribute name="file" type="string">card</attribute></attributes>'


def found() -> bytes:
    """A record that matches."""
    kind, who = bytes(15) + b"\x77", "bob"
    return encode_record(
        Record(kind, record_id(who, bytes(16)), 1, who, NOW, NOW + LASTS, NOW, GRAPH, b"data", ATTRIBUTES)
    )


def message(kind: Kind, payload: bytes, creator: str = "bob") -> bytes:
    """The payload of a Ping."""
    record_type = QUERY_TYPE if kind is Kind.QUERY else ANSWER_TYPE
    identity = record_id(creator, bytes(range(16)))
    record = Record(record_type, identity, 1, creator, NOW + 1, NOW + LASTS, NOW, GRAPH, payload)
    return wrap(kind, encode_record(record))


@functools.cache
def messages() -> list[bytes]:
    wildcard = CRITERIA.replace("card<", "c*d<")
    return [
        message(Kind.QUERY, encode_query(Query(5, False, 100, 100_000, CRITERIA))),
        message(Kind.QUERY, encode_query(Query(5, True, 1, 500, wildcard))),
        message(Kind.ANSWER, encode_answer(Answer(SEARCH, 5, False, (), ()))),
        message(
            Kind.ANSWER,
            encode_answer(
                Answer(SEARCH, 5, True, (NodeName(6, "carol"),), (Copy(True, found()), Copy(False, found())))
            ),
        ),
    ]


SEEDS: dict[str, Callable[[], list[bytes]]] = {"node-search": messages}
