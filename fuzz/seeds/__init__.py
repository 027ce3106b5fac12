"""Valid beginnings for every target, made with the library's own encoders from fixed values."""

from __future__ import annotations

from collections.abc import Callable

from fuzz.seeds import calls, collab, documents, files, graph, group, names, relays, routers, searches, sharing, stories
from fuzz.targets import tables

SEEDS: dict[str, Callable[[], list[bytes]]] = {
    **graph.SEEDS,
    **group.SEEDS,
    **names.SEEDS,
    **routers.SEEDS,
    **stories.SEEDS,
    **collab.SEEDS,
    **relays.SEEDS,
    **calls.SEEDS,
    **tables.SEEDS,
    **sharing.SEEDS,
    **searches.SEEDS,
    **files.SEEDS,
    **documents.SEEDS,
}
