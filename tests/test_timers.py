"""Named deadlines (MS-PPGRH 3.1.2 is about what a graph uses them for)."""

import contextlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.timers import Timers


@pytest.fixture
def timers() -> Timers:
    return Timers()


def test_the_earliest_deadline_is_next(timers: Timers) -> None:
    assert timers.next is None
    timers.set("b", 7.0, list)
    timers.set("a", 5.0, list)
    assert timers.next == 5.0
    timers.cancel("a")
    assert timers.next == 7.0
    timers.cancel_all()
    assert timers.next is None


def test_a_deadline_fires_once_when_it_is_reached(timers: Timers) -> None:
    fired: list[str] = []
    timers.set("a", 5.0, lambda: fired.append("a"))
    timers.fire(4.999)
    assert fired == []
    timers.fire(5.0)
    timers.fire(100.0)
    assert fired == ["a"]


def test_what_is_due_fires_in_the_order_of_the_deadlines(timers: Timers) -> None:
    fired: list[int] = []
    for n in (3, 1, 2):
        timers.set(n, float(n), lambda n=n: fired.append(n))
    timers.fire(2.0)
    assert fired == [1, 2]


def test_a_key_has_one_deadline_the_last_that_was_set(timers: Timers) -> None:
    fired: list[str] = []
    timers.set("a", 1.0, lambda: fired.append("first"))
    timers.set("a", 9.0, lambda: fired.append("second"))
    timers.fire(5.0)
    assert fired == []
    timers.fire(9.0)
    assert fired == ["second"]


def test_set_earlier_never_postpones(timers: Timers) -> None:
    timers.set_earlier("a", 5.0, list)
    timers.set_earlier("a", 9.0, list)
    assert timers.at("a") == 5.0
    timers.set_earlier("a", 2.0, list)
    assert timers.at("a") == 2.0


def test_an_action_may_set_its_own_key_again(timers: Timers) -> None:
    fired: list[float] = []

    def again() -> None:
        fired.append(len(fired))
        timers.set("a", 10.0 * (len(fired) + 1), again)

    timers.set("a", 10.0, again)
    timers.fire(20.0)
    assert len(fired) == 2
    assert timers.next == 30.0


def test_an_action_may_cancel_another_that_is_due(timers: Timers) -> None:
    fired: list[str] = []
    timers.set("a", 1.0, lambda: timers.cancel("b"))
    timers.set("b", 2.0, lambda: fired.append("b"))
    timers.fire(5.0)
    assert fired == []


def test_a_cancelled_deadline_that_was_never_set_is_no_error(timers: Timers) -> None:
    timers.cancel("nothing")
    assert timers.at("nothing") is None


def test_an_action_that_fails_is_tried_again_and_holds_up_nobody(timers: Timers) -> None:
    """A full disk for one moment must not end the renewals and the maintenance of a node for good."""
    fired: list[str] = []

    def failing() -> None:
        fired.append("a")
        if len(fired) == 1:
            raise OSError("the disk is full")

    timers.set("a", 1.0, failing)
    timers.set("b", 2.0, lambda: fired.append("b"))
    with pytest.raises(OSError, match="full"):
        timers.fire(3.0)
    timers.fire(3.0)
    assert fired == ["a", "b"]
    assert timers.next is not None
    timers.fire(timers.next)
    assert fired == ["a", "b", "a"]
    assert timers.next is None


def test_an_action_that_goes_on_failing_is_tried_ever_more_seldom(timers: Timers) -> None:
    tries: list[float] = []

    def failing() -> None:
        tries.append(timers_now[-1])
        if len(tries) < 8:
            raise OSError("the disk is full")

    timers_now = [1.0]
    timers.set("a", 1.0, failing)
    while timers.next is not None:
        timers_now.append(timers.next)
        with contextlib.suppress(OSError):
            timers.fire(timers.next)
    pauses = [later - earlier for earlier, later in itertools.pairwise(tries)]
    assert pauses == [5.0, 10.0, 20.0, 40.0, 60.0, 60.0, 60.0]
    timers.set("a", 1000.0, failing)
    timers.fire(1000.0)
    assert len(tries) == 9, "it has not failed since"


def test_moving_a_deadline_often_costs_no_memory() -> None:
    timers = Timers()
    for step in range(10_000):
        timers.set("x", float(step), lambda: None)
    assert len(timers._heap) < 200
    timers.cancel_all()
    assert timers.next is None
    assert len(timers) == 0


@given(st.lists(st.tuples(st.integers(0, 5), st.none() | st.integers(0, 100)), max_size=30))
def test_next_is_always_the_smallest_deadline(changes: list[tuple[int, int | None]]) -> None:
    timers, model = Timers(), dict[int, float]()
    for key, at in changes:
        if at is None:
            timers.cancel(key)
            model.pop(key, None)
        else:
            timers.set(key, float(at), list)
            model[key] = float(at)
        assert timers.next == min(model.values(), default=None)
        assert len(timers) == len(model)
        assert all(timers.at(key) == at for key, at in model.items())


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 10)), max_size=30), st.integers(0, 10))
def test_each_key_that_is_due_fires_once_and_no_other(changes: list[tuple[int, int]], elapsed: int) -> None:
    timers, fired = Timers(), list[tuple[int, int]]()
    for key, at in changes:
        timers.set(key, float(at), lambda at=at, key=key: fired.append((at, key)))  # type: ignore[misc]
    timers.fire(float(elapsed))
    assert sorted(fired) == sorted((at, key) for key, at in dict(changes).items() if at <= elapsed)
    assert [at for at, _ in fired] == sorted(at for at, _ in fired)
