"""No more to a stranger than it sent; bounded whatever comes."""

from __future__ import annotations

from peerapi.address import Address
from peerapi.pnrp.guard import HELD_PER_SOURCE, MOST_HELD, PROBES_PER_HOST, PROOF_LIFETIME, Budget, Guard


def source(number: int, port: int = 3540) -> Address:
    return Address(number.to_bytes(16, "big"), port)


def test_a_stranger_gets_as_many_bytes_as_it_sent() -> None:
    guard = Guard()
    guard.heard(source(1), 100, 0.0)
    assert guard.allows(source(1), 60, 0.0)
    assert not guard.allows(source(1), 41, 0.0)
    assert guard.allows(source(1), 40, 0.0)
    assert not guard.allows(source(1), 1, 0.0)


def test_credit_is_forgotten() -> None:
    guard = Guard()
    guard.heard(source(1), 1000, 0.0)
    guard.heard(source(1), 10, 31.0)
    assert not guard.allows(source(1), 11, 31.0)


def test_a_proof_opens_the_way_for_a_while() -> None:
    guard = Guard()
    guard.prove(source(1), 0.0)
    assert guard.allows(source(1), 100_000, PROOF_LIFETIME)
    assert not guard.allows(source(1), 1, PROOF_LIFETIME + 1)
    assert not guard.is_proved(source(1, port=9999), 0.0)


def test_bytes_count_again_after_a_proof_has_grown_old() -> None:
    guard = Guard()
    guard.prove(source(1), 0.0)
    guard.heard(source(1), 50, PROOF_LIFETIME + 1)
    assert guard.allows(source(1), 50, PROOF_LIFETIME + 1)


def test_held_questions_come_back_with_the_proof_once() -> None:
    guard = Guard()
    assert guard.hold(source(1), b"a")
    assert not guard.hold(source(1), b"b")
    assert not guard.hold(source(1), b"a")
    assert guard.prove(source(1), 0.0) == [b"a", b"b"]
    assert guard.prove(source(1), 0.0) == []


def test_a_source_and_a_host_have_only_so_many_held() -> None:
    guard = Guard()
    for number in range(20):
        guard.hold(source(1), b"%d" % number)
    assert len(guard.prove(source(1), 0.0)) == HELD_PER_SOURCE
    probes = [guard.hold(source(2, port=2000 + number), b"x") for number in range(20)]
    assert probes.count(True) == PROBES_PER_HOST


def test_all_sources_together_have_only_so_many_held() -> None:
    guard = Guard()
    for number in range(2 * MOST_HELD):
        assert guard.hold(source(number), b"x")
    assert sum(len(guard.prove(source(number), 0.0)) for number in range(2 * MOST_HELD)) == MOST_HELD


def test_what_was_given_up_makes_room() -> None:
    guard = Guard()
    guard.hold(source(1), b"a")
    guard.give_up(source(1))
    assert guard.prove(source(1), 0.0) == []


def test_a_budget_is_new_every_second() -> None:
    budget = Budget(2)
    assert [budget.allows(0.1), budget.allows(0.2), budget.allows(0.9), budget.allows(1.0)] == [True, True, False, True]


def test_one_party_gets_half_of_a_budget() -> None:
    budget = Budget(5)
    assert [budget.allows(0.1, b"a") for _ in range(4)] == [True, True, False, False]
    assert [budget.allows(0.1, b"b") for _ in range(3)] == [True, True, False]
    assert [budget.allows(0.1, b"c"), budget.allows(0.1, b"c"), budget.allows(0.1)] == [True, False, False]
    assert budget.allows(1.0, b"a")
    assert Budget(1).allows(0.1, b"a")
