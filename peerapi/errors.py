"""Failures as the API names them: each class is one HRESULT and one sentence.

Values are those of winerror.h and p2p.h (checked against ``include/`` and the conformance facts by a test). A function
of the engine raises one of these; ``abi.exports`` turns it into the HRESULT that the C caller sees.
"""

from __future__ import annotations

import errno

S_OK = 0
S_FALSE = 1
PEER_S_GRAPH_DATA_CREATED = 0x00630001
PEER_S_NO_EVENT_DATA = 0x00630002
PEER_S_ALREADY_A_MEMBER = 0x00630006


class PeerError(Exception):
    """A documented failure. ``hresult`` is the unsigned 32-bit value, ``name`` its name in the headers."""

    hresult = 0x80004005
    name = "E_FAIL"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or (type(self).__doc__ or "").strip())


class InvalidArgument(PeerError):
    """A parameter is not valid."""

    hresult = 0x80070057
    name = "E_INVALIDARG"


class OutOfMemory(PeerError):
    """Memory could not be allocated."""

    hresult = 0x8007000E
    name = "E_OUTOFMEMORY"


class AccessDenied(PeerError):
    """The operation is not allowed."""

    hresult = 0x80070005
    name = "E_ACCESSDENIED"


class NotImplementedYet(PeerError):
    """The function has not been written yet."""

    hresult = 0x80004001
    name = "E_NOTIMPL"


class Unexpected(PeerError):
    """The engine is in a state in which it cannot answer."""

    hresult = 0x8000FFFF
    name = "E_UNEXPECTED"


class NotInitialized(PeerError):
    """The matching Startup call has not been made."""

    hresult = 0x80630002
    name = "PEER_E_NOT_INITIALIZED"


class Ipv6NotInstalled(PeerError):
    """This machine has no IPv6."""

    hresult = 0x80630001
    name = "PEER_E_IPV6_NOT_INSTALLED"


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


class UnsupportedVersion(PeerError):
    """The requested version is not supported."""

    hresult = 0x80632090
    name = "PEER_E_UNSUPPORTED_VERSION"


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


class AlreadyExists(PeerError):
    """The item already exists."""

    hresult = 0x800700B7
    name = "PEER_E_ALREADY_EXISTS"


class NotFound(PeerError):
    """The requested item does not exist."""

    hresult = 0x80070490
    name = "PEER_E_NOT_FOUND"


class DiskFull(PeerError):
    """The disk is full."""

    hresult = 0x80070070
    name = "PEER_E_DISK_FULL"


class InvalidHandle(PeerError):
    """The handle is not a live handle of the kind that is wanted."""

    hresult = 0x80070006
    name = "E_HANDLE"


class TooManyIdentities(PeerError):
    """This user has as many identities as there may be."""

    hresult = 0x80630202
    name = "PEER_E_TOO_MANY_IDENTITIES"


class NoKeyAccess(PeerError):
    """The files that hold the keys of this user cannot be read or written."""

    hresult = 0x80630203
    name = "PEER_E_NO_KEY_ACCESS"


class GroupsExist(PeerError):
    """The identity still has groups."""

    hresult = 0x80630204
    name = "PEER_E_GROUPS_EXIST"


class CertStoreCorrupted(PeerError):
    """The file of an identity is damaged; it has been put aside."""

    hresult = 0x80630801
    name = "PEER_E_CERT_STORE_CORRUPTED"


class InvalidPeerName(PeerError):
    """The text is not a peer name."""

    hresult = 0x80632050
    name = "PEER_E_INVALID_PEER_NAME"


class CannotConvertPeerName(PeerError):
    """The peer name is malformed, or too long for a host name."""

    hresult = 0x80634001
    name = "PEER_E_CANNOT_CONVERT_PEER_NAME"


class InvalidPeerHostName(PeerError):
    """The host name does not stand for a peer name."""

    hresult = 0x80634002
    name = "PEER_E_INVALID_PEER_HOST_NAME"


class InvitationNotTrusted(PeerError):
    """The invitation was changed, is malformed, has expired, or is meant for somebody else."""

    hresult = 0x80630701
    name = "PEER_E_INVITATION_NOT_TRUSTED"


class ChainTooLong(PeerError):
    """The chain of membership certificates has more than 24 links."""

    hresult = 0x80630703
    name = "PEER_E_CHAIN_TOO_LONG"


class InvalidTimePeriod(PeerError):
    """The credentials are not valid now, or would be valid beyond those of their issuer."""

    hresult = 0x80630705
    name = "PEER_E_INVALID_TIME_PERIOD"


class CircularChain(PeerError):
    """The chain of membership certificates returns to one of its own members."""

    hresult = 0x80630706
    name = "PEER_E_CIRCULAR_CHAIN_DETECTED"


