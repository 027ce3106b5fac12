"""Groups from creating to deleting: handles, files, properties, events, data, several graphs, both profiles."""

from __future__ import annotations

import ctypes
import os
import stat
import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.api.searches import clause
from tests.support import native
from tests.support.groups import (
    DATA,
    DIRECT_EVENT,
    FAILED,
    MS_PPSEC,
    NAME_PAIR,
    NEIGHBOR_EVENT,
    ONLINE,
    PASSWORD,
    PROPERTIES,
    PROPERTY,
    RECORD,
    STATUS,
    Club,
    Member,
    properties,
)
from tests.support.native import ENUMS, FILETIME, GUID, code, expect, put_text, text_at, wide
from tests.support.peer_values import CHAT, SECOND, address, now, properties_struct, record_struct

RSA = 3


def handle(member: Member) -> Any:
    return ctypes.c_void_p(member.handle)


def together(club: Club, *who: str, **fields: Any) -> list[Member]:
    """The first has created the group, the others have joined by certificate and are connected."""
    first = club.member(who[0]).create(**fields)
    members = [first]
    for name in who[1:]:
        other = club.member(name)
        members.append(other.join(first.invite(other)).connect(first))
    return members


def groups_of(member: Member) -> list[tuple[str | None, str | None]]:
    enumeration = member.call_handle("PeerEnumGroups", wide(member.identity))
    with member.items(enumeration) as pointers:
        found = [NAME_PAIR.from_address(pointer) for pointer in pointers]
        return [(text_at(one.pwzPeerName), text_at(one.pwzFriendlyName)) for one in found]


# ---- files -----------------------------------------------------------------------------------------------------------


def test_a_group_is_opened_again_with_its_records_and_its_key(club: Club) -> None:
    alice = club.member("alice").create(pwzFriendlyName="The Club")
    said = alice.add(b"kept")
    alice.close()
    alice.handle = alice.call_handle("PeerGroupOpen", wide(alice.identity), wide(alice.group), None)
    assert alice.get(said).data == b"kept"
    bob = club.member("bob")
    expect(alice.call("PeerGroupConnect", handle(alice)), "S_OK")
    alice.until(lambda: alice.status() & 1)
    bob.join(alice.invite(bob)).connect(alice)
    assert bob.get(said).data == b"kept"
    expect(alice.call("PeerGroupSetProperties", handle(alice), ctypes.byref(properties(None, pwzComment="x"))), "S_OK")


def test_what_is_on_disk_is_the_owner_s_alone(club: Club) -> None:
    club.member("alice").create_only(password=PASSWORD)
    home = Path(os.environ["PEERAPI_HOME"])
    for path in (home / "groups").rglob("*"):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path
    everything = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert PASSWORD.encode() not in everything
    assert PASSWORD.encode("utf-16-le") not in everything


def test_the_groups_of_an_identity_are_listed_and_keep_it(club: Club) -> None:
    alice = club.member("alice")
    assert groups_of(alice) == []
    alice.create_only(pwzFriendlyName="The Club")
    assert groups_of(alice) == [(alice.group, "The Club")]
    expect(alice.call("PeerIdentityDelete", wide(alice.identity)), "PEER_E_GROUPS_EXIST")
    alice.close()
    expect(alice.call("PeerGroupDelete", wide(alice.identity), wide(alice.group)), "S_OK")
    assert groups_of(alice) == []
    expect(alice.call("PeerGroupDelete", wide(alice.identity), wide(alice.group)), "PEER_E_NOT_FOUND")
    expect(alice.call("PeerIdentityDelete", wide(alice.identity)), "S_OK")


def test_deleting_ends_every_handle(club: Club) -> None:
    alice = club.member("alice").create_only()
    second = alice.call_handle("PeerGroupOpen", wide(alice.identity), wide(alice.group), None)
    expect(alice.call("PeerGroupDelete", wide(alice.identity), wide(alice.group)), "S_OK")
    status = ctypes.c_uint32()
    for one in (alice.handle, second):
        expect(alice.call("PeerGroupGetStatus", ctypes.c_void_p(one), ctypes.byref(status)), "PEER_E_INVALID_GROUP")
    alice.handle = 0


