"""The bytes of MS-PNRP 2.2: what is encoded is decoded again, and nothing but MalformedMessage comes of other bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.address import Address
from peerapi.pnrp.messages import (
    VERSION,
    Ack,
    Advertise,
    Authority,
    Criteria,
    Flood,
    Inquire,
    Lookup,
    Message,
    Request,
    Solicit,
    SolicitType,
    decode,
    encode,
)
from peerapi.ring.route_entry import RouteEntry
from peerapi.ring.wire import MalformedMessage
from tests.pnrp.strategies import any_message

HERE = Address(bytes(15) + b"\x01", 3540)
THERE = Address(b"\x20\x01" + bytes(13) + b"\x02", 5000)
ROUTE = RouteEntry(0x1234, 3540, (HERE.ip,))


def header(kind: int, message_id: int = 0xA1B2C3D4) -> str:
    return f"0010000c510400{kind:02x}{message_id:08x}"


ID_1 = "00" * 31 + "01"
ID_2 = "00" * 31 + "02"
ROUTE_HEX = "00" * 30 + "1234" + "0400" + "0dd4" + "00" + "01" + "00" * 15 + "01"

PRINTED = [
    (Solicit(0xA1B2C3D4, b"h" * 20), header(1) + "00920018" + "68" * 20),
    (
        Solicit(0xA1B2C3D4, b"h" * 20, ROUTE, SolicitType.LOCAL),
        header(1) + "00440006" + "00010000" + "009a003a" + ROUTE_HEX + "0000" + "00920018" + "68" * 20,
    ),
    (
        Advertise(0xA1B2C3D4, 7, (1, 2), b"h" * 20),
        header(2) + "0018000800000007" + "0060004c000200480030" + "0020" + ID_1 + ID_2 + "00920018" + "68" * 20,
    ),
    (
        Request(0xA1B2C3D4, b"n" * 16, (1,)),
        header(3) + "00930014" + "6e" * 16 + "0060002c00010028" + "00300020" + ID_1,
    ),
    (
        Flood(0xA1B2C3D4, 1, ROUTE, None, (HERE, THERE), True),
        header(4)
        + "00430007"
        + "00010000"
        + "00390024"
        + ID_1
        + "009a003a"
        + ROUTE_HEX
        + "0000"
        + "009e00300002002c009d0012"
        + "0dd4"
        + "00" * 15
        + "01"
        + "1388"
        + "2001"
        + "00" * 13
        + "02",
    ),
    (
        Inquire(0xA1B2C3D4, 1, True, True, True, b"n" * 16),
        header(7) + "00400006" + "001c0000" + "00390024" + ID_1 + "00930014" + "6e" * 16,
    ),
    (Authority(0xA1B2C3D4, 7, 2, 0, b"ab"), header(8) + "0018000800000007" + "00980008" + "00020000" + "6162"),
    (Ack(0xA1B2C3D4, 7), header(9) + "0018000800000007"),
    (Ack(0xA1B2C3D4, 7, True), header(9) + "0018000800000007" + "004000060001"),
    (
        Lookup(0xA1B2C3D4, 1, 2, (HERE,), Criteria.UPPER_BITS, 2, None, 9, True),
        header(11)
        + "0045000c"
        + "0002"
        + "0009"
        + "08"
        + "02"
        + "0000"
        + "00380024"
        + ID_1
        + "00390024"
        + ID_2
        + "009e001e0001001a009d0012"
        + "0dd4"
        + "00" * 15
        + "01",
    ),
]


@pytest.mark.parametrize(("message", "printed"), PRINTED, ids=lambda value: type(value).__name__)
def test_bytes_are_those_of_the_published_layout(message: Message, printed: str) -> None:
    assert encode(message).hex() == printed
    assert decode(bytes.fromhex(printed)) == message


@given(any_message)
def test_decoding_undoes_encoding(message: Message) -> None:
    assert decode(encode(message)) == message


@given(any_message)
def test_every_element_starts_on_a_four_byte_boundary(message: Message) -> None:
    data = encode(message)
    position = 12
    while position < len(data) and not isinstance(message, Authority):
        length = int.from_bytes(data[position + 2 : position + 4], "big")
        assert length >= 4
        position += (length + 3) & ~3
    assert isinstance(message, Authority) or position - len(data) in (0, 1, 2, 3)


@given(any_message, st.data())
def test_a_truncated_message_is_malformed(message: Message, data: st.DataObject) -> None:
    whole = encode(message)
    cut = data.draw(st.integers(0, len(whole) - 1))
    try:
        assert decode(whole[:cut]) != message  # an ACK may lose its flags and still be an ACK
        assert isinstance(message, Ack | Inquire)
    except MalformedMessage:
        pass


@given(any_message, st.data())
def test_a_damaged_message_is_a_message_or_malformed(message: Message, data: st.DataObject) -> None:
    raw = bytearray(encode(message))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        again = decode(bytes(raw))
    except MalformedMessage:
        return
    assert decode(encode(again)) == again


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_malformed(data: bytes) -> None:
    try:
        decode(bytes.fromhex("0010000c510400") + data)
        decode(data)
    except MalformedMessage:
        pass


@pytest.mark.parametrize(
    ("position", "value"),
    [(0, 1), (1, 0x18), (3, 0x0D), (4, 0x50), (5, 3), (6, 1), (7, 5), (7, 0x0A), (7, 0)],
)
def test_a_wrong_header_is_malformed(position: int, value: int) -> None:
    raw = bytearray(encode(Ack(1, 2)))
    raw[position] = value
    with pytest.raises(MalformedMessage):
        decode(bytes(raw))


def test_bytes_behind_the_last_element_are_malformed() -> None:
    with pytest.raises(MalformedMessage):
        decode(encode(Ack(1, 2)) + b"\0\0\0\0")


def test_padding_behind_the_last_element_is_understood() -> None:
    assert decode(encode(Ack(1, 2, True)) + b"\0\0") == Ack(1, 2, True)


def test_reserved_bits_are_not_looked_at() -> None:
    raw = bytearray(encode(Inquire(1, 2, cpa=True)))
    raw[16:20] = b"\xff\xf3\xff\xff"  # all but X and C
    assert decode(bytes(raw)) == Inquire(1, 2, cpa=True)


def test_an_unknown_criterion_is_malformed_but_any_reason_is_ignored() -> None:
    raw = bytearray(encode(Lookup(1, 2, 3, (HERE,))))
    raw[21] = 0x77
    assert decode(bytes(raw)).reason == 0x77  # type: ignore[union-attr]
    raw[20] = 0x03
    with pytest.raises(MalformedMessage):
        decode(bytes(raw))


@pytest.mark.parametrize("count", [0, 23])
def test_a_flagged_path_has_1_to_22_entries(count: int) -> None:
    with pytest.raises(ValueError):
        encode(Lookup(1, 2, 3, (HERE,) * count))


@pytest.mark.parametrize(
    ("size", "offset", "length"),
    [(0, 0, 0), (10, 0, 9), (10, 0, 11), (2000, 1187, 813), (2000, 1188, 811), (2000, 2376, 1), (0x91E5, 0, 1188)],
)
def test_a_fragment_that_cannot_be_part_of_its_buffer_is_malformed(size: int, offset: int, length: int) -> None:
    with pytest.raises(ValueError):
        encode(Authority(1, 2, size, offset, bytes(length)))
    raw = bytes.fromhex(header(8) + "0018000800000007" + "00980008" + f"{size:04x}{offset:04x}") + bytes(length)
    with pytest.raises(MalformedMessage):
        decode(raw)


@pytest.mark.parametrize("count", [0, 21])
def test_a_route_entry_has_1_to_20_addresses(count: int) -> None:
    with pytest.raises(ValueError):
        RouteEntry(1, 3540, (HERE.ip,) * count).encode(VERSION, "big")
    raw = bytes(32) + b"\x04\x00\x0d\xd4\x00" + bytes([count]) + bytes(16 * count)
    with pytest.raises(MalformedMessage):
        RouteEntry.decode(raw, VERSION, "big")


def test_a_route_entry_of_another_version_is_malformed() -> None:
    raw = bytearray(ROUTE.encode(VERSION, "big"))
    raw[32] = 5
    with pytest.raises(MalformedMessage):
        RouteEntry.decode(bytes(raw), VERSION, "big")


def test_array_lengths_that_disagree_are_malformed() -> None:
    raw = bytearray(encode(Request(1, bytes(16), (1, 2))))
    raw[12 + 20 + 5] = 1  # NumEntries
    with pytest.raises(MalformedMessage):
        decode(bytes(raw))
