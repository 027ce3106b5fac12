"""Startup, Shutdown, Create, Open, Listen, Close, Delete, GetStatus and GetProperties as the pages describe them."""

import ctypes
from collections.abc import Callable

import pytest

from tests.support import native
from tests.support.native import code, expect, wide
from tests.support.peer_values import CHAT, LOOPBACK, properties_struct, record_struct
from tests.support.peers import SYNCHRONIZED, Peers
from tests.support.scenario import scenario

# PeerGraphStartup, PeerGraphShutdown


@scenario(started=False, fresh=True)
def test_shutdown_before_startup_is_not_initialized(peers: Peers) -> None:
    expect(peers.shutdown(), "PEER_E_NOT_INITIALIZED")


@scenario(started=False)
def test_startup_reports_version_one(peers: Peers) -> None:
    version = native.PEER_VERSION_DATA()
    expect(peers.library.PeerGraphStartup(1, ctypes.byref(version)), "S_OK")
    assert (version.wVersion, version.wHighestVersion) == (1, 1)
    expect(peers.shutdown(), "S_OK")


@pytest.mark.parametrize("version", [0x0002, 0xFFFF])
@scenario(started=False)
def test_startup_refuses_versions_that_do_not_exist(peers: Peers, version: int) -> None:
    data = native.PEER_VERSION_DATA()
    expect(peers.library.PeerGraphStartup(version, ctypes.byref(data)), "PEER_E_UNSUPPORTED_VERSION")
    expect(peers.shutdown(), "PEER_E_NOT_INITIALIZED")


@scenario(started=False)
def test_startup_and_shutdown_are_counted(peers: Peers) -> None:
    peers.start()
    peers.start()
    expect(peers.shutdown(), "S_OK")
    peers.create().close()
    expect(peers.shutdown(), "S_OK")
    expect(peers.shutdown(), "PEER_E_NOT_INITIALIZED")


@scenario(started=False)
def test_startup_works_again_after_the_last_shutdown(peers: Peers) -> None:
    peers.start()
    alice = peers.create()
    id = alice.add(b"before")
    alice.close()
    expect(peers.shutdown(), "S_OK")
    peers.start()
    again = peers.reopen(alice)
    assert again.get(id).data == b"before"
    again.close()
    expect(peers.shutdown(), "S_OK")


@scenario(started=False)
def test_the_last_shutdown_releases_graphs_enumerations_and_registrations(peers: Peers) -> None:
    peers.start()
    alice = peers.create()
    alice.add()
    enumeration = alice.enumeration()
    peers.shutdown()
    alice.open = False
    peers.start()
    status = ctypes.c_uint32()
    expect(peers.library.PeerGraphGetStatus(alice.handle, ctypes.byref(status)), "PEER_E_INVALID_GRAPH")
    expect(peers.library.PeerGraphGetItemCount(enumeration, ctypes.byref(status)), "E_INVALIDARG")
    again = peers.reopen(alice)
    assert len(again.records()) == 1
    again.close()
    peers.shutdown()


@scenario
def test_free_data_takes_null(peers: Peers) -> None:
    assert peers.library.PeerGraphFreeData(None) is None


# PeerGraphCreate


@scenario
def test_a_created_graph_is_synchronized_and_nothing_else(peers: Peers) -> None:
    assert peers.create().status() == SYNCHRONIZED


@scenario
def test_properties_are_those_given_to_create(peers: Peers) -> None:
    alice = peers.create(
        dwFlags=native.ENUMS["PEER_GRAPH_PROPERTY_DEFER_EXPIRATION"],
        dwMaxRecordSize=4096,
        pwzFriendlyName="Birthday card \U0001f382",
        pwzComment="ß, ü and 漢字",
        ulPresenceLifetime=450,
        cPresenceMax=0xFFFFFFFF,
    )
    assert alice.properties() == {
        "dwSize": 56,
        "dwFlags": 2,
        "dwScope": LOOPBACK,
        "dwMaxRecordSize": 4096,
        "pwzGraphId": alice.graph,
        "pwzCreatorId": "alice",
        "pwzFriendlyName": "Birthday card \U0001f382",
        "pwzComment": "ß, ü and 漢字",
        "ulPresenceLifetime": 450,
        "cPresenceMax": 0xFFFFFFFF,
    }


