"""The states in which a group goes online (``engine.groups.finder``)."""

from hypothesis import given
from hypothesis import strategies as st

from peerapi.engine.groups.finder import CALLING, STEPS, WAITING, State, Step

steps = st.lists(st.sampled_from(Step), max_size=20)


def after(taken: list[Step]) -> State:
    state = State.OFFLINE
    for step in taken:
        state = STEPS.get((state, step), state)
    return state


@given(steps, st.lists(st.sampled_from([Step.END, Step.REFUSE]), max_size=5))
def test_nobody_is_called_after_a_refused_password_until_the_application_says_so(
    before: list[Step], meanwhile: list[Step]
) -> None:
    taken = [*before, Step.REFUSE, *meanwhile]
    assert after(taken) not in CALLING
    expected = State.CLOSED if Step.CLOSE in before else State.CONNECTING
    assert after([*taken, Step.CONNECT]) is expected


@given(steps)
def test_the_application_hears_once_how_each_attempt_ended(taken: list[Step]) -> None:
    waits = False
    for number, step in enumerate(taken, 1):
        waits = (waits or step is Step.CONNECT) and step is not Step.END and Step.CLOSE not in taken[:number]
        assert (after(taken[:number]) in WAITING) is waits


@given(steps, steps)
def test_a_closed_group_stays_closed(before: list[Step], later: list[Step]) -> None:
    assert after([*before, Step.CLOSE, *later]) is State.CLOSED
