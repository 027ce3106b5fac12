"""PEER_RECORD, MS-PPGRH 2.2.1.9; Record IDs, 3.1.7.2; what a received record has to fulfil, 3.1.7.27."""

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.graphing.codec import records
from peerapi.graphing.codec.records import Record, Summary, decode_record, encode_record, summarize, validate_received
from peerapi.graphing.codec.wire import MalformedMessage
from tests.support import facts
from tests.support import strategies as ours

TYPE = bytes.fromhex("aaaaaaaabbbbccccddddeeeeeeeeeeee")
RANDOM = bytes.fromhex("000102030405060708090a0b0c0d0e0f")
ID = bytes.fromhex("9f1466c52af769bf 0808080808080808")
"""Worked out apart: MD5 of 00 70 ("p" as UTF-16 big-endian) is 2a3c836f7030763d b528e5aa5ac71f82, the halves XORed are
9f1466c52af769bf; the halves of RANDOM XORed are 0808080808080808."""

PLAIN = Record(TYPE, ID, 1, "p", 5, 9, 5, "g", b"\xca\xfe")
PLAIN_BYTES = bytes.fromhex(
    """
    aaaaaaaabbbbccccddddeeeeeeeeeeee 9f1466c52af769bf0808080808080808 00000001 000000 00
    00000002 0070 0000
    00000000
    00000000
    0000000000000005 0000000000000009 0000000000000005
    00000002 0067 0000
    0100
    00000002 cafe
    00000000
    """
)

XML = '<attributes><attribute name="a" type="int">1</attribute></attributes>'
FULL = Record(TYPE, ID, 3, "p", 5, 9, 7, "gé", b"\x01", "<a\U0001f600>", "q", b"\xee\xff")
FULL_BYTES = bytes.fromhex(
    """
    aaaaaaaabbbbccccddddeeeeeeeeeeee 9f1466c52af769bf0808080808080808 00000003 000000 00
    00000002 0070 0000
    00000002 0071 0000
    00000002 eeff
    0000000000000005 0000000000000009 0000000000000007
    00000003 0067 00e9 0000
    0100
    00000001 01
    00000006 003c 0061 d83d de00 003e 0000
    """
)

TOMBSTONE = replace(PLAIN, version=2, modification=6, modified_by="q", payload=b"", deleted=True)
TOMBSTONE_BYTES = bytes.fromhex(
    """
    aaaaaaaabbbbccccddddeeeeeeeeeeee 9f1466c52af769bf0808080808080808 00000002 000000 02
    00000002 0070 0000
    00000002 0071 0000
    00000000
    0000000000000005 0000000000000009 0000000000000006
    00000002 0067 0000
    0100
    00000000
    00000000
    """
)
VECTORS = {"plain": (PLAIN, PLAIN_BYTES), "full": (FULL, FULL_BYTES), "tombstone": (TOMBSTONE, TOMBSTONE_BYTES)}
every_vector = pytest.mark.parametrize(("record", "data"), VECTORS.values(), ids=VECTORS.keys())

GRAPH = records.graph_id_wire("g")
OFFSETS = {"flags": 39, "creator length": 40, "creator": 44, "modified by length": 48, "security size": 52}
"Where fields of PLAIN_BYTES begin; the fixed ones behind Security Data follow at 56."
CREATION, EXPIRATION, MODIFICATION, GRAPH_LENGTH, GRAPH_TEXT, VERSION, PAYLOAD_SIZE = 56, 64, 72, 80, 84, 88, 90


# ---- Layout ----------------------------------------------------------------------------------------------------------


@every_vector
def test_a_record_is_written_as_the_section_draws_it(record: Record, data: bytes) -> None:
    assert encode_record(record).hex() == data.hex()


@every_vector
def test_a_drawn_record_is_understood(record: Record, data: bytes) -> None:
    assert decode_record(data) == record
    assert decode_record(memoryview(data)) == record


@every_vector
def test_a_record_cut_anywhere_or_followed_by_anything_is_malformed(record: Record, data: bytes) -> None:
    for damaged in [data[:at] for at in range(len(data))] + [data + b"\0"]:
        malformed(damaged)


@given(ours.any_record)
def test_decoding_gives_back_what_was_encoded(record: Record) -> None:
    assert decode_record(encode_record(record)) == record


