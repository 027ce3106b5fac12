"""Every return code that a page lists for a PeerGraph function: provoked here, or listed with the reason why not.

Also that no function of the families that are there is left out of such tables (documented.py).
"""

import ctypes
import importlib
import uuid
from collections.abc import Callable

import pytest

from tests.api.documented import TABLES, Table, short
from tests.api.graph_arguments import Arguments, data_folder, is_required_pointer
from tests.support import native
from tests.support.native import FUNCTIONS, GUID, expect, wide
from tests.support.peer_values import CHAT, LOOPBACK, address, properties_struct, record_struct
from tests.support.peers import RECORD_CHANGED, Peer, Peers
from tests.support.ports import free_port
from tests.support.provider import Asked, Provider, create
from tests.support.scenario import scenario
from tests.wire.wire_records import GRAPH_INFO_ID

Call = Callable[[Peers], int]

GRAPH: Table[Peers] = Table(
    (name for name, row in FUNCTIONS.items() if row["family"] == "graph"),
    {
        (
            "PeerGraphClose",
            "E_INVALIDARG",
        ): "the handle is its only parameter, and for a bad handle there is PEER_E_INVALID_GRAPH",
        ("PeerGraphOpen", "PEER_E_INVALID_GRAPH"): "takes no graph handle",
        ("PeerGraphCloseDirectConnection", "E_INVALIDARG"): "both parameters have a code of their own",
        ("PeerGraphSetPresence", "E_INVALIDARG"): "the handle has a code of its own, and every BOOL is valid",
        ("PeerGraphEnumNodes", "PEER_E_NOT_READY"): "no header defines it",
        ("PeerGraphEnumNodes", "PEER_E_PRESENCE_DISABLED"): "no header defines it",
    },
)

provokes = GRAPH.provokes


def succeeds(function: str) -> Call:
    def call(peers: Peers) -> int:
        if function == "PeerGraphStartup":
            expect(peers.shutdown(), "S_OK")
            return int(peers.library.PeerGraphStartup(1, ctypes.byref(native.PEER_VERSION_DATA())))
        if function == "PeerGraphShutdown":
            peers.start()
        arguments = Arguments(peers)
        values = arguments.of(function)
        if function in ("PeerGraphOpen", "PeerGraphDelete"):
            closed = peers.create("closed", name="closed")
            closed.close()
            values[:3] = [wide(closed.graph), wide(closed.id), wide(closed.database)]
        if function == "PeerGraphImportDatabase":
            values = [arguments.keep(exported(peers)).handle, wide(str(data_folder() / peers.unique))]
        result = arguments.call(function, values)
        if function == "PeerGraphClose":
            arguments.peer.open = False
        return result

    return call


def exported(peers: Peers) -> Peer:
    """A graph that has been written to a file of the scenario's name, closed and opened again."""
    peer = peers.create("carol", name="exported")
    expect(peers.library.PeerGraphExportDatabase(peer.handle, wide(str(data_folder() / peers.unique))), "S_OK")
    peer.close()
    return peers.reopen(peer)


def stale_graph(function: str) -> Call:
    def call(peers: Peers) -> int:
        arguments = Arguments(peers)
        values = arguments.of(function)
        closed = peers.create("closed", name="closed")
        closed.close()
        values[0] = closed.handle
        return arguments.call(function, values)

    return call


def after_shutdown(function: str) -> Call:
    def call(peers: Peers) -> int:
        arguments = Arguments(peers)
        values = arguments.of(function)
        peers.close_all()
        expect(peers.shutdown(), "S_OK")
        try:
            return arguments.call(function, values)
        finally:
            peers.start()
            for peer in peers.made:
                peer.open = False

    return call


def null_pointer(function: str) -> Call:
    """NULL for the last pointer that has to be there."""

    def call(peers: Peers) -> int:
        arguments = Arguments(peers)
        values = arguments.of(function)
        required = [
            index for index, param in enumerate(FUNCTIONS[function]["params"]) if is_required_pointer(function, param)
        ]
        values[required[-1] if required else 0] = None
        return arguments.call(function, values)

    return call


@provokes("PeerGraphStartup", "PEER_E_UNSUPPORTED_VERSION")
def _(peers: Peers) -> int:
    return int(peers.library.PeerGraphStartup(0x7F7F, ctypes.byref(native.PEER_VERSION_DATA())))


