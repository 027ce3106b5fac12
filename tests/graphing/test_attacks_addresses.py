"""Attacks by addresses that somebody names: referrals, CONNECT, presence and contacts (MS-PPGRH 3.1.1, 3.1.7.14).

What is at stake: whom a node calls. Nobody may push the good addresses out, hide them, or have strangers called again
and again. Each attack is first shown to work without the check that stops it.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.address import LOOPBACK, Address
from peerapi.graphing.codec.internal_records import PresencePayload
from peerapi.graphing.codec.messages import Connect, Disconnect, DisconnectReason, Flood, Refuse, RefuseCode, Welcome
from peerapi.graphing.codec.records import PRESENCE, encode_record
from peerapi.graphing.link import Link
from peerapi.graphing.machine import referrals
from peerapi.graphing.machine.acquaintances import MOST
from peerapi.graphing.machine.address_list import AddressList, Entry, Key, key_of
from peerapi.graphing.machine.node_list import NodeList
from peerapi.graphing.machine.referrals import MAX_REFERRALS
from tests.graphing.machines import HOUR, Machine, Stranger, address
from tests.graphing.pair import Net

LEAST = DisconnectReason.LEAST_USEFUL
ELSEWHERE = Address.parse("2001:db8::1", 4000)
"A machine that has nothing to do with the graph."


def listening(net: Net) -> Machine:
    alice = net.create()
    alice.listen()
    return alice


def published(source: Stranger, node_id: int, *addresses: Address) -> None:
    """A presence record that says that a node listens there."""
    now = source.record().creation
    payload = PresencePayload(node_id, None, addresses).encode()
    record = source.record(type=PRESENCE, payload=payload, expiration=now + 10 * HOUR)
    source.send(Flood(encode_record(record)))


def oldest(self: AddressList) -> Key:
    return next(iter(self._entries))


# ---- Pushing good addresses out --------------------------------------------------------------------------------------


def test_attack_referrals_push_out_those_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """One machine comes again and again, and names ten addresses each time that it goes."""

    def kept() -> bool:
        net = Net()
        alice = listening(net)
        net.holding = True
        net.neighbor(alice, node_id=1, addresses=(address(50),)).send(Disconnect(LEAST, (address(60),)))
        for n in range(20):
            mallory = net.neighbor(alice, name="mallory", node_id=2, addresses=(address(51),))
            mallory.send(Disconnect(LEAST, tuple(address(1000 + 10 * n + k) for k in range(10))))
        return key_of(address(60)) in alice.graph.referrals._listed

    with monkeypatch.context() as patch:
        patch.setattr(AddressList, "_least", oldest)
        assert not kept()
    assert kept()


def test_a_message_brings_no_more_referrals_than_it_may_have() -> None:
    net = Net()
    alice = listening(net)
    net.holding = True
    stranger = net.neighbor(alice)
    stranger.send(Disconnect(LEAST, tuple(address(100 + n) for n in range(200))))
    assert len(alice.graph.referrals._listed) == MAX_REFERRALS


def test_who_is_no_neighbor_refers_to_nobody() -> None:
    net = Net()
    alice = listening(net)
    stranger = net.stranger(alice)
    stranger.send(Disconnect(LEAST, (address(60),)))
    assert stranger.hung_up and len(alice.graph.referrals._listed) == 0


def test_attack_acquaintances_are_pushed_out_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    """One machine comes again and again, and says each time that it listens somewhere else."""

    def kept() -> bool:
        net = Net()
        alice = listening(net)
        bob = net.open("bob")
        bob.listen()
        net.connect(alice, bob)
        net.crash(bob)
        for n in range(MOST + 10):
            mallory = net.stranger(alice, name="mallory", node_id=3)
            mallory.connect(addresses=(address(1000 + n),))
            mallory.close()
        alice.do(alice.graph.close)
        net.machines.remove(alice)
        database = alice.graph.database
        database.created = False  # as an opening from disk finds it
        again = net.open("alice", database=database)
        return any(entry.address == bob.address for entry in again.graph.acquaintances._known)

    with monkeypatch.context() as patch:
        patch.setattr(AddressList, "_least", oldest)
        assert not kept()
    assert kept()


# ---- Hiding good addresses -------------------------------------------------------------------------------------------


def test_attack_a_neighbor_says_that_it_listens_where_another_node_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody calls where a neighbor listens, so the other would never be called."""

    def called() -> bool:
        net = Net()
        alice = listening(net)
        mallory = net.stranger(alice, name="mallory")
        mallory.connect(addresses=(address(60),))
        published(mallory, 77, address(60))
        net.advance(60)
        return address(60) in alice.dials

    with monkeypatch.context() as patch:
        patch.setattr(Link, "shown_addresses", property(lambda self: self.addresses))
        assert not called()
    assert called()


