"""Records on the command line, those of graphs and those of groups: chosen by what people type, listed and shown."""

from __future__ import annotations

import re
import string
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar
from uuid import UUID

import click

from peerapi.api.graph_records import record_value
from peerapi.cli import naming
from peerapi.cli.commands import COUNT, for_programs, mistyped, typed
from peerapi.cli.output import data_preview, facts, in_json, local, size, table
from peerapi.engine.graphs.driver import Driver
from peerapi.errors import NotFound
from peerapi.python import query, values

F = TypeVar("F", bound=Callable[..., object])
TERM = re.compile(r"([0-9A-Za-z]{1,40})\s*(==|!=|<=|>=|=|<|>|~)\s*(.*)", re.DOTALL)
PAGE = 256
"Records that are read at a time."
ROWS = 50
"Records that are read ahead, so that the columns of a table fit."
TERMS = """NAME=VALUE each, or with !=, <, <=, > or >= in place of =, or with ~ and a pattern of * and ?; quoted, as in
'priority>3'. A record is found that meets all of them. The XML of a query may stand instead."""


class StartOfUuid(click.ParamType[str]):
    """A UUID, or how one begins: the digits that a table shows are enough."""

    name = "uuid"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        digits = str(value).strip("{}").replace("-", "").lower()
        if not digits or len(digits) > 32 or set(digits) - set(string.hexdigits):
            self.fail(f"{value!r} is no UUID, and no beginning of one.", param, ctx)
        return digits


START_OF_UUID = StartOfUuid()


def choosing(command: F) -> F:
    """Which records, and how many of them are shown."""
    for option in (
        click.option("--limit", type=COUNT, metavar="COUNT", help="So many records at most."),
        click.option("--creator", metavar="PEER", help="Only those that this peer has made, or how its name begins."),
        click.option("--type", "kind", type=START_OF_UUID, help="Only those of this type, or how its UUID begins."),
    ):
        command = option(command)
    return for_programs(command)


