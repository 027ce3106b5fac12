"""AddRecord, GetRecord, UpdateRecord, DeleteRecord, EnumRecords and the enumeration functions, in one process alone."""

import ctypes
import uuid

import pytest

from tests.support import native
from tests.support.native import CODES, FILETIME, expect, put_text
from tests.support.peer_values import CHAT, SECOND, now, record_struct
from tests.support.peers import EXPIRED, OTHER, RECORD_CHANGED, SYNCHRONIZED, Peers
from tests.support.scenario import scenario
from tests.wire.client import CONTACT, PRESENCE, SIGNATURE
from tests.wire.wire_records import GRAPH_INFO, GRAPH_INFO_ID, high_half

ATTRIBUTES = (
    '<attributes><attribute name="Owner" type="string">Scott &amp; \U0001f382</attribute>'
    '<attribute name="Birthday" type="date">1972-04-04</attribute>'
    '<attribute name="Priority" type="int">1</attribute></attributes>'
)
LOCAL = 0x20000000
"PEERX_RECORD_LOCAL (peerapi.h)."

# PeerGraphAddRecord and PeerGraphGetRecord


@scenario
def test_a_record_comes_back_as_it_was_added(peers: Peers) -> None:
    alice = peers.create()
    expires = now() + 3600 * SECOND
    before = now()
    id = alice.add(b"\0payload\xff", attributes=ATTRIBUTES, expires=expires)
    after = now()
    record = alice.get(id)
    assert record.id == id
    assert record.type == CHAT
    assert record.data == b"\0payload\xff"
    assert record.attributes == ATTRIBUTES
    assert record.expires == expires
    assert record.creator == "alice"
    assert record.modified_by in (None, "alice")
    assert record.version == 1
    assert record.flags == 0
    assert record.security == b""
    # The creator's peer time is UTC (MS-PPGRH 3.1.4.1).
    assert before - SECOND <= record.created <= after + SECOND
    assert record.modified == record.created


@scenario
def test_a_record_that_is_only_local_shows_it_and_never_leaves(peers: Peers) -> None:
    alice, bob = peers.pair()
    struct = record_struct(b"mine")
    struct.dwFlags = LOCAL
    id = native.GUID()
    expect(peers.library.PeerGraphAddRecord(alice.handle, ctypes.byref(struct), ctypes.byref(id)), "S_OK")
    mine = id.value()
    assert alice.get(mine).flags == LOCAL and {record.flags for record in alice.records()} == {LOCAL}
    alice.update(mine, b"changed")
    assert (alice.get(mine).data, alice.get(mine).flags) == (b"changed", LOCAL)
    shared = alice.add()
    bob.until(lambda: bob.has(shared))
    assert not bob.has(mine)
    alice.close()
    again = peers.reopen(alice)
    assert (again.get(mine).data, again.get(mine).flags) == (b"changed", LOCAL)
    again.delete(mine)
    assert not again.has(mine)


@scenario
def test_infrastructure_fields_of_an_added_record_are_overwritten(peers: Peers) -> None:
    alice = peers.create()
    struct = record_struct()
    struct.id = native.GUID.of(uuid.UUID(int=5))
    struct.ftCreation = FILETIME.of(5)
    struct.ftLastModified = FILETIME.of(7)
    id = native.GUID()
    expect(peers.library.PeerGraphAddRecord(alice.handle, ctypes.byref(struct), ctypes.byref(id)), "S_OK")
    record = alice.get(id.value())
    assert record.id != uuid.UUID(int=5)
    assert record.created > 7 < record.modified


@scenario
def test_record_ids_carry_the_hash_of_their_creator(peers: Peers) -> None:
    """MS-PPGRH 3.1.7.2 with reading A4."""
    alice = peers.create("alice ü")
    ids = [alice.add() for _ in range(5)]
    assert len(set(ids)) == 5
    assert {id.bytes[:8] for id in ids} == {high_half("alice ü")}