@given(ours.mutated(ours.any_record.map(encode_record)))
def test_a_damaged_record_is_a_record_or_malformed(data: bytes) -> None:
    try:
        summary = summarize(data)
    except MalformedMessage:
        with pytest.raises(MalformedMessage):
            decode_record(data)
        with pytest.raises(MalformedMessage):
            validate_received(data, GRAPH, 0)
        return
    try:
        record = decode_record(data)
    except MalformedMessage:
        assert summary.attributes_length  # the one field that a summary does not look into
        return
    assert decode_record(encode_record(record)) == record


@given(st.binary(max_size=150), st.binary(max_size=20))
def test_any_bytes_are_a_record_or_malformed(data: bytes, graph: bytes) -> None:
    for attempt in (lambda: summarize(data), lambda: decode_record(data), lambda: validate_received(data, graph, 0)):
        try:
            attempt()
        except MalformedMessage:
            continue


@given(ours.any_record)
def test_a_summary_says_what_the_record_says(record: Record) -> None:
    data = encode_record(record)
    summary = summarize(memoryview(data))
    assert isinstance(summary, Summary)
    assert (summary.type, summary.id, summary.version, summary.deleted) == (
        record.type,
        record.id,
        record.version,
        record.deleted,
    )
    assert summary.creator == record.creator_id.encode("utf-16-be")
    assert summary.creator_key == records.creator_key(record.creator_id)
    assert (summary.creation, summary.expiration, summary.modification) == (
        record.creation,
        record.expiration,
        record.modification,
    )
    assert summary.modified_by == (record.modified_by or "").encode("utf-16-be")
    assert summary.security_data == record.security_data
    payload = data[summary.payload_offset : summary.payload_offset + summary.payload_size]
    assert payload == record.payload
    attributes = data[summary.attributes_offset :]
    assert len(attributes) == 2 * summary.attributes_length
    assert attributes == (b"" if record.attributes is None else (record.attributes + "\0").encode("utf-16-be"))


def test_reserved_bytes_are_ignored_on_receipt() -> None:
    data = bytearray(PLAIN_BYTES)
    data[36:39] = b"\xff\xff\xff"
    assert decode_record(bytes(data)) == PLAIN


@pytest.mark.parametrize("flag", [0x01, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0x03])
def test_flags_other_than_deleted_are_malformed(flag: int) -> None:
    malformed(put(OFFSETS["flags"], bytes((flag,))))


