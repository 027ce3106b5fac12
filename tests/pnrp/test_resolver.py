"""Resolving (3.1.4.4, 3.1.5.6.1): criteria, dead ends, several results, failures that say which leg failed."""

from __future__ import annotations

import pytest

from peerapi.address import Address
from peerapi.identity.names import PeerName
from peerapi.pnrp.authority import AuthorityBuffer, fragments
from peerapi.pnrp.cpa import AppEndpoint
from peerapi.pnrp.messages import Criteria, Inquire, Lookup, Reason
from peerapi.pnrp.outputs import Failure, Output, Resolved
from peerapi.ring.resolver import Resolve
from peerapi.ring.route_entry import RouteEntry
from tests.pnrp.bench import HOME, Bench, Peer, of_kind, only, sent
from tests.simulation.pnrp_world import World


def resolved(outputs: list[Output], handle: int) -> Resolved:
    return next(output for output in outputs if isinstance(output, Resolved) and output.handle == handle)


def target_lookups(bench: Bench, outputs: list[Output]) -> list[tuple[Address, Lookup]]:
    """LOOKUPs made for the application, not those of maintenance and registration."""
    return [(to, m) for to, m in sent(outputs) if isinstance(m, Lookup) and m.reason == Reason.APP_REQUEST]


@pytest.mark.parametrize(
    ("criteria", "precision", "shift"),
    [
        (Criteria.NONE, 0, 0),
        (Criteria.NEAREST_PEERNAME, 0, 0),
        (Criteria.NEAREST64_PEERNAME, 0, 64),
        (Criteria.ANY_PEERNAME, 0, 128),
        (Criteria.UPPER_BITS, 10, 246),
    ],
)
def test_enough_is_what_the_criterion_compares(criteria: Criteria, precision: int, shift: int) -> None:
    target = 0x123456789ABCDEF << 190
    resolve = Resolve(1, target, criteria, Reason.APP_REQUEST, precision, 1, [HOME], None)
    assert resolve.is_enough(target)
    assert not resolve.is_enough(target ^ 1 << shift)
    if shift:
        assert resolve.is_enough(target ^ 1 << shift - 1)


def test_nearest_is_content_with_any_place_of_the_name_in_the_end_but_with_no_other_name() -> None:
    for criteria in (Criteria.NEAREST_PEERNAME, Criteria.NEAREST64_PEERNAME):
        resolve = Resolve(1, 5 << 128, criteria, Reason.APP_REQUEST, 0, 1, [HOME], None)
        assert resolve.is_adequate(5 << 128 | 1 << 127)
        assert not resolve.is_adequate(6 << 128)


def test_without_an_address_the_address_is_the_leg_that_failed() -> None:
    bench = Bench(registered=False)
    bench.cloud.at(bench.now).addresses_changed(())
    handle = bench.cloud.at(bench.now).resolve(bench.name)
    assert resolved(bench.outputs(), handle).failure is Failure.NO_ADDRESS


def test_alone_the_cloud_is_the_leg_that_failed() -> None:
    bench = Bench(registered=False)
    handle = bench.cloud.at(bench.now).resolve(bench.name)
    assert resolved(bench.outputs(), handle).failure is Failure.NO_NODES


def test_a_name_registered_here_is_found_at_once_even_alone() -> None:
    bench = Bench()
    handle = bench.cloud.at(bench.now).resolve(bench.name)
    result = resolved(bench.outputs(), handle)
    assert result.failure is None
    assert result.found[0].pnrp_id == bench.id
    assert result.found[0].endpoints == (AppEndpoint(HOME.ip, 80),)
    assert result.hops == ()


def test_local_names_are_left_out_on_demand() -> None:
    bench = Bench()
    handle = bench.cloud.at(bench.now).resolve(bench.name, use_local=False)
    assert resolved(bench.outputs(), handle).failure is Failure.NO_NODES


def test_silence_is_the_leg_that_failed() -> None:
    bench = Bench(registered=False)
    bench.meet(Peer(10))
    handle = bench.cloud.at(bench.now).resolve(Peer(50).name)
    result = resolved(bench.outputs() + bench.pass_time(10), handle)
    assert result.failure is Failure.UNREACHABLE
    assert [hop.seconds for hop in result.hops] == [None]


def test_a_lookup_is_sent_twice_before_it_is_given_up() -> None:
    bench = Bench(registered=False)
    bench.meet(Peer(10))
    bench.cloud.at(bench.now).resolve(Peer(50).name)
    assert len(target_lookups(bench, bench.outputs() + bench.pass_time(10))) == 2


def test_a_name_nobody_knows_is_not_found() -> None:
    bench = Bench(registered=False)
    peer = Peer(10)
    bench.meet(peer)
    handle = bench.cloud.at(bench.now).resolve(Peer(50).name)
    ((to, question),) = target_lookups(bench, bench.outputs())
    bench.elapsed += 0.25
    bench.outputs()
    outputs_before = bench.answer(question, to, AuthorityBuffer(leaf_set=True))
    assert outputs_before == []
    bench.cloud.at(bench.now).cancel(handle)
    assert bench.outputs() == [], "it had ended"


