"""The addresses at which a node is reached: which there are, on a link without a router, and when they change.

Hosts are network namespaces, as in test_namespaces.py: where they cannot be made their tests are not collected.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from peerapi.address import LOOPBACK, LOOPBACK_IPV4, Address
from peerapi.engine import addresses, network
from peerapi.errors import Ipv6NotInstalled, UnableToListen
from tests.support.homes import House
from tests.support.namespaces import Host, ip, missing, two_hosts

WIDE, OTHER = Address.parse("2001:db8::5", 0), Address.parse("2001:db8::6", 0)
HOME, PUBLIC = Address.parse("192.168.1.5", 0), Address.parse("203.0.113.5", 0)
NEAR = Address.parse("fe80::1", 0, 2)
SELF = Address(LOOPBACK, 0)
LO, CABLE = 1, 2


class Kernel:
    """What the kernel lists, as the bytes that it sends: interfaces with their flags, addresses with theirs."""

    def __init__(self) -> None:
        self.links = {LO: 0x49, CABLE: 0x1043}
        self.addresses = [(SELF, LO, 0x80), (WIDE, CABLE, 0x80), (OTHER, CABLE, 0x80), (NEAR, CABLE, 0x80)]
        self._answer = deque[bytes]()

    def __call__(self, *_: object) -> Kernel:
        return self

    def __enter__(self) -> Kernel:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing was opened."""

    def settimeout(self, seconds: float) -> None:
        assert seconds > 0

    def send(self, request: bytes) -> None:
        (kind, _), *_ = addresses.messages(request)
        if kind == addresses.RTM_GETLINK:
            listed = [self._message(16, struct.pack("=BxHiII", 0, 1, *link, 0)) for link in self.links.items()]
        else:
            listed = [self._message(20, self._body(*one)) for one in self.addresses]
        self._answer.extend([b"".join(listed[:2]), *listed[2:], self._message(addresses.NLMSG_DONE, bytes(4))])

    def recv(self, size: int) -> bytes:
        return self._answer.popleft()

    @staticmethod
    def _message(kind: int, body: bytes) -> bytes:
        padded = body + bytes(-len(body) % 4)
        return struct.pack("=IHHII", 16 + len(body), kind, 2, 1, 0) + padded

    @staticmethod
    def _body(address: Address, interface: int, flags: int) -> bytes:
        ip = address.ip[12:] if address.is_ipv4 else address.ip
        family = socket.AF_INET if address.is_ipv4 else socket.AF_INET6
        fields = struct.pack("=BBBBI", family, 64, flags & 0xFF, 0, interface)
        said = struct.pack("=HH", 4 + len(ip), 1) + ip
        return fields + said + struct.pack("=HHI", 8, 8, flags)


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    made = Kernel()
    monkeypatch.setattr(addresses, "socket", ModuleType("socket"))
    for name in ("AF_INET", "AF_INET6", "AF_NETLINK", "SOCK_RAW", "SOCK_CLOEXEC", "NETLINK_ROUTE"):
        monkeypatch.setattr(addresses.socket, name, getattr(socket, name), raising=False)
    monkeypatch.setattr(addresses.socket, "socket", made, raising=False)
    return made


def flagged(kernel: Kernel, address: Address, flags: int) -> None:
    kernel.addresses = [(one, at, flags if one == address else was) for one, at, was in kernel.addresses]


@pytest.mark.parametrize(
    ("flags", "usable"),
    [(0x80, True), (0xC0, False), (0xC8, False), (0x88, False), (0x44, True), (0x00, True), (0x280, True)],
    ids=["permanent", "tentative", "tentative and refused", "refused", "optimistic", "of a router", "wide flags"],
)
def test_an_address_that_may_be_another_hosts_is_not_told(kernel: Kernel, flags: int, usable: bool) -> None:
    flagged(kernel, WIDE, flags)
    assert (WIDE in network.reachable(network.SCOPE_GLOBAL, 0)) is usable
    assert OTHER in network.reachable(network.SCOPE_GLOBAL, 0)


