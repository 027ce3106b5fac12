"""Hosts that are network namespaces: two with a veth pair for a cable, or several on a bridge, which lies in a
namespace of its own. Nothing of this touches the machine's interfaces. Needs root and iproute2."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass

GLOBAL_PREFIX = "2001:db8:77::"
"Documentation addresses (RFC 3849): routed nowhere."
LINK_PREFIX = "fe80::"
IPV4_PREFIX = "192.168.77."
"Private addresses (RFC 1918); inside namespaces only."


def ip(*arguments: str) -> str:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise OSError(f"ip {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


@functools.cache
def missing() -> str:
    """Why this machine cannot make two hosts; empty when it can."""
    if shutil.which("ip") is None:
        return "iproute2 is not installed"
    try:
        with two_hosts("trial"):
            return ""
    except OSError as error:
        return str(error)


@dataclass(frozen=True)
class Host:
    """One namespace; ``number`` ends its addresses."""

    name: str
    number: int

    @property
    def before(self) -> tuple[str, ...]:
        """What runs a program on this host."""
        return ("ip", "netns", "exec", self.name)

    @property
    def global_address(self) -> str:
        return f"{GLOBAL_PREFIX}{self.number}"

    @property
    def link_address(self) -> str:
        return f"{LINK_PREFIX}{self.number}"

    @property
    def interface(self) -> int:
        """The number of the interface, as PeerGraphListen and a link-local PEER_ADDRESS want it."""
        return int(ip("-n", self.name, "link", "show", "cable").split(":")[0])

    def _run(self, *arguments: str) -> None:
        ip("-n", self.name, *arguments)

    def address_itself(self) -> None:
        # A link-local address that does not depend on the hardware's, and no waiting for who else might have it.
        self._run("link", "set", "lo", "up")
        self._run("link", "set", "cable", "addrgenmode", "none")
        self._run("link", "set", "cable", "up")
        self.give_addresses()

    def wait_for_the_cable(self) -> None:
        """Both ends were set up; the kernel lets packets through a little later."""
        end = time.monotonic() + 120
        while " state UP " not in ip("-n", self.name, "-o", "link", "show", "cable"):
            if time.monotonic() > end:
                raise OSError(f"the cable of {self.name} does not come up")
            time.sleep(0.01)

    def give_addresses(self) -> None:
        for address in (self.global_address, self.link_address):
            self._run("address", "replace", f"{address}/64", "dev", "cable", "nodad")

    @property
    def ipv4_address(self) -> str:
        return f"{IPV4_PREFIX}{self.number}"

    def switch_ipv6_off(self) -> None:
        """Switch IPv6 off altogether; the host has an address of IPv4 then, besides 127.0.0.1."""
        switch = "for x in all lo cable; do echo 1 > /proc/sys/net/ipv6/conf/$x/disable_ipv6; done"
        subprocess.run([*self.before, "sh", "-c", switch], check=True, timeout=300)
        self._run("address", "add", f"{self.ipv4_address}/24", "dev", "cable")

    def unplug(self) -> None:
        self._run("link", "set", "cable", "down")

    def plug(self) -> None:
        """The kernel takes addresses away when an interface goes down; whoever configures a real host gives them
        back."""
        self._run("link", "set", "cable", "up")
        self.give_addresses()


def name(tag: str, number: int) -> str:
    return f"peerapi-{os.getpid()}-{tag}-{number}"


@contextlib.contextmanager
def made(*names: str) -> Iterator[None]:
    try:
        for name in names:
            ip("netns", "add", name)
        yield
    finally:
        for name in names:
            with contextlib.suppress(OSError):
                ip("netns", "delete", name)


@contextlib.contextmanager
def two_hosts(tag: str) -> Iterator[tuple[Host, Host]]:
    """Two namespaces with addresses of both scopes, connected."""
    first, second = hosts = (Host(name(tag, 1), 1), Host(name(tag, 2), 2))
    with made(*(host.name for host in hosts)):
        ip("-n", first.name, "link", "add", "cable", "type", "veth", "peer", "name", "cable", "netns", second.name)
        for host in hosts:
            host.address_itself()
        for host in hosts:
            host.wait_for_the_cable()
        yield first, second


@contextlib.contextmanager
def hosts_on_a_bridge(tag: str, count: int) -> Iterator[list[Host]]:
    """So many namespaces with addresses of both scopes, each plugged into one bridge."""
    hosts = [Host(name(tag, number), number) for number in range(1, count + 1)]
    switch = name(tag, 0)
    with made(switch, *(host.name for host in hosts)):
        ip("-n", switch, "link", "add", "bridge", "type", "bridge", "mcast_snooping", "0")
        ip("-n", switch, "link", "set", "bridge", "up")
        for host in hosts:
            plug = f"plug{host.number}"
            ip("-n", switch, "link", "add", plug, "type", "veth", "peer", "name", "cable", "netns", host.name)
            ip("-n", switch, "link", "set", plug, "master", "bridge", "up")
            host.address_itself()
        for host in hosts:
            host.wait_for_the_cable()
        yield hosts