@scenario
def test_optional_properties_may_be_missing(peers: Peers) -> None:
    properties = peers.create().properties()
    assert properties["pwzFriendlyName"] in (None, "")
    assert properties["pwzComment"] in (None, "")
    assert properties["dwFlags"] == 0
    assert properties["cPresenceMax"] == 0
    assert properties["ulPresenceLifetime"] in (0, 300), "0 means the default of 300 seconds"
    assert properties["dwMaxRecordSize"] in (0, 62914560), "0 means the default of 60 MiB"


@scenario
def test_the_longest_strings_are_accepted(peers: Peers) -> None:
    limits = {"pwzFriendlyName": "f" * 255, "pwzComment": "c" * 511}
    graph = peers.unique + "g" * (255 - len(peers.unique))
    properties = properties_struct(graph, "p" * 255, **limits)
    result, handle = peers.try_create(properties, "longest")
    expect(result, "S_OK")
    status = ctypes.c_uint32()
    expect(peers.library.PeerGraphGetStatus(handle, ctypes.byref(status)), "S_OK")
    expect(peers.library.PeerGraphClose(handle), "S_OK")
    expect(peers.library.PeerGraphDelete(wide(graph), wide("p" * 255), wide("longest")), "S_OK")


@scenario
def test_one_character_is_long_enough_for_ids(peers: Peers) -> None:
    result, handle = peers.try_create(properties_struct("x", "y"), peers.unique)
    expect(result, "S_OK")
    expect(peers.library.PeerGraphClose(handle), "S_OK")
    expect(peers.library.PeerGraphDelete(wide("x"), wide("y"), wide(peers.unique)), "S_OK")


@pytest.mark.parametrize("size", [1024, 62914560])
@scenario
def test_the_ends_of_the_record_size_range_are_accepted(peers: Peers, size: int) -> None:
    assert peers.create(dwMaxRecordSize=size).properties()["dwMaxRecordSize"] == size


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("dwSize", 0),
        ("dwSize", 55),
        ("dwSize", 57),
        ("dwScope", 5),
        ("dwMaxRecordSize", 1023),
        ("dwMaxRecordSize", 1),
        ("dwMaxRecordSize", 62914561),
        ("pwzGraphId", None),
        ("pwzGraphId", ""),
        ("pwzGraphId", "g" * 256),
        ("pwzGraphId", "half \ud800"),
        ("pwzGraphId", "low \udc00"),
        ("pwzCreatorId", None),
        ("pwzCreatorId", ""),
        ("pwzCreatorId", "p" * 256),
        ("pwzCreatorId", "\udfff half"),
        ("pwzFriendlyName", "f" * 256),
        ("pwzFriendlyName", "\ud834"),
        ("pwzComment", "c" * 512),
        ("pwzComment", "\ud834"),
    ],
)
@scenario
def test_create_refuses_bad_properties(peers: Peers, field: str, value: int | str | None) -> None:
    properties = properties_struct(peers.graph_id(), "alice", **{field: value})
    result, handle = peers.try_create(properties, f"{peers.unique}.refused")
    expect(result, "E_INVALIDARG")
    assert not handle
    # Nothing was made: the same name is free.
    result, handle = peers.try_create(properties_struct(peers.graph_id(), "alice"), f"{peers.unique}.refused")
    expect(result, "S_OK")
    expect(peers.library.PeerGraphClose(handle), "S_OK")


@pytest.mark.parametrize("name", [None, "", "folder/name", "folder\\name", "..", ".", "half \ud800", "a" * 300])
@scenario
def test_create_refuses_database_names_that_are_no_file_names(peers: Peers, name: str | None) -> None:
    result, handle = peers.try_create(properties_struct(peers.graph_id(), "alice"), name)
    expect(result, "E_INVALIDARG")
    assert not handle


@scenario
def test_a_second_create_of_an_open_graph_is_a_duplicate(peers: Peers) -> None:
    alice = peers.create()
    result, handle = peers.try_create(properties_struct(alice.graph, alice.id), alice.database)
    expect(result, "PEER_E_DUPLICATE_GRAPH")
    assert not handle
    alice.add()


@scenario
def test_a_second_create_of_a_closed_graph_is_a_duplicate(peers: Peers) -> None:
    """The page of PeerGraphCreate names PEER_E_DUPLICATE_GRAPH, the common codes PEER_E_DATABASE_ALREADY_PRESENT."""
    alice = peers.create()
    id = alice.add(b"kept")
    alice.close()
    result, handle = peers.try_create(properties_struct(alice.graph, alice.id), alice.database)
    expect(result, "PEER_E_DUPLICATE_GRAPH", "PEER_E_DATABASE_ALREADY_PRESENT")
    assert not handle
    assert peers.reopen(alice).get(id).data == b"kept"