@pytest.mark.parametrize("where", ["creator length", "modified by length", "security size"])
@pytest.mark.parametrize("length", [1, 3, 256, 257, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_lying_length_is_malformed(where: str, length: int) -> None:
    malformed(put(OFFSETS[where], length.to_bytes(4, "big")))


@pytest.mark.parametrize("size", [0, 1, 3, 0xFFFFFFFF])
def test_a_lying_payload_size_is_malformed(size: int) -> None:
    malformed(put(PAYLOAD_SIZE, size.to_bytes(4, "big")))


@pytest.mark.parametrize("text", ["00700070", "00000000", "d8000000", "dc000000"])
def test_a_string_that_is_not_terminated_utf16_is_malformed(text: str) -> None:
    malformed(put(OFFSETS["creator"], bytes.fromhex(text)))
    malformed(put(GRAPH_TEXT, bytes.fromhex(text)))


def test_a_last_modified_by_that_is_not_terminated_utf16_is_malformed() -> None:
    at = TOMBSTONE_BYTES.index(bytes.fromhex("00710000"))
    for text in ("00710071", "00000000", "d8000000"):
        malformed(TOMBSTONE_BYTES[:at] + bytes.fromhex(text) + TOMBSTONE_BYTES[at + 4 :])


UNSAYABLE = {
    "a deleted record with a payload": {"deleted": True},
    "an empty creator": {"creator_id": ""},
    "a creator of 257 units with terminator": {"creator_id": "x" * 256},
    "a creator of 257 units in astral characters": {"creator_id": "\U0001f600" * 128},
    "an empty graph ID": {"graph_id": ""},
    "a zero character": {"graph_id": "a\0b"},
    "half a surrogate pair": {"attributes": "\udc00"},
    "an empty modifier": {"modified_by": ""},
    "a modifier of 257 units with terminator": {"modified_by": "x" * 256},
    "a negative time": {"creation": -1},
    "a version of 33 bits": {"version": 1 << 32},
    "a type of 15 bytes": {"type": bytes(15)},
    "an ID of 17 bytes": {"id": bytes(17)},
}


@pytest.mark.parametrize("change", UNSAYABLE.values(), ids=UNSAYABLE.keys())
def test_what_has_no_room_is_not_encoded(change: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        encode_record(replace(PLAIN, **change))  # type: ignore[arg-type]


def test_ids_of_255_units_and_a_terminator_fit() -> None:
    record = replace(PLAIN, creator_id="x" * 255, graph_id="\U0001f600" * 127 + "x", modified_by="y" * 255)
    assert decode_record(encode_record(record)) == record


def test_text_units_counts_astral_characters_twice() -> None:
    assert [records.text_units(text) for text in ("", "ab", "é", "\U0001f600x")] == [0, 2, 1, 3]


# ---- Record types and IDs --------------------------------------------------------------------------------------------


def test_fixed_guids_are_the_published_ones() -> None:
    known = facts.load("records_and_xml.json")["reserved_record_types"]

    def value(text: str) -> bytes:
        return bytes.fromhex(text.replace("-", ""))

    assert {name: value(text) for name, text in known["graph"].items()} == {
        "graph_info": records.GRAPH_INFO,
        "signature": records.SIGNATURE,
        "contact": records.CONTACT,
        "presence": records.PRESENCE,
    }
    assert {value(text) for text in known["group"].values()} == records.GROUP_TYPES
    assert value(known["fixed_record_ids"]["graph_info"]) == records.GRAPH_INFO_ID
    assert value(known["fixed_record_ids"]["signature"]) == records.SIGNATURE_ID
    assert value(known["internal_message_type"]["ping"]) == records.PING


def test_graph_and_group_types_are_reserved_apart() -> None:
    assert all(map(records.is_reserved, records.GRAPH_TYPES))
    assert not any(map(records.is_reserved, records.GROUP_TYPES))
    assert all(map(records.is_group_reserved, records.GROUP_TYPES))
    assert not records.is_reserved(TYPE)


def test_a_record_id_is_made_of_the_creators_key_and_a_folded_random_value() -> None:
    assert records.record_id("p", RANDOM) == ID


@given(ours.texts(1), ours.guids)
def test_a_record_id_follows_3_1_7_2(creator: str, random: bytes) -> None:
    digest = hashlib.md5(creator.encode("utf-16-be"), usedforsecurity=False).digest()
    high = bytes(a ^ b for a, b in zip(digest[:8], digest[8:], strict=True))
    low = bytes(a ^ b for a, b in zip(random[8:], random[:8], strict=True))
    assert records.record_id(creator, random) == high + low


# ---- 3.1.7.27, one test a condition ----------------------------------------------------------------------------------


def put(offset: int, value: bytes) -> bytes:
    """PLAIN_BYTES with ``value`` written over them."""
    return PLAIN_BYTES[:offset] + value + PLAIN_BYTES[offset + len(value) :]


def malformed(data: bytes) -> None:
    with pytest.raises(MalformedMessage):
        decode_record(data)
    with pytest.raises(MalformedMessage):
        summarize(data)
    invalid(data)


def invalid(data: bytes, max_record_size: int = 0) -> None:
    with pytest.raises(MalformedMessage):
        validate_received(data, GRAPH, max_record_size)


def invalid_record(**change: object) -> None:
    invalid(encode_record(replace(PLAIN, **change)))  # type: ignore[arg-type]


def valid_record(**change: object) -> None:
    data = encode_record(replace(PLAIN, **change))  # type: ignore[arg-type]
    assert validate_received(data, GRAPH, 0) == summarize(data)


def test_a_sound_record_is_valid() -> None:
    assert validate_received(PLAIN_BYTES, GRAPH, 0) == summarize(PLAIN_BYTES)
    assert validate_received(TOMBSTONE_BYTES, GRAPH, 0) == summarize(TOMBSTONE_BYTES)


@pytest.mark.parametrize("size", [0, 1, 89])
def test_the_flood_data_has_at_least_90_bytes(size: int) -> None:
    invalid(PLAIN_BYTES[:size])


@pytest.mark.parametrize("length", [0, 1, 257])
def test_creator_id_length_is_2_to_256(length: int) -> None:
    text = "x" * max(0, length - 1) + "\0" * (length > 0)
    invalid(PLAIN_BYTES[:40] + length.to_bytes(4, "big") + text.encode("utf-16-be") + PLAIN_BYTES[48:])


def test_the_high_half_of_the_record_id_is_the_creators_key() -> None:
    invalid_record(id=bytes(8) + ID[8:])
    valid_record(id=ID[:8] + bytes(8))
    invalid_record(creator_id="q")
    valid_record(creator_id="q", id=records.record_id("q", RANDOM))


@pytest.mark.parametrize(
    ("record_type", "record_id"),
    [(records.GRAPH_INFO, records.GRAPH_INFO_ID), (records.SIGNATURE, records.SIGNATURE_ID)],
)
def test_the_two_fixed_record_ids_are_exempt(record_type: bytes, record_id: bytes) -> None:  # reading A7
    valid_record(type=record_type, id=record_id)
    invalid_record(type=record_type, id=ID)
    invalid_record(type=TYPE, id=record_id)
    invalid_record(type=records.CONTACT, id=record_id)


def test_last_modified_by_id_length_is_0_or_2_to_256() -> None:
    for length, text in ((1, "\0"), (257, "x" * 256 + "\0")):
        field = length.to_bytes(4, "big") + text.encode("utf-16-be")
        invalid(TOMBSTONE_BYTES[:48] + field + TOMBSTONE_BYTES[56:])
    valid_record(modification=6, modified_by="x" * 255)
    valid_record(modification=6, modified_by="x")
    valid_record(modification=6, modified_by=None)


def test_expiration_time_is_after_last_modification_time() -> None:
    valid_record(expiration=6)
    invalid_record(expiration=5)
    invalid_record(expiration=4)


def test_last_modification_time_is_not_before_creation_time() -> None:
    valid_record(modification=5)
    invalid_record(modification=4)


@pytest.mark.parametrize("length", [0, 1, 257])
def test_graph_id_length_is_2_to_256(length: int) -> None:
    text = "g" * max(0, length - 1) + "\0" * (length > 0)
    field = length.to_bytes(4, "big") + text.encode("utf-16-be")
    malformed(PLAIN_BYTES[:GRAPH_LENGTH] + field + PLAIN_BYTES[VERSION:])


@pytest.mark.parametrize("graph_id", ["h", "G", "gg", "g\U0001f600"])
def test_graph_id_is_the_local_graphs(graph_id: str) -> None:
    invalid_record(graph_id=graph_id)


@pytest.mark.parametrize("version", ["0000", "0101", "0010", "0001"])
def test_protocol_version_is_0x0100(version: str) -> None:
    malformed(put(VERSION, bytes.fromhex(version)))


def test_a_deleted_record_has_no_payload() -> None:
    malformed(put(OFFSETS["flags"], b"\x02"))


def test_payload_and_attributes_are_no_greater_than_max_record_size() -> None:
    data = encode_record(replace(PLAIN, payload=bytes(1024 - 2 * len(XML) - 2), attributes=XML))
    validate_received(data, GRAPH, 1024)  # reading A36: equal is allowed, the terminator counts
    invalid(data, 1023)


def test_max_record_size_0_means_60_mb() -> None:
    largest = encode_record(replace(PLAIN, payload=bytes(62_914_560)))
    validate_received(largest, GRAPH, 0)
    invalid(encode_record(replace(PLAIN, payload=bytes(62_914_561))))


def test_a_record_that_was_never_modified_has_no_modifier() -> None:
    invalid_record(modified_by="p")
    valid_record(modified_by="p", modification=6)


@pytest.mark.parametrize("attributes", ["", "x", "<attributes>", XML.replace("1", "one"), XML + XML])
def test_attributes_follow_their_syntax(attributes: str) -> None:
    invalid_record(attributes=attributes)
    valid_record(attributes=XML)


def test_attributes_are_terminated_utf16() -> None:
    data = encode_record(replace(PLAIN, attributes=XML))
    for tail in ("0041", "0000 0000", "d800 0000"):
        size = len(bytes.fromhex(tail))
        invalid(data[:-size] + bytes.fromhex(tail))


def test_reserved_attribute_names_are_for_the_graphs_own_records() -> None:
    attributes = XML.replace('"a"', '"peerrecordid"')
    invalid_record(attributes=attributes)
    valid_record(attributes=attributes, type=records.PRESENCE)


def test_an_expired_record_is_for_the_caller_to_judge() -> None:  # reading A20
    valid_record(creation=0, modification=0, expiration=1)


def test_the_memory_of_known_peer_ids_is_bounded() -> None:
    for number in range(records._KNOWN_IDS_LIMIT + 10):
        summarize(encode_record(replace(PLAIN, creator_id=f"peer {number}")))
    assert len(records._known_ids) <= records._KNOWN_IDS_LIMIT
