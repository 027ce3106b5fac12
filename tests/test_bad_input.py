"""Bad handles and pointers for every parameter of every PeerGraph function, generated from functions.json.

The answer is the documented HRESULT, the graph is as it was, the process lives and stderr stays empty (the scenario
sees to the last two).
"""

import ctypes
import threading
from typing import Any

import pytest

from tests.api.graph_arguments import Arguments, is_required_pointer
from tests.support import native
from tests.support.native import FUNCTIONS, GUID, expect, wide
from tests.support.peer_values import CHAT, LOOPBACK, address, properties_struct, record_struct, registrations
from tests.support.peers import HAS_CONNECTIONS, RECORD_CHANGED, SYNCHRONIZED, Peers
from tests.support.scenario import scenario

WRITTEN = {name: row for name, row in FUNCTIONS.items() if row["family"] == "graph" and row["return"] == "HRESULT"}
HANDLES = {
    "HGRAPH": "PEER_E_INVALID_GRAPH",
    "HPEERENUM": "E_INVALIDARG",
    "HPEEREVENT": "E_INVALIDARG",
    "HANDLE": "E_INVALIDARG",
}
"What the pages list for a bad handle of each type."

NEVER_EXISTED = [1, 8, 0xDEADBEEF, 0x7FFFFFFFFFFFFFF8, 0xFFFFFFFFFFFFFFFF]

OF_HANDLES = [
    (name, index)
    for name, row in WRITTEN.items()
    for index, param in enumerate(row["params"])
    if param["type"] in HANDLES
]
OF_POINTERS = [
    (name, index)
    for name, row in WRITTEN.items()
    for index, param in enumerate(row["params"])
    if is_required_pointer(name, param)
]
OF_STRINGS = [
    (name, index)
    for name, row in WRITTEN.items()
    for index, param in enumerate(row["params"])
    if param["type"] == "PCWSTR"
]


def state(arguments: Arguments) -> tuple[Any, ...]:
    peer = arguments.peer
    return peer.status(), peer.sorted_records(), peer.properties(), peer.connections()


def refused(arguments: Arguments, function: str, values: list[Any], *expected: str) -> None:
    before = state(arguments)
    expect(arguments.call(function, values), *expected)
    assert state(arguments) == before


def label(value: Any) -> str:
    return str(value).removeprefix("PeerGraph")


@pytest.mark.parametrize(("function", "index"), OF_POINTERS, ids=label)
@scenario
def test_null_for_a_required_pointer(peers: Peers, function: str, index: int) -> None:
    if function == "PeerGraphStartup":
        expect(peers.library.PeerGraphStartup(1, None), "E_INVALIDARG")
        return
    arguments = Arguments(peers)
    values = arguments.of(function)
    values[index] = None
    refused(arguments, function, values, "E_INVALIDARG")


@pytest.mark.parametrize(("function", "index"), OF_HANDLES, ids=label)
@scenario
def test_handles_that_never_existed(peers: Peers, function: str, index: int) -> None:
    arguments = Arguments(peers)
    expected = HANDLES[WRITTEN[function]["params"][index]["type"]]
    for handle in [None, *NEVER_EXISTED]:
        values = arguments.of(function)
        values[index] = handle
        refused(arguments, function, values, expected)


@pytest.mark.parametrize(("function", "index"), OF_HANDLES, ids=label)
@scenario
def test_handles_of_another_kind(peers: Peers, function: str, index: int) -> None:
    arguments = Arguments(peers)
    type = WRITTEN[function]["params"][index]["type"]
    others = {
        "HGRAPH": arguments.peer.handle,
        "HPEERENUM": arguments.peer.enumeration(),
        "HPEEREVENT": arguments.queue.handle,
        "HANDLE": arguments.queue.event,
    }
    for other, handle in others.items():
        if other != type:
            values = arguments.of(function)
            values[index] = handle
            refused(arguments, function, values, HANDLES[type])
    assert arguments.peer.count(others["HPEERENUM"]) == 2, "the foreign handle was not used up"


