"""Nearest keys and keys of a range, told one by one, against brute force."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from peerapi.drt.coverage import Coverage
from peerapi.ring.ids import RING, distance

near_zero = st.integers(0, 60)
anywhere = st.integers(0, RING - 1)
numbers = st.one_of(near_zero, anywhere, near_zero.map(lambda number: RING - 1 - number))


def told(coverage: Coverage, keys: set[int], most: int) -> tuple[list[int], int]:
    """What a search finds, and how many questions it asks."""
    found: list[int] = []
    questions = 0
    while len(found) < most:
        key = coverage.take()
        if key is not None:
            found.append(key)
            continue
        place = coverage.place()
        if place is None:
            break
        assert 0 <= place < RING
        questions += 1
        nearest = min(keys, key=lambda one: distance(one, place), default=None)
        coverage.learned(place, nearest)
    return found, questions


@given(
    keys=st.sets(numbers, max_size=30),
    center=numbers,
    ends=st.tuples(numbers, numbers),
    most=st.integers(1, 40),
    spacing=st.integers(1, RING // 4),
)
def test_what_is_found_is_what_brute_force_finds(
    keys: set[int], center: int, ends: tuple[int, int], most: int, spacing: int
) -> None:
    low, high = min(*ends, center), max(*ends, center)
    found, questions = told(Coverage(center, low, high, spacing), keys, most)
    inside = sorted((key for key in keys if low <= key <= high), key=lambda key: abs(key - center))
    assert [abs(key - center) for key in found] == [abs(key - center) for key in inside[:most]]
    assert set(found) <= set(inside)
    assert questions <= 3 * len(keys) + 2 * 256 + 4


@given(seed=st.integers(0, 1 << 32), center=anywhere)
def test_ten_nearest_of_many_cost_a_few_questions_each(seed: int, center: int) -> None:
    generator = random.Random(seed)
    keys = {generator.getrandbits(256) for _ in range(200)}
    found, questions = told(Coverage(center, 0, RING - 1, RING // 200), keys, 10)
    assert found == sorted(keys, key=lambda key: abs(key - center))[:10]
    assert questions <= 60


@given(keys=st.sets(numbers, max_size=10), own=st.sets(numbers, max_size=5), center=numbers)
def test_own_keys_count_beside_those_of_others(keys: set[int], own: set[int], center: int) -> None:
    coverage = Coverage(center, 0, RING - 1, RING // 10)
    for key in own:
        coverage.add(key)
    found, _ = told(coverage, keys - own, 100)
    assert sorted(found) == sorted(keys | own)
