"""Message codecs, MS-PPGRH 2.2.2 and the checks on messages in 3.1.5.

The vectors are written out by hand in the order in which the sections print the fields, one group a field.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.address import Address
from peerapi.graphing.codec import messages
from peerapi.graphing.codec.framing import Deframer, frame
from peerapi.graphing.codec.messages import (
    Ack,
    Advertise,
    AuthInfo,
    Connect,
    ConnectionType,
    Disconnect,
    DisconnectReason,
    Flood,
    HashBoundary,
    HashInfo,
    Message,
    MessageType,
    PointToPoint,
    Refuse,
    RefuseCode,
    Request,
    SolicitHash,
    SolicitNew,
    SolicitTime,
    SyncEnd,
    Welcome,
    decode,
    encode,
)
from peerapi.graphing.codec.wire import MalformedMessage
from tests.graphing.message_bytes import G1, G2, NET_A1
from tests.support import strategies as ours

A1 = Address(bytes.fromhex("fe800000000000000000000000000001"), 0x1234)
A2 = Address(bytes.fromhex("20010db8000000000000000000000002"), 0x0DAC)
NET_A2 = "0017 0dac 20010db8000000000000000000000002"

VECTORS: dict[str, tuple[str, Message]] = {
    "AUTH_INFO": (
        (
            "0000001c 10 01 0000 01 00 0010 0012 0017"  # 28 bytes; graph at 16, source at 18, destination at 23
            "  6700  c3a9736100  616e6e6100"
        ),
        AuthInfo(ConnectionType.NEIGHBOR, "g", "ésa", "anna"),
    ),
    "AUTH_INFO to anyone": (
        "00000015 10 01 0000 02 00 0010 0013 0015 676800 7300",
        AuthInfo(ConnectionType.DIRECT, "gh", "s", None),
    ),
    "CONNECT": (
        f"00000043 10 02 0000 0d 02 0018 0040 0000 0102030405060708 {NET_A1} {NET_A2} 6d6500",
        Connect(0x0102030405060708, (A1, A2), update=True, direct=True, neighbor_list=True, friendly_name="me"),
    ),
    "CONNECT of a node that does not listen": (
        "00000018 10 02 0000 01 00 0018 0018 0000 ffffffffffffffff",  # reading A9: the end of the header
        Connect(0xFFFFFFFFFFFFFFFF, (), neighbor_list=True),
    ),
    "CONNECT with an empty friendly name": (
        "00000019 10 02 0000 00 00 0018 0018 0000 0000000000000001 00",
        Connect(1, friendly_name=""),
    ),
    "WELCOME": (
        f"0000003b 10 03 0000 0000000000000005 01d8000000000000 01 00 0020 0034 0038 {NET_A1} 70656500 6e6900",
        Welcome(5, 0x01D8000000000000, (A1,), "pee", "ni"),
    ),
    "WELCOME without addresses": (
        "00000022 10 03 0000 0000000000000005 01d8000000000000 00 00 0000 0020 0022 7000",
        Welcome(5, 0x01D8000000000000, (), "p", None),
    ),
    "REFUSE": (f"00000020 10 04 0000 01 01 000c {NET_A2}", Refuse(RefuseCode.BUSY, (A2,))),
    "REFUSE without addresses": ("0000000c 10 04 0000 04 00 0000", Refuse(RefuseCode.DIRECT_CONNECTION_DISALLOWED)),
    "DISCONNECT": (f"00000020 10 05 0000 02 01 000c {NET_A1}", Disconnect(DisconnectReason.LEAST_USEFUL, (A1,))),
    "DISCONNECT without addresses": ("0000000c 10 05 0000 01 00 000c", Disconnect(DisconnectReason.LEAVING)),
    "SOLICIT_NEW": ("0000000c 10 06 0000 00 00 000c", SolicitNew()),
    "SOLICIT_NEW for one type": (f"0000001c 10 06 0000 01 00 000c {G1.hex()}", SolicitNew(include=(G1,))),
    "SOLICIT_NEW without two types": (
        f"0000002c 10 06 0000 00 02 000c {G1.hex()} {G2.hex()}",
        SolicitNew(exclude=(G1, G2)),
    ),
    "SOLICIT_TIME": (
        f"00000024 10 07 0000 01 00 0014 0000000000000009 {G1.hex()}",
        SolicitTime(9, include=(G1,)),
    ),
    "SOLICIT_HASH": (
        f"0000003c 10 08 0000 00 00 0014 00000001 0014 0000 {G1.hex()} 0000000000000007 {G2.hex()}",
        SolicitHash(entries=(HashInfo(G1, 7, G2),)),
    ),
    "SOLICIT_HASH with types": (
        (
            f"0000005c 10 08 0000 02 00 0014 00000001 0034 0000 {G1.hex()} {G2.hex()}"
            f" {G1.hex()} 0000000000000007 {G2.hex()}"
        ),
        SolicitHash(include=(G1, G2), entries=(HashInfo(G1, 7, G2),)),
    ),
    "ADVERTISE": (
        (
            "00000060 10 09 0000 00000001 00000001 0018 0000 0000004c"
            f" 0000000000000001 {G1.hex()} 0000000000000002 {G2.hex()} 00000001  {G1.hex()} 00000003"
        ),
        Advertise((HashBoundary(1, G1, 2, G2, 1),), ((G1, 3),)),
    ),
    "ADVERTISE of nothing": ("00000018 10 09 0000 00000000 00000000 0018 0000 00000018", Advertise()),
    "REQUEST": (f"00000024 10 0a 0000 00000001 00000010 {G1.hex()} 00000003", Request(((G1, 3),))),
    "REQUEST of nothing": ("00000010 10 0a 0000 00000000 00000010", Request()),
    "FLOOD": ("00000011 10 0b 0000 000c 0000 a1a2a3a4a5", Flood(bytes.fromhex("a1a2a3a4a5"))),
    "SYNC_END": ("0000000c 10 0c 0000 01 00 0000", SyncEnd()),
    "SYNC_END that is not the last": ("0000000c 10 0c 0000 00 00 0000", SyncEnd(final=False)),
    "PT2PT": (f"0000001f 10 0d 0000 001c 0000 {G1.hex()} 010203", PointToPoint(G1, b"\1\2\3")),
    "Ping": (f"0000001c 10 0d 0000 001c 0000 {G2.hex()}", PointToPoint(G2)),
    "ACK": (
        f"00000034 10 0e 0000 0002 000c {G1.hex()} 00000001 {G2.hex()} 00000000",
        Ack(((G1, True), (G2, False))),
    ),
}

every_vector = pytest.mark.parametrize(
    "data, message", [(bytes.fromhex(h), m) for h, m in VECTORS.values()], ids=VECTORS
)


@every_vector
def test_a_message_is_written_as_the_section_draws_it(data: bytes, message: Message) -> None:
    assert encode(message).hex(" ") == data.hex(" ")


@every_vector
def test_a_drawn_message_is_understood(data: bytes, message: Message) -> None:
    assert decode(data) == message


@every_vector
def test_a_drawn_message_is_understood_when_it_comes_byte_by_byte(data: bytes, message: Message) -> None:
    deframer = Deframer(max_frame=13)
    found = [whole for byte in frame(data, 13) for whole in deframer.feed(bytes((byte,)))]
    assert [decode(whole) for whole in found] == [message]


@every_vector
def test_trailing_or_missing_bytes_make_a_message_malformed(data: bytes, message: Message) -> None:
    for damaged in (data + b"\0", data[:-1]):
        with pytest.raises(MalformedMessage):
            decode(damaged)


def test_every_type_has_a_vector() -> None:
    assert {bytes.fromhex(text)[5] for text, _ in VECTORS.values()} == set(MessageType)


RESERVED = {  # offsets of bytes that are to be ignored
    "AUTH_INFO": (6, 7, 9),
    "CONNECT": (6, 7, 14, 15),
    "WELCOME": (6, 7, 25),
    "REFUSE": (6, 7),
    "DISCONNECT": (6, 7),
    "SOLICIT_NEW": (6, 7),
    "SOLICIT_TIME": (6, 7),
    "SOLICIT_HASH": (6, 7, 18, 19),
    "ADVERTISE": (6, 7, 18, 19),
    "REQUEST": (6, 7),
    "FLOOD": (6, 7, 10, 11),  # reading A12
    "SYNC_END": (6, 7, 9, 10, 11),
    "PT2PT": (6, 7, 10, 11),
    "ACK": (6, 7, 28, 29, 30),
}


@pytest.mark.parametrize("name", RESERVED)
def test_reserved_fields_are_ignored_on_receipt(name: str) -> None:
    text, message = VECTORS[name]
    data = bytearray.fromhex(text)
    for offset in RESERVED[name]:
        data[offset] = 0xFF
    assert decode(bytes(data)) == message


def test_unused_flag_bits_are_ignored_on_receipt() -> None:
    connect = bytearray.fromhex(VECTORS["CONNECT of a node that does not listen"][0])
    connect[8] |= 0xF2
    assert decode(bytes(connect)) == VECTORS["CONNECT of a node that does not listen"][1]
    end = bytearray.fromhex(VECTORS["SYNC_END that is not the last"][0])
    end[8] |= 0xFE
    assert decode(bytes(end)) == SyncEnd(final=False)


# ---- Properties ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ours.by_kind, ids=lambda kind: kind.name)
@given(st.data())
def test_decoding_gives_back_what_was_encoded(kind: MessageType, data: st.DataObject) -> None:
    message = data.draw(ours.by_kind[kind])
    encoded = encode(message)
    assert messages.message_type(encoded) == kind
    assert decode(encoded) == message


@given(st.lists(ours.any_message, max_size=5), st.integers(8, 64), st.integers(1, 64))
def test_messages_survive_framing_and_any_cutting(sent: list[Message], frame_size: int, step: int) -> None:
    stream = b"".join(frame(encode(each), frame_size) for each in sent)
    deframer = Deframer()
    found = [whole for at in range(0, len(stream), step) for whole in deframer.feed(stream[at : at + step])]
    assert [decode(whole) for whole in found] == sent


@given(st.binary(max_size=100))
def test_any_bytes_are_a_message_or_malformed(data: bytes) -> None:
    _decodes_or_refuses(data)
    _decodes_or_refuses(ours.with_right_size(data))


@pytest.mark.parametrize("kind", ours.by_kind, ids=lambda kind: kind.name)
@given(st.data())
def test_a_damaged_message_is_a_message_or_malformed(kind: MessageType, data: st.DataObject) -> None:
    damaged = data.draw(ours.mutated(ours.by_kind[kind].map(encode)))
    _decodes_or_refuses(damaged)
    _decodes_or_refuses(ours.with_right_size(damaged))


def _decodes_or_refuses(data: bytes) -> None:
    try:
        message = decode(data)
    except MalformedMessage:
        return
    assert decode(encode(message)) == message  # whatever was understood is something that can be said


# ---- What cannot be said ---------------------------------------------------------------------------------------------

UNSAYABLE: dict[str, Message] = {
    "256 addresses": Refuse(RefuseCode.BUSY, (A1,) * 256),
    "a peer ID that pushes the next offset out": Welcome(1, 1, peer_id="x" * 65536),
    "a graph ID that pushes the next offset out": AuthInfo(ConnectionType.NEIGHBOR, "x" * 65536, "s"),
    "an empty graph ID": AuthInfo(ConnectionType.NEIGHBOR, "", "s"),
    "an empty source": AuthInfo(ConnectionType.NEIGHBOR, "g", ""),
    "an empty destination": AuthInfo(ConnectionType.NEIGHBOR, "g", "s", ""),
    "a zero character": Welcome(1, 1, peer_id="a\0b"),
    "half a surrogate pair": Welcome(1, 1, peer_id="\ud800"),
    "a negative node ID": Connect(-1),
    "a node ID of 65 bits": Connect(1 << 64),
    "a port of 17 bits": Disconnect(DisconnectReason.LEAVING, (Address(bytes(16), 65536),)),
    "an IPv4 address": Disconnect(DisconnectReason.LEAVING, (Address(bytes(4), 1),)),
    "a record type of 15 bytes": SolicitNew(include=(bytes(15),)),
    "two included types": SolicitTime(1, include=(G1, G2)),
    "included and excluded types": SolicitHash(include=(G1,), exclude=(G2,)),
    "256 excluded types": SolicitNew(exclude=(G1,) * 256),
    "a hash of 15 bytes": SolicitHash(entries=(HashInfo(bytes(15), 1, G1),)),
    "a version of 33 bits": Request(((G1, 1 << 32),)),
    "a negative time": Advertise((HashBoundary(-1, G1, 1, G1, 1),)),
    "a flood of nothing": Flood(b""),
    "an acknowledgement for 15 bytes": Ack(((bytes(15), True),)),
    "65536 acknowledgements": Ack(((G1, True),) * 65536),
    "a data type of 17 bytes": PointToPoint(bytes(17)),
}


@pytest.mark.parametrize("message", UNSAYABLE.values(), ids=UNSAYABLE.keys())
def test_what_has_no_room_is_not_encoded(message: Message) -> None:
    with pytest.raises(ValueError):
        encode(message)


@pytest.mark.parametrize("number", [5, 0])
def test_codes_that_do_not_exist_are_not_encoded(number: int) -> None:
    with pytest.raises(ValueError):
        encode(Refuse(number))  # type: ignore[arg-type]
    with pytest.raises(ValueError):
        encode(Disconnect(number))  # type: ignore[arg-type]
    with pytest.raises(ValueError):
        encode(AuthInfo(number, "g", "s"))  # type: ignore[arg-type]
