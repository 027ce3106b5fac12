"""What a stranger can make a node do and hold while both prove who they are: bytes, frames, messages.

As in the tables of attacks: each works without the one bound that stops it, and is refused and counted with it.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from peerapi.grouping import channel, connect, messages
from peerapi.grouping.connect import MAX_BYTES, MAX_OWED, Connection, State
from peerapi.grouping.messages import MAX_CONTENT, Hello, Incoming, Message, MyGmc, encode
from peerapi.grouping.provider import GroupSecurity
from peerapi.grouping.refusal import Refusal, Refused
from peerapi.identity.keys import Profile
from tests.grouping.values import BOTH, MODERN, NOW, Pair, carol, exchange, member, security

PIECE = 15_997
"Bytes of a record: no message ends with it, so what has come is no packet yet."
both = pytest.mark.parametrize("profile", BOTH, ids=lambda profile: profile.value)


def in_tls(profile: Profile) -> Pair:
    """Both are through with TLS, and the caller has said nothing yet: a stranger with a key of its own."""
    pair = Pair(security(profile, "mallory", password="unused"), carol(profile))
    pair.caller._introduce = lambda now: None  # type: ignore[method-assign]
    pair.run()
    assert pair.called.state is State.TLS_CONNECTED
    return pair


def counted(pair: Pair) -> dict[Refusal, int]:
    victim = pair.called._local
    assert isinstance(victim, GroupSecurity)
    return dict(victim.refused)


def refused(pair: Pair, attempt: Callable[[Pair], object], reason: Refusal) -> None:
    with pytest.raises(Refused):
        attempt(pair)
    assert pair.called.state is State.FAILED
    assert counted(pair) == {reason: 1}


def said(pair: Pair, packet: bytes) -> None:
    """The stranger sends plain bytes of one packet, and those of the next, as records of TLS."""
    for at in range(0, len(packet), PIECE):
        pair.called.receive(pair.caller._channel.seal(packet[at : at + PIECE]), NOW)


@both
def test_attack_messages_without_an_end(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of Hellos, and one message that is never complete: all of them were read again for each byte more."""
    packet = encode([Hello()] * 10_000) + b"\x00\x01\x00\x00"

    with monkeypatch.context() as patch:
        patch.setattr(messages, "MAX_MESSAGES", 1 << 30)
        pair = in_tls(profile)
        said(pair, packet)
        assert len(pair.called._incoming._messages) == 10_000
        assert counted(pair) == {}
    refused(in_tls(profile), lambda pair: said(pair, packet), Refusal.PROTOCOL)


@both
def test_attack_a_packet_of_more_bytes_than_any_proof_has(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    content = bytes(MAX_CONTENT)
    packet = encode([Hello(), MyGmc(content)]) + encode([MyGmc(content)])[:-1]

    with monkeypatch.context() as patch:
        patch.setattr(connect, "MAX_BYTES", 1 << 30)
        pair = in_tls(profile)
        said(pair, packet)
        assert len(pair.called._incoming._held) > 2 * MAX_CONTENT - 1
    refused(in_tls(profile), lambda pair: said(pair, packet), Refusal.PROTOCOL)


@both
def test_attack_a_handshake_byte_by_byte(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each frame costs a call of TLS, however little is in it."""

    def byte_by_byte(pair: Pair) -> None:
        for byte in encode([MyGmc(bytes(1000))])[:-1]:
            said(pair, bytes((byte,)))

    monkeypatch.setattr(channel, "MAX_FRAMES", 256)
    with monkeypatch.context() as patch:
        patch.setattr(channel, "MAX_FRAMES", 1 << 30)
        pair = in_tls(profile)
        byte_by_byte(pair)
        assert len(pair.called._incoming._held) == 1005
        assert counted(pair) == {}
    refused(in_tls(profile), byte_by_byte, Refusal.TLS)


@both
def test_attack_the_beginning_of_tls_in_frames_of_a_byte(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    def attacked() -> tuple[Connection, bytes]:
        called = carol(profile).connection(outgoing=False, expected=None)
        caller = security(profile, "mallory", password="unused").connection(outgoing=True)
        first, rest = caller.start(), b""
        if profile is MODERN:  # the preamble in one piece
            size = 2 + int.from_bytes(first[:2], "big")
            called.receive(first[:size], NOW)
            first = first[size:]
        payload = b"".join(channel.Frames().feed(first))
        rest = b"".join(b"\0\1" + payload[at : at + 1] for at in range(len(payload)))
        return called, rest

    monkeypatch.setattr(channel, "MAX_FRAMES", 64)
    called, rest = attacked()
    assert len(rest) > 3 * channel.MAX_FRAMES
    with pytest.raises(Refused):
        called.receive(rest, NOW)
    with monkeypatch.context() as patch:
        patch.setattr(channel, "MAX_FRAMES", 1 << 30)
        called, rest = attacked()
        answer, _ = called.receive(rest, NOW)
        assert answer, "TLS goes on as if nothing had happened"


def test_the_largest_proof_fits() -> None:
    assert 2 + 2 + 6 + MAX_CONTENT + 2 * 16384 + 10_000 < MAX_BYTES
    assert MAX_CONTENT // 16384 * 4 < channel.MAX_FRAMES


@both
def test_attack_tls_is_asked_for_answers_without_an_end(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    """New keys want an answer, which waits for something to travel with; a member may ask again and again."""

    def attacked() -> Pair:
        pair = Pair(security(profile, "alice", member(profile, "alice")), carol(profile)).run()
        assert pair.complete
        monkeypatch.setattr(pair.called._channel, "receive", lambda data: (bytes(100), []))
        return pair

    def asked(pair: Pair) -> None:
        for _ in range(10 * MAX_OWED // 100):
            pair.called.decrypt(b"new keys")

    with monkeypatch.context() as patch:
        patch.setattr(connect, "MAX_OWED", 1 << 30)
        pair = attacked()
        asked(pair)
        assert len(pair.called._owed) >= 10 * MAX_OWED - 100
    refused(attacked(), asked, Refusal.PROTOCOL)


@both
def test_who_is_through_may_send_as_much_as_it_likes(profile: Profile) -> None:
    pair = Pair(security(profile, "alice", member(profile, "alice")), carol(profile)).run()
    frames = (b"\0\1x") * 5000
    for _ in range(6):
        assert exchange(pair.caller, pair.called, frames) == frames


@both
def test_a_packet_is_put_together_from_pieces_of_any_size(profile: Profile) -> None:
    packet: list[Message] = [Hello(), MyGmc(bytes(500))]
    data = encode(packet)
    for step in (1, 2, 3, 7, 100, len(data)):
        incoming = Incoming(profile)
        for _ in range(2):
            pieces = [data[at : at + step] for at in range(0, len(data), step)]
            found = [incoming.feed(piece) for piece in pieces]
            whole = [one for one in found if one is not None]
            if step >= 4:  # a piece that ends where a message ends is a packet: that is how they are told apart
                assert whole == [packet]
