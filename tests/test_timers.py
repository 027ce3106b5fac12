"""Named deadlines."""

from __future__ import annotations

from peerapi.timers import Timers


def test_deadlines_fire_in_order_and_once() -> None:
    timers, fired = Timers(), []
    for name, at in (("b", 2.0), ("a", 1.0), ("c", 3.0)):
        timers.set(name, at, lambda name=name: fired.append(name))  # type: ignore[misc]
    assert timers.next == 1.0
    timers.fire(2.0)
    timers.fire(2.0)
    assert fired == ["a", "b"]
    assert timers.next == 3.0


def test_a_key_has_one_deadline() -> None:
    timers, fired = Timers(), []
    timers.set("x", 1.0, lambda: fired.append(1))
    timers.set("x", 5.0, lambda: fired.append(2))
    timers.fire(4.0)
    assert fired == []
    assert timers.at("x") == 5.0
    timers.set_earlier("x", 9.0, lambda: fired.append(3))
    timers.set_earlier("x", 4.5, lambda: fired.append(4))
    timers.fire(10.0)
    assert fired == [4]
    assert timers.next is None


def test_an_action_may_set_its_own_key_again_and_cancel_others() -> None:
    timers, fired = Timers(), []

    def again() -> None:
        fired.append("again")
        timers.cancel("other")
        if len(fired) < 3:
            timers.set("x", len(fired) + 1.0, again)

    timers.set("x", 1.0, again)
    timers.set("other", 1.5, lambda: fired.append("other"))
    timers.fire(10.0)
    assert fired == ["again"] * 3


def test_moving_a_deadline_often_costs_no_memory() -> None:
    timers = Timers()
    for step in range(10_000):
        timers.set("x", float(step), lambda: None)
    assert len(timers._heap) < 200
    timers.cancel_all()
    assert timers.next is None
    assert len(timers) == 0
