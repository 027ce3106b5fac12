"""Messages that are refused, by the rules of each (MS-PPGRH 3.1.5.2)."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.graphing.codec import messages
from peerapi.graphing.codec.messages import Ack, Connect, Flood, MessageType, PointToPoint, SolicitHash, decode, encode
from peerapi.graphing.codec.wire import MalformedMessage
from tests.graphing.message_bytes import G1, G2, NET_A1

# ---- 3.1.5.2: what all messages share --------------------------------------------------------------------------------


def build(kind: MessageType, fixed: str, tail: bytes = b"") -> bytes:
    """A message of that type with the given bytes behind its header and the right Message Size."""
    body = bytes.fromhex(fixed) + tail
    return struct.pack(">IBBH", 8 + len(body), 0x10, kind, 0) + body


def refused(data: bytes) -> None:
    with pytest.raises(MalformedMessage):
        decode(data)


@pytest.mark.parametrize("kind", [0x00, 0x0F, 0xFF])
def test_an_unknown_message_type_is_refused(kind: int) -> None:
    refused(struct.pack(">IBBHI", 12, 0x10, kind, 0, 0))


def test_another_version_is_refused() -> None:
    refused(bytes.fromhex("0000000c 11 0c 0000 01 00 0000"))


@pytest.mark.parametrize("size", [0, 7, 11, 13, 0xFFFFFFFF])
def test_a_message_size_that_is_not_the_size_is_refused(size: int) -> None:
    refused(size.to_bytes(4, "big") + bytes.fromhex("10 0c 0000 01 00 0000"))


@pytest.mark.parametrize(
    ("kind", "fixed_part"),
    [
        (MessageType.AUTH_INFO, 0x10),
        (MessageType.CONNECT, 0x18),
        (MessageType.WELCOME, 0x20),
        (MessageType.REFUSE, 0x0C),
        (MessageType.DISCONNECT, 0x0C),
        (MessageType.SOLICIT_NEW, 0x0C),
        (MessageType.SOLICIT_TIME, 20),
        (MessageType.SOLICIT_HASH, 0x14),
        (MessageType.ADVERTISE, 0x18),
        (MessageType.REQUEST, 0x10),  # 0x14 in 3.1.5.2.9: reading A18
        (MessageType.FLOOD, 0x10),
        (MessageType.SYNC_END, 0x0C),
        (MessageType.PT2PT, 0x1C),  # 0x10 in 3.1.5.2.13, which would cut Data Type
        (MessageType.ACK, 0x0C),
    ],
)
def test_a_message_below_its_minimum_size_is_refused(kind: MessageType, fixed_part: int) -> None:
    refused(build(kind, "01" * (fixed_part - 9)))


# ---- 3.1.5.1.1 AUTH_INFO ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["00", "03", "ff"])
def test_auth_info_connection_type_is_1_or_2(kind: str) -> None:
    refused(build(MessageType.AUTH_INFO, f"{kind} 00 0010 0012 0014", b"g\0s\0"))


@pytest.mark.parametrize(
    "offsets",
    ["0012 0012 0014", "0013 0012 0014", "0010 0014 0014", "0010 0014 0012", "0010 0012 0015", "0000 0012 0014"],
)
def test_auth_info_offsets_rise_and_stay_inside(offsets: str) -> None:
    refused(build(MessageType.AUTH_INFO, f"01 00 {offsets}", b"g\0s\0"))


@pytest.mark.parametrize(
    ("offsets", "strings"),
    [
        ("0010 0011 0013", b"\0s\0"),
        ("0010 0012 0013", b"g\0\0"),
        ("0010 0012 0014", b"g\0s\0\0"),
    ],
)
def test_auth_info_strings_are_not_empty(offsets: str, strings: bytes) -> None:
    refused(build(MessageType.AUTH_INFO, f"01 00 {offsets}", strings))


def test_a_string_without_terminator_before_the_next_is_refused() -> None:
    refused(build(MessageType.AUTH_INFO, "01 00 0010 0012 0014", b"ggs\0"))


def test_a_string_that_is_not_utf8_is_refused() -> None:
    refused(build(MessageType.AUTH_INFO, "01 00 0010 0012 0015", b"g\0\xc3(\0"))
    refused(build(MessageType.AUTH_INFO, "01 00 0010 0012 0016", b"g\0\xed\xa0\x80\0"))  # half of a surrogate pair


# ---- 3.1.5.2.1 CONNECT -----------------------------------------------------------------------------------------------

IN6 = bytes.fromhex(NET_A1)


@pytest.mark.parametrize("fields", ["00 02 0018 002c", "00 01 0019 002c", "00 01 ffff 002c", "00 ff 0018 002c"])
def test_connect_addresses_fit_the_message(fields: str) -> None:
    refused(build(MessageType.CONNECT, f"{fields} 0000 0000000000000001", IN6))


@pytest.mark.parametrize("name", ["002b", "0000", "002d", "ffff"])
def test_connect_friendly_name_lies_between_the_addresses_and_the_end(name: str) -> None:
    refused(build(MessageType.CONNECT, f"00 01 0018 {name} 0000 0000000000000001", IN6))


def test_connect_addresses_lie_behind_the_fixed_fields() -> None:
    refused(build(MessageType.CONNECT, "00 01 0010 002c 0000 0000000000000001", IN6))


def test_connect_without_addresses_may_give_any_offset_before_the_name() -> None:
    assert decode(build(MessageType.CONNECT, "00 00 0000 0018 0000 0000000000000001")) == Connect(1)


def test_an_update_carries_addresses() -> None:
    refused(build(MessageType.CONNECT, "08 00 0018 0018 0000 0000000000000001"))
    with pytest.raises(ValueError):
        encode(Connect(1, update=True))


def test_an_address_of_another_family_is_refused() -> None:
    refused(build(MessageType.CONNECT, "00 01 0018 002c 0000 0000000000000001", b"\0\x0a" + IN6[2:]))


# ---- 3.1.5.2.2 WELCOME -----------------------------------------------------------------------------------------------

TIMES = "0000000000000001 0000000000000002"


@pytest.mark.parametrize(
    "fields",
    [
        "02 00 0020 0034 0036",  # addresses beyond the end
        "01 00 0022 0036 0036",  # addresses up to the very end: the sum has to be less than the size
        "01 00 0020 0033 0036",  # peer ID inside the addresses
        "01 00 0020 0034 0034",  # name not behind the peer ID
        "01 00 0020 0034 0037",  # name beyond the end
        "00 00 0000 0010 0036",  # peer ID inside the fixed fields
    ],
)
def test_welcome_offsets_follow_each_other(fields: str) -> None:
    refused(build(MessageType.WELCOME, f"{TIMES} {fields}", IN6 + b"p\0"))


# ---- 3.1.5.2.3 REFUSE, 3.1.5.2.4 DISCONNECT --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [MessageType.REFUSE, MessageType.DISCONNECT])
@pytest.mark.parametrize("fields", ["01 02 000c", "01 01 000d", "01 01 0008", "01 00 0021"])
def test_referrals_fit_the_message(kind: MessageType, fields: str) -> None:
    refused(build(kind, fields, IN6))


@pytest.mark.parametrize("code", [0x00, 0x05, 0xFF])
def test_refuse_code_is_1_to_4(code: int) -> None:
    refused(build(MessageType.REFUSE, f"{code:02x} 00 0000"))


@pytest.mark.parametrize("reason", [0x00, 0x04, 0xFF])
def test_disconnect_reason_is_1_to_3(reason: int) -> None:
    refused(build(MessageType.DISCONNECT, f"{reason:02x} 00 000c"))


# ---- 3.1.5.2.5 to 3.1.5.2.7 SOLICIT_* --------------------------------------------------------------------------------

SOLICITS = {
    MessageType.SOLICIT_NEW: "",
    MessageType.SOLICIT_TIME: "00" * 8,
    MessageType.SOLICIT_HASH: "00000000 0034 0000",
}


@pytest.mark.parametrize("kind", SOLICITS)
def test_record_types_are_included_or_excluded_not_both(kind: MessageType) -> None:
    refused(build(kind, "01 01 0014" + SOLICITS[kind], G1 + G2))


@pytest.mark.parametrize("kind", [MessageType.SOLICIT_NEW, MessageType.SOLICIT_TIME])
def test_inclusion_count_is_at_most_1(kind: MessageType) -> None:
    at = 12 + len(SOLICITS[kind]) // 2
    refused(build(kind, f"02 00 {at:04x}" + SOLICITS[kind], G1 + G2))


@pytest.mark.parametrize("kind", SOLICITS)
def test_record_types_fit_the_message(kind: MessageType) -> None:
    refused(build(kind, "00 03 0014" + SOLICITS[kind], G1 + G2))


@pytest.mark.parametrize("kind", SOLICITS)
def test_record_types_lie_behind_the_fixed_fields(kind: MessageType) -> None:
    refused(build(kind, "00 01 0008" + SOLICITS[kind], G1 + G2))


@pytest.mark.parametrize(
    "fields",
    [
        "00 00 0014 00000002 0014 0000",  # beyond the end
        "00 00 0014 00000001 0015 0000",
        "00 00 0014 ffffffff 0014 0000",
        "00 00 0014 00000001 0004 0000",  # inside the fixed fields
        "00 01 0014 00000000 0014 0000",  # record types reach into the hash entries
    ],
)
def test_hash_entries_fit_between_the_record_types_and_the_end(fields: str) -> None:
    refused(build(MessageType.SOLICIT_HASH, fields, bytes(40)))


def test_an_empty_database_may_be_described() -> None:
    assert decode(build(MessageType.SOLICIT_HASH, "00 00 0014 00000000 0014 0000")) == SolicitHash()


# ---- 3.1.5.2.8 ADVERTISE, 3.1.5.2.9 REQUEST --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        "00000001 00000001 004d 0000 0000004c",  # boundaries behind the abstracts
        "00000000 00000000 0018 0000 00000061",  # abstracts behind the end
        "00000002 00000001 0018 0000 0000004c",  # boundaries reach into the abstracts
        "00000001 00000002 0018 0000 0000004c",  # abstracts reach beyond the end
        "00000001 ffffffff 0018 0000 0000004c",
        "00000001 00000001 0008 0000 0000004c",  # inside the fixed fields
    ],
)
def test_advertise_arrays_follow_each_other(fields: str) -> None:
    refused(build(MessageType.ADVERTISE, fields, bytes(52 + 20)))


@pytest.mark.parametrize("fields", ["00000002 00000010", "00000001 00000011", "00000000 00000025", "00000001 00000008"])
def test_request_abstracts_fit_the_message(fields: str) -> None:
    refused(build(MessageType.REQUEST, fields, bytes(20)))


# ---- 3.1.5.2.10 FLOOD ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("offset", ["0011", "ffff", "0000", "000b", "000d", "0010"])
def test_flood_record_offset_lies_behind_the_fixed_fields_and_inside_the_message(offset: str) -> None:
    data = build(MessageType.FLOOD, f"{offset} 0000", b"abcd")
    refused(data)
    with pytest.raises(MalformedMessage):
        messages.flood_record(data)


def test_flood_record_offset_is_followed() -> None:
    assert messages.flood_record(build(MessageType.FLOOD, "000e 0000", b"--record")) == b"record"


@given(st.binary(min_size=4, max_size=100))
def test_the_fast_lanes_of_flood_equal_the_slow_ones(record: bytes) -> None:
    assert messages.encode_flood(record) == encode(Flood(record))
    assert messages.flood_record(encode(Flood(record))) == record


# ---- 3.1.5.2.12 ACK, 3.1.5.2.13 PT2PT --------------------------------------------------------------------------------


@pytest.mark.parametrize("fields", ["0002 000c", "0001 000d", "0000 0021", "0001 0008", "ffff 000c"])
def test_acks_fit_the_message(fields: str) -> None:
    refused(build(MessageType.ACK, fields, bytes(20)))


@pytest.mark.parametrize("count", [0, 1, 65535, 65536, 131071])
def test_many_acks_are_split_where_the_count_field_ends(count: int) -> None:
    acks = [(index.to_bytes(16, "big"), index % 3 == 0) for index in range(count)]
    parts = messages.encode_acks(acks)
    assert len(parts) == -(-count // 65535)
    found: list[tuple[bytes, bool]] = []
    for part in parts:
        message = decode(part)
        assert isinstance(message, Ack)
        found += message.acks
    assert found == acks


@pytest.mark.parametrize("offset", ["0020", "ffff", "0000", "001b"])
def test_pt2pt_payload_lies_behind_the_fixed_fields_and_inside_the_message(offset: str) -> None:
    refused(build(MessageType.PT2PT, f"{offset} 0000", G1 + b"abc"))


def test_pt2pt_without_payload_may_give_any_offset_inside_the_message() -> None:
    assert decode(build(MessageType.PT2PT, "0000 0000", G2)) == PointToPoint(G2)
    refused(build(MessageType.PT2PT, "001d 0000", G2))