@pytest.mark.parametrize(("function", "index"), OF_HANDLES, ids=label)
@scenario
def test_handles_that_were_closed(peers: Peers, function: str, index: int) -> None:
    arguments = Arguments(peers)
    type = WRITTEN[function]["params"][index]["type"]
    values = arguments.of(function)
    closed = peers.create("closed", name="closed")
    if type == "HGRAPH":
        values[index] = closed.handle
    elif type == "HPEERENUM":
        values[index] = closed.enumeration()
        closed.end(values[index])
    elif type == "HPEEREVENT":
        with closed.queue(RECORD_CHANGED) as queue:
            values[index] = queue.handle
    else:
        values[index] = peers.library.CreateEventW(None, 0, 0, None)
        assert peers.library.CloseHandle(values[index])
    closed.close()
    refused(arguments, function, values, HANDLES[type])


@pytest.mark.parametrize("bad", ["half \ud83c", "\udf82 half"], ids=["high", "low"])
@pytest.mark.parametrize(("function", "index"), OF_STRINGS, ids=label)
@scenario
def test_strings_that_are_not_utf_16(peers: Peers, function: str, index: int, bad: str) -> None:
    arguments = Arguments(peers)
    values = arguments.of(function)
    values[index] = wide(bad)
    refused(arguments, function, values, "E_INVALIDARG")


@pytest.mark.parametrize(
    ("function", "name"),
    [
        ("PeerGraphOpen", "pwzPeerId"),
        ("PeerGraphConnect", "pwzPeerId"),
        ("PeerGraphCreate", "pwzDatabaseName"),
        ("PeerGraphOpen", "pwzDatabaseName"),
    ],
)
@pytest.mark.parametrize("length", [300, 1_000_000])
@scenario
def test_strings_that_are_too_long(peers: Peers, function: str, name: str, length: int) -> None:
    """Peer IDs have 255 characters at most (MS-PPGRH 2.2.1.9), file names too."""
    arguments = Arguments(peers)
    values = arguments.of(function)
    index = [param["name"] for param in WRITTEN[function]["params"]].index(name)
    values[index] = wide("n" * length)
    refused(arguments, function, values, "E_INVALIDARG")


@pytest.mark.parametrize("kind", [0, 10, -1, 0x7FFFFFFF])
@scenario
def test_registrations_for_events_that_do_not_exist(peers: Peers, kind: int) -> None:
    arguments = Arguments(peers)
    values = arguments.of("PeerGraphRegisterEvent")
    values[3] = registrations(kind & 0xFFFFFFFF)
    refused(arguments, "PeerGraphRegisterEvent", values, "E_INVALIDARG")
    array = registrations(RECORD_CHANGED, kind & 0xFFFFFFFF)
    values[2], values[3] = 2, array
    refused(arguments, "PeerGraphRegisterEvent", values, "E_INVALIDARG")


@scenario
def test_a_registration_for_no_event(peers: Peers) -> None:
    arguments = Arguments(peers)
    values = arguments.of("PeerGraphRegisterEvent")
    values[2] = 0
    refused(arguments, "PeerGraphRegisterEvent", values, "E_INVALIDARG")


@scenario
def test_a_graph_handle_does_not_work_in_the_group_functions(peers: Peers) -> None:
    """They are not written yet; what counts is that nothing falls over."""
    alice = peers.create()
    peers.library.PeerGroupClose(alice.handle)
    assert alice.status() == SYNCHRONIZED


@pytest.mark.parametrize("function", sorted(set(WRITTEN) - {"PeerGraphStartup"}))
@scenario(started=False, fresh=False)
def test_calls_before_startup(peers: Peers, function: str) -> None:
    """Whatever the arguments are worth, the first thing that is missing is the start."""
    native_calls = {
        "PeerGraphCreate": [
            ctypes.byref(properties_struct("g", "p")),
            wide("d"),
            None,
            ctypes.byref(ctypes.c_void_p()),
        ],
        "PeerGraphOpen": [wide("g"), wide("p"), wide("d"), None, 0, None, ctypes.byref(ctypes.c_void_p())],
        "PeerGraphDelete": [wide("g"), wide("p"), wide("d")],
    }
    buffer = (ctypes.c_uint64 * 32)(10)
    values = native_calls.get(function)
    if values is None:
        values = [
            1 if param["type"] in native.BY_VALUE or param["type"] in HANDLES else ctypes.byref(buffer)
            for param in WRITTEN[function]["params"]
        ]
    expect(getattr(peers.library, function)(*values), "PEER_E_NOT_INITIALIZED")