# PeerGraphOpen


@scenario
def test_open_of_an_unknown_graph_makes_data_that_is_not_ready(peers: Peers) -> None:
    bob = peers.open()
    assert bob.status() == 0


@scenario
def test_a_graph_that_never_synchronized_is_not_ready_after_reopening(peers: Peers) -> None:
    bob = peers.open()
    bob.close()
    result, handle = peers.try_open(bob.graph, bob.id, bob.database)
    expect(result, "S_OK", "PEER_S_GRAPH_DATA_CREATED")
    status = ctypes.c_uint32()
    expect(peers.library.PeerGraphGetStatus(handle, ctypes.byref(status)), "S_OK")
    assert status.value == 0
    pointer = ctypes.c_void_p()
    expect(peers.library.PeerGraphGetProperties(handle, ctypes.byref(pointer)), "PEER_E_GRAPH_NOT_READY")
    expect(peers.library.PeerGraphClose(handle), "S_OK")


@pytest.mark.parametrize("what", ["listen", "add", "get", "update", "delete", "properties"])
@scenario
def test_calls_before_the_first_synchronization_are_not_ready(peers: Peers, what: str) -> None:
    bob = peers.open()
    library, guid, pointer = peers.library, native.GUID(), ctypes.c_void_p()
    record = record_struct()
    calls: dict[str, Callable[[], int]] = {
        "listen": lambda: library.PeerGraphListen(bob.handle, LOOPBACK, 0, 0),
        "add": lambda: bob.try_add(record),
        "get": lambda: library.PeerGraphGetRecord(bob.handle, ctypes.byref(guid), ctypes.byref(pointer)),
        "update": lambda: library.PeerGraphUpdateRecord(bob.handle, ctypes.byref(record)),
        "delete": lambda: library.PeerGraphDeleteRecord(bob.handle, ctypes.byref(guid), 0),
        "properties": lambda: library.PeerGraphGetProperties(bob.handle, ctypes.byref(pointer)),
    }
    expect(calls[what](), "PEER_E_GRAPH_NOT_READY")
    assert bob.status() == 0


@scenario
def test_events_may_be_registered_before_the_first_synchronization(peers: Peers) -> None:
    bob = peers.open()
    with bob.queue(1, 3, 5) as queue:
        assert queue.drain() == []


@scenario
def test_reopening_finds_everything(peers: Peers) -> None:
    alice = peers.create(pwzFriendlyName="card", pwzComment="for Bob", dwMaxRecordSize=2048)
    ids = [alice.add(f"record {index}".encode(), attributes=None) for index in range(20)]
    alice.update(ids[0], b"changed")
    alice.delete(ids[1])
    before, properties = alice.sorted_records(), alice.properties()
    alice.close()
    again = peers.reopen(alice)
    assert again.status() == SYNCHRONIZED
    assert again.sorted_records() == before
    assert again.properties() == properties
    assert not again.has(ids[1])
    again.update(ids[0], b"changed again")
    assert again.get(ids[0]).version == 3


@pytest.mark.parametrize(
    ("graph", "id", "database"),
    [
        (None, "bob", "db"),
        ("", "bob", "db"),
        ("graph", None, "db"),
        ("graph", "", "db"),
        ("graph", "bob", None),
        ("graph", "bob", ""),
        ("graph", "bob", "a/b"),
        ("graph", "bob", ".."),
        ("gra\ud800ph", "bob", "db"),
        ("graph", "b\udc00b", "db"),
        ("graph", "bob", "d\ud900b"),
    ],
)
@scenario
def test_open_refuses_bad_names(peers: Peers, graph: str | None, id: str | None, database: str | None) -> None:
    result, handle = peers.try_open(graph, id, database)
    expect(result, "E_INVALIDARG")
    assert not handle


@scenario
def test_open_survives_an_overlong_graph_id(peers: Peers) -> None:
    """The page lets it open (nothing could be published then); refusing it is as good."""
    result, handle = peers.try_open("g" * 100_000, "bob", f"{peers.unique}.long")
    expect(result, "PEER_S_GRAPH_DATA_CREATED", "E_INVALIDARG")
    if result != code("E_INVALIDARG"):
        expect(peers.library.PeerGraphClose(handle), "S_OK")


