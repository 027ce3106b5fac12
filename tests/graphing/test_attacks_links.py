"""Attacks by what a link or a record says of a node: its ID, its presence, where it listens (MS-PPGRH 3.1.5.2.1,
3.1.5.2.2, 3.1.7.10). Each is first shown to work without the check that stops it.

In a plain graph nothing proves who says something, so the one that is here stays; in groups see
``tests/grouping/test_attacks_graph.py``.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.errors import InvalidArgument
from peerapi.graphing.codec.internal_records import ContactPayload, PresencePayload, SignaturePayload
from peerapi.graphing.codec.messages import Flood, PointToPoint, Refuse, RefuseCode, Welcome
from peerapi.graphing.codec.records import CONTACT, PING, PRESENCE, SIGNATURE, SIGNATURE_ID, Record, encode_record
from peerapi.graphing.link import Link
from peerapi.graphing.machine.connections import CROSSED, Connections
from peerapi.graphing.machine.node_list import NodeEntry, NodeList
from peerapi.graphing.machine.publication import Publication
from peerapi.graphing.machine.topology import Topology
from peerapi.graphing.security import Prepared
from peerapi.moment import SECOND
from tests.graphing.machines import EPOCH, Machine, Stranger, address
from tests.graphing.pair import Net

LOW, HIGH = 5, (1 << 64) - 5


def answered(net: Net, victim: Machine, node_id: int) -> Stranger:
    """Mallory answers a call of the victim, and says that it has this node ID."""
    with net.hold():
        victim.do(victim.graph.connect, address(60), None)
        mallory = net.answer(victim, name="mallory", node_id=node_id)
    mallory.send(Welcome(node_id, victim.peer_time, peer_id="mallory"))
    return mallory


def flooded(source: Stranger, record: Record) -> None:
    source.send(Flood(encode_record(record)))


# ---- Node IDs --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("own", "honest"), [(LOW, HIGH), (HIGH, LOW)], ids=["lower", "higher"])
def test_attack_a_welcome_with_the_id_of_a_neighbor_ends_its_link(
    own: int, honest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever answers a call can say so; the neighbor that is here stays, and the newcomer goes in the end."""

    def stays() -> tuple[bool, Machine, Stranger]:
        net = Net()
        alice = net.create(node_id=own)
        alice.listen()
        neighbor = net.neighbor(alice, node_id=honest)
        mallory = answered(net, alice, honest)
        net.advance(CROSSED + 1)
        return not neighbor.hung_up, alice, mallory

    with monkeypatch.context() as patch:
        if own == LOW:
            patch.setattr(Connections, "_crossed", lambda self, link, double: self.hang_up(double))
        else:
            patch.setattr(Connections, "_turn_away", lambda self, neighbor: self.hang_up(neighbor))
        assert not stays()[0]
    stayed, alice, mallory = stays()
    assert stayed and mallory.hung_up
    assert alice.graph.connections.claimed == 1


def test_the_two_calls_of_nodes_that_call_each_other_become_one() -> None:
    """The higher node ends its own call, the lower one waits for that; neither drops what the other keeps."""
    net = Net()
    alice, bob = net.create(node_id=LOW), net.open("bob", node_id=HIGH)
    alice.listen()
    bob.listen()
    with net.hold():
        alice.do(alice.graph.connect, bob.address, None)
        bob.do(bob.graph.connect, alice.address, None)
    net.release()
    net.deliver_all()
    net.advance(2 * CROSSED)
    assert alice.link(bob).outgoing and not bob.link(alice).outgoing
    assert alice.graph.connections.claimed == 0


def test_attack_a_connect_with_the_id_of_a_neighbor_takes_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    def stays() -> tuple[Machine, Stranger, Stranger]:
        net = Net()
        alice = net.create()
        neighbor = net.neighbor(alice, node_id=HIGH)
        mallory = net.stranger(alice, name="mallory", node_id=HIGH)
        mallory.connect()
        return alice, neighbor, mallory

    def give_up(self: Connections, node_id: int, link: Link) -> None:
        for other in [other for other in self._state.neighbors if other.node_id == node_id]:
            self.hang_up(other)

    with monkeypatch.context() as patch:
        patch.setattr(Connections, "_neighbor", give_up)
        assert stays()[1].hung_up
    alice, neighbor, mallory = stays()
    assert not neighbor.hung_up and mallory.hung_up
    assert mallory.messages == [Refuse(RefuseCode.DUPLICATE_CONNECTION)]
    assert alice.graph.connections.claimed == 1


