"""Tables whose keys are derived from certificates: both profiles in all three modes, and what an onlooker sees."""

from __future__ import annotations

import pytest

from peerapi.drt.border import Match, Query, Result, SecurityMode
from peerapi.ring.refusal import Refusal
from tests.drt.test_derived import key_of, member, provider
from tests.simulation.drt_world import Machine, World


def found(asker: Machine, key: bytes) -> list[Result]:
    handle = asker.search(Query(key))
    asker.world.run(31.0)
    assert handle in asker.ends
    return asker.results[handle]


@pytest.mark.parametrize("mode", list(SecurityMode))
@pytest.mark.parametrize("profile", ["published", "modern"])
def test_nodes_with_certificates_find_each_other(profile: str, mode: SecurityMode) -> None:
    world = World(1, mode=mode)
    heard: list[bytes] = []
    world.listener = lambda sender, address, data: heard.append(data)
    keys = []
    for number in range(4):
        local = member(profile, f"node {number}")
        machine = world.add(provider(profile, local))
        machine.provider.attach()
        machine.open()
        world.run(3.0)
        keys.append(key_of(local))
        machine.register(keys[-1], b"the secret of node %d" % number)
        world.run(3.0)
    world.run(40.0)
    assert found(world.machines[1], keys[3]) == [Result(Match.EXACT, keys[3], b"the secret of node 3")]
    assert found(world.machines[3], keys[0]) == [Result(Match.EXACT, keys[0], b"the secret of node 0")]
    assert world.leaf_sets_are_true() == 1.0
    world.machines[3].unregister(keys[3])
    world.run(20.0)
    assert all(keys[3] not in machine.told_neighbors(keys[number]) for number, machine in enumerate(world.machines[:3]))
    assert not sum(machine.node.counters.refused[Refusal.PROOF] for machine in world.machines)
    everything = b"|".join(heard)
    in_the_open = mode is not SecurityMode.CONFIDENTIAL
    assert (b"the secret of" in everything) is in_the_open
    assert any(machine.address.ip in everything for machine in world.machines) is in_the_open
