"""Failures of the Distributed Routing Table."""

from __future__ import annotations

from peerapi.errors.system import PeerError

DRT_S_RETRY = 0x00621010

DRT_S_RETRY = 0x00621010


class InvalidSearchRange(PeerError):
    """The key looked for lies outside of the range, or the range is upside down."""

    hresult = 0x80621012
    name = "DRT_E_INVALID_SEARCH_RANGE"


class DuplicateKey(PeerError):
    """The key is registered at this node already."""

    hresult = 0x80622009
    name = "DRT_E_DUPLICATE_KEY"


class TransportInUse(PeerError):
    """The transport belongs to another node."""

    hresult = 0x8062200A
    name = "DRT_E_TRANSPORTPROVIDER_IN_USE"


class TransportShuttingDown(PeerError):
    """The transport is going down."""

    hresult = 0x80622007
    name = "DRT_E_TRANSPORT_SHUTTING_DOWN"


class TransportStillBound(PeerError):
    """A node still uses the transport."""

    hresult = 0x8062210B
    name = "DRT_E_TRANSPORT_STILL_BOUND"


class TransportUnexpected(PeerError):
    """The transport has failed."""

    hresult = 0x80622103
    name = "DRT_E_TRANSPORT_UNEXPECTED"


class InvalidPort(PeerError):
    """The port is missing or below 1024."""

    hresult = 0x80622000
    name = "DRT_E_INVALID_PORT"


class InvalidScope(PeerError):
    """The scope is none of the three."""

    hresult = 0x80622006
    name = "DRT_E_INVALID_SCOPE"


class Faulted(PeerError):
    """The node is faulted: close it and open another."""

    hresult = 0x8062210A
    name = "DRT_E_FAULTED"


class NobodyReached(PeerError):
    """No other node of the table answers."""

    hresult = 0x80622105
    name = "DRT_E_TRANSPORT_NO_DEST_ADDRESSES"


class SearchTimedOut(PeerError):
    """The search ran out of time."""

    hresult = 0x80621001
    name = "DRT_E_TIMEOUT"


class InvalidKeySize(PeerError):
    """A key has 32 bytes."""

    hresult = 0x80621002
    name = "DRT_E_INVALID_KEY_SIZE"


class InvalidCertificateChain(PeerError):
    """The certificate does not lead to the root."""

    hresult = 0x80621004
    name = "DRT_E_INVALID_CERT_CHAIN"


class InvalidMessage(PeerError):
    """What another node has sent proves nothing."""

    hresult = 0x80621005
    name = "DRT_E_INVALID_MESSAGE"


class NoMoreData(PeerError):
    """Nothing is queued any more."""

    hresult = 0x80621006
    name = "DRT_E_NO_MORE"


class InvalidMaxAddresses(PeerError):
    """ulMaxRoutingAddresses is 1 to 20."""

    hresult = 0x80621007
    name = "DRT_E_INVALID_MAX_ADDRESSES"


class SearchInProgress(PeerError):
    """The search goes on, and has nothing new."""

    hresult = 0x80621008
    name = "DRT_E_SEARCH_IN_PROGRESS"


class InvalidKey(PeerError):
    """The key is not the one that is derived from the certificate."""

    hresult = 0x80621009
    name = "DRT_E_INVALID_KEY"


class InvalidMaxEndpoints(PeerError):
    """cMaxEndpoints is 0, or more than 1 where any key of a range will do."""

    hresult = 0x80621011
    name = "DRT_E_INVALID_MAX_ENDPOINTS"


class InvalidTransport(PeerError):
    """The transport is missing."""

    hresult = 0x80622001
    name = "DRT_E_INVALID_TRANSPORT_PROVIDER"


class InvalidSecurityProvider(PeerError):
    """The security provider is missing or has no functions."""

    hresult = 0x80622002
    name = "DRT_E_INVALID_SECURITY_PROVIDER"


class InvalidBootstrapProvider(PeerError):
    """The bootstrap provider is missing or has no functions."""

    hresult = 0x80622004
    name = "DRT_E_INVALID_BOOTSTRAP_PROVIDER"


class SecurityProviderInUse(PeerError):
    """Another node uses the security provider."""

    hresult = 0x8062200C
    name = "DRT_E_SECURITYPROVIDER_IN_USE"


class SecurityProviderNotAttached(PeerError):
    """The security provider belongs to no node."""

    hresult = 0x8062200D
    name = "DRT_E_SECURITYPROVIDER_NOT_ATTACHED"


class BootstrapProviderInUse(PeerError):
    """Another node uses the bootstrap provider."""

    hresult = 0x8062200E
    name = "DRT_E_BOOTSTRAPPROVIDER_IN_USE"


class BootstrapProviderNotAttached(PeerError):
    """The bootstrap provider belongs to no node."""

    hresult = 0x8062200F
    name = "DRT_E_BOOTSTRAPPROVIDER_NOT_ATTACHED"


class InvalidSettings(PeerError):
    """The settings are missing, or dwSize is not their size."""

    hresult = 0x80622108
    name = "DRT_E_INVALID_SETTINGS"


class InvalidSearchInfo(PeerError):
    """dwSize is not the size of DRT_SEARCH_INFO."""

    hresult = 0x80622109
    name = "DRT_E_INVALID_SEARCH_INFO"


class InsufficientBuffer(PeerError):
    """The buffer is too small."""

    hresult = 0x8062210C
    name = "DRT_E_INSUFFICIENT_BUFFER"


class InvalidInstancePrefix(PeerError):
    """The prefix is longer than 128 characters."""

    hresult = 0x8062210D
    name = "DRT_E_INVALID_INSTANCE_PREFIX"


class InvalidSecurityMode(PeerError):
    """There is no such security mode."""

    hresult = 0x8062210E
    name = "DRT_E_INVALID_SECURITY_MODE"


class CapabilityMismatch(PeerError):
    """The certificate or its key cannot do what the security mode needs."""

    hresult = 0x8062210F
    name = "DRT_E_CAPABILITY_MISMATCH"


class TransportExecutingCallback(PeerError):
    """A function of the node's own provider cannot delete its transport."""

    hresult = 0x80622106
    name = "DRT_E_TRANSPORT_EXECUTING_CALLBACK"
