"""PeerGraph: starting, creating, opening, connecting, closing, properties, times (p2p.h, graphing section)."""

from __future__ import annotations

from collections.abc import Sequence

from peerapi.abi.exports import export, success
from peerapi.abi.marshal import (
    ConnectionIdOut,
    FileTimeIn,
    FileTimeOut,
    OptionalStringIn,
    StringIn,
    UlongIn,
    UlongOut,
    WordIn,
)
from peerapi.address import Address
from peerapi.api.graph_family import (
    GRAPH,
    NODE,
    STARTUPS,
    AddressIn,
    ChangeablePropertiesIn,
    GraphClosing,
    GraphHandle,
    GraphOut,
    PrecedenceIn,
    PropertiesIn,
    PropertiesOut,
    SecurityIn,
    VersionOut,
    start_up,
)
from peerapi.api.security import provider_of
from peerapi.api.structs import Properties, VersionData
from peerapi.engine.graphs.driver import Driver
from peerapi.errors import PEER_S_GRAPH_DATA_CREATED, InvalidArgument, UnsupportedVersion
from peerapi.graphing.codec.internal_records import GraphInfo
from peerapi.graphing.codec.records import text_units

VERSION = 0x0001
"PEER_GRAPH_VERSION, MAKEWORD(1, 0): the low byte is the major version."
FLAG_HEARTBEATS = 1
FLAG_DEFER_EXPIRATION = 2
MAX_ID = 255
MAX_FRIENDLY_NAME = 255
MAX_COMMENT = 511
SMALLEST_RECORD_LIMIT = 1024
LARGEST_RECORD_LIMIT = 62_914_560
SHORTEST_PRESENCE = 300
DEFAULT_PRESENCE = 300
SCOPES = range(5)
SCOPE_GLOBAL = 1
"What PEER_GRAPH_SCOPE_ANY (0, the default of the structure) means for a graph."


@export
def PeerGraphStartup(version: WordIn) -> VersionOut:
    """Must come before every other PeerGraph call; counted. PEER_E_UNSUPPORTED_VERSION unless the major version is
    1."""
    if version & 0xFF != VERSION & 0xFF:
        raise UnsupportedVersion
    start_up()
    return VersionData(VERSION, VERSION)


@export(needs=GRAPH)
def PeerGraphShutdown() -> None:
    """The last one closes every graph, enumeration and event registration."""
    STARTUPS.shutdown()


@export(needs=GRAPH)
def PeerGraphCreate(properties: PropertiesIn, database: StringIn, security: SecurityIn) -> GraphOut:
    """Make a graph and its database. E_INVALIDARG, PEER_E_DUPLICATE_GRAPH."""
    info = _checked(properties)
    return NODE.create(info, database, provider_of(security))


@export(needs=GRAPH)
def PeerGraphOpen(
    graph_id: StringIn, peer_id: StringIn, database: StringIn, security: SecurityIn, precedence: PrecedenceIn
) -> GraphOut:
    """Open a graph that exists somewhere; PEER_S_GRAPH_DATA_CREATED when this peer has no data of it yet."""
    _check_text("The graph ID", graph_id, 1, MAX_ID)
    _check_text("The peer ID", peer_id, 1, MAX_ID)
    driver = NODE.open(graph_id, peer_id, database, precedence, provider_of(security))
    # Data that never was synchronized is as good as new: a program that sees S_OK goes on to listen.
    return driver if driver.graph.synchronized else success(PEER_S_GRAPH_DATA_CREATED, driver)


@export(needs=GRAPH)
def PeerGraphClose(graph: GraphClosing) -> None:
    """Leave the graph and invalidate the handle."""
    NODE.close(graph)


@export(needs=GRAPH)
def PeerGraphDelete(graph_id: StringIn, peer_id: StringIn, database: StringIn) -> None:
    """Remove the stored data of a closed graph. E_ACCESSDENIED when it is open; wrapped file errors."""
    _check_text("The graph ID", graph_id, 1, MAX_ID)
    _check_text("The peer ID", peer_id, 1, MAX_ID)
    NODE.delete(graph_id, peer_id, database)


@export(needs=GRAPH)
def PeerGraphListen(graph: GraphHandle, scope: UlongIn, scope_id: UlongIn, port: WordIn) -> None:
    """Accept connections. PEER_E_ALREADY_LISTENING, PEER_E_UNABLE_TO_LISTEN, PEER_E_GRAPH_NOT_READY, E_INVALIDARG."""
    NODE.listen(graph, scope, scope_id, port)


@export(needs=GRAPH)
def PeerGraphConnect(graph: GraphHandle, peer_id: OptionalStringIn, address: AddressIn) -> ConnectionIdOut:
    """Begin a neighbor connection; the outcome is a NEIGHBOR_CONNECTION event. Gives the connection ID."""
    _check_called(peer_id, (address,))
    return graph.input(graph.graph.connect, address, peer_id)


def connect_any(graph: Driver, peer_id: str | None, addresses: Sequence[Address]) -> int:
    """The same with whoever answers first at one of several addresses. C programs name one; a host name has several."""
    _check_called(peer_id, addresses)
    return graph.input(graph.graph.connect_any, addresses, peer_id)