@pytest.mark.parametrize("flags", [0xA0, 0x01], ids=["about to go", "changes every day"])
def test_an_address_that_does_not_last_comes_after_the_others_of_its_kind(kernel: Kernel, flags: int) -> None:
    assert network.reachable(network.SCOPE_GLOBAL, 0) == [WIDE, OTHER]
    flagged(kernel, WIDE, flags)
    assert network.reachable(network.SCOPE_GLOBAL, 0) == [OTHER, WIDE]


def test_without_wide_addresses_those_of_the_link_are_told_with_their_zone(kernel: Kernel) -> None:
    kernel.addresses = [(SELF, LO, 0x80), (NEAR, CABLE, 0x80)]
    assert network.reachable(network.SCOPE_GLOBAL, 0) == [NEAR]
    assert network.reachable(network.SCOPE_SITE, 2) == [NEAR]
    kernel.addresses = kernel.addresses[:1]
    assert network.reachable(network.SCOPE_GLOBAL, 0) == [SELF]
    assert network.reachable(network.SCOPE_LINK, 2) == []


def test_what_works_from_anywhere_comes_first(kernel: Kernel) -> None:
    site, self_given = Address.parse("fd00::5", 0), Address.parse("169.254.7.7", 0)
    for one in (self_given, site, HOME, PUBLIC):
        kernel.addresses.insert(0, (one, CABLE, 0x80))
    assert network.reachable(network.SCOPE_ANY, 0) == [WIDE, OTHER, PUBLIC, HOME, site, self_given, NEAR]
    assert network.reachable(network.SCOPE_GLOBAL, 0) == [WIDE, OTHER, PUBLIC, HOME, site]
    assert network.reachable(network.SCOPE_SITE, CABLE) == [HOME, site]
    assert network.reachable(network.SCOPE_LINK, CABLE) == [self_given, NEAR]


def test_an_interface_without_a_cable_leads_nobody_here(kernel: Kernel) -> None:
    """The kernel keeps its addresses of IPv4."""
    kernel.addresses.append((HOME, 3, 0x80))
    kernel.links[3] = 0x1003
    assert HOME not in network.reachable(network.SCOPE_GLOBAL, 0)
    kernel.links[3] = 0x1043
    assert HOME in network.reachable(network.SCOPE_GLOBAL, 0)


