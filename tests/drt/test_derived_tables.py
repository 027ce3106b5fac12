"""Tables whose keys are derived from certificates: both profiles in all three modes, and what an onlooker sees."""

from __future__ import annotations

import pytest

from peerapi.drt.border import Match, Query, Result, SecurityMode
from peerapi.drt.derived import DerivedKeyProvider
from peerapi.errors import CapabilityMismatch
from peerapi.ring.refusal import Refusal
from tests.drt.test_derived import key_of, member, provider, root
from tests.simulation.drt_world import Machine, World
from tests.support.authority import Issued, ed25519_key, rsa_key


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


def together(first: Machine, second: Machine) -> World:
    world = first.world
    for machine in (first, second):
        machine.provider.attach()
        machine.open()
        world.run(3.0)
    return world


def register(machine: Machine, issued: Issued, payload: bytes) -> bytes:
    """Register the key of a certificate that need not be the node's own (pvKeyContext)."""
    provider = machine.provider
    assert isinstance(provider, DerivedKeyProvider)
    key, context = key_of(issued), provider.credential(issued.der, issued.key, [])
    provider.register_key(key, payload, context)
    machine.keys[key] = (machine.node.at(machine.moment).register(key, payload, context), payload)
    machine.carry_out()
    return key


@pytest.mark.parametrize("mode", list(SecurityMode))
@pytest.mark.parametrize("profile", ["published", "modern"])
def test_a_node_has_keys_of_several_certificates(profile: str, mode: SecurityMode) -> None:
    world = World(3, mode=mode)
    locals = [member(profile, name) for name in ("first", "second")]
    first, second = (world.add(provider(profile, one)) for one in locals)
    together(first, second)
    shared = register(first, locals[0], b"of the first")  # the same key at both nodes
    register(second, locals[0], b"of the second")
    keys = [register(second, one, b"there") for one in (locals[1], member(profile, "one"), member(profile, "more"))]
    world.run(30.0)
    for key in keys:
        assert found(first, key) == [Result(Match.EXACT, key, b"there")]
    assert found(second, key_of(locals[0])) == []  # it has the key itself, and does not ask for its own
    third = world.add(provider(profile, member(profile, "third")))
    third.provider.attach()
    third.open()
    world.run(20.0)
    assert [one.key for one in found(third, shared)] == [shared]
    for key in keys:
        assert found(third, key) == [Result(Match.EXACT, key, b"there")]


def test_a_certificate_of_another_kind_than_the_table_s_registers_nothing() -> None:
    local = member("modern", "local")
    own = provider("modern", local)
    own.check_mode(SecurityMode.CONFIDENTIAL)
    rsa, signer = (root("modern").member("other", key) for key in (rsa_key(), ed25519_key()))
    for other in (rsa, signer):
        with pytest.raises(CapabilityMismatch):
            own.register_key(key_of(other), b"payload", own.credential(other.der, other.key, []))
    own.check_mode(SecurityMode.MEMBERSHIP)
    own.register_key(key_of(signer), b"payload", own.credential(signer.der, signer.key, []))
