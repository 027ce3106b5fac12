"""TLS of the published profile in frames as other implementations fill them (MS-PPSEC 3.2.5.1, 3.2.7.3, 3.3.5.1)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from peerapi.graphing.codec.framing import frame
from peerapi.grouping.channel import Channel, ChannelFailed, Frames
from tests.grouping.values import PUBLISHED, Pair, carol, exchange, member, security

CHANGE_CIPHER_SPEC = 20


def pair() -> Pair:
    return Pair(security(PUBLISHED, "alice", member(PUBLISHED, "alice")), carol(PUBLISHED))


def ends() -> tuple[Channel, Channel]:
    """The caller's and the called side's ends, without Group Connect above them."""
    both = pair()
    return both.caller._channel, both.called._channel


def in_one_frame(frames: bytes) -> bytes:
    """What lay in several frames, in one: the tokens of SChannel are whole flights."""
    payload = b"".join(Frames().feed(frames))
    return len(payload).to_bytes(2, "big") + payload


def split_in_frames(frames: bytes, size: int) -> bytes:
    """The same bytes in frames that know nothing of TLS records."""
    payload = b"".join(Frames().feed(frames))
    parts = [payload[at : at + size] for at in range(0, len(payload), size)]
    return b"".join(len(part).to_bytes(2, "big") + part for part in parts)


def shaken(shape: Callable[[bytes], bytes]) -> tuple[Channel, Channel]:
    """Both ends after a handshake whose flights went through ``shape``."""
    caller, called = ends()
    to_called = caller.start()
    for _ in range(6):
        to_caller, _ = called.receive(shape(to_called)) if to_called else (b"", [])
        to_called, _ = caller.receive(shape(to_caller)) if to_caller else (b"", [])
        if caller.ready and called.ready and not to_called:
            return caller, called
    raise AssertionError("no handshake")


def test_a_whole_flight_of_the_handshake_may_lie_in_one_frame() -> None:
    """Certificate, key exchange, ChangeCipherSpec and Finished of the client together (3.3.5.1)."""
    caller, called = ends()
    hello = caller.start()
    flight, _ = caller.receive(in_one_frame(called.receive(in_one_frame(hello))[0]))
    assert len(Frames().feed(flight)) > 1
    assert bytes((CHANGE_CIPHER_SPEC, 3, 3)) in in_one_frame(flight)
    caller, called = shaken(in_one_frame)
    assert called.remote and caller.remote


@pytest.mark.parametrize("size", [1, 7, 500])
def test_frames_of_the_handshake_may_end_anywhere(size: int) -> None:
    caller, called = shaken(lambda frames: split_in_frames(frames, size))
    assert called.receive(caller.seal(b"hello"))[1] == [b"hello"]


@pytest.mark.parametrize("size", [5, 7, 30])
def test_a_record_may_go_on_in_the_next_frame(size: int) -> None:
    caller, called = shaken(lambda frames: frames)
    for text in (b"hello", b"again"):
        assert called.receive(split_in_frames(caller.seal(text), size))[1] == [text]


@pytest.mark.parametrize("excess", [b"\0", b"excess bytes of the frame", bytes((23, 3, 3, 0, 40)) + bytes(40)])
def test_bytes_behind_the_record_of_a_frame_are_ignored_on_both_sides(excess: bytes) -> None:
    """3.2.7.3: only the size in the TLS header counts; also when what follows looks like another record."""
    caller, called = shaken(lambda frames: frames)
    for sender, receiver in ((caller, called), (called, caller)):
        for text in (b"first", b"second"):
            (record,) = Frames().feed(sender.seal(text))
            padded = record + excess
            assert receiver.receive(len(padded).to_bytes(2, "big") + padded)[1] == [text]


def test_a_frame_after_the_handshake_that_holds_no_record_ends_the_connection() -> None:
    _, called = shaken(lambda frames: frames)
    with pytest.raises(ChannelFailed, match="without a TLS record"):
        called.receive(b"\0\x03abc")


def test_whoever_shows_no_certificate_is_refused_whether_frames_are_whole_or_not() -> None:
    import ssl

    _, called = ends()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ALL:@SECLEVEL=0")
    stranger = Channel(context, pair().caller._local.credential, outgoing=True)
    flight, _ = stranger.receive(in_one_frame(called.receive(in_one_frame(stranger.start()))[0]))
    with pytest.raises(ChannelFailed):
        called.receive(in_one_frame(flight))


def test_messages_of_the_graph_still_come_whole_after_padding() -> None:
    both = pair().run()
    assert both.complete
    frames = frame(b"\0\0\0\x0c\x10\x02\0\0abcd") + frame(bytes(50_000), 16348)
    assert exchange(both.caller, both.called, frames) == frames
