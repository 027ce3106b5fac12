"""One node of a table by hand: its status, what waits and is given up, what a provider that fails leads to."""

from __future__ import annotations

import itertools
import random

import pytest

from peerapi.address import Address
from peerapi.drt import asking
from peerapi.drt.asking import Ask, Pack, ValidateCredential
from peerapi.drt.border import (
    End,
    LeafSetEvent,
    ProviderFailure,
    Query,
    RegistrationEvent,
    Secured,
    SecurityMode,
    Settings,
    Status,
    StatusEvent,
)
from peerapi.drt.messages import decode
from peerapi.drt.node import Node
from peerapi.drt.outputs import Bootstrap, Happened, Publish, SearchEnded
from peerapi.errors import InvalidMessage
from peerapi.moment import Moment
from peerapi.ring.message_values import Request, Solicit
from peerapi.ring.outputs import SendDatagram
from peerapi.ring.refusal import Refusal
from peerapi.ring.scope import Scope
from tests.drt.providers import OpenProvider, PretendProvider
from tests.simulation.drt_world import EPOCH, Machine, World

HERE = Address(b"\xfd" + bytes(14) + b"\x01", 3600)
KEY = bytes(31) + b"\x07"


def at(node: Node, seconds: float) -> Node:
    return node.at(Moment(EPOCH, seconds))


def statuses(outputs: list[object]) -> list[Status]:
    return [one.event.status for one in outputs if isinstance(one, Happened) and isinstance(one.event, StatusEvent)]


def test_a_node_without_an_address_has_no_network_and_keeps_its_keys() -> None:
    node = Node(Settings(), Scope.GLOBAL, random=random.Random(1))
    at(node, 0.0).open(())
    node.register(KEY, b"x", None)
    assert statuses(node.take_outputs()) == [Status.NO_NETWORK]
    at(node, 1.0).search(Query(KEY))
    assert [one.end for one in node.take_outputs() if isinstance(one, SearchEnded)] == [End.NO_MORE]
    at(node, 2.0).addresses_changed((HERE,))
    outputs = node.take_outputs()
    assert Publish((HERE,)) in outputs
    (bootstrap,) = [one for one in outputs if isinstance(one, Bootstrap)]
    at(node, 3.0).bootstrap_ended(bootstrap.number)
    at(node, 3.0).tick()
    assert statuses(node.take_outputs()) == [Status.ALONE]
    assert node.registrations.holds(int.from_bytes(KEY, "little"))


def test_a_lonely_node_asks_for_others_more_and_more_seldom() -> None:
    node = Node(Settings(), Scope.GLOBAL, random=random.Random(1))
    at(node, 0.0).open((HERE,))
    asked = []
    now = 0.0
    while now < 300.0:
        for output in node.take_outputs():
            if isinstance(output, Bootstrap):
                asked.append(now)
                at(node, now).bootstrap_ended(output.number)
        following = node.timers.next
        assert following is not None
        now = max(following, now)
        at(node, now).tick()
    pauses = [later - earlier for earlier, later in itertools.pairwise(asked)]
    assert pauses[:7] == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0]
    assert max(pauses) == 60.0


def test_a_lonely_node_greets_those_again_of_whom_it_was_told_before() -> None:
    """The provider may name others each time, of whom some are gone; and a greeting can be lost."""
    node = Node(Settings(), Scope.GLOBAL, random=random.Random(1))
    told = [HERE._replace(port=4000 + number) for number in range(3)]
    at(node, 0.0).open((HERE,))
    greeted: list[set[Address]] = []
    now = 0.0
    while len(greeted) < 3:
        sent: set[Address] = set()
        begun = False
        for output in node.take_outputs():
            if isinstance(output, SendDatagram):
                sent.add(output.address)
            elif isinstance(output, Bootstrap):
                begun = True
                at(node, now).bootstrap_found(output.number, (told[len(greeted)],))
                at(node, now).bootstrap_ended(output.number)
        if begun:
            sent |= {one.address for one in node.take_outputs() if isinstance(one, SendDatagram)}
            greeted.append(sent)
        following = node.timers.next
        assert following is not None
        now = max(following, now)
        at(node, now).tick()
    assert greeted == [set(told[:1]), set(told[:2]), set(told)]


