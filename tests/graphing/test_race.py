"""Several addresses, one connection (``machine.race``): who is called when, and what the application hears."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.address import Address
from peerapi.errors import AlreadyExists, ConnectionFailed, ConnectionRefused, ConnectSelf
from peerapi.graphing.codec.messages import Refuse, RefuseCode, Welcome
from peerapi.graphing.events import ConnectionChanged, ConnectionStatus
from peerapi.graphing.machine.race import MOST_AT_ONCE, STAGGER
from tests.graphing.machines import Machine, Stranger, address
from tests.graphing.pair import Net

FAILED, CONNECTED = ConnectionStatus.FAILED, ConnectionStatus.CONNECTED


def caller(net: Net, *addresses: Address) -> tuple[Machine, int]:
    """A newcomer that calls several addresses, and the connection that its application knows."""
    bob = net.open("bob")
    net.holding = True
    return bob, bob.do(bob.graph.connect_any, addresses, None)


def welcome(stranger: Stranger, machine: Machine) -> None:
    stranger.send(Welcome(stranger.node_id, machine.peer_time, (), stranger.name))


def outcome(machine: Machine, connection: int) -> ConnectionChanged:
    """How the application's connection has ended or come about: it follows the calls that take its place."""
    for event in machine.heard(ConnectionChanged):
        if event.connection_id == connection:
            if not event.next_connection_id:
                return event
            connection = event.next_connection_id
    raise AssertionError("nothing was told")


def told(machine: Machine, connection: int) -> bool:
    try:
        outcome(machine, connection)
    except AssertionError:
        return False
    return True


def test_the_next_call_begins_a_second_after_the_one_before() -> None:
    net = Net()
    bob, _ = caller(net, *map(address, (60, 61, 62)))
    assert bob.dials == [address(60)]
    net.advance(STAGGER * 0.9)
    assert bob.dials == [address(60)]
    net.advance(STAGGER * 0.2)
    assert bob.dials == [address(60), address(61)]
    net.advance(STAGGER)
    assert bob.dials == [address(60), address(61), address(62)]


def test_it_begins_at_once_when_the_one_before_has_failed() -> None:
    net = Net()
    bob, connection = caller(net, *map(address, (60, 61)))
    bob.do(bob.graph.lost, bob.tries()[0])
    assert bob.dials == [address(60), address(61)]
    assert not told(bob, connection)


def test_the_first_that_is_welcome_wins_and_the_others_are_ended() -> None:
    net = Net()
    bob, connection = caller(net, *map(address, (60, 61, 62)))
    net.advance(2.5 * STAGGER)
    first, second = net.answer(bob, name="first", node_id=1), net.answer(bob, name="second", node_id=2)
    welcome(second, bob)
    assert first.hung_up
    assert not second.hung_up
    found = outcome(bob, connection)
    assert (found.status, found.node_id) == (CONNECTED, 2)
    assert [link.dialed for link in bob.graph.links.values()] == [address(61)]
    assert bob.heard(ConnectionChanged)[-1] == found
    net.advance(60)
    assert bob.dials[:3] == [address(60), address(61), address(62)]


def test_who_has_lost_a_race_is_not_left_alone_for_it() -> None:
    net = Net()
    bob, _ = caller(net, *map(address, (60, 61)))
    net.advance(1.5 * STAGGER)
    net.answer(bob, node_id=1)
    welcome(net.answer(bob, node_id=2), bob)
    assert not bob.graph.referrals.left_alone(address(60))


def test_when_all_fail_the_application_hears_it_once_and_what_somebody_said() -> None:
    net = Net()
    bob, connection = caller(net, *map(address, (60, 61, 62)))
    net.advance(2.5 * STAGGER)
    refusing = net.answer(bob)
    refusing.send(Refuse(RefuseCode.BUSY, ()))
    for link in bob.tries():
        bob.do(bob.graph.lost, link)
    found = outcome(bob, connection)
    assert (found.status, found.reason) == (FAILED, ConnectionRefused.hresult)
    assert [event.next_connection_id for event in bob.heard(ConnectionChanged)].count(0) == 1


