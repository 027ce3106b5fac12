"""Whole tables on virtual time: every key is found, leaf-set events are the truth, what breaks heals.

``make simulate-drt`` does the same at length.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from peerapi.address import Address
from peerapi.drt.border import End, LeafSetChange, LeafSetEvent, Match, Query, SecurityMode, Status
from peerapi.drt.messages import decode
from peerapi.drt.state import TableState, key_bytes, key_number
from peerapi.ring import announcing
from peerapi.ring.message_values import Lookup
from tests.simulation.drt_world import Machine, World, true_neighbors
from tests.simulation.pnrp_picture import draw

DOCS = Path(__file__).parents[2] / "docs"
NEVER = 1e6


def test_every_key_of_a_table_is_found_although_a_third_is_lost() -> None:
    world = World(1, loss=0.3)
    world.grow(12, spacing=2.0)
    world.run(120.0)
    score = world.exact_searches(25)
    assert score.success == 1.0
    assert score.mean_hops <= 8
    assert {machine.told_status for machine in world.machines} == {Status.ACTIVE}


@pytest.mark.parametrize("mode", list(SecurityMode))
def test_leaf_set_events_come_to_be_the_truth_when_nodes_come_and_go(mode: SecurityMode) -> None:
    world = World(2, mode=mode)
    world.grow(14, spacing=1.0)
    world.run(100.0)
    assert world.leaf_sets_are_true() == 1.0
    for machine in world.random.sample(world.living[3:], 4):
        machine.alive = False  # without a word
    for machine in world.random.sample(world.living[3:], 2):
        machine.unregister(next(iter(machine.keys)))
    for machine in [one for one in world.living if not one.keys]:
        machine.alive = False
    world.grow(3, spacing=1.0)
    world.run(1200.0)
    assert world.leaf_sets_are_true() == 1.0
    assert world.exact_searches(20).success == 1.0


def test_a_split_table_grows_together_again() -> None:
    world = World(3)
    world.grow(12, spacing=1.0)
    world.run(60.0)
    for number, machine in enumerate(world.machines):
        world.side[machine] = number % 2
    world.run(200.0)
    assert world.leaf_sets_are_true() < 0.5
    world.side.clear()
    world.run(600.0)
    assert world.leaf_sets_are_true() == 1.0
    assert world.exact_searches(20).success == 1.0


@pytest.mark.parametrize("tries", [0, TableState.tries_when_doubted])
def test_a_neighbor_that_is_silent_for_a_moment_stays(tries: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is doubted first, and asked again; if it were dropped at once, its place would have to be found anew."""
    monkeypatch.setattr(TableState, "tries_when_doubted", tries)
    world = World(8)
    world.grow(6, spacing=1.0)
    world.run(60.0)
    asker, quiet = world.machines[1], world.machines[4]
    key = next(iter(quiet.keys))
    world.side[quiet] = 1
    asker.search(Query(key))
    world.run(2.5)
    entry = asker.node.cache.get(key_number(key))
    assert (entry is not None and entry.doubted) == (tries > 0)
    world.run(1.0)
    world.side.clear()
    world.run(10.0)
    lost = [one for one in asker.events if isinstance(one, LeafSetEvent) and one.change is LeafSetChange.DELETED]
    assert [one.remote for one in lost] == ([] if tries else [key])
    entry = asker.node.cache.get(key_number(key))
    assert not tries or (entry is not None and not entry.doubted)
    quiet.alive = False
    world.run(300.0)
    assert key not in asker.told_neighbors(next(iter(asker.keys)))


def seconds_of(machine: Machine, key: bytes) -> float:
    """How long a search for a key takes that finds it."""
    world = machine.world
    begun, handle = world.now, machine.search(Query(key))
    while handle not in machine.ends and world.now < begun + 31.0:
        world.run(0.1)
    assert [one.key for one in machine.results[handle]] == [key]
    assert machine.ends[handle] is End.NO_MORE
    return world.now - begun


