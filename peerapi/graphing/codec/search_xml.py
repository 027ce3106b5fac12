"""The XML of a record search (PeerGraphSearchRecords), read into the tree of ``search``.

::

    <peersearch>
      <and>
        <clause attrib="Owner" type="string" compare="equal">Sc*</clause>
        <clause attrib="peercreationtime" type="date" compare="greater">2026-01</clause>
      </and>
    </peersearch>
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from peerapi.errors import InvalidArgument, InvalidSearch
from peerapi.graphing.codec import dates
from peerapi.graphing.codec.attributes import TYPES
from peerapi.graphing.codec.search import (
    GUID_NAMES,
    And,
    Clause,
    Compare,
    Operand,
    Or,
    Plain,
    Query,
    Span,
    Wildcard,
    int_key,
)

if TYPE_CHECKING:
    from peerapi.graphing.codec.strict_xml import Handler

MAX_CLAUSES = 1024
"The format sets no limit; this one keeps a query within what a SQL statement may hold."
_NAME = re.compile(r"[0-9a-zA-Z]{1,40}")
_DIGITS = re.compile(r"[0-9]+")
_WHITE = " \t\r\n"


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
    if attrib in GUID_NAMES:
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