def test_attack_many_addresses_of_one_peer_hide_that_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    def drawn() -> int:
        net = Net()
        alice = listening(net)
        mallory, honest = net.neighbor(alice, name="mallory", node_id=1), net.neighbor(alice, name="honest", node_id=2)
        published(mallory, 70, *(address(100 + n) for n in range(250)))
        published(honest, 71, address(60))
        found = [alice.graph.referrals._drawn(alice.graph.referrals._of_records()) for _ in range(200)]
        return found.count(address(60))

    def together(self: NodeList) -> Sequence[object]:
        return [list(self.values())]

    with monkeypatch.context() as patch:
        patch.setattr(NodeList, "by_publisher", together)
        assert drawn() < 20
    assert drawn() > 50


# ---- Having strangers called -----------------------------------------------------------------------------------------


def test_attack_a_stranger_s_address_is_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """A node names its neighbors to who asks; one has said that it listens at somebody else's address."""

    def named() -> tuple[Address, ...]:
        net = Net()
        alice = listening(net)
        mallory = net.stranger(alice, name="mallory")
        mallory.connect(addresses=(ELSEWHERE,))
        asker = net.stranger(alice, name="asker", node_id=9)
        asker.connect(neighbor_list=True)
        (welcome,) = asker.take(Welcome)
        return welcome.addresses

    with monkeypatch.context() as patch:
        patch.setattr(Link, "listens_at", lambda self, addresses: setattr(self, "addresses", addresses))
        assert named() == (ELSEWHERE,)
    assert named() == ()


def test_a_node_that_moves_is_believed_no_more_than_one_that_comes() -> None:
    net = Net()
    alice = listening(net)
    mallory = net.neighbor(alice, name="mallory", addresses=(address(60),))
    mallory.send(Connect(mallory.node_id, addresses=(ELSEWHERE,), update=True))
    assert alice.graph.neighbors[0].addresses == ()
    mallory.send(Connect(mallory.node_id, addresses=(ELSEWHERE, address(60)), update=True))
    assert alice.graph.neighbors[0].addresses == (address(60),)


HOME, ROUTER, VICTIM = (Address.parse(host, 4000) for host in ("192.168.1.5", "203.0.113.7", "198.51.100.1"))
NEXT_DOOR = Address.parse("203.0.113.8", 4000)


def believed(remote: Address, *addresses: Address) -> tuple[Address, ...]:
    """What a node hands on of a neighbor that calls from there and says that it listens at ``addresses``."""
    net = Net()
    alice = listening(net)
    mallory = net.stranger(alice, name="mallory", address=remote)
    mallory.connect(addresses=addresses)
    asker = net.stranger(alice, name="asker", node_id=9)
    asker.connect(neighbor_list=True)
    (welcome,) = asker.take(Welcome)
    return welcome.addresses


