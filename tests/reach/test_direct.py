"""Two nodes that have met through a relay: which pairs of homes find a connection without it, and by which way."""

from __future__ import annotations

import random

import pytest

from peerapi.path_kind import PathKind
from peerapi.reach import direct
from peerapi.reach.direct import Chosen, Failed
from peerapi.reach.frames import CALLEE, CALLER, Stay, Unknown
from tests.reach.direct_ends import End, ends, met, world
from tests.support.homes import PATHS, Kind

PAIRS = [(caller, callee) for caller in Kind for callee in Kind]


def way(end: End) -> PathKind:
    assert isinstance(end.result, Chosen), end.result
    return end.result.kind


@pytest.mark.parametrize("delay", [0.0005, 0.05, 0.3])
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair[0].value + pair[1].value)
def test_every_pair_of_homes_goes_the_way_of_the_table(pair: tuple[Kind, Kind], delay: float) -> None:
    internet = world(7, delay)
    caller, callee = met(internet, internet.host(pair[0]), internet.host(pair[1]))
    assert (way(caller), way(callee)) == (PATHS[pair], PATHS[pair])


def test_most_pairs_need_no_relay() -> None:
    assert sum(PATHS[pair] is not PathKind.RELAYED for pair in PAIRS) == 22


def test_bytes_go_both_ways_over_a_punched_connection() -> None:
    internet = world(1)
    caller, callee = met(internet, internet.host(Kind.CONE), internet.host(Kind.CONE))
    caller.send(b"AUTH_INFO")
    callee.send(b"WELCOME")
    internet.run(1.0)
    assert (callee.heard, caller.heard) == (b"AUTH_INFO", b"WELCOME")


def test_what_follows_the_choice_at_once_is_not_lost() -> None:
    internet = world(1)
    caller, callee = ends(internet, internet.host(Kind.CONE), internet.host(Kind.CONE))
    callee.begin()
    caller.begin()
    while caller.result is None:
        internet.run(0.001)
    caller.send(b"AUTH_INFO")
    internet.run(5.0)
    assert callee.heard == b"AUTH_INFO"


@pytest.mark.parametrize("kind", [Kind.CONE, Kind.CLOSED])
def test_routers_that_answer_what_they_do_not_let_in_are_punched_all_the_same(kind: Kind) -> None:
    internet = world(3, 0.02, refuses=True)
    caller, callee = met(internet, internet.host(kind), internet.host(kind))
    assert way(caller) is way(callee) is PathKind.PUNCHED


def test_hosts_behind_one_router_that_sends_nothing_back_in_meet_at_home() -> None:
    """Neither can use the router's own address, from inside."""
    internet = world(3)
    here, there = internet.host(Kind.CONE), internet.host(Kind.CONE)
    there.public = here.public
    internet._owners[there.own] = there
    internet._owners[here.own] = here
    here.enters = there.enters = lambda port, source: port  # type: ignore[method-assign]
    here.leaves = lambda port, where: here.addresses[0]._replace(
        ip=here.public if where.is_public else here.own, port=port
    )  # type: ignore[method-assign]
    there.leaves = lambda port, where: there.addresses[0]._replace(
        ip=there.public if where.is_public else there.own, port=port
    )  # type: ignore[method-assign]
    caller, callee = met(internet, here, there)
    assert way(caller) is way(callee) is PathKind.DIRECT


def test_nobody_is_sent_more_than_two_syns_a_dialing_and_two_dialings() -> None:
    for refuses in (False, True):
        internet = world(3, 0.02, refuses=refuses)
        met(internet, internet.host(Kind.SYMMETRIC), internet.host(Kind.CARRIER))
        assert max(internet.syns.values()) <= 2 * direct.MOST_DIALS


