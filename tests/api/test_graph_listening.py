"""Listening: the status, ports, scopes, and graphs that share a port."""

import ctypes
import socket

import pytest

from tests.support import native
from tests.support.native import expect
from tests.support.peer_values import LOOPBACK
from tests.support.peers import HAS_CONNECTIONS, LISTENING, SYNCHRONIZED, Peers
from tests.support.scenario import scenario

# PeerGraphListen


@scenario
def test_listening_sets_the_status(peers: Peers) -> None:
    alice = peers.create()
    alice.listen()
    assert alice.status() == SYNCHRONIZED | LISTENING


@scenario
def test_port_zero_is_a_dynamic_port(peers: Peers) -> None:
    """PeerGraphGetNodeInfo of node 0, the local one, tells it."""
    alice = peers.create()
    expect(peers.library.PeerGraphListen(alice.handle, LOOPBACK, 0, 0), "S_OK")
    assert alice.status() & LISTENING
    pointer = ctypes.c_void_p()
    expect(peers.library.PeerGraphGetNodeInfo(alice.handle, 0, ctypes.byref(pointer)), "S_OK")
    assert pointer.value
    info = native.structure("PEER_NODE_INFO").from_address(pointer.value)
    assert (info.dwSize, native.text_at(info.pwzPeerId)) == (48, "alice")
    assert info.cAddresses >= 1
    where = native.PEER_ADDRESS.from_address(info.pAddresses)
    alice.port = int.from_bytes(bytes(where.sin6.sin6_port), "big")
    peers.library.PeerGraphFreeData(pointer)
    assert peers.join(alice).status() & SYNCHRONIZED


@scenario
def test_listening_twice_is_refused(peers: Peers) -> None:
    alice = peers.create()
    alice.listen()
    expect(peers.library.PeerGraphListen(alice.handle, LOOPBACK, 0, 0), "PEER_E_ALREADY_LISTENING")
    bob = peers.join(alice)
    assert bob.status() & SYNCHRONIZED


@pytest.mark.parametrize(("scope", "scope_id"), [(5, 0), (0xFFFFFFFF, 0), (2, 0), (3, 0)])
@scenario
def test_listen_refuses_scopes_that_do_not_exist_and_local_scopes_without_an_id(
    peers: Peers, scope: int, scope_id: int
) -> None:
    alice = peers.create()
    expect(peers.library.PeerGraphListen(alice.handle, scope, scope_id, 0), "E_INVALIDARG")
    assert alice.status() == SYNCHRONIZED
    alice.listen()


@scenario
def test_a_taken_port_cannot_be_listened_on(peers: Peers) -> None:
    alice = peers.create()
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as taken:
        port = taken.getsockname()[1]
        expect(peers.library.PeerGraphListen(alice.handle, LOOPBACK, 0, port), "PEER_E_UNABLE_TO_LISTEN")
    assert alice.status() == SYNCHRONIZED
    expect(peers.library.PeerGraphListen(alice.handle, LOOPBACK, 0, port), "S_OK")


@scenario
def test_graphs_of_one_process_may_share_a_port(peers: Peers) -> None:
    """The page of PeerGraphListen allows it; AUTH_INFO names the graph."""
    one, two = peers.create(name="one"), peers.create(name="two")
    port = one.listen()
    two.listen(port)
    one.add(b"one")
    two.add(b"two")
    bob_one, bob_two = peers.open("bob", name="one"), peers.open("bob", name="two")
    for bob, data in ((bob_one, b"one"), (bob_two, b"two")):
        bob.connect(port)
        bob.until_status(SYNCHRONIZED | HAS_CONNECTIONS)
        assert [record.data for record in bob.records()] == [data]
