"""The machine as a whole: creating and opening, the handshake, ending, data between nodes.

MS-PPGRH 3.1.4, 3.1.5.1 to 3.1.5.2.4, 3.1.5.2.13.
"""

import itertools

import pytest

from peerapi.errors import GraphNotReady
from peerapi.graphing.codec.framing import frame
from peerapi.graphing.codec.internal_records import GraphInfo
from peerapi.graphing.codec.messages import Disconnect, DisconnectReason, Flood, encode
from peerapi.graphing.codec.records import (
    CONTACT,
    GRAPH_INFO,
    GRAPH_INFO_ID,
    PRESENCE,
    SIGNATURE,
    SIGNATURE_ID,
    decode_record,
    encode_record,
)
from peerapi.graphing.draft import Draft
from peerapi.graphing.events import PropertyChanged, Status, StatusChanged, Synchronized
from tests.graphing.machines import CHAT, EPOCH, Machine, address
from tests.graphing.pair import OTHER, Net, info


def reopened(net: Net, machine: Machine) -> Machine:
    """The same peer in a later run, over the database that it left."""
    net.machines.remove(machine)
    machine.graph.database.created = False  # as an opening from disk finds it
    return net.open(machine.name, database=machine.graph.database)


# ---- Creating (3.1.4.1) ----------------------------------------------------------------------------------------------


def test_a_creator_publishes_the_graph_info_record(net: Net) -> None:
    alice = net.create(properties={"comment": "for a test", "max_record_size": 2048})
    record = alice.record(GRAPH_INFO_ID)
    assert record is not None
    assert (record.type, record.creator_id, record.version) == (GRAPH_INFO, "alice", 1)
    assert GraphInfo.decode(record.payload) == info(comment="for a test", max_record_size=2048)


def test_a_creator_may_add_records_at_once(net: Net) -> None:
    alice = net.create()
    assert alice.graph.status == Status.SYNCHRONIZED
    assert alice.record(alice.add()) is not None


def test_a_creator_starts_with_the_time_of_its_host(net: Net) -> None:
    alice = net.create(skew=12.0)
    assert alice.graph.clock.delta == 0


def test_a_node_id_is_a_random_64_bit_number(net: Net) -> None:
    ids = {net.create(f"peer {n}").graph.node_id for n in range(20)}
    assert len(ids) == 20
    assert max(ids) >= 1 << 60
    assert min(ids) > 0


def test_the_autorefresh_timer_starts_at_four_seconds(net: Net) -> None:
    assert net.create().timer("refresh") == 4.0
    assert net.open("bob").timer("refresh") == 4.0


@pytest.mark.parametrize("deferred", [False, True])
def test_the_expiration_timer_starts_at_once_unless_expiration_is_deferred(net: Net, deferred: bool) -> None:
    alice = net.create(properties={"defer_expiration": deferred})
    alice.graph.timers.cancel("expiration")
    again = reopened(net, alice)
    assert again.timer("expiration") == (None if deferred else 0.0)


# ---- Opening (3.1.4.2) -----------------------------------------------------------------------------------------------


def test_a_node_that_never_synchronized_refuses_record_calls(net: Net) -> None:
    bob = net.open("bob")
    with pytest.raises(GraphNotReady):
        bob.add()
    with pytest.raises(GraphNotReady):
        bob.update(bytes(16))
    with pytest.raises(GraphNotReady):
        bob.delete(bytes(16))
    assert bob.graph.status == Status(0)


def test_a_persisted_database_is_loaded_without_presence_signature_and_contact_records(net: Net) -> None:
    alice = net.create(properties={"max_presence": 0xFFFFFFFF})
    alice.listen()
    kept = alice.add(lifetime=1e6)
    net.advance(200)
    assert all(alice.records(kind) for kind in (PRESENCE, SIGNATURE, CONTACT))
    net.crash(alice)
    net.machines.append(alice)
    again = reopened(net, alice)
    assert not any(again.records(kind) for kind in (PRESENCE, SIGNATURE, CONTACT))
    assert again.record(kept) is not None
    assert again.record(GRAPH_INFO_ID) is not None


def test_an_opened_graph_knows_its_properties_and_is_synchronized(net: Net) -> None:
    alice = net.create(properties={"max_record_size": 4096})
    again = reopened(net, alice)
    assert again.graph.info == info(max_record_size=4096)
    assert again.graph.max_record_size == 4096
    assert again.graph.synchronized


def test_a_new_run_has_a_new_node_id(net: Net) -> None:
    alice = net.create()
    assert reopened(net, alice).graph.node_id != alice.graph.node_id


# ---- Status and properties -------------------------------------------------------------------------------------------


def test_the_status_follows_listening_connecting_and_synchronizing(net: Net) -> None:
    alice = net.create()
    bob = net.join("bob", alice)
    bob.listen()
    net.cut(alice, bob)
    bob.listen()
    bob.do(bob.graph.listening, ())
    listening, connections, synchronized = Status.LISTENING, Status.HAS_CONNECTIONS, Status.SYNCHRONIZED
    seen = [event.status for event in bob.heard(StatusChanged)]
    assert seen[:3] == [connections, connections | synchronized, connections | synchronized | listening]
    assert seen[-1] & listening == 0
    assert all(one != other for one, other in itertools.pairwise(seen))


def test_synchronization_is_told_for_each_prioritized_type(net: Net) -> None:  # 3.1.7.29
    alice = net.create()
    bob = net.join("bob", alice, precedence=(CHAT, OTHER))
    assert [event.record_type for event in bob.heard(Synchronized)] == [CHAT, OTHER]


