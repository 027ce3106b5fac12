"""``peerapi relay`` in a process of its own: legs of both kinds, sessions, back-pressure, endings."""

from __future__ import annotations

import hashlib
import json
import signal
import socket
import threading
import urllib.request
from pathlib import Path

import pytest

from peerapi.reach.frames import Call, GoAway, Join, Met, No, Ping, Pong, Ring, Seated, encode
from peerapi.reach.leg import Leg, RelayAccess
from peerapi.reach.refusal import Refusal, Refused
from tests.reach.lab import own_seat
from tests.relay.conftest import StartRelay
from tests.relay.process import PATIENCE, Speaker, session


@pytest.mark.parametrize("tls", [True, False], ids=["tls", "plain"])
def test_two_legs_are_glued(start_relay: StartRelay, tls: bool) -> None:
    relay = start_relay()
    _, caller, callee = session(relay, tls=tls)
    data = bytes(range(256)) * 4000
    sender = threading.Thread(target=caller.send, args=(data,))
    sender.start()
    assert callee.read(len(data)) == data
    sender.join(PATIENCE)
    callee.send(b"back")
    assert caller.read(4) == b"back"
    caller.close()
    with pytest.raises(ConnectionError):
        callee.read(1)
    assert "carried this month" in relay.stop()


def test_one_leg_may_be_plain_and_the_other_not(start_relay: StartRelay) -> None:
    relay = start_relay()
    control = Speaker(relay)
    control.sit(relay, 1)
    caller = Speaker(relay, tls=False)
    caller.say(Call(own_seat(1, relay.known.access.endpoint).address.ip))
    ring = control.next()
    assert isinstance(ring, Ring)
    callee = Speaker(relay)
    callee.say(Join(ring.token))
    assert isinstance(caller.next(), Met)
    assert isinstance(callee.next(), Met)
    caller.send(b"to and")
    assert callee.read(6) == b"to and"
    callee.send(b"fro")
    assert caller.read(3) == b"fro"


@pytest.mark.parametrize("tls", [True, False], ids=["tls", "plain"])
def test_attack_a_slow_reader_stops_the_sender_and_fills_no_memory(start_relay: StartRelay, tls: bool) -> None:
    """The kernels' buffers are full, the relay holds at most 64 KiB, and everybody else is served."""
    relay = start_relay()
    _, caller, callee = session(relay, tls=tls)
    before = relay.memory
    caller.sock.settimeout(1)
    sent, block = 0, bytes(1 << 20)
    digest = hashlib.sha256()
    with pytest.raises(TimeoutError):
        while sent < 200 << 20:
            data = caller.leg.encrypt(block)
            caller.sock.sendall(data)
            digest.update(block)
            sent += len(block)
    assert sent < 40 << 20
    assert relay.memory - before < 4 << 20
    _, other, another = session(relay, tls=tls, number=2)
    other.send(b"not held up")
    assert another.read(11) == b"not held up"
    assert len(callee.read(1 << 20)) == 1 << 20


def test_who_takes_no_frames_is_given_up(start_relay: StartRelay) -> None:
    relay = start_relay()
    slow = Speaker(relay, tls=False, window=4096)
    slow.sit(relay, 1)
    with pytest.raises(OSError):
        for _ in range(100_000):
            slow.send(encode(*[Ping(bytes(8))] * 500))


def test_nothing_is_spent_on_who_has_given_up_before_he_is_let_in(start_relay: StartRelay, free_port: int) -> None:
    relay = start_relay(f"--metrics={free_port}")
    relay.process.send_signal(signal.SIGSTOP)
    for _ in range(100):
        with socket.create_connection(relay.address, PATIENCE) as sock:
            sock.sendall(Leg(relay.known.access).start())
    with socket.create_connection(relay.address, PATIENCE):  # who still waits is the first that is let in
        relay.process.send_signal(signal.SIGCONT)
        assert isinstance(Speaker(relay).sit(relay, 1), Seated)
        with urllib.request.urlopen(f"http://127.0.0.1:{free_port}/metrics", timeout=PATIENCE) as answer:
            lines = answer.read().decode().splitlines()
    assert "peerapi_relay_connections_total 2" in lines


def test_what_is_neither_tls_nor_http_is_closed(start_relay: StartRelay) -> None:
    relay = start_relay()
    for data in (b"SSH-2.0-OpenSSH_9.2\r\n", b"\x16\x03\x01\xff\xff" + bytes(100), b"GET / HTTP/1.1\r\n\r\n"):
        with socket.create_connection(relay.address, PATIENCE) as sock:
            sock.sendall(data)
            answer = b""
            try:
                while more := sock.recv(4096):
                    answer += more
            except ConnectionError:
                pass
            assert b"101" not in answer


def test_the_word_names_the_key_of_the_relay(start_relay: StartRelay) -> None:
    relay = start_relay()
    endpoint = relay.known.access.endpoint
    leg = Leg(RelayAccess(endpoint, pin=bytes(32)))
    with socket.create_connection(relay.address, PATIENCE) as sock:
        sock.sendall(leg.start())
        with pytest.raises(Refused) as caught:
            while True:
                sock.sendall(leg.receive(sock.recv(1 << 16))[0])
    assert caught.value.reason is Refusal.PIN


def test_it_says_when_it_ends_and_is_the_same_one_afterwards(start_relay: StartRelay) -> None:
    relay = start_relay()
    control, caller, callee = session(relay)
    caller.send(bytes(100_000))
    callee.read(100_000)
    relay.stop()
    assert isinstance(control.next(), GoAway)
    with pytest.raises(ConnectionError):
        control.next()
    again = start_relay(f"--port={relay.port}")
    assert again.word == relay.word
    assert isinstance(Speaker(again).sit(again, 1), Seated)
    volume = json.loads((Path(again.home) / "relay" / f"volume-{again.port}.json").read_text(encoding="ascii"))
    assert volume["total"] == 100_000


def test_a_pass_of_another_relay_is_refused(start_relay: StartRelay) -> None:
    relay, other = start_relay(), start_relay(home="other")
    speaker = Speaker(relay)
    assert relay.known.granted != other.known.granted
    with pytest.raises(AssertionError, match="No"):
        speaker.sit(other, 1)


def test_counters_are_at_loopback(start_relay: StartRelay, free_port: int) -> None:
    relay = start_relay(f"--metrics={free_port}")
    control, caller, callee = session(relay)
    caller.send(bytes(1000))
    callee.read(1000)
    with urllib.request.urlopen(f"http://127.0.0.1:{free_port}/metrics", timeout=PATIENCE) as answer:
        lines = answer.read().decode().splitlines()
    assert "peerapi_relay_seats 1" in lines
    assert "peerapi_relay_open_sessions 1" in lines
    assert "peerapi_relay_bytes_total 1000" in lines
    control.say(Ping(b"12345678"))
    assert control.next() == Pong(b"12345678")


def test_an_open_relay_lets_anybody_sit(start_relay: StartRelay) -> None:
    relay = start_relay("--open", "--month=1G")
    assert relay.known.granted == b""
    assert "for anybody" in relay.said
    first, second = Speaker(relay), Speaker(relay)
    assert isinstance(first.sit(relay, 1), Seated)
    assert isinstance(second.sit(relay, 2), No)
