"""Presence records, and addresses that change (MS-PPGRH 3.1.4.6, 3.1.7.17, 3.1.7.23)."""

from peerapi.graphing.codec.messages import (
    Connect,
    Flood,
)
from peerapi.graphing.codec.records import PRESENCE, encode_record
from peerapi.graphing.events import NodeChange, NodeChanged
from peerapi.graphing.machine.node_list import NodeEntry
from peerapi.graphing.machine.topology import LOCAL_NODE, PRESENCE_ALL
from peerapi.moment import SECOND
from tests.graphing.machines import EPOCH, Machine, address
from tests.graphing.nodes import alone, presence_of
from tests.graphing.pair import Net

# ---- Presence (3.1.4.6, 3.1.7.17, 3.1.6.9, 3.1.7.4) ------------------------------------------------------------------


def node_of(machine: Machine, node_id: int) -> NodeEntry:
    """What a machine knows of a node that is present."""
    entry = machine.graph.topology.node(node_id)
    assert entry is not None
    return entry


def present(machine: Machine) -> bool:
    return machine.graph.topology.node(machine.graph.node_id) is not None


def set_presence(machine: Machine, forced: bool) -> None:
    machine.graph.topology.force_presence = forced
    machine.do(machine.graph.topology.maintain_presence)


def test_every_node_that_listens_is_present_when_all_shall_be(net: Net) -> None:
    alice = alone(net, properties={"max_presence": PRESENCE_ALL})
    bob = net.join("bob", alice)
    assert present(alice)
    assert not present(bob)
    bob.listen()
    net.deliver_all()
    assert {alice.graph.node_id, bob.graph.node_id} == {one.node_id for one in alice.graph.topology.presence.values()}
    assert alice.heard(NodeChanged) == [NodeChanged(NodeChange.CONNECTED, bob.graph.node_id, "bob")]


def test_of_itself_a_node_hears_what_has_changed_under_the_id_0(net: Net) -> None:
    alice = alone(net, properties={"max_presence": PRESENCE_ALL})
    bob = net.join("bob", alice)
    alice.do(alice.graph.topology.set_attributes, "text")
    net.deliver_all()
    assert alice.heard(NodeChanged) == [NodeChanged(NodeChange.UPDATED, LOCAL_NODE, "alice")]
    assert bob.heard(NodeChanged)[-1] == NodeChanged(NodeChange.UPDATED, alice.graph.node_id, "alice")
    alice.do(alice.graph.listening, ())
    net.deliver_all()
    assert len(alice.heard(NodeChanged)) == 1
    assert bob.heard(NodeChanged)[-1].change is NodeChange.DISCONNECTED


def test_nobody_is_present_unasked_when_none_shall_be(net: Net) -> None:
    alice = alone(net)
    net.advance(400)
    assert not present(alice)


def test_the_application_may_force_presence(net: Net) -> None:
    alice = alone(net)
    set_presence(alice, True)
    assert present(alice)


def test_forced_presence_begins_when_the_node_listens(net: Net) -> None:
    alice = net.create()
    set_presence(alice, True)
    assert not present(alice)
    alice.listen()
    assert present(alice)


def test_presence_is_renewed_while_the_node_is_there(net: Net) -> None:
    alice = alone(net)
    bob = net.join("bob", alice)
    set_presence(alice, True)
    net.advance(2000)
    assert bob.graph.topology.node(alice.graph.node_id) is not None
    net.crash(alice)
    net.advance(400)
    assert bob.graph.topology.node(alice.graph.node_id) is None


def test_presence_lives_as_long_as_the_graph_says(net: Net) -> None:
    alice = alone(net, properties={"max_presence": PRESENCE_ALL, "presence_lifetime": 1234})
    record = alice.record(node_of(alice, alice.graph.node_id).record_id)
    assert record is not None
    assert record.expiration - record.modification == 1234 * SECOND


def test_a_few_shall_be_present_so_nodes_offer_after_a_random_delay(net: Net) -> None:
    alice = alone(net, properties={"max_presence": 2})
    delay = alice.timer("presence")
    assert delay is not None
    assert 30 <= delay <= 180
    net.advance(delay + 1)
    assert present(alice)


def test_enough_present_nodes_keep_others_from_offering(net: Net) -> None:
    alice = alone(net, properties={"max_presence": 2})
    stranger = net.neighbor(alice)
    for n in range(2):
        presence_of(stranger, n + 100)
    net.advance(200)
    assert not present(alice)


def test_a_node_offers_again_when_a_present_one_leaves(net: Net) -> None:
    alice = alone(net, properties={"max_presence": 1})
    stranger = net.neighbor(alice)
    record_id = presence_of(stranger, 100)
    net.advance(200)
    assert not present(alice)
    gone = stranger.record(
        creator="peer 100",
        type=PRESENCE,
        id=record_id,
        payload=b"",
        deleted=True,
        version=2,
        creation=EPOCH,
        modified_by="peer 100",
    )
    stranger.send(Flood(encode_record(gone)))
    net.advance(181)
    assert present(alice)


def test_a_node_withdraws_when_too_many_are_present(net: Net) -> None:
    alice = alone(net, properties={"max_presence": 1})
    net.advance(200)
    assert present(alice)
    stranger = net.neighbor(alice)
    for n in range(11):
        presence_of(stranger, n + 100, port=60 + n)
    alice.do(alice.graph.topology.maintain_presence)
    net.advance(181)
    assert not present(alice)
    assert len(alice.graph.topology.presence) == 11


def test_a_node_that_no_longer_listens_withdraws_its_presence(net: Net) -> None:
    alice = alone(net, properties={"max_presence": PRESENCE_ALL})
    bob = net.join("bob", alice)
    alice.do(alice.graph.listening, ())
    net.deliver_all()
    assert not present(alice)
    assert bob.graph.topology.presence == {}


def test_node_attributes_travel_with_presence(net: Net) -> None:
    alice = alone(net, properties={"max_presence": PRESENCE_ALL})
    bob = net.join("bob", alice)
    alice.do(alice.graph.topology.set_attributes, "free text")
    net.deliver_all()
    assert node_of(bob, alice.graph.node_id).attributes == "free text"
    assert bob.heard(NodeChanged)[-1] == NodeChanged(NodeChange.UPDATED, alice.graph.node_id, "alice")


def test_a_renewed_presence_is_not_told(net: Net) -> None:
    alice = alone(net, properties={"max_presence": PRESENCE_ALL})
    bob = net.join("bob", alice)
    net.advance(1500)
    assert [e.change for e in bob.heard(NodeChanged) if e.node_id == alice.graph.node_id] == [NodeChange.CONNECTED]


# ---- Addresses change (3.1.7.23) -------------------------------------------------------------------------------------


def test_new_addresses_reach_presence_contact_and_neighbors(net: Net) -> None:
    alice = alone(net, properties={"max_presence": PRESENCE_ALL})
    net.advance(200)
    stranger = net.neighbor(alice)
    stranger.messages.clear()
    alice.listen(address(70))
    net.deliver_all()
    assert stranger.take(Connect) == [Connect(alice.graph.node_id, (address(70),), update=True)]
    own = alice.graph.topology.own_contact()
    assert own is not None
    assert own.addresses == (address(70),)
    assert node_of(alice, alice.graph.node_id).addresses == (address(70),)
