"""The forms of the language between programs: each value comes back as it was, and what is too much is refused by who
says it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from fuzz.seeds.sharing import EVENTS, STATE
from peerapi.collab.fields import Field, Malformed, decode, encode
from peerapi.errors import InvalidArgument, RecordTooBig
from peerapi.graphing.draft import Draft
from peerapi.path_kind import PathKind
from peerapi.sharing import forms, operations, values
from peerapi.store.schema import Row

IDS = some.binary(min_size=16, max_size=16)
TEXTS = some.none() | some.text(some.characters(exclude_categories=("Cs",)), max_size=40)
TIMES = some.integers(0, (1 << 64) - 1)
DRAFTS = some.builds(
    Draft,
    IDS,
    IDS,
    some.integers(0, (1 << 32) - 1),
    TEXTS,
    TEXTS,
    TEXTS,
    TIMES,
    some.none() | some.binary(max_size=100),
)


@given(DRAFTS, IDS, some.booleans())
def test_an_addition_comes_back(draft: Draft, seed: bytes, again: bool) -> None:
    value = values.Addition(draft, seed, again)
    assert decode(forms.ADDITION, encode(forms.ADDITION, value)) == value


@given(some.lists(some.sampled_from(EVENTS)), some.integers(1, 9), some.integers(0, 1 << 62))
def test_what_is_told_comes_back(events: list[Any], number: int, seq: int) -> None:
    value = values.Told(number, seq, tuple(events))
    assert decode(forms.TOLD, encode(forms.TOLD, value)) == value


@pytest.mark.parametrize(
    ("form", "value"),
    [
        (forms.STATE, STATE),
        (forms.ROW, Row(bytes(16), bytes(16), 3, 1, -(1 << 63), (1 << 63) - 1, b"wire")),
        (forms.PATH, values.Path(7, PathKind.PUNCHED)),
        (forms.REGISTERING, values.Registering(1, (values.Wanted(3, None),), None)),
        (forms.GROUP_RECORD, values.GroupRecord(b"wire", None)),
    ],
)
def test_the_other_values_come_back(form: Field[Any], value: object) -> None:
    assert decode(form, encode(form, value)) == value


def test_what_is_too_much_is_refused_by_who_says_it() -> None:
    with pytest.raises(RecordTooBig):
        encode(forms.BODY, bytes(forms.MAX_RECORD + 1))
    with pytest.raises(InvalidArgument):
        encode(forms.NAME, "x" * (forms.MAX_NAME + 1))
    with pytest.raises(InvalidArgument):
        encode(forms.ADDRESSES, (STATE.addresses[0],) * 1001)
    assert decode(forms.TIME, encode(forms.TIME, -5)) == 0
    assert decode(forms.TIME, encode(forms.TIME, 1 << 70)) == (1 << 64) - 1


@pytest.mark.parametrize("data", [b"\xff", b"\xff" * 40, bytes(3)])
def test_what_is_no_value_is_malformed(data: bytes) -> None:
    for form in (forms.STATE, forms.TOLD, forms.ADDITION, forms.PROPERTIES, forms.EVENT, forms.PATH):
        with pytest.raises(Malformed):
            decode(form, data)


def test_every_operation_has_a_number_of_its_own_and_is_performed() -> None:
    from peerapi.engine.sharing import performing

    of_the_port = {operations.GREET, operations.REGISTER, operations.UNREGISTER, operations.MISSED}
    assert len(operations.OPERATIONS) == len({one.kind for one in operations.OPERATIONS.values()})
    assert {one.kind for one in operations.OPERATIONS.values()} - {one.kind for one in of_the_port} == set(
        performing._WORK
    )