def test_a_question_that_the_provider_never_answers_is_given_up() -> None:
    world = World(1)
    world.grow(3, spacing=1.0)
    world.run(30.0)
    asker, owner = world.machines[0], world.machines[2]
    key = next(iter(owner.keys))
    silent: list[Ask] = []

    def mute() -> None:
        """Outputs of the owner, whose provider says nothing any longer."""
        outputs = owner.node.take_outputs()
        silent.extend(one for one in outputs if isinstance(one, Ask))
        for one in outputs:
            if hasattr(one, "data"):
                world.transmit(owner, one.address, one.data)

    owner.carry_out = mute  # type: ignore[method-assign]
    handle = asker.search(Query(key, timeout=20.0))
    world.run(25.0)
    assert asker.results[handle] == []
    assert silent
    assert len(owner.node.asking)
    at(owner.node, world.now + asking.LONGEST_QUESTION + 1.0).tick()
    assert not [one for one in silent if one.token in owner.node.asking._waiting]
    owner.node.answered(silent[0].token, None)  # a late answer is void


def test_questions_are_bounded_for_each_peer_and_in_all() -> None:
    node = Node(Settings(), Scope.GLOBAL, random=random.Random(1))
    at(node, 0.0).open((HERE,))
    question = Pack(None, (1, 0), 0, KEY, None, (HERE,), bytes(16))
    peers = [Address(b"\xfd" + number.to_bytes(15, "big"), 3601) for number in range(2, 100)]
    taken = [node.asking.ask(peers[0], question, lambda _: None, lambda _: None) for _ in range(100)]
    assert sum(taken) == asking.PER_PEER
    for peer in peers:
        for _ in range(100):
            node.asking.ask(peer, question, lambda _: None, lambda _: None)
    assert len(node.asking) == asking.MOST_QUESTIONS
    assert node.counters.refused[Refusal.BUSY]


class Refusing(OpenProvider):
    """Fails in the words of the API."""

    def validate_credential(self, credential: bytes) -> None:
        raise InvalidMessage


def test_a_provider_may_fail_in_the_words_of_the_api() -> None:
    answer = Ask(1, None, ValidateCredential(b"x")).carry_out(Refusing())
    assert isinstance(answer, ProviderFailure)
    assert answer.hresult == InvalidMessage.hresult


class Expired(OpenProvider):
    """Proves nothing any longer."""

    def secure_and_pack(self, *args: object) -> Secured:
        raise ProviderFailure(0x800B0101)


def test_a_key_that_the_provider_does_not_prove_any_longer_is_told_of_once() -> None:
    world = World(2)
    world.grow(2, spacing=1.0)
    owner = world.add(Expired())
    owner.open()
    world.run(5.0)
    owner.register(KEY, b"x")
    world.run(60.0)
    assert [one for one in owner.events if isinstance(one, RegistrationEvent)] == [RegistrationEvent(KEY, 0x800B0101)]


def test_a_faulted_node_says_nothing_and_ends_its_searches() -> None:
    world = World(3)
    world.grow(3, spacing=1.0)
    machine = world.machines[1]
    handle = machine.search(Query(KEY, iterative=True, exact=False))
    machine.node.fault(0x80004005)
    machine.carry_out()
    assert machine.ends[handle] is End.FAULTED
    assert machine.told_status is Status.FAULTED
    before = machine.node.counters.bytes_sent
    world.run(60.0)
    assert machine.node.counters.bytes_sent == before


def test_a_withdrawn_key_is_told_of_with_itself_on_both_sides() -> None:
    world = World(4, mode=SecurityMode.MEMBERSHIP)
    world.grow(3, spacing=1.0)
    machine = world.machines[1]
    assert isinstance(machine.provider, PretendProvider)
    key = machine.provider.key
    machine.unregister(key)
    told = [one for one in machine.events if isinstance(one, LeafSetEvent) and one.remote == key]
    assert [(one.change.name, one.local) for one in told] == [("DELETED", key)]