def test_a_node_that_comes_back_while_its_old_link_is_dead_is_let_in() -> None:
    """The old link is sent something at once, so that the network says that nobody is there any longer."""
    net = Net()
    alice = net.create()
    before = net.neighbor(alice, node_id=HIGH)
    before.end.stalled = True
    again = net.stranger(alice, node_id=HIGH)
    again.connect()
    assert again.hung_up
    assert [message.data_type for message in net.sent(PointToPoint, alice)] == [PING]
    before.close()  # what the network says: reset, or silence
    third = net.stranger(alice, node_id=HIGH)
    third.connect()
    assert not third.hung_up and third.take(Welcome)


# ---- Presence --------------------------------------------------------------------------------------------------------


def presence(source: Stranger, node_id: int, *, port: int = 70) -> Record:
    payload = PresencePayload(node_id, None, (address(port),)).encode()
    return source.record(type=PRESENCE, payload=payload)


def _displacing(self: NodeList, entry: NodeEntry) -> None:
    for other in self.of_node(entry.node_id):
        self.remove(other.record_id)
    put(self, entry)


put = NodeList.put


def test_attack_a_presence_record_takes_the_place_of_another_node_s(monkeypatch: pytest.MonkeyPatch) -> None:
    def found() -> str:
        net = Net()
        alice = net.create()
        mallory, honest = net.neighbor(alice, name="mallory", node_id=1), net.neighbor(alice, name="honest", node_id=2)
        flooded(honest, presence(honest, 2))
        flooded(mallory, presence(mallory, 2))
        entry = alice.graph.topology.node(2)
        assert entry is not None
        return entry.peer_id

    with monkeypatch.context() as patch:
        patch.setattr(NodeList, "put", _displacing)
        assert found() == "mallory"
    assert found() == "honest"


def test_attack_a_presence_record_names_this_very_node(monkeypatch: pytest.MonkeyPatch) -> None:
    """Taken for its own, it would be renewed and withdrawn in the place of the node's own, which would stay away."""

    def still_present() -> bool:
        net = Net()
        alice = net.create(properties={"max_presence": 0xFFFFFFFF})
        mallory = net.neighbor(alice, name="mallory", node_id=1)
        flooded(mallory, presence(mallory, alice.graph.node_id))
        alice.listen()
        net.deliver_all()
        return any(record.payload and record.creator_id == "alice" for record in published(alice, PRESENCE))

    with monkeypatch.context() as patch:
        patch.setattr(Topology, "own_presence", lambda self: self.node(self._state.node_id))
        assert not still_present()
    assert still_present()


def published(machine: Machine, kind: bytes) -> list[Record]:
    found = [machine.record(id_) for id_ in machine.records(kind)]
    return [record for record in found if record is not None and not record.deleted]


# ---- Contacts --------------------------------------------------------------------------------------------------------


def contact(source: Stranger, node_id: int, signature: int, **fields: int | str) -> Record:
    payload = ContactPayload(signature, node_id, (address(70),)).encode()
    return source.record(type=CONTACT, payload=payload, **fields)


def by_claim(self: Topology) -> NodeEntry | None:
    return next(iter(self.contacts.of_node(self._state.node_id)), None)


def listening_victim(net: Net) -> tuple[Machine, Stranger]:
    alice = net.create()
    alice.listen()
    return alice, net.neighbor(alice, name="mallory", node_id=1)


