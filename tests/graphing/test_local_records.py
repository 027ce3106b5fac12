"""Records that are only local (PEERX_RECORD_LOCAL): in one's own database, and sent to nobody."""

from pathlib import Path

import pytest

from peerapi.errors import InvalidArgument, RecordNotFound
from peerapi.graphing.codec.messages import Advertise, Flood, Request, SolicitHash, SolicitNew, SolicitTime, SyncEnd
from peerapi.graphing.codec.records import encode_record
from peerapi.graphing.draft import Draft
from peerapi.graphing.events import RecordChange
from peerapi.graphing.link import Link
from peerapi.graphing.machine.new_records import FLAG_AUTOREFRESH, FLAG_LOCAL
from peerapi.moment import SECOND
from peerapi.store.database import LOCAL, Database
from tests.graphing.machines import CHAT, HOUR, Machine
from tests.graphing.pair import OTHER, Net
from tests.graphing.test_attacks_answers import EVERYTHING

ATTRIBUTES = '<attributes><attribute name="file" type="string">holiday</attribute></attributes>'
SEARCH = (
    '<?xml version="1.0"?><peersearch xmlns="http://www.microsoft.com/p2p/2003/peersearch">'
    '<clause attrib="file" type="string" compare="equal">holiday</clause></peersearch>'
)


@pytest.fixture
def alice(net: Net) -> Machine:
    return net.create()


def test_it_is_here_and_nowhere_else(net: Net, alice: Machine) -> None:
    bob = net.join("bob", alice)
    local = alice.add(b"mine", flags=FLAG_LOCAL, attributes=ATTRIBUTES)
    shared = alice.add(b"ours")
    net.advance(600)
    assert set(bob.records()) == {shared}
    assert set(alice.records()) == {shared, local}
    assert alice.graph.search(SEARCH) == local
    assert [change.change for change in alice.changes(local)] == [RecordChange.ADDED]
    net.join("carol", alice, precedence=(CHAT,))
    assert not any(local in flood.record for flood in net.sent(Flood))


def test_many_at_once_may_be_of_both_kinds(net: Net, alice: Machine) -> None:
    bob = net.join("bob", alice)
    expiration = alice.peer_time + HOUR
    drafts = [Draft(type=CHAT, flags=n % 2 and FLAG_LOCAL, data=b"%d" % n, expiration=expiration) for n in range(6)]
    ids = alice.do(alice.graph.add_records, drafts)
    assert set(alice.records()) == set(ids)
    net.advance(600)
    assert set(bob.records()) == set(ids[::2])
    only_local = alice.do(alice.graph.add_records, [draft._replace(flags=FLAG_LOCAL) for draft in drafts])
    net.advance(600)
    assert not set(bob.records()) & set(only_local)


def test_a_change_stays_here_too(net: Net, alice: Machine) -> None:
    bob = net.join("bob", alice)
    local = alice.add(b"one", flags=FLAG_LOCAL)
    alice.update(local, data=b"two")
    alice.update(local, data=b"three", flags=FLAG_LOCAL)
    record = alice.record(local)
    assert record is not None and (record.payload, record.version) == (b"three", 3)
    net.advance(600)
    assert not bob.records()


def test_a_deletion_leaves_nothing_behind(net: Net, alice: Machine) -> None:
    net.join("bob", alice)
    local = alice.add(flags=FLAG_LOCAL)
    sent = len(net.sent(Flood))
    alice.delete(local)
    net.advance(1)
    assert alice.record(local) is None and len(net.sent(Flood)) == sent
    assert alice.changes(local)[-1].change is RecordChange.DELETED
    with pytest.raises(RecordNotFound):
        alice.delete(local)


def test_what_others_have_does_not_become_local(alice: Machine) -> None:
    shared = alice.add()
    with pytest.raises(InvalidArgument, match="PEERX_RECORD_LOCAL"):
        alice.update(shared, data=b"x", flags=FLAG_LOCAL)
    with pytest.raises(InvalidArgument, match="dwFlags"):
        alice.add(flags=FLAG_LOCAL | 4)


def test_it_is_renewed_here_and_expires_here(net: Net, alice: Machine) -> None:
    bob = net.join("bob", alice)
    renewed = alice.add(b"kept", flags=FLAG_LOCAL | FLAG_AUTOREFRESH, lifetime=60)
    passing = alice.add(b"gone", flags=FLAG_LOCAL, lifetime=60)
    net.advance(600)
    record = alice.record(renewed)
    assert record is not None and record.version > 2 and record.expiration > alice.peer_time
    assert alice.record(passing) is None
    assert alice.changes(passing)[-1].change is RecordChange.EXPIRED
    assert not bob.records()


