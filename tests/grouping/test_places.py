"""Places in batches, in C: the same answers as plain Python, whatever the bytes, and nothing leaks."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peerapi.graphing.codec.wire import MalformedMessage
from peerapi.grouping import _batches
from peerapi.grouping.batches import HASH_SIZE, MAX_LEAVES, Place, leaf_hash, places
from tests.grouping import plain
from tests.support.leaks import leaked

MODULES = (_batches,)


def outcome(attempt: Callable[[], object]) -> object:
    try:
        return attempt()
    except MalformedMessage:
        return None


def agree(data: bytes, at: int) -> None:
    assert outcome(lambda: _batches.place_parts(data, at)) == outcome(lambda: plain.place_parts(data, at))


@given(st.integers(0, 40), st.integers(0, 40), st.binary(max_size=7), st.integers(-40, 240))
def test_a_place_is_read_as_plain_python_reads_it(leaves: int, index: int, before: bytes, size: int) -> None:
    data = before + leaves.to_bytes(2, "big") + index.to_bytes(2, "big") + bytes(range(240))[: max(size, 0)]
    data = data[: len(data) + min(size, 0)]
    for at in range(len(before) + 2):
        agree(data, at)


@given(st.integers(2, MAX_LEAVES), st.data())
def test_a_path_is_as_long_as_its_place_says(leaves: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, leaves - 1))
    length = plain.path_length(index, leaves) * HASH_SIZE
    head = leaves.to_bytes(2, "big") + index.to_bytes(2, "big")
    assert _batches.place_parts(head + bytes(length) + b"rest", 0) == (leaves, index, bytes(length), b"rest")
    agree(head + bytes(length - 1), 0)


def ways(count: int, chance: random.Random) -> None:
    """Records of a batch in any order, right and wrong, at nodes that are known and at none."""
    leaves = [leaf_hash(bytes((index,))) for index in range(count)]
    signed, found = places(leaves)
    there = [Place.decode(one)[0] for one in found]
    nodes: plain.Nodes = {}
    expected: plain.Nodes = {}
    for step in range(2 * count + 4):
        if step == 3:
            nodes[0, 0] = expected[0, 0] = signed[-HASH_SIZE:], b""
        index = chance.randrange(count)
        path, leaf = bytearray(there[index].path), leaves[chance.choice((index, index, index, index - 1))]
        fault = chance.randrange(8)
        if fault == 0:
            path[chance.randrange(len(path))] ^= 1 << chance.randrange(8)
        elif fault == 1:
            del path[chance.randrange(len(path)) :]
        elif fault == 2:
            path += bytes(chance.randrange(40))
        for at in (index, chance.randrange(count)):
            answer = plain.lead_on(expected, count, at, bytes(path), leaf)
            assert _batches.lead_on(nodes, count, at, bytes(path), leaf) is answer
            assert nodes == expected


@settings(max_examples=200)
@given(st.integers(2, 40), st.randoms())
def test_records_lead_on_as_plain_python_leads(count: int, chance: random.Random) -> None:
    ways(count, chance)


def test_the_way_from_the_largest_batch_is_not_too_long() -> None:
    for index in (0, 1, 32768, MAX_LEAVES - 2, MAX_LEAVES - 1):
        path, leaf = bytes(plain.path_length(index, MAX_LEAVES) * HASH_SIZE), bytes(HASH_SIZE)
        expected: plain.Nodes = {}
        assert not plain.lead_on(expected, MAX_LEAVES, index, path, leaf)
        assert not _batches.lead_on({}, MAX_LEAVES, index, path, leaf)
        assert not _batches.lead_on({}, MAX_LEAVES, index, path + bytes(900), leaf)


WRONG: list[Callable[[], object]] = [
    lambda: _batches.place_parts(b""),  # type: ignore[call-arg]
    lambda: _batches.place_parts("text", 0),  # type: ignore[arg-type]
    lambda: _batches.place_parts(bytes(9), "0"),  # type: ignore[arg-type]
    lambda: _batches.place_parts(bytes(9), -1),
    lambda: _batches.place_parts(bytes(9), 1 << 70),
    lambda: _batches.lead_on({}, 2, 0, bytes(32)),  # type: ignore[call-arg]
    lambda: _batches.lead_on([], 2, 0, bytes(32), bytes(32)),  # type: ignore[arg-type]
    lambda: _batches.lead_on({}, 0, 0, b"", bytes(32)),
    lambda: _batches.lead_on({}, 2, 2, bytes(32), bytes(32)),
    lambda: _batches.lead_on({}, 2, -1, bytes(32), bytes(32)),
    lambda: _batches.lead_on({}, MAX_LEAVES + 1, 0, bytes(32), bytes(32)),
    lambda: _batches.lead_on({}, 1 << 70, 0, bytes(32), bytes(32)),
    lambda: _batches.lead_on({}, 2, 0, bytes(32), bytes(31)),
    lambda: _batches.lead_on({}, 2, 0, bytearray(32), bytes(32)),  # type: ignore[arg-type]
    lambda: _batches.lead_on({(0, 1): None}, 2, 0, bytes(32), bytes(32)),  # type: ignore[dict-item]
    lambda: _batches.lead_on({(0, 1): (b"", "")}, 2, 0, bytes(32), bytes(32)),  # type: ignore[dict-item]
]


@pytest.mark.parametrize("call", WRONG)
def test_wrong_arguments_are_refused(call: Callable[[], object]) -> None:
    with pytest.raises((TypeError, ValueError, OverflowError)):
        call()


def exercise() -> None:
    """Everything that the module does, on good and bad input."""
    chance = random.Random(9)
    for count in range(2, 41):
        ways(count, chance)
    for _ in range(500):
        agree(chance.randbytes(2) + bytes((0, chance.randrange(9))) * 2 + bytes(chance.randrange(200)), 2)
    for call in WRONG * 50:
        with pytest.raises((TypeError, ValueError, OverflowError)):
            call()


def test_nothing_leaks() -> None:
    assert leaked(exercise) < 15
