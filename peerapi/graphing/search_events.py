"""What a search of all nodes is given, and what it tells who asked (docs/search.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from peerapi.store.schema import Row

MOST_RECORDS = 1000
"Records of one node, at most."
MOST_BYTES = 512 << 10
"Bytes of the records of one node, at most."
LONGEST = 60.0
"Seconds that a search may take."


class SearchLimits(NamedTuple):
    """What a search may bring, and how long it may take."""

    max_records: int = 100
    "Of one node."
    max_bytes: int = 256 << 10
    "Of the records of one node, as they travel."
    timeout: float = 5.0
    "Seconds."
    only_local: bool = False
    "Records that are only local, and none that all nodes have."


@dataclass(frozen=True, slots=True)
class NodeAnswered:
    """A node has answered, maybe with nothing."""

    node_id: int
    peer_id: str
    more: bool
    "It has, or might have, more than it was asked for or may send."
    rows: tuple[Row, ...]
    "Copies; what changed last comes first."


@dataclass(frozen=True, slots=True)
class NodeAbsent:
    """A node of the graph has not answered in time."""

    node_id: int
    peer_id: str


@dataclass(frozen=True, slots=True)
class SearchEnded:
    """Everybody has answered, or the time is over. Nothing comes behind it."""


SearchEvent = NodeAnswered | NodeAbsent | SearchEnded