def test_attack_an_address_of_ipv4_bears_out_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of IPv4 begins with the same bytes; a network of IPv6 is what the first eight say."""
    with monkeypatch.context() as patch:
        patch.setattr(Address, "is_ipv4", False)
        patch.setattr(Address, "network", property(lambda self: self.ip[:8]))
        assert believed(ROUTER, VICTIM) == (VICTIM,)
    assert believed(ROUTER, VICTIM) == ()
    assert believed(ROUTER, NEXT_DOOR) == ()


def test_attack_one_s_own_address_brings_those_of_strangers_along(monkeypatch: pytest.MonkeyPatch) -> None:
    strangers = tuple(VICTIM._replace(port=4000 + n) for n in range(8))
    with monkeypatch.context() as patch:
        patch.setattr("peerapi.graphing.link._borne_out", lambda addresses, _: addresses)
        patch.setattr("peerapi.graphing.link.BEST", 9)
        patch.setattr(referrals, "BEST", 9)
        assert believed(ELSEWHERE, *strangers, ELSEWHERE) == (ELSEWHERE, *strangers)
    assert believed(ELSEWHERE, *strangers, ELSEWHERE) == (ELSEWHERE, strangers[0])


SEATS = tuple(Address.parse("2001:2f:c633:640a::", 443)._replace(port=port) for port in range(443, 452))


def test_attack_a_node_has_seats_at_many_relays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each may be a stranger's address, which whoever is told of it calls; a node has two."""
    with monkeypatch.context() as patch:
        patch.setattr("peerapi.graphing.link._borne_out", lambda addresses, _: addresses)
        patch.setattr("peerapi.graphing.link.BEST", 9)
        patch.setattr(referrals, "BEST", 9)
        assert believed(ROUTER, *SEATS) == SEATS
    assert believed(ROUTER, *SEATS) == SEATS[:2]


def test_attack_a_seat_brings_a_stranger_s_address_along() -> None:
    assert believed(ROUTER, SEATS[0], VICTIM, ELSEWHERE) == SEATS[:1]


CONNECTIONS = {
    "within a home, with a port at the router": (HOME, (ROUTER, HOME), (HOME, ROUTER)),
    "through the router": (ROUTER, (ROUTER, HOME), (ROUTER,)),
    "another public one of the same family": (ROUTER, (VICTIM, ROUTER), (ROUTER,)),
    "by IPv4, and it has IPv6": (ROUTER, (ELSEWHERE, ROUTER, HOME), (ROUTER, ELSEWHERE)),
    "by IPv6, with a port at the router": (ELSEWHERE, (ELSEWHERE, ROUTER, HOME), (ELSEWHERE, ROUTER)),
    "a private one says nothing elsewhere": (ELSEWHERE, (ELSEWHERE, HOME), (ELSEWHERE,)),
    "from behind a router, with seats at two relays": (ROUTER, (*SEATS[:2], HOME), SEATS[:2]),
    "with a seat and a port at the router": (ROUTER, (SEATS[0], ROUTER, HOME), (ROUTER, SEATS[0])),
    "another machine of the home": (HOME, (HOME, Address.parse("192.168.1.6", 4000)), (HOME,)),
}


@pytest.mark.parametrize(("remote", "said", "kept"), CONNECTIONS.values(), ids=CONNECTIONS)
def test_what_a_connection_cannot_bear_out_is_believed_along_with_what_it_does(
    remote: Address, said: tuple[Address, ...], kept: tuple[Address, ...]
) -> None:
    assert believed(remote, *said) == kept


def test_attack_what_is_not_borne_out_keeps_another_node_from_being_called(monkeypatch: pytest.MonkeyPatch) -> None:
    def called() -> bool:
        net = Net()
        alice = listening(net)
        mallory = net.stranger(alice, name="mallory", address=ELSEWHERE)
        mallory.connect(addresses=(ELSEWHERE, VICTIM))
        published(mallory, 77, VICTIM)
        net.advance(60)
        return VICTIM in alice.dials

    with monkeypatch.context() as patch:
        patch.setattr(Link, "shown_addresses", property(lambda self: self.addresses))
        assert not called()
    assert called()