@pytest.mark.parametrize("patience", [None, TableState.patience])
def test_beside_a_node_that_is_silent_another_one_is_asked(
    patience: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search does not wait until a question to who has gone without a word has been repeated and given up."""
    monkeypatch.setattr(TableState, "patience", patience)
    world = World(9)
    world.stand(120)
    keys = sorted((key_number(key), machine) for machine in world.machines for key in machine.keys)
    times = []
    for number in range(0, 120, 20):
        (_, asker), (wanted, _) = keys[number], keys[number - 60]
        nearest = next(asker.node.cache.near(wanted)).route.id
        if nearest != wanted:
            (silent,) = (machine for machine in world.machines if key_bytes(nearest) in machine.keys)
            silent.alive = False
            times.append(seconds_of(asker, key_bytes(wanted)))
            silent.alive = True
    assert len(times) >= 4
    assert min(times) > 2.0 if patience is None else max(times) < 2.0


@pytest.mark.parametrize("patience", [None, TableState.patience])
def test_who_has_the_key_is_asked_again_without_looking_for_the_way_again(
    patience: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a key whose holder is silent for a moment only the proof is missing."""
    monkeypatch.setattr(TableState, "patience", patience)
    world = World(10)
    world.stand(120)
    asker, holder = world.machines[0], world.machines[70]
    (key,) = holder.keys
    assert key_number(key) not in asker.node.cache
    world.side[holder] = 1
    handle = asker.search(Query(key))
    world.run(12.0)
    world.side.clear()
    asked = asker.node.counters.sent["Lookup"]
    world.run(6.0)
    assert [one.key for one in asker.results[handle]] == [key]
    assert asked > 20 if patience is None else asked < 10


def newcomer(world: World) -> tuple[Machine, bytes]:
    """A machine that has come into a large table, and whose key was announced in vain: no LOOKUP of it has arrived."""
    machine = world.add()
    deliver = world.transmit

    def lose_lookups(sender: Machine, address: Address, data: bytes) -> None:
        if sender is not machine or not isinstance(decode(data, (1, 0), world.mode).message, Lookup):
            deliver(sender, address, data)

    world.transmit = lose_lookups  # type: ignore[method-assign]
    machine.open()
    world.run(3.0)
    key = world.new_key(machine)
    machine.register(key, b"new")
    world.run(12.0)
    world.transmit = deliver  # type: ignore[method-assign]
    return machine, key


@pytest.mark.parametrize("pause", [NEVER, announcing.FIRST_PAUSE])
def test_a_newcomer_whose_announcement_was_lost_announces_itself_again(
    pause: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It knows few nodes, none of which is near by: nobody else would tell of it."""
    monkeypatch.setattr(announcing, "FIRST_PAUSE", pause)
    world = World(11)
    world.stand(120)
    machine, key = newcomer(world)
    world.run(40.0)
    near = true_neighbors(machine, key, sorted(map(key_number, world.live_keys())))
    told = [one for one in world.machines if near.intersection(one.keys) and key_number(key) in one.node.cache]
    assert len(near) == 10
    assert len(told) <= 3 if pause == NEVER else len(told) == 10


def test_an_announcement_that_has_got_its_answers_is_not_made_again() -> None:
    world = World(12)
    world.stand(120)
    machine, key = newcomer(world)
    world.run(40.0)
    announced = machine.node.announcer.announced_at(key_number(key))
    assert announced > world.now - 40.0
    world.run(60.0)
    assert machine.node.announcer.announced_at(key_number(key)) == announced


def test_a_holder_that_does_not_prove_its_key_for_a_moment_stays_a_neighbor() -> None:
    world = World(13)
    world.grow(6, spacing=1.0)
    world.run(60.0)
    asker, holder = world.machines[1], world.machines[4]
    (key,) = holder.keys
    asked = asker.node.counters.sent["Inquire"]
    handle = asker.search(Query(key))
    while asker.node.counters.sent["Inquire"] == asked:
        world.run(0.01)
    world.side[holder] = 1
    world.run(4.5)
    entry = asker.node.cache.get(key_number(key))
    assert entry is not None and entry.doubted
    world.side.clear()
    world.run(10.0)
    assert [one.key for one in asker.results[handle]] == [key]
    assert entry is asker.node.cache.get(key_number(key)) and not entry.doubted
    assert key in asker.told_neighbors(next(iter(asker.keys)))


def test_a_table_put_there_whole_is_one_that_has_grown() -> None:
    """So what is measured of ten thousand nodes in it is worth something."""
    world = World(7)
    world.stand(60)
    assert world.leaf_sets_are_true() == 1.0
    assert {machine.told_status for machine in world.machines} == {Status.ACTIVE}
    before = world.datagrams
    score = world.exact_searches(30)
    assert score.success == 1.0 and score.mean_hops < 3
    assert world.datagrams - before < 30 * 2 * 2 * max(score.hops)
    for machine in world.random.sample(world.machines, 18):
        machine.alive = False
    assert world.exact_searches(20).success == 1.0


def found(machine: Machine, query: Query) -> list[bytes]:
    handle = machine.search(query)
    machine.world.run(query.timeout + 1.0)
    assert machine.ends[handle] is End.NO_MORE
    machine.node.searches.end(handle)
    return [one.key for one in machine.results[handle]]


def test_ranges_and_the_nearest_keys_are_those_of_brute_force() -> None:
    world = World(4)
    world.grow(12, spacing=1.0, keys=2)
    world.run(120.0)
    for _ in range(12):
        asker = world.random.choice(world.machines)
        others = [key_number(key) for key in world.live_keys() if key not in asker.keys]
        own = [key_number(key) for key in asker.keys]
        low, center, high = sorted(world.random.getrandbits(256) for _ in range(3))
        most = world.random.randint(1, 30)
        everything, count_own = others, world.random.random() < 0.5
        if count_own:
            everything = others + own
        inside = sorted((one for one in everything if low <= one <= high), key=lambda one: abs(one - center))
        ranged = Query(key_bytes(center), False, key_bytes(low), key_bytes(high), most, own=count_own, timeout=120.0)
        assert found(asker, ranged) == [key_bytes(one) for one in inside[:most]]
        nearest = sorted(everything, key=lambda one: abs(one - center))[:most]
        assert found(asker, ranged._replace(minimum=None, maximum=None)) == [key_bytes(one) for one in nearest]
        any_match = found(asker, ranged._replace(any_match=True, most=1))
        assert len(any_match) == min(len(inside), 1)
        assert set(any_match) <= {key_bytes(one) for one in inside}


def test_an_exact_search_is_told_from_a_near_one_and_an_empty_one() -> None:
    world = World(5)
    world.grow(5, spacing=1.0)
    world.run(60.0)
    asker, other = world.machines[0], world.machines[1]
    key = next(iter(other.keys))
    beside = key_bytes(key_number(key) ^ 1)
    for query, match in (
        (Query(key), Match.EXACT),
        (Query(key, exact=False), Match.EXACT),
        (Query(beside, exact=False), Match.NEAR),
        (Query(beside, False, beside, key) if beside < key else Query(beside, exact=False), None),
    ):
        handle = asker.search(query)
        world.run(31.0)
        results = asker.results[handle]
        assert results[0].key == key
        assert match is None or results[0].match is match
        assert asker.ends[handle] is End.NO_MORE
    assert found(asker, Query(beside)) == []


def test_an_update_reaches_who_asks_next_and_a_search_runs_out_of_time() -> None:
    world = World(6)
    world.grow(4, spacing=1.0)
    world.run(60.0)
    asker, other = world.machines[0], world.machines[1]
    key = next(iter(other.keys))
    other.update(key, b"another")
    handle = asker.search(Query(key))
    world.run(31.0)
    assert [one.payload for one in asker.results[handle]] == [b"another"]
    assert asker.node.searches.path(handle)
    for machine in world.machines[1:]:
        machine.alive = False
    handle = asker.search(Query(key, timeout=0.5))
    world.run(1.0)
    assert asker.ends[handle] is End.TIMEOUT
    world.run(300.0)
    assert asker.told_status is Status.ALONE


def test_the_picture_of_the_docs_is_that_of_their_table() -> None:
    """Tables that have grown, and those that were put there whole; what stands between is about a bad network."""
    page = (DOCS / "drt.md").read_text(encoding="utf-8").partition("## Simulated tables")[2]
    blocks = [block.splitlines()[2:] for block in page.split("\n\n") if block.startswith("| nodes")]
    grown, _, whole = [[line.split("|")[1:-1] for line in block] for block in blocks]
    points = sorted((int(row[0]), float(row[3])) for row in (*grown, *whole))
    assert points[-1][0] == 10_000
    assert (DOCS / "drt-hops.svg").read_text(encoding="utf-8") == draw(points)