def test_the_target_is_the_name_with_the_middle_of_all_places() -> None:
    bench = Bench(registered=False)
    bench.meet(Peer(10))
    peer = Peer(50)
    bench.cloud.at(bench.now).resolve(peer.name, location_prefix=7)
    ((_, question),) = target_lookups(bench, bench.outputs())
    assert question.target == peer.id >> 128 << 128 | 7 << 64 | 1 << 63
    assert question.path == (HOME,)
    assert question.accept_farther, "a small cache takes what it gets"


def walk() -> tuple[Bench, Peer, Peer, int, Inquire]:
    """A resolution up to the INQUIRE at the publisher."""
    bench = Bench(registered=False)
    guide, publisher = Peer(10), Peer(50)
    bench.meet(guide)
    handle = bench.cloud.at(bench.now).resolve(publisher.name)
    ((to, question),) = target_lookups(bench, bench.outputs())
    inquire = only(bench.answer(question, to, AuthorityBuffer(route=publisher.route)), Inquire, publisher.address)
    return bench, guide, publisher, handle, inquire


def test_a_match_is_asked_for_everything_at_once() -> None:
    _, _, publisher, _, inquire = walk()
    assert inquire.validate == publisher.id
    assert (inquire.cpa, inquire.payload, inquire.chain) == (True, True, True)
    assert inquire.nonce is not None


def finish(bench: Bench, question: Inquire | Lookup, source: Address, buffer: AuthorityBuffer) -> list[Output]:
    for data in fragments(buffer.encode(), 1, question.message_id):
        bench.cloud.at(bench.now).received(data, source)
    return bench.outputs()


def test_a_validated_cpa_is_the_result() -> None:
    bench, _, publisher, handle, inquire = walk()
    result = resolved(finish(bench, inquire, publisher.address, publisher.answer(inquire)), handle)
    assert result.failure is None
    assert result.found[0].public_key == publisher.signer.public_key_der
    assert result.found[0].endpoints == (AppEndpoint(publisher.address.ip, 80),)
    assert result.found[0].services == (publisher.address,)
    assert len(result.hops) == 2


def test_a_publisher_that_denies_is_the_leg_that_failed() -> None:
    bench, _, publisher, handle, inquire = walk()
    outputs = finish(bench, inquire, publisher.address, AuthorityBuffer(not_found=True))
    while True:
        lookups = target_lookups(bench, outputs)
        if not lookups:
            break
        to, question = lookups[0]
        outputs = finish(bench, question, to, AuthorityBuffer())
    assert resolved(outputs, handle).found == ()


def test_a_forged_answer_is_the_leg_that_failed() -> None:
    bench, _, publisher, handle, inquire = walk()
    forged = publisher.answer(inquire, nonce=bytes(16))
    outputs = finish(bench, inquire, publisher.address, forged) + bench.pass_time(10)
    assert resolved(outputs, handle).failure is not None


def test_a_payload_promised_and_not_sent_is_refused() -> None:
    bench, _, publisher, handle, inquire = walk()
    outputs = finish(bench, inquire, publisher.address, publisher.answer(inquire, has_payload=True))
    outputs += bench.pass_time(10)
    assert resolved(outputs, handle).failure is not None


def test_a_resolution_ends_with_its_time() -> None:
    bench, _, _, handle, _ = walk()
    bench2 = Bench(registered=False)
    bench2.meet(Peer(10))
    late = bench2.cloud.at(bench2.now).resolve(Peer(50).name, timeout=0.5)
    assert resolved(bench2.pass_time(1), late).failure is Failure.TIMEOUT
    assert bench.cloud.resolver is not None
    bench.cloud.at(bench.now).cancel(handle)
    assert resolved(bench.outputs(), handle).failure is Failure.CANCELLED


def test_a_dead_end_leads_back_to_the_node_before() -> None:
    """4.1.3: node 1 names node 2, which knows nobody; node 1 is asked again and names node 2a."""
    bench = Bench(registered=False)
    first = Peer(10)
    bench.meet(first)
    publisher = Peer(50)
    handle = bench.cloud.at(bench.now).resolve(publisher.name)
    ((to, question),) = target_lookups(bench, bench.outputs())
    second = RouteEntry(question.target ^ 1 << 200, 4001, (Address.parse("fd00::a2", 0).ip,))
    other = RouteEntry(question.target ^ 1 << 190, 4002, (Address.parse("fd00::a3", 0).ip,))
    outputs = finish(bench, question, to, AuthorityBuffer(route=second))
    ((to, question),) = target_lookups(bench, outputs)
    assert to == second.endpoints[0]
    outputs = finish(bench, question, to, AuthorityBuffer())
    ((to, question),) = target_lookups(bench, outputs)
    assert to == first.address
    assert second.endpoints[0] in question.path
    outputs = finish(bench, question, to, AuthorityBuffer(route=other))
    ((to, question),) = target_lookups(bench, outputs)
    assert to == other.endpoints[0]
    outputs = finish(bench, question, to, AuthorityBuffer(route=publisher.route))
    inquire = only(sent(outputs), Inquire, publisher.address)
    result = resolved(finish(bench, inquire, publisher.address, publisher.answer(inquire)), handle)
    assert result.failure is None