@provokes("PeerGraphCreate", "PEER_E_DUPLICATE_GRAPH")
def _(peers: Peers) -> int:
    alice = peers.create()
    return peers.try_create(properties_struct(alice.graph, alice.id), alice.database)[0]


@provokes("PeerGraphOpen", "PEER_S_GRAPH_DATA_CREATED")
def _(peers: Peers) -> int:
    result, handle = peers.try_open(peers.graph_id(), "bob", peers.unique)
    peers.made.append(Peer(peers.library, handle, peers.graph_id(), "bob", peers.unique))
    return result


@provokes("PeerGraphDelete", "E_ACCESSDENIED")
def _(peers: Peers) -> int:
    alice = peers.create()
    return int(peers.library.PeerGraphDelete(wide(alice.graph), wide(alice.id), wide(alice.database)))


@provokes("PeerGraphConnect", "PEER_E_ALREADY_EXISTS")
def _(peers: Peers) -> int:
    alice, bob = peers.pair()
    connection = ctypes.c_uint64()
    where = address(alice.port)
    return int(peers.library.PeerGraphConnect(bob.handle, None, ctypes.byref(where), ctypes.byref(connection)))


@provokes("PeerGraphAddRecord", "PEER_E_INVALID_ATTRIBUTES")
def _(peers: Peers) -> int:
    return peers.create().try_add(record_struct(attributes="<attributes><wrong/></attributes>"))


@provokes("PeerGraphAddRecord", "PEER_E_MAX_RECORD_SIZE_EXCEEDED")
def _(peers: Peers) -> int:
    return peers.create(dwMaxRecordSize=1024).try_add(record_struct(b"x" * 1025))


@provokes("PeerGraphDeleteRecord", "E_ACCESSDENIED")
def _(peers: Peers) -> int:

    return peers.create().try_delete(GRAPH_INFO_ID)


@provokes("PeerGraphDeleteRecord", "PEER_E_RECORD_NOT_FOUND")
def _(peers: Peers) -> int:
    return peers.create().try_delete(uuid.uuid4())


@provokes("PeerGraphGetRecord", "PEER_E_RECORD_NOT_FOUND")
def _(peers: Peers) -> int:
    result = peers.create().try_get(uuid.uuid4())
    assert isinstance(result, int)
    return result


@provokes("PeerGraphUpdateRecord", "PEER_E_RECORD_NOT_FOUND")
def _(peers: Peers) -> int:
    return peers.create().try_update(uuid.uuid4(), record_struct())


@provokes("PeerGraphGetEventData", "PEER_S_NO_EVENT_DATA")
def _(peers: Peers) -> int:
    with peers.create().queue(RECORD_CHANGED) as queue:
        return int(peers.library.PeerGraphGetEventData(queue.handle, ctypes.byref(ctypes.c_void_p())))


@provokes("PeerGraphAddRecord", "PEER_E_GRAPH_NOT_READY")
def _(peers: Peers) -> int:
    return peers.open().try_add(record_struct())


@provokes("PeerGraphUpdateRecord", "PEER_E_GRAPH_NOT_READY")
def _(peers: Peers) -> int:
    return peers.open().try_update(uuid.uuid4(), record_struct())


@provokes("PeerGraphDeleteRecord", "PEER_E_GRAPH_NOT_READY")
def _(peers: Peers) -> int:
    return peers.open().try_delete(uuid.uuid4())


@provokes("PeerGraphGetRecord", "PEER_E_GRAPH_NOT_READY")
def _(peers: Peers) -> int:
    result = peers.open().try_get(uuid.uuid4())
    assert isinstance(result, int)
    return result


@provokes("PeerGraphGetProperties", "PEER_E_GRAPH_NOT_READY")
def _(peers: Peers) -> int:
    bob = peers.open()
    return int(peers.library.PeerGraphGetProperties(bob.handle, ctypes.byref(ctypes.c_void_p())))


@provokes("PeerGraphListen", "PEER_E_GRAPH_NOT_READY")
def _(peers: Peers) -> int:
    return int(peers.library.PeerGraphListen(peers.open().handle, LOOPBACK, 0, free_port()))


@provokes("PeerGraphCloseDirectConnection", "PEER_E_CONNECTION_NOT_FOUND")
def _(peers: Peers) -> int:
    return int(peers.library.PeerGraphCloseDirectConnection(peers.create().handle, 0x123456789))


