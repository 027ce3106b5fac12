"""What a publisher answers (3.2.5), message by message."""

from __future__ import annotations

import hashlib

import pytest

from peerapi.address import Address
from peerapi.errors import InvalidArgument, NotFound
from peerapi.identity.names import PeerName
from peerapi.pnrp import ids
from peerapi.pnrp.algorithms import MODERN
from peerapi.pnrp.cpa import AppEndpoint, decode_cpa, validate_cpa
from peerapi.pnrp.messages import (
    Ack,
    Advertise,
    Authority,
    Flood,
    Inquire,
    Lookup,
    Message,
    Request,
    Solicit,
    SolicitType,
)
from peerapi.pnrp.payload import validate_payload
from peerapi.ring.refusal import Refusal
from tests.pnrp.bench import HOME, STRANGER, Bench, Peer, buffer_of, of_kind, only, sent
from tests.simulation.pnrp_world import EPOCH, pretend_verify

NONCE = b"n" * 16


def proved_bench() -> Bench:
    bench = Bench()
    bench.prove(STRANGER)
    return bench


def test_an_inquire_is_answered_with_a_cpa_that_carries_its_nonce() -> None:
    bench = proved_bench()
    answer = only(bench.put(Inquire(7, bench.id, cpa=True, nonce=NONCE)), Authority, STRANGER)
    assert answer.acked == 7
    buffer = buffer_of(answer)
    assert buffer.cpa is not None
    assert buffer.classifier == "home"
    assert buffer.route is not None
    assert buffer.route.id == bench.id
    cpa = validate_cpa(buffer.cpa, profile=MODERN, verify=pretend_verify, now=EPOCH, nonce=NONCE, pnrp_id=bench.id)
    assert cpa.service_addresses == (HOME,)
    assert cpa.endpoints == (AppEndpoint(HOME.ip, 80),)


def test_an_inquire_without_nonce_is_answered_with_zeros() -> None:
    bench = proved_bench()
    buffer = buffer_of(only(bench.put(Inquire(7, bench.id, cpa=True)), Authority))
    assert buffer.cpa is not None
    assert decode_cpa(buffer.cpa, MODERN).cpa.nonce == bytes(16)


def test_an_inquire_gets_only_what_it_asks_for() -> None:
    bench = proved_bench()
    bare = buffer_of(only(bench.put(Inquire(7, bench.id)), Authority))
    assert (bare.not_found, bare.cpa, bare.payload, bare.chain, bare.classifier) == (False, None, None, None, None)


def test_an_inquire_for_somebody_else_gets_the_n_flag() -> None:
    bench = Bench()
    assert buffer_of(only(bench.put(Inquire(7, bench.id + 1, cpa=True)), Authority)).not_found


def test_an_extended_payload_comes_with_the_x_flag_in_the_cpa() -> None:
    bench = proved_bench()
    assert bench.registration is not None
    bench.cloud.at(bench.now).update(bench.registration.handle, endpoints=(), payload="text", friendly_name="me")
    buffer = buffer_of(only(bench.put(Inquire(7, bench.id, cpa=True, payload=True, nonce=NONCE)), Authority))
    assert buffer.cpa is not None
    assert buffer.payload is not None
    cpa = decode_cpa(buffer.cpa, MODERN).cpa
    assert (cpa.has_payload, cpa.endpoints, cpa.friendly_name) == (True, (), "me")
    content = validate_payload(
        buffer.payload,
        public_key=cpa.public_key,
        profile=MODERN,
        verify=pretend_verify,
        now=EPOCH,
        nonce=NONCE,
        pnrp_id=bench.id,
    )
    assert content == "text"


def test_a_large_answer_comes_in_fragments() -> None:
    bench = proved_bench()
    assert bench.registration is not None
    bench.cloud.at(bench.now).update(bench.registration.handle, endpoints=(), payload=bytes(4096), friendly_name=None)
    parts = of_kind(bench.put(Inquire(7, bench.id, cpa=True, payload=True)), Authority)
    assert len(parts) == 4
    assert len({part.message_id for part in parts}) == 1


