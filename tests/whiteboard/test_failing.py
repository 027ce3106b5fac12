"""What cannot be is said in one sentence, before anything is made; what was begun is not left behind."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from peerapi.pages.access_control import AccessControl
from peerapi.pages.listener import listening
from peerapi.whiteboard.invitation import GraphInvitation, parse
from samples_c.processes import Program
from tests.support.namespaces import Host, ip, two_hosts
from tests.whiteboard.boards import PEERAPI, URL, BoardProcess, joined, new_board
from tests.whiteboard.wire import ask, websocket


def left_behind(home: Path) -> list[str]:
    """Files of graphs, groups, identities and boards."""
    return sorted(str(path.relative_to(home)) for path in home.rglob("*") if path.is_file())


def run(home: Path, *arguments: str, before: tuple[str, ...] = ()) -> tuple[int, str]:
    env = os.environ | {"PEERAPI_HOME": str(home)}
    command = [*before, *PEERAPI, *arguments]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=300, check=False)
    return done.returncode, done.stderr


@pytest.fixture
def busy() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


@pytest.mark.parametrize("kind", [(), ("--graph",)], ids=["group", "graph"])
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--port", "80000"), "80000"),
        (("--port", "99999"), "99999"),
        (("--port", "-1"), "-1"),
        (("--graph-port", "70000"), "70000"),
        (("--bind", "nonsense.invalid"), "that is no address"),
        (("--bind", "192.0.2.77"), "192.0.2.77"),
        (("--bind", ""), "no address"),
        (("--bind", "::1%\u00b2"), "no address of a link"),
        (("--bind", "fe80::1%lo"), "no address of a link"),
        (("--bind", "fe80::1"), "--bind fe80::1: "),
        (("--name", "x" * 51), "a name has 1 to 50 characters"),
    ],
)
def test_what_is_asked_for_is_checked_before_anything_is_made(
    tmp_path: Path, arguments: tuple[str, ...], said: str, kind: tuple[str, ...]
) -> None:
    code, complaint = run(tmp_path, "--here", *kind, "--new", "Card", "--name", "Anna", *arguments)
    assert code in (1, 2)
    assert said in complaint
    assert "Traceback" not in complaint
    assert left_behind(tmp_path) == []


def test_a_busy_port_leaves_nothing_behind(tmp_path: Path, busy: int) -> None:
    code, complaint = run(tmp_path, "--here", "--new", "Card", "--name", "Anna", "--port", str(busy))
    assert (code, complaint.count("\n")) == (1, 1)
    assert "in use" in complaint
    assert left_behind(tmp_path) == []


def test_a_board_that_does_not_come_about_leaves_nothing_behind(tmp_path: Path, busy: int) -> None:
    """The port of the graph is found to be taken when the group is there already."""
    with socket.socket(socket.AF_INET6) as taken:
        taken.bind(("::1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        code, complaint = run(tmp_path, "--here", "--graph", "--new", "Card", "--name", "Anna", "--graph-port", port)
    assert (code, complaint.count("\n")) == (1, 1)
    assert [name for name in left_behind(tmp_path) if not name.endswith(("lock", "log"))] == []


def test_without_any_network_it_is_said_what_to_do_and_nothing_is_left(tmp_path: Path) -> None:
    with two_hosts("none") as (host, _):
        host.switch_ipv6_off()
        ip("-n", host.name, "address", "flush", "dev", "lo")
        for kind in ((), ("--graph",)):
            code, complaint = run(tmp_path, *kind, "--new", "Card", "--name", "Anna", before=host.before)
            assert (code, complaint.count("\n")) == (1, 1)
            assert "this machine has no such address" in complaint
            assert [name for name in left_behind(tmp_path) if not name.endswith(("lock", "log"))] == []


@pytest.mark.parametrize("wildcard", ["::", "0.0.0.0"])
def test_at_all_addresses_the_page_is_served_at_each(tmp_path: Path, wildcard: str) -> None:
    board = BoardProcess(tmp_path, "--new", "Card", "--name", "Anna", "--bind", wildcard)
    try:
        assert ask(board.url)[0] == 200
        with websocket(board.url) as page:
            assert page.status == 101
        board.end()
    finally:
        board.stop()


@pytest.mark.parametrize(
    ("typed", "host", "as_browsers_say_it"),
    [
        ("127.1", "127.0.0.1", "127.0.0.1"),
        ("0", "0.0.0.0", "127.0.0.1"),
        ("2130706433", "127.0.0.1", "127.0.0.1"),
        ("0:0:0:0:0:0:0:1", "::1", "[::1]"),
        ("::ffff:127.0.0.1", "127.0.0.1", "127.0.0.1"),
        ("LOCALHOST", "localhost", "localhost"),
    ],
)
def test_an_address_is_served_however_it_is_written(typed: str, host: str, as_browsers_say_it: str) -> None:
    """A browser has one spelling for each, and says that as Host."""
    with listening(typed, 0) as listener:
        access = AccessControl(listener.host, listener.port, "token", listener.address)
        assert listener.host == host
        assert access.is_own(f"{as_browsers_say_it}:{listener.port}")
        assert access.is_local == (typed != "0")
        assert not access.is_own(f"evil.example:{listener.port}")


def test_who_closes_the_terminal_closes_the_board(tmp_path: Path) -> None:
    board = new_board(tmp_path, "Anna")
    try:
        board.process.send_signal(signal.SIGHUP)
        assert board.process.wait(60) == 0
    finally:
        board.stop()


def test_a_board_under_nohup_outlives_the_terminal(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        board = new_board(tmp_path, "Anna")
    finally:
        signal.signal(signal.SIGHUP, before)
    try:
        board.process.send_signal(signal.SIGHUP)
        with websocket(board.url) as page:
            assert page.wait_for("state")["title"] == "Birthday card"
        board.end()
    finally:
        board.stop()


def test_a_graph_is_joined_at_the_name_of_a_host(tmp_path: Path) -> None:
    with ExitStack() as stack:
        anna = BoardProcess(tmp_path / "Anna", "--graph", "--new", "Card", "--name", "Anna", "--bind", "localhost")
        stack.callback(anna.stop)
        assert anna.url.startswith("http://localhost:")
        found = parse(anna.invitation)
        assert isinstance(found, GraphInvitation)
        words = ("--join", f"{found.graph_id}@localhost:{found.addresses[0].port}", "--name", "Ben")
        ben = BoardProcess(tmp_path / "Ben", *words)
        stack.callback(ben.stop)
        with websocket(ben.url) as page:
            page.wait_until("state", lambda state: state["ready"])
    code, complaint = run(tmp_path / "Cleo", "--here", "--join", "card@nowhere.invalid:4001", "--name", "Cleo")
    assert (code, complaint.count("\n")) == (1, 1)
    assert "'nowhere.invalid' has no address" in complaint
    assert left_behind(tmp_path / "Cleo") == []


def test_an_address_in_brackets_is_that_address(tmp_path: Path) -> None:
    board = BoardProcess(tmp_path, "--new", "Card", "--name", "Anna", "--bind", "[::1]")
    try:
        assert board.url.startswith("http://[::1]:")
        assert ask(board.url)[0] == 200
        board.end()
    finally:
        board.stop()


def test_port_80_is_left_out_of_host_by_browsers(tmp_path: Path) -> None:
    with two_hosts("port80") as (host, _):
        board = Program([*host.before, *PEERAPI, "--here", "--new", "Card", "--name", "Anna", "--port", "80"], tmp_path)
        try:
            found = URL.fullmatch(board.wait_for(lambda line: URL.fullmatch(line) is not None))
            assert found
            fetch = "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).status)"
            url = found[1].replace(":80/", "/")
            command = [*host.before, sys.executable, "-c", fetch, url]
            assert subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=120, check=True).stdout == "200\n"
        finally:
            board.stop()


def test_somebody_called_alike_in_a_plain_graph_is_told_so_on_the_page_and_the_terminal(tmp_path: Path) -> None:
    with ExitStack() as stack:
        first = BoardProcess(tmp_path / "1", "--graph", "--new", "Card", "--name", "pi")
        stack.callback(first.stop)
        second = joined(tmp_path / "2", "pi", first.invitation)
        stack.callback(second.stop)
        page = stack.enter_context(websocket(second.url))
        page.wait_until("state", lambda state: "called as you are" in (state["alone"] or {}).get("why", ""))
        page.wait_until("beat", lambda beat: "called as you are" in second.complaints())


def test_who_is_not_trusted_is_told_what_the_clock_here_says(tmp_path: Path) -> None:
    with ExitStack() as stack:
        anna = new_board(tmp_path / "Anna", "Anna")
        stack.callback(anna.stop)
        ben = joined(tmp_path / "Ben", "Ben", another_password(anna.invitation))
        stack.callback(ben.stop)
        page = stack.enter_context(websocket(ben.url))
        clock = re.compile(r"clocks is wrong \(here it is \d{4}-")
        page.wait_until("state", lambda state: clock.search((state["alone"] or {}).get("why", "")) is not None)


def another_password(invitation: str) -> str:
    from dataclasses import replace

    from peerapi.whiteboard.invitation import GroupInvitation, parse

    found = parse(invitation)
    assert isinstance(found, GroupInvitation)
    return str(replace(found, password="not the password"))


def without_global_address(host: Host) -> None:
    ip("-n", host.name, "address", "delete", f"{host.global_address}/64", "dev", "cable")


@pytest.mark.parametrize("kind", ["group", "graph"])
@pytest.mark.parametrize(
    ("prepare", "said"),
    [
        (without_global_address, "from the same cable or Wi-Fi only"),
        (Host.switch_ipv6_off, "from the same home or office only"),
    ],
    ids=["nothing but a cable", "no IPv6"],
)
def test_two_machines_find_each_other(tmp_path: Path, prepare: Callable[[Host], None], said: str, kind: str) -> None:
    """Link-local addresses only, or private ones of IPv4, as in most homes; the invitation says how far it reaches."""
    with two_hosts("near") as hosts, ExitStack() as stack:
        for host in hosts:
            prepare(host)
        words = ["--new", "Card", "--name", "Anna"] + (["--graph"] if kind == "graph" else [])
        anna = Program([*hosts[0].before, *PEERAPI, *words], tmp_path / "Anna")
        stack.callback(anna.stop)
        invitation = anna.wait_for("  invitation ").split()[1]
        anna.wait_for(f"  The invitation leads here {said}")
        ben = Program([*hosts[1].before, *PEERAPI, "--join", invitation, "--name", "Ben"], tmp_path / "Ben")
        stack.callback(ben.stop)
        url = ben.wait_for("  page ").split()[1]
        done = subprocess.run(
            [*hosts[1].before, sys.executable, "-c", WAIT_READY, url], capture_output=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr.decode()


WAIT_READY = """
import sys
from tests.whiteboard.wire import websocket
with websocket(sys.argv[1]) as page:
    page.wait_until("state", lambda state: state["ready"])
"""
