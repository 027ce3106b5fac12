"""The relay's frames: bytes by hand, round trips, and any other bytes."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.address import Address
from peerapi.reach import frames
from peerapi.reach.frames import Decoder, Frame, MalformedFrame, Unknown, decode, encode

U8, U16, U32, U64 = (st.integers(0, (1 << bits) - 1) for bits in (8, 16, 32, 64))


def exactly(size: int) -> st.SearchStrategy[bytes]:
    return st.binary(min_size=size, max_size=size)


ADDRESS = st.builds(lambda ip, port: Address(ip, port), exactly(16), U16)
TEXT = st.text(st.characters(codec="utf-8"), max_size=frames.MOST_TEXT)
STRATEGIES: dict[type[Frame], st.SearchStrategy[Frame]] = {
    frames.Hello: st.builds(frames.Hello, st.binary(max_size=200), U8),
    frames.Welcome: st.builds(frames.Welcome, exactly(32), ADDRESS, U16, U16, U64, U64, U16),
    frames.Sit: st.builds(frames.Sit, exactly(16), exactly(16), st.binary(max_size=99), st.binary(max_size=72)),
    frames.Seated: st.builds(frames.Seated, exactly(16)),
    frames.Rise: st.builds(frames.Rise, exactly(16)),
    frames.Ring: st.builds(frames.Ring, exactly(16), exactly(16), ADDRESS),
    frames.Deny: st.builds(frames.Deny, exactly(16)),
    frames.Probe: st.builds(frames.Probe, U16),
    frames.Probed: st.builds(frames.Probed, st.booleans()),
    frames.Ping: st.builds(frames.Ping, exactly(8)),
    frames.Pong: st.builds(frames.Pong, exactly(8)),
    frames.Post: st.builds(frames.Post, exactly(32), U32, st.binary(max_size=frames.LARGEST_BLOB)),
    frames.Look: st.builds(frames.Look, exactly(32)),
    frames.Notice: st.builds(frames.Notice, exactly(32), U8, st.binary(max_size=frames.LARGEST_BLOB)),
    frames.No: st.builds(frames.No, U8, U16, TEXT),
    frames.GoAway: st.builds(frames.GoAway, U16, exactly(6)),
    frames.Call: st.builds(frames.Call, exactly(16)),
    frames.Join: st.builds(frames.Join, exactly(16)),
    frames.Met: st.builds(frames.Met, U8, ADDRESS, ADDRESS, U32),
    frames.Candidates: st.builds(
        lambda half, found: frames.Candidates(half, tuple(found)),
        exactly(16),
        st.lists(st.builds(frames.Candidate, U8, ADDRESS), max_size=frames.MOST_CANDIDATES),
    ),
    frames.Sync: st.just(frames.Sync()),
    frames.Direct: st.builds(frames.Direct, exactly(32)),
    frames.Replaces: st.builds(frames.Replaces, exactly(32)),
    frames.Stay: st.just(frames.Stay()),
}
ANY = st.one_of(*STRATEGIES.values())


def test_every_frame_has_a_strategy_here() -> None:
    assert STRATEGIES.keys() == frames.TYPES.keys()
    assert len(set(frames.TYPES.values())) == len(frames.TYPES)


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        (frames.Call(bytes(range(16))), "0010 20 000102030405060708090a0b0c0d0e0f"),
        (frames.Probe(443), "0002 08 01bb"),
        (frames.Hello(b"\xaa\xbb"), "0003 01 01aabb"),
        (frames.No(9, 10, "no"), "0005 0f 09000a6e6f"),
        (frames.GoAway(30, bytes(6)), "0008 10 001e000000000000"),
        (
            frames.Ring(bytes(16), b"\x11" * 16, Address(bytes(15) + b"\1", 3540)),
            "0032 06" + "00" * 16 + "11" * 16 + "00" * 15 + "01 0dd4",
        ),
        (frames.Sit(b"s" * 16, b"m" * 16, b"key", b"sig"), "0028 03" + "73" * 16 + "6d" * 16 + "0003 6b6579 736967"),
        (
            frames.Candidates(b"h" * 16, (frames.Candidate(frames.PUNCHES, Address(bytes(15) + b"\1", 3540)),)),
            "0024 30" + "68" * 16 + "01 02" + "00" * 15 + "01 0dd4",
        ),
        (frames.Stay(), "0000 34"),
    ],
)
def test_frames_by_hand(frame: Frame, text: str) -> None:
    data = bytes.fromhex(text)
    assert encode(frame) == data
    assert decode(data[2], data[3:]) == frame


@given(st.lists(ANY, max_size=5), st.data())
def test_frames_go_and_come_in_whatever_pieces(sent: list[Frame], data: st.DataObject) -> None:
    whole, decoder, found = encode(*sent), Decoder(), []
    while whole:
        size = data.draw(st.integers(1, len(whole)))
        decoder.feed(whole[:size])
        whole = whole[size:]
        while (frame := decoder.next()) is not None:
            found.append(frame)
    assert found == sent
    assert decoder.rest() == b""


@given(st.binary(max_size=200))
def test_any_bytes_are_frames_or_malformed(data: bytes) -> None:
    decoder = Decoder()
    decoder.feed(data)
    try:
        while (frame := decoder.next()) is not None:
            assert isinstance(frame, (*frames.TYPES, Unknown))
    except MalformedFrame:
        pass


@given(ANY, st.integers(1, 4))
def test_a_body_that_is_cut_is_malformed_or_shorter(frame: Frame, cut: int) -> None:
    body = encode(frame)[3:]
    with contextlib.suppress(MalformedFrame):
        assert not body or decode(frames.TYPES[type(frame)], body[:-cut]) != frame


def test_a_body_that_is_too_large_is_not_waited_for() -> None:
    decoder = Decoder(100)
    decoder.feed(b"\x00\x65\x01")
    with pytest.raises(MalformedFrame):
        decoder.next()
    with pytest.raises(ValueError):
        encode(frames.Post(bytes(32), 1, bytes(frames.LARGEST)))
    with pytest.raises(MalformedFrame):
        decode(frames.TYPES[frames.Post], bytes(36 + frames.LARGEST_BLOB + 1))


def test_a_type_of_a_later_version_is_known_as_such() -> None:
    assert decode(0x99, b"whatever") == Unknown(0x99)
