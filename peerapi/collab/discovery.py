"""People near by on WS-Discovery: its messages as bytes (WS-Discovery of April 2005, SOAP 1.2 over UDP).

[MS-PNM], the published protocol of People Near Me, rides on the same carrier; its own types and metadata are not at
hand, so the type announced here is one of ours, which other implementations of WS-Discovery pass over. Hello, Bye,
Probe and ProbeMatches are used. An announcement says the nickname, the name of the endpoint and a TCP port, and nothing
else: where that port is, the source of the datagram says, so that nobody can announce another machine.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from enum import Enum
from typing import NoReturn

from peerapi.collab.fields import Malformed
from peerapi.collab.values import MAX_TEXT, is_plain
from peerapi.identity.fragments import escaped
from peerapi.identity.names import is_text

SOAP = "http://www.w3.org/2003/05/soap-envelope"
ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
DISCOVERY = "http://schemas.xmlsoap.org/ws/2005/04/discovery"
OURS = "urn:peerapi:collab:1"
TO = "urn:schemas-xmlsoap-org:ws:2005:04:discovery"
ANONYMOUS = "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous"
MAX_DATAGRAM = 8192
_DEPTH = 10
_URN = re.compile(r"urn:uuid:([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})")
_PORT = re.compile(r"peerapi:(\d{1,5})")
_VERSION = re.compile(r"\d{1,10}")


class Action(Enum):
    """What a message is for: the last part of its Action."""

    HELLO = "Hello"
    BYE = "Bye"
    PROBE = "Probe"
    MATCHES = "ProbeMatches"


@dataclass(frozen=True)
class Announcement:
    """A message about one person; a PROBE is about nobody."""

    action: Action
    message_id: bytes
    person: bytes = bytes(16)
    nickname: str = ""
    endpoint_name: str = ""
    port: int = 0
    version: int = 1
    "MetadataVersion: a person's later announcement has a higher one when it says something else (section 4.1)."


def encode(announcement: Announcement, relates_to: bytes | None = None) -> bytes:
    """The datagram. ``relates_to``: the message ID of the Probe that MATCHES answers."""
    action = announcement.action
    inner = ""
    if action is Action.PROBE:
        body = "<d:Probe><d:Types>p:Person</d:Types></d:Probe>"
    else:
        reference = f"<a:EndpointReference><a:Address>{_urn(announcement.person)}</a:Address></a:EndpointReference>"
        if action is not Action.BYE:
            inner = (
                f"<d:Types>p:Person</d:Types><d:XAddrs>peerapi:{announcement.port}</d:XAddrs>"
                f"<d:MetadataVersion>{announcement.version}</d:MetadataVersion>"
                f"<p:Nickname>{escaped(announcement.nickname)}</p:Nickname>"
                f"<p:Endpoint>{escaped(announcement.endpoint_name)}</p:Endpoint>"
            )
        content = reference + inner
        if action is Action.MATCHES:
            content = f"<d:ProbeMatch>{content}</d:ProbeMatch>"
        body = f"<d:{action.value}>{content}</d:{action.value}>"
    to = TO if action is not Action.MATCHES else ANONYMOUS
    related = "" if relates_to is None else f"<a:RelatesTo>{_urn(relates_to)}</a:RelatesTo>"
    return (
        f'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{SOAP}" xmlns:a="{ADDRESSING}"'
        f' xmlns:d="{DISCOVERY}" xmlns:p="{OURS}"><s:Header><a:Action>{DISCOVERY}/{action.value}</a:Action>'
        f"<a:MessageID>{_urn(announcement.message_id)}</a:MessageID>{related}<a:To>{to}</a:To></s:Header>"
        f"<s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def decode(data: bytes) -> list[Announcement]:
    """The people that a datagram is about; nothing for what is about other kinds of things. Raises Malformed."""
    if len(data) > MAX_DATAGRAM:
        raise Malformed("a datagram that is too long")
    reading = _Reading()
    from xml.parsers import expat

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.text
    parser.StartNamespaceDeclHandler = reading.namespace
    parser.StartDoctypeDeclHandler = parser.ProcessingInstructionHandler = _refuse
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        if isinstance(error, Malformed):
            raise
        raise Malformed(f"no XML: {error}") from error
    return reading.result()


def _urn(id_: bytes) -> str:
    return uuid.UUID(bytes=id_).urn


def _id(text: str) -> bytes:
    found = _URN.fullmatch(text.strip())
    if found is None:
        raise Malformed("no UUID")
    return uuid.UUID(found[1]).bytes


def _refuse(*_: object) -> NoReturn:
    raise Malformed("more than elements and text")


class _Reading:
    """Collects the texts of elements by their names, for each person that a message is about."""

    def __init__(self) -> None:
        self._path: list[str] = []
        self._text: list[str] = []
        self._header: dict[str, str] = {}
        self._bodies: list[dict[str, str]] = []
        self._prefixes: dict[str, str] = {}

    def namespace(self, prefix: str | None, uri: str) -> None:
        self._prefixes[prefix or ""] = uri

    def start(self, element: str, attributes: dict[str, str]) -> None:
        self._path.append(element)
        self._text.clear()
        depth = len(self._path)
        if depth > _DEPTH:
            raise Malformed("too deep")
        if depth == 1 and element != f"{SOAP} Envelope":
            raise Malformed("no SOAP envelope")
        name = element.rpartition(" ")[2]
        if (depth == 3 and self._path[1] == f"{SOAP} Body" and name != "ProbeMatches") or name == "ProbeMatch":
            self._bodies.append({})

    def text(self, text: str) -> None:
        self._text.append(text)

    def end(self, element: str) -> None:
        text = "".join(self._text)
        self._text.clear()
        if len(self._path) == 3 and self._path[1] == f"{SOAP} Header":
            self._header.setdefault(element, text)
        elif len(self._path) > 3 and self._bodies:
            self._bodies[-1].setdefault(element, text)
        self._path.pop()

    def result(self) -> list[Announcement]:
        action_uri = self._header.get(f"{ADDRESSING} Action", "").strip()
        try:
            action = Action(action_uri.removeprefix(f"{DISCOVERY}/"))
        except ValueError:
            return []
        message_id = _id(self._header.get(f"{ADDRESSING} MessageID", ""))
        found = []
        for body in self._bodies:
            types = [self._name(one) for one in body.get(f"{DISCOVERY} Types", "").split()]
            if action is Action.PROBE:
                if not types or (OURS, "Person") in types:
                    found.append(Announcement(action, message_id))
            elif action is Action.BYE or (OURS, "Person") in types:
                found.append(self._person(action, message_id, body))
        return found

    def _name(self, text: str) -> tuple[str, str]:
        prefix, _, name = text.rpartition(":")
        return self._prefixes.get(prefix, ""), name

    def _person(self, action: Action, message_id: bytes, body: dict[str, str]) -> Announcement:
        person = _id(body.get(f"{ADDRESSING} Address", ""))
        if action is Action.BYE:
            return Announcement(action, message_id, person)
        found = _PORT.fullmatch(body.get(f"{DISCOVERY} XAddrs", "").strip())
        if found is None or not 0 < int(found[1]) < 65536:
            raise Malformed("no port")
        version = body.get(f"{DISCOVERY} MetadataVersion", "1").strip()
        if _VERSION.fullmatch(version) is None or int(version) >= 1 << 32:
            raise Malformed("no metadata version")
        texts = [body.get(f"{OURS} {name}", "") for name in ("Nickname", "Endpoint")]
        for text in texts:
            if not is_text(text, MAX_TEXT) or not is_plain(text) or any(one in "\t\r\n" for one in text):
                raise Malformed("a name that is none")
        return Announcement(action, message_id, person, texts[0], texts[1], int(found[1]), int(version))
