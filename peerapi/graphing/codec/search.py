"""Record searches (PeerGraphSearchRecords): the query's XML as a tree to ask about a record, or to turn into SQL.

::

    <peersearch>
      <and>
        <clause attrib="Owner" type="string" compare="equal">Sc*</clause>
        <clause attrib="peercreationtime" type="date" compare="greater">2026-01</clause>
      </and>
    </peersearch>

What the published query format leaves open is decided in docs/decisions.md, "Search". In short: a clause speaks of
attributes that the record has, of the type it names; one value that satisfies it is enough; strings compare
character by character, case included; ``*`` and ``?`` are wildcards in string clauses that ask for equal or
notequal, and plain characters elsewhere.

Both readings of a query, ``matches`` and ``to_sql``, work on *keys*: values in a form that compares as their type
wants, in Python and in SQLite alike.
"""

from __future__ import annotations

import enum
import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from peerapi.errors import InvalidArgument, InvalidSearch
from peerapi.graphing.codec import dates
from peerapi.graphing.codec.attributes import RESERVED_NAMES, TYPES, Attribute
from peerapi.graphing.codec.records import Summary

if TYPE_CHECKING:
    from peerapi.graphing.codec.strict_xml import Handler

MAX_CLAUSES = 1024
"The format sets no limit; this one keeps a query within what a SQL statement may hold."

Key = str | int
"A comparable value: text for strings, text of ``int_key`` for ints, FILETIME units for dates."

Facts = Mapping[tuple[str, str], Sequence[Key]]
"(attribute name, type) -> the keys that a record has there."

TABLE = "attributes (record INTEGER, name TEXT, type TEXT, value)"
"""The table that ``to_sql`` asks: ``record`` names the record, ``value`` is a key and has no affinity. Rows come from
``index_rows``; an index over (name, type, value, record) answers every clause that is not a wildcard by itself."""

_LONGEST_GLOB = 4096  # characters of up to 4 bytes; SQLite gives up on patterns above 50,000 bytes
_NAME = re.compile(r"[0-9a-zA-Z]{1,40}")
_DIGITS = re.compile(r"[0-9]+")
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_GUID_NAMES = ("peerrecordid", "peerrecordtype")
_WHITE = " \t\r\n"


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
        if self.attrib in _GUID_NAMES:
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


# ---- XML -------------------------------------------------------------------------------------------------------------


def parse(xml: str) -> Query:
    """The query in ``xml``. InvalidSearch if it breaks the schema, InvalidArgument for a bad escape (``\\``)."""
    from peerapi.graphing.codec.strict_xml import NotTheSchema, run

    document = _Document()
    try:
        run(xml, document)
    except NotTheSchema as error:
        raise InvalidSearch(str(error)) from error
    return document.root[0]


class _Document:
    """What the parser calls while it reads: see ``strict_xml.Handler``."""

    def __init__(self) -> None:
        self.root: list[Query] = []
        self._open: list[list[Query]] = []  # the parts of every element that is open, outermost first
        self._clause: tuple[str, str, Compare] | None = None
        self._clauses = 0

    def start(self, element: str, values: dict[str, str]) -> bool:
        if self._clause is not None:
            raise InvalidSearch("an element inside a clause")
        if not self._open:
            if element != "peersearch":
                raise InvalidSearch("the root is not <peersearch>")
            _none_left(values)
            self._open.append(self.root)
        elif element == "clause":
            self._clause = _clause_head(values)
            self._clauses += 1
            if self._clauses > MAX_CLAUSES:
                raise InvalidSearch(f"more than {MAX_CLAUSES} clauses")
            return True
        elif element in ("and", "or"):
            _none_left(values)
            self._open.append([])
        else:
            raise InvalidSearch(f"an element <{element[:40]}>")
        return False

    def end(self, element: str, text: str) -> None:
        if element == "clause" and self._clause is not None:
            attrib, kind, compare = self._clause
            self._open[-1].append(Clause(attrib, kind, compare, _operand(attrib, kind, compare, text)))
            self._clause = None
            return
        parts = self._open.pop()
        if not parts:
            raise InvalidSearch(f"<{element}> is empty")
        if element == "and":
            self._open[-1].append(And(tuple(parts)))
        elif element == "or":
            self._open[-1].append(Or(tuple(parts)))
        elif len(parts) > 1:
            raise InvalidSearch("<peersearch> has more than one child")


if TYPE_CHECKING:
    _handler: type[Handler] = _Document


def _none_left(values: Mapping[str, str]) -> None:
    if values:
        raise InvalidSearch(f"an attribute {min(values)[:40]}")


def _clause_head(values: dict[str, str]) -> tuple[str, str, Compare]:
    rest = dict(values)
    attrib, kind, compare = rest.pop("attrib", ""), rest.pop("type", ""), rest.pop("compare", Compare.EQUAL.value)
    _none_left(rest)
    if not _NAME.fullmatch(attrib):
        raise InvalidSearch("a clause without a proper attrib")
    if kind not in TYPES:
        raise InvalidSearch("a clause without a proper type")
    try:
        return attrib, kind, Compare(compare)
    except ValueError as error:
        raise InvalidSearch(f"compare {compare[:40]}") from error


def _operand(attrib: str, kind: str, compare: Compare, text: str) -> Operand:
    tokens = _tokens(text)
    if kind == "int":
        digits = text.strip(_WHITE)
        if not _DIGITS.fullmatch(digits):
            raise InvalidSearch(f"{attrib}: not all digits")
        return Plain(int_key(digits))
    if kind == "date":
        span = dates.span(text.strip(_WHITE))
        if span is None:
            raise InvalidSearch(f"{attrib}: not an ISO 8601 date")
        return Span(*span)
    if attrib in _GUID_NAMES:
        tokens = [token and token.lower() for token in tokens if token is None or token not in ("{", "}")]
    if compare not in (Compare.EQUAL, Compare.NOT_EQUAL) or not any(token in (None, "") for token in tokens):
        return Plain("".join(["*" if token is None else token or "?" for token in tokens]))
    return Wildcard(tuple(tokens))


def _tokens(text: str) -> list[str | None]:
    """The characters of a clause with escapes resolved; None for ``*``, "" for ``?``."""
    tokens: list[str | None] = []
    characters = iter(text)
    for character in characters:
        if character == "\\":
            character = next(characters, "")
            if character not in ("*", "?", "\\"):
                raise InvalidArgument("a backslash before something else than * ? or a backslash")
            tokens.append(character)
        elif character == "*":
            tokens.append(None)
        else:
            tokens.append("" if character == "?" else character)
    return tokens