def lookup(bench: Bench, target: int, validate: int, *path: Peer, accept_farther: bool = False) -> Lookup:
    endpoints = (STRANGER, *(peer.address for peer in path))
    return Lookup(9, target, validate, endpoints, accept_farther=accept_farther)


def test_a_lookup_is_answered_with_the_exact_match_if_there_is_one() -> None:
    bench = Bench()
    peers = [Peer(number) for number in range(10, 20)]
    for peer in peers:
        bench.meet(peer)
    target = peers[5].id >> 128 << 128
    for _ in range(10):
        buffer = buffer_of(only(bench.put(lookup(bench, target, bench.id)), Authority))
        assert buffer.route == peers[5].route
        assert not buffer.not_found


def test_a_lookup_never_names_a_node_of_its_path() -> None:
    bench = Bench()
    one, other = Peer(10), Peer(11)
    bench.meet(one)
    bench.meet(other)
    question = lookup(bench, one.id, bench.id, one, accept_farther=True)
    assert buffer_of(only(bench.put(question), Authority)).route == other.route


def test_a_lookup_names_nobody_farther_than_its_validate_id_unless_wanted() -> None:
    bench = Bench()
    far = Peer(10)
    bench.meet(far)
    near_home = (bench.id + 5) & ids.MASK
    assert buffer_of(only(bench.put(lookup(bench, near_home, bench.id)), Authority)).route is None
    farther = buffer_of(only(bench.put(lookup(bench, near_home, bench.id, accept_farther=True)), Authority))
    assert farther.route == far.route


def test_a_lookup_for_an_id_of_the_leaf_set_that_is_not_known_is_suspicious() -> None:
    bench = Bench()
    assert buffer_of(only(bench.put(lookup(bench, bench.id + 5, bench.id)), Authority)).leaf_set
    bench.meet(Peer(10))
    helped = lookup(bench, bench.id + 5, bench.id, accept_farther=True)
    assert not buffer_of(only(bench.put(helped), Authority)).leaf_set


def test_a_lookup_meant_for_an_id_that_is_gone_says_so_and_still_helps() -> None:
    bench = Bench()
    buffer = buffer_of(only(bench.put(lookup(bench, bench.id, bench.id ^ 1)), Authority))
    assert buffer.not_found
    assert buffer.route is not None
    assert buffer.route.id == bench.id


def test_a_node_in_the_path_does_not_name_itself() -> None:
    bench = Bench()
    question = Lookup(9, bench.id, 0, (STRANGER, HOME))
    assert buffer_of(only(bench.put(question), Authority)).route is None


def test_too_many_lookups_are_answered_busy() -> None:
    bench = Bench()
    served = []
    for host in range(3):
        source = Address.parse(f"fd00:{host}::66", 6000)
        bench.prove(source)
        answers = [bench.put(lookup(bench, 1, 0), source) for _ in range(300)]
        served.append(sum(not buffer_of(only(answer, Authority, source)).busy for answer in answers))
    assert served == [250, 250, 0]  # one party gets half
    assert bench.refused(Refusal.BUSY) == 400


def test_a_route_entry_in_a_lookup_is_asked_for_its_cpa_and_kept() -> None:
    bench = Bench()
    peer = Peer(10)
    message = lookup(bench, peer.id + 1, bench.id)._replace(route=peer.route)
    inquire = only(bench.put(message, peer.address), Inquire, peer.address)
    assert inquire.validate == peer.id
    assert inquire.cpa
    assert inquire.chain
    assert inquire.nonce is not None
    assert peer.id not in bench.cloud.cache


# Synchronization ------------------------------------------------------------------------------------------------------


