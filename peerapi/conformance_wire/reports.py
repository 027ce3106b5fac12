"""What a run says: TAP, a table by section, or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import groupby

from peerapi.conformance_wire.runs import Outcome, Result


def _plain(text: str) -> str:
    """One printable line; ``#`` would begin a directive of TAP. What is shown comes from the other side."""
    return "".join(one if one.isprintable() and one != "#" else "?" for one in text)


def tap_line(number: int, result: Result) -> str:
    """One line of TAP, version 13, with a comment that says what was seen instead."""
    name = _plain(result.fact.name)
    if result.outcome is Outcome.SKIPPED:
        return f"ok {number} - {name} # SKIP {_plain(result.why)}"
    if result.outcome is Outcome.HOLDS:
        return f"ok {number} - {name}"
    return f"not ok {number} - {name}\n# {_plain(result.why)}"


def tap_head(count: int) -> str:
    return f"TAP version 13\n1..{count}"


def counts(results: Iterable[Result]) -> dict[str, int]:
    """How many hold, deviate and were skipped."""
    found = dict.fromkeys((outcome.value for outcome in Outcome), 0)
    for result in results:
        found[result.outcome.value] += 1
    return found


def _place(result: Result) -> tuple[str, list[int]]:
    return result.fact.protocol, [int(part) for part in result.fact.section.split(".")]


def table(results: Sequence[Result]) -> str:
    """One line for each section, and below it each fact that deviates."""
    lines = [f"{'SECTION':<24}{'HOLDS':>7}{'DEVIATES':>10}{'SKIPPED':>9}"]
    for (protocol, section), found in groupby(
        sorted(results, key=_place), lambda result: (result.fact.protocol, result.fact.section)
    ):
        group = list(found)
        number = counts(group)
        lines.append(
            f"{protocol + ' ' + section:<24}{number['holds']:>7}{number['deviates']:>10}{number['skipped']:>9}"
        )
        for result in group:
            if result.outcome is Outcome.DEVIATES:
                lines.append(f"    {_plain(result.fact.says)}: {_plain(result.why)}")
    total = counts(results)
    lines.append(f"{'all':<24}{total['holds']:>7}{total['deviates']:>10}{total['skipped']:>9}")
    return "\n".join(lines)


def as_json(results: Sequence[Result]) -> str:
    """One object: the counts, and every fact with its protocol, section, sentence, outcome and reason."""
    return json.dumps(
        {
            "counts": counts(results),
            "facts": [
                {
                    "protocol": one.fact.protocol,
                    "section": one.fact.section,
                    "says": one.fact.says,
                    "outcome": one.outcome.value,
                    "why": one.why,
                }
                for one in results
            ],
        },
        indent=1,
        ensure_ascii=True,
    )
