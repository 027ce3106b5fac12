"""Two families behind their home routers: who comes together without a server, and how.

Homes are network namespaces with routers of nftables and miniupnpd (tests/support/homes.py): where they cannot be made
these tests are not collected, and the header of the test run says why.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from samples_c.processes import Program
from tests.engine.support import until
from tests.support.homes import House, Kind, internet, missing
from tests.test_addresses import CALLER, FOUNDER, line, running
from tests.whiteboard.boards import PEERAPI

PORT = 4001
WAIT_READY = """
import sys
from tests.whiteboard.wire import websocket
with websocket(sys.argv[1]) as page:
    page.wait_until("state", lambda state: state["ready"] and not state["alone"])
"""


def mapped(router: str) -> str:
    """The ports that a router sends on to somebody."""
    command = ["ip", "netns", "exec", router, "nft", "list", "chain", "inet", "filter", "prerouting_miniupnpd"]
    said = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    return "\n".join(one for one in said.splitlines() if "dnat" in one)


if not missing(Kind.MAPPED, Kind.SYMMETRIC):

    @pytest.fixture(params=[Kind.PUBLIC, Kind.CONE, Kind.SYMMETRIC], ids=lambda kind: kind.name.lower())
    def houses(request: pytest.FixtureRequest) -> Iterator[tuple[House, House]]:
        """A home whose router opens ports, and another one."""
        with internet("homes", Kind.MAPPED, request.param) as (here, there):
            yield here, there

    @pytest.fixture
    def asking(monkeypatch: pytest.MonkeyPatch) -> None:
        """As a user who lets programs ask the router."""
        monkeypatch.setenv("PEERAPI_MAP", "1")

    def test_a_program_is_reached_through_a_port_that_its_router_opens(
        houses: tuple[House, House], asking: None, tmp_path: Path
    ) -> None:
        """The address at the router comes first, and is gone when the program is."""
        here, there = houses
        assert here.router is not None
        with running(here, FOUNDER, tmp_path / "a") as founder:
            first, *others = line(founder).split()
            assert first.startswith(f"{here.public_address}:")
            assert [one.rpartition(":")[0] for one in others] == [here.own_address]
            with running(there, CALLER, tmp_path / "b", first) as caller:
                assert line(caller, "synchronized")
                assert line(caller, "alice", first)
            assert mapped(here.router)
            assert founder.stdin is not None
            founder.stdin.close()
            assert founder.wait(120) == 0
        until(lambda: not mapped(str(here.router)), "the end of the mapping")

    def test_a_program_whose_user_has_said_nothing_asks_no_router(tmp_path: Path) -> None:
        with internet("silent", Kind.MAPPED) as (here,):
            assert here.router is not None
            with running(here, FOUNDER, tmp_path / "a") as founder:
                assert line(founder).startswith(f"{here.own_address}:")
                assert not mapped(here.router)

    def test_two_boards_in_two_homes(tmp_path: Path, asking: None) -> None:
        """One types --new, the other --join, and nobody sets anything."""
        with internet("boards", Kind.MAPPED, Kind.SYMMETRIC) as (here, there), ExitStack() as stack:
            anna = Program([*here.before, *PEERAPI, "--new", "Card", "--name", "Anna"], tmp_path / "Anna")
            stack.callback(anna.stop)
            invitation = anna.wait_for("  invitation ").split()[1]
            ben = Program([*there.before, *PEERAPI, "--join", invitation, "--name", "Ben"], tmp_path / "Ben")
            stack.callback(ben.stop)
            url = ben.wait_for("  page ").split()[1]
            look = [*there.before, sys.executable, "-c", WAIT_READY, url]
            done = subprocess.run(look, capture_output=True, timeout=120, check=False)
            assert done.returncode == 0, done.stderr.decode()

    def test_an_unmodified_program_of_c_talks_from_home_to_home(
        tmp_path: Path, asking: None, sample_of: Callable[[str], Path]
    ) -> None:
        chat = sample_of("graph_chat")
        with internet("chat", Kind.MAPPED, Kind.SYMMETRIC) as (here, there), ExitStack() as stack:
            anna = Program([*here.before, chat, "create", "tea", "anna", str(PORT), "world"], tmp_path / "anna")
            stack.callback(anna.stop)
            anna.wait_for("* synchronized")
            ben = Program([*there.before, chat, "join", "tea", "ben", here.public_address, str(PORT)], tmp_path / "ben")
            stack.callback(ben.stop)
            ben.wait_for("* synchronized")
            anna.tell("Happy birthday!")
            ben.wait_for(lambda said: "Happy birthday!" in said)
            ben.tell("Thank you!")
            anna.wait_for(lambda said: "Thank you!" in said)
