"""Failures of graphs: connections, nodes, records, searches, databases and events."""

from __future__ import annotations

from peerapi.errors.system import PeerError

PEER_S_GRAPH_DATA_CREATED = 0x00630001
PEER_S_NO_EVENT_DATA = 0x00630002


class InvalidGraph(PeerError):
    """The handle is not a live graph handle."""

    hresult = 0x80630010
    name = "PEER_E_INVALID_GRAPH"


class DatabaseNameChanged(PeerError):
    """The graph is open in this process under another database name."""

    hresult = 0x80630011
    name = "PEER_E_DBNAME_CHANGED"


class DuplicateGraph(PeerError):
    """A graph with that ID is already in use or already stored."""

    hresult = 0x80630012
    name = "PEER_E_DUPLICATE_GRAPH"


class GraphNotReady(PeerError):
    """The graph has not finished its first synchronization."""

    hresult = 0x80630013
    name = "PEER_E_GRAPH_NOT_READY"


class GraphShuttingDown(PeerError):
    """The graph is being closed."""

    hresult = 0x80630014
    name = "PEER_E_GRAPH_SHUTTING_DOWN"


class GraphInUse(PeerError):
    """The graph is listening or connected, so a database cannot be imported."""

    hresult = 0x80630015
    name = "PEER_E_GRAPH_IN_USE"


class InvalidDatabase(PeerError):
    """The database file is damaged or belongs to another graph or peer."""

    hresult = 0x80630016
    name = "PEER_E_INVALID_DATABASE"


class TooManyAttributes(PeerError):
    """The record carries more attributes than the limit."""

    hresult = 0x80630017
    name = "PEER_E_TOO_MANY_ATTRIBUTES"


class ConnectionNotFound(PeerError):
    """No connection has that ID."""

    hresult = 0x80630103
    name = "PEER_E_CONNECTION_NOT_FOUND"


class ConnectSelf(PeerError):
    """A peer tried to connect to itself."""

    hresult = 0x80630106
    name = "PEER_E_CONNECT_SELF"


class AlreadyListening(PeerError):
    """The graph is already listening."""

    hresult = 0x80630107
    name = "PEER_E_ALREADY_LISTENING"


class NodeNotFound(PeerError):
    """No node has that node ID."""

    hresult = 0x80630108
    name = "PEER_E_NODE_NOT_FOUND"


class ConnectionFailed(PeerError):
    """The connection attempt failed."""

    hresult = 0x80630109
    name = "PEER_E_CONNECTION_FAILED"


class ConnectionNotAuthenticated(PeerError):
    """The connection was lost or rejected during authentication."""

    hresult = 0x8063010A
    name = "PEER_E_CONNECTION_NOT_AUTHENTICATED"


class ConnectionRefused(PeerError):
    """The remote node answered but refused."""

    hresult = 0x8063010B
    name = "PEER_E_CONNECTION_REFUSED"


class RecordNotFound(PeerError):
    """No record has that ID."""

    hresult = 0x80630301
    name = "PEER_E_RECORD_NOT_FOUND"


class DatabaseAccessDenied(PeerError):
    """The record database cannot be opened for access."""

    hresult = 0x80630302
    name = "PEER_E_DATABASE_ACCESSDENIED"


class DatabaseInitializationFailed(PeerError):
    """The record database could not be initialized or loaded."""

    hresult = 0x80630303
    name = "PEER_E_DBINITIALIZATION_FAILED"


class RecordTooBig(PeerError):
    """Record data plus attributes exceed the maximum of the graph."""

    hresult = 0x80630304
    name = "PEER_E_MAX_RECORD_SIZE_EXCEEDED"


class EventHandleNotFound(PeerError):
    """The handle is not a live event registration."""

    hresult = 0x80630501
    name = "PEER_E_EVENT_HANDLE_NOT_FOUND"


class InvalidSearch(PeerError):
    """The search XML does not follow the query schema."""

    hresult = 0x80630601
    name = "PEER_E_INVALID_SEARCH"


class InvalidAttributes(PeerError):
    """The attribute XML does not follow the record attribute schema."""

    hresult = 0x80630602
    name = "PEER_E_INVALID_ATTRIBUTES"


class InvalidRecord(PeerError):
    """The record is not acceptable."""

    hresult = 0x80632010
    name = "PEER_E_INVALID_RECORD"


class NotAuthorized(PeerError):
    """The caller lacks the role for this operation."""

    hresult = 0x80632020
    name = "PEER_E_NOT_AUTHORIZED"


class DeferredValidation(PeerError):
    """The record cannot be judged yet; it is parked."""

    hresult = 0x80632030
    name = "PEER_E_DEFERRED_VALIDATION"


class UnableToListen(PeerError):
    """Listening failed, e.g. the port is taken."""

    hresult = 0x80632096
    name = "PEER_E_UNABLE_TO_LISTEN"
