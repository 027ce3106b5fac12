"""``peerapi netcheck`` with relays that serve, and with what stands in the place of one."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from peerapi.engine.reach.known_words import VARIABLE
from peerapi.reach import word
from peerapi.reach.leg import RelayAccess
from peerapi.reach.seat import RelayEndpoint
from peerapi.reach.seats import Known
from tests.relay.conftest import StartRelay
from tests.relay.process import ROOT, RelayProcess
from tests.support.homes import Kind, internet, missing


def netcheck(words: str, home: Path, before: tuple[str, ...] = (), *options: str) -> tuple[int, dict[str, Any]]:
    done = subprocess.run(
        [*before, sys.executable, "-m", "peerapi", "netcheck", "--json", *options],
        env={**os.environ, VARIABLE: words, "PEERAPI_HOME": str(home)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


@contextmanager
def answering(said: bytes) -> Iterator[str]:
    """Somebody who says the same to all; the word of a relay that should be there, with plain legs."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    sock, _ = server.accept()
                except OSError:
                    return
                with sock:
                    sock.recv(4096)
                    sock.sendall(said)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        access = RelayAccess(RelayEndpoint(bytes((127, 0, 0, 1)), server.getsockname()[1]), pin=bytes(32), tls=False)
        try:
            yield word.write(Known(access, b""))
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join(120)


def test_a_relay_that_serves(start_relay: StartRelay, tmp_path: Path) -> None:
    relay = start_relay()
    code, found = netcheck(relay.word, tmp_path / "home", (), "--no-routers")
    (seen,) = found["relays"]
    assert code == 0
    assert (seen["trouble"], seen["keeps_ports"], seen["calls_back"], seen["seats"]) == (None, True, True, 128)
    assert seen["observed"].startswith("127.0.0.1:")
    assert 0 < seen["round_trip"] < 60
    assert seen["left"] > 0
    assert (found["home"], found["so"].partition(",")[0]) == ("unknown", "who gets to the relay reaches you")


def test_a_relay_that_is_not_there(free_port: int, tmp_path: Path) -> None:
    access = RelayAccess(RelayEndpoint(bytes((127, 0, 0, 1)), free_port), pin=bytes(32))
    code, found = netcheck(word.write(Known(access, b"")), tmp_path / "home", (), "--no-routers")
    assert code == 1
    assert found["relays"][0]["trouble"] == f"no connection to the relay 127.0.0.1:{free_port}: Connection refused"
    assert found["relays"][0]["trouble"] in found["so"]


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (b"HTTP/1.1 302 Found\r\nLocation: http://login/\r\n\r\n", "perhaps this network wants you to log in first"),
        (b"HTTP/1.1 404 Not Found\r\n\r\n", "is it a relay, and its front set up?"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "the relay does not answer as a relay does"),
        (b"", "has ended the connection"),
    ],
    ids=["captive portal", "another server", "no web server", "nothing"],
)
def test_what_stands_in_the_place_of_a_relay(said: bytes, sentence: str, tmp_path: Path) -> None:
    with answering(said) as words:
        code, found = netcheck(words, tmp_path / "home", (), "--no-routers")
    assert code == 1
    assert sentence in found["relays"][0]["trouble"]


def test_a_relay_of_another_key(start_relay: StartRelay, tmp_path: Path) -> None:
    known = start_relay().known
    other = word.write(known._replace(access=RelayAccess(known.access.endpoint, pin=bytes(32))))
    _, found = netcheck(other, tmp_path / "home", (), "--no-routers")
    assert found["relays"][0]["trouble"] == "the relay has another key than its word says"


def test_a_word_that_cannot_be_read_is_said_and_not_shown(tmp_path: Path) -> None:
    code, found = netcheck("relay-secretAAAA nonsense", tmp_path / "home", (), "--no-routers")
    assert code == 1
    assert [one.partition(":")[0] for one in found["unreadable"]] == [
        f"word {number} of PEERAPI_RELAYS cannot be read" for number in (1, 2)
    ]
    assert "secret" not in json.dumps(found)


if not missing(*Kind):

    def test_every_kind_of_home_is_told_apart(tmp_path: Path) -> None:
        kinds = {
            Kind.PUBLIC: "public",
            Kind.MAPPED: "mapped",
            Kind.CONE: "cone",
            Kind.SYMMETRIC: "symmetric",
            Kind.CLOSED: "symmetric",
        }
        with internet("netcheck", Kind.PUBLIC, *kinds) as (middle, *houses):
            where = f"--address={middle.public_address}:4443"
            relay = RelayProcess(tmp_path / "relay", ("--port=4443", where, "--bind=0.0.0.0"), middle.before)
            try:
                found = {
                    house.kind: netcheck(relay.word, tmp_path / house.host, house.before)[1]["home"] for house in houses
                }
            finally:
                relay.kill()
        assert found == kinds
