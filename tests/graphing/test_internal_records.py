"""Payloads of the internal record types, MS-PPGRH 2.2.3.1 to 2.2.3.4."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.address import Address
from peerapi.graphing.codec.internal_records import ContactPayload, GraphInfo, PresencePayload, SignaturePayload
from peerapi.graphing.codec.wire import MalformedMessage
from tests.support import strategies as ours

INFO = GraphInfo(3, True, "g", "cé", "n", None, 300, 0xFFFFFFFF, 1024)
INFO_BYTES = bytes.fromhex(
    """
    00000036 00000002 00000003
    00000002 0067 0000
    00000003 0063 00e9 0000
    00000002 006e 0000
    00000000
    0000012c ffffffff 00000400
    """
)
HERE = Address(bytes.fromhex("fe800000000000000000000000000001"), 0x1234, flow=0x00ABCDEF)
HERE_BYTES = "00000020 0017 1234 00abcdef fe800000000000000000000000000001 00000000"

VECTORS: dict[str, tuple[Any, bytes]] = {
    "graph info": (INFO, INFO_BYTES),
    "smallest graph info": (
        GraphInfo(1, False, "g", "c"),
        bytes.fromhex(
            "00000030 00000000 00000001 00000002 00670000 00000002 00630000 00000000 00000000"
            " 00000000 00000000 00000000"
        ),
    ),
    "graph info with empty texts": (
        GraphInfo(2, False, "g", "c", "", "", 0, 5, 0),
        bytes.fromhex(
            "00000034 00000000 00000002 00000002 00670000 00000002 00630000"
            " 00000001 0000 00000001 0000 00000000 00000005 00000000"
        ),
    ),
    "signature": (SignaturePayload(0x0102030405060708), bytes.fromhex("0102030405060708")),
    "contact": (
        ContactPayload(1, 2, (HERE, HERE)),
        bytes.fromhex(f"0000000000000001 0000000000000002 00000002 {HERE_BYTES} {HERE_BYTES}"),
    ),
    "presence": (
        PresencePayload(2, "hi", (HERE,)),
        bytes.fromhex(f"0000000000000002 00000003 0068 0069 0000 00000001 {HERE_BYTES}"),
    ),
    "presence without anything": (PresencePayload(2), bytes.fromhex("0000000000000002 00000000 00000000")),
}
every_vector = pytest.mark.parametrize(("payload", "data"), VECTORS.values(), ids=VECTORS.keys())


@every_vector
def test_a_payload_is_written_as_the_section_draws_it(payload: Any, data: bytes) -> None:
    assert payload.encode().hex(" ") == data.hex(" ")


@every_vector
def test_a_drawn_payload_is_understood(payload: Any, data: bytes) -> None:
    assert type(payload).decode(data) == payload


@every_vector
def test_a_payload_cut_anywhere_or_followed_by_anything_is_malformed(payload: Any, data: bytes) -> None:
    for damaged in [data[:at] for at in range(len(data))] + [data + b"\0"]:
        with pytest.raises(MalformedMessage):
            type(payload).decode(damaged)


any_payload: st.SearchStrategy[Any] = (
    ours.graph_infos | ours.signature_payloads | ours.contact_payloads | ours.presence_payloads
)


@given(any_payload)
def test_decoding_gives_back_what_was_encoded(payload: Any) -> None:
    assert type(payload).decode(payload.encode()) == payload


@given(any_payload, st.data())
def test_a_damaged_payload_is_a_payload_or_malformed(payload: Any, data: st.DataObject) -> None:
    damaged = data.draw(ours.mutated(st.just(payload.encode())))
    try:
        found = type(payload).decode(damaged)
    except MalformedMessage:
        return
    assert type(payload).decode(found.encode()) == found


# ---- 2.2.3.1 ---------------------------------------------------------------------------------------------------------


def changed(offset: int, value: str) -> bytes:
    raw = bytes.fromhex(value)
    return INFO_BYTES[:offset] + raw + INFO_BYTES[offset + len(raw) :]


def refused(data: bytes) -> None:
    with pytest.raises(MalformedMessage):
        GraphInfo.decode(data)


@pytest.mark.parametrize("size", ["00000032", "00000035", "00000037", "00000000", "ffffffff"])
def test_size_counts_the_whole_structure(size: str) -> None:  # reading A8
    refused(changed(0, size))


def test_the_ignored_bit_and_the_reserved_bits_are_ignored() -> None:
    assert GraphInfo.decode(changed(4, "ffffffff")) == INFO
    assert GraphInfo.decode(changed(4, "fffffffd")) == replace(INFO, defer_expiration=False)


@pytest.mark.parametrize("scope", ["00000000", "00000005", "01000000"])
def test_scope_is_one_that_a_graph_can_have(scope: str) -> None:
    refused(changed(8, scope))


def test_presence_lifetime_is_0_or_at_least_300() -> None:
    refused(changed(42, "0000012b"))
    refused(changed(42, "00000001"))
    assert GraphInfo.decode(changed(42, "00000000")).effective_presence_lifetime == 300
    assert GraphInfo.decode(changed(42, "00000e10")).effective_presence_lifetime == 3600


def test_max_record_size_is_0_or_between_1_kb_and_60_mb() -> None:
    refused(changed(50, "000003ff"))
    refused(changed(50, "03c00001"))
    assert GraphInfo.decode(changed(50, "03c00000")).effective_max_record_size == 62_914_560
    assert GraphInfo.decode(changed(50, "00000000")).effective_max_record_size == 62_914_560


def test_text_lengths_end_where_the_section_says() -> None:
    longest = GraphInfo(1, False, "g" * 255, "c" * 255, "f" * 255, "m" * 511)
    assert GraphInfo.decode(longest.encode()) == longest


UNSAYABLE = {
    "no scope": {"scope": 0},
    "a scope beyond the last": {"scope": 5},
    "an empty graph ID": {"graph_id": ""},
    "a long graph ID": {"graph_id": "g" * 256},
    "a long creator": {"creator_id": "c" * 256},
    "a long friendly name": {"friendly_name": "f" * 256},
    "a long comment": {"comment": "m" * 512},
    "a short presence lifetime": {"presence_lifetime": 299},
    "a small record size": {"max_record_size": 1023},
    "a large record size": {"max_record_size": 62_914_561},
    "a negative number of presences": {"max_presence": -1},
}


@pytest.mark.parametrize("change", UNSAYABLE.values(), ids=UNSAYABLE.keys())
def test_a_graph_info_outside_its_rules_is_not_encoded(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        replace(INFO, **change).encode()


# ---- Addresses, 2.2.1.5 ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", ["00000001", "00000003", "ffffffff"])
def test_a_lying_number_of_addresses_is_malformed(count: str) -> None:
    with pytest.raises(MalformedMessage):
        ContactPayload.decode(bytes.fromhex(f"0000000000000001 0000000000000002 {count} {HERE_BYTES} {HERE_BYTES}"))


@pytest.mark.parametrize(("right", "wrong"), [("00000020", "0000001f"), ("0017", "000a")])
def test_an_address_of_another_size_or_family_is_malformed(right: str, wrong: str) -> None:
    with pytest.raises(MalformedMessage):
        PresencePayload.decode(
            bytes.fromhex(f"0000000000000002 00000000 00000001 {HERE_BYTES.replace(right, wrong, 1)}")
        )


def test_the_scope_of_an_address_does_not_travel() -> None:
    payload = ContactPayload(1, 2, (HERE._replace(scope=7),))
    assert ContactPayload.decode(payload.encode()).addresses == (HERE,)
    with_scope = HERE_BYTES[:-8] + "00000007"
    data = bytes.fromhex(f"0000000000000001 0000000000000002 00000001 {with_scope}")
    assert ContactPayload.decode(data).addresses == (HERE,)
