"""PEERCONTACT: a person as XML, to be mailed, stored and added somewhere else (docs/collaboration.md, "Contact XML").

The format is ours, since none is published; it is in the manner of the other fragments (``identity.fragments``). What
is written is ASCII with lines of moderate length, so that it survives any encoding and any mail program. What is read
may have got a byte order mark, an XML declaration of whatever encoding, other line ends and white space around it. A
key and its name have to belong together.
"""

from __future__ import annotations

import binascii
import re
from typing import NoReturn

from peerapi.collab.values import MAX_TEXT, Contact, Permission, is_plain
from peerapi.errors import InvalidPeerName
from peerapi.identity import pkcs7
from peerapi.identity.certificates import Certificate, InvalidCertificate, identity_certificate
from peerapi.identity.der import Malformed
from peerapi.identity.fragments import escaped
from peerapi.identity.names import PeerName, is_text, parse

ROOT = "PEERCONTACT"
VERSION = "1.0"
LONGEST = 0x10000
"Characters that are read; what is written has fewer than 8,000."
_VERSIONS = re.compile(r"1\.\d{1,3}")
_TEXTS = ("NAME", "NICKNAME", "DISPLAYNAME", "EMAIL")
_CREDENTIALS = "CREDENTIALS"
_LINE = 76


def write(contact: Contact) -> str:
    """The document of a contact: ASCII, without whether it is watched, what it may see, and any private key."""
    credentials = binascii.b2a_base64(contact.credentials, newline=False).decode("ascii")
    texts = (contact.peer_name, contact.nickname, contact.display_name, contact.email)
    lines = [
        f'<{ROOT} VERSION="{VERSION}">',
        *(f"<{tag}>{escaped(text)}</{tag}>" for tag, text in zip(_TEXTS, texts, strict=True)),
        f"<{_CREDENTIALS}>",
        *(credentials[at : at + _LINE] for at in range(0, len(credentials), _LINE)),
        f"</{_CREDENTIALS}>",
        f"</{ROOT}>",
    ]
    return "\r\n".join(lines).encode("ascii", "xmlcharrefreplace").decode("ascii")


def read(document: str, now: int) -> Contact:
    """The contact of a document: not watched, and blocked. Raises Malformed when it is none, or when its name was not
    made from its key."""
    found = _elements(document)
    if any(tag not in found for tag in ("NAME", _CREDENTIALS)):
        raise Malformed("a contact without name or credentials")
    texts = {tag: found.get(tag, "") for tag in _TEXTS}
    for tag, text in texts.items():
        if not is_text(text, MAX_TEXT) or not is_plain(text):
            raise Malformed(f"{tag} is too long or has characters that are no text")
    try:
        credentials = binascii.a2b_base64("".join(found[_CREDENTIALS].split()), strict_mode=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("the credentials are not base64") from error
    name = proved_name(credentials, now)
    try:
        if parse(texts["NAME"].strip()) != name:
            raise Malformed("the name belongs to another key")
    except InvalidPeerName as error:
        raise Malformed(str(error)) from error
    return Contact(
        str(name), texts["NICKNAME"], texts["DISPLAYNAME"], texts["EMAIL"], False, Permission.BLOCKED, credentials
    )


def proved_name(credentials: bytes, now: int) -> PeerName:
    """The peer name of the key in the credentials. Raises Malformed."""
    name = certificate_of(credentials, now).extensions.subject_name
    if name is None or name.classifier:
        raise Malformed("not the certificate of a person, whose name has no classifier")
    return name


def certificate_of(credentials: bytes, now: int) -> Certificate:
    """The proved certificate in the credentials. Raises Malformed."""
    certificates = pkcs7.decode(credentials)
    if len(certificates) != 1:
        raise Malformed("not one certificate")
    try:
        return identity_certificate(certificates[0], now)
    except InvalidCertificate as error:
        raise Malformed(str(error)) from error


def _elements(document: str) -> dict[str, str]:
    """The text of each element below the root. Those that are not known are passed over: 1.x may grow."""
    from xml.parsers import expat

    if len(document) > LONGEST:
        raise Malformed("too long for a contact")
    reading = _Reading()
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.text
    parser.StartDoctypeDeclHandler = parser.ProcessingInstructionHandler = _refuse
    try:
        parser.Parse(document.strip("\ufeff \t\r\n").encode("utf-8"), True)
    except (expat.ExpatError, UnicodeEncodeError) as error:
        raise Malformed(f"no XML: {error}") from error
    return reading.found


def _refuse(*_: object) -> NoReturn:
    raise Malformed("more than elements and text")


class _Reading:
    def __init__(self) -> None:
        self.found: dict[str, str] = {}
        self._depth = 0
        self._text: list[str] = []

    def start(self, element: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth == 1 and (element != ROOT or not _VERSIONS.fullmatch(attributes.get("VERSION", ""))):
            raise Malformed(f"not a {ROOT} of version 1")
        if self._depth == 2:
            self._text.clear()
            if element in self.found:
                raise Malformed(f"{element} stands there twice")

    def text(self, text: str) -> None:
        if self._depth == 2:
            self._text.append(text)

    def end(self, element: str) -> None:
        if self._depth == 2:
            self.found[element] = "".join(self._text)
        self._depth -= 1
