"""Two hosts with one way each, to a third: neither reaches the other, by no address. For root, with iproute2."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.namespaces import ip

RELAY = "198.51.100.10"
"Documentation addresses (RFC 5737): nobody's."


@dataclass(frozen=True)
class Island:
    """One namespace."""

    name: str
    address: str

    @property
    def before(self) -> tuple[str, ...]:
        """What runs a program there."""
        return ("ip", "netns", "exec", self.name)


@contextlib.contextmanager
def islands(tag: str) -> Iterator[tuple[Island, Island, Island]]:
    """(Host, relay, host)."""
    names = [f"peerapi-{os.getpid()}-{tag}-{number}" for number in range(3)]
    first, relay, second = (
        Island(name, address) for name, address in zip(names, ("192.0.2.1", RELAY, "203.0.113.1"), strict=True)
    )
    made = []
    try:
        for name in names:
            ip("netns", "add", name)
            made.append(name)
            ip("-n", name, "link", "set", "lo", "up")
        no_router = "for way in ipv4/ip_forward ipv6/conf/all/forwarding; do echo 0 > /proc/sys/net/$way; done"
        subprocess.run([*relay.before, "sh", "-c", no_router], check=True, timeout=120)
        ip("-n", relay.name, "addr", "add", f"{RELAY}/32", "dev", "lo")
        for number, host in enumerate((first, second)):
            ip(
                "-n",
                host.name,
                "link",
                "add",
                "wan",
                "type",
                "veth",
                "peer",
                "name",
                f"to{number}",
                "netns",
                relay.name,
            )
            ip("-n", host.name, "addr", "add", f"{host.address}/24", "dev", "wan")
            ip("-n", host.name, "link", "set", "wan", "up")
            gateway = host.address[:-1] + "2"
            ip("-n", relay.name, "addr", "add", f"{gateway}/24", "dev", f"to{number}")
            ip("-n", relay.name, "link", "set", f"to{number}", "up")
            ip("-n", host.name, "route", "add", "default", "via", gateway)
        yield first, relay, second
    finally:
        for name in made:
            with contextlib.suppress(OSError):
                ip("netns", "delete", name)


_CAPTURE = """
import socket, sys
sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
with open(sys.argv[1], "wb", buffering=0) as file:
    print("ready", flush=True)
    while True:
        file.write(sock.recv(65536))
"""


@contextlib.contextmanager
def capture(host: Island, path: Path) -> Iterator[None]:
    """Write every packet that a host sees into a file."""
    sniffer = subprocess.Popen(
        [*host.before, sys.executable, "-c", _CAPTURE, str(path)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert sniffer.stdout is not None
        assert sniffer.stdout.readline() == "ready\n"
        yield
    finally:
        sniffer.kill()
        sniffer.communicate(timeout=120)
