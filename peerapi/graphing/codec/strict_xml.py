"""A small strict XML reader for documents that strangers send: record attributes and search queries.

Only elements, XML attributes and text come through; comments are skipped. DOCTYPE (and with it every entity beyond
the five of XML itself), processing instructions, and text between elements are refused. The document is a string
already, so an encoding named in its declaration is not looked at.

Importing this module imports expat, which costs more than the first call of a program should: import it where it is
used.
"""

from __future__ import annotations

from typing import Any, NoReturn, Protocol
from xml.parsers import expat

MAX_DEPTH = 128
"Deeper documents are refused before they can exhaust a recursive reader behind us."

MAX_DECLARATIONS = 8192
"""Namespace declarations mean nothing in our documents, but expat and Python keep all those of an element: a record of
some megabytes that has nothing else would hold up a graph for seconds. As often may the word occur, wherever it is."""

_NAMESPACE = "xmlns"


class NotTheSchema(Exception):
    """Not well-formed, or using something that none of our documents may use."""


class Handler(Protocol):
    """Who is told what the document contains. May raise whatever should end the reading."""

    def start(self, element: str, values: dict[str, str]) -> bool:
        """An element begins. ``values`` are its XML attributes without namespace declarations.

        True: it holds text, which ``end`` will get. False: it holds elements only, with white space between them.
        """

    def end(self, element: str, text: str) -> None:
        """The element ends."""


def run(document: str, handler: Handler) -> None:
    """Read ``document`` and tell ``handler``. NotTheSchema, or what the handler raises."""
    if document.count(_NAMESPACE) > MAX_DECLARATIONS:
        raise NotTheSchema(f"more than {MAX_DECLARATIONS} namespace declarations")
    try:
        raw = document.encode("utf-8")
    except UnicodeEncodeError as error:
        raise NotTheSchema("not UTF-16") from error
    reading = _Reading(handler)
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.ProcessingInstructionHandler = _refuse_instruction
    try:
        parser.Parse(raw, True)
    except expat.ExpatError as error:
        raise NotTheSchema(f"no XML: {error}") from error


def _refuse_doctype(*_: Any) -> NoReturn:
    raise NotTheSchema("a DOCTYPE")


def _refuse_instruction(*_: Any) -> NoReturn:
    raise NotTheSchema("a processing instruction")


class _Reading:
    """Collects text and keeps count of the depth for a handler."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._depth = 0
        self._wanted = False  # the open element holds text
        self._text: list[str] = []

    def start(self, element: str, values: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise NotTheSchema(f"deeper than {MAX_DEPTH} elements")
        plain = {k: v for k, v in values.items() if k != _NAMESPACE and not k.startswith(_NAMESPACE + ":")}
        self._text.clear()
        self._wanted = self._handler.start(element, plain)

    def text(self, text: str) -> None:
        if self._wanted:
            self._text.append(text)
        elif text.strip(" \t\r\n"):
            raise NotTheSchema("text between elements")

    def end(self, element: str) -> None:
        self._depth -= 1
        text = "".join(self._text)
        self._text.clear()
        self._wanted = False
        self._handler.end(element, text)