def test_attack_a_stranger_is_called_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A presence record names its address, and every node with too few neighbors calls it."""

    def calls() -> int:
        net = Net()
        alice = listening(net)
        published(net.neighbor(alice, name="mallory"), 77, ELSEWHERE)
        net.advance(3600)
        return alice.dials.count(ELSEWHERE)

    with monkeypatch.context() as patch:
        patch.setattr(referrals, "LONGEST_AVOID", referrals.AVOID)
        assert calls() > 120
    assert 20 <= calls() <= 40


def test_attack_a_newcomer_is_sent_around_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever it calls refuses it and names two others, so there always is somebody to call."""

    def calls() -> int:
        net = Net()
        bob = net.open("bob")
        net.holding = True
        bob.do(bob.graph.connect, address(100), None)
        for n in range(130):
            if not bob.tries():
                break
            refusing = net.answer(bob)
            net.holding = True
            refusing.send(Refuse(RefuseCode.BUSY, (address(200 + 2 * n), address(201 + 2 * n))))
        return len(bob.dials)

    with monkeypatch.context() as patch:
        patch.setattr(referrals, "MOST_HOPS", 1_000_000)
        assert calls() == 131
    assert calls() == 101


NO_NODES = {
    "loopback": Address(LOOPBACK, 22),
    "multicast": Address.parse("ff02::1", 5353),
    "loopback of IPv4": Address.parse("127.0.0.1", 22),
    "another loopback of IPv4": Address.parse("127.77.0.1", 22),
    "multicast of IPv4": Address.parse("224.0.0.251", 5353),
    "broadcast of IPv4": Address.parse("255.255.255.255", 22),
    "unspecified of IPv4": Address.parse("0.0.0.0", 22),
    "unspecified": Address.parse("::", 22),
    "no port": Address.parse("2001:db8::1", 0),
}


@pytest.mark.parametrize("where", NO_NODES.values(), ids=NO_NODES)
def test_attack_a_node_calls_services_that_are_no_nodes(where: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    def called() -> bool:
        net = Net()
        alice = listening(net)
        mallory = net.neighbor(alice, name="mallory")
        published(mallory, 77, where)
        mallory.send(Disconnect(LEAST, (where,)))
        net.advance(100)
        return where in alice.dials

    with monkeypatch.context() as patch:
        patch.setattr(Address, "is_unicast", True)
        patch.setattr(Address, "is_loopback", False)
        assert called()
    assert not called()


def test_on_one_machine_nodes_call_each_other_there() -> None:
    net = Net()
    alice = net.create()
    alice.listen(Address(LOOPBACK, 4000))
    published(net.neighbor(alice), 77, Address(LOOPBACK, 4001))
    net.advance(60)
    assert Address(LOOPBACK, 4001) in alice.dials


# ---- The list --------------------------------------------------------------------------------------------------------

sources = st.tuples(st.integers(0, 3), st.integers(0, 3)).map(lambda at: bytes([*bytes(7), at[0], *bytes(7), at[1]]))
named = st.tuples(st.integers(0, 40).map(address), sources, st.booleans())


@given(st.lists(named, max_size=80))
def test_the_list_is_bounded_and_reached_addresses_have_most_of_it(names: list[tuple[Address, bytes, bool]]) -> None:
    known = AddressList(8)
    for one, source, reached in names:
        before = {entry.address for entry in known if entry.reached}
        new = known.add(one, source, reached=reached)
        entries = list(known)
        assert len(known) == len(entries) <= 8
        if not new:
            assert one in {entry.address for entry in entries}
        if not reached and len(before) <= 6:
            assert before <= {entry.address for entry in entries if entry.reached}


@given(st.lists(st.tuples(st.integers(100, 10_000).map(address), st.booleans()), max_size=60), st.booleans())
def test_one_machine_displaces_no_other_however_many_addresses_it_names(
    names: list[tuple[Address, bool]], reached: bool
) -> None:
    known = AddressList(8)
    own = [Entry(address(n), Address.parse(f"2001:db8:{n}::1", 1).ip, reached) for n in range(1, 6)]
    for entry in own:
        known.add(entry.address, entry.source, reached=entry.reached)
    for one, answers in names:
        known.add(one, ELSEWHERE.ip, reached=answers and reached)
    assert {entry.address for entry in own} <= {entry.address for entry in known}
