"""Peer time (MS-PPGRH 1.3.6, 3.1.1, 3.1.5.2.2): local UTC minus a delta that neighbors average together."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.graphing import clock as clocks
from peerapi.graphing.clock import TOLERANCE, PeerClock
from peerapi.graphing.codec.messages import Welcome
from peerapi.moment import SECOND, Moment
from tests.graphing.machines import EPOCH, Machine, Stranger
from tests.graphing.pair import Net

MINUTE = 60 * SECOND
NOW = Moment(EPOCH, 100.0)


def test_peer_time_is_local_time_minus_the_delta() -> None:
    clock = PeerClock(7 * MINUTE)
    assert clock.peer_time(EPOCH) == EPOCH - 7 * MINUTE
    assert clock.utc(clock.peer_time(EPOCH)) == EPOCH


def test_the_only_neighbor_gives_its_time() -> None:
    clock = PeerClock()
    assert clock.learn(EPOCH + 5 * MINUTE, EPOCH, NOW, only_neighbor=True)
    assert clock.peer_time(EPOCH) == EPOCH + 5 * MINUTE


def test_half_of_the_round_trip_is_added() -> None:
    clock = PeerClock()
    clock.learn(EPOCH, EPOCH - 6 * SECOND, NOW, only_neighbor=True)
    assert clock.peer_time(EPOCH) == EPOCH + 3 * SECOND


def test_one_more_neighbor_counts_a_fifth() -> None:
    clock = PeerClock(10 * MINUTE)
    clock.learn(EPOCH - 5 * MINUTE, EPOCH - 10 * MINUTE, NOW, only_neighbor=False)
    assert clock.delta == 9 * MINUTE  # 0.8 * 10 + 0.2 * 5


@pytest.mark.parametrize("only_neighbor", [True, False])
@pytest.mark.parametrize("sign", [-1, 1])
def test_a_difference_of_more_than_twenty_minutes_is_not_believed(sign: int, only_neighbor: bool) -> None:  # A35
    clock = PeerClock()
    assert not clock.learn(EPOCH + sign * (TOLERANCE + 1), EPOCH, NOW, only_neighbor=only_neighbor)
    assert clock.delta == 0
    assert clock.learn(EPOCH + sign * TOLERANCE, EPOCH, NOW, only_neighbor=only_neighbor)
    assert clock.delta != 0


def test_the_limit_is_measured_in_peer_time_not_in_local_time() -> None:
    clock = PeerClock(-15 * MINUTE)
    assert not clock.learn(EPOCH - 6 * MINUTE, EPOCH + 15 * MINUTE, NOW, only_neighbor=True)
    assert clock.learn(EPOCH - 5 * MINUTE, EPOCH + 15 * MINUTE, NOW, only_neighbor=True)


@given(st.lists(st.integers(-TOLERANCE, TOLERANCE), min_size=2, max_size=8))
def test_averaging_stays_between_the_times_that_were_heard(deltas: list[int]) -> None:
    clock = PeerClock()
    for n, delta in enumerate(deltas):
        clock.learn(EPOCH - delta, clock.peer_time(EPOCH), NOW, only_neighbor=n == 0)
    assert min(deltas) - len(deltas) <= clock.delta <= max(deltas) + len(deltas)


# ---- On machines -----------------------------------------------------------------------------------------------------


def test_a_joiner_takes_over_the_time_of_its_first_neighbor() -> None:
    net = Net()
    alice = net.create()
    bob = net.open("bob", skew=300.0)
    net.connect(bob, alice)
    assert bob.peer_time == alice.peer_time


def test_a_joiner_whose_clock_is_an_hour_off_keeps_its_own_time() -> None:  # reading A35
    net = Net()
    alice = net.create()
    bob = net.open("bob", skew=3600.0)
    net.connect(bob, alice)
    assert bob.graph.clock.delta == 0
    assert bob.graph.neighbors, "the connection stays"


def test_a_second_neighbor_moves_peer_time_by_a_fifth() -> None:
    net = Net()
    alice = net.create()
    bob = net.join("bob", alice)
    with net.hold():
        bob.do(bob.graph.connect, alice.address._replace(port=5000), None)
        stranger = net.answer(bob)
    before = bob.peer_time
    stranger.send(Welcome(stranger.node_id, before + 100 * SECOND, peer_id="stranger"))
    assert bob.peer_time == before + 20 * SECOND


def test_the_round_trip_of_the_handshake_is_measured() -> None:  # TConnect, 3.1.5.1.2
    net = Net()
    bob = net.open("bob")
    with net.hold():
        bob.do(bob.graph.connect, bob.address._replace(port=9), None)
        stranger = net.answer(bob)
    net.elapsed += 10.0
    stranger.send(Welcome(stranger.node_id, EPOCH, peer_id="stranger"))
    assert bob.peer_time == EPOCH + 5 * SECOND


def test_a_welcome_carries_the_peer_time_of_its_sender() -> None:  # 3.1.5.2.1
    net = Net()
    alice = net.create()
    alice.listen()
    alice.graph.clock.delta = 77 * SECOND
    stranger = net.stranger(alice)
    stranger.connect()
    (welcome,) = stranger.take(Welcome)
    assert welcome.peer_time == EPOCH - 77 * SECOND


def test_the_delta_is_kept_with_the_database() -> None:  # 3.1.4.2, 3.1.4.12
    net = Net()
    alice = net.create()
    bob = net.open("bob", skew=300.0)
    net.connect(bob, alice)
    delta = bob.graph.clock.delta
    assert delta
    bob.do(bob.graph.close)
    database = bob.graph.database
    database.created = False  # as an opening from disk finds it
    again = net.open("bob", database=database, skew=300.0)
    assert again.graph.clock.delta == delta


# ---- What others can do to it ----------------------------------------------------------------------------------------


def welcomed(net: Net, victim: Machine, ahead: int, node_id: int) -> Stranger:
    """A node that the victim has called answers with a peer time that is so far from the victim's."""
    with net.hold():
        victim.do(victim.graph.connect, victim.address._replace(port=5000 + node_id), None)
        stranger = net.answer(victim, node_id=node_id)
    if not stranger.hung_up:
        stranger.send(Welcome(node_id, max(0, victim.peer_time + ahead), peer_id="mallory"))
    return stranger