def test_a_node_that_holds_no_key_is_active_as_long_as_others_hear_it() -> None:
    world = World(5)
    first, second = world.add(), world.add()
    first.open()
    second.open()
    world.run(400.0)
    assert first.told_status is Status.ACTIVE
    assert second.told_status is Status.ACTIVE
    second.alive = False
    world.run(400.0)
    assert {first.told_status} == {Status.ALONE}


def test_who_is_active_knows_a_key_to_begin_a_search_with() -> None:
    world = World(6)
    world.grow(3, spacing=1.0)
    world.run(30.0)
    newcomer = world.add()
    newcomer.open()
    while newcomer.told_status is None:
        world.run(0.01)
    assert newcomer.told_status is Status.ACTIVE
    assert len(newcomer.node.cache)
    key = next(iter(world.machines[1].keys))
    handle = newcomer.search(Query(key))
    world.run(5.0)
    assert [one.payload for one in newcomer.results[handle]] == [b"of 2"]


@pytest.mark.parametrize("mode", list(SecurityMode))
def test_the_first_key_of_all_is_found_at_once_by_whoever_is_active(mode: SecurityMode) -> None:
    world = World(8, mode=mode)
    owner, other = world.add(), world.add()
    owner.open()
    other.open()
    while None in (owner.told_status, other.told_status):
        world.run(0.01)
    assert (owner.told_status, other.told_status, len(other.node.cache)) == (Status.ACTIVE, Status.ACTIVE, 0)
    key = world.new_key(owner)
    owner.register(key, b"first")
    handle = other.search(Query(key))
    world.run(1.0)
    assert [one.payload for one in other.results[handle]] == [b"first"]
    assert other.ends[handle] is End.NO_MORE


def test_a_key_is_told_to_whoever_has_none() -> None:
    world = World(9)
    owner, other = world.add(), world.add()
    owner.open()
    other.open()
    world.run(10.0)
    owner.register(KEY, b"first")
    world.run(0.5)
    assert len(other.node.cache) == 1


def test_who_has_answered_is_asked_again_for_keys_when_the_request_was_lost() -> None:
    """Long before the provider is asked again: there is nobody else to ask."""
    world = World(14)
    world.grow(4)
    deliver = world.transmit
    lost: list[float] = []

    def lose_requests(sender: Machine, address: Address, data: bytes) -> None:
        if isinstance(decode(data, (1, 0), world.mode).message, Request) and world.now < begun + 2.0:
            lost.append(world.now)
        else:
            deliver(sender, address, data)

    world.transmit = lose_requests  # type: ignore[method-assign]
    begun = world.now
    machine = world.add()
    machine.open()
    world.run(2.0)
    assert len(lost) == 4 and not len(machine.node.cache)
    world.run(2.0)
    assert len(machine.node.cache) and not machine.node.bootstrapping.rounds


def test_a_node_whose_answers_are_never_heard_is_not_asked_without_end() -> None:
    world = World(15)
    world.grow(4)
    deliver = world.transmit
    solicited: list[float] = []

    def lose_requests(sender: Machine, address: Address, data: bytes) -> None:
        message = decode(data, (1, 0), world.mode).message
        if isinstance(message, Solicit):
            solicited.append(world.now)
        if not isinstance(message, Request):
            deliver(sender, address, data)

    world.transmit = lose_requests  # type: ignore[method-assign]
    world.add().open()
    world.run(600.0)
    assert len(solicited) < 200
    assert len([one for one in solicited if one > world.now - 300.0]) < 80


def test_a_search_among_nodes_without_keys_ends_soon() -> None:
    world = World(10)
    first, second = world.add(), world.add()
    first.open()
    second.open()
    world.run(60.0)
    handle = first.search(Query(KEY))
    world.run(0.5)
    assert first.ends[handle] is End.NO_MORE
    second.alive = False
    handle = first.search(Query(KEY))
    world.run(3.0)
    assert first.ends[handle] is End.NO_MORE