def lead_on(bench: Bench, leaf_set: bool, always: Address | None = None) -> list[Address]:
    """Answer every LOOKUP with yet another closer node (``always`` only that one does); whom the resolver asked."""
    bench.cloud.at(bench.now).resolve(Peer(50).name)
    outputs = bench.outputs()
    asked: list[Address] = []
    while lookups := target_lookups(bench, outputs):
        ((to, question),) = lookups
        asked.append(to)
        closer = RouteEntry(
            question.target ^ 1 << 250 - len(asked), 4000 + len(asked), (Address.parse("fd00::e", 0).ip,)
        )
        route = closer if always in (None, to) else None
        outputs = finish(bench, question, to, AuthorityBuffer(leaf_set=leaf_set, route=route))
    return asked


def test_a_search_ends_after_seven_suspicious_answers() -> None:
    bench = Bench(registered=False)
    bench.meet(Peer(10))
    assert len(lead_on(bench, leaf_set=True)) == 7


def test_a_search_ends_after_twenty_three_answers() -> None:
    bench = Bench(registered=False)
    bench.meet(Peer(10))
    assert len(lead_on(bench, leaf_set=False)) == 23


def test_a_node_is_asked_three_times_at_most() -> None:
    bench = Bench(registered=False)
    peer = Peer(10)
    bench.meet(peer)
    assert lead_on(bench, leaf_set=False, always=peer.address).count(peer.address) == 3


def test_a_match_that_denies_gives_way_to_the_one_before() -> None:
    bench = Bench(registered=False)
    publisher, false = Peer(50), Peer(51)
    bench.meet(publisher)
    handle = bench.cloud.at(bench.now).resolve(publisher.name, criteria=Criteria.NEAREST_PEERNAME)
    ((to, question),) = target_lookups(bench, bench.outputs())
    nearer = false.route._replace(id=question.target ^ 1)
    outputs = finish(bench, question, to, AuthorityBuffer(route=nearer))
    while lookups := target_lookups(bench, outputs):
        ((to, question),) = lookups
        outputs = finish(bench, question, to, AuthorityBuffer())
    inquire = only(sent(outputs), Inquire, false.address)
    outputs = finish(bench, inquire, false.address, AuthorityBuffer(not_found=True))
    inquire = next(m for to, m in sent(outputs) if isinstance(m, Inquire) and to == publisher.address)
    result = resolved(finish(bench, inquire, publisher.address, publisher.answer(inquire)), handle)
    assert [found.pnrp_id for found in result.found] == [publisher.id]


def test_several_registrations_of_one_name_are_found() -> None:
    world = World(7)
    world.grow(30)
    name = PeerName("0", "printer")
    publishers = world.nodes[5:9]
    for node in publishers:
        node.cloud.at(node.moment).register(name, payload=b"%d" % node.number)
        node.carry_out()
        world.run(2)
    world.run(120)
    asker = world.nodes[20]
    handle = asker.resolve(name, most=4)
    world.run(31)
    result = asker.result(handle)
    assert result is not None
    assert {found.payload for found in result.found} == {b"%d" % node.number for node in publishers}
    distances = [found.pnrp_id for found in result.found]
    assert len(set(distances)) == 4


def test_a_resolution_of_a_node_without_names_works_too() -> None:
    world = World(8)
    world.grow(20)
    asker = world.add((world.nodes[0],))
    asker.open()
    world.run(10)
    handle = asker.resolve(world.nodes[7].name)
    world.run(5)
    result = asker.result(handle)
    assert result is not None
    assert result.failure is None
    assert asker.cloud.registrations.ids == ()


def test_a_large_payload_crosses_a_lossy_network() -> None:
    world = World(9, loss=0.05)
    world.grow(10)
    world.run(60)
    publisher, asker = world.nodes[3], world.nodes[7]
    (registration,) = publisher.cloud.registrations
    publisher.cloud.at(publisher.moment).update(
        registration.handle, endpoints=(), payload=bytes(4096), friendly_name="big"
    )
    results = []
    for _ in range(10):
        handle = asker.resolve(publisher.name)
        world.run(31)
        results.append(asker.result(handle))
    good = [one for one in results if one is not None and one.found and one.found[0].payload == bytes(4096)]
    assert len(good) >= 8


def test_questions_about_dead_nodes_do_not_repeat_for_ever() -> None:
    bench = Bench(registered=False)
    for number in range(10, 14):
        bench.meet(Peer(number))
    handle = bench.cloud.at(bench.now).resolve(Peer(50).name)
    outputs = bench.outputs() + bench.pass_time(29)
    assert resolved(outputs, handle).failure is Failure.UNREACHABLE
    assert len(of_kind(sent(outputs), Lookup)) <= 16
