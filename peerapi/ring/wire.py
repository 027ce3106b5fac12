"""The small pieces every codec of MS-PNRP and MC-DRT is made of.

A message is a row of elements ``FieldID (2) | Length (2) | content``, each starting on a 4-byte boundary counted from
the start of the message (2.2). Messages are big-endian; the CPA and the extended payload inside them are
little-endian (2.2.3).

Encoders raise ``ValueError`` for what the layout has no room for. Decoders raise ``MalformedMessage`` and nothing else.
"""

from __future__ import annotations

import enum
import struct
from collections.abc import Iterable
from typing import Literal

from peerapi.address import Address

U16 = struct.Struct(">H")
U32 = struct.Struct(">I")
ELEMENT = struct.Struct(">HH")
ARRAY = struct.Struct(">HHHH")  # NumEntries, ArrayLength, ElementFieldType, EntryLength
ENDPOINT = struct.Struct(">H16s")  # IPV6_ENDPOINT (2.2.3.6)
ENDPOINT_SIZE = ENDPOINT.size
_ACKED = struct.Struct(">HHI")
ID_SIZE = 32
NONCE_SIZE = 16
HASH_SIZE = 20
"Bytes of the SHA-1 of a nonce."
LARGEST_ENTRY_COUNT = 0x7FFF

Order = Literal["big", "little"]
"""Of the bytes of an ID: MS-PNRP sends the most significant byte first, MC-DRT keys as the application has them, the
least significant first (reading D3)."""


class FieldId(enum.IntEnum):
    """The common numbering space of 2.2."""

    PNRP_HEADER = 0x0010
    PNRP_HEADER_ACKED = 0x0018
    PNRP_ID = 0x0030
    TARGET_PNRP_ID = 0x0038
    VALIDATE_PNRP_ID = 0x0039
    FLAGS_FIELD = 0x0040
    FLOOD_CONTROLS = 0x0043
    SOLICIT_CONTROLS = 0x0044
    LOOKUP_CONTROLS = 0x0045
    EXTENDED_PAYLOAD = 0x005A
    PNRP_ID_ARRAY = 0x0060
    CERT_CHAIN = 0x0080
    WCHAR = 0x0084
    CLASSIFIER = 0x0085
    HASHED_NONCE = 0x0092
    NONCE = 0x0093
    SPLIT_CONTROLS = 0x0098
    ROUTING_ENTRY = 0x009A
    VALIDATE_CPA = 0x009B
    REVOKE_CPA = 0x009C
    IPV6_ENDPOINT = 0x009D
    IPV6_ENDPOINT_ARRAY = 0x009E
    # What MC-DRT has on top of it; its CREDENTIAL is CERT_CHAIN.
    KEYTOKEN = 0x009F
    ENCRYPTED_ENDPOINT_ARRAY = 0x00A0
    ENCRYPTED_ROUTING_ENTRY = 0x00A1
    ENCRYPTED_CPA = 0x00A2
    ENCRYPTED_CLASSIFIER = 0x00A3
    ENCRYPTED_PAYLOAD = 0x00A4
    SIGNATURE = 0x00A5
    KEY_IDENTIFIER = 0x00A6


class MalformedMessage(Exception):
    """The bytes do not follow the published layout. The only exception that leaves a decoder."""


