"""The addresses at which a node is reached: which there are, on a link without a router, and when they change.

Hosts are network namespaces, as in test_namespaces.py: where they cannot be made their tests are not collected.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from peerapi.address import LOOPBACK, Address
from peerapi.engine import network
from tests.support.namespaces import Host, ip, missing, two_hosts

LINES = """\
fe800000000000000000000000000001 02 40 20 {near} cable
20010db8000000000000000000000005 02 40 00 {wide} cable
20010db8000000000000000000000006 02 40 00 80 cable
00000000000000000000000000000001 01 80 10 80 lo
"""
WIDE, OTHER = Address.parse("2001:db8::5", 0), Address.parse("2001:db8::6", 0)
NEAR = Address.parse("fe80::1", 0, 2)
GRAPH_SCOPES = {"any": 0, "global": network.SCOPE_GLOBAL}


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """What the kernel lists: the flags of two addresses, or the whole text."""
    said = {"near": "80", "wide": "80", "lines": LINES}
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: said["lines"].format(**said))
    yield said


@pytest.mark.parametrize(
    ("flags", "usable"),
    [("80", True), ("c0", False), ("c8", False), ("88", False), ("44", True), ("00", True)],
    ids=["permanent", "tentative", "tentative and refused", "refused", "optimistic", "of a router"],
)
def test_an_address_that_may_be_another_hosts_is_not_told(kernel: dict[str, str], flags: str, usable: bool) -> None:
    kernel["wide"] = flags
    assert (WIDE in network.reachable(network.SCOPE_GLOBAL, 0)) is usable
    assert OTHER in network.reachable(network.SCOPE_GLOBAL, 0)


def test_an_address_that_is_about_to_go_comes_last(kernel: dict[str, str]) -> None:
    assert network.reachable(network.SCOPE_GLOBAL, 0) == [WIDE, OTHER]
    kernel["wide"] = "a0"
    assert network.reachable(network.SCOPE_GLOBAL, 0) == [OTHER, WIDE]


def test_without_wide_addresses_those_of_the_link_are_told_with_their_zone(kernel: dict[str, str]) -> None:
    kernel["lines"] = LINES.replace("20010db8", "fe800000")
    assert all(one.is_link_local and one.scope == 2 for one in network.reachable(network.SCOPE_GLOBAL, 0))
    assert network.reachable(network.SCOPE_SITE, 2)[0] == NEAR
    kernel["lines"] = LINES.splitlines()[-1]
    assert network.reachable(network.SCOPE_GLOBAL, 0) == [Address(LOOPBACK, 0)]
    assert network.reachable(network.SCOPE_LINK, 2) == []


FOUNDER = """
import sys, trio, peerapi
async def main():
    async with peerapi.create_graph("g", "alice") as graph:
        print(*await graph.listen(), flush=True)
        for line in sys.stdin:
            await trio.sleep(0)
trio.run(main)
"""
CALLER = """
import sys, trio, peerapi
async def main():
    async with peerapi.open_graph("g", "ben") as graph:
        with trio.fail_after(60):
            await graph.connect(sys.argv[1])
            await graph.wait_synchronized()
        print("synchronized", flush=True)
        await graph.listen()
        before = ""
        while True:
            now = " ".join(str(a) for node in graph.nodes() if node.peer == "alice" for a in node.addresses)
            if now != before:
                print("alice", now, flush=True)
            before = now
            await trio.sleep(0.05)
trio.run(main)
"""
ALONE = """
import trio, peerapi
async def main():
    async with peerapi.create_graph("g", "alice") as graph:
        try:
            print(*await graph.listen())
        except peerapi.PeerError as error:
            print(error.name)
trio.run(main)
"""


@contextmanager
def running(host: Host, program: str, home: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    command = [*host.before, sys.executable, "-c", program, *words]
    environment = os.environ | {"PEERAPI_HOME": str(home)}
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def line(process: subprocess.Popen[str], beginning: str = "", having: str = "") -> str:
    """The next line that a process prints which begins so and has that in it; the end of the process fails."""
    assert process.stdout is not None
    for said in process.stdout:
        if said.startswith(beginning) and having in said:
            return said.strip()
    raise AssertionError(f"it ended without {beginning} {having}")


if not missing():

    @pytest.fixture
    def hosts() -> Iterator[tuple[Host, Host]]:
        with two_hosts("addr") as pair:
            yield pair

    def test_two_hosts_on_a_cable_without_a_router_come_together(hosts: tuple[Host, Host], tmp_path: Path) -> None:
        """The address travels without its zone, which is the caller's own affair."""
        for host in hosts:
            ip("-n", host.name, "address", "delete", f"{host.global_address}/64", "dev", "cable")
        with running(hosts[0], FOUNDER, tmp_path / "a") as founder:
            first = line(founder).split()[0]
            assert first.startswith(f"[{hosts[0].link_address}%")
            bare = f"[{hosts[0].link_address}]:{first.rpartition(':')[2]}"
            with running(hosts[1], CALLER, tmp_path / "b", bare) as caller:
                assert line(caller, "synchronized")

    def test_an_address_that_changes_is_told_to_the_others_at_once(hosts: tuple[Host, Host], tmp_path: Path) -> None:
        moved = "2001:db8:77::99"
        here, there = hosts
        with running(here, FOUNDER, tmp_path / "a") as founder:
            at = line(founder).split()[0]
            with running(there, CALLER, tmp_path / "b", at) as caller:
                line(caller, "alice", here.global_address)
                ip("-n", here.name, "address", "add", f"{moved}/64", "dev", "cable", "nodad")
                began = time.monotonic()
                assert line(caller, "alice", moved)
                assert time.monotonic() - began < network.SILENCE

    def test_a_host_whose_ipv6_is_switched_off_does_not_say_that_it_listens(
        hosts: tuple[Host, Host], tmp_path: Path
    ) -> None:
        switch = Path("/proc/sys/net/ipv6/conf/all/disable_ipv6")
        command = [*hosts[0].before, "sh", "-c", f"echo 1 > {switch}"]
        subprocess.run(command, check=True, timeout=60)
        with running(hosts[0], ALONE, tmp_path) as process:
            assert line(process) == "PEER_E_IPV6_NOT_INSTALLED"
