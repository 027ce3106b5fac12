"""Names in certificates (X.501), from attributes and from text as CertStrToName reads it:
``CN=a node, O="Ours, Ltd."``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from peerapi.identity import der
from peerapi.identity.der import Malformed

COMMON_NAME, COUNTRY = "2.5.4.3", "2.5.4.6"
_EMAIL, _DOMAIN = "1.2.840.113549.1.9.1", "0.9.2342.19200300.100.1.25"
KEYS = {
    "CN": COMMON_NAME,
    "SN": "2.5.4.4",
    "SERIALNUMBER": "2.5.4.5",
    "C": COUNTRY,
    "L": "2.5.4.7",
    "S": "2.5.4.8",
    "ST": "2.5.4.8",
    "STREET": "2.5.4.9",
    "O": "2.5.4.10",
    "OU": "2.5.4.11",
    "T": "2.5.4.12",
    "TITLE": "2.5.4.12",
    "G": "2.5.4.42",
    "I": "2.5.4.43",
    "DC": _DOMAIN,
    "E": _EMAIL,
    "EMAIL": _EMAIL,
}
_PRINTABLE = re.compile(r"[A-Za-z0-9 '()+,\-./:=?]*")
_DOTTED = re.compile(r"(?:OID\.)?([0-2](?:\.\d+)+)")
_ENDS = ",;+\r\n"


class Attribute(NamedTuple):
    """AttributeTypeAndValue: its type as dotted numbers, the tag of its string, the text."""

    oid: str
    tag: int
    text: str


def encode(parts: Sequence[Sequence[Attribute]]) -> bytes:
    """A Name: relative names in order, of attributes each. Raises Malformed."""
    try:
        return der.sequence(
            *(
                der.tlv(der.SET, *sorted(der.sequence(der.oid(one.oid), der.text(one.tag, one.text)) for one in part))
                for part in parts
            )
        )
    except (ValueError, IndexError) as error:
        raise Malformed(f"no name: {error}") from error


def attribute(oid: str, text: str) -> Attribute:
    """An attribute in the string type that RFC 5280 4.1.2.4 has for it."""
    if oid in (_EMAIL, _DOMAIN):
        return Attribute(oid, der.IA5_STRING, text)
    return Attribute(oid, der.PRINTABLE_STRING if _PRINTABLE.fullmatch(text) else der.UTF8_STRING, text)


def parse(text: str, *, reverse: bool = False) -> bytes:
    """A Name of text, its relative names in the order of the text or in the reverse one. Raises Malformed."""
    parts: list[list[Attribute]] = [[]]
    rest = text
    while True:
        key, equals, rest = rest.partition("=")
        known = KEYS.get(key.strip().upper())
        dotted = _DOTTED.fullmatch(key.strip().upper())
        if not equals or not (known or dotted):
            raise Malformed(f"{key.strip()!r:.40} is no attribute of a name")
        value, rest = _value(rest.lstrip())
        parts[-1].append(attribute(known or (dotted[1] if dotted else ""), value))
        if not rest:
            break
        if rest[0] != "+":
            parts.append([])
        rest = rest[1:]
    return encode(parts[::-1] if reverse else parts)


def _value(text: str) -> tuple[str, str]:
    """A value, quoted or not, and what follows it, a separator first. Raises Malformed."""
    if not text.startswith('"'):
        end = next((at for at, letter in enumerate(text) if letter in _ENDS), len(text))
        value, rest = text[:end].strip(), text[end:]
    else:
        quoted = re.match(r'"((?:[^"]|"")*)"\s*', text)
        if quoted is None:
            raise Malformed("a quotation mark that is not closed")
        value, rest = quoted[1].replace('""', '"'), text[quoted.end() :]
        if rest and rest[0] not in _ENDS:
            raise Malformed("text behind a quoted value")
    if not value:
        raise Malformed("an attribute without a value")
    return value, rest