class Reader:
    """The records of a graph that is open here and that nobody else has: each is read when it is asked for."""

    def __init__(self, driver: Driver, names_of: Callable[[str], str | None] = lambda creator: None) -> None:
        """``names_of``: from a creator to what people call it."""
        self._driver = driver
        self._names_of = names_of

    def ids(self, kind: str | None, creator: str | None) -> bytes:
        """Of the records of a type and a creator, as people have typed them. Raises NotFound."""
        type_id = None if kind is None else self.type(kind).bytes
        who = None if creator is None else self.creator(creator)
        return self._driver.record_ids(type_id, who)

    def found(self, terms: list[str]) -> bytes:
        """The IDs of those that a search finds. Raises UsageError for what is no search."""
        with typed():  # the XML of a query, too
            return self._driver.search(search_xml(terms))

    def records(self, ids: bytes) -> Iterator[values.Record]:
        """The records of ``ids``, 16 bytes each, read as they are asked for."""
        delta = self._driver.graph.clock.delta
        for at in range(0, len(ids), 16 * PAGE):
            for row in self._driver.records(ids[at : at + 16 * PAGE]):
                yield values.record(record_value(row), delta)

    def types(self) -> dict[UUID, int]:
        """How many records there are of each type."""
        found = self._driver.read(
            lambda graph: graph.database.types(None if graph.defers_expiration else graph.peer_time)
        )
        return {UUID(bytes=kind): count for kind, count in found.items()}

    def type(self, digits: str) -> UUID:
        """The type whose UUID begins like this; one in full need not be there. Raises NotFound."""
        if len(digits) == 32:
            return UUID(digits)
        return naming.meant("record type", digits, self.types(), lambda one: [one.hex])

    def creator(self, typed: str) -> str:
        """One of those who have made records. Raises NotFound when several may be meant; what nobody has made, nobody
        has made."""
        ids = self._driver.read(lambda graph: graph.database.one_of_each_creator())
        known = sorted({record.creator for record in self.records(b"".join(ids))})
        if not naming.fitting(typed, known, lambda one: [one, self._names_of(one)]):
            return typed
        return naming.meant("creator", typed, known, lambda one: [one, self._names_of(one)])

    def record(self, digits: str) -> values.Record:
        """The record whose ID begins like this. Raises NotFound."""
        whole = bytes.fromhex(digits[: len(digits) // 2 * 2])
        ids = self._driver.read(lambda graph: graph.database.ids_from(whole, PAGE))
        fitting = [one for one in ids if one.hex().startswith(digits)]
        if len(fitting) > 1:
            raise NotFound(
                f"There are several records {digits!r}: {naming.choices([str(UUID(bytes=one)) for one in fitting])}"
            )
        for found in self.records(b"".join(fitting)):
            return found
        raise NotFound(f"There is no record {digits!r}.")


# ---- searching ----


def search_xml(terms: list[str]) -> str:
    """The query of some terms; what begins with < is one already. Raises UsageError."""
    if len(terms) == 1 and terms[0].lstrip().startswith("<"):
        return terms[0]
    conditions = []
    for term in terms:
        match = TERM.fullmatch(term)
        if match is None:
            raise mistyped(
                f"{term!r} is none of NAME=VALUE, NAME!=VALUE, NAME<VALUE, NAME<=VALUE, NAME>VALUE, NAME>=VALUE, "
                "NAME~PATTERN, where a NAME is of 1 to 40 letters and digits."
            )
        name, comparison, text = match.groups()
        conditions.append(_condition(name, {"=": "==", "~": "like"}.get(comparison, comparison), text))
    joined = conditions[0]
    for condition in conditions[1:]:
        joined &= condition
    return joined.xml


def _condition(name: str, comparison: str, text: str) -> query.Condition:
    """Digits may be a number or a text, something like a date a date or a text: whichever the attribute is."""
    from peerapi.graphing.codec import dates

    found = query.clause(name, comparison, "string", text)
    if comparison != "like" and text.isascii() and text.isdigit():
        found |= query.clause(name, comparison, "int", text)
    if comparison != "like" and dates.parse(text) is not None:
        found |= query.clause(name, comparison, "date", text)
    return found


# ---- showing ----


def show_all(reader: Reader, ids: bytes, *, limit: int | None, as_json: bool) -> None:
    """Print the records of ``ids``; each page as soon as it has been read."""
    records = reader.records(ids if limit is None else ids[: 16 * limit])
    if as_json:
        for record in records:
            print(in_json(record_facts(record)))
        return
    shown = 0
    for page in _pages(records, ROWS):
        text = table(
            ("ID", "TYPE", "CREATOR", "MODIFIED", "SIZE", "DATA", "ATTRIBUTES"),
            [
                (one.id, str(one.type)[:8], one.creator, local(one.modified), size(len(one.data)),
                 data_preview(one.data), " ".join(f"{name}={value}" for name, value in one.attributes.items()))
                for one in page
            ],
            right=(4,),
            headed=not shown,
        )  # fmt: skip
        print(text, flush=True)
        shown += len(page)
    if not shown:
        print("no records", file=sys.stderr)


def show_one(record: values.Record, *, as_json: bool, only_data: bool) -> None:
    """Print all of one record, or its data as they are."""
    if only_data:
        sys.stdout.flush()
        sys.stdout.buffer.write(record.data)
        sys.stdout.buffer.flush()
        return
    if as_json:
        print(in_json(record_facts(record)))
        return
    shown: dict[str, object] = record_facts(record)
    for name in ("created", "modified", "expires"):
        shown[name] = local(getattr(record, name))
    del shown["attributes"], shown["data"]
    shown["size"] = size(len(record.data))
    print(facts((name.replace("_", " "), value) for name, value in shown.items()))
    if record.attributes:
        print("\n" + table(("ATTRIBUTE", "VALUE"), list(record.attributes.items())))
    print("\n" + data_preview(record.data, most=10_000))


def record_facts(record: values.Record) -> dict[str, object]:
    """A record for a program."""
    names = ("id", "type", "version", "creator", "modified_by", "created", "modified", "expires", "attributes", "data")
    return {name: getattr(record, name) for name in names}


def _pages(records: Iterable[values.Record], rows: int) -> Iterator[list[values.Record]]:
    page: list[values.Record] = []
    for record in records:
        page.append(record)
        if len(page) == rows:
            yield page
            page = []
    if page:
        yield page
