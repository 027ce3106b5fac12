"""TCP over IPv6: binding, dialing, transports."""

import contextlib
import socket
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import trio
import trio.testing

from peerapi.address import LOOPBACK, Address
from peerapi.engine import network
from peerapi.engine.clouds.network import LOOPBACK_CLOUD, SCOPE_NUMBERS, plans
from peerapi.errors import InvalidArgument, UnableToListen
from peerapi.ring.scope import Scope


def pair() -> tuple[socket.socket, socket.socket]:
    """Two ends of a connection over ::1."""
    with socket.socket(socket.AF_INET6) as listener:
        listener.bind(("::1", 0))
        listener.listen()
        near = socket.create_connection(listener.getsockname()[:2])
        far, _ = listener.accept()
    far.settimeout(120)
    return near, far


def run(work: Callable[..., Awaitable[Any]], *args: Any) -> Any:
    async def limited() -> Any:
        with trio.fail_after(120):
            return await work(*args)

    return trio.run(limited)


async def with_transport(work: Callable[[network.Transport, socket.socket], Awaitable[Any]]) -> Any:
    near, far = pair()
    token = trio.lowlevel.current_trio_token()
    transport = network.Transport(near, token.run_sync_soon)
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(transport.writer)
            result = await work(transport, far)
            transport.close()
            nursery.cancel_scope.cancel()
    finally:
        far.close()
    return result


