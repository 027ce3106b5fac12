"""The Route Entry Cache (3.2.1.1): order on the ring, leaf sets, levels."""

from __future__ import annotations

import random
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from peerapi.pnrp import ids
from peerapi.ring.cache import LEAVES, SLOT_SIZE, SLOTS, RouteCache, slot_middle, slot_of
from peerapi.ring.route_entry import RouteEntry
from tests.pnrp.strategies import pnrp_ids


def route(id: int) -> RouteEntry:
    return RouteEntry(id, 3540, (id.to_bytes(32, "big")[:16],))


def filled(numbers: list[int], *centers: int) -> RouteCache:
    cache = RouteCache(anchor=0)
    cache.set_centers(centers)
    for number in numbers:
        cache.add(route(number), 0.0, b"key")
    return cache


def randoms(count: int, seed: int = 1) -> list[int]:
    generator = random.Random(seed)
    return [generator.getrandbits(256) for _ in range(count)]


@given(st.lists(pnrp_ids, unique=True, max_size=20), pnrp_ids)
def test_near_yields_every_entry_closest_first(numbers: list[int], target: int) -> None:
    cache = filled(numbers)
    found = [entry.route.id for entry in cache.near(target)]
    assert sorted(found) == sorted(entry.route.id for entry in cache)
    distances = [ids.distance(id, target) for id in found]
    assert distances == sorted(distances)


@given(st.lists(pnrp_ids, unique=True, max_size=40), pnrp_ids)
def test_the_leaf_set_is_the_five_nearest_on_each_side(numbers: list[int], center: int) -> None:
    cache = filled(numbers, center)
    others = [number for number in numbers if number != center]
    below, above = cache.leaf_set(center)
    assert above == sorted(others, key=lambda id: (id - center) & ids.MASK)[:LEAVES]
    assert below == sorted(others, key=lambda id: (center - id) & ids.MASK)[:LEAVES]


def test_a_node_keeps_leaf_sets_of_all_its_ids() -> None:
    numbers = randoms(500)
    centers = randoms(3, seed=2)
    cache = filled(numbers, *centers)
    for center in centers:
        assert cache.leaf_set(center)[1] == sorted(numbers, key=lambda id: (id - center) & ids.MASK)[:LEAVES]


def test_the_cache_grows_with_the_logarithm_of_the_cloud() -> None:
    center = randoms(1, seed=3)[0]
    sizes = [len(filled(randoms(count), center)) for count in (100, 1_000, 10_000)]
    assert sizes[0] < sizes[1] < sizes[2] <= SLOTS * SLOT_SIZE * 5 + 2 * LEAVES


def test_an_entry_of_the_targets_slot_is_about_ten_times_nearer() -> None:
    center = randoms(1, seed=3)[0]
    cache = filled(randoms(10_000), center)
    generator = random.Random(4)
    gains = []
    for _ in range(200):
        target = generator.getrandbits(256)
        nearest = next(cache.near(target))
        gains.append(ids.distance(center, target) / max(ids.distance(nearest.route.id, target), 1))
    assert sorted(gains)[100] > SLOTS / 2


@given(pnrp_ids, pnrp_ids)
def test_every_id_has_a_slot_whose_bounds_hold_it(center: int, id: int) -> None:
    _, level, index = slot_of(center, id)
    assert 0 <= index < SLOTS
    width = ids.RING // SLOTS**level
    assert ids.distance(center, id) <= width // 2


@given(pnrp_ids, st.integers(0, 6), st.integers(0, SLOTS - 1).filter(lambda index: index not in (4, 5)))
def test_the_middle_of_a_slot_is_in_it_and_so_is_what_shares_its_upper_bits(
    center: int, level: int, index: int
) -> None:
    middle, precision = slot_middle((center, level, index))
    assert slot_of(center, middle) == (center, level, index)
    assert ids.RING >> precision <= ids.RING // SLOTS ** (level + 1)


def test_a_displaced_leaf_without_a_slot_is_let_go() -> None:
    center = 0
    cache = filled([(1 << 200) + number for number in range(40)], center)
    before = {entry.route.id for entry in cache}
    for number in range(1, 6):
        cache.add(route(number), 0.0)
        cache.add(route(ids.RING - number), 0.0)
    assert cache.leaf_set(center) == ([ids.RING - number for number in range(1, 6)], [1, 2, 3, 4, 5])
    left = [entry for entry in cache if entry.route.id in before]
    assert 0 < len(left) < len(before)
    assert all(entry.slots for entry in left)


def test_removal_takes_an_entry_out_of_everything() -> None:
    numbers = randoms(50)
    cache = filled(numbers, randoms(1, seed=9)[0])
    for entry in cache:
        assert cache.remove(entry.route.id) is entry
        assert cache.remove(entry.route.id) is None
        assert entry.route.id not in cache
    assert len(cache) == 0
    assert cache.wants(numbers[0])


def test_the_own_ids_are_never_cached() -> None:
    cache = filled([5, 6], 7)
    assert cache.add(route(7), 0.0) is None
    cache.set_centers((5,))
    assert 5 not in cache


def test_a_node_without_ids_keeps_an_even_spread() -> None:
    cache = filled(randoms(2_000))
    slots = {slot_of(0, entry.route.id)[2] for entry in cache if slot_of(0, entry.route.id)[1] == 0}
    assert slots >= {0, 1, 2, 3, 6, 7, 8, 9}


def test_spread_picks_over_the_whole_ring() -> None:
    cache = filled(randoms(300), randoms(1, seed=5)[0])
    picked = cache.spread(5)
    assert len(set(picked)) == 5
    assert max(b - a for a, b in pairwise(picked)) < ids.HALF
    assert filled([1, 2]).spread(5) == [1, 2]


def test_gaps_are_looked_for_only_where_the_cloud_is_dense_enough() -> None:
    center = ids.HALF
    cache = filled([], center)
    assert cache.gap(1.0) is None
    gap = cache.gap(100.0)
    assert gap == (center, 0, 0)
    cache.add(route(slot_middle(gap)[0]), 0.0)
    assert cache.gap(100.0) == (center, 0, 1)
    assert cache.gap(100.0, tried={(center, 0, 1)}) == (center, 0, 2)


def test_density_comes_near_the_size_of_the_cloud() -> None:
    guesses = [filled(randoms(5_000, seed), randoms(1, seed + 50)[0]).density() for seed in range(12)]
    assert 2_500 < sum(guesses) / 12 < 10_000
