"""From nothing to a created graph."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

from benchmarks.bench import Bench, Row
from benchmarks.yardsticks import python_process_ms


def startup(bench: Bench) -> Iterator[Row]:
    times = 2 if bench.quick else 7
    bench.program("startup")
    first, created, whole = [], [], []
    for number in range(times):
        begun = time.perf_counter()
        answer = bench.run("startup", "startup", f"peer{number}")
        whole.append((time.perf_counter() - begun) * 1000)
        first.append(answer["first_call_ms"])
        created.append(answer["created_ms"])
    trio = python_process_ms("import trio", times)
    imported = "python -c 'import trio'"

    value = statistics.median(first)
    yield Row("first call (PeerGraphStartup)", value, "ms", trio, imported, "< 350 ms", value < 350)
    yield Row("start-up to a created graph", statistics.median(created), "ms", trio, imported)
    yield Row("whole process: start, create, close, end", statistics.median(whole), "ms", trio, imported)
