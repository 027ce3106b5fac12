"""Two hosts and a cable between them: graphs of link-local and of global scope, before, during and after a cut.

Hosts are network namespaces, which needs root and iproute2; where they cannot be made these tests are not collected,
and the header of the test run says why. ``PEERAPI_CUT_SECONDS`` is how long the cable stays unplugged; above 30 s the
nodes notice, below it TCP bridges the gap.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from peerapi.engine import network
from tests.support.journey import Node, program
from tests.support.namespaces import Host, missing, two_hosts

CUT = float(os.environ.get("PEERAPI_CUT_SECONDS", "8"))
SILENCE = 30
SCOPE_GLOBAL, SCOPE_LINK = 1, 3
PORT = 4747


def test_every_connection_notices_silence_within_half_a_minute() -> None:
    """Idle, or with something on its way."""

    def option(sock: socket.socket, name: int) -> int:
        return sock.getsockopt(socket.IPPROTO_TCP, name)

    with socket.socket(socket.AF_INET6) as sock:
        network.notice_silence(sock)
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        probes = option(sock, socket.TCP_KEEPCNT) * option(sock, socket.TCP_KEEPINTVL)
        assert option(sock, socket.TCP_KEEPIDLE) + probes == SILENCE
        assert option(sock, socket.TCP_USER_TIMEOUT) == SILENCE * 1000


if not missing():

    @pytest.fixture
    def hosts() -> Iterator[tuple[Host, Host]]:
        with two_hosts("test") as pair:
            yield pair

    @pytest.fixture
    def start(compile_c: Callable[..., Path], tmp_path: Path) -> Iterator[Callable[[Host, str], Node]]:
        """``start(host, name)``: a node on a host."""
        made: list[Node] = []

        def start(host: Host, name: str) -> Node:
            made.append(Node(program(compile_c), tmp_path / name, name, host.before))
            return made[-1]

        yield start
        for node in made:
            node.abandon()

    def graph_over_the_cable(
        hosts: tuple[Host, Host], start: Callable[[Host, str], Node], scope: int
    ) -> tuple[Node, Node]:
        """A creator on the first host and a joiner on the second, both listening."""
        near, far = hosts
        name = {SCOPE_GLOBAL: "global", SCOPE_LINK: "link"}[scope]
        creator, joiner = start(near, f"{name}-creator"), start(far, f"{name}-joiner")
        address = near.global_address if scope == SCOPE_GLOBAL else near.link_address
        port = PORT + scope
        creator.ask(f"create {name} creator db {scope}")
        creator.ask(f"listen {port} {scope} {near.interface if scope == SCOPE_LINK else 0}")
        assert joiner.ask(f"open {name} joiner db") == "new"
        joiner.ask(f"connect {port} {address} {far.interface if scope == SCOPE_LINK else 0}")
        joiner.ask("synchronized")
        joiner.ask(f"listen {port} {scope} {far.interface if scope == SCOPE_LINK else 0}")
        return creator, joiner

    def test_a_cut_cable_between_two_hosts_heals_in_both_scopes(
        hosts: tuple[Host, Host], start: Callable[[Host, str], Node]
    ) -> None:
        graphs = [graph_over_the_cable(hosts, start, scope) for scope in (SCOPE_GLOBAL, SCOPE_LINK)]
        for creator, joiner in graphs:
            creator.ask("add 50 200 before-creator")
            joiner.ask("add 50 200 before-joiner")
            assert creator.ask("wait 100") == joiner.ask("wait 100") == "100"

        hosts[0].unplug()
        for creator, joiner in graphs:
            creator.ask("add 40 200 cut-creator")
            joiner.ask("add 40 200 cut-joiner")
        threading.Event().wait(CUT)
        for creator, joiner in graphs:
            assert len(creator.ids()) == len(joiner.ids()) == 140
            if CUT > SILENCE + 20:
                creator.ask("gone")
                joiner.ask("gone")
        hosts[0].plug()

        for creator, joiner in graphs:
            assert creator.ask("wait 180") == joiner.ask("wait 180") == "180"
            creator.ask("add 1 200 after")
            assert joiner.ask("wait 181") == "181"
            assert creator.dump() == joiner.dump()
        for creator, joiner in graphs:
            creator.stop()
            joiner.stop()