def solicit(nonce: bytes = NONCE, kind: SolicitType | None = None) -> Solicit:
    return Solicit(5, hashlib.sha1(nonce).digest(), None, kind)


def test_a_conversation_gives_the_entries_that_were_offered() -> None:
    bench = proved_bench()
    peers = [Peer(number) for number in range(10, 13)]
    for peer in peers:
        bench.meet(peer)
    advertise = only(bench.put(solicit()), Advertise, STRANGER)
    assert advertise.acked == 5
    assert advertise.hashed_nonce == hashlib.sha1(NONCE).digest()
    assert set(advertise.ids) == {peer.id for peer in peers} | {bench.id}
    answers = bench.put(Request(6, NONCE, (*advertise.ids, 12345)))
    assert only(answers, Ack).acked == 6
    floods = of_kind(answers, Flood, STRANGER)
    assert all(flood.no_ack for flood in floods)
    assert {flood.route.id for flood in floods if flood.route} == set(advertise.ids)


def test_five_ids_are_advertised_when_there_are_enough() -> None:
    bench = proved_bench()
    for number in range(10, 20):
        bench.meet(Peer(number))
    assert len(only(bench.put(solicit()), Advertise).ids) == 5


def test_local_ids_only_when_only_they_are_wanted() -> None:
    bench = proved_bench()
    bench.meet(Peer(10))
    assert only(bench.put(solicit(kind=SolicitType.LOCAL)), Advertise).ids == (bench.id,)
    floods = of_kind(bench.put(Request(6, NONCE, (bench.id, Peer(10).id))), Flood)
    assert [flood.route.id for flood in floods if flood.route] == [bench.id], "nothing that was not offered"


def test_a_request_without_or_with_another_nonce_gets_nothing() -> None:
    bench = proved_bench()
    assert bench.put(Request(6, NONCE, (bench.id,))) == []
    bench.put(solicit())
    assert bench.put(Request(6, b"x" * 16, (bench.id,))) == []
    assert bench.refused(Refusal.CONVERSATION) == 2


def test_a_request_works_once_and_only_for_a_while() -> None:
    bench = proved_bench()
    bench.put(solicit())
    assert bench.put(Request(6, NONCE, (bench.id,))) != []
    assert bench.put(Request(6, NONCE, (bench.id,))) == []
    bench.put(solicit())
    bench.pass_time(16)
    assert bench.put(Request(6, NONCE, (bench.id,))) == []


def test_conversations_are_bounded_and_a_full_node_says_so_with_an_empty_list() -> None:
    bench = Bench()
    offered = []
    for host in range(3):  # one party gets half, three a third
        source = Address.parse(f"fd00:{host}::66", 6000)
        bench.prove(source)
        answers = [bench.put(solicit(bytes([number]) * 16), source) for number in range(40)]
        offered.append([bool(only(answer, Advertise, source).ids) for answer in answers])
    assert offered == [[True] * 32 + [False] * 8] * 2 + [[True] * 21 + [False] * 19]
    assert len(bench.cloud.synchronization) == 64


# FLOOD ----------------------------------------------------------------------------------------------------------------


def test_a_flood_is_acknowledged_unless_it_says_not_to() -> None:
    bench = Bench()
    ack = only(bench.put(Flood(5, bench.id)), Ack, STRANGER)
    assert (ack.acked, ack.not_found) == (5, False)
    assert only(bench.put(Flood(5, bench.id + 1)), Ack).not_found
    assert not only(bench.put(Flood(5, 0)), Ack).not_found
    assert bench.put(Flood(5, bench.id, no_ack=True)) == []