@scenario(started=False, fresh=True)
def test_calls_in_a_process_that_never_started(peers: Peers) -> None:
    status = ctypes.c_uint32()
    expect(peers.library.PeerGraphGetStatus(1, ctypes.byref(status)), "PEER_E_NOT_INITIALIZED")
    expect(peers.library.PeerGraphGetItemCount(1, ctypes.byref(status)), "PEER_E_NOT_INITIALIZED")
    assert peers.library.PeerGraphFreeData(None) is None


@scenario
def test_a_record_with_a_pointerless_security_blob(peers: Peers) -> None:
    alice = peers.create()
    struct = record_struct()
    struct.securityData.cbData = 100
    result = alice.try_add(struct)
    expect(result, "S_OK", "E_INVALIDARG")
    assert len(alice.records()) == int(result == 0)


@scenario
def test_a_huge_count_without_data_behind_it(peers: Peers) -> None:
    """The size is looked at before the bytes are."""
    alice = peers.create(dwMaxRecordSize=4096)
    struct = record_struct(b"x")
    struct.data.cbData = 0xFFFFFFFF
    expect(alice.try_add(struct), "PEER_E_MAX_RECORD_SIZE_EXCEEDED", "E_INVALIDARG")
    assert alice.records() == []


@scenario
def test_an_expiration_at_the_end_of_time(peers: Peers) -> None:
    """FILETIME ends at 2**63 - 1; beyond it the value is no time."""
    alice = peers.create()
    id = alice.add(expires=2**63 - 1)
    assert alice.get(id).expires == 2**63 - 1
    result = alice.try_add(record_struct(expires=2**64 - 1))
    expect(result, "S_OK", "E_INVALIDARG", "PEER_E_INVALID_RECORD_EXPIRATION")
    if result == 0:
        assert {record.expires for record in alice.records()} == {2**63 - 1, 2**64 - 1}


@scenario
def test_next_item_with_a_count_beyond_all_items(peers: Peers) -> None:
    alice = peers.create()
    alice.add()
    enumeration = alice.enumeration()
    assert len(alice.next_records(enumeration, 0xFFFFFFFF)) == 1
    alice.end(enumeration)


@scenario
def test_next_item_with_a_count_of_zero_takes_nothing(peers: Peers) -> None:
    alice = peers.create()
    alice.add()
    enumeration, count, items = alice.enumeration(), ctypes.c_uint32(0), ctypes.c_void_p()
    result = peers.library.PeerGraphGetNextItem(enumeration, ctypes.byref(count), ctypes.byref(items))
    expect(result, "S_OK", "E_INVALIDARG")
    assert count.value == 0
    assert len(alice.next_records(enumeration, 5)) == 1
    alice.end(enumeration)


