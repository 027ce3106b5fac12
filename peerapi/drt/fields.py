"""The elements that MC-DRT has on top of those of MS-PNRP (2.2, 2.2.3): credentials, and fields hidden by encryption.

Nothing here is proved or decrypted: ``sealing`` does that with the security provider.
"""

from __future__ import annotations

from typing import NamedTuple

from peerapi.address import Address
from peerapi.ring.route_entry import RouteEntry
from peerapi.ring.wire import (
    ARRAY,
    ELEMENT,
    ENDPOINT,
    ENDPOINT_SIZE,
    FieldId,
    MalformedMessage,
    Order,
    Reader,
    endpoint_bytes,
    pack,
    variable,
)

ORDER: Order = "little"
"Of the bytes of a key: as the application has them (reading D3)."
CREDENTIAL = FieldId.CERT_CHAIN
Version = tuple[int, int]


class Credentials(NamedTuple):
    """Who sends a REQUEST, INQUIRE or LOOKUP, in the two stricter modes."""

    credential: bytes
    signature: bytes
    key_identifier: bytes

    def encode(self) -> bytes:
        return (
            variable(CREDENTIAL, self.credential)
            + variable(FieldId.SIGNATURE, self.signature)
            + variable(FieldId.KEY_IDENTIFIER, self.key_identifier)
        )


def read_credentials(reader: Reader) -> Credentials:
    """MalformedMessage."""
    credential = reader.variable(CREDENTIAL)
    signature = reader.variable(FieldId.SIGNATURE)
    return Credentials(credential, signature, reader.variable(FieldId.KEY_IDENTIFIER))


class Veil(NamedTuple):
    """Encrypted fields of one message, and the token of the key that opens them (confidential mode)."""

    key_token: bytes
    fields: dict[int, bytes]
    "Content by field ID, 0xA0 to 0xA4."

    def encode_token(self) -> bytes:
        return variable(FieldId.KEYTOKEN, self.key_token)


NO_VEIL = Veil(b"", {})


def read_token(reader: Reader) -> bytes | None:
    """The key token, if there is one. MalformedMessage."""
    return reader.variable(FieldId.KEYTOKEN) if reader.next_is(FieldId.KEYTOKEN) else None


def encode_route(route: RouteEntry, version: Version) -> bytes:
    """ROUTE_ENTRY (2.2.3.3)."""
    return route.encode(version, ORDER)


def decode_route(data: bytes, version: Version) -> RouteEntry:
    """MalformedMessage."""
    return RouteEntry.decode(data, version, ORDER)


def encode_endpoints(addresses: tuple[Address, ...]) -> bytes:
    """The content of an endpoint array (2.2.3.1.7): from NumEntries on."""
    raw = b"".join([endpoint_bytes(address) for address in addresses])
    return pack(ARRAY, len(addresses), 8 + len(raw), FieldId.IPV6_ENDPOINT, ENDPOINT_SIZE) + raw


def decode_endpoints(data: bytes, low: int, high: int) -> tuple[Address, ...]:
    """The same backwards; with field ID and length in front, as 2.2.3.5 has it, too. MalformedMessage."""
    reader = Reader(data)
    if reader.next_is(FieldId.IPV6_ENDPOINT_ARRAY):
        reader.unpack(ELEMENT)
    count, length, field, size = reader.unpack(ARRAY)
    if field != FieldId.IPV6_ENDPOINT or size != ENDPOINT_SIZE or length != 8 + count * ENDPOINT_SIZE:
        raise MalformedMessage(f"endpoint array of {count} entries of {field:#06x}")
    if not low <= count <= high:
        raise MalformedMessage(f"{count} endpoints are outside {low}..{high}")
    raw = reader.take(count * ENDPOINT_SIZE)
    reader.end()
    return tuple(Address(ip, port) for port, ip in ENDPOINT.iter_unpack(raw))


def read_last(reader: Reader, field: int) -> bytes:
    """The content of the last element of a message, whether its length counts field ID and length or not (reading
    D5). MalformedMessage."""
    found, length = reader.unpack(ELEMENT)
    if found != field:
        raise MalformedMessage(f"element {found:#06x} instead of {field:#06x}")
    content = reader.take(reader.remaining)
    for size in (length - 4, length):
        if 0 <= len(content) - size <= 3:
            return content[:size]
    raise MalformedMessage(f"element {field:#06x} of length {length} with {len(content)} bytes")


def read_before(reader: Reader, field: int, following: int) -> bytes:
    """The content of an element that another one, or nothing, follows; its length may count 2 bytes of field ID and
    length only (reading D5). MalformedMessage."""
    found, length = reader.unpack(ELEMENT)
    if found != field:
        raise MalformedMessage(f"element {found:#06x} instead of {field:#06x}")
    rest = reader.rest()
    for size in (length - 4, length - 2):
        end = (size + 3) & ~3
        follows = rest[end : end + 2] == following.to_bytes(2, "big") or end >= len(rest)
        if 0 <= size <= len(rest) and follows and not any(rest[size:end]):
            content = reader.take(size)
            reader.align()
            return content
    raise MalformedMessage(f"element {field:#06x} of length {length}")