def test_new_properties_reach_everyone_and_are_told(net: Net) -> None:  # 3.1.7.7, 3.1.7.10.2
    alice = net.create()
    bob = net.join("bob", alice)
    changed = info(comment="changed", max_record_size=2048, presence_lifetime=400, max_presence=3)
    alice.do(alice.graph.set_properties, changed)
    net.deliver_all()
    assert bob.graph.info == changed
    assert bob.graph.max_record_size == 2048
    assert len(bob.heard(PropertyChanged)) == len(alice.heard(PropertyChanged)) == 1


def test_renewed_properties_that_say_the_same_are_not_told(net: Net) -> None:
    alice = net.create()
    bob = net.join("bob", alice)
    alice.do(alice.graph.set_properties, info())
    net.deliver_all()
    assert bob.heard(PropertyChanged) == []


# ---- Damage (3.1.5.2, reading A5) ------------------------------------------------------------------------------------


def test_what_was_whole_before_the_damage_is_processed(net: Net) -> None:
    alice = net.create()
    alice.listen()
    stranger = net.neighbor(alice)
    whole = stranger.record()
    stranger.send_bytes(frame(encode(Flood(encode_record(whole)))) + b"\0\0")
    assert alice.record(whole.id) == whole
    assert stranger.hung_up
    assert alice.graph.neighbors == []


def test_a_damaged_message_ends_the_link_and_those_before_it_count(net: Net) -> None:
    alice = net.create()
    alice.listen()
    stranger = net.neighbor(alice)
    whole, late = stranger.record(), stranger.record()
    unknown = b"\0\0\0\x08\x10\x00\0\0"  # reading A24
    frames = [encode(Flood(encode_record(whole))), unknown, encode(Flood(encode_record(late)))]
    stranger.send_bytes(b"".join(map(frame, frames)))
    assert alice.record(whole.id) == whole
    assert alice.record(late.id) is None
    assert stranger.hung_up


def test_damage_on_one_link_leaves_the_others_alone(net: Net) -> None:
    alice = net.create()
    bob = net.join("bob", alice)
    stranger = net.neighbor(alice)
    stranger.send_bytes(b"\xff" * 100)
    added = alice.add()
    net.deliver_all()
    assert stranger.hung_up
    assert bob.record(added) is not None


# ---- Closing (3.1.4.12) ----------------------------------------------------------------------------------------------


def test_closing_withdraws_what_described_the_node(net: Net) -> None:
    alice = net.create(properties={"max_presence": 0xFFFFFFFF}, node_id=5)
    bob = net.join("bob", alice, node_id=9)
    net.advance(250)
    assert alice.graph.topology.own_contact() is not None
    published = [*alice.records(PRESENCE), *alice.records(CONTACT), SIGNATURE_ID]
    assert len(published) >= 3
    alice.do(alice.graph.close)
    net.deliver_all()
    for record_id in published:
        record = bob.record(record_id)
        assert record is not None
        assert record.deleted
    present = [entry.node_id for entry in bob.graph.topology.presence.values()]
    assert present == [bob.graph.node_id] * bool(bob.graph.addresses)
    assert bob.graph.topology.contacts == {}


def test_closing_says_goodbye_on_every_connection(net: Net) -> None:
    alice = net.create()
    bob = net.join("bob", alice)
    waiting = net.stranger(alice)
    alice.do(alice.graph.close)
    net.deliver_all()
    assert net.sent(Disconnect, alice, bob) == [Disconnect(DisconnectReason.LEAVING)]
    assert waiting.hung_up
    assert alice.graph.links == bob.graph.links == {}
    assert alice.graph.timers.next is None


def test_a_node_that_closes_calls_nobody(net: Net) -> None:
    alice = net.create()
    alice.listen()
    net.neighbor(alice, name="one", node_id=1, addresses=(address(50),))
    alice.do(alice.graph.referrals.add, (address(60),))
    alice.do(alice.graph.close)
    assert alice.dials == []


def test_closing_remembers_until_when_the_node_was_there(net: Net) -> None:
    alice = net.create()
    bob = net.join("bob", alice)
    net.advance(100)
    bob.do(bob.graph.close)
    left = bob.peer_time
    again = reopened(net, bob)
    assert again.graph.left_at == left
    assert not again.graph.never_connected


# ---- A store that fails ----------------------------------------------------------------------------------------------


def test_an_input_that_failed_leaves_no_outputs_behind(net: Net) -> None:
    alice = net.create()
    alice.listen()
    stranger = net.neighbor(alice)
    graph = alice.graph

    def fail() -> None:
        graph.add_record(Draft(type=CHAT, expiration=EPOCH + 10**12))
        raise MemoryError

    with pytest.raises(MemoryError):
        alice.do(fail)
    assert graph.outputs == []
    assert stranger.messages == []
    assert alice.records() == {}


def test_lists_follow_the_database_when_an_input_was_taken_back(net: Net) -> None:
    alice = net.create(properties={"max_presence": 0xFFFFFFFF})
    alice.listen()
    stranger = net.neighbor(alice)
    published = dict(alice.graph.topology.presence)
    assert [entry.node_id for entry in published.values()] == [alice.graph.node_id]

    def withdraw_and_fail() -> None:
        alice.graph.topology.withdraw()
        raise MemoryError

    with pytest.raises(MemoryError):
        alice.do(withdraw_and_fail)
    assert alice.graph.topology.presence == published
    assert decode_record(alice.graph.database.of_type(PRESENCE)[0].wire).deleted is False
    assert not stranger.hung_up
