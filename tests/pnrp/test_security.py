"""Forged certificates, replays, poisoned route entries, amplification: refused, counted, bounded."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.address import Address
from peerapi.identity.names import PeerName
from peerapi.pnrp import ids
from peerapi.pnrp.authority import AuthorityBuffer, fragments
from peerapi.pnrp.messages import Ack, Advertise, Authority, Flood, Inquire, Lookup, Message, Request, Solicit, encode
from peerapi.pnrp.outputs import Failure, Resolved
from peerapi.ring.refusal import Refusal
from peerapi.ring.route_entry import RouteEntry
from tests.pnrp.bench import HOME, STRANGER, VICTIM, Bench, Peer, of_kind, only, sent
from tests.pnrp.strategies import any_message, endpoints
from tests.simulation.pnrp_world import EPOCH, PORT, World


def offer(bench: Bench, route: RouteEntry, source: Address = STRANGER) -> list[Inquire]:
    return of_kind(bench.put(Flood(5, 0, route, no_ack=True), source), Inquire)


# Certificates ---------------------------------------------------------------------------------------------------------


def with_forgery(why: Refusal, **changes: object) -> None:
    bench = Bench()
    peer = Peer(10)
    (inquire,) = offer(bench, peer.route)
    bench.answer(inquire, peer.address, peer.answer(inquire, **changes))
    assert bench.refused(why) == 1
    assert peer.id not in bench.cloud.cache


def test_a_replayed_cpa_is_refused() -> None:
    with_forgery(Refusal.NONCE, nonce=b"of another question"[:16])


def test_an_expired_cpa_is_refused() -> None:
    with_forgery(Refusal.EXPIRED, not_after=EPOCH - 1)


def test_a_cpa_for_another_place_of_the_same_name_is_refused() -> None:
    with_forgery(Refusal.PNRP_ID, service_location=1)


def test_a_cpa_that_does_not_name_the_address_is_refused() -> None:
    with_forgery(Refusal.ADDRESS, service_addresses=(VICTIM,))


def test_a_cpa_signed_by_another_key_is_refused() -> None:
    with_forgery(Refusal.AUTHORITY, public_key=Peer(11).signer.public_key_der)


def test_a_cpa_beside_the_route_entry_of_another_id_is_refused() -> None:
    bench = Bench()
    peer = Peer(10)
    (inquire,) = offer(bench, peer.route)
    bench.answer(inquire, peer.address, peer.answer(inquire)._replace(route=Peer(11).route))
    assert bench.refused(Refusal.PNRP_ID) == 1
    assert peer.id not in bench.cloud.cache


def test_an_entry_that_shows_no_cpa_does_not_enter_a_leaf_set() -> None:
    bench = Bench()
    peer = Peer(10)
    (inquire,) = offer(bench, peer.route)
    bench.answer(inquire, peer.address, AuthorityBuffer(route=peer.route))
    assert bench.refused(Refusal.NO_CPA) == 1
    assert peer.id not in bench.cloud.cache


def test_a_name_owned_by_another_key_cannot_be_taken() -> None:
    bench = Bench()
    thief, victim = Peer(10), Peer(11)
    route = RouteEntry(victim.id, thief.address.port, (thief.address.ip,))
    (inquire,) = offer(bench, route)
    forged = thief.cpa(inquire.nonce or b"", authority=victim.authority, service_location=victim.id & ids.LOCATION_MASK)
    bench.answer(inquire, thief.address, AuthorityBuffer(route=route, cpa=forged))
    assert bench.refused(Refusal.AUTHORITY) == 1
    assert victim.id not in bench.cloud.cache


def test_a_chain_is_refused_where_delegation_is_not_understood() -> None:
    bench = Bench()
    peer = Peer(10)
    (inquire,) = offer(bench, peer.route)
    bench.answer(inquire, peer.address, peer.answer(inquire)._replace(chain=b"chain"))
    assert bench.refused(Refusal.CHAIN) == 1


def test_a_classifier_that_is_not_the_hashed_one_is_refused() -> None:
    bench = Bench()
    peer = Peer(10)
    (inquire,) = offer(bench, peer.route)
    bench.answer(inquire, peer.address, peer.answer(inquire)._replace(classifier="other"))
    assert bench.refused(Refusal.PNRP_ID) == 1


# Answers nobody asked for ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "message",
    [
        Advertise(1, 2, (3,), bytes(20)),
        Ack(1, 2),
        Authority(1, 2, 8, 0, bytes.fromhex("0040000600000000")),
    ],
    ids=lambda message: type(message).__name__,
)
def test_an_answer_to_nothing_is_refused(message: Message) -> None:
    bench = Bench()
    assert bench.put(message) == []
    assert bench.refused(Refusal.UNASKED) == 1


@pytest.mark.parametrize("elsewhere", ["host", "port"])
def test_an_answer_from_elsewhere_is_refused_even_with_the_right_message_id(elsewhere: str) -> None:
    bench = Bench()
    peer = Peer(10)
    (inquire,) = offer(bench, peer.route)
    ip, port = peer.address.ip, peer.address.port
    bench.answer(
        inquire, Address(STRANGER.ip, port) if elsewhere == "host" else Address(ip, port + 1), peer.answer(inquire)
    )
    assert bench.refused(Refusal.UNASKED) == 1
    assert peer.id not in bench.cloud.cache
    bench.answer(inquire, peer.address, peer.answer(inquire))
    assert peer.id in bench.cloud.cache


def test_an_answer_of_the_wrong_kind_is_refused() -> None:
    bench = Bench()
    peer = Peer(10)
    (inquire,) = offer(bench, peer.route)
    bench.put(Ack(1, inquire.message_id), peer.address)
    assert bench.refused(Refusal.UNASKED) == 1


def test_a_repeated_answer_is_refused() -> None:
    bench = Bench()
    peer = Peer(10)
    (inquire,) = offer(bench, peer.route)
    bench.answer(inquire, peer.address, peer.answer(inquire))
    bench.answer(inquire, peer.address, peer.answer(inquire))
    assert bench.refused(Refusal.UNASKED) == 1


def test_an_advertise_with_another_hash_is_refused() -> None:
    bench = Bench(registered=False, known=(STRANGER,))
    bench.cloud.at(bench.now).join((VICTIM,))
    question = only(sent(bench.outputs()), Solicit, VICTIM)
    assert of_kind(bench.put(Advertise(1, question.message_id, (7,), bytes(20)), VICTIM), Request) == []
    assert bench.refused(Refusal.CONVERSATION) == 1


# Route entries --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "ip", ["ff02::1", "::", "::1", "::ffff:10.0.0.1", "fe80::1"], ids=["multicast", "any", "loopback", "mapped", "link"]
)
def test_an_address_outside_of_the_cloud_is_never_sent_to(ip: str) -> None:
    bench = Bench()
    assert offer(bench, RouteEntry(5, 3540, (Address.parse(ip, 0).ip,))) == []
    assert bench.refused(Refusal.ADDRESS) == 1


@pytest.mark.parametrize("port", [0, 53, 1024])
def test_a_low_port_is_never_sent_to(port: int) -> None:
    bench = Bench()
    assert offer(bench, RouteEntry(5, port, (VICTIM.ip,))) == []
    assert bench.refused(Refusal.ADDRESS) == 1


def test_a_message_from_a_low_port_is_dropped() -> None:
    bench = Bench()
    assert bench.put(Inquire(1, bench.id), Address(STRANGER.ip, 1024)) == []
    assert bench.refused(Refusal.BAD_PORT) == 1


@pytest.mark.parametrize("ip", ["fe80::66", "::1", "::ffff:10.0.0.1"], ids=["link", "loopback", "mapped"])
def test_a_message_from_another_scope_is_dropped(ip: str) -> None:
    bench = Bench()
    assert bench.put(Inquire(1, bench.id), Address.parse(ip, 6000)) == []
    assert bench.refused(Refusal.ADDRESS) == 1


def test_nobody_can_claim_our_own_address() -> None:
    bench = Bench()
    assert offer(bench, RouteEntry(5, HOME.port, (HOME.ip,))) == []


def test_an_entry_whose_node_denies_it_is_not_kept() -> None:
    bench = Bench()
    (inquire,) = offer(bench, RouteEntry(5, VICTIM.port, (VICTIM.ip,)))
    bench.answer(inquire, VICTIM, AuthorityBuffer(not_found=True))
    assert 5 not in bench.cloud.cache
    assert offer(bench, RouteEntry(5, VICTIM.port, (VICTIM.ip,))) == [], "not asked again for a while"


def test_a_false_address_does_not_remove_the_true_entry() -> None:
    bench = Bench()
    peer = Peer(10)
    bench.meet(peer)
    (inquire,) = offer(bench, RouteEntry(peer.id, VICTIM.port, (VICTIM.ip,)))
    bench.answer(inquire, VICTIM, AuthorityBuffer(not_found=True))
    entry = bench.cloud.cache.get(peer.id)
    assert entry is not None
    assert entry.route == peer.route


def test_a_false_address_does_not_keep_the_true_entry_out() -> None:
    bench = Bench()
    peer = Peer(10)
    offer(bench, RouteEntry(peer.id, VICTIM.port, (VICTIM.ip,)))
    bench.pass_time(3)
    (inquire,) = offer(bench, peer.route)
    bench.answer(inquire, peer.address, peer.answer(inquire))
    assert peer.id in bench.cloud.cache


def test_an_entry_moves_to_a_new_address_only_with_its_own_key() -> None:
    bench = Bench()
    peer = Peer(10)
    bench.meet(peer)
    thief = Peer(11)
    stolen = RouteEntry(peer.id, thief.address.port, (thief.address.ip,))
    (inquire,) = offer(bench, stolen)
    bench.answer(inquire, thief.address, thief.answer(inquire)._replace(route=stolen))
    assert bench.refused(Refusal.PNRP_ID) == 1
    moved = Peer(10, Address.parse("fd00::10", 5555))
    (inquire,) = offer(bench, moved.route)
    bench.answer(inquire, moved.address, moved.answer(inquire))
    entry = bench.cloud.cache.get(peer.id)
    assert entry is not None
    assert entry.route == moved.route


def test_an_entry_whose_key_is_not_known_is_asked_at_its_old_address_first() -> None:
    bench = Bench(registered=False)
    peer = Peer(10)
    bench.meet(peer)
    (inquire,) = of_kind(bench.put(Flood(5, 0, peer.route._replace(port=7777), no_ack=True)), Inquire, peer.address)
    assert inquire.validate == peer.id


def test_an_unsecured_entry_does_not_move_to_somebody_with_another_key() -> None:
    bench = Bench()
    owner, thief = Peer(10), Peer(11)
    common = {"authority": None, "service_location": 77}
    number = ids.pnrp_id(ids.p2p_id(ids.NO_AUTHORITY, ids.classifier_hash("peer")), 77)
    for peer in (owner, thief):
        route = peer.route._replace(id=number)
        (inquire,) = offer(bench, route)
        cpa = peer.cpa(inquire.nonce or b"", **common)
        bench.answer(inquire, peer.address, AuthorityBuffer(route=route, classifier="peer", cpa=cpa))
    assert bench.refused(Refusal.KEY) == 1
    entry = bench.cloud.cache.get(number)
    assert entry is not None
    assert entry.route.endpoints == (owner.address,)


def test_a_stranger_has_few_entries_looked_into_at_a_time() -> None:
    bench = Bench()
    asked = sum(len(offer(bench, Peer(number).route)) for number in range(100, 160))
    assert asked == 4
    assert bench.refused(Refusal.BUSY) == 56


def test_all_strangers_together_are_bounded_too() -> None:
    bench = Bench()
    for number in range(1000):
        offer(bench, Peer(number + 100).route, Address.parse(f"fd00:1::{number:x}", 6000))
    assert len(bench.cloud.intake) <= 128
    assert len(bench.cloud.pending) <= 1024


def test_a_victim_is_asked_one_thing_at_a_time() -> None:
    bench = Bench()
    asked = 0
    for number in range(50):
        route = RouteEntry(number + 1 << 200, VICTIM.port, (VICTIM.ip,))
        asked += len(offer(bench, route, Address.parse(f"fd00:1::{number:x}", 6000)))
    assert asked == 1


# Revocations ----------------------------------------------------------------------------------------------------------


def test_a_revocation_by_another_key_is_refused() -> None:
    bench = Bench()
    peer, thief = Peer(10), Peer(11)
    bench.meet(peer)
    forged = thief.cpa(
        revoke=True, endpoints=(), authority=peer.authority, service_location=peer.id & ids.LOCATION_MASK
    )
    bench.put(Flood(5, bench.id, None, forged))
    assert bench.refused(Refusal.AUTHORITY) == 1
    assert peer.id in bench.cloud.cache


def test_a_damaged_revocation_is_refused() -> None:
    bench = Bench()
    peer = Peer(10)
    bench.meet(peer)
    raw = bytearray(peer.revocation())
    raw[-1] ^= 1
    bench.put(Flood(5, bench.id, None, bytes(raw)))
    bench.put(Flood(6, bench.id, None, b"nonsense"))
    assert bench.refused(Refusal.SIGNATURE) == 1
    assert bench.refused(Refusal.SYNTAX) == 1
    assert peer.id in bench.cloud.cache


# Resolving among liars ------------------------------------------------------------------------------------------------


def test_a_resolver_is_not_led_to_a_false_publisher() -> None:
    bench = Bench()
    guide, victim, thief = Peer(10), Peer(11), Peer(12)
    bench.meet(guide)
    handle = bench.cloud.at(bench.now).resolve(victim.name)
    question = next(m for to, m in sent(bench.outputs()) if isinstance(m, Lookup) and to == guide.address)
    false = RouteEntry(question.target, thief.address.port, (thief.address.ip,))
    messages = bench.answer(question, guide.address, AuthorityBuffer(route=false))
    inquire = only(messages, Inquire, thief.address)
    bench.cloud.at(bench.now).received(
        encode_authority(inquire, thief.answer(inquire)._replace(route=false)), thief.address
    )
    outputs = bench.outputs() + bench.pass_time(10)
    result = next(output for output in outputs if isinstance(output, Resolved) and output.handle == handle)
    assert result.found == ()
    assert result.failure in (Failure.REFUSED, Failure.NOT_FOUND)
    assert bench.refused(Refusal.PNRP_ID) == 1


def encode_authority(question: Inquire, buffer: AuthorityBuffer) -> bytes:
    (data,) = fragments(buffer.encode(), 1, question.message_id)
    return data


def test_a_node_that_leads_in_circles_is_left_behind() -> None:
    bench = Bench()
    liar = Peer(10)
    bench.meet(liar)
    handle = bench.cloud.at(bench.now).resolve(Peer(99).name)
    questions = 0
    waiting = [(to, m) for to, m in sent(bench.outputs()) if isinstance(m, Lookup) and not m.reason]
    generator = random.Random(3)
    while waiting and questions < 500:
        to, question = waiting.pop()
        questions += 1
        route = RouteEntry(question.target + generator.randrange(1, 1 << 60), liar.address.port, (liar.address.ip,))
        answers = bench.answer(question, to, AuthorityBuffer(route=route))
        waiting += [(to, m) for to, m in answers if isinstance(m, Lookup) and not m.reason]
    assert questions < 70
    bench.pass_time(40)
    bench.cloud.at(bench.now).cancel(handle)
    assert bench.outputs() == [], "it had ended"


def test_a_poisoned_crowd_does_not_stop_resolution() -> None:
    world = World(5)
    world.grow(40)
    world.run(60)
    liars = world.nodes[3:9]
    for liar in liars:
        original = liar.cloud.answering._closest_remote

        def lie(target: int, path: object, limit: object, original: object = original, liar: object = liar) -> object:
            entry = original(target, path, limit)  # type: ignore[operator]
            if entry is not None:
                entry.route = RouteEntry(entry.route.id, PORT, (VICTIM.ip,))
            return entry

        liar.cloud.answering._closest_remote = lie  # type: ignore[method-assign]
    asked = []
    honest = [node for node in world.nodes if node not in liars]
    for _ in range(60):
        one, other = world.random.sample(honest, 2)
        asked.append((one, one.resolve(other.name)))
        world.run(0.5)
    world.run(31)
    good = 0
    for node, handle in asked:
        result = node.result(handle)
        good += result is not None and bool(result.found)
    assert good >= 57, (world.seed, good)


# Random bytes ---------------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(any_message.map(encode) | st.binary(max_size=100), endpoints), max_size=12))
def test_no_datagram_raises_and_nothing_grows_without_bound(datagrams: list[tuple[bytes, Address]]) -> None:
    bench = Bench()
    for data, source in datagrams:
        bench.put_raw(data, source)
    bench.pass_time(1)
    assert len(bench.cloud.pending) <= 200
    assert bench.cloud.registrations.holds(bench.id)


def test_an_unsecured_name_cannot_be_revoked_by_a_passer_by() -> None:
    bench = Bench()
    name = PeerName("0", "chat")
    owner, passer = Peer(10), Peer(11)
    location = 77
    number = ids.pnrp_id(ids.p2p_id(ids.NO_AUTHORITY, ids.classifier_hash(name.classifier)), location)
    common = {
        "authority": None,
        "classifier_hash": ids.classifier_hash(name.classifier),
        "service_location": location,
    }
    route = RouteEntry(number, owner.address.port, (owner.address.ip,))
    (inquire,) = offer(bench, route)
    cpa = owner.cpa(inquire.nonce or b"", **common)
    bench.answer(inquire, owner.address, AuthorityBuffer(route=route, classifier="chat", cpa=cpa))
    assert number in bench.cloud.cache
    bench.put(Flood(5, bench.id, None, passer.cpa(revoke=True, endpoints=(), **common)))
    assert bench.refused(Refusal.KEY) == 1
    assert number in bench.cloud.cache
    bench.put(Flood(5, bench.id, None, owner.cpa(revoke=True, endpoints=(), **common)))
    assert number not in bench.cloud.cache