def test_a_referral_belongs_to_the_race_that_it_comes_from() -> None:
    net = Net()
    bob, connection = caller(net, *map(address, (60, 61)))
    net.advance(1.5 * STAGGER)
    net.answer(bob).send(Refuse(RefuseCode.BUSY, (address(70),)))
    assert bob.dials == [address(60), address(61), address(70)]
    net.answer(bob, name="silent", node_id=1)
    welcome(net.answer(bob, name="referred", node_id=2), bob)
    assert outcome(bob, connection).node_id == 2
    assert [link.dialed for link in bob.graph.links.values()] == [address(70)]


def test_own_addresses_are_not_called_and_a_neighbor_s_are_not_called_again() -> None:
    net = Net()
    alice = net.create()
    alice.listen()
    with pytest.raises(ConnectSelf):
        alice.do(alice.graph.connect_any, [alice.address], None)
    bob = net.open("bob")
    bob.listen(address(50))
    bob.do(bob.graph.connect_any, [address(50), alice.address], None)
    net.deliver_all()
    assert bob.dials == [alice.address]
    with pytest.raises(AlreadyExists):
        bob.do(bob.graph.connect_any, [address(60), alice.address], None)


def test_only_so_many_calls_are_under_way() -> None:
    net = Net()
    bob, connection = caller(net, *(address(60 + n) for n in range(12)))
    net.advance(15 * STAGGER)
    assert len(bob.tries()) == len(bob.dials) == MOST_AT_ONCE
    while bob.tries():
        bob.do(bob.graph.lost, bob.tries()[0])
    assert len(bob.dials) == 12
    assert outcome(bob, connection).reason == ConnectionFailed.hresult


def test_a_graph_that_closes_calls_nobody_any_more() -> None:
    net = Net()
    bob, _ = caller(net, *map(address, (60, 61)))
    bob.do(bob.graph.close)
    net.advance(10)
    assert bob.dials == [address(60)]


def test_a_partition_is_mended_at_whichever_address_of_the_other_side_answers() -> None:
    """3.1.7.13; the first is called first."""
    net = Net()
    bob = net.open("bob")
    net.holding = True
    bob.do(bob.graph.races.begin, [address(60), address(61)])
    net.advance(1.5 * STAGGER)
    net.answer(bob, node_id=1)
    welcome(net.answer(bob, node_id=2), bob)
    assert [link.dialed for link in bob.graph.neighbors] == [address(61)]
    assert [event.status for event in bob.heard(ConnectionChanged)] == [CONNECTED]


steps = st.lists(
    st.tuples(st.sampled_from(["wait", "fail", "refuse", "refer", "welcome"]), st.integers(0, 7)), max_size=30
)


@given(st.integers(1, 6), steps)
def test_whatever_happens_the_application_hears_of_one_connection_and_one_end(
    count: int, happenings: list[tuple[str, int]]
) -> None:
    net = Net()
    bob, connection = caller(net, *(address(60 + n) for n in range(count)))
    referred = 100
    for kind, which in happenings:
        tries = bob.tries()
        if kind == "wait" or not tries:
            net.advance(STAGGER)
            continue
        link = tries[which % len(tries)]
        if link in bob.ends:
            continue
        if kind == "fail":
            net._held = [held for held in net._held if held[1] is not link]
            bob.do(bob.graph.lost, link)
            continue
        net._held.sort(key=lambda held: held[1] is not link)
        stranger = net.answer(bob, node_id=1000 + link.id)
        net.holding = True
        if kind == "welcome":
            welcome(stranger, bob)
        else:
            stranger.send(Refuse(RefuseCode.BUSY, (address(referred),) if kind == "refer" else ()))
            referred += 1
    awaited = [link for link in bob.tries() if link.requested]
    events = bob.heard(ConnectionChanged)
    failed = [event for event in events if event.status is FAILED]
    assert len(awaited) <= 1
    assert told(bob, connection) is not bool(awaited)
    assert len({event.connection_id for event in failed}) == len(failed)


def test_a_seat_at_a_relay_is_called_second() -> None:
    """Directly is better, and where that is not to be it costs a second."""
    seat = Address.parse("2001:2f:c633:640a:769a:bd4a:9e69:86e5", 443)
    net = Net()
    bob, _ = caller(net, seat, address(60), address(61))
    net.advance(2.5 * STAGGER)
    assert bob.dials == [address(60), seat, address(61)]
    alone, _ = caller(Net(), seat)
    assert alone.dials == [seat]