class Reader:
    """Takes elements off the front of one message."""

    __slots__ = ("_data", "_order", "_position", "_size")

    def __init__(self, data: bytes, position: int = 0, order: Order = "big") -> None:
        self._data = data
        self._position = position
        self._size = len(data)
        self._order: Order = order

    @property
    def remaining(self) -> int:
        return self._size - self._position

    def rest(self) -> bytes:
        """All that is left, which stays."""
        return self._data[self._position :]

    def take(self, size: int) -> bytes:
        """The next ``size`` bytes."""
        start = self._position
        end = start + size
        if end > self._size:
            raise MalformedMessage(f"{size} bytes expected at offset {start} of {self._size}")
        self._position = end
        return self._data[start:end]

    def unpack(self, layout: struct.Struct) -> tuple[int, ...]:
        start = self._position
        end = start + layout.size
        if end > self._size:
            raise MalformedMessage(f"{layout.size} bytes expected at offset {start} of {self._size}")
        self._position = end
        return layout.unpack_from(self._data, start)

    def next_is(self, field: int) -> bool:
        """Whether the next element is a ``field``: how a receiver sees that an optional one is there."""
        start = self._position
        return start + 2 <= self._size and U16.unpack_from(self._data, start)[0] == field

    def element(self, field: int, length: int) -> None:
        """The head of an element whose Length is fixed."""
        found, found_length = self.unpack(ELEMENT)
        if found != field or found_length != length:
            raise MalformedMessage(f"element {found:#06x} of length {found_length}, not {field:#06x} of {length}")
        if self._position + length - 4 > self._size:
            raise MalformedMessage(f"element {field:#06x} runs past the end")

    def variable(self, field: int) -> bytes:
        """The content of an element of any length, with the padding behind it."""
        found, length = self.unpack(ELEMENT)
        if found != field:
            raise MalformedMessage(f"element {found:#06x} instead of {field:#06x}")
        if length < 4:
            raise MalformedMessage(f"element {field:#06x} of length {length}")
        content = self.take(length - 4)
        self.align()
        return content

    def align(self) -> None:
        """Skip padding to the next 4-byte boundary; its content is ignored. The last padding may be missing."""
        self._position = min((self._position + 3) & ~3, self._size)

    def pnrp_id(self, field: int) -> int:
        self.element(field, 4 + ID_SIZE)
        return int.from_bytes(self.take(ID_SIZE), self._order)

    def array(self, field: int, element: int, size: int, low: int, high: int) -> bytes:
        """The entries of an array element: NumEntries within ``low..high``, all lengths consistent."""
        found, length = self.unpack(ELEMENT)
        count, array_length, entry_field, entry_size = self.unpack(ARRAY)
        if found != field or entry_field != element or entry_size != size:
            raise MalformedMessage(f"array {found:#06x} of {entry_field:#06x} of {entry_size} bytes")
        if not low <= count <= high:
            raise MalformedMessage(f"array {field:#06x}: {count} entries are outside {low}..{high}")
        if length != 12 + count * size or array_length != 8 + count * size:
            raise MalformedMessage(f"array {field:#06x}: lengths {length} and {array_length} for {count} entries")
        return self.take(count * size)

    def ids(self) -> tuple[int, ...]:
        """PNRP_ID_ARRAY."""
        raw = self.array(FieldId.PNRP_ID_ARRAY, FieldId.PNRP_ID, ID_SIZE, 0, LARGEST_ENTRY_COUNT)
        return tuple(int.from_bytes(raw[start : start + ID_SIZE], self._order) for start in range(0, len(raw), ID_SIZE))

    def endpoints(self, low: int, high: int) -> tuple[Address, ...]:
        """IPV6_ENDPOINT_ARRAY."""
        raw = self.array(FieldId.IPV6_ENDPOINT_ARRAY, FieldId.IPV6_ENDPOINT, ENDPOINT_SIZE, low, high)
        return tuple(Address(ip, port) for port, ip in ENDPOINT.iter_unpack(raw))

    def fixed(self, layout: struct.Struct, field: int, length: int) -> tuple[int, ...]:
        """The content of a control element, whose Length does not count the padding inside ``layout``."""
        values = self.unpack(layout)
        if values[0] != field or values[1] != length:
            raise MalformedMessage(f"element {values[0]:#06x} of length {values[1]}, not {field:#06x} of {length}")
        return values[2:]

    def acked(self) -> int:
        """The Message ID that is answered."""
        self.element(FieldId.PNRP_HEADER_ACKED, _ACKED.size)
        return self.unpack(U32)[0]

    def hashed_nonce(self) -> bytes:
        self.element(FieldId.HASHED_NONCE, 4 + HASH_SIZE)
        return self.take(HASH_SIZE)

    def nonce(self) -> bytes:
        self.element(FieldId.NONCE, 4 + NONCE_SIZE)
        return self.take(NONCE_SIZE)

    def end(self) -> None:
        """Nothing may be left but padding to the next boundary, which some senders may write."""
        if self.remaining > -self._position % 4:
            raise MalformedMessage(f"{self.remaining} bytes too many")


def pack(layout: struct.Struct, *values: object) -> bytes:
    """``layout.pack`` whose complaint about a number out of range is a ``ValueError``."""
    try:
        return layout.pack(*values)
    except struct.error as error:
        raise ValueError(str(error)) from error


def sized(value: bytes, size: int, what: str) -> bytes:
    """``value``, which must be ``size`` bytes: ``struct`` would pad or cut it silently."""
    if len(value) != size:
        raise ValueError(f"{what}: {size} bytes expected, not {len(value)}")
    return value


def id_bytes(number: int, order: Order = "big") -> bytes:
    """An ID as it travels in messages: 32 bytes."""
    try:
        return number.to_bytes(ID_SIZE, order)
    except OverflowError as error:
        raise ValueError(f"PNRP ID: {error}") from error


def acked(message_id: int) -> bytes:
    """The Message ID that is answered."""
    return pack(_ACKED, FieldId.PNRP_HEADER_ACKED, _ACKED.size, message_id)


def nonce(value: bytes) -> bytes:
    return ELEMENT.pack(FieldId.NONCE, 4 + NONCE_SIZE) + sized(value, NONCE_SIZE, "nonce")


def hashed_nonce(digest: bytes) -> bytes:
    return ELEMENT.pack(FieldId.HASHED_NONCE, 4 + HASH_SIZE) + sized(digest, HASH_SIZE, "hash")


def variable(field: int, content: bytes) -> bytes:
    """An element with its padding. Length does not count the padding."""
    return pack(ELEMENT, field, 4 + len(content)) + content + bytes(-len(content) % 4)


def array(field: int, element: int, size: int, count: int, raw: bytes) -> bytes:
    """An array element, without padding behind it."""
    return (
        pack(ELEMENT, field, 12 + count * size)
        + pack(ARRAY, count, 8 + count * size, element, size)
        + sized(raw, count * size, "array")
    )


def id_array(ids: Iterable[int], order: Order = "big") -> bytes:
    raw = [id_bytes(number, order) for number in ids]
    if len(raw) > LARGEST_ENTRY_COUNT:
        raise ValueError(f"{len(raw)} PNRP IDs in one array")
    return array(FieldId.PNRP_ID_ARRAY, FieldId.PNRP_ID, ID_SIZE, len(raw), b"".join(raw))


def endpoint_bytes(address: Address) -> bytes:
    """IPV6_ENDPOINT (2.2.3.6)."""
    return pack(ENDPOINT, address.port, sized(address.ip, 16, "address"))


def endpoint_array(addresses: tuple[Address, ...], low: int, high: int) -> bytes:
    if not low <= len(addresses) <= high:
        raise ValueError(f"{len(addresses)} endpoints are outside {low}..{high}")
    raw = b"".join([endpoint_bytes(address) for address in addresses])
    return array(FieldId.IPV6_ENDPOINT_ARRAY, FieldId.IPV6_ENDPOINT, ENDPOINT_SIZE, len(addresses), raw)
