"""What an application is told of a call through a relay that came to nothing."""

from __future__ import annotations

from peerapi.errors import ConnectionFailed, ConnectionNotAuthenticated, ConnectionRefused, PeerError
from peerapi.reach.refusal import Refusal, Refused

_CODES: dict[Refusal, type[PeerError]] = {
    Refusal.CALLEE: ConnectionNotAuthenticated,
    Refusal.PIN: ConnectionNotAuthenticated,
    Refusal.TLS: ConnectionNotAuthenticated,
    Refusal.DENIED: ConnectionRefused,
}
"All others are PEER_E_CONNECTION_FAILED, as nobody is reached."


def sentence(error: BaseException) -> str:
    """What people are told."""
    return (isinstance(error, OSError) and error.strerror) or str(error) or type(error).__name__


def failure(error: BaseException) -> type[PeerError]:
    """The HRESULT of PEER_GRAPH_EVENT_NEIGHBOR_CONNECTION."""
    return _CODES.get(error.reason, ConnectionFailed) if isinstance(error, Refused) else ConnectionFailed