def test_attack_a_contact_record_names_this_very_node(monkeypatch: pytest.MonkeyPatch) -> None:
    """Taken for its own, it would be renewed with each new signature, and the node never be a contact itself."""

    def touched() -> tuple[Record, list[Record]]:
        net = Net()
        alice, mallory = listening_victim(net)
        record = contact(mallory, alice.graph.node_id, 1)
        flooded(mallory, record)
        net.advance(250)
        flooded(mallory, signed(mallory, 3))
        found = alice.record(record.id)
        assert found is not None
        return found, [one for one in published(alice, CONTACT) if one.creator_id == "alice"]

    with monkeypatch.context() as patch:
        patch.setattr(Topology, "own_contact", by_claim)
        theirs, own = touched()
        assert theirs.modified_by == "alice" and not own
    theirs, own = touched()
    assert theirs.modified_by is None and len(own) == 1


def signed(source: Stranger, signature: int) -> Record:
    now = EPOCH + int(source.net.elapsed * SECOND)
    payload = SignaturePayload(signature).encode()
    return source.record(
        type=SIGNATURE, id=SIGNATURE_ID, payload=payload, version=1000, modified_by=source.name, modification=now + 1
    )


def test_attack_a_record_that_cannot_be_renewed_ends_the_links_of_who_hands_on_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A new signature has contacts renewed. If that fails, what the neighbor has sent must count all the same."""

    def taken() -> int | None:
        net = Net()
        alice, mallory = listening_victim(net)
        net.advance(250)
        assert alice.graph.topology.own_contact() is not None
        with monkeypatch.context() as patch:
            patch.setattr(Publication, "_next_version", refusing)
            flooded(mallory, signed(mallory, 3))
        return alice.graph.topology.signature

    def refusing(self: Publication, record: Record, **changes: object) -> Record:
        raise InvalidArgument("The record would have expired.")

    def careless(self: Publication, prepare: Callable[[], Prepared | None]) -> None:
        prepared = prepare()
        if prepared is not None:
            self._publish(*self._secured(prepared))

    with monkeypatch.context() as patch:
        patch.setattr(Publication, "publish", careless)
        with pytest.raises(InvalidArgument):
            taken()
    assert taken() == 3


def test_attack_many_contacts_of_one_peer_make_the_others_withdraw_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    def still_a_contact() -> bool:
        net = Net()
        alice, mallory = listening_victim(net)
        net.advance(250)
        assert alice.graph.topology.own_contact() is not None
        for node_id in range(100, 130):
            flooded(mallory, contact(mallory, node_id, 1))
        net.advance(250)
        return alice.graph.topology.own_contact() is not None

    with monkeypatch.context() as patch:
        patch.setattr(NodeList, "publishers", property(len))
        assert not still_a_contact()
    assert still_a_contact()


def test_the_signature_of_one_peer_s_many_contacts_does_not_hide_the_other_half_of_the_graph() -> None:
    """Partitions are mended through contacts that see another signature (3.1.7.13): of a publisher drawn at random."""
    net = Net()
    alice, mallory = listening_victim(net)
    net.advance(250)
    honest = net.neighbor(alice, name="honest", node_id=2)
    for node_id in range(100, 200):
        flooded(mallory, contact(mallory, node_id, 1))
    flooded(honest, contact(honest, 99, 2))
    drawn = [alice.graph.topology.partition.strange_contact() for _ in range(100)]
    assert sum(entry is not None and entry.node_id == 99 for entry in drawn) > 20


# ---- The lists -------------------------------------------------------------------------------------------------------

entries = st.builds(NodeEntry, st.binary(min_size=1, max_size=1), st.integers(0, 3), st.sampled_from("ab"), st.just(()))


@given(st.lists(st.one_of(entries, st.binary(min_size=1, max_size=1)), max_size=30))
def test_lists_find_by_node_and_by_publisher_what_they_hold(changes: list[NodeEntry | bytes]) -> None:
    listed, plain = NodeList(), dict[bytes, NodeEntry]()
    for change in changes:
        if isinstance(change, NodeEntry):
            listed.put(change)
            plain[change.record_id] = change
        else:
            assert listed.remove(change) == plain.pop(change, None)
        assert listed == plain
        for node_id in range(4):
            expected = {entry.record_id for entry in plain.values() if entry.node_id == node_id}
            assert {entry.record_id for entry in listed.of_node(node_id)} == expected
        assert listed.publishers == len({entry.peer_id for entry in plain.values()})
        assert sorted(one.record_id for each in listed.by_publisher() for one in each) == sorted(plain)