def test_a_group_may_be_open_twice_and_stays_connected_until_the_last_close(club: Club) -> None:
    alice, bob = together(club, "alice", "bob")
    second = bob.call_handle("PeerGroupOpen", wide(bob.identity), wide(alice.group), None)
    expect(bob.call("PeerGroupClose", ctypes.c_void_p(second)), "S_OK")
    expect(bob.call("PeerGroupClose", ctypes.c_void_p(second)), "PEER_E_INVALID_GROUP")
    assert bob.status() == ONLINE
    queue = alice.watch(NEIGHBOR_EVENT)
    bob.close()
    queue.wait(lambda event: event.status == ENUMS["PEER_DISCONNECTED"])


def test_joining_what_is_open_is_refused(club: Club) -> None:
    alice = club.member("alice").create()
    bob = club.member("bob")
    invitation = alice.invite(bob)
    bob.join(invitation)
    found = ctypes.c_void_p()
    again = "PeerGroupJoin", wide(bob.identity), wide(invitation), None, ctypes.byref(found)
    expect(bob.call(*again), "PEER_E_GROUP_IN_USE")


def test_a_repeated_password_join_says_so(club: Club) -> None:
    alice = club.member("alice").create(password=PASSWORD)
    invitation = alice.text("PeerGroupCreatePasswordInvitation", handle(alice))
    bob = club.member("bob")
    bob.join_by_password(invitation).connect(alice)
    args = wide(bob.identity), wide(invitation), wide(PASSWORD), None
    second = bob.call_handle("PeerGroupPasswordJoin", *args, codes=("PEER_S_ALREADY_A_MEMBER",))
    expect(bob.call("PeerGroupClose", ctypes.c_void_p(second)), "S_OK")
    bob.close()
    bob.handle = bob.call_handle("PeerGroupOpen", wide(bob.identity), wide(alice.group), None)
    bob.connect(alice)


# ---- properties ------------------------------------------------------------------------------------------------------


def test_properties_are_what_was_asked_for_and_what_is_usual(club: Club) -> None:
    alice = club.member("alice").create_only(
        pwzFriendlyName="The Club", pwzComment="all welcome", pwzClassifier="club", dwFlags=2, password=PASSWORD
    )
    found = alice.properties()
    assert found["dwSize"] == PROPERTIES.SIZE
    assert (found["pwzFriendlyName"], found["pwzComment"], found["dwFlags"]) == ("The Club", "all welcome", 2)
    assert found["pwzCloud"] == "Global_"
    assert found["pwzCreatorPeerName"] == alice.identity
    assert str(found["pwzGroupPeerName"]).endswith(".club")
    assert (found["ulMemberDataLifetime"], found["ulPresenceLifetime"]) == (315_360_000, 300)
    assert (found["dwAuthenticationSchemes"], found["pwzGroupPassword"]) == (3, None)


def test_only_the_creator_changes_properties_and_all_hear_of_it(club: Club) -> None:
    alice, bob = together(club, "alice", "bob", pwzFriendlyName="The Club")
    queue = bob.watch(PROPERTY)
    changed = properties(None, pwzFriendlyName="The Other Club")
    expect(bob.call("PeerGroupSetProperties", handle(bob), ctypes.byref(changed)), "PEER_E_NOT_AUTHORIZED")
    expect(alice.call("PeerGroupSetProperties", handle(alice), ctypes.byref(changed)), "S_OK")
    queue.wait(lambda event: event.type == PROPERTY)
    assert bob.properties()["pwzFriendlyName"] == "The Other Club"
    fixed = properties(None, ulPresenceLifetime=600)
    expect(alice.call("PeerGroupSetProperties", handle(alice), ctypes.byref(fixed)), "PEER_E_INVALID_GROUP_PROPERTIES")