@pytest.mark.parametrize("delay", [0.0005, 0.0125, 0.05])
@pytest.mark.parametrize(
    "pair", [one for one in PAIRS if PATHS[one] is PathKind.RELAYED], ids=lambda pair: pair[0].value + pair[1].value
)
def test_where_a_router_draws_the_ports_the_relay_is_kept_soon(pair: tuple[Kind, Kind], delay: float) -> None:
    """Waits, counted on virtual time: there and back by the relay is four ways, and then the window is one of the
    round trips."""
    internet = world(3, delay)
    caller, callee = ends(internet, internet.host(pair[0]), internet.host(pair[1]))
    callee.begin()
    caller.begin()
    there_and_back = 4 * delay
    window = max(direct.SHORTEST_WINDOW, direct.REDIAL + direct.ROUND_TRIPS * there_and_back)
    internet.run(1.5 * there_and_back + window + 0.001)
    assert way(caller) is PathKind.RELAYED
    assert Stay() in caller.said
    internet.run(there_and_back)
    assert way(callee) is PathKind.RELAYED


def test_where_it_takes_a_second_try_a_second_and_a_half_is_waited() -> None:
    """The first SYNs of both are lost."""
    for pair, kind in (((Kind.CONE, Kind.CONE), PathKind.PUNCHED), ((Kind.CLOSED, Kind.CLOSED), PathKind.PUNCHED)):
        internet = world(3)
        caller, callee = ends(internet, internet.host(pair[0]), internet.host(pair[1]))
        internet.drops = 2
        callee.begin()
        caller.begin()
        internet.run(30.0)
        assert way(caller) is way(callee) is kind


def test_without_any_answer_the_relay_is_kept_after_a_second_and_a_half() -> None:
    internet = world(3, 0.05)
    caller, callee = ends(internet, internet.host(Kind.CONE), internet.host(Kind.CONE))
    internet.drops = 1000
    callee.begin()
    caller.begin()
    internet.run(direct.WINDOW)
    assert caller.result is None
    internet.run(9 * 0.05)
    assert way(caller) is way(callee) is PathKind.RELAYED


def test_a_called_node_that_does_not_know_what_is_asked_stays() -> None:
    internet = world(3)
    caller, callee = ends(internet, internet.host(Kind.CONE), internet.host(Kind.CONE))
    callee.begin()
    callee.take(Unknown(0x3F))
    assert way(callee) is PathKind.RELAYED
    assert callee.said == [Stay()]
    caller.begin()
    caller.take(Stay())
    assert way(caller) is PathKind.RELAYED


@pytest.mark.parametrize("at", [0.0, 0.05, 0.09, 0.13, 0.2, 0.5])
def test_a_relay_that_dies_meanwhile_ends_the_call_or_leaves_the_direct_connection(at: float) -> None:
    internet = world(3)
    caller, callee = ends(internet, internet.host(Kind.CONE), internet.host(Kind.CONE))
    callee.begin()
    caller.begin()
    internet.run(at)
    caller.lose_relay()
    callee.lose_relay()
    internet.run(30.0)
    kinds = {one.result.kind if isinstance(one.result, Chosen) else None for one in (caller, callee)}
    assert kinds in ({None}, {PathKind.PUNCHED})


def test_an_end_that_falls_silent_is_not_waited_for_without_end() -> None:
    for role in (CALLER, CALLEE):
        internet = world(3)
        caller, callee = ends(internet, internet.host(Kind.CONE), internet.host(Kind.CONE))
        other = callee if role == CALLER else caller
        other.other = None
        other.begin()
        internet.run(direct.PATIENCE + 0.1)
        assert isinstance(other.result, Failed)


@pytest.mark.parametrize("seed", range(20))
def test_whatever_the_delays_both_ends_agree(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(5):
        internet = world(chance.randrange(1 << 30), chance.uniform(0.0, 0.6), refuses=chance.random() < 0.3)
        kinds = list(Kind)
        caller, callee = met(internet, internet.host(chance.choice(kinds)), internet.host(chance.choice(kinds)))
        assert way(caller) is way(callee)
        if way(caller) is not PathKind.RELAYED:
            caller.send(b"hello")
            internet.run(5.0)
            assert callee.heard == b"hello"
