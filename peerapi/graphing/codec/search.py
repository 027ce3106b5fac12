"""Record searches (PeerGraphSearchRecords): a query as a tree to ask about a record, or to turn into SQL.

What the published query format leaves open is decided in docs/decisions.md, "Search". In short: a clause speaks of
attributes that the record has, of the type it names; one value that satisfies it is enough; strings compare
character by character, case included; ``*`` and ``?`` are wildcards in string clauses that ask for equal or
notequal, and plain characters elsewhere.

``search_xml`` makes the tree. Both readings of it, ``matches`` and ``to_sql``, work on *keys*: values in a form that
compares as their type wants, in Python and in SQLite alike.
"""

from __future__ import annotations

import enum
import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from peerapi.graphing.codec import dates
from peerapi.graphing.codec.attributes import RESERVED_NAMES, Attribute
from peerapi.graphing.codec.records import Summary

Key = str | int
"A comparable value: text for strings, text of ``int_key`` for ints, FILETIME units for dates."

Facts = Mapping[tuple[str, str], Sequence[Key]]
"(attribute name, type) -> the keys that a record has there."

TABLE = "attributes (record INTEGER, name TEXT, type TEXT, value)"
"""The table that ``to_sql`` asks: ``record`` names the record, ``value`` is a key and has no affinity. Rows come from
``index_rows``; an index over (name, type, value, record) answers every clause that is not a wildcard by itself."""

_LONGEST_GLOB = 4096  # characters of up to 4 bytes; SQLite gives up on patterns above 50,000 bytes
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
GUID_NAMES = ("peerrecordid", "peerrecordtype")


class Compare(enum.Enum):
    """How a clause compares an attribute (on the left) with its content (on the right)."""

    EQUAL = "equal"
    NOT_EQUAL = "notequal"
    GREATER = "greater"
    LESS = "less"
    GREATER_OR_EQUAL = "greaterorequal"
    LESS_OR_EQUAL = "lessorequal"


class Sql(NamedTuple):
    """A condition for a WHERE clause."""

    condition: str
    parameters: tuple[str | int | bytes, ...]
    exact: bool
    "False: it lets through all records that match and perhaps others, which ``matches`` has to sort out."


# ---- The tree --------------------------------------------------------------------------------------------------------


class Query:
    """A search, or a part of one."""

    __slots__ = ()

    def matches(self, attributes: Iterable[Attribute], reserved: Mapping[str, Key]) -> bool:
        """Whether a record with these attributes matches. ``reserved``: see ``reserved_of``."""
        return self.holds(facts_of(attributes, reserved))

    def holds(self, facts: Facts) -> bool:
        """``matches`` on values prepared by ``facts_of``."""
        raise NotImplementedError

    def to_sql(self, record: str, columns: Mapping[str, str]) -> Sql:
        """A condition on a row whose record number is the expression ``record``, over the table ``TABLE``.

        ``columns`` gives expressions for reserved names, as far as the row has them: text for the two IDs of peers,
        FILETIME units for the times, 16-byte blobs for peerrecordid and peerrecordtype. The others make the condition
        inexact.
        """
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class And(Query):
    """All of the parts."""

    parts: tuple[Query, ...]

    def holds(self, facts: Facts) -> bool:
        return all(part.holds(facts) for part in self.parts)

    def to_sql(self, record: str, columns: Mapping[str, str]) -> Sql:
        return _joined("AND", [part.to_sql(record, columns) for part in self.parts])


@dataclass(frozen=True, slots=True)
class Or(Query):
    """At least one of the parts."""

    parts: tuple[Query, ...]

    def holds(self, facts: Facts) -> bool:
        return any(part.holds(facts) for part in self.parts)

    def to_sql(self, record: str, columns: Mapping[str, str]) -> Sql:
        return _joined("OR", [part.to_sql(record, columns) for part in self.parts])