def test_a_changed_password_is_the_one_that_counts(club: Club) -> None:
    alice = club.member("alice").create(password=PASSWORD)
    changed = properties(None)
    put_text(changed, "pwzGroupPassword", "open barley")
    expect(alice.call("PeerGroupSetProperties", handle(alice), ctypes.byref(changed)), "S_OK")
    invitation = alice.text("PeerGroupCreatePasswordInvitation", handle(alice))
    late = club.member("late").join_by_password(invitation, PASSWORD)
    queue = late.watch(FAILED)
    late.call_on(alice)
    queue.wait(lambda event: event.type == FAILED)
    club.member("bob").join_by_password(invitation, "open barley").connect(alice)


def test_programs_from_before_vista_have_shorter_properties(club: Club) -> None:
    alice = club.member("alice")
    short = properties(alice.identity, pwzFriendlyName="Old")
    short.dwSize = 64
    alice.handle = alice.call_handle("PeerGroupCreate", ctypes.byref(short))
    assert alice.properties()["pwzFriendlyName"] == "Old"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"dwFlags": 8}, "PEER_E_INVALID_GROUP_PROPERTIES"),
        ({"dwFlags": MS_PPSEC}, "PEER_E_INVALID_GROUP_PROPERTIES"),
        ({"ulPresenceLifetime": 299}, "PEER_E_INVALID_GROUP_PROPERTIES"),
        ({"ulMemberDataLifetime": 28799}, "PEER_E_INVALID_GROUP_PROPERTIES"),
        ({"dwAuthenticationSchemes": 4}, "PEER_E_INVALID_GROUP_PROPERTIES"),
        ({"pwzGroupPassword": "x"}, "PEER_E_INVALID_GROUP_PROPERTIES"),
        ({"dwAuthenticationSchemes": 3}, "PEER_E_PASSWORD_DOES_NOT_MEET_POLICY"),
        ({"pwzComment": "x" * 256}, "PEER_E_INVALID_GROUP_PROPERTIES"),
        ({"pwzFriendlyName": "x" * 256}, "PEER_E_INVALID_GROUP_PROPERTIES"),
        ({"pwzClassifier": "x" * 150}, "PEER_E_INVALID_CLASSIFIER"),
        ({"pwzGroupPeerName": "0.name"}, "PEER_E_INVALID_PEER_NAME"),
        ({"pwzCloud": "Elsewhere_"}, "PEER_E_NO_CLOUD"),
        ({"dwSize": 100}, "E_INVALIDARG"),
    ],
)
def test_properties_that_no_group_can_have(club: Club, fields: dict[str, Any], expected: str) -> None:
    alice = club.member("alice")
    found = ctypes.c_void_p()
    wanted = properties(alice.identity, **fields)
    expect(alice.call("PeerGroupCreate", ctypes.byref(wanted), ctypes.byref(found)), expected)
    assert groups_of(alice) == []
    assert not list(Path(os.environ["PEERAPI_HOME"]).rglob("*.peergraph"))


# ---- events, data ----------------------------------------------------------------------------------------------------


def test_a_group_tells_when_it_listens_and_when_it_is_connected(club: Club) -> None:
    alice = club.member("alice").create_only()
    hers = alice.watch(STATUS)
    expect(alice.call("PeerGroupConnect", handle(alice)), "S_OK")
    hers.wait(lambda event: event.status == 1)
    bob = club.member("bob")
    bob.join(alice.invite(bob))
    his = bob.watch(STATUS)
    bob.call_on(alice)
    his.wait(lambda event: event.status == ONLINE)
    hers.wait(lambda event: event.status == ONLINE)
    assert [event.status for event in his.seen][-1] == ONLINE
    assert bob.properties()["pwzGroupPeerName"] == alice.group


def test_nobody_at_the_address_is_a_connection_failed(club: Club) -> None:
    alice = club.member("alice").create()
    bob = club.member("bob")
    bob.join(alice.invite(bob))
    queue = bob.watch(FAILED)
    one = address(1)
    expect(bob.call("PeerGroupConnectByAddress", handle(bob), 1, ctypes.byref(one)), "S_OK")
    assert queue.wait(lambda event: event.type == FAILED).reason == code("PEER_E_CONNECTION_FAILED")
    expect(bob.call("PeerGroupConnectByAddress", handle(bob), 0, None), "E_INVALIDARG")


