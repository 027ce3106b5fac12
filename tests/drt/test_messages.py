"""The bytes of MC-DRT 2.2 in all three modes: vectors written by hand from the text, and round trips."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.address import Address
from peerapi.drt import buffer
from peerapi.drt.border import SecurityMode
from peerapi.drt.fields import NO_VEIL, Credentials, Veil
from peerapi.drt.messages import Piece, Received, decode, decode_request_rest, encode, hidden, revealed
from peerapi.ring.authority import Answer
from peerapi.ring.message_values import (
    Ack,
    Advertise,
    Authority,
    Criteria,
    Flood,
    Inquire,
    Lookup,
    Message,
    Reason,
    Request,
    Solicit,
)
from peerapi.ring.route_entry import RouteEntry
from peerapi.ring.wire import FieldId, MalformedMessage

OPEN, MEMBER, SECRET = SecurityMode
VERSION = (3, 7)
HERE = Address(bytes(15) + b"\x01", 3540)
THERE = Address(b"\x20\x01" + bytes(13) + b"\x02", 5000)
ROUTE = RouteEntry(0x1234, 3540, (HERE.ip,))
CREDENTIALS = Credentials(b"cred", b"sig", b"kid")


def header(kind: int, message_id: int = 0xA1B2C3D4) -> str:
    return f"0010000c510307{kind:02x}{message_id:08x}"


KEY_1 = "01" + "00" * 31  # the least significant byte first (reading D3)
KEY_2 = "02" + "00" * 31
ROUTE_HEX = "3412" + "00" * 30 + "0307" + "0dd4" + "00" + "01" + "00" * 15 + "01"
HERE_HEX = "0dd4" + "00" * 15 + "01"
THERE_HEX = "1388" + "2001" + "00" * 13 + "02"
WHO = "0080000863726564" + "00a5000773696700" + "00a600076b696400"  # CREDENTIAL, SIGNATURE, KEY_IDENTIFIER, padded
NONCE = "00930014" + "6e" * 16
HASHED = "00920018" + "68" * 20
TOKEN = "009f0007" + "746f6b" + "00"
VEIL_FLOOD = Veil(
    b"tok",
    {
        FieldId.ENCRYPTED_CPA: b"C",
        FieldId.ENCRYPTED_ROUTING_ENTRY: b"RR",
        FieldId.ENCRYPTED_ENDPOINT_ARRAY: b"EEEE",
    },
)
VEIL_LOOKUP = Veil(b"tok", {FieldId.ENCRYPTED_ROUTING_ENTRY: b"RR", FieldId.ENCRYPTED_ENDPOINT_ARRAY: b"EEEE"})
LOOKUP = Lookup(
    0xA1B2C3D4, 2, 1, (HERE, THERE), Criteria.UPPER_BITS, Reason.CACHE_MAINTENANCE, ROUTE, 20, accept_farther=True
)
LOOKUP_HEAD = header(11) + "0045000c" + "0002" + "0014" + "08" + "02" + "0000" + "00380024" + KEY_2 + "00390024" + KEY_1
PATH_HEX = "009e0030" + "0002002c" + "009d0012" + HERE_HEX + THERE_HEX
INQUIRE_HEX = header(7) + "00400006" + "001c" + "0000" + "00390024" + KEY_1 + NONCE
FLOOD_HEAD = header(4) + "00430007" + "0001" + "00" + "00" + "00390024" + KEY_1

PRINTED: list[tuple[str, SecurityMode, Received, str]] = [
    *[
        (
            f"solicit {mode.name}",
            mode,
            Received(Solicit(0xA1B2C3D4, b"h" * 20, ROUTE)),
            header(1) + "009a003a" + ROUTE_HEX + "0000" + HASHED,
        )
        for mode in SecurityMode
    ],
    *[
        (
            f"advertise {mode.name}",
            mode,
            Received(Advertise(0xA1B2C3D4, 7, (1, 2), b"h" * 20)),
            header(2) + "0018000800000007" + "0060004c" + "00020048" + "00300020" + KEY_1 + KEY_2 + HASHED,
        )
        for mode in SecurityMode
    ],
    (
        "request",
        OPEN,
        Received(Request(0xA1B2C3D4, b"n" * 16, (1,))),
        header(3) + NONCE + "0060002c" + "00010028" + "00300020" + KEY_1,
    ),
    *[
        (
            f"request {mode.name}",
            mode,
            Received(Request(0xA1B2C3D4, b"n" * 16, (1,)), CREDENTIALS),
            header(3)
            + "00400006"
            + "00000000"
            + "00980008"
            + f"{20 + 44 + 24:04x}"
            + "0000"
            + NONCE
            + "0060002c"
            + "00010028"
            + "00300020"
            + KEY_1
            + WHO,
        )
        for mode in (MEMBER, SECRET)
    ],
    *[
        (
            f"flood {mode.name}",
            mode,
            Received(Flood(0xA1B2C3D4, 1, ROUTE, b"cpa", (HERE, THERE), True)),
            FLOOD_HEAD + "009c0007" + "63706100" + "009a003a" + ROUTE_HEX + "0000" + PATH_HEX,
        )
        for mode in (OPEN, MEMBER)
    ],
    (
        "flood in confidential mode",
        SECRET,
        Received(Flood(0xA1B2C3D4, 1, no_ack=True), None, VEIL_FLOOD),
        FLOOD_HEAD + TOKEN + "00a20005" + "43000000" + "00a10006" + "52520000" + "00a00008" + "45454545",
    ),
    (
        "flood of nothing in confidential mode",
        SECRET,
        Received(Flood(0xA1B2C3D4, 0)),
        header(4) + "00430007" + "00000000" + "00390024" + "00" * 32 + "009e000c" + "00000008" + "009d0012",
    ),
    ("inquire", OPEN, Received(Inquire(0xA1B2C3D4, 1, True, True, True, b"n" * 16)), INQUIRE_HEX),
    *[
        (
            f"inquire {mode.name}",
            mode,
            Received(Inquire(0xA1B2C3D4, 1, True, True, True, b"n" * 16), CREDENTIALS),
            INQUIRE_HEX + WHO,
        )
        for mode in (MEMBER, SECRET)
    ],
    *[
        (
            f"authority {mode.name}",
            mode,
            Received(Authority(0xA1B2C3D4, 7, 5, 0, b"12345")),
            header(8) + "0018000800000007" + "00980008" + "0005" + "0000" + "3132333435",
        )
        for mode in SecurityMode
    ],
    *[
        (f"ack {mode.name}", mode, Received(Ack(0xA1B2C3D4, 7)), header(9) + "0018000800000007")
        for mode in SecurityMode
    ],
    (
        "ack of a key that is not here",
        OPEN,
        Received(Ack(0xA1B2C3D4, 7, True)),
        header(9) + "0018000800000007" + "00400006" + "0001",
    ),
    ("lookup", OPEN, Received(LOOKUP), LOOKUP_HEAD + "009a003a" + ROUTE_HEX + "0000" + PATH_HEX),
    (
        "lookup of a member",
        MEMBER,
        Received(LOOKUP, CREDENTIALS),
        LOOKUP_HEAD + "009a003a" + ROUTE_HEX + "0000" + PATH_HEX + WHO,
    ),
    (
        "lookup in confidential mode",
        SECRET,
        Received(LOOKUP._replace(route=None, path=()), CREDENTIALS, VEIL_LOOKUP),
        LOOKUP_HEAD + TOKEN + "00a10006" + "52520000" + "00a00008" + "45454545" + WHO,
    ),
]


@pytest.mark.parametrize(("mode", "received", "text"), [one[1:] for one in PRINTED], ids=[one[0] for one in PRINTED])
def test_bytes_are_those_of_the_published_layout(mode: SecurityMode, received: Received, text: str) -> None:
    assert not isinstance(received.message, Piece)
    assert encode(received.message, VERSION, mode, received.credentials, received.veil).hex() == text
    assert decode(bytes.fromhex(text), VERSION, mode) == received


def test_there_is_a_vector_of_every_message_in_every_mode() -> None:
    kinds = {type(one[2].message) for one in PRINTED}
    assert kinds == {Solicit, Advertise, Request, Flood, Inquire, Authority, Ack, Lookup}
    for kind in kinds:
        assert {one[1] for one in PRINTED if type(one[2].message) is kind} == set(SecurityMode), kind


ANSWER = Answer(True, True, True, b"chain", "ab", b"data", ROUTE, b"cpa")
BUFFER_HEAD = "00400006" + "0209" + "0000" + "00800009" + "636861696e" + "000000"


def test_a_buffer_in_the_open() -> None:
    text = (
        BUFFER_HEAD
        + "00850010"
        + "0002000c"
        + "00840002"
        + "00610062"
        + "005a0008"
        + "64617461"
        + "009a003a"
        + ROUTE_HEX
        + "0000"
        + "009b0007"
        + "63706100"
    )
    assert buffer.encode(ANSWER, VERSION).hex() == text
    for mode in (OPEN, MEMBER):
        assert buffer.decode(bytes.fromhex(text), VERSION, mode) == (ANSWER, NO_VEIL)
    assert buffer.decode(bytes.fromhex(text[:-2]), VERSION, OPEN) == (ANSWER, NO_VEIL)  # padding at the end is optional


def test_a_buffer_in_confidential_mode() -> None:
    assert list(buffer.hidden(ANSWER, VERSION)) == [0xA3, 0xA4, 0xA1, 0xA2]
    veil = Veil(b"tok", {0xA3: b"1", 0xA4: b"22", 0xA1: b"333", 0xA2: b"4444"})
    text = (
        BUFFER_HEAD
        + TOKEN
        + "00a30005"
        + "31000000"
        + "00a40006"
        + "32320000"
        + "00a10007"
        + "33333300"
        + "00a20008"
        + "34343434"
    )
    assert buffer.encode(ANSWER, VERSION, veil).hex() == text
    answer, found = buffer.decode(bytes.fromhex(text), VERSION, SECRET)
    assert found == veil
    assert answer == Answer(True, True, True, b"chain")
    assert buffer.revealed(answer, buffer.hidden(ANSWER, VERSION), VERSION) == ANSWER


def test_lengths_that_count_otherwise_are_understood() -> None:
    flood = FLOOD_HEAD + TOKEN + "00a10006" + "52520000" + "00a00004" + "45454545"  # field 6 without the 4 bytes
    assert decode(bytes.fromhex(flood), VERSION, SECRET).veil.fields[FieldId.ENCRYPTED_ENDPOINT_ARRAY] == b"EEEE"
    lookup = LOOKUP_HEAD + TOKEN + "00a00006" + "45454545" + WHO  # field 5 with 2 of the 4
    assert decode(bytes.fromhex(lookup), VERSION, SECRET).veil.fields[FieldId.ENCRYPTED_ENDPOINT_ARRAY] == b"EEEE"
    plain = FLOOD_HEAD + PATH_HEX.replace("009e0030", "009e002c", 1)
    assert decode(bytes.fromhex(plain), VERSION, OPEN).message == Flood(
        0xA1B2C3D4, 1, flooded=(HERE, THERE), no_ack=True
    )


@pytest.mark.parametrize("version", [(3, 6), (4, 7)])
def test_another_version_is_not_heard(version: tuple[int, int]) -> None:
    with pytest.raises(MalformedMessage):
        decode(encode(Ack(1, 2), version, OPEN), VERSION, OPEN)


@pytest.mark.parametrize("mode", [MEMBER, SECRET])
@pytest.mark.parametrize("message", [Request(1, bytes(16), (1,)), Inquire(1, 1), LOOKUP])
def test_a_message_without_credentials_is_malformed_where_they_are_wanted(mode: SecurityMode, message: Message) -> None:
    with pytest.raises(MalformedMessage):
        decode(encode(message, VERSION, mode), VERSION, mode)


@pytest.mark.parametrize("message", [Flood(1, 2, ROUTE), Flood(1, 2, None, b"cpa"), LOOKUP])
def test_what_is_to_be_hidden_is_malformed_in_the_open(message: Message) -> None:
    with pytest.raises(MalformedMessage):
        decode(encode(message, VERSION, SECRET, CREDENTIALS), VERSION, SECRET)


def test_a_request_in_pieces_is_told_from_a_whole_one() -> None:
    whole = encode(Request(5, bytes(16), tuple(range(60))), VERSION, MEMBER, CREDENTIALS)
    rest = whole[12 + 8 + 8 :]
    head = whole[: 12 + 8 + 4] + len(rest).to_bytes(2, "big")
    first = decode(head + b"\0\0" + rest[:1188], VERSION, MEMBER).message
    second = decode(head + (1188).to_bytes(2, "big") + rest[1188:], VERSION, MEMBER).message
    assert isinstance(first, Piece)
    assert isinstance(second, Piece)
    assert decode_request_rest(5, first.fragment + second.fragment) == decode(whole, VERSION, MEMBER)


addresses = st.tuples(st.binary(min_size=16, max_size=16), st.integers(1024, 65535)).map(lambda one: Address(*one))
keys = st.integers(0, (1 << 256) - 1)
routes = st.builds(
    RouteEntry,
    keys,
    st.integers(0, 65535),
    st.lists(st.binary(min_size=16, max_size=16), min_size=1, max_size=20).map(tuple),
)
endpoints = st.lists(addresses, min_size=1, max_size=22).map(tuple)
message_ids = st.integers(0, (1 << 32) - 1)
hideable = st.one_of(
    st.builds(Flood, message_ids, keys, routes, st.none() | st.binary(max_size=300), endpoints, st.booleans()),
    st.builds(
        Lookup,
        message_ids,
        keys,
        keys,
        endpoints,
        st.sampled_from(Criteria),
        st.integers(0, 255),
        st.none() | routes,
        st.integers(0, 256),
        st.booleans(),
    ),
)


@given(message=hideable, blob=st.binary(max_size=9))
def test_a_veil_hides_and_shows_all_of_it(message: Message, blob: bytes) -> None:
    fields = hidden(message, VERSION)
    veil = Veil(b"t" + blob, {field: blob + b"x" * index for index, field in enumerate(fields)})
    who = CREDENTIALS if isinstance(message, Lookup) else None
    data = encode(message, VERSION, SECRET, who, veil)
    received = decode(data, VERSION, SECRET)
    assert received.veil == veil
    assert not isinstance(received.message, Piece)
    assert revealed(received.message, fields, VERSION) == message
    for mode in (OPEN, MEMBER):
        open_who = who if mode is MEMBER else None
        assert decode(encode(message, VERSION, mode, open_who), VERSION, mode).message == message


@given(data=st.binary(max_size=400), kind=st.integers(0, 12), mode=st.sampled_from(SecurityMode))
def test_any_bytes_are_a_message_or_malformed(data: bytes, kind: int, mode: SecurityMode) -> None:
    whole = bytes.fromhex(header(kind)) + data
    try:
        received = decode(whole, VERSION, mode)
    except MalformedMessage:
        return
    assert received.message is not None


@given(data=st.binary(max_size=400), mode=st.sampled_from(SecurityMode))
def test_any_bytes_are_a_buffer_or_malformed(data: bytes, mode: SecurityMode) -> None:
    try:
        answer, veil = buffer.decode(bytes.fromhex("0040000600000000") + data, VERSION, mode)
    except MalformedMessage:
        return
    assert buffer.decode(buffer.encode(answer, VERSION, veil), VERSION, mode)[0] == answer
