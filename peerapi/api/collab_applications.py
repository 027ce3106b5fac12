"""PeerCollab: the applications of this user and of this machine (p2p.h, collaboration section)."""

from __future__ import annotations

from peerapi.abi.exports import export
from peerapi.abi.handles import Snapshot
from peerapi.abi.marshal import EnumOut, GuidIn, OptionalGuidIn
from peerapi.api import collab_structs as structs
from peerapi.api.collab_family import (
    APPLICATIONS,
    COLLAB,
    PROGRAM,
    OptionalEndpointIn,
    RegisteredIn,
    RegistrationIn,
    RegistrationOut,
)
from peerapi.collab import local
from peerapi.collab.values import check_registration


@export(needs=COLLAB)
def PeerCollabRegisterApplication(application: RegistrationIn, type_: RegisteredIn) -> None:
    """Have an application that people can be invited to. E_INVALIDARG, PEER_E_ALREADY_EXISTS, E_ACCESSDENIED for all
    users without the right to it."""
    check_registration(application)

    def directly() -> None:
        APPLICATIONS.register(application, type_)

    PROGRAM.change(local.REGISTER, local.Pair(application, type_), directly)


@export(needs=COLLAB)
def PeerCollabUnregisterApplication(application_id: GuidIn, type_: RegisteredIn) -> None:
    """Undo a registration. E_INVALIDARG, PEER_E_NOT_FOUND, E_ACCESSDENIED."""

    def directly() -> None:
        APPLICATIONS.unregister(application_id, type_)

    PROGRAM.change(local.UNREGISTER, local.Pair(application_id, type_), directly)


@export(needs=COLLAB)
def PeerCollabGetApplicationRegistrationInfo(application_id: GuidIn, type_: RegisteredIn) -> RegistrationOut:
    """One registration. E_INVALIDARG, PEER_E_NOT_FOUND."""
    return APPLICATIONS.get(application_id, type_)


@export(needs=COLLAB)
def PeerCollabEnumApplicationRegistrationInfo(type_: RegisteredIn) -> EnumOut:
    """A snapshot of the registrations of a type: PEER_APPLICATION_REGISTRATION_INFO. E_INVALIDARG."""
    return Snapshot(structs.REGISTRATION, APPLICATIONS.all(type_))


@export(needs=COLLAB)
def PeerCollabEnumApplications(endpoint: OptionalEndpointIn, application_id: OptionalGuidIn) -> EnumOut:
    """A snapshot of the applications of an endpoint as far as they are known and for us, of one's own for NULL:
    PEER_APPLICATION."""
    if endpoint is not None:
        asked = local.Pair(endpoint, application_id)
        known = PROGRAM.ask(local.APPLICATIONS, asked, tuple)
        return Snapshot(structs.APPLICATION, known)
    found = [one.application for one in APPLICATIONS.offered()]
    return Snapshot(structs.APPLICATION, [one for one in found if application_id in (None, one.id)])