def test_records_are_told_found_and_searched(club: Club) -> None:
    alice, bob = together(club, "alice", "bob")
    queue = bob.watch(RECORD)
    xml = '<attributes><attribute name="color" type="string">red</attribute></attributes>'
    said = alice.add(b"tomato", attributes=xml)
    queue.wait(lambda event: event.record == said)
    alice.add(b"other")
    assert {one.data for one in alice.records()} == {b"tomato", b"other"}
    query = "<peersearch>" + clause("color", "string", "red") + "</peersearch>"
    found = bob.call_handle("PeerGroupSearchRecords", handle(bob), wide(query))
    with bob.items(found) as pointers:
        assert [native.PEER_RECORD.from_address(one).id.value() for one in pointers] == [said]
    record = bob.get(said)
    assert (record.creator, record.type) == (alice.identity, CHAT)


def test_a_record_cannot_outlive_its_author_s_membership(club: Club) -> None:
    alice = club.member("alice").create()
    bob = club.member("bob")
    bob.join(alice.invite(bob, expires=now() + 3600 * SECOND)).connect(alice)
    expect(bob.try_add(record_struct(lifetime=7200)), "PEER_E_INVALID_RECORD_EXPIRATION")
    bob.add(lifetime=1800)


def test_the_group_s_own_records_are_not_the_application_s(club: Club) -> None:
    alice = club.member("alice").create()
    membership = uuid.UUID("01000000-0000-0000-0000-000000000000")
    assert alice.records(None) == []
    (own,) = alice.records(membership)
    expect(alice.try_add(record_struct(type=membership)), "PEER_E_INVALID_RECORD")
    expect(alice.try_update(own.id, b"changed"), "PEER_E_NOT_AUTHORIZED")
    expect(alice.try_delete(own.id), "PEER_E_NOT_AUTHORIZED")


def test_direct_connections_carry_data_between_members(club: Club) -> None:
    alice, bob = together(club, "alice", "bob")
    hers, his = alice.watch(DIRECT_EVENT, DATA), bob.watch(DIRECT_EVENT, DATA)
    connection, where = ctypes.c_uint64(), address(alice.me().ports[0])
    start = "PeerGroupOpenDirectConnection", handle(bob), wide(alice.identity), ctypes.byref(where)
    expect(bob.call(*start, ctypes.byref(connection)), "S_OK")
    his.wait(lambda event: event.connection == connection.value and event.status == ENUMS["PEER_CONNECTED"])
    kind = GUID.of(CHAT)
    send = "PeerGroupSendData", handle(bob), connection, ctypes.byref(kind), 5, b"psst!"
    expect(bob.call(*send), "S_OK")
    assert hers.wait(lambda event: event.type == DATA).data == b"psst!"
    expect(bob.call("PeerGroupCloseDirectConnection", handle(bob), connection), "S_OK")
    expect(bob.call("PeerGroupCloseDirectConnection", handle(bob), connection), "PEER_E_CONNECTION_NOT_FOUND")
    wrong = "PeerGroupOpenDirectConnection", handle(bob), wide(bob.identity), ctypes.byref(where)
    expect(bob.call(*wrong, ctypes.byref(connection)), "S_OK")
    event = his.wait(lambda event: event.connection == connection.value)
    assert event.status == ENUMS["PEER_CONNECTION_FAILED"]


def test_connections_are_listed_and_not_made_twice(club: Club) -> None:
    alice, bob = together(club, "alice", "bob")
    alice.until(lambda: alice.neighbors() == {bob.identity})
    assert bob.neighbors() == {alice.identity}
    again = bob.watch(STATUS)
    bob.call_on(alice)
    assert again.wait(lambda event: event.type == STATUS).status == ONLINE


