"""Failures of the Distributed Routing Table."""

from __future__ import annotations

from peerapi.errors.system import PeerError


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