def test_it_is_there_after_a_restart_and_still_local(net: Net, tmp_path: Path) -> None:
    path = tmp_path / "graph.db"
    alice = net.create(database=Database.open(path))
    local = alice.add(b"mine", flags=FLAG_LOCAL)
    alice.graph.database.close()
    net.machines.clear()
    again = net.open("alice", database=Database.open(path))
    row = again.graph.database.get(local)
    assert row is not None and row.flags == LOCAL
    again.listen()
    bob = net.join("bob", again)
    net.advance(600)
    assert not bob.records()


def test_it_is_remembered_even_if_the_first_one_could_not_be_written(
    net: Net, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the database says of local records is taken back with the transaction that said it first."""
    path = tmp_path / "graph.db"
    alice = net.create(database=Database.open(path))

    def full() -> None:
        raise InvalidArgument("The disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr(alice.graph.database, "commit", full)
        with pytest.raises(InvalidArgument):
            alice.add(b"lost", flags=FLAG_LOCAL)
    local = alice.add(b"mine", flags=FLAG_LOCAL)
    alice.graph.database.close()
    net.machines.clear()
    again = net.open("alice", database=Database.open(path))
    again.listen()
    bob = net.join("bob", again)
    net.advance(600)
    assert again.graph.is_local(local) and not bob.records()


# ---- A neighbor that wants it, or wants to change it -----------------------------------------------------------------


def asked_for_everything(net: Net, alice: Machine, local: bytes) -> bool:
    """Whether a neighbor gets the record by any of the questions of MS-PPGRH."""
    alice.listen()
    stranger = net.neighbor(alice)
    stranger.send(SolicitNew(), SolicitTime(modification_time=0))
    stranger.send(EVERYTHING)
    stranger.send(Request(((local, 1),)))
    net.advance(5)
    assert stranger.take(SyncEnd)
    told = [id_ for advertise in stranger.take(Advertise) for id_, _ in advertise.abstracts]
    return local in told and any(local in flood.record for flood in stranger.take(Flood))


def test_attack_a_neighbor_asks_for_it_in_every_way(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    unguarded = net.create()
    local = unguarded.add(b"secret", flags=FLAG_LOCAL)
    monkeypatch.setattr("peerapi.graphing.machine.synchronization.LOCAL", 0)
    monkeypatch.setattr("peerapi.graphing.machine.comparison.LOCAL", 0)
    assert asked_for_everything(net, unguarded, local)
    monkeypatch.undo()

    net.machines.clear()
    alice = net.create()
    local = alice.add(b"secret", flags=FLAG_LOCAL)
    assert not asked_for_everything(net, alice, local)
    assert not any(local in flood.record for flood in net.sent(Flood, alice))
    assert not any(local in flood.record for flood in net.sent(Flood, alice))
    assert not any(local in dict(advertise.abstracts) for advertise in net.sent(Advertise, alice))


def changed_from_outside(net: Net, alice: Machine) -> bytes:
    """The payload of alice's local record when a neighbor has flooded a newer version of it."""
    local = alice.add(b"mine", flags=FLAG_LOCAL)
    alice.listen()
    stranger = net.neighbor(alice)
    record = alice.record(local)
    assert record is not None
    newer = stranger.record(
        creator="alice",
        id=local,
        version=9,
        payload=b"theirs",
        modified_by="stranger",
        modification=alice.peer_time + 1,
    )
    stranger.send(Flood(encode_record(newer)))
    net.advance(1)
    assert not stranger.hung_up
    assert not any(local in flood.record for flood in stranger.take(Flood)), "and it is not told by a correction"
    found = alice.record(local)
    return b"" if found is None else found.payload


def test_attack_a_neighbor_floods_another_version_of_it(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    unguarded = net.create()
    monkeypatch.setattr("peerapi.graphing.machine.flooding.LOCAL", 0)
    assert changed_from_outside(net, unguarded) == b"theirs"
    monkeypatch.undo()

    net.machines.clear()
    alice = net.create()
    assert changed_from_outside(net, alice) == b"mine"
    assert alice.graph.flooding.invalid == 1


def test_a_comparison_by_hashes_is_the_same_with_and_without(net: Net, alice: Machine) -> None:
    def hashes(machine: Machine) -> SolicitHash:
        link: Link = machine.graph.neighbors[0]
        machine.do(machine.graph.synchronization._solicit_hash, link)
        net.advance(1)
        return net.sent(SolicitHash, machine)[-1]

    bob = net.join("bob", alice)
    for number in range(25):
        alice.add(b"%d" % number)
    net.advance(1)
    before = hashes(alice)
    for number in range(25):
        alice.add(b"local %d" % number, flags=FLAG_LOCAL, type=OTHER, lifetime=3600 + number / SECOND)
    assert hashes(alice) == before == hashes(bob)