def test_a_new_leaf_is_flooded_to_its_neighbors_and_told_of_us() -> None:
    bench = Bench()
    peers = sorted((Peer(number) for number in range(10, 14)), key=lambda peer: peer.id)
    new = peers.pop(1)
    for peer in peers:
        bench.meet(peer)
    bench.pass_time(0.5)
    teller = peers[0]
    inquire = only(
        bench.put(Flood(5, bench.id, new.route, None, (teller.address,)), teller.address), Inquire, new.address
    )
    buffer = new.answer(inquire)
    floods = of_kind(bench.answer(inquire, new.address, buffer), Flood)
    onward = [flood for flood in floods if flood.route == new.route]
    assert {flood.validate for flood in onward} <= {peer.id for peer in peers[1:]}
    assert all({teller.address, HOME} <= set(flood.flooded) for flood in onward)
    introduction = [flood for flood in floods if flood.validate == new.id]
    assert len(introduction) == 1
    assert introduction[0].route is not None
    assert introduction[0].route.id == bench.id


def told_of_a_new_leaf(bench: Bench, teller: Address) -> list[tuple[Address, Message]]:
    """What is sent once a FLOOD from ``teller`` has brought a route entry into the leaf set."""
    new = Peer(20)
    inquire = only(bench.put(Flood(5, bench.id, new.route, None, ()), teller), Inquire, new.address)
    return bench.answer(inquire, new.address, new.answer(inquire))


def test_who_has_told_of_a_new_leaf_by_flood_is_told_of_us() -> None:
    """3.2.5.11 step 5: "a FLOOD message with the D flag clear back to the sender"."""
    bench = Bench()
    teller = Peer(10)
    bench.meet(teller)
    bench.pass_time(0.5)
    back = of_kind(told_of_a_new_leaf(bench, teller.address), Flood, teller.address)
    assert [flood.validate for flood in back if flood.route and flood.route.id == bench.id] == [teller.id]
    assert not back[0].no_ack
    again = of_kind(sent(bench.pass_time(1.5)), Flood, teller.address)
    assert [flood.route for flood in again] == [flood.route for flood in back]


def test_a_teller_without_proof_is_told_once_and_with_no_pnrp_id() -> None:
    bench = Bench()
    back = of_kind(told_of_a_new_leaf(bench, STRANGER), Flood, STRANGER)
    assert [(flood.validate, flood.route.id if flood.route else 0) for flood in back] == [(0, bench.id)]
    assert of_kind(sent(bench.pass_time(5.0)), Flood, STRANGER) == []


def test_the_new_leaf_itself_is_told_of_us_once_when_it_was_the_teller() -> None:
    bench = Bench()
    new = Peer(20)
    inquire = only(bench.put(Flood(5, bench.id, new.route, None, ()), new.address), Inquire, new.address)
    assert of_kind(bench.answer(inquire, new.address, new.answer(inquire)), Flood, new.address) == []


def test_a_known_route_entry_is_not_asked_again() -> None:
    bench = Bench()
    peer = Peer(10)
    bench.meet(peer)
    assert of_kind(bench.put(Flood(5, bench.id, peer.route)), Inquire) == []


def test_a_neighbor_that_does_not_acknowledge_is_dropped() -> None:
    bench = Bench()
    one, other = Peer(10), Peer(11)
    bench.meet(one)
    bench.meet(other)
    bench.pass_time(3)
    assert one.id not in bench.cloud.cache


def test_a_valid_revocation_removes_the_entry_and_travels_on() -> None:
    bench = Bench()
    peers = [Peer(number) for number in range(10, 16)]
    for peer in peers:
        bench.meet(peer)
    above = sorted(peers, key=lambda peer: (peer.id - bench.id) & ids.MASK)
    leaving, expected = above[0], above[-1]
    floods = of_kind(bench.put(Flood(5, bench.id, None, leaving.revocation()), leaving.address), Flood)
    assert leaving.id not in bench.cloud.cache
    assert [flood.validate for flood in floods if flood.revoke] == [expected.id]
    assert floods[0].revoke == leaving.revocation()


# Registering ----------------------------------------------------------------------------------------------------------