def test_peer_time_goes_there_and_back(club: Club) -> None:
    alice = club.member("alice").create_only()
    time, there, back = FILETIME.of(now()), FILETIME(), FILETIME()
    convert = "PeerGroupUniversalTimeToPeerTime", handle(alice), ctypes.byref(time), ctypes.byref(there)
    expect(alice.call(*convert), "S_OK")
    convert = "PeerGroupPeerTimeToUniversalTime", handle(alice), ctypes.byref(there), ctypes.byref(back)
    expect(alice.call(*convert), "S_OK")
    assert back.value() == time.value()


def test_before_the_first_synchronization_a_group_is_not_ready(club: Club) -> None:
    alice = club.member("alice").create()
    bob = club.member("bob")
    bob.join(alice.invite(bob))
    pointer, time = ctypes.c_void_p(), FILETIME()
    out = ctypes.byref(pointer)
    not_ready = "PEER_E_GROUP_NOT_READY"
    expect(bob.call("PeerGroupGetProperties", handle(bob), out), not_ready)
    expect(bob.try_add(record_struct()), not_ready)
    expect(bob.call("PeerGroupCreatePasswordInvitation", handle(bob), out), not_ready)
    args = ctypes.byref(time), ctypes.byref(FILETIME())
    expect(bob.call("PeerGroupPeerTimeToUniversalTime", handle(bob), *args), not_ready)


# ---- export, import --------------------------------------------------------------------------------------------------