@scenario
def test_the_precedence_pointer_has_to_agree_with_its_count(peers: Peers) -> None:
    library, handle, guid = peers.library, ctypes.c_void_p(), native.GUID.of(CHAT)
    names = [wide(peers.graph_id()), wide("bob"), wide(f"{peers.unique}.db")]
    expect(library.PeerGraphOpen(*names, None, 1, None, ctypes.byref(handle)), "E_INVALIDARG")
    expect(library.PeerGraphOpen(*names, None, 0, ctypes.byref(guid), ctypes.byref(handle)), "E_INVALIDARG")
    assert not handle.value


@scenario
def test_the_same_graph_under_another_database_name_in_one_process_is_refused(peers: Peers) -> None:
    alice = peers.create()
    result, handle = peers.try_open(alice.graph, alice.id, alice.database + ".other")
    expect(result, "PEER_E_DBNAME_CHANGED", "PEER_E_DUPLICATE_GRAPH")
    assert not handle


@scenario
def test_several_graphs_live_in_one_process(peers: Peers) -> None:
    first, second = peers.create(name="one"), peers.create(name="two")
    first.add(b"one")
    second.add(b"two")
    assert [record.data for record in first.records()] == [b"one"]
    assert [record.data for record in second.records()] == [b"two"]
    first.close()
    assert [record.data for record in second.records()] == [b"two"]


# PeerGraphClose, PeerGraphDelete


@scenario
def test_closing_twice_is_an_invalid_graph(peers: Peers) -> None:
    alice = peers.create()
    alice.close()
    expect(peers.library.PeerGraphClose(alice.handle), "PEER_E_INVALID_GRAPH")


@scenario
def test_a_closed_handle_does_not_come_back_for_the_next_graph(peers: Peers) -> None:
    old = peers.create(name="old")
    old.close()
    new = peers.create(name="new")
    assert new.handle != old.handle
    status = ctypes.c_uint32()
    expect(peers.library.PeerGraphGetStatus(old.handle, ctypes.byref(status)), "PEER_E_INVALID_GRAPH")


@scenario
def test_delete_removes_the_data(peers: Peers) -> None:
    alice = peers.create()
    alice.add()
    alice.close()
    names = wide(alice.graph), wide(alice.id), wide(alice.database)
    expect(peers.library.PeerGraphDelete(*names), "S_OK")
    result, handle = peers.try_open(alice.graph, alice.id, alice.database)
    expect(result, "PEER_S_GRAPH_DATA_CREATED")
    expect(peers.library.PeerGraphClose(handle), "S_OK")


@scenario
def test_a_deleted_graph_can_be_created_again(peers: Peers) -> None:
    alice = peers.create()
    alice.add()
    alice.close()
    expect(peers.library.PeerGraphDelete(wide(alice.graph), wide(alice.id), wide(alice.database)), "S_OK")
    assert peers.create().records() == []


@scenario
def test_delete_takes_only_the_named_data(peers: Peers) -> None:
    one, two = peers.create("alice", name="one"), peers.create("alice", name="two")
    id = two.add()
    one.close()
    two.close()
    expect(peers.library.PeerGraphDelete(wide(one.graph), wide(one.id), wide(one.database)), "S_OK")
    assert peers.reopen(two).has(id)


@scenario
def test_an_open_graph_cannot_be_deleted(peers: Peers) -> None:
    alice = peers.create()
    id = alice.add()
    names = wide(alice.graph), wide(alice.id), wide(alice.database)
    expect(peers.library.PeerGraphDelete(*names), "E_ACCESSDENIED")
    assert alice.has(id)


@scenario
def test_deleting_what_is_not_there_is_a_file_error(peers: Peers) -> None:
    """The remarks promise a wrapped Win32 file error."""
    result = peers.library.PeerGraphDelete(wide(peers.graph_id()), wide("alice"), wide("nothing"))
    expect(result, "HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND)", "HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND)")


@pytest.mark.parametrize("bad", [None, "", "half \ud800"])
@pytest.mark.parametrize("position", [0, 1, 2])
@scenario
def test_delete_refuses_bad_names(peers: Peers, position: int, bad: str | None) -> None:
    names: list[str | None] = [peers.graph_id(), "alice", "db"]
    names[position] = bad
    expect(peers.library.PeerGraphDelete(*map(wide, names)), "E_INVALIDARG")


@pytest.mark.parametrize("database", ["../x", "..", "a/b", "/etc/passwd"])
@scenario
def test_delete_does_not_leave_its_folder(peers: Peers, database: str) -> None:
    expect(peers.library.PeerGraphDelete(wide(peers.graph_id()), wide("alice"), wide(database)), "E_INVALIDARG")