def everything(far: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        piece = far.recv(1 << 20)
        assert piece, "the connection ended early"
        data += piece
    return bytes(data)


# ---- Transports ------------------------------------------------------------------------------------------------------


def test_what_is_queued_leaves_in_order_when_flushed() -> None:
    async def work(transport: network.Transport, far: socket.socket) -> None:
        for n in range(10):
            transport.queue(b"%d" % n)
        assert transport.pending == 10
        transport.flush()
        assert far.recv(100) == b"0123456789"
        assert transport.pending == 0

    run(with_transport, work)


def test_what_the_kernel_does_not_take_is_sent_later() -> None:
    async def work(transport: network.Transport, far: socket.socket) -> None:
        data = bytes(range(256)) * 100_000
        for start in range(0, len(data), 1_000_000):
            transport.queue(data[start : start + 1_000_000])
        transport.flush()
        assert transport.pending > 0
        assert await trio.to_thread.run_sync(everything, far, len(data)) == data
        assert transport.pending == 0

    run(with_transport, work)


def test_any_number_of_threads_may_flush() -> None:
    async def work(transport: network.Transport, far: socket.socket) -> None:
        lock = threading.Lock()
        pieces = [bytes([n % 251]) * 10_000 for n in range(400)]
        remaining = list(reversed(pieces))

        def send() -> None:
            while True:
                with lock:
                    if not remaining:
                        return
                    transport.queue(remaining.pop())
                transport.flush()

        threads = [threading.Thread(target=send) for _ in range(4)]
        for thread in threads:
            thread.start()
        received = await trio.to_thread.run_sync(everything, far, 4_000_000)
        for thread in threads:
            thread.join()
        assert received == b"".join(pieces)

    run(with_transport, work)


def test_a_drained_transport_says_so() -> None:
    async def work(transport: network.Transport, far: socket.socket) -> None:
        drained = trio.Event()
        transport.drained = drained.set
        transport.queue(bytes(20_000_000))
        transport.flush()
        await trio.to_thread.run_sync(everything, far, 20_000_000)
        await drained.wait()

    run(with_transport, work)


def test_reading_gives_what_came_and_then_the_end() -> None:
    async def work(transport: network.Transport, far: socket.socket) -> None:
        far.sendall(b"hello")
        assert await transport.read() == b"hello"
        far.shutdown(socket.SHUT_WR)
        assert await transport.read() == b""

    run(with_transport, work)


def test_a_broken_connection_reads_as_ended_and_swallows_what_is_sent() -> None:
    async def work(transport: network.Transport, far: socket.socket) -> None:
        far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        far.close()
        assert await transport.read() == b""
        for _ in range(3):
            transport.queue(b"too late")
            transport.flush()
        assert transport.broken

    run(with_transport, work)


def test_finishing_sends_the_rest_first() -> None:
    async def work(transport: network.Transport, far: socket.socket) -> None:
        transport.queue(bytes(3_000_000))
        transport.ended.set()

        def read_all() -> int:
            size = 0
            while data := far.recv(1 << 20):
                size += len(data)
            return size

        async with trio.open_nursery() as nursery:
            nursery.start_soon(transport.finish)
            assert await trio.to_thread.run_sync(read_all) == 3_000_000

    run(with_transport, work)


def test_closing_ends_a_reader() -> None:
    async def work(transport: network.Transport, far: socket.socket) -> None:
        async with trio.open_nursery() as nursery:
            ended = trio.Event()

            async def read() -> None:
                with contextlib.suppress(trio.ClosedResourceError):
                    assert await transport.read() == b""
                ended.set()

            nursery.start_soon(read)
            await trio.testing.wait_all_tasks_blocked()
            transport.close()
            await ended.wait()

    run(with_transport, work)


# ---- Dialing and binding ---------------------------------------------------------------------------------------------


def test_dialing_reaches_a_listener() -> None:
    sock, (address, *_) = network.bind(network.SCOPE_LOOPBACK, 0, 0)
    with sock, run(network.dial, address) as caller:
        assert caller.getpeername()[1] == address.port
        assert not caller.getblocking()


def test_dialing_where_nobody_listens_fails() -> None:
    sock, (address, *_) = network.bind(network.SCOPE_LOOPBACK, 0, 0)
    sock.close()
    with pytest.raises(OSError):
        run(network.dial, address)


def test_the_loopback_scope_listens_on_loopback_only() -> None:
    sock, addresses = network.bind(network.SCOPE_LOOPBACK, 0, 0)
    with sock:
        assert sock.getsockname()[0] == "::1"
        assert addresses == (Address(LOOPBACK, sock.getsockname()[1]),)


def test_the_system_chooses_a_port_when_none_is_wanted() -> None:
    one, (first, *_) = network.bind(network.SCOPE_LOOPBACK, 0, 0)
    other, (second, *_) = network.bind(network.SCOPE_LOOPBACK, 0, 0)
    with one, other:
        assert first.port != second.port
        assert min(first.port, second.port) > 0


def test_a_port_that_is_taken_cannot_be_bound() -> None:
    sock, (address, *_) = network.bind(network.SCOPE_LOOPBACK, 0, 0)
    with sock, pytest.raises(UnableToListen):
        network.bind(network.SCOPE_LOOPBACK, 0, address.port)


def test_the_loopback_interface_can_be_listened_on_as_the_link_that_an_enumeration_of_clouds_calls_it() -> None:
    (cloud,) = (one for one in plans() if one.name == LOOPBACK_CLOUD)
    assert SCOPE_NUMBERS[cloud.scope] == SCOPE_NUMBERS[Scope.LINK_LOCAL]
    sock, addresses = network.bind(network.SCOPE_LINK, cloud.scope_id, 0)
    with sock:
        assert sock.getsockname()[0] == "::1"
        assert [one.is_loopback for one in addresses] == [True]


@pytest.mark.parametrize(
    ("scope", "scope_id"), [(5, 0), (-1, 0), (network.SCOPE_LINK, 0), (network.SCOPE_SITE, 0)], ids=str
)
def test_a_scope_that_makes_no_sense_is_refused(scope: int, scope_id: int) -> None:
    with pytest.raises(InvalidArgument):
        network.bind(scope, scope_id, 0)


def test_an_interface_that_does_not_exist_cannot_be_bound() -> None:
    with pytest.raises(UnableToListen):
        network.bind(network.SCOPE_LINK, 99_999, 0)


@pytest.mark.parametrize("scope", [network.SCOPE_ANY, network.SCOPE_GLOBAL])
def test_a_wide_scope_always_names_an_address(scope: int) -> None:
    sock, addresses = network.bind(scope, 0, 0)
    with sock:
        assert addresses
        assert all(address.port == sock.getsockname()[1] for address in addresses)


def test_the_interfaces_include_loopback() -> None:
    assert any(address.is_loopback for address, _ in network.interface_addresses())


def test_the_kernel_says_who_is_bound_at_loopback() -> None:
    with (
        socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as here,
        socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as everywhere,
    ):
        here.bind(("::1", 0))
        everywhere.bind(("::", 0))
        found = network.udp_ports_at_loopback()
        assert here.getsockname()[1] in found
        assert everywhere.getsockname()[1] not in found
    assert here.fileno() == -1
