"""Runs facts one after the other, and keeps what became of each."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum

from peerapi.conformance_wire.bench import Bench, Deviation, NotHere
from peerapi.conformance_wire.driver import DriverFailed
from peerapi.conformance_wire.facts import Fact, Need


class Outcome(Enum):
    """What became of a fact."""

    HOLDS = "holds"
    DEVIATES = "deviates"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Result:
    """One fact of one run."""

    fact: Fact
    outcome: Outcome
    why: str = ""
    seconds: float = 0.0


def run(
    facts: Iterable[Fact], bench: Bench, have: frozenset[Need], told: Callable[[Result], None] = lambda result: None
) -> list[Result]:
    """All facts in order; ``told`` hears of each at once. What goes wrong within a check is a deviation of its fact."""
    results = []
    for fact in facts:
        result = _one(fact, bench, have)
        told(result)
        results.append(result)
    return results


def _one(fact: Fact, bench: Bench, have: frozenset[Need]) -> Result:
    missing = [need.value for need in fact.needs if need not in have]
    if missing:
        return Result(fact, Outcome.SKIPPED, "needs " + " and ".join(missing))
    start = time.monotonic()
    try:
        fact.check(bench)
    except NotHere as reason:
        return Result(fact, Outcome.SKIPPED, str(reason), time.monotonic() - start)
    except (Deviation, DriverFailed) as problem:
        return Result(fact, Outcome.DEVIATES, str(problem), time.monotonic() - start)
    except (OSError, ValueError, LookupError, ArithmeticError) as problem:  # bytes that could not even be read
        said = f"{type(problem).__name__}: {problem}"
        return Result(fact, Outcome.DEVIATES, said, time.monotonic() - start)
    return Result(fact, Outcome.HOLDS, "", time.monotonic() - start)