def test_unregistering_revokes_at_both_neighbors() -> None:
    bench = Bench()
    peers = [Peer(number) for number in range(10, 22)]
    for peer in peers:
        bench.meet(peer)
    assert bench.registration is not None
    below, above = bench.cloud.cache.leaf_set(bench.id)
    bench.cloud.at(bench.now).unregister(bench.registration.handle)
    floods = of_kind(sent(bench.outputs()), Flood)
    assert {flood.validate for flood in floods if flood.revoke} == {above[0], below[0]}
    told = {(flood.validate, flood.route.id) for flood in floods if flood.route}
    assert told == {(below[-1], above[0]), (above[-1], below[0])}
    assert bench.put(Inquire(7, bench.id)) != []
    with pytest.raises(NotFound):
        bench.cloud.at(bench.now).unregister(bench.registration.handle)


def test_registering_announces_the_id_to_whom_is_known() -> None:
    bench = Bench(registered=False)
    peer = Peer(10)
    bench.meet(peer)
    registration = bench.cloud.at(bench.now).register(bench.name, signer=bench.signer, payload=b"x")
    question = next(message for _, message in sent(bench.outputs()) if isinstance(message, Lookup))
    assert question.target == (registration.pnrp_id + 1) & ids.MASK
    assert question.route is not None
    assert question.route.id == registration.pnrp_id
    assert question.path == (HOME,)


def test_the_same_name_may_be_registered_twice_under_two_ids() -> None:
    bench = Bench()
    second = bench.cloud.at(bench.now).register(bench.name, signer=bench.signer, payload=b"x")
    assert second.pnrp_id != bench.id
    assert second.pnrp_id >> 128 == bench.id >> 128


def test_a_location_prefix_is_the_upper_half_of_the_place() -> None:
    bench = Bench()
    prefix = int.from_bytes(HOME.ip[:8], "big")
    assert bench.id >> 64 & 0xFFFF_FFFF_FFFF_FFFF == prefix
    given = bench.cloud.at(bench.now).register(bench.name, signer=bench.signer, payload=b"x", location_prefix=5)
    assert given.pnrp_id >> 64 & 0xFFFF_FFFF_FFFF_FFFF == 5


@pytest.mark.parametrize(
    "options",
    [{}, {"payload": b""}, {"payload": bytes(4097)}, {"payload": b"x", "friendly_name": "x" * 40}],
    ids=str,
)
def test_what_cannot_be_published_is_refused_and_nothing_is_registered(options: dict[str, object]) -> None:
    bench = Bench(registered=False)
    with pytest.raises(InvalidArgument):
        bench.cloud.at(bench.now).register(bench.name, signer=bench.signer, **options)  # type: ignore[arg-type]
    assert len(bench.cloud.registrations) == 0


def test_a_secure_name_needs_its_own_key() -> None:
    bench = Bench(registered=False)
    with pytest.raises(InvalidArgument):
        bench.cloud.at(bench.now).register(Peer(10).name, signer=bench.signer, payload=b"x")
    with pytest.raises(InvalidArgument):
        bench.cloud.at(bench.now).register(Peer(10).name, payload=b"x")


def test_an_unsecured_name_is_signed_with_the_key_of_the_node() -> None:
    bench = Bench(registered=False)
    registration = bench.cloud.at(bench.now).register(PeerName("0", "chat"), payload=b"x")
    assert registration.signer is bench.signer
    assert registration.authority is None


def test_an_update_that_cannot_be_published_changes_nothing() -> None:
    bench = Bench()
    assert bench.registration is not None
    with pytest.raises(InvalidArgument):
        bench.cloud.at(bench.now).update(bench.registration.handle, endpoints=(), payload=None, friendly_name=None)
    with pytest.raises(InvalidArgument):
        bench.cloud.at(bench.now).update(
            bench.registration.handle, endpoints=(), payload=bytes(5000), friendly_name=None
        )
    assert bench.registration.endpoints == (AppEndpoint(HOME.ip, 80),)
