"""Changes between a page and its program: what is typed into a text with a change under way comes to the same."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from peerapi.activities.document.deltas import Delta, applied, carried_over, composed, fits, moved, put_together

TEXTS = st.text("abc😀é\n", max_size=12)
PARTS = st.one_of(st.integers(1, 6), st.integers(-6, -1), st.text("xyz🥚", min_size=1, max_size=3))


@st.composite
def deltas(draw: st.DrawFn, length: int) -> Delta:
    found: Delta = []
    for part in draw(st.lists(PARTS, max_size=6)):
        if fits([*found, part], length):
            found.append(part)
    return found


@settings(deadline=None, max_examples=60)
@given(st.data(), TEXTS)
def test_both_orders_lead_to_the_same_text(data: st.DataObject, text: str) -> None:
    mine, theirs = data.draw(deltas(len(text))), data.draw(deltas(len(text)))
    my, their = carried_over(mine, theirs)
    assert applied(applied(text, theirs), my) == applied(applied(text, mine), their)


@settings(deadline=None, max_examples=60)
@given(st.data(), TEXTS)
def test_two_changes_are_one(data: st.DataObject, text: str) -> None:
    first = data.draw(deltas(len(text)))
    second = data.draw(deltas(len(applied(text, first))))
    assert applied(text, composed(first, second)) == applied(applied(text, first), second)


@settings(deadline=None, max_examples=60)
@given(st.data(), TEXTS)
def test_a_change_put_together_does_the_same(data: st.DataObject, text: str) -> None:
    delta = data.draw(deltas(len(text)))
    assert applied(text, put_together(delta)) == applied(text, delta)


@settings(deadline=None, max_examples=60)
@given(st.data(), TEXTS)
def test_a_place_stays_between_what_was_beside_it(data: st.DataObject, text: str) -> None:
    delta = data.draw(deltas(len(text)))
    index = data.draw(st.integers(0, len(text)))
    marked = applied(text[:index] + "|" + text[index:], carried_over(delta, [index, "|"])[0])
    assert marked.replace("|", "") == applied(text, delta)
    assert 0 <= moved(index, delta) <= len(applied(text, delta))


def test_of_two_insertions_at_one_place_mine_comes_behind() -> None:
    assert applied(applied("ab", [1, "T"]), carried_over([1, "M"], [1, "T"])[0]) == "aTMb"


def test_what_one_removes_and_the_other_types_into_stays() -> None:
    my, their = carried_over([-4], [2, "new"])
    assert applied(applied("word", [2, "new"]), my) == applied(applied("word", [-4]), their) == "new"