def restarted(net: Net, victim: Machine) -> Machine:
    victim.do(victim.graph.close)
    net.machines.remove(victim)
    database = victim.graph.database
    database.created = False  # as an opening from disk finds it
    return net.open("alice", database=database)


def test_attack_a_neighbor_walks_the_clock_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """It hangs up after each WELCOME and is called again; each time it is almost 20 minutes ahead."""

    def walked(sign: int) -> int:
        net = Net()
        victim = net.open("alice")
        for node_id in range(10, 16):
            welcomed(net, victim, sign * (TOLERANCE - SECOND), node_id).close()
        return victim.peer_time - victim.moment.utc

    for sign in (1, -1):
        with monkeypatch.context() as patch:
            patch.setattr(clocks, "_bounded", lambda delta: delta)
            assert abs(walked(sign)) > 100 * MINUTE
        assert walked(sign) == sign * TOLERANCE


Step = tuple[str, int]
steps = st.one_of(
    st.tuples(st.just("welcome"), st.integers(-TOLERANCE, TOLERANCE)),
    st.tuples(st.just("welcome"), st.integers(-(1 << 62), 1 << 62)),
    st.tuples(st.just("end"), st.integers(0, 20)),
    st.tuples(st.just("wait"), st.integers(1, 400)),
    st.tuples(st.just("restart"), st.just(0)),
)


@given(st.lists(steps, max_size=15))
def test_whatever_is_sent_and_however_often_peer_time_stays_near(steps: Sequence[Step]) -> None:
    """Any WELCOMEs from any number of neighbors, in any order, with endings, waiting and restarts between them."""
    net = Net()
    victim = net.open("alice")
    strangers: list[Stranger] = []
    for number, (what, value) in enumerate(steps):
        if what == "welcome":
            strangers.append(welcomed(net, victim, value, 100 + number))
        elif what == "end" and strangers:
            strangers.pop(value % len(strangers)).close()
        elif what == "wait":
            net.advance(value)
        elif what == "restart":
            victim = restarted(net, victim)
            strangers = []
        assert abs(victim.peer_time - victim.moment.utc) <= TOLERANCE


def test_a_delta_that_was_kept_is_bounded_too() -> None:
    """An earlier version of the library may have been walked away before it wrote it down."""
    net = Net()
    victim = net.open("alice")
    victim.do(victim.graph.database.set_fact, "peer_time_delta", 5 * TOLERANCE)
    victim.graph.clock.delta = 5 * TOLERANCE
    assert restarted(net, victim).graph.clock.delta == TOLERANCE


def test_honest_nodes_agree_although_their_clocks_differ() -> None:
    """Eight nodes, up to 9 minutes fast or slow, each joining through the one before."""
    net = Net()
    last = net.create(skew=-9 * 60.0)
    for number, skew in enumerate((540.0, -540.0, 120.0, 539.0, -300.0, 0.0, 60.0)):
        last = net.join(f"node {number}", last, skew=skew)
    times = [machine.peer_time for machine in net.machines]
    assert max(times) - min(times) <= 2 * SECOND