def _check_called(peer_id: str | None, addresses: Sequence[Address]) -> None:
    """Raises InvalidArgument."""
    if peer_id is not None:
        _check_text("The peer ID", peer_id, 1, MAX_ID)
    if not all(one.port and any(one.ip) for one in addresses):
        raise InvalidArgument("The address has no port, or is the unspecified one.")


@export(needs=GRAPH)
def PeerGraphGetStatus(graph: GraphHandle) -> UlongOut:
    """PEER_GRAPH_STATUS_FLAGS."""
    return int(graph.graph.status)


@export(needs=GRAPH)
def PeerGraphGetProperties(graph: GraphHandle) -> PropertiesOut:
    """The properties that the graph info record carries. PEER_E_GRAPH_NOT_READY before the first synchronization."""
    info = graph.info()
    return Properties(
        flags=FLAG_DEFER_EXPIRATION if info.defer_expiration else 0,
        scope=info.scope,
        max_record_size=info.max_record_size or LARGEST_RECORD_LIMIT,
        graph_id=info.graph_id,
        creator_id=info.creator_id,
        friendly_name=info.friendly_name,
        comment=info.comment,
        presence_lifetime=info.presence_lifetime or DEFAULT_PRESENCE,
        max_presence=info.max_presence,
    )


@export(needs=GRAPH)
def PeerGraphSetProperties(graph: GraphHandle, properties: ChangeablePropertiesIn) -> None:
    """Change friendly name, comment, presence lifetime and presence maximum; every other field is ignored."""
    _check_optional("The friendly name", properties.friendly_name, MAX_FRIENDLY_NAME)
    _check_optional("The comment", properties.comment, MAX_COMMENT)
    _check_presence(properties.presence_lifetime)
    graph.change_info(
        friendly_name=properties.friendly_name or None,
        comment=properties.comment or None,
        presence_lifetime=properties.presence_lifetime,
        max_presence=properties.max_presence,
    )


@export(needs=GRAPH)
def PeerGraphExportDatabase(graph: GraphHandle, path: StringIn) -> None:
    """Write a copy of the database to a file. Wrapped file errors."""
    if not path:
        raise InvalidArgument("The path of the file is empty.")
    graph.export(path)


@export(needs=GRAPH)
def PeerGraphImportDatabase(graph: GraphHandle, path: StringIn) -> None:
    """Take in an exported database. PEER_E_GRAPH_IN_USE, PEER_E_INVALID_DATABASE, wrapped file errors."""
    if not path:
        raise InvalidArgument("The path of the file is empty.")
    graph.import_file(path)


@export(needs=GRAPH)
def PeerGraphPeerTimeToUniversalTime(graph: GraphHandle, peer_time: FileTimeIn) -> FileTimeOut:
    """Peer time as UTC of this machine."""
    return checked_time(graph.graph.clock.utc(peer_time))


@export(needs=GRAPH)
def PeerGraphUniversalTimeToPeerTime(graph: GraphHandle, universal: FileTimeIn) -> FileTimeOut:
    """UTC of this machine as peer time."""
    return checked_time(graph.graph.clock.peer_time(universal))


# ---- what the properties may be (PEER_GRAPH_PROPERTIES page, MS-PPGRH 2.2.3.1) ----


def _checked(properties: Properties) -> GraphInfo:
    if properties.flags & ~(FLAG_DEFER_EXPIRATION | FLAG_HEARTBEATS):
        raise InvalidArgument("dwFlags has a flag that PEER_GRAPH_PROPERTIES does not know.")
    if properties.scope not in SCOPES:
        raise InvalidArgument("dwScope is none of the values of PEER_GRAPH_SCOPE.")
    size = properties.max_record_size
    if size and not SMALLEST_RECORD_LIMIT <= size <= LARGEST_RECORD_LIMIT:
        raise InvalidArgument(f"dwMaxRecordSize: 0, or {SMALLEST_RECORD_LIMIT} to {LARGEST_RECORD_LIMIT} bytes.")
    _check_text("The graph ID", properties.graph_id, 1, MAX_ID)
    _check_text("The creator ID", properties.creator_id, 1, MAX_ID)
    _check_optional("The friendly name", properties.friendly_name, MAX_FRIENDLY_NAME)
    _check_optional("The comment", properties.comment, MAX_COMMENT)
    _check_presence(properties.presence_lifetime)
    return GraphInfo(
        scope=properties.scope or SCOPE_GLOBAL,
        defer_expiration=bool(properties.flags & FLAG_DEFER_EXPIRATION),
        graph_id=properties.graph_id,
        creator_id=properties.creator_id,
        friendly_name=properties.friendly_name or None,
        comment=properties.comment or None,
        presence_lifetime=properties.presence_lifetime,
        max_presence=properties.max_presence,
        max_record_size=size,
    )


def _check_text(what: str, text: str, least: int, most: int) -> None:
    if not least <= text_units(text) <= most:
        raise InvalidArgument(f"{what} has {least} to {most} characters.")


def _check_optional(what: str, text: str | None, most: int) -> None:
    if text is not None:
        _check_text(what, text, 0, most)


def _check_presence(seconds: int) -> None:
    if seconds and seconds < SHORTEST_PRESENCE:
        raise InvalidArgument("ulPresenceLifetime: 0, or 300 seconds and more.")


def checked_time(time: int) -> int:
    """Raises InvalidArgument."""
    if not 0 <= time < 1 << 63:
        raise InvalidArgument("The time lies outside of what a FILETIME of this graph can say.")
    return time
