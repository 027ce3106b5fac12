"""No more to a stranger than it sent; bounded whatever comes."""

from __future__ import annotations

from peerapi.address import Address
from peerapi.ring.amplification import HELD_PER_SOURCE, MOST_HELD, PROBES_PER_HOST, PROOF_LIFETIME, AmplificationLimit
from peerapi.ring.rate_limit import RateLimit


def source(number: int, port: int = 3540) -> Address:
    return Address(number.to_bytes(16, "big"), port)


def test_a_stranger_gets_as_many_bytes_as_it_sent() -> None:
    limit = AmplificationLimit()
    limit.heard(source(1), 100, 0.0)
    assert limit.allows(source(1), 60, 0.0)
    assert not limit.allows(source(1), 41, 0.0)
    assert limit.allows(source(1), 40, 0.0)
    assert not limit.allows(source(1), 1, 0.0)


def test_credit_is_forgotten() -> None:
    limit = AmplificationLimit()
    limit.heard(source(1), 1000, 0.0)
    limit.heard(source(1), 10, 31.0)
    assert not limit.allows(source(1), 11, 31.0)


def test_a_proof_opens_the_way_for_a_while() -> None:
    limit = AmplificationLimit()
    limit.prove(source(1), 0.0)
    assert limit.allows(source(1), 100_000, PROOF_LIFETIME)
    assert not limit.allows(source(1), 1, PROOF_LIFETIME + 1)
    assert not limit.is_proved(source(1, port=9999), 0.0)


def test_bytes_count_again_after_a_proof_has_grown_old() -> None:
    limit = AmplificationLimit()
    limit.prove(source(1), 0.0)
    limit.heard(source(1), 50, PROOF_LIFETIME + 1)
    assert limit.allows(source(1), 50, PROOF_LIFETIME + 1)


def test_held_questions_come_back_with_the_proof_once() -> None:
    limit = AmplificationLimit()
    assert limit.hold(source(1), b"a")
    assert not limit.hold(source(1), b"b")
    assert not limit.hold(source(1), b"a")
    assert limit.prove(source(1), 0.0) == [b"a", b"b"]
    assert limit.prove(source(1), 0.0) == []


def test_a_source_and_a_host_have_only_so_many_held() -> None:
    limit = AmplificationLimit()
    for number in range(20):
        limit.hold(source(1), b"%d" % number)
    assert len(limit.prove(source(1), 0.0)) == HELD_PER_SOURCE
    probes = [limit.hold(source(2, port=2000 + number), b"x") for number in range(20)]
    assert probes.count(True) == PROBES_PER_HOST


def test_all_sources_together_have_only_so_many_held() -> None:
    limit = AmplificationLimit()
    for number in range(2 * MOST_HELD):
        assert limit.hold(source(number), b"x")
    assert sum(len(limit.prove(source(number), 0.0)) for number in range(2 * MOST_HELD)) == MOST_HELD


def test_what_was_given_up_makes_room() -> None:
    limit = AmplificationLimit()
    limit.hold(source(1), b"a")
    limit.give_up(source(1))
    assert limit.prove(source(1), 0.0) == []


def test_a_budget_is_new_every_second() -> None:
    budget = RateLimit(2)
    assert [budget.allows(0.1), budget.allows(0.2), budget.allows(0.9), budget.allows(1.0)] == [True, True, False, True]


def test_one_party_gets_half_of_a_budget() -> None:
    budget = RateLimit(5)
    assert [budget.allows(0.1, b"a") for _ in range(4)] == [True, True, False, False]
    assert [budget.allows(0.1, b"b") for _ in range(3)] == [True, True, False]
    assert [budget.allows(0.1, b"c"), budget.allows(0.1, b"c"), budget.allows(0.1)] == [True, False, False]
    assert budget.allows(1.0, b"a")
    assert RateLimit(1).allows(0.1, b"a")
