"""Finding others and being found (3.1.4.2, 3.1.5.1, 3.2.4.1), joining and leaving, states of a cloud."""

from __future__ import annotations

import pytest

from peerapi.address import Address
from peerapi.errors import InvalidArgument
from peerapi.identity.names import peer_name
from peerapi.pnrp import discovery, ssdp
from peerapi.pnrp.messages import Flood, Inquire, Lookup, Solicit, encode
from peerapi.pnrp.outputs import Failure, MulticastSsdp, Resolved, SendSsdp, State, StateChanged
from peerapi.pnrp.state import CloudConfig
from peerapi.ring.refusal import Refusal
from peerapi.ring.scope import Scope
from tests.pnrp.bench import HOME, STRANGER, VICTIM, Bench, Peer, of_kind, sent
from tests.simulation.pnrp_world import World

SEEDS = (Address.parse("fd00::5eed", 3540), Address.parse("fd00::5eee", 3540))


def solicited(outputs: list[object]) -> list[Address]:
    return [address for address, message in sent(outputs) if isinstance(message, Solicit)]  # type: ignore[arg-type]


def fresh(**config: object) -> tuple[Bench, list[object]]:
    """A machine that has just been opened, and what it did."""
    bench = Bench(registered=False, **config)
    bench.cloud.at(bench.now).close()
    bench.outputs()
    bench.cloud.at(bench.now).open((HOME,))
    return bench, list(bench.outputs())


def test_remembered_nodes_are_tried_first_then_multicast_then_seeds() -> None:
    bench, first = fresh(known=(STRANGER, VICTIM), seeds=SEEDS, multicast=True)
    assert solicited(first) == [STRANGER, VICTIM]
    second = bench.pass_time(1.0)
    assert [output for output in second if isinstance(output, MulticastSsdp)] == [
        MulticastSsdp(ssdp.search(Scope.GLOBAL))
    ]
    third = bench.pass_time(1.5)
    assert SEEDS[0] in solicited(list(third))


def test_seeds_take_turns() -> None:
    bench, first = fresh(seeds=SEEDS)
    asked = solicited(first) + solicited(list(bench.pass_time(30)))
    assert asked[0] == SEEDS[0]
    assert set(asked) == set(SEEDS)


def test_looking_goes_on_as_long_as_nobody_is_known() -> None:
    bench, _ = fresh(seeds=SEEDS)
    bench.pass_time(300)
    assert len(solicited(list(bench.pass_time(60)))) >= 4


def test_only_ten_remembered_nodes_are_asked_at_once() -> None:
    known = tuple(Address.parse(f"fd00::{number:x}", 4000) for number in range(2, 40))
    _, outputs = fresh(known=known)
    assert solicited(outputs) == list(known[:10])


