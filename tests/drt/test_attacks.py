"""Attacks on tables, each first shown to do its harm without the one check that stops it, then stopped and counted."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from peerapi.address import Address
from peerapi.drt.border import REVOKED, Query, Result, Secured, SecurityMode, Unpacked
from peerapi.drt.publisher import Publisher
from peerapi.drt.state import key_number
from peerapi.ring.message_values import Flood
from peerapi.ring.refusal import Refusal
from tests.drt.providers import PretendProvider
from tests.simulation.drt_world import Machine, World


def table(count: int = 5, mode: SecurityMode = SecurityMode.RESOLVE) -> World:
    """Machines with pretended keys."""
    world = World(7, mode=mode)
    for number in range(count):
        machine = world.add(PretendProvider(b"%d" % number))
        machine.open()
        world.run(2.0)
        machine.register(world.new_key(machine), b"of %d" % number)
        world.run(2.0)
    world.run(30.0)
    return world


def join(world: World, provider: PretendProvider, place: Address | None = None) -> Machine:
    """``place``: an address that somebody else had."""
    machine = world.add(provider)
    if place is not None:
        machine.address = place
        world.at_address[place.ip, place.port] = machine
    machine.open()
    world.run(5.0)
    return machine


def seize(machine: Machine, key: bytes, payload: bytes) -> None:
    """Register a key that the own provider would refuse."""
    machine.keys[key] = (machine.node.at(machine.moment).register(key, payload, None), payload)
    machine.carry_out()
    machine.world.run(20.0)


def find(machine: Machine, key: bytes) -> list[Result]:
    handle = machine.search(Query(key))
    machine.world.run(31.0)
    assert handle in machine.ends
    machine.node.searches.end(handle)
    return machine.results[handle]


def refused(world: World, why: Refusal) -> int:
    return sum(machine.node.counters.refused[why] for machine in world.machines)


def test_attack_a_key_of_somebody_else_is_claimed_with_a_forged_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    def claimed() -> tuple[World, list[Result]]:
        world = table()
        victim = PretendProvider(b"the victim, who is not there")
        thief = join(world, PretendProvider(b"thief"))
        seize(thief, victim.key, b"from the thief")
        return world, find(world.machines[1], victim.key)

    with monkeypatch.context() as patch:
        patch.setattr(PretendProvider, "_check", lambda *_: None)
        _, results = claimed()
        assert [one.payload for one in results] == [b"from the thief"]
    world, results = claimed()
    assert results == []
    assert refused(world, Refusal.PROOF)


class Recording(PretendProvider):
    """Keeps the proofs that it gives."""

    def __init__(self, name: bytes) -> None:
        super().__init__(name)
        self.given: list[Secured] = []

    def secure_and_pack(self, *args: object) -> Secured:
        self.given.append(super().secure_and_pack(*args))  # type: ignore[arg-type]
        return self.given[-1]


class Replaying(PretendProvider):
    """Shows what somebody else has shown once."""

    def __init__(self, shown: Callable[[], Secured]) -> None:
        super().__init__(b"replaying")
        self._shown = shown

    def secure_and_pack(self, *args: object) -> Secured:
        return self._shown()


def _without_nonce(provider: PretendProvider, secured: Secured, nonce: bytes) -> Unpacked:
    named = secured.address_payload[35:51]
    return original(provider, secured, named)


original = PretendProvider.validate_and_unpack


@pytest.mark.parametrize("kind", ["replay", "wrong nonce"])
def test_attack_a_proof_for_another_question_is_shown_again(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    def replayed() -> tuple[World, list[Result]]:
        world = table()
        victim = Recording(b"victim")
        machine = join(world, victim)
        machine.register(victim.key, b"long ago")
        world.run(20.0)
        assert [one.payload for one in find(world.machines[1], victim.key)] == [b"long ago"]
        old = next(one for one in reversed(victim.given) if one.payload is not None)
        if kind == "wrong nonce":
            place = machine.address
            old = PretendProvider(b"victim").secure_and_pack(
                None, (1, 0), 0, victim.key, b"long ago", (place,), bytes(16)
            )
        machine.alive = False
        replayer = join(world, Replaying(lambda: old), machine.address)
        world.run(60.0)
        seize(replayer, victim.key, b"long ago")
        return world, find(world.machines[1], victim.key)

    with monkeypatch.context() as patch:
        patch.setattr(PretendProvider, "validate_and_unpack", _without_nonce)
        _, results = replayed()
        assert [one.payload for one in results] == [b"long ago"]
    world, results = replayed()
    assert results == []
    assert refused(world, Refusal.PROOF)


@pytest.mark.parametrize("mode", [SecurityMode.MEMBERSHIP, SecurityMode.CONFIDENTIAL])
def test_attack_a_stranger_takes_part(monkeypatch: pytest.MonkeyPatch, mode: SecurityMode) -> None:
    def taken_part() -> tuple[World, list[Result], list[Result]]:
        world = table(mode=mode)
        stranger = join(world, PretendProvider(b"stranger", b"others"))
        provider = stranger.provider
        assert isinstance(provider, PretendProvider)
        seize(stranger, provider.key, b"from outside")
        known = next(iter(world.machines[2].keys))
        return world, find(stranger, known), find(world.machines[1], provider.key)

    with monkeypatch.context() as patch:
        patch.setattr(PretendProvider, "validate_credential", lambda *_: None)
        world, seen, shown = taken_part()
        assert [one.payload for one in seen] == [b"of 2"]
        assert [one.payload for one in shown] == [b"from outside"]
    world, seen, shown = taken_part()
    assert seen == []
    assert shown == []
    assert refused(world, Refusal.CREDENTIAL)


def test_attack_somebody_else_withdraws_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proof of a revocation is made with the thief's own key; only the comparison of owners is in its way."""

    def withdrawn() -> tuple[World, bool]:
        world = table(3)
        reader, owner = world.machines[1], world.machines[2]
        key = next(iter(owner.keys))
        thief = PretendProvider(b"thief")
        revocation = thief.secure_and_pack(None, (1, 0), REVOKED, key, None, (), bytes(16)).address_payload
        message = Flood(5, 0, None, revocation)
        reader.node.at(reader.moment)
        reader.node.publisher.on_flood(message, world.machines[0].address, b"")
        reader.carry_out()
        return world, key_number(key) in reader.node.cache

    with monkeypatch.context() as patch:
        patch.setattr(PretendProvider, "_check", lambda *_: None)
        world, still = withdrawn()
        assert still
        assert refused(world, Refusal.KEY)
        patch.setattr(Publisher, "_revoked", lambda self, id, owner, message: self._announcer.revoked(id, message))
        _, still = withdrawn()
        assert not still
    world, still = withdrawn()
    assert still
    assert refused(world, Refusal.PROOF)


def test_a_capture_in_confidential_mode_shows_no_payload_and_no_address() -> None:
    def captured(mode: SecurityMode) -> tuple[World, bytes, list[Result]]:
        world = World(3, mode=mode)
        heard: list[bytes] = []
        world.listener = lambda sender, address, data: heard.append(data)
        world.grow(4, spacing=2.0)
        world.run(40.0)
        owner = world.machines[3]
        results = find(world.machines[1], next(iter(owner.keys)))
        owner.unregister(next(iter(owner.keys)))
        world.run(20.0)
        return world, b"|".join(heard), results

    for mode in (SecurityMode.MEMBERSHIP, SecurityMode.CONFIDENTIAL):
        world, everything, results = captured(mode)
        assert [one.payload for one in results] == [b"of 4"]
        shown = [machine.address.ip in everything for machine in world.machines]
        assert all(shown) if mode is SecurityMode.MEMBERSHIP else not any(shown)
        assert (b"of 4" in everything) is (mode is SecurityMode.MEMBERSHIP)
