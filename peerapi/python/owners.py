"""Which process has a graph or a group of this user open; asking changes nothing."""

from __future__ import annotations

import contextlib
from pathlib import Path

from peerapi.engine.graphs.node import database_path
from peerapi.engine.groups import groups
from peerapi.store import ownership

UNNAMED = 0
"A process that did not say which it is."


def of_graph(graph_id: str, peer: str, database: str) -> int | None:
    """The process that has a peer's database of a graph open, this one included; UNNAMED, or None when nobody has."""
    return _of(database_path(graph_id, peer, database))


def of_group(group: str, identity: str) -> int | None:
    """The process that has the database of an identity's group open, as ``of_graph`` says it."""
    return _of(database_path(group, identity, groups.DATABASE))


def _of(path: Path) -> int | None:
    with contextlib.suppress(OSError):
        if ownership.is_owned(path):
            return ownership.owner(path) or UNNAMED
    return None
