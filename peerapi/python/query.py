"""Searches as Python says them, in place of the query XML of PeerGraphSearchRecords.

``where("Owner", "==", "Ann") & (where("Pages", ">", 3) | where("Owner", "like", "B*"))``
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from peerapi.python import arguments
from peerapi.python.attributes import Value, written

Comparison = Literal["==", "!=", "<", "<=", ">", ">=", "like"]
COMPARISONS: dict[str, str] = {
    "==": "equal",
    "!=": "notequal",
    "<": "less",
    "<=": "lessorequal",
    ">": "greater",
    ">=": "greaterorequal",
    "like": "equal",
}
_PLAIN = str.maketrans({character: f"\\{character}" for character in "\\*?"})


@dataclass(frozen=True, slots=True)
class Condition:
    """What a record has to fulfil; ``&`` and ``|`` join two."""

    inner: str
    "An element of the query format."

    def __and__(self, other: Condition) -> Condition:
        return Condition(f"<and>{self.inner}{other.inner}</and>")

    def __or__(self, other: Condition) -> Condition:
        return Condition(f"<or>{self.inner}{other.inner}</or>")

    @property
    def xml(self) -> str:
        """The whole query as PeerGraphSearchRecords wants it."""
        return f"<peersearch>{self.inner}</peersearch>"


def where(name: str, comparison: Comparison, value: Value | UUID) -> Condition:
    """A comparison of an attribute with a value of its type.

    ``like`` compares texts and knows ``*`` and ``?``; to the others these are characters like any. A record without the
    attribute never matches. The record's own fields are called peercreatorid, peerlastmodifiedby, peercreationtime,
    peerlastmodificationtime, peerrecordid and peerrecordtype. Raises ValueError, InvalidAttributes.
    """
    arguments.text("name", name)
    if not isinstance(comparison, str) or comparison not in COMPARISONS:
        raise ValueError(f"{comparison!r} is none of {' '.join(COMPARISONS)}")
    kind, text = ("string", str(value)) if isinstance(value, UUID) else written(value)
    return clause(name, comparison, kind, text)


def clause(name: str, comparison: str, kind: str, text: str) -> Condition:
    """One element of the query format; ``kind`` is its type: string, int or date."""
    if kind == "string" and comparison != "like":
        text = text.translate(_PLAIN)
    inside = html.escape(text, quote=False).replace("\r", "&#13;")
    attributes = f'attrib="{html.escape(name)}" type="{kind}" compare="{COMPARISONS[comparison]}"'
    return Condition(f"<clause {attributes}>{inside}</clause>")
