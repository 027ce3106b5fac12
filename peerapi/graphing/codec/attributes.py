"""Record attributes (MS-PPGRH 2.2.3.5): searchable names and values of a record, written as XML.

::

    <attributes>
      <attribute name="Owner" type="string">Scott</attribute>
    </attributes>

No element at all is accepted, as the API's schema has it; names need not be unique. Everything else the schema does
not name is refused, and so is what XML could do beyond it: DOCTYPE, entity declarations, processing instructions.
What is open in the texts is decided in docs/decisions.md, "Attributes".
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, NamedTuple

from peerapi.errors import InvalidAttributes, TooManyAttributes

if TYPE_CHECKING:
    from peerapi.graphing.codec.strict_xml import Handler

MAX_ATTRIBUTES = 1024
"The API knows a maximum (PEER_E_TOO_MANY_ATTRIBUTES) but publishes no number; this one is ours."

MAX_NAME = 40

RESERVED_NAMES = frozenset(
    (
        "peerlastmodifiedby",
        "peercreatorid",
        "peerlastmodificationtime",
        "peerrecordid",
        "peerrecordtype",
        "peercreationtime",
    )
)
"Names of a record's own fields: for searches, never in the attributes of an application's record."

TYPES = ("string", "int", "date")

_CACHED_SIZE = 4096  # bytes of the UTF-16 form; larger documents are parsed every time rather than kept
_CACHED_COUNT = 1024


class Attribute(NamedTuple):
    """One name/value pair."""

    name: str
    type: str
    "string, int or date."
    value: str


_NAME = re.compile(r"[0-9a-zA-Z]{1,40}")
_INT = re.compile(r"[0-9]+")


def check(xml: str, internal: bool = False) -> None:
    """Nothing if ``xml`` follows the schema; InvalidAttributes or TooManyAttributes if not.

    ``internal`` is for records of the reserved types, which may use the reserved names.
    """
    try:
        raw = xml.encode("utf-16-be")
    except UnicodeEncodeError as error:
        raise InvalidAttributes(f"not UTF-16: {error}") from error
    check_wire(raw + b"\0\0", internal)


def check_wire(raw: bytes, internal: bool = False) -> None:
    """``check`` for attributes as a record carries them: UTF-16 big-endian with a terminator.

    The same few documents come again and again, so those found good are remembered.
    """
    (_remembered if len(raw) <= _CACHED_SIZE else _check)(raw, internal)


def parse(xml: str, internal: bool = True) -> tuple[Attribute, ...]:
    """The pairs in document order. Raises what ``check`` raises; reserved names pass unless ``internal`` is false."""
    from peerapi.graphing.codec.strict_xml import NotTheSchema, run

    document = _Document(internal)
    try:
        run(xml, document)
    except NotTheSchema as error:
        raise InvalidAttributes(str(error)) from error
    return tuple(document.found)


def _check(raw: bytes, internal: bool) -> None:
    if raw[-2:] != b"\0\0":
        raise InvalidAttributes("no terminating zero")
    try:
        xml = raw[:-2].decode("utf-16-be")
    except UnicodeDecodeError as error:
        raise InvalidAttributes("not UTF-16") from error
    parse(xml, internal)


_remembered = functools.lru_cache(maxsize=_CACHED_COUNT)(_check)


class _Document:
    """What the parser calls while it reads: see ``strict_xml.Handler``."""

    def __init__(self, internal: bool) -> None:
        self.found: list[Attribute] = []
        self._internal = internal
        self._depth = 0
        self._name = ""
        self._type = ""

    def start(self, element: str, values: dict[str, str]) -> bool:
        self._depth += 1
        if self._depth == 1:
            if element != "attributes" or values:
                raise InvalidAttributes(f"the root is not a plain <attributes>: <{element[:MAX_NAME]}>")
            return False
        if self._depth > 2 or element != "attribute" or values.keys() != {"name", "type"}:
            raise InvalidAttributes("something else than <attribute name= type=>")
        self._name, self._type = values["name"], values["type"]
        if not _NAME.fullmatch(self._name):
            shown = self._name[: MAX_NAME + 1]
            raise InvalidAttributes(f"an attribute's name has 1 to {MAX_NAME} letters and digits, unlike {shown!r}")
        if self._name in RESERVED_NAMES and not self._internal:
            raise InvalidAttributes(f"the attribute name {self._name} is reserved")
        if self._type not in TYPES:
            raise InvalidAttributes(f"attribute type {self._type[:MAX_NAME]!r}")
        if len(self.found) == MAX_ATTRIBUTES:
            raise TooManyAttributes(f"more than {MAX_ATTRIBUTES} attributes")
        return True

    def end(self, element: str, text: str) -> None:
        self._depth -= 1
        if self._depth == 1:
            if self._type == "int" and not _INT.fullmatch(text):
                raise InvalidAttributes(f"{self._name}: not all digits")
            if self._type == "date":
                from peerapi.graphing.codec import dates  # the calendar is not needed before the first date

                if dates.parse(text) is None:
                    raise InvalidAttributes(f"{self._name}: not an ISO 8601 date")
            self.found.append(Attribute(self._name, self._type, text))


if TYPE_CHECKING:
    _handler: type[Handler] = _Document
