"""Unmodified programs on two hosts of which neither reaches the other: only the relay between them has ways to both.

Hosts are network namespaces, which needs root and iproute2; where they cannot be made these tests are not collected.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from peerapi.engine.reach.known_words import VARIABLE
from peerapi.engine.reach.seat_files import own_seats
from peerapi.reach import word
from peerapi.reach.leg import RelayAccess
from samples_c.processes import Program
from tests.engine.support import until
from tests.relay.conftest import StartRelay
from tests.relay.islands import Island, capture, islands
from tests.relay.process import ROOT, RelayProcess
from tests.support.namespaces import missing

MARK = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'marker', ('198.51.100.10', 9))"
"Sends something that a capture must show."

if not missing():

    @pytest.fixture
    def hosts() -> Iterator[tuple[Island, Island, Island]]:
        with islands("relay") as three:
            yield three

    def seat_of(home: Path, relay: RelayProcess) -> tuple[str, int]:
        """The seat address of a program's only graph, as its user could read it off the program."""
        (database,) = home.glob("graphs/*/*.peergraph")
        endpoint = relay.known.access.endpoint
        address = own_seats(database, [endpoint])[endpoint].seat.address
        return address.host, address.port

    def test_two_chats_talk_through_a_relay_that_sees_nothing_of_it(
        hosts: tuple[Island, Island, Island],
        start_relay: StartRelay,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        sample_of: Callable[[str], Path],
    ) -> None:
        """Ann's leg to the relay is plain, so that what is captured of it is what the relay itself has in its hands."""
        home, middle, far = hosts
        chat = sample_of("graph_chat")
        relay = start_relay("--port=4443", "--bind=198.51.100.10", before=middle.before)
        access = relay.known.access
        plain = word.write(relay.known._replace(access=RelayAccess(access.endpoint, tls=False)))
        with contextlib.ExitStack() as stack:
            stack.enter_context(capture(middle, tmp_path / "packets"))
            monkeypatch.setenv(VARIABLE, plain)
            ann = Program([*home.before, chat, "create", "card room", "ann", "4747", "world"], tmp_path / "ann")
            stack.callback(ann.stop)
            ann.wait_for("* synchronized")
            seat = seat_of(tmp_path / "ann", relay)
            monkeypatch.setenv(VARIABLE, "")  # who joins needs no setting
            ben = Program([*far.before, chat, "join", "card room", "ben", *map(str, seat)], tmp_path / "ben")
            stack.callback(ben.stop)
            ben.wait_for("* synchronized")
            ann.tell("Happy birthday from the islands")
            ben.wait_for("ann: Happy birthday from the islands")
            ben.tell("And back across the water")
            ann.wait_for("ben: And back across the water")
            subprocess.run(
                [
                    *far.before,
                    sys.executable,
                    "-c",
                    "import socket; socket.socket(2, 2).sendto(b'marker', ('198.51.100.10', 9))",
                ],
                check=True,
                timeout=120,
            )
            until(lambda: b"marker" in (tmp_path / "packets").read_bytes(), "the marker, behind all the others")
        packets = (tmp_path / "packets").read_bytes()
        assert b"peerapi-relay" in packets
        for text in ("Happy birthday", "across the water", "card room", "ann", "ben"):
            assert text.encode("utf-16-le") not in packets
            assert text.encode("utf-16-be") not in packets
        assert b"card room" not in packets

    def test_a_board_is_joined_by_its_invitation_alone(
        hosts: tuple[Island, Island, Island],
        start_relay: StartRelay,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        home, middle, far = hosts
        relay = start_relay("--port=4443", "--bind=198.51.100.10", before=middle.before)
        with contextlib.ExitStack() as stack:

            def board(host: Island, folder: str, *words: str) -> Program:
                command = [*host.before, sys.executable, "-m", "peerapi", "whiteboard", *words]
                program = Program(command, tmp_path / folder)
                stack.callback(program.process.kill)
                return program

            def page(host: Island, board: Program, *words: str) -> None:
                url = board.wait_for("  page").split()[1]
                command = [*host.before, sys.executable, "-m", "tests.relay.page", url, *words]
                subprocess.run(command, check=True, timeout=120, cwd=ROOT)

            monkeypatch.setenv(VARIABLE, relay.word)
            ann = board(home, "ann", "--new", "Card", "--name", "Ann")
            page(home, ann, "say", "drawn at home")
            ann.wait_for(lambda line: "198.51.100.10:4443" in line)
            invitation = ann.wait_for("  invitation").split()[1]
            monkeypatch.setenv(VARIABLE, "")  # who joins needs no setting
            ben = board(far, "ben", "--join", invitation, "--name", "Ben")
            page(far, ben, "hear", "drawn at home")
