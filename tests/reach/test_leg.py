"""The node's end of a leg: what answers instead of a relay is said in words a person can act on."""

from __future__ import annotations

import pytest

from peerapi.reach.leg import MOST_HEAD, Leg, RelayAccess, request
from peerapi.reach.refusal import Refusal, Refused
from peerapi.reach.upgrade import ACCEPTED, MOST_REQUEST, read_request
from tests.reach.lab import ACCESS, ENDPOINT


def refused(answer: bytes) -> Refused:
    leg = Leg(ACCESS)
    leg.start()
    with pytest.raises(Refused) as caught:
        leg.receive(answer)
    assert not leg.open
    return caught.value


def test_a_relay_s_answer_opens_the_leg_in_whatever_pieces() -> None:
    leg = Leg(ACCESS)
    assert leg.start() == request(ACCESS)
    whole, plain = ACCEPTED + b"a frame", b""
    for at in range(len(whole)):
        plain += leg.receive(whole[at : at + 1])[1]
        assert leg.open == (at >= len(ACCEPTED) - 1)
    assert plain == b"a frame"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 302 Found\r\nLocation: http://login.example/\r\n\r\n", "wants you to log in first"),
        (b"HTTP/1.0 200 OK\r\n\r\n<html>", "wants you to log in first"),
        (b"HTTP/1.1 404 Not Found\r\nServer: nginx\r\n\r\n", "its front set up"),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n", "its front set up"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "does not answer as a relay does"),
        (b"HTTP/1.1\r\n\r\n", "does not answer as a relay does"),
        (bytes(MOST_HEAD + 1), "does not answer as a relay does"),
    ],
)
def test_what_is_no_relay_is_said(answer: bytes, said: str) -> None:
    error = refused(answer)
    assert error.reason is Refusal.LEG
    assert said in str(error)
    assert "\r" not in str(error)


def test_an_answer_cannot_put_control_characters_into_a_log() -> None:
    assert "\x1b" not in str(refused(b"HTTP/1.1 500 \x1b[31mred\r\n\r\n"))


def test_a_leg_that_is_no_tls() -> None:
    leg = Leg(RelayAccess(ENDPOINT))
    assert leg.start()[:1] == b"\x16"
    with pytest.raises(Refused) as caught:
        leg.receive(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    assert caught.value.reason is Refusal.TLS


def test_what_a_node_asks_is_what_a_relay_reads() -> None:
    asked = request(RelayAccess(ENDPOINT, host="relay.example.org"))
    assert b"Host: relay.example.org:443\r\n" in asked
    assert len(asked) < MOST_REQUEST
    assert read_request(asked + b"rest", trusted=False) == (None, b"rest")
    assert read_request(asked[:-1], trusted=False) is None
