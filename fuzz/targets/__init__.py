"""One function for each door through which bytes come in.

It returns when all is well, whether the bytes were refused or taken, and raises when the library did what it must not:
any other error than the documented one, or an answer that contradicts itself.
"""

from __future__ import annotations

from collections.abc import Callable

from fuzz.targets import (
    calls,
    circles,
    clouds,
    collab,
    documents,
    files,
    graph,
    group,
    names,
    nodes,
    reading,
    relays,
    routers,
    searches,
    sharing,
    tables,
)

LARGEST = 1 << 20
"Bytes of an input, at most: larger ones find nothing new and cost time."

TARGETS: dict[str, Callable[[bytes], None]] = {
    **graph.TARGETS,
    **group.TARGETS,
    **names.TARGETS,
    **nodes.TARGETS,
    **circles.TARGETS,
    **clouds.TARGETS,
    **reading.TARGETS,
    **routers.TARGETS,
    **collab.TARGETS,
    **relays.TARGETS,
    **calls.TARGETS,
    **tables.TARGETS,
    **sharing.TARGETS,
    **searches.TARGETS,
    **files.TARGETS,
    **documents.TARGETS,
}
