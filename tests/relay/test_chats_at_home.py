"""Unmodified programs of C in two homes behind symmetric routers, where the users of both know one relay.

Homes are network namespaces (tests/support/homes.py): where they cannot be made these tests are not collected, and the
header of the test run says why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from peerapi.engine.reach.known_words import VARIABLE
from samples_c.processes import Program
from tests.relay.process import RelayProcess
from tests.relay.test_programs import seat_of
from tests.support.homes import House, Kind, internet, missing

Start = Callable[..., Program]

if not missing(Kind.PUBLIC, Kind.SYMMETRIC):

    @pytest.fixture
    def at_home(tmp_path: Path) -> Iterator[tuple[RelayProcess, House, House, Start]]:
        """A relay, two houses, and what starts a program in one of them as somebody."""
        with (
            internet("chats", Kind.PUBLIC, Kind.SYMMETRIC, Kind.SYMMETRIC) as (middle, here, there),
            ExitStack() as all,
        ):
            where = f"--address={middle.public_address}:4443"
            relay = RelayProcess(tmp_path / "relay", ("--port=4443", where, "--bind=0.0.0.0"), middle.before)
            all.callback(relay.kill)

            def start(house: House, person: str, *command: str | Path) -> Program:
                program = Program([*house.before, *command], tmp_path / person)
                all.callback(program.stop)
                return program

            yield relay, here, there, start

    def talk(anna: Program, ben: Program) -> None:
        anna.tell("Happy birthday!")
        ben.wait_for(lambda said: "Happy birthday!" in said)
        ben.tell("Thank you!")
        anna.wait_for(lambda said: "Thank you!" in said)

    def test_graph_chat_is_called_at_its_seat(
        at_home: tuple[RelayProcess, House, House, Start],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        sample_of: Callable[[str], Path],
    ) -> None:
        relay, here, there, start = at_home
        chat = sample_of("graph_chat")
        monkeypatch.setenv(VARIABLE, relay.word)
        anna = start(here, "anna", chat, "create", "tea", "anna", "4747", "world")
        anna.wait_for("* synchronized")
        seat = seat_of(tmp_path / "anna", relay)
        monkeypatch.setenv(VARIABLE, "")  # who joins needs no setting
        ben = start(there, "ben", chat, "join", "tea", "ben", *map(str, seat))
        ben.wait_for("* synchronized")
        talk(anna, ben)

    def test_group_chat_finds_its_group_by_name_at_the_relay(
        at_home: tuple[RelayProcess, House, House, Start],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        sample_of: Callable[[str], Path],
    ) -> None:
        relay, here, there, start = at_home
        chat = sample_of("group_chat")
        card, letter = tmp_path / "ben.xml", tmp_path / "invitation.xml"
        monkeypatch.setenv(VARIABLE, relay.word)
        start(there, "ben", chat, "me", "ben", card).wait_for("* written")
        anna = start(here, "anna", chat, "create", "anna", "tea")
        anna.wait_for("* in the group")
        anna.tell(f"/invite {card} {letter}")
        anna.wait_for("* written")
        ben = start(there, "ben", chat, "join", "ben", letter)
        ben.wait_for("* in the group")
        talk(anna, ben)
