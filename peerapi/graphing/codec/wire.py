"""The small pieces every codec of MS-PPGRH is made of.

All numbers are unsigned and big-endian (2.2); GUIDs travel in the order of their printed digits (reading A3).
Strings of messages are UTF-8, strings of records UTF-16 big-endian (reading A2), both with a terminating zero
character.

Encoders raise ``ValueError`` for a value that the layout has no room for. Decoders raise ``MalformedMessage`` and
nothing else.
"""

from __future__ import annotations

import struct

from peerapi.address import Address

U16 = struct.Struct(">H")
U32 = struct.Struct(">I")
U64 = struct.Struct(">Q")

AF_INET6 = 0x0017
"Protocol Family of 2.2.1.3 and 2.2.1.5: the Windows number, whatever the local system calls the family."

_IN6 = struct.Struct(">HH16s")
_PEER_ADDRESS = struct.Struct(">IHHI16sI")
IN6_SIZE = _IN6.size
PEER_ADDRESS_SIZE = _PEER_ADDRESS.size


class MalformedMessage(Exception):
    """The bytes do not follow the published layout. The only exception that leaves a decoder.

    ``before`` holds the complete messages that a ``Deframer`` had found in the same piece of input ahead of the
    damage, so that what is processed does not depend on how the network cut the stream.
    """

    def __init__(self, reason: str, before: tuple[bytes, ...] = ()) -> None:
        super().__init__(reason)
        self.before = before


class MessageTooLong(MalformedMessage):
    """A message says that it will be longer than what is allowed now."""


class Reader:
    """Takes fields off the front of ``data``, which is not copied."""

    __slots__ = ("_data", "_position")

    def __init__(self, data: bytes | memoryview) -> None:
        self._data = data
        self._position = 0

    @property
    def remaining(self) -> int:
        """How many bytes are left."""
        return len(self._data) - self._position

    def _advance(self, size: int) -> int:
        start = self._position
        if size > len(self._data) - start:
            raise MalformedMessage(f"{size} bytes expected at offset {start} of {len(self._data)}")
        self._position = start + size
        return start

    def u32(self) -> int:
        number: int = U32.unpack_from(self._data, self._advance(4))[0]
        return number

    def u64(self) -> int:
        number: int = U64.unpack_from(self._data, self._advance(8))[0]
        return number

    def take(self, size: int) -> bytes:
        """The next ``size`` bytes."""
        start = self._advance(size)
        return bytes(self._data[start : start + size])

    def text(self, low: int, high: int, what: str) -> str | None:
        """A counted UTF-16 string: 4 bytes of length in characters with the terminator, then the characters.

        The length must lie in ``low..high``; length 0 (only where ``low`` is 0) is an absent string: None.
        """
        units = self.u32()
        if not low <= units <= high:
            raise MalformedMessage(f"{what}: length {units} is outside {low}..{high}")
        return decode_text(self.take(2 * units), what) if units else None

    def peer_address(self) -> Address:
        """PEER_ADDRESS (2.2.1.5). The last field is not looked at: a scope means nothing on another machine."""
        size, family, port, flow, ip, _zero = _PEER_ADDRESS.unpack_from(self._data, self._advance(PEER_ADDRESS_SIZE))
        if size != PEER_ADDRESS_SIZE or family != AF_INET6:
            raise MalformedMessage(f"PEER_ADDRESS of size {size} and family {family}")
        return Address(ip, port, flow)

    def end(self) -> None:
        """Nothing may be left over."""
        if self.remaining:
            raise MalformedMessage(f"{self.remaining} bytes too many")


def decode_text(raw: bytes, what: str) -> str:
    """UTF-16 big-endian characters that end with their only zero character, without it."""
    if raw[-2:] != b"\0\0":
        raise MalformedMessage(f"{what}: no terminating zero")
    try:
        text = raw[:-2].decode("utf-16-be")
    except UnicodeDecodeError as error:
        raise MalformedMessage(f"{what}: not UTF-16") from error
    if "\0" in text:
        raise MalformedMessage(f"{what}: zero character inside the string")
    return text


def encode_text(text: str | None, low: int, high: int, what: str) -> bytes:
    """The counted form that ``Reader.text`` reads; None is length 0."""
    if text is None:
        units, raw = 0, b""
    else:
        if "\0" in text:
            raise ValueError(f"{what}: zero character inside the string")
        raw = text.encode("utf-16-be") + b"\0\0"  # UnicodeEncodeError, a ValueError, for surrogate halves
        units = len(raw) // 2
    if not low <= units <= high:
        raise ValueError(f"{what}: length {units} is outside {low}..{high}")
    return U32.pack(units) + raw


def number(layout: struct.Struct, *values: object) -> bytes:
    """``layout.pack`` whose complaint about a number out of range is a ``ValueError``."""
    try:
        return layout.pack(*values)
    except struct.error as error:
        raise ValueError(str(error)) from error


def guid(value: bytes, what: str) -> bytes:
    """``value``, which must be 16 bytes: ``struct`` would pad or cut it silently."""
    if len(value) != 16:
        raise ValueError(f"{what}: 16 bytes expected, not {len(value)}")
    return value


def encode_peer_address(address: Address) -> bytes:
    """PEER_ADDRESS (2.2.1.5), 32 bytes. The local scope stays at home: its field is always 0."""
    ip = guid(address.ip, "address")
    return number(_PEER_ADDRESS, PEER_ADDRESS_SIZE, AF_INET6, address.port, address.flow, ip, 0)


def encode_in6(addresses: tuple[Address, ...]) -> bytes:
    """PEER_IN6_ADDRESS (2.2.1.3), 20 bytes each. Flow and scope do not travel."""
    return b"".join([number(_IN6, AF_INET6, address.port, guid(address.ip, "address")) for address in addresses])


def decode_in6(raw: bytes) -> tuple[Address, ...]:
    """The addresses of a whole PEER_IN6_ADDRESS array; ``raw`` is a multiple of 20 bytes long."""
    addresses = []
    for family, port, ip in _IN6.iter_unpack(raw):
        if family != AF_INET6:
            raise MalformedMessage(f"PEER_IN6_ADDRESS of family {family}")
        addresses.append(Address(ip, port))
    return tuple(addresses)
