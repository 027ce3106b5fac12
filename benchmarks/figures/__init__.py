"""One function for each group of figures: ``def name(bench: Bench) -> Iterator[Row]``. A new one goes into the list."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from benchmarks.bench import Bench, Row
from benchmarks.figures.alone import alone
from benchmarks.figures.board import many_strokes, stroke_latency
from benchmarks.figures.calls import calls_alone, calls_with_neighbor
from benchmarks.figures.flood import flood_latency, sustained
from benchmarks.figures.groups import group_flood, handshakes, signatures
from benchmarks.figures.join import first_sync
from benchmarks.figures.many import add_many, burst, eight_nodes, hash_sync
from benchmarks.figures.people import people
from benchmarks.figures.python import python_calls
from benchmarks.figures.search import searches
from benchmarks.figures.startup import startup
from benchmarks.figures.tables import tables
from benchmarks.figures.wine import bridge

FIGURES: list[Callable[[Bench], Iterator[Row]]] = [
    startup,
    calls_alone,
    calls_with_neighbor,
    flood_latency,
    sustained,
    first_sync,
    add_many,
    burst,
    eight_nodes,
    hash_sync,
    searches,
    python_calls,
    stroke_latency,
    many_strokes,
    group_flood,
    handshakes,
    signatures,
    people,
    tables,
    bridge,
    alone,
]