def test_a_configuration_moves_a_membership_to_another_machine(
    club: Club, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = club.member("alice").create(pwzFriendlyName="The Club")
    said = alice.add(b"hello")
    export, identity = tmp_path / "export", alice.text("PeerIdentityExport", wide(alice.identity), wide("pw"))
    config = alice.text("PeerGroupExportConfig", handle(alice), wide("pw"))
    expect(alice.call("PeerGroupExportDatabase", handle(alice), wide(str(export))), "S_OK")
    alice.close()
    monkeypatch.setenv("PEERAPI_HOME", str(tmp_path / "elsewhere"))
    names = ctypes.c_void_p(), ctypes.c_void_p()
    outs = ctypes.byref(names[0]), ctypes.byref(names[1])
    take = "PeerGroupImportConfig", wide(config), wide("pw")
    expect(alice.call(*take, 0, *outs), "PEER_E_IDENTITY_NOT_FOUND")
    alice.text("PeerIdentityImport", wide(identity), wide("pw"))
    expect(alice.call("PeerGroupImportConfig", wide(config), wide("other"), 0, *outs), "E_INVALIDARG")
    expect(alice.call(*take, 0, *outs), "S_OK")
    assert [text_at(name.value) for name in names] == [alice.identity, alice.group]
    expect(alice.call(*take, 0, *outs), "PEER_E_ALREADY_EXISTS")
    expect(alice.call(*take, 1, *outs), "S_OK")
    alice.handle = alice.call_handle("PeerGroupOpen", wide(alice.identity), wide(alice.group), None)
    expect(alice.call("PeerGroupImportDatabase", handle(alice), wide(str(export))), "S_OK")
    assert alice.get(said).data == b"hello"
    expect(alice.call("PeerGroupConnect", handle(alice)), "S_OK")
    alice.until(lambda: alice.status() & 1)
    expect(alice.call("PeerGroupImportDatabase", handle(alice), wide(str(export))), "PEER_E_GROUP_IN_USE")


# ---- both profiles ---------------------------------------------------------------------------------------------------


def test_a_group_in_the_published_formats_is_asked_for_and_says_so(club: Club) -> None:
    keys = []
    for _ in range(3):
        key = ctypes.c_uint64()
        expect(club.library.loaded.PeerxCryptKeyCreate(RSA, 1024, ctypes.byref(key)) & 0xFFFFFFFF, "S_OK")
        keys.append(key.value)
    alice = club.member("alice", keys[0])
    found = ctypes.c_void_p()
    create = "PeerGroupCreate", ctypes.byref(properties(alice.identity)), ctypes.byref(found)
    expect(alice.call(*create), "PEER_E_INVALID_GROUP_PROPERTIES")
    alice.create(dwFlags=MS_PPSEC, password=PASSWORD)
    assert alice.properties()["dwFlags"] == MS_PPSEC
    bob, carol = club.member("bob", keys[1]), club.member("carol", keys[2])
    bob.join(alice.invite(bob)).connect(alice)
    carol.join_by_password(alice.text("PeerGroupCreatePasswordInvitation", handle(alice))).connect(alice)
    said = carol.add(b"hello")
    for one in (alice, bob):
        one.until(lambda one=one: one.has(said, b"hello"))  # type: ignore[misc]
    modern = club.member("modern")
    invite = "PeerGroupCreateInvitation", handle(alice), wide(modern.identity_xml()), None, 0, None
    expect(alice.call(*invite, ctypes.byref(found)), "E_INVALIDARG", "PEER_E_INVALID_CREDENTIAL_INFO")


# ---- other graphs under the group's security -------------------------------------------------------------------------


def test_a_graph_under_a_group_s_security_is_for_its_members_only(club: Club) -> None:
    alice, bob = together(club, "alice", "bob")
    library = club.library
    version = native.PEER_VERSION_DATA()
    expect(library.PeerGraphStartup(1, ctypes.byref(version)), "S_OK")
    try:
        graphs = []
        for member in (alice, bob):
            security, graph = ctypes.c_void_p(), ctypes.c_void_p()
            expect(member.call("PeerxGroupGetSecurityInterface", handle(member), ctypes.byref(security)), "S_OK")
            if member is alice:
                wanted = properties_struct("board", alice.identity)
                create = library.PeerGraphCreate
                result = create(ctypes.byref(wanted), wide("db"), security, ctypes.byref(graph))
                expect(result, "S_OK")
                expect(library.PeerGraphListen(graph, ENUMS["PEER_GRAPH_SCOPE_LOOPBACK"], 0, 0), "S_OK")
            else:
                result = library.PeerGraphOpen(
                    wide("board"), wide(bob.identity), wide("db"), security, 0, None, ctypes.byref(graph)
                )
                expect(result, "PEER_S_GRAPH_DATA_CREATED")
            library.PeerFreeData(security)
            graphs.append(graph.value)
        info = ctypes.c_void_p()
        expect(library.PeerGraphGetNodeInfo(graphs[0], 0, ctypes.byref(info)), "S_OK")
        node = native.structure("PEER_NODE_INFO").from_address(info.value or 0)
        where = native.PEER_ADDRESS.from_address(node.pAddresses)
        connection = ctypes.c_uint64()
        expect(library.PeerGraphConnect(graphs[1], None, ctypes.byref(where), ctypes.byref(connection)), "S_OK")
        status = ctypes.c_uint32()

        def synchronized() -> bool:
            expect(library.PeerGraphGetStatus(graphs[1], ctypes.byref(status)), "S_OK")
            return bool(status.value & ENUMS["PEER_GRAPH_STATUS_SYNCHRONIZED"])

        bob.until(synchronized)
        record, id = record_struct(b"on the board"), GUID()
        expect(library.PeerGraphAddRecord(graphs[1], ctypes.byref(record), ctypes.byref(id)), "S_OK")
        found = ctypes.c_void_p()
        alice.until(lambda: library.PeerGraphGetRecord(graphs[0], ctypes.byref(id), ctypes.byref(found)) == 0)
        # Somebody without the group's security gets nowhere.
        stranger = ctypes.c_void_p()
        open_ = library.PeerGraphOpen
        result = open_(wide("board"), wide("stranger"), wide("db"), None, 0, None, ctypes.byref(stranger))
        expect(result, "PEER_S_GRAPH_DATA_CREATED")
        expect(library.PeerGraphConnect(stranger, None, ctypes.byref(where), ctypes.byref(connection)), "S_OK")
        alice.until(lambda: "TLS" in alice.refusals())
        expect(library.PeerGraphGetStatus(stranger, ctypes.byref(status)), "S_OK")
        assert status.value == 0
    finally:
        expect(library.PeerGraphShutdown(), "S_OK")