def test_the_far_end_of_a_tunnel_is_not_ours(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    own = struct.pack("=HH4s", 8, addresses.IFA_LOCAL, HOME.ip[12:])
    body = Kernel._body

    def with_local(*one: Any) -> bytes:
        return body(*one) + own

    monkeypatch.setattr(Kernel, "_body", staticmethod(with_local))
    kernel.addresses = [(PUBLIC, CABLE, 0x80)]
    assert network.interface_addresses() == [(HOME, CABLE)]


@given(st.binary(max_size=200))
def test_whatever_a_message_says_it_is_cut_into_pieces_that_lie_in_it(data: bytes) -> None:
    for _, body in addresses.messages(data):
        assert len(body) <= len(data) - 16
    for value in addresses.attributes(data).values():
        assert len(value) <= len(data) - 4


KINDS = {
    "::1": "loopback",
    "127.8.9.1": "loopback",
    "fe80::1": "link",
    "169.254.1.1": "link",
    "fd12::1": "site",
    "fec0::1": "site",
    "10.1.2.3": "site",
    "172.16.0.1": "site",
    "172.31.255.255": "site",
    "192.168.0.1": "site",
    "100.64.0.1": "site",
    "172.32.0.1": "public",
    "172.15.0.1": "public",
    "192.169.0.1": "public",
    "100.128.0.1": "public",
    "203.0.113.7": "public",
    "2001:db8::1": "public",
}


@pytest.mark.parametrize(("host", "kind"), KINDS.items(), ids=KINDS)
def test_how_far_an_address_leads(host: str, kind: str) -> None:
    one = Address.parse(host, 4000)
    said = {
        "loopback": one.is_loopback,
        "link": one.is_link_local,
        "site": one.is_site_local,
        "public": one.is_public,
    }
    assert [name for name, holds in said.items() if holds] == [kind]
    assert one.is_unicast
    assert one.host == host
    assert Address.parse(one.ipv6_host, 4000) == one
    assert not one._replace(port=0).is_unicast


@pytest.mark.parametrize("host", ["0.0.0.0", "0.1.2.3", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255"])
def test_no_node_listens_there(host: str) -> None:
    assert not Address.parse(host, 4000).is_unicast


@pytest.mark.parametrize("text", ["1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "::ffff:1.2.3", "host", ""])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ValueError):
        Address.parse(text, 1)


# ---- Both families ---------------------------------------------------------------------------------------------------


def called(address: Address) -> Address:
    """Whom a listener of every scope sees when it is called there."""

    async def call(port: int) -> None:
        (await network.dial(address._replace(port=port))).close()

    sock, _ = network.bind(network.SCOPE_ANY, 0, 0)
    with sock:
        trio.run(call, sock.getsockname()[1])
        sock.settimeout(120)
        caller, where = sock.accept()
        caller.close()
    return Address.parse(where[0], where[1], *where[3:])


@pytest.mark.parametrize("ip", [LOOPBACK, LOOPBACK_IPV4], ids=["IPv6", "IPv4"])
def test_a_listener_is_called_over_both_families(ip: bytes) -> None:
    assert called(Address(ip, 0)).ip == ip


def test_a_kernel_that_knows_no_ipv6_at_all_speaks_ipv4(monkeypatch: pytest.MonkeyPatch, kernel: Kernel) -> None:
    real = socket.socket

    def without(family: int = -1, *rest: Any, **named: Any) -> socket.socket:
        if family == socket.AF_INET6:
            raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")
        return real(family, *rest, **named)

    monkeypatch.setattr(network.socket, "socket", without)
    kernel.addresses = [(Address(LOOPBACK_IPV4, 0), LO, 0x80), (HOME, CABLE, 0x80)]
    assert called(Address(LOOPBACK_IPV4, 0)).ip == LOOPBACK_IPV4
    sock, told = network.bind(network.SCOPE_LOOPBACK, 0, 0)
    assert [one.host for one in told] == ["127.0.0.1"]
    sock.close()
    sock, told = network.bind(network.SCOPE_GLOBAL, 0, 0)
    assert [one.host for one in told] == [HOME.host]
    sock.close()
    with pytest.raises(OSError):
        trio.run(network.dial, Address(LOOPBACK, 1))


def test_a_port_that_another_program_has_for_ipv4_is_listened_on_for_ipv6(kernel: Kernel) -> None:
    kernel.addresses.append((HOME, CABLE, 0x80))
    with socket.socket(socket.AF_INET) as other:
        other.bind(("0.0.0.0", 0))
        other.listen()
        port = other.getsockname()[1]
        sock, told = network.bind(network.SCOPE_GLOBAL, 0, port)
        with sock:
            assert told == (WIDE._replace(port=port), OTHER._replace(port=port))
        kernel.addresses = [(HOME, CABLE, 0x80)]
        with pytest.raises(UnableToListen):
            network.bind(network.SCOPE_GLOBAL, 0, port)


def test_without_even_127_0_0_1_there_is_nothing_to_listen_at(monkeypatch: pytest.MonkeyPatch, kernel: Kernel) -> None:
    kernel.addresses = []
    monkeypatch.setattr(network, "tcp_socket", lambda _: (_ for _ in ()).throw(OSError(errno.EADDRNOTAVAIL, "none")))
    with pytest.raises(Ipv6NotInstalled):
        network.bind(network.SCOPE_GLOBAL, 0, 0)


PATIENCE = 300.0
"Seconds that a process lasts at most, however long it is read."
FOUNDER = """
import sys, trio, peerapi
from peerapi.engine import network, port_mapping
network.SILENCE = network.PROBE_AFTER = 3600
port_mapping.FIRST_ANSWER = 120
async def main():
    async with peerapi.create_graph("g", "alice") as graph:
        print(*await graph.listen(), flush=True)
        for line in sys.stdin:
            await trio.sleep(0)
trio.run(main)
"""
"""Silence ends a connection of these programs after an hour only: what happens before has another reason. A router that
is asked may take its time."""
CALLER = """
import sys, trio, peerapi
from peerapi.engine import network
network.SILENCE = network.PROBE_AFTER = 3600
async def main():
    async with peerapi.open_graph("g", "ben") as graph:
        with trio.fail_after(120):
            await graph.connect(sys.argv[1])
            await graph.wait_synchronized()
        print("synchronized", flush=True)
        await graph.listen()
        before, links = "", None
        while True:
            if links != (links := " ".join(["neighbors", *(f"{one.id} {one.peer}" for one in graph.connections())])):
                print(links, flush=True)
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
def running(host: Host | House, program: str, home: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    command = [*host.before, sys.executable, "-c", program, *words]
    environment = os.environ | {"PEERAPI_HOME": str(home)}
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        patience = threading.Timer(PATIENCE, process.kill)
        patience.start()
        try:
            yield process
        finally:
            patience.cancel()
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
                assert line(caller, "alice", moved)

    @pytest.mark.parametrize("who", [0, 1], ids=["who was called moves", "who has called moves"])
    def test_a_host_in_another_network_is_back_long_before_its_old_connection_is_noticed_to_be_dead(
        hosts: tuple[Host, Host], tmp_path: Path, who: int
    ) -> None:
        """Its addresses go, and others come; nobody tells it where the others are."""
        moving = hosts[who]
        for host in hosts:
            ip("-n", host.name, "address", "add", f"2001:db8:78::{host.number}/64", "dev", "cable", "nodad")
        with running(hosts[0], FOUNDER, tmp_path / "a") as founder:
            at = line(founder).split()[0]
            with running(hosts[1], CALLER, tmp_path / "b", at) as caller:
                before = line(caller, "neighbors", "alice")
                for address in (moving.global_address, f"2001:db8:78::{moving.number}", moving.link_address):
                    ip("-n", moving.name, "address", "delete", f"{address}/64", "dev", "cable")
                for prefix in ("2001:db8:77::", "2001:db8:78::"):
                    ip("-n", moving.name, "address", "add", f"{prefix}99/64", "dev", "cable", "nodad")
                assert line(caller, "neighbors", "alice") != before

    def test_two_hosts_without_ipv6_are_in_one_graph(hosts: tuple[Host, Host], tmp_path: Path) -> None:
        for host in hosts:
            host.switch_ipv6_off()
        here = hosts[0].ipv4_address
        with running(hosts[0], FOUNDER, tmp_path / "a") as founder:
            at = line(founder)
            assert at.startswith(f"{here}:")
            with running(hosts[1], CALLER, tmp_path / "b", at) as caller:
                assert line(caller, "synchronized")
                assert line(caller, "alice", here)
                ip("-n", hosts[0].name, "address", "add", "192.168.77.9/24", "dev", "cable")
                assert line(caller, "alice", f"{here}:{at.rpartition(':')[2]} 192.168.77.9:")

    def test_a_host_without_any_network_listens_at_127_0_0_1_and_without_that_nowhere(
        hosts: tuple[Host, Host], tmp_path: Path
    ) -> None:
        hosts[0].switch_ipv6_off()
        ip("-n", hosts[0].name, "link", "set", "cable", "down")
        with running(hosts[0], ALONE, tmp_path / "a") as process:
            assert line(process).startswith("127.0.0.1:")
        ip("-n", hosts[0].name, "link", "set", "lo", "down")
        ip("-n", hosts[0].name, "address", "flush", "dev", "lo")
        with running(hosts[0], ALONE, tmp_path / "b") as process:
            assert line(process) == "PEER_E_IPV6_NOT_INSTALLED"
