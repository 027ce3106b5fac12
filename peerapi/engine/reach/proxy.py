"""The proxy of a network that lets nobody out otherwise: HTTPS_PROXY, by HTTP CONNECT (RFC 9110 9.3.6).

A relay is dialed directly, and a second later or when that has failed through the proxy: whoever answers first is
taken. A proxy sees what the network sees: the relay's address, and TLS.
"""

from __future__ import annotations

import socket
from typing import NamedTuple

from peerapi.address import Address
from peerapi.engine import network
from peerapi.engine.reach.sockets import read, send
from peerapi.engine.workers import in_thread
from peerapi.environment import variable

AFTER = 1.0
"Seconds that a direct connection has ahead."
MOST_HEAD = 8 << 10
"Bytes of a proxy's answer."


class Proxy(NamedTuple):
    """Where it is, and who is asked for."""

    host: str
    port: int
    credentials: str = ""
    "``user:password``"

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class NoProxy(ValueError):
    """HTTPS_PROXY names none."""


def of(relay: Address) -> Proxy | None:
    """The proxy by which a relay is called if the user has one, and NO_PROXY does not name the relay. Raises
    NoProxy."""
    said = variable("HTTPS_PROXY") or variable("https_proxy")
    if not said or relay.is_loopback or _is_left_out(relay):
        return None
    from urllib.parse import unquote, urlsplit

    parts = urlsplit(said if "://" in said else f"http://{said}")
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme != "http" or not parts.hostname or port == -1:
        raise NoProxy("HTTPS_PROXY is no http://host:port")
    credentials = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else ""
    return Proxy(parts.hostname, port or 80, credentials)


def _is_left_out(relay: Address) -> bool:
    left_out = (variable("NO_PROXY") or variable("no_proxy")).replace(",", " ").split()
    if not left_out:
        return False
    import ipaddress

    ip = ipaddress.ip_address(relay.host)
    for one in left_out:
        if one == "*":
            return True
        try:
            if ip in ipaddress.ip_network(one, strict=False):
                return True
        except (ValueError, TypeError):  # a name: relays are called by addresses
            continue
    return False


async def dial(proxy: Proxy, relay: Address) -> socket.socket:
    """A connection to the relay, through the proxy. Raises OSError."""
    sock = await network.dial(await in_thread(_found, proxy))
    try:
        where = f"{relay.host}:{relay.port}"
        asked = f"CONNECT {where} HTTP/1.1\r\nHost: {where}\r\n"
        if proxy.credentials:
            import base64

            asked += f"Proxy-Authorization: Basic {base64.b64encode(proxy.credentials.encode()).decode()}\r\n"
        await send(sock, f"{asked}\r\n".encode())
        head = b""
        while b"\r\n\r\n" not in head:
            data = await read(sock)
            if not data or len(head) > MOST_HEAD:
                raise OSError(f"the proxy {proxy} ends the connection")
            head += data
        line, _, _ = head.partition(b"\r\n")
        status = line.split(b" ", 2)[1:2]
        if status != [b"200"] or not head.endswith(b"\r\n\r\n"):  # who is called says nothing first
            said = "".join(c if c.isprintable() else "?" for c in line.decode("latin-1")[:80])
            raise OSError(f"the proxy {proxy} does not let {where} be called: {said}")
    except BaseException:
        sock.close()
        raise
    return sock


def _found(proxy: Proxy) -> Address:
    try:
        host, port, *rest = socket.getaddrinfo(proxy.host, proxy.port, type=socket.SOCK_STREAM)[0][4]
    except OSError as error:
        raise OSError(f"the proxy {proxy} is not found: {error.strerror}") from error
    return Address.parse(str(host), int(port), *map(int, rest[1:]))
