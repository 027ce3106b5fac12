"""The small XML documents in which identities travel: a root with VERSION="1.0", and in it elements that hold text or,
with ``dt:dt="bin.base64"``, bytes.

Programs may carry such a fragment inside documents of their own, but must not change it, so reading is strict: no other
element or attribute, no comment, no DOCTYPE, no processing instruction. White space between elements means nothing.
"""

from __future__ import annotations

import binascii
from typing import Any, NoReturn

from peerapi.identity.der import Malformed

VERSION = "1.0"
DATATYPES = "urn:schemas-microsoft-com:datatypes"
_BINARY = f' xmlns:dt="{DATATYPES}" dt:dt="bin.base64"'
_SPECIAL = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}
Child = tuple[str, str | bytes]


def write(root: str, children: list[Child]) -> str:
    """The document. Raises Malformed when a text has characters that XML 1.0 cannot carry."""
    parts = [f'<{root} VERSION="{VERSION}">']
    for tag, value in children:
        if isinstance(value, bytes):
            parts.append(f"<{tag}{_BINARY}>{binascii.b2a_base64(value, newline=False).decode()}</{tag}>")
        else:
            parts.append(f"<{tag}>{escaped(value)}</{tag}>")
    return "".join([*parts, f"</{root}>"])


def read(document: str, root: str) -> list[Child]:
    """The children of ``root`` in their order. Raises Malformed, also for another version."""
    from xml.parsers import expat

    reading = _Reading(root)
    parser = expat.ParserCreate("utf-8", namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.text
    parser.StartDoctypeDeclHandler = parser.ProcessingInstructionHandler = parser.CommentHandler = _refuse
    try:
        parser.Parse(document.encode("utf-8"), True)
    except (expat.ExpatError, UnicodeEncodeError) as error:
        raise Malformed(f"no XML: {error}") from error
    return reading.children


def escaped(text: str) -> str:
    """A text between tags. Raises Malformed when it has characters that XML 1.0 cannot carry."""
    for character in text:
        if (character < " " and character not in "\t\n\r") or character in "\ufffe\uffff":
            raise Malformed("characters that XML cannot carry")
    return "".join(_SPECIAL.get(character, character) for character in text)


def _refuse(*_: Any) -> NoReturn:
    raise Malformed("more than elements and text")


class _Reading:
    def __init__(self, root: str) -> None:
        self.children: list[Child] = []
        self._root = root
        self._depth = 0
        self._binary = False
        self._text: list[str] = []

    def start(self, element: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._text.clear()
        if self._depth == 1:
            if element != self._root or attributes != {"VERSION": VERSION}:
                raise Malformed(f"not a {self._root} of version {VERSION}")
        elif self._depth == 2:
            self._binary = attributes == {f"{DATATYPES} dt": "bin.base64"}
            if attributes and not self._binary:
                raise Malformed("unknown attributes")
        else:
            raise Malformed("unknown elements")

    def text(self, text: str) -> None:
        if self._depth == 2:
            self._text.append(text)
        elif text.strip(" \t\r\n"):
            raise Malformed("text between elements")

    def end(self, element: str) -> None:
        if self._depth == 2:
            text = "".join(self._text)
            self.children.append((element, _bytes(text) if self._binary else text))
        self._depth -= 1


def _bytes(text: str) -> bytes:
    try:
        return binascii.a2b_base64("".join(text.split()), strict_mode=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("not base64") from error
