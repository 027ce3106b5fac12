"""Failures of contacts, presence and invitations."""

from __future__ import annotations

from peerapi.errors.system import PeerError

PEER_S_NO_CONNECTIVITY = 0x00630005
PEER_S_SUBSCRIPTION_EXISTS = 0x00636000


class ContactNotFound(PeerError):
    """No contact of this user has that name."""

    hresult = 0x80636001
    name = "PEER_E_CONTACT_NOT_FOUND"


class InviteCancelled(PeerError):
    """The invitation was cancelled."""

    hresult = 0x80637000
    name = "PEER_E_INVITE_CANCELLED"


class InviteResponseNotAvailable(PeerError):
    """The invitation has not been answered yet."""

    hresult = 0x80637001
    name = "PEER_E_INVITE_RESPONSE_NOT_AVAILABLE"


class NotSignedIn(PeerError):
    """This user is not signed in."""

    hresult = 0x80637003
    name = "PEER_E_NOT_SIGNED_IN"


class TimedOut(PeerError):
    """The other side did not answer in time."""

    hresult = 0x80637005
    name = "PEER_E_TIMEOUT"
