"""A relay's word: what ``peerapi relay`` prints and ``peerapi relay use`` takes, one word that fits into a message.

``relay-`` and base64url of ``u8 version | u8 flags | IPv4 (4) | u16 port | hash of the key (32, by a flag) | u8 size
of the host name | host name | pass | CRC-32``, big-endian. The checksum is there since people copy words incompletely.
"""

from __future__ import annotations

import base64
import binascii
import re
import struct
import zlib

from peerapi.reach import passes
from peerapi.reach.leg import RelayAccess
from peerapi.reach.seat import RelayEndpoint
from peerapi.reach.seats import Known
from peerapi.text import pasted_words

PREFIX = "relay-"
VERSION = 1
PINNED, PLAIN = 1, 2
"Flags: a hash of the key follows; legs are not enciphered."
_HEAD = struct.Struct(">BB4sH")
_CRC = struct.Struct(">I")
_PIN = 32
MOST_HOST = 100
MOST_PASTED = 64 << 10
"Characters of a text that is searched for a word."
MOST_PIECES = 40
"Lines over which a word may be broken."
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")


class NotARelay(ValueError):
    """The text is no relay's word, or not a whole one."""


def is_host(name: str) -> bool:
    """Whether a word can hold this as the name of what stands in front of a relay; it has small letters only."""
    return len(name) <= MOST_HOST and _HOST.fullmatch(name) is not None


def write(known: Known) -> str:
    """The word for a relay and a pass. The host name is one by ``is_host``, or empty."""
    access = known.access
    flags = (PINNED if access.pin else 0) | (0 if access.tls else PLAIN)
    host = access.host.encode()
    body = _HEAD.pack(VERSION, flags, *access.endpoint) + access.pin + bytes([len(host)]) + host + known.granted
    return PREFIX + base64.urlsafe_b64encode(body + _CRC.pack(zlib.crc32(body))).decode().rstrip("=")


def find(text: str) -> Known:
    """The relay and the pass of the one word in a text, whatever stands around it: the command to type, a letter,
    quotation marks, line breaks. Raises NotARelay."""
    found: dict[str, Known] = {}
    refused = NotARelay(f"a relay's word begins with {PREFIX}")
    for pieces in pasted_words(text[:MOST_PASTED], PREFIX):
        for end in range(min(len(pieces), MOST_PIECES), 0, -1):
            try:
                one = read(PREFIX + "".join(pieces[:end]))
            except NotARelay as error:
                refused = error
            else:
                found[write(one)] = one
                break
    if len(found) > 1:
        raise NotARelay("there are several relays' words in it: give one")
    if not found:
        raise refused
    return next(iter(found.values()))


def read(text: str) -> Known:
    """The relay and the pass of a word, whatever white space is around it. Raises NotARelay."""
    text = "".join(text.split())
    if not text.startswith(PREFIX):
        raise NotARelay(f"a relay's word begins with {PREFIX}")
    encoded = text.removeprefix(PREFIX)
    try:
        whole = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotARelay("the relay's word has characters that do not belong there") from error
    body, checksum = whole[: -_CRC.size], whole[-_CRC.size :]
    if len(body) < _HEAD.size + 1 or _CRC.pack(zlib.crc32(body)) != checksum:
        raise NotARelay("the relay's word is not whole: some of it was lost in copying")
    version, flags, ip, port = _HEAD.unpack_from(body)
    pin_size = _PIN if flags & PINNED else 0
    pin, rest = body[_HEAD.size : _HEAD.size + pin_size], body[_HEAD.size + pin_size :]
    host, granted = rest[1 : 1 + rest[0]] if rest else b"", rest[1 + rest[0] :] if rest else b""
    name = host.decode("latin-1")
    sound = rest and len(host) == rest[0] <= MOST_HOST and len(granted) <= passes.LARGEST and len(pin) == pin_size
    if version != VERSION or flags & ~(PINNED | PLAIN) or not port or not sound or (name and not is_host(name)):
        raise NotARelay("the relay's word is from another version of peerapi")
    return Known(RelayAccess(RelayEndpoint(ip, port), host=name, pin=pin, tls=not flags & PLAIN), granted)
