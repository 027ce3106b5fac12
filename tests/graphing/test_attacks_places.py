"""One party takes all places of neighbors, or of direct connections (MS-PPGRH 3.1.5.2.1). Each attack is first shown to
work without the check that stops it.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.address import Address
from peerapi.graphing.codec.messages import Disconnect, DisconnectReason, Refuse, RefuseCode, Welcome
from peerapi.graphing.link import Link
from peerapi.graphing.machine import connections
from peerapi.graphing.machine.crowding import crowding
from tests.graphing.machines import Machine, Stranger
from tests.graphing.pair import Net

MALLORY, HONEST = Address.parse("fd00:9::66", 5000), Address.parse("fd00:8::5", 5000)
MOST = 7


def called(net: Net, node: Machine, address: Address, number: int, *, direct: bool = False) -> Stranger:
    """Somebody calls from an address and asks to be taken in."""
    stranger = net.stranger(node, name=f"peer {number}", node_id=number + 1000, address=address, direct=direct)
    stranger.connect(direct=direct)
    return stranger


def surrounded(networks: int = 1) -> tuple[Net, Machine, list[Stranger]]:
    """A node all of whose neighbors are one machine, or some of as many networks."""
    net = Net()
    node = net.create()
    node.listen()
    sources = [Address.parse(f"fd00:{9 + number % networks:x}::66", 5000) for number in range(MOST)]
    return net, node, [called(net, node, source, number) for number, source in enumerate(sources)]


def nobody(standing: object, newcomer: Link) -> None:
    return None


@pytest.mark.parametrize("networks", [1, 2, 3])
def test_attack_one_machine_is_all_neighbors_that_a_node_has(networks: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(connections, "crowding", nobody)
        net, node, _ = surrounded(networks)
        (refused,) = called(net, node, HONEST, 50).take(Refuse)
        assert refused.code is RefuseCode.BUSY, "harmless even without the check"
    net, node, strangers = surrounded(networks)
    honest = called(net, node, HONEST, 50)
    assert honest.take(Welcome) and not honest.hung_up
    gone = [stranger for stranger in strangers if stranger.hung_up]
    assert len(gone) == node.graph.connections.crowded == 1
    (farewell,) = gone[0].take(Disconnect)
    assert farewell.reason is DisconnectReason.LEAST_USEFUL
    for number in range(60, 80):  # and does not come back in its place
        called(net, node, MALLORY, number)
    assert not honest.hung_up
    assert len(node.graph.neighbors) == MOST


def test_who_has_one_place_is_given_up_for_nobody() -> None:
    net = Net()
    node = net.create()
    node.listen()
    neighbors = [called(net, node, Address.parse(f"fd00:{number + 20:x}::1", 5000), number) for number in range(MOST)]
    (refused,) = called(net, node, HONEST, 50).take(Refuse)
    assert refused.code is RefuseCode.BUSY
    assert not any(neighbor.hung_up for neighbor in neighbors)


def test_attack_one_machine_has_all_direct_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    def taken(most: int) -> tuple[Net, Machine, list[Stranger]]:
        monkeypatch.setattr(connections, "MOST_DIRECT", most)
        net = Net()
        node = net.create()
        node.listen()
        node.graph.accepts_direct = True
        return net, node, [called(net, node, MALLORY, number, direct=True) for number in range(40)]

    net, node, strangers = taken(1 << 20)
    assert not any(stranger.hung_up for stranger in strangers), "harmless even without the check"
    net, node, strangers = taken(20)
    assert sum(not stranger.hung_up for stranger in strangers) == 20
    assert strangers[-1].take(Refuse)[0].code is RefuseCode.BUSY
    honest = called(net, node, HONEST, 50, direct=True)
    assert honest.take(Welcome) and not honest.hung_up
    assert called(net, node, HONEST, 51).take(Welcome), "neighbors have places of their own"


class Proved:
    """Who an identity is, as far as a link goes."""


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=7),
    st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 2)),
    st.booleans(),
)
def test_who_goes_has_more_places_than_who_comes_even_afterwards(
    standing: list[tuple[int, int, int]], newcomer: tuple[int, int, int], proved: bool
) -> None:
    def link(identity: int, network: int, host: int) -> Link:
        made = Link(id=0, outgoing=False, peer_id=f"peer {identity}")
        made.peer = Proved() if proved else None
        made.remote = Address.parse(f"fd00:{network + 1:x}::{host + 1:x}", 5000)
        return made

    links = [link(*each) for each in standing]
    gone = crowding(links, link(*newcomer))
    if gone is None:
        return
    index = links.index(gone)
    levels = ([0] if proved else []) + [1, 2]
    parties = [(lambda one, level=level: one[level] if level < 2 else one[1:]) for level in levels]
    assert any(
        sum(party(each) == party(standing[index]) for each in standing) - 1
        > sum(party(each) == party(newcomer) for each in standing)
        for party in parties
    )