@scenario
def test_enumerations_and_registrations_end_with_their_graph(peers: Peers) -> None:
    """Using them after PeerGraphClose is the caller's mistake; it gets an answer, not a crash."""
    alice = peers.create()
    alice.add()
    enumeration = alice.enumeration()
    event = peers.library.CreateEventW(None, 0, 0, None)
    handle, array = ctypes.c_void_p(), registrations(RECORD_CHANGED)
    library = peers.library
    expect(library.PeerGraphRegisterEvent(alice.handle, event, 1, array, ctypes.byref(handle)), "S_OK")
    alice.close()
    count, pointer = ctypes.c_uint32(3), ctypes.c_void_p()
    expect(library.PeerGraphGetItemCount(enumeration, ctypes.byref(count)), "S_OK", "E_INVALIDARG")
    result = library.PeerGraphGetNextItem(enumeration, ctypes.byref(count), ctypes.byref(pointer))
    expect(result, "S_OK", "E_INVALIDARG")
    if result == 0 and pointer.value:
        library.PeerGraphFreeData(pointer)
    expect(library.PeerGraphEndEnumeration(enumeration), "S_OK", "E_INVALIDARG")
    result = library.PeerGraphGetEventData(handle, ctypes.byref(pointer))
    expect(result, "S_OK", "PEER_S_NO_EVENT_DATA", "E_INVALIDARG")
    if result == 0:
        library.PeerGraphFreeData(pointer)
    expect(library.PeerGraphUnregisterEvent(handle), "S_OK", "E_INVALIDARG")
    assert library.CloseHandle(event)


@scenario
def test_closing_while_other_threads_work(peers: Peers) -> None:
    """Each call ends with a documented code, whichever side of the close it falls on."""
    alice = peers.create()
    allowed = {native.code(name) for name in ("S_OK", "PEER_E_INVALID_GRAPH", "PEER_E_GRAPH_SHUTTING_DOWN")}
    seen: set[int] = set()
    go = threading.Event()

    def work() -> None:
        go.wait()
        struct = record_struct()
        for _ in range(300):
            id = GUID()
            seen.add(peers.library.PeerGraphAddRecord(alice.handle, ctypes.byref(struct), ctypes.byref(id)))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    go.set()
    alice.add()
    alice.close()
    for thread in threads:
        thread.join()
    assert seen <= allowed, [native.names(result) for result in seen]
    again = peers.reopen(alice)
    assert again.status() == SYNCHRONIZED
    assert again.records(CHAT)


@scenario
def test_closing_while_a_connection_is_being_made(peers: Peers) -> None:
    alice = peers.create()
    alice.listen()
    for index in range(5):
        bob = peers.open(f"bob{index}")
        bob.connect(alice.port)
        bob.close()
    carol = peers.join(alice, "carol")
    assert carol.status() == HAS_CONNECTIONS | SYNCHRONIZED


@scenario
def test_many_handles_at_once(peers: Peers) -> None:
    alice = peers.create()
    alice.add()
    handles = [alice.enumeration() for _ in range(2000)]
    assert len(set(handles)) == 2000
    for handle in handles:
        alice.end(handle)
    assert len(alice.records()) == 1


@scenario
def test_connect_does_not_need_a_reachable_address(peers: Peers) -> None:
    """An address of no interface: the call starts, the event reports."""
    alice = peers.create()
    where, connection = address(9, "fd00:dead:beef::1"), ctypes.c_uint64()
    with alice.queue(5) as queue:
        result = peers.library.PeerGraphConnect(alice.handle, None, ctypes.byref(where), ctypes.byref(connection))
        expect(result, "S_OK")
        alice.close()
        queue.drain()


@scenario
def test_listen_arguments_beyond_their_range(peers: Peers) -> None:
    alice = peers.create()
    expect(peers.library.PeerGraphListen(alice.handle, LOOPBACK + 1, 0, 0), "E_INVALIDARG")
    expect(peers.library.PeerGraphListen(alice.handle, LOOPBACK, 0xFFFFFFFF, 0), "E_INVALIDARG", "S_OK")


@scenario
def test_many_threads_use_one_graph(peers: Peers) -> None:
    """Calls of every kind at once, from eight threads, with a neighbor: no call fails, nothing is lost."""
    alice, bob = peers.pair()
    problems: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for index in range(25):
                id = alice.add(f"{number} {index}".encode())
                assert alice.get(id).version == 1
                alice.update(id, b"again")
                assert any(record.id == id for record in alice.records())
                if index % 5 == 0:
                    alice.delete(id)
                alice.status()
                alice.connections()
        except BaseException as problem:
            problems.append(problem)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert len(alice.records()) == 8 * 20
    bob.until(lambda: bob.sorted_records() == alice.sorted_records())
