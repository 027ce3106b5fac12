"""What may be NULL although the header's annotation says otherwise, as the table in docs/decisions.md has it."""

from __future__ import annotations

import re
from pathlib import Path

DECISIONS = Path(__file__).resolve().parents[2] / "docs" / "decisions.md"


def _decided() -> frozenset[tuple[str, str]]:
    section = DECISIONS.read_text(encoding="utf-8").partition("### What may be NULL")[2].partition("\n### ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| Peer")]
    return frozenset(
        (function, parameter)
        for functions, parameters, _ in rows
        for function in re.findall(r"\w+", functions)
        for parameter in re.findall(r"\w+", parameters)
    )


NULL_ACCEPTED = _decided()
"Functions and names of parameters."