class PasswordDoesNotMeetPolicy(PeerError):
    """The password of the group is not acceptable."""

    hresult = 0x80632021
    name = "PEER_E_PASSWORD_DOES_NOT_MEET_POLICY"


class InvalidGroupProperties(PeerError):
    """The properties are none that a group can have, or change what is fixed."""

    hresult = 0x80632040
    name = "PEER_E_INVALID_GROUP_PROPERTIES"


class InvalidClassifier(PeerError):
    """The classifier of the group's peer name is not acceptable."""

    hresult = 0x80632060
    name = "PEER_E_INVALID_CLASSIFIER"


class GroupNotReady(PeerError):
    """The group has not been synchronized yet."""

    hresult = 0x80632091
    name = "PEER_E_GROUP_NOT_READY"


class GroupInUse(PeerError):
    """The group is open, or connected."""

    hresult = 0x80632092
    name = "PEER_E_GROUP_IN_USE"


class InvalidGroup(PeerError):
    """The handle is not that of an open group."""

    hresult = 0x80632093
    name = "PEER_E_INVALID_GROUP"


class InvalidRoleProperty(PeerError):
    """The roles in a membership certificate are unknown, or not for its issuer to give."""

    hresult = 0x80632071
    name = "PEER_E_INVALID_ROLE_PROPERTY"


class InvalidClassifierProperty(PeerError):
    """The classifiers in a membership certificate are not for its issuer to give."""

    hresult = 0x80632072
    name = "PEER_E_INVALID_CLASSIFIER_PROPERTY"


class InvalidRecordExpiration(PeerError):
    """The record would outlive the membership of its publisher."""

    hresult = 0x80632080
    name = "PEER_E_INVALID_RECORD_EXPIRATION"


class InvalidCredentialInfo(PeerError):
    """The description of the credentials to be issued is not acceptable."""

    hresult = 0x80632081
    name = "PEER_E_INVALID_CREDENTIAL_INFO"


class InvalidCredential(PeerError):
    """The membership credentials do not prove what they should."""

    hresult = 0x80632082
    name = "PEER_E_INVALID_CREDENTIAL"


class IdentityNotFound(PeerError):
    """No identity of this user has that name, or the key that the peer name wants."""

    hresult = 0x80630401
    name = "PEER_E_IDENTITY_NOT_FOUND"


class NoCloud(PeerError):
    """There is no cloud of that name."""

    hresult = 0x80631001
    name = "PEER_E_NO_CLOUD"


class ServiceNotAvailable(PeerError):
    """Names cannot be published or found on this machine."""

    hresult = 0x806320A1
    name = "PEER_E_SERVICE_NOT_AVAILABLE"


class NoMore(PeerError):
    """All results have been given."""

    hresult = 0x80634003
    name = "PEER_E_NO_MORE"


class DuplicatePeerName(PeerError):
    """This process has registered the peer name in that cloud already."""

    hresult = 0x80634005
    name = "PEER_E_PNRP_DUPLICATE_PEER_NAME"


class WrappedWin32Error(PeerError):
    """A Win32 error carried as an HRESULT (HRESULT_FROM_WIN32)."""

    name = "HRESULT_FROM_WIN32"

    def __init__(self, code: int, detail: str = "") -> None:
        super().__init__(detail or f"Win32 error {code}.")
        self.hresult = 0x80070000 | (code & 0xFFFF)


_WIN32_CODES = {
    errno.EMFILE: 4,  # ERROR_TOO_MANY_OPEN_FILES
    errno.ENFILE: 4,
    errno.ENOMEM: 14,  # ERROR_OUTOFMEMORY, which is E_OUTOFMEMORY
    errno.ENOENT: 3,  # ERROR_PATH_NOT_FOUND: what is missing here is a folder
    errno.ENOTDIR: 3,
    errno.EACCES: 5,  # ERROR_ACCESS_DENIED
    errno.EPERM: 5,
    errno.EROFS: 19,  # ERROR_WRITE_PROTECT
    errno.ENOSPC: 112,  # ERROR_DISK_FULL
    errno.EDQUOT: 112,
    errno.EEXIST: 183,  # ERROR_ALREADY_EXISTS
    errno.ENAMETOOLONG: 206,  # ERROR_FILENAME_EXCED_RANGE
}


def os_failure(error: OSError) -> WrappedWin32Error:
    """A failure of the file system as a wrapped Win32 error; ERROR_GEN_FAILURE (31) when there is no better one."""
    return WrappedWin32Error(_WIN32_CODES.get(error.errno or 0, 31), str(error))


def by_hresult(hresult: int) -> type[PeerError] | None:
    """The class with that value, or None."""
    return _BY_VALUE.get(hresult & 0xFFFFFFFF)


_BY_VALUE = {cls.hresult: cls for cls in PeerError.__subclasses__() if cls is not WrappedWin32Error}
