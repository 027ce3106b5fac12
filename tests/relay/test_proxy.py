"""Relays behind a proxy that HTTPS_PROXY names."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
import trio

from peerapi.address import Address
from peerapi.engine.reach import calling, proxy
from peerapi.engine.reach.proxy import NoProxy, Proxy
from peerapi.reach.seat import RelayEndpoint

ELSEWHERE = RelayEndpoint(bytes((192, 0, 2, 1)), 443)
"Documentation addresses: nobody is there."


@contextmanager
def a_proxy(answer: bytes = b"HTTP/1.1 200 Connection established\r\n\r\n") -> Iterator[tuple[int, list[bytes]]]:
    """(Its port, what it is asked): one that answers so, and echoes then."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                sock, _ = server.accept()
                with sock:
                    asked.append(sock.recv(4096))
                    sock.sendall(answer)
                    while data := sock.recv(4096):
                        sock.sendall(data)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1], asked
        server.close()
        thread.join(120)


async def nowhere(address: Address, prepare: object = None) -> socket.socket:
    raise OSError(101, "connect")


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that lets nobody out but to this machine."""
    dial = calling.network.dial

    async def only_here(address: Address, prepare: object = None) -> socket.socket:
        return await (dial(address) if address.is_loopback or address.host == "127.0.0.1" else nowhere(address))

    monkeypatch.setattr(calling.network, "dial", only_here)


def test_a_relay_is_reached_through_the_proxy(monkeypatch: pytest.MonkeyPatch, closed: None) -> None:
    with a_proxy() as (port, asked):
        monkeypatch.setenv("HTTPS_PROXY", f"http://ann:s%40cret@127.0.0.1:{port}")
        monkeypatch.setenv("NO_PROXY", "localhost,10.0.0.0/8")
        sock = trio.run(calling.connect, ELSEWHERE)
        sock.setblocking(True)
        sock.sendall(b"hello")
        assert sock.recv(5) == b"hello"
        sock.close()
    head = asked[0].decode().split("\r\n")
    assert head[0] == "CONNECT 192.0.2.1:443 HTTP/1.1"
    assert "Proxy-Authorization: Basic YW5uOnNAY3JldA==" in head


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "does not let 192.0.2.1:443 be called: HTTP/1.1 407"),
        (b"HTTP/1.1 200 OK\r\n\r\nmore", "does not let"),
        (b"SSH-2.0\r\n\r\n", "does not let"),
    ],
)
def test_a_proxy_that_does_not_want_it(answer: bytes, said: str, monkeypatch: pytest.MonkeyPatch, closed: None) -> None:
    with a_proxy(answer) as (port, _):
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        monkeypatch.setenv("NO_PROXY", "")
        with pytest.raises(OSError, match=said) as caught:
            trio.run(calling.connect, ELSEWHERE)
    assert str(caught.value).count("no connection to the relay 192.0.2.1:443") == 1


def test_what_names_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    there = ELSEWHERE.address
    for name in ("HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert proxy.of(there) is None
    monkeypatch.setenv("https_proxy", "proxy.example.org:3128")
    assert proxy.of(there) == Proxy("proxy.example.org", 3128)
    assert proxy.of(Address.parse("127.0.0.1", 443)) is None
    monkeypatch.setenv("NO_PROXY", "192.0.2.0/24")
    assert proxy.of(there) is None
    monkeypatch.setenv("NO_PROXY", "")
    for wrong in ("socks5://proxy:1", "http://:80", "http://host:port"):
        monkeypatch.setenv("HTTPS_PROXY", wrong)
        with pytest.raises(NoProxy):
            proxy.of(there)