@provokes("PeerGraphSendData", "PEER_E_CONNECTION_NOT_FOUND")
def _(peers: Peers) -> int:
    data, type = (ctypes.c_uint8 * 1)(1), GUID.of(CHAT)
    alice = peers.create()
    return int(peers.library.PeerGraphSendData(alice.handle, 0x123456789, ctypes.byref(type), 1, data))


@provokes("PeerGraphGetNodeInfo", "PEER_E_NODE_NOT_FOUND")
def _(peers: Peers) -> int:
    info = ctypes.c_void_p()
    return int(peers.library.PeerGraphGetNodeInfo(peers.create().handle, 0x123456789, ctypes.byref(info)))


@provokes("PeerGraphSetNodeAttributes", "E_INVALIDARG")
def _(peers: Peers) -> int:
    return int(peers.library.PeerGraphSetNodeAttributes(peers.create().handle, wide("half \ud800")))


@provokes("PeerGraphListen", "E_INVALIDARG")
def _(peers: Peers) -> int:
    return int(peers.library.PeerGraphListen(peers.create().handle, 99, 0, 0))


@provokes("PeerGraphSearchRecords", "PEER_E_INVALID_SEARCH")
def _(peers: Peers) -> int:
    found = ctypes.c_void_p()
    return int(peers.library.PeerGraphSearchRecords(peers.create().handle, wide("<search/>"), ctypes.byref(found)))


@provokes("PeerGraphImportDatabase", "PEER_E_GRAPH_IN_USE")
def _(peers: Peers) -> int:
    peer = exported(peers)
    peer.listen()
    return int(peers.library.PeerGraphImportDatabase(peer.handle, wide(str(data_folder() / peers.unique))))


@provokes("PeerGraphImportDatabase", "PEER_E_INVALID_DATABASE")
def _(peers: Peers) -> int:
    exported(peers)
    other = peers.open("dave", name="exported")
    return int(peers.library.PeerGraphImportDatabase(other.handle, wide(str(data_folder() / peers.unique))))


@provokes("PeerGraphAddRecord", "E_ACCESSDENIED")
def _(peers: Peers) -> int:
    provider = Provider()
    peer = create(peers, provider)
    provider.on_secure = lambda asked: (native.code("E_ACCESSDENIED"), None)
    return peer.try_add(record_struct())


@provokes("PeerGraphSetProperties", "E_ACCESSDENIED")
def _(peers: Peers) -> int:
    provider = Provider()
    peer = create(peers, provider)
    provider.on_secure = lambda asked: (native.code("E_ACCESSDENIED"), None)
    properties = properties_struct(None, None, pwzComment="not allowed")
    return int(peers.library.PeerGraphSetProperties(peer.handle, ctypes.byref(properties)))


@provokes("PeerGraphAddRecord", "PEER_E_GRAPH_SHUTTING_DOWN")
def _(peers: Peers) -> int:
    """The graph is closed while the record is being secured."""
    provider = Provider()
    peer = create(peers, provider)

    def close_first(asked: Asked) -> tuple[int, bytes | None]:
        if not asked.internal:
            peer.close()
        return 0, b"too late"

    provider.on_secure = close_first
    return peer.try_add(record_struct())


GRAPH.provoke_rest(
    {
        "S_OK": succeeds,
        "PEER_E_INVALID_GRAPH": stale_graph,
        "PEER_E_NOT_INITIALIZED": after_shutdown,
        "E_INVALIDARG": null_pointer,
    }
)


@pytest.mark.parametrize(("function", "code"), GRAPH.documented, ids=short)
def test_each_documented_code_is_provoked_or_has_a_reason(function: str, code: str) -> None:
    GRAPH.check_listed(function, code)


@pytest.mark.parametrize(("function", "code"), GRAPH.to_provoke, ids=short)
@scenario
def test_the_documented_code_comes(peers: Peers, function: str, code: str) -> None:
    GRAPH.check_comes(function, code, peers)


@pytest.mark.parametrize("family", ["graph", "group", "identity", "pnrp", "collab", "common"])
def test_every_function_is_in_one_table(family: str) -> None:
    families = ("groups", "collab", "identities", "names")
    for module in (f"test_documented_{one}" for one in families):
        importlib.import_module(f"tests.api.{module}")
    for name, row in FUNCTIONS.items():
        if row["family"] == family and row["return"] == "HRESULT":
            assert sum(name in table.rows for table in TABLES) == 1, name