@pytest.mark.parametrize("size", [0, 1, 3, 4096, 100_000])
@scenario
def test_data_of_any_size_comes_back(peers: Peers, size: int) -> None:
    alice = peers.create()
    data = bytes(range(256)) * (size // 256 + 1)
    assert alice.get(alice.add(data[:size])).data == data[:size]


@scenario
def test_data_without_a_pointer_is_refused(peers: Peers) -> None:
    alice = peers.create()
    struct = record_struct(b"")
    struct.data.cbData = 5
    expect(alice.try_add(struct), "E_INVALIDARG")
    assert alice.records() == []


@pytest.mark.parametrize("size", [0, 127, 129, 0xFFFFFFFF])
@scenario
def test_a_record_of_a_wrong_struct_size_is_refused(peers: Peers, size: int) -> None:
    alice = peers.create()
    struct = record_struct()
    struct.dwSize = size
    expect(alice.try_add(struct), "E_INVALIDARG")
    assert alice.records() == []


@pytest.mark.parametrize("offset", [-3600, -1, None])
@scenario
def test_an_expiration_that_is_not_later_than_now_is_refused(peers: Peers, offset: int | None) -> None:
    alice = peers.create()
    expires = 0 if offset is None else now() + offset * SECOND
    expect(alice.try_add(record_struct(expires=expires)), "E_INVALIDARG", "PEER_E_INVALID_RECORD_EXPIRATION")
    assert alice.records() == []


@pytest.mark.parametrize("type", [GRAPH_INFO, SIGNATURE, CONTACT, PRESENCE])
@scenario
def test_reserved_record_types_are_refused(peers: Peers, type: uuid.UUID) -> None:
    """Which code is not documented; it has to be one that the page lists."""
    alice = peers.create()
    expect(alice.try_add(record_struct(type=type)), "E_INVALIDARG", "E_ACCESSDENIED")
    assert alice.status() == SYNCHRONIZED


@scenario
def test_the_graph_info_record_cannot_be_updated_or_deleted(peers: Peers) -> None:
    """MS-PPGRH 3.1.4.4 and 3.1.4.5; the page of DeleteRecord lists no E_INVALIDARG."""
    alice = peers.create()
    properties = alice.properties()
    expect(alice.try_delete(GRAPH_INFO_ID), "E_ACCESSDENIED", "PEER_E_RECORD_NOT_FOUND")
    result = alice.try_update(GRAPH_INFO_ID, record_struct(type=GRAPH_INFO))
    expect(result, "E_INVALIDARG", "E_ACCESSDENIED", "PEER_E_RECORD_NOT_FOUND")
    assert alice.properties() == properties


@scenario
def test_data_and_attributes_together_are_limited(peers: Peers) -> None:
    """Below the limit is fine, above is not; equality is ambiguous (reading A36) and not asked."""
    alice = peers.create(dwMaxRecordSize=1024)
    alice.add(b"x" * 1023)
    expect(alice.try_add(record_struct(b"x" * 1025)), "PEER_E_MAX_RECORD_SIZE_EXCEEDED")
    room = 1023 - 2 * (len(ATTRIBUTES.encode("utf-16-le")) // 2 + 1)
    alice.add(b"x" * room, attributes=ATTRIBUTES)
    struct = record_struct(b"x" * (room + 3), attributes=ATTRIBUTES)
    expect(alice.try_add(struct), "PEER_E_MAX_RECORD_SIZE_EXCEEDED")
    assert len(alice.records()) == 2


@scenario
def test_an_update_is_limited_too(peers: Peers) -> None:
    alice = peers.create(dwMaxRecordSize=1024)
    id = alice.add(b"small")
    struct = record_struct(b"x" * 2000, expires=alice.get(id).expires)
    expect(alice.try_update(id, struct), "PEER_E_MAX_RECORD_SIZE_EXCEEDED", "E_INVALIDARG")
    assert alice.get(id).data == b"small"


GOOD_ATTRIBUTES = [
    ATTRIBUTES,
    '<attributes><attribute name="n" type="string"></attribute></attributes>',
    '<attributes><attribute name="n" type="string"/></attributes>',
    "<attributes>\n  <attribute type='int' name='0'>0123456789</attribute>\n</attributes>",
    '<?xml version="1.0"?><attributes><attribute name="a" type="string">x</attribute></attributes>',
    "<attributes><attribute name='k' type='int'>1</attribute><attribute name='k' type='int'>2</attribute></attributes>",
    f'<attributes><attribute name="{"n" * 40}" type="string">x</attribute></attributes>',
    '<attributes><attribute name="d" type="date">1997-07-16T19:20:30+01:00</attribute></attributes>',
]


@pytest.mark.parametrize("text", GOOD_ATTRIBUTES)
@scenario
def test_attributes_that_follow_the_schema_come_back_unchanged(peers: Peers, text: str) -> None:
    alice = peers.create()
    assert alice.get(alice.add(attributes=text)).attributes == text


BAD_ATTRIBUTES = [
    "no xml",
    "<attributes>",
    "<attribute name='a' type='string'>x</attribute>",
    "<Attributes><attribute name='a' type='string'>x</attribute></Attributes>",
    "<attributes><other name='a' type='string'>x</other></attributes>",
    "<attributes><attribute type='string'>x</attribute></attributes>",
    "<attributes><attribute name='a'>x</attribute></attributes>",
    "<attributes><attribute name='a' type='float'>1</attribute></attributes>",
    "<attributes><attribute name='a' type='int'>one</attribute></attributes>",
    "<attributes><attribute name='a' type='int'></attribute></attributes>",
    "<attributes><attribute name='a' type='date'>yesterday</attribute></attributes>",
    "<attributes><attribute name='' type='string'>x</attribute></attributes>",
    "<attributes><attribute name='a-b' type='string'>x</attribute></attributes>",
    "<attributes><attribute name='a_b' type='string'>x</attribute></attributes>",
    "<attributes><attribute name='ä' type='string'>x</attribute></attributes>",
    f"<attributes><attribute name='{'n' * 41}' type='string'>x</attribute></attributes>",
    "<attributes><attribute name='peercreatorid' type='string'>x</attribute></attributes>",
    "<attributes><attribute name='peerrecordid' type='string'>x</attribute></attributes>",
    "<attributes><attribute name='a' type='string'><b>x</b></attribute></attributes>",
    "<attributes><attribute name='a' type='string' colour='red'>x</attribute></attributes>",
    "<attributes>text<attribute name='a' type='string'>x</attribute></attributes>",
    "<!DOCTYPE a [<!ENTITY e 'x'>]><attributes><attribute name='a' type='string'>&e;</attribute></attributes>",
    "<attributes><attribute name='a' type='string'>x</attribute></attributes><attributes/>",
]


@pytest.mark.parametrize("text", BAD_ATTRIBUTES)
@scenario
def test_attributes_against_the_schema_are_refused(peers: Peers, text: str) -> None:
    alice = peers.create()
    expect(alice.try_add(record_struct(attributes=text)), "PEER_E_INVALID_ATTRIBUTES")
    id = alice.add()
    struct = record_struct(attributes=text, expires=alice.get(id).expires)
    expect(alice.try_update(id, struct), "PEER_E_INVALID_ATTRIBUTES", "E_INVALIDARG")
    assert alice.get(id).version == 1
    assert len(alice.records()) == 1


@scenario
def test_getting_an_unknown_record_is_not_found(peers: Peers) -> None:
    assert not peers.create().has(uuid.uuid4())


# PeerGraphUpdateRecord


@scenario
def test_an_update_raises_the_version_and_keeps_the_rest(peers: Peers) -> None:
    alice = peers.create()
    id = alice.add(b"one", attributes=ATTRIBUTES)
    first = alice.get(id)
    alice.update(id, b"two")
    second = alice.get(id)
    assert second.data == b"two"
    assert second.version == 2
    assert second.modified_by == "alice"
    assert second.modified > first.modified
    kept = ("id", "type", "creator", "created", "expires", "attributes", "flags")
    assert [getattr(second, name) for name in kept] == [getattr(first, name) for name in kept]
    alice.update(id, b"three")
    assert alice.get(id).version == 3
    assert len(alice.records()) == 1


@scenario
def test_an_update_may_change_attributes(peers: Peers) -> None:
    alice = peers.create()
    id = alice.add(attributes=ATTRIBUTES)
    other = '<attributes><attribute name="Priority" type="int">2</attribute></attributes>'
    alice.update(id, b"x", attributes=other)
    assert alice.get(id).attributes == other


@scenario
def test_an_update_may_move_the_expiration_later_but_never_earlier(peers: Peers) -> None:
    alice = peers.create()
    id = alice.add()
    expires = alice.get(id).expires
    expect(alice.try_update(id, record_struct(expires=expires - 1)), "E_INVALIDARG", "PEER_E_INVALID_RECORD_EXPIRATION")
    assert alice.get(id).version == 1
    expect(alice.try_update(id, record_struct(expires=expires)), "S_OK")
    expect(alice.try_update(id, record_struct(expires=expires + SECOND)), "S_OK")
    assert alice.get(id).expires == expires + SECOND
    assert alice.get(id).version == 3


@scenario
def test_updating_an_unknown_record_is_not_found(peers: Peers) -> None:
    alice = peers.create()
    expect(alice.try_update(uuid.uuid4(), record_struct()), "PEER_E_RECORD_NOT_FOUND")
    assert alice.records() == []


@scenario
def test_updating_a_deleted_record_is_not_found(peers: Peers) -> None:
    alice = peers.create()
    id = alice.add()
    alice.delete(id)
    expect(alice.try_update(id, record_struct()), "PEER_E_RECORD_NOT_FOUND")
    assert not alice.has(id)


@scenario
def test_an_update_does_not_change_the_type(peers: Peers) -> None:
    """MS-PPGRH 3.1.4.4: fields other than attributes, data, expiration and modifier are ignored."""
    alice = peers.create()
    id = alice.add()
    result = alice.try_update(id, record_struct(b"new", type=OTHER, lifetime=900))
    expect(result, "S_OK", "E_INVALIDARG")
    assert alice.get(id).type == CHAT


@pytest.mark.parametrize("size", [0, 127, 129])
@scenario
def test_an_update_of_a_wrong_struct_size_is_refused(peers: Peers, size: int) -> None:
    alice = peers.create()
    id = alice.add()
    struct = record_struct(lifetime=900)
    struct.dwSize = size
    expect(alice.try_update(id, struct), "E_INVALIDARG")
    assert alice.get(id).version == 1


# PeerGraphDeleteRecord


@scenario
def test_a_deleted_record_is_neither_got_nor_enumerated(peers: Peers) -> None:
    alice = peers.create()
    gone, kept = alice.add(b"gone"), alice.add(b"kept")
    alice.delete(gone)
    assert not alice.has(gone)
    assert [record.id for record in alice.records()] == [kept]


@scenario
def test_deleting_twice_is_not_found(peers: Peers) -> None:
    alice = peers.create()
    id = alice.add()
    alice.delete(id)
    expect(alice.try_delete(id), "PEER_E_RECORD_NOT_FOUND")


@scenario
def test_deleting_an_unknown_record_is_not_found(peers: Peers) -> None:
    expect(peers.create().try_delete(uuid.uuid4()), "PEER_E_RECORD_NOT_FOUND")


@scenario
def test_a_local_delete_drops_the_own_copy(peers: Peers) -> None:
    alice = peers.create()
    id = alice.add()
    expect(alice.try_delete(id, local=True), "S_OK")
    assert not alice.has(id)


@scenario
def test_a_lone_surrogate_in_record_strings_is_refused(peers: Peers) -> None:
    alice = peers.create()
    for field in ("pwzAttributes", "pwzCreatorId", "pwzModifiedById"):
        struct = record_struct()
        put_text(struct, field, "half \ud800")
        result = alice.try_add(struct)
        assert result in (CODES["E_INVALIDARG"], CODES["PEER_E_INVALID_ATTRIBUTES"]), f"{field}: {native.names(result)}"
    assert alice.records() == []


@scenario
def test_an_expired_record_is_gone(peers: Peers) -> None:
    """MS-PPGRH 3.1.6.7: the timer may take 15 s; until then it may or may not be seen."""
    alice = peers.create()
    with alice.queue(RECORD_CHANGED) as queue:
        id, _ = alice.add_short()
        kept = alice.add(lifetime=1000)
        event = queue.wait(lambda event: event.change == EXPIRED)
        assert event.record == id
        assert event.record_type == CHAT
    assert not alice.has(id)
    assert [record.id for record in alice.records()] == [kept]
    expect(alice.try_update(id, record_struct()), "PEER_E_RECORD_NOT_FOUND")
