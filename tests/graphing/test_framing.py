"""Framing, MS-PPGRH 2.2.1.1 with readings A1, A5 and A23."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.graphing.codec.framing import DEFAULT_FRAME_SIZE, DEFAULT_MAX_MESSAGE, Deframer, frame
from peerapi.graphing.codec.wire import MalformedMessage, MessageTooLong
from tests.support import strategies as ours

SYNC_END = bytes.fromhex("0000000c 10 0c 0000 01 00 0000")


def message(size: int) -> bytes:
    """Some message of ``size`` bytes: only its first five bytes matter to framing."""
    return (size.to_bytes(4, "big") + b"\x10\x0d\0\0" + bytes(index % 251 for index in range(size)))[:size]


def cut(stream: bytes, step: int) -> list[bytes]:
    return [stream[at : at + step] for at in range(0, len(stream), step)]


def feed_all(deframer: Deframer, pieces: list[bytes]) -> list[bytes]:
    return [whole for piece in pieces for whole in deframer.feed(piece)]


# ---- Cutting ---------------------------------------------------------------------------------------------------------


def test_frame_size_counts_the_payload_only() -> None:
    assert frame(SYNC_END) == bytes.fromhex("000c 0000000c 10 0c 0000 01 00 0000")


def test_a_message_of_exactly_the_frame_size_is_one_frame() -> None:
    assert frame(message(DEFAULT_FRAME_SIZE)) == (16379).to_bytes(2, "big") + message(16379)


def test_a_larger_message_continues_in_the_next_frame() -> None:
    whole = message(16380)
    assert frame(whole) == b"\x3f\xfb" + whole[:16379] + b"\x00\x01" + whole[16379:]


def test_a_multiple_of_the_frame_size_has_no_empty_last_frame() -> None:
    whole = message(24)
    assert frame(whole, 8) == b"".join(b"\x00\x08" + whole[at : at + 8] for at in (0, 8, 16))


@pytest.mark.parametrize("size", [0, -1, 32769])
def test_a_frame_size_outside_the_published_range_is_refused(size: int) -> None:
    with pytest.raises(ValueError):
        frame(SYNC_END, size)


# ---- Joining ---------------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(8, 60), max_size=6), st.integers(1, 40), st.integers(1, 70))
def test_messages_survive_any_frame_size_and_any_cutting_of_the_stream(sizes: list[int], size: int, step: int) -> None:
    sent = [message(each) for each in sizes]
    stream = b"".join(frame(each, size) for each in sent)
    deframer = Deframer()
    assert feed_all(deframer, cut(stream, step)) == sent
    assert deframer.is_idle


def test_many_messages_in_one_read_come_out_in_order() -> None:
    sent = [message(8 + index % 40) for index in range(1000)]
    assert Deframer().feed(b"".join(map(frame, sent))) == sent


def test_what_comes_out_is_bytes_even_when_it_came_in_pieces() -> None:
    deframer = Deframer()
    assert deframer.feed(frame(SYNC_END)[:5]) == []
    (whole,) = deframer.feed(frame(SYNC_END)[5:])
    assert type(whole) is bytes


def test_a_message_of_many_frames_and_many_reads_passes() -> None:
    whole = (1_000_000).to_bytes(4, "big") + b"\x10\x0b\0\0" + bytes(999_992)
    assert feed_all(Deframer(), cut(frame(whole), 65536)) == [whole]


def test_the_largest_record_fits_the_default_limit() -> None:
    header = (62_914_560 + 12 + 8192).to_bytes(4, "big") + b"\x10\x0b\0\0"
    assert Deframer().feed(b"\x00\x08" + header) == []


def test_is_idle_is_false_inside_a_frame_and_between_the_frames_of_a_message() -> None:
    deframer = Deframer()
    assert deframer.is_idle
    deframer.feed(b"\x00")
    assert not deframer.is_idle
    deframer.feed(b"\x08" + SYNC_END[:8])
    assert not deframer.is_idle
    assert deframer.feed(b"\x00\x04" + SYNC_END[8:]) == [SYNC_END]
    assert deframer.is_idle


# ---- Refusing --------------------------------------------------------------------------------------------------------

BAD = {
    "frame size 0": "0000",
    "frame above the maximum": "3ffc 00003ffc",
    "message smaller than its header": "0008 00000007 10 0c 0000",
    "message larger than allowed": "3ffb 03d00001 10 0b 0000",
    "wrong version": "000c 0000000c 11 0c 0000 01 00 0000",
    "frame past the end of its message": "000d 0000000c 10 0c 0000 01 00 0000 ff",
    "second frame past the end of its message": "0008 0000000c 10 0c 0000 0005 01 00 0000 ff",
    "header over two frames, of another version": "0004 0000000c 0004 20 0c 0000",
    "header over two frames, longer than its message": "0001 00 0008 000008 10 0c 0000 ff",
}


@pytest.mark.parametrize("stream", BAD.values(), ids=BAD.keys())
@pytest.mark.parametrize("step", [1, 3, 1000])
def test_the_stream_is_refused_however_it_is_cut(stream: str, step: int) -> None:
    deframer = Deframer()
    with pytest.raises(MalformedMessage):
        feed_all(deframer, cut(bytes.fromhex(stream), step))


@pytest.mark.parametrize("stream", ["3ffb 0000000c 10", "3ffb 00003ffb 11", "3ffb ffffffff 10"])
def test_a_bad_header_is_refused_before_the_rest_of_its_frame_came(stream: str) -> None:
    with pytest.raises(MalformedMessage):
        Deframer().feed(bytes.fromhex(stream) + bytes(3))


def test_a_whole_message_in_a_frame_above_the_maximum_is_refused() -> None:
    with pytest.raises(MalformedMessage):
        Deframer().feed(frame(message(DEFAULT_FRAME_SIZE + 1), DEFAULT_FRAME_SIZE + 1))


def test_messages_before_the_damage_are_in_the_exception() -> None:
    with pytest.raises(MalformedMessage) as caught:
        Deframer().feed(frame(SYNC_END) * 3 + b"\0\0")
    assert caught.value.before == (SYNC_END,) * 3


def test_after_damage_nothing_is_accepted_any_more() -> None:
    deframer = Deframer()
    for _ in range(2):
        with pytest.raises(MalformedMessage):
            deframer.feed(b"\0\0" + frame(SYNC_END))


def test_max_message_holds_from_the_moment_it_is_assigned() -> None:
    deframer = Deframer(max_message=64)
    assert deframer.feed(frame(message(64))) == [message(64)]
    deframer.max_message = 65
    assert deframer.feed(frame(message(65))) == [message(65)]
    with pytest.raises(MalformedMessage):
        deframer.feed(frame(message(66)))


def test_max_frame_may_be_another_than_the_default() -> None:
    assert Deframer(max_frame=20000).feed(frame(message(20000), 20000)) == [message(20000)]


@given(ours.mutated(st.lists(st.integers(8, 60), max_size=4).map(lambda s: b"".join(frame(message(n), 20) for n in s))))
def test_the_cutting_of_the_stream_never_changes_what_is_accepted(stream: bytes) -> None:
    outcomes = set()
    for step in (1, 7, 1000):
        deframer, found, refused = Deframer(max_frame=20, max_message=70), [], False
        try:
            for piece in cut(stream, step):
                found += deframer.feed(piece)
        except MalformedMessage as error:
            found += error.before
            refused = True
        outcomes.add((tuple(found), refused))
    assert len(outcomes) == 1


def test_memory_follows_what_came_not_what_was_announced() -> None:
    deframer = Deframer()
    announced = (DEFAULT_MAX_MESSAGE).to_bytes(4, "big") + b"\x10\x0b\0\0"
    assert deframer.feed(b"\x00\x08" + announced) == []
    for _ in range(1000):
        assert deframer.feed(b"\x00\x01\xff") == []
    assert deframer.buffered < 10_000


# ---- One by one, and by type -----------------------------------------------------------------------------------------


@given(st.lists(st.integers(8, 60), min_size=1, max_size=6), st.integers(1, 40), st.integers(1, 300))
def test_singly_each_feed_gives_one_message_and_keeps_what_is_behind_it(
    lengths: list[int], size: int, step: int
) -> None:
    sent = [message(each) for each in lengths]
    deframer = Deframer(singly=True)
    found = []
    for piece in cut(b"".join(frame(each, size) for each in sent), step):
        while whole := deframer.feed(piece):
            assert len(whole) == 1
            found += whole
            piece = b""
    assert found == sent
    assert deframer.is_idle


def test_what_is_behind_a_single_message_may_be_no_message_at_all() -> None:
    deframer = Deframer(singly=True)
    assert deframer.feed(frame(SYNC_END) + b"\0\0 something else") == [SYNC_END]
    assert deframer.rest() == b"\0\0 something else"
    assert deframer.is_idle


def test_how_long_a_message_may_be_is_decided_when_it_begins() -> None:
    long = message(50)
    deframer = Deframer(max_message=20, singly=True)
    assert deframer.feed(frame(SYNC_END) + frame(long)) == [SYNC_END]
    deframer.max_message, deframer.singly = 60, False
    assert deframer.feed(b"") == [long]
    deframer.max_message = 20
    with pytest.raises(MessageTooLong):
        deframer.feed(frame(long))


@pytest.mark.parametrize(
    ("sizes", "passes"), [({0x0B: 20}, False), ({0x0B: 100}, True), ({0x0C: 20}, True), ({}, True)]
)
def test_types_have_bounds_of_their_own(sizes: Mapping[int, int], passes: bool) -> None:
    flood = (100).to_bytes(4, "big") + b"\x10\x0b\0\0" + bytes(92)
    deframer = Deframer(max_message=200, sizes=sizes)
    if passes:
        assert deframer.feed(frame(flood, 30)) == [flood]
    else:
        with pytest.raises(MessageTooLong):
            deframer.feed(frame(flood, 30)[:12])