@dataclass(frozen=True, slots=True)
class Clause(Query):
    """One comparison."""

    attrib: str
    type: str
    compare: Compare
    operand: Operand

    def holds(self, facts: Facts) -> bool:
        return any(self.operand.accepts(self.compare, key) for key in facts.get((self.attrib, self.type), ()))

    def to_sql(self, record: str, columns: Mapping[str, str]) -> Sql:
        if isinstance(self.operand, Wildcard) and len(self.operand.tokens) > _LONGEST_GLOB:
            return Sql("1", (), False)
        if self.attrib not in RESERVED_NAMES:
            condition, parameters = self.operand.condition(self.compare, "value")
            rows = f"SELECT record FROM attributes WHERE name = ? AND type = ? AND {condition}"
            return Sql(f"{record} IN ({rows})", (self.attrib, self.type, *parameters), True)
        if self.type != _RESERVED_TYPES[self.attrib]:
            return Sql("0", (), True)
        column = columns.get(self.attrib)
        operand = self.operand
        if column is None:
            return Sql("1", (), False)
        if self.attrib in GUID_NAMES:
            if not isinstance(operand, Plain) or not _GUID.fullmatch(str(operand.key)):
                return Sql("1", (), False)
            # Blobs order as their digits do.
            return Sql(
                f"{column} {_OPERATORS[self.compare]} ?", (bytes.fromhex(str(operand.key).replace("-", "")),), True
            )
        condition, parameters = operand.condition(self.compare, column)
        return Sql(condition, parameters, True)


# ---- What a clause compares with -------------------------------------------------------------------------------------

_OPERATORS = {
    Compare.EQUAL: "=",
    Compare.NOT_EQUAL: "<>",
    Compare.GREATER: ">",
    Compare.LESS: "<",
    Compare.GREATER_OR_EQUAL: ">=",
    Compare.LESS_OR_EQUAL: "<=",
}


