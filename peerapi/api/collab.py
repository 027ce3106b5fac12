"""PeerCollab: starting, signing in, presence, the endpoint's name, objects (p2p.h, collaboration section)."""

from __future__ import annotations

from peerapi.abi.exports import export, success
from peerapi.abi.handles import Snapshot
from peerapi.abi.marshal import (
    DwordIn,
    DwordOut,
    EnumOut,
    GuidIn,
    OptionalGuidIn,
    StringIn,
    StringOut,
    WordIn,
)
from peerapi.api import collab_structs as structs
from peerapi.api.collab_family import (
    COLLAB,
    NOT_SIGNED_IN,
    NOTHING_KNOWN,
    PROGRAM,
    STARTUPS,
    ItemIn,
    OptionalEndpointIn,
    PresenceIn,
    PresenceOut,
    WindowIn,
)
from peerapi.collab import local
from peerapi.collab.values import check_flags, check_item, check_presence, check_text
from peerapi.environment import has_more_rights
from peerapi.errors import PEER_S_NO_CONNECTIVITY, ServiceNotAvailable, UnsupportedVersion

VERSION = 0x0001
"PEER_COLLAB_VERSION, MAKEWORD(1, 0): the low byte is the major version."


@export
def PeerCollabStartup(version: WordIn) -> None:
    """Must come before every other PeerCollab call; counted. PEER_E_UNSUPPORTED_VERSION unless the major version is
    1."""
    if version & 0xFF != VERSION & 0xFF:
        raise UnsupportedVersion
    STARTUPS.startup()
    COLLAB.ready = True


@export(needs=COLLAB)
def PeerCollabShutdown() -> None:
    """The last one ends what this process holds: registrations, subscriptions, objects and invitations. The user stays
    signed in."""
    STARTUPS.shutdown()


# ---- signing in ----


@export(needs=COLLAB)
def PeerCollabSignin(window: WindowIn, options: DwordIn) -> None:
    """Become visible, for all programs of this user. PEER_S_NO_CONNECTIVITY when a link or the Internet, which the
    user has set up, gives this machine no address yet. E_INVALIDARG, PEER_E_SERVICE_NOT_AVAILABLE."""
    check_flags(options)
    if has_more_rights():
        raise ServiceNotAvailable("A program with more rights than who started it cannot sign anybody in.")
    if not PROGRAM.call(local.SIGN_IN, options):
        return success(PEER_S_NO_CONNECTIVITY, None)


@export(needs=COLLAB)
def PeerCollabSignout(options: DwordIn) -> None:
    """Leave scopes. E_INVALIDARG."""
    check_flags(options)
    PROGRAM.ask(local.SIGN_OUT, options, lambda: None)


@export(needs=COLLAB)
def PeerCollabGetSigninOptions() -> DwordOut:
    """PEER_SIGNIN_FLAGS. PEER_E_NOT_SIGNED_IN."""
    return PROGRAM.ask(local.OPTIONS, None, NOT_SIGNED_IN)


# ---- presence and name ----


@export(needs=COLLAB)
def PeerCollabSetPresenceInfo(presence: PresenceIn) -> None:
    """The presence of this endpoint. E_INVALIDARG, PEER_E_NOT_SIGNED_IN."""
    check_presence(presence)
    PROGRAM.ask(local.SET_PRESENCE, presence, NOT_SIGNED_IN)


@export(needs=COLLAB)
def PeerCollabGetPresenceInfo(endpoint: OptionalEndpointIn) -> PresenceOut:
    """The presence at an endpoint, one's own for NULL. PEER_E_NOT_FOUND."""
    return PROGRAM.ask(local.GET_PRESENCE, endpoint, NOTHING_KNOWN)


@export(needs=COLLAB)
def PeerCollabGetEndpointName() -> StringOut:
    """The name of this endpoint. PEER_E_NOT_SIGNED_IN."""
    return PROGRAM.ask(local.GET_NAME, None, NOT_SIGNED_IN)


@export(needs=COLLAB)
def PeerCollabSetEndpointName(name: StringIn) -> None:
    """Another name for this endpoint, which it keeps. E_INVALIDARG, also for the name it has; PEER_E_NOT_SIGNED_IN."""
    check_text(name, "pwzEndpointName")
    PROGRAM.ask(local.SET_NAME, name, NOT_SIGNED_IN)


# ---- objects ----


@export(needs=COLLAB)
def PeerCollabSetObject(item: ItemIn) -> None:
    """Publish or replace an object, until this process ends. E_INVALIDARG, PEER_E_NOT_SIGNED_IN."""
    check_item(item)
    PROGRAM.ask(local.SET_ITEM, item, NOT_SIGNED_IN)


@export(needs=COLLAB)
def PeerCollabDeleteObject(object_id: GuidIn) -> None:
    """Withdraw an object. E_INVALIDARG, PEER_E_NOT_SIGNED_IN."""
    PROGRAM.ask(local.DELETE_ITEM, object_id, NOT_SIGNED_IN)


@export(needs=COLLAB)
def PeerCollabEnumObjects(endpoint: OptionalEndpointIn, object_id: OptionalGuidIn) -> EnumOut:
    """A snapshot of the objects of an endpoint, one's own for NULL: PEER_OBJECT. PEER_E_NOT_SIGNED_IN."""
    found = PROGRAM.ask(local.ITEMS, local.Pair(endpoint, object_id), NOT_SIGNED_IN)
    return Snapshot(structs.ITEM, found)