def test_attack_one_machine_names_all_that_are_greeted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its answers come first, and lead nowhere; who is really there is not heard any more."""

    def greeted_after_it() -> bool:
        bench = Bench(multicast=True)
        for number in range(10):
            false = Address.parse(f"fd00::bad:{number:x}", 6000)
            bench.cloud.at(bench.now).ssdp_received(ssdp.response(Scope.GLOBAL, false, "u"), STRANGER)
        bench.outputs()
        bench.cloud.at(bench.now).ssdp_received(ssdp.response(Scope.GLOBAL, VICTIM, "u"), VICTIM)
        return bool(of_kind(sent(bench.outputs()), Solicit, VICTIM))

    with monkeypatch.context() as patch:
        patch.setattr(discovery, "PER_SSDP_SOURCE", 100)
        assert not greeted_after_it(), "harmless even without the check"
    assert greeted_after_it()


def test_an_ssdp_response_begins_a_conversation() -> None:
    bench, _ = fresh(multicast=True)
    bench.cloud.at(bench.now).ssdp_received(ssdp.response(Scope.GLOBAL, STRANGER, "u"), STRANGER)
    assert solicited(list(bench.outputs())) == [STRANGER]


def test_at_most_five_responses_are_followed() -> None:
    bench, _ = fresh(multicast=True)
    for number in range(2, 20):
        address = Address.parse(f"fd00::{number:x}", 4000)
        bench.cloud.at(bench.now).ssdp_received(ssdp.response(Scope.GLOBAL, address, "u"), address)
    assert len(solicited(list(bench.outputs()))) == 5


@pytest.mark.parametrize(
    "data",
    [
        ssdp.response(Scope.LINK_LOCAL, STRANGER, "u"),
        ssdp.response(Scope.GLOBAL, HOME, "u"),
        ssdp.response(Scope.GLOBAL, Address.parse("ff02::1", 3540), "u"),
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"\xff\xfe",
    ],
    ids=["another cloud", "ourselves", "multicast address", "no fields", "no text"],
)
def test_a_response_that_is_not_for_us_is_dropped(data: bytes) -> None:
    bench, _ = fresh(multicast=True)
    bench.cloud.at(bench.now).ssdp_received(data, STRANGER)
    assert bench.outputs() == []


def test_a_publisher_is_announced_answers_searches_and_says_goodbye() -> None:
    bench, _ = fresh(multicast=True)
    search = ssdp.search(Scope.GLOBAL)
    bench.cloud.at(bench.now).ssdp_received(search, STRANGER)
    assert bench.outputs() == []
    first = bench.cloud.at(bench.now).register(bench.name, signer=bench.signer, payload=b"x")
    second = bench.cloud.at(bench.now).register(bench.name, signer=bench.signer, payload=b"x")
    (announcement,) = [output for output in bench.outputs() if isinstance(output, MulticastSsdp)]
    parsed = ssdp.parse(announcement.data)
    assert parsed is not None
    assert (parsed.kind, parsed.address) == (ssdp.Kind.NOTIFY, HOME)
    bench.cloud.at(bench.now).ssdp_received(search, STRANGER)
    (answer,) = [output for output in bench.outputs() if isinstance(output, SendSsdp)]
    assert answer.address == STRANGER
    bench.cloud.at(bench.now).unregister(first.handle)
    assert [output for output in bench.outputs() if isinstance(output, MulticastSsdp)] == []
    bench.cloud.at(bench.now).unregister(second.handle)
    (goodbye,) = [output for output in bench.outputs() if isinstance(output, MulticastSsdp)]
    parsed = ssdp.parse(goodbye.data)
    assert parsed is not None
    assert parsed.leaving


def test_searches_are_answered_only_so_often() -> None:
    bench, _ = fresh(multicast=True)
    bench.cloud.at(bench.now).register(bench.name, signer=bench.signer, payload=b"x")
    bench.outputs()
    for _ in range(50):
        bench.cloud.at(bench.now).ssdp_received(ssdp.search(Scope.GLOBAL), STRANGER)
    assert len(bench.outputs()) == 5
    assert bench.refused(Refusal.BUSY) == 45


def test_a_loopback_cloud_never_multicasts() -> None:
    here = Address.parse("::1", 3540)
    bench = Bench(registered=False)
    cloud = type(bench.cloud)(
        CloudConfig(scope=Scope.LOOPBACK), random=bench.cloud._state.random, signer=bench.signer, verify=lambda *_: True
    )
    cloud.at(bench.now).open((here,))
    cloud.at(bench.now).register(bench.name, signer=bench.signer, payload=b"x")
    assert not [output for output in cloud.take_outputs() if isinstance(output, MulticastSsdp)]


def test_states_tell_what_a_cloud_is() -> None:
    bench, outputs = fresh(seeds=SEEDS)
    assert outputs[0] == StateChanged(State.SYNCHRONIZING)
    bench.pass_time(10)
    assert bench.cloud.state is State.ALONE
    peer = Peer(10)
    bench.meet(peer)
    assert bench.cloud.state is State.ACTIVE
    bench.cloud.at(bench.now).addresses_changed(())
    assert bench.cloud.state is State.NO_NET
    bench.cloud.at(bench.now).addresses_changed((HOME,))
    assert bench.cloud.state is State.ACTIVE
    bench.cloud.at(bench.now).close()
    assert bench.cloud.state is State.VIRTUAL


@pytest.mark.parametrize("passed", [0.0, 0.5, 3.0])
def test_without_an_address_nothing_is_sent_and_nothing_fails(passed: float) -> None:
    bench = Bench(seeds=SEEDS)
    for peer in (Peer(10), Peer(11), Peer(12)):
        bench.meet(peer)
    asked = encode(Inquire(5, bench.cloud.registrations.ids[0], cpa=True, nonce=bytes(16)))
    bench.cloud.at(bench.now).received(asked, STRANGER)
    bench.pass_time(passed)
    bench.cloud.at(bench.now).resolve(peer_name("0" * 39 + "1", "unknown"))
    bench.outputs()
    bench.cloud.at(bench.now).addresses_changed(())
    (ended,) = [output for output in bench.outputs() if isinstance(output, Resolved)]
    assert ended.failure is Failure.NO_ADDRESS
    assert len(bench.cloud.pending) == 0
    for registration in bench.cloud.registrations:
        bench.cloud.at(bench.now).unregister(registration.handle)
    assert not sent([*bench.outputs(), *bench.pass_time(100)])
    bench.cloud.at(bench.now).addresses_changed((HOME,))
    bench.outputs()
    question = encode(Solicit(6, bytes(20)))
    bench.cloud.at(bench.now).received(question, STRANGER)
    assert sent(bench.outputs()), "whoever had asked before is answered, or asked where it is"


def test_closing_leaves_no_timer_and_no_pending_message() -> None:
    bench = Bench()
    bench.meet(Peer(10))
    bench.cloud.at(bench.now).close()
    assert len(of_kind(sent(bench.outputs()), Flood)) > 0, "revocations"
    assert bench.cloud.timers.next is None
    assert len(bench.cloud.pending) == 0
    assert bench.put(b"anything") == []


def test_endpoints_share_one_port_above_1024() -> None:
    bench = Bench(registered=False)
    for endpoints in ((Address(HOME.ip, 1), Address(HOME.ip, 1)), (HOME, Address(HOME.ip, 5000))):
        with pytest.raises(InvalidArgument):
            bench.cloud.at(bench.now).addresses_changed(endpoints)


def test_at_most_four_endpoints_of_the_scope_are_used() -> None:
    bench = Bench(registered=False)
    many = tuple(
        Address.parse(host, 4000) for host in ("fe80::1", "fd00::1", "fd00::2", "fd00::3", "fd00::4", "fd00::5")
    )
    bench.cloud.at(bench.now).addresses_changed(many)
    assert bench.cloud.endpoints == many[1:5]


def test_a_new_address_is_announced_for_every_name() -> None:
    bench = Bench()
    bench.meet(Peer(10))
    bench.pass_time(0.5)
    moved = Address.parse("fd00::2", 4444)
    bench.cloud.at(bench.now).addresses_changed((moved,))
    lookups = of_kind(sent(bench.outputs()), Lookup)
    assert [(one.route.id, one.route.endpoints) for one in lookups if one.route] == [(bench.id, (moved,))]


def test_one_conversation_with_a_node_at_a_time() -> None:
    bench = Bench(registered=False)
    bench.cloud.at(bench.now).join((STRANGER, STRANGER, HOME))
    assert solicited(list(bench.outputs())) == [STRANGER]


def test_three_nodes_of_a_link_find_each_other_by_multicast_alone() -> None:
    world = World(3, one_link=True)
    for _ in range(3):
        node = world.add()
        node.open()
        world.run(1.0)
        node.register()
    world.run(60)
    assert world.leaf_sets_are_whole() == 1.0
    assert world.resolve_some(10).success == 1.0


def test_nodes_of_one_machine_find_each_other_by_their_ports() -> None:
    world = World(4)
    for number in range(8):
        node = world.add(scope=Scope.LOOPBACK)
        world.at_address.pop((node.address.ip, node.address.port))
        node.address = Address.parse("::1", 3540 + number)
        world.at_address[node.address.ip, node.address.port] = node
        node.open()
        node.cloud.at(node.moment).join((world.nodes[0].address,))
        node.carry_out()
        node.register()
        world.run(2.0)
    assert world.leaf_sets_are_whole() == 1.0
    assert world.resolve_some(20).success == 1.0


def test_a_seed_that_denies_everything_is_counted_and_survived() -> None:
    bench, outputs = fresh(seeds=SEEDS)
    assert solicited(outputs) == [SEEDS[0]]
    bench.put(b"\0" * 12, SEEDS[0])
    assert bench.refused(Refusal.MALFORMED) == 1