class Operand:
    """The content of a clause."""

    __slots__ = ()

    def accepts(self, compare: Compare, key: Key) -> bool:
        raise NotImplementedError

    def condition(self, compare: Compare, column: str) -> tuple[str, tuple[Key, ...]]:
        """``accepts`` in SQL, for the expression ``column``."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Plain(Operand):
    """One text, or one number as text of ``int_key``."""

    key: str

    def accepts(self, compare: Compare, key: Key) -> bool:
        text = str(key)
        match compare:
            case Compare.EQUAL:
                return text == self.key
            case Compare.NOT_EQUAL:
                return text != self.key
            case Compare.GREATER:
                return text > self.key
            case Compare.LESS:
                return text < self.key
            case Compare.GREATER_OR_EQUAL:
                return text >= self.key
        return text <= self.key

    def condition(self, compare: Compare, column: str) -> tuple[str, tuple[Key, ...]]:
        return f"{column} {_OPERATORS[compare]} ?", (self.key,)


@dataclass(frozen=True, slots=True)
class Wildcard(Operand):
    """A pattern, for equal and notequal. ``tokens`` are single characters, None for ``*`` and "" for ``?``."""

    tokens: tuple[str | None, ...]

    def accepts(self, compare: Compare, key: Key) -> bool:
        return bool(_pattern(self.tokens).fullmatch(str(key))) is (compare is Compare.EQUAL)

    def condition(self, compare: Compare, column: str) -> tuple[str, tuple[Key, ...]]:
        glob = "".join(["*" if t is None else "?" if t == "" else f"[{t}]" if t in "*?[" else t for t in self.tokens])
        return f"{column} {'' if compare is Compare.EQUAL else 'NOT '}GLOB ?", (glob,)


@dataclass(frozen=True, slots=True)
class Span(Operand):
    """A date: a stretch of time as long as it is precise. ``end`` is the first moment behind it."""

    start: int
    end: int

    def accepts(self, compare: Compare, key: Key) -> bool:
        moment = int(key)
        match compare:
            case Compare.EQUAL:
                return self.start <= moment < self.end
            case Compare.NOT_EQUAL:
                return not self.start <= moment < self.end
            case Compare.GREATER:
                return moment >= self.end
            case Compare.LESS:
                return moment < self.start
            case Compare.GREATER_OR_EQUAL:
                return moment >= self.start
        return moment < self.end

    def condition(self, compare: Compare, column: str) -> tuple[str, tuple[Key, ...]]:
        match compare:
            case Compare.EQUAL:
                return f"({column} >= ? AND {column} < ?)", (self.start, self.end)
            case Compare.NOT_EQUAL:
                return f"({column} < ? OR {column} >= ?)", (self.start, self.end)
            case Compare.GREATER:
                return f"{column} >= ?", (self.end,)
            case Compare.LESS:
                return f"{column} < ?", (self.start,)
            case Compare.GREATER_OR_EQUAL:
                return f"{column} >= ?", (self.start,)
        return f"{column} < ?", (self.end,)


@functools.lru_cache(maxsize=64)
def _pattern(tokens: tuple[str | None, ...]) -> re.Pattern[str]:
    """A regular expression in which every ``*`` but the last takes the nearest place that fits, and stays with it."""
    parts: list[str] = [""]
    for token in tokens:
        if token is None:
            parts.append("")
        else:
            parts[-1] += "." if token == "" else re.escape(token)
    first, *others = parts
    if not others:
        return re.compile(first, re.DOTALL)
    middle = "".join([f"(?>.*?{part})" for part in others[:-1] if part])
    return re.compile(f"{first}{middle}.*{others[-1]}", re.DOTALL)


# ---- Records, as a query sees them -----------------------------------------------------------------------------------

_RESERVED_TYPES = {
    "peercreatorid": "string",
    "peerlastmodifiedby": "string",
    "peerrecordid": "string",
    "peerrecordtype": "string",
    "peercreationtime": "date",
    "peerlastmodificationtime": "date",
}


def int_key(digits: str) -> str:
    """Text that orders as the number does, however many digits it has: how many there are, then the digits."""
    significant = digits.lstrip("0")
    return f"{len(significant):08d}{significant}"


def index_rows(attributes: Iterable[Attribute]) -> list[tuple[str, str, Key]]:
    """Name, type and key of each attribute, for ``TABLE``. The attributes follow their syntax already."""
    rows: list[tuple[str, str, Key]] = []
    for name, kind, value in attributes:
        if kind == "int":
            rows.append((name, kind, int_key(value)))
        elif kind == "date":
            rows.append((name, kind, dates.parse(value) or 0))
        else:
            rows.append((name, kind, value))
    return rows


def facts_of(attributes: Iterable[Attribute], reserved: Mapping[str, Key]) -> Facts:
    """What ``holds`` asks. Reserved names come from ``reserved`` only, whatever the attributes say."""
    facts: dict[tuple[str, str], list[Key]] = {}
    for name, kind, key in index_rows(attributes):
        if name not in RESERVED_NAMES:
            facts.setdefault((name, kind), []).append(key)
    for name, key in reserved.items():
        facts[name, _RESERVED_TYPES[name]] = [key]
    return facts


def reserved_of(record: Summary) -> dict[str, Key]:
    """A record's own fields under their reserved names. A record never updated has no peerlastmodifiedby."""
    fields: dict[str, Key] = {
        "peercreatorid": record.creator.decode("utf-16-be"),
        "peerrecordid": guid_text(record.id),
        "peerrecordtype": guid_text(record.type),
        "peercreationtime": record.creation,
        "peerlastmodificationtime": record.modification,
    }
    if record.modified_by:
        fields["peerlastmodifiedby"] = record.modified_by.decode("utf-16-be")
    return fields


def guid_text(value: bytes) -> str:
    """A GUID as clauses compare it: lower case, without braces."""
    digits = value.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


# ---- SQL -------------------------------------------------------------------------------------------------------------


def _joined(word: str, parts: list[Sql]) -> Sql:
    """The parts, joined pair by pair: a chain would be as deep as it is long, and SQLite limits depth."""
    while len(parts) > 1:
        pairs = [_pair(word, *parts[at : at + 2]) for at in range(0, len(parts) - 1, 2)]
        parts = pairs + parts[len(parts) - len(parts) % 2 :]
    return parts[0]


def _pair(word: str, a: Sql, b: Sql) -> Sql:
    return Sql(f"({a.condition} {word} {b.condition})", a.parameters + b.parameters, a.exact and b.exact)
