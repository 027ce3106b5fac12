"""PeerCollab: invitations that are sent, and that of the program that was started by one (p2p.h, collaboration
section)."""

from __future__ import annotations

from typing import Annotated

from peerapi.abi import handles, library
from peerapi.abi.exports import export
from peerapi.abi.handle_kinds import Handle, HandleResult
from peerapi.abi.kinds import Call
from peerapi.abi.layout import Reader
from peerapi.abi.marshal import Win32Handle
from peerapi.abi.struct_kinds import In
from peerapi.api import collab_structs as structs
from peerapi.api.collab_family import (
    COLLAB,
    PROGRAM,
    EndpointIn,
    InvitationIn,
    LaunchInfoOut,
    OptionalContactIn,
    ResponseOut,
    raising,
    signal,
)
from peerapi.collab import local
from peerapi.collab.values import Answer, Endpoint, Invitation, LaunchInfo, Response, check_invitation
from peerapi.engine.collab.program import SentInvitation
from peerapi.environment import variable
from peerapi.errors import InvalidArgument, InvalidHandle, NotFound, NotImplementedYet, TimedOut

TOKEN = "PEERAPI_LAUNCH"
"The variable in which a program that was started by an invitation finds what to ask its host for."


class OptionalHandleResult(HandleResult):
    """A pointer that receives a new handle, or NULL: then there is none, and nothing to close."""

    def give(self, call: Call, value: str, *names: str) -> None:
        insert, put = call.bind(self._table.insert), call.bind(library.native().put64)
        call.results += [f"if {names[0]}:", f"    {put}({names[0]}, {insert}({value}, {call.bind(call.owner)}))"]


class EndpointOfContact(In):
    """The endpoint of a contact that is invited: E_NOTIMPL without one, as the page says."""

    def take(self, call: Call, *names: str) -> None:
        call.required.add(names[0])
        call.pointers += [f"if not {names[0]}:", f"    raise {call.bind(NotImplementedYet)}"]
        call.arguments.append(f"{call.bind(Reader(structs.ENDPOINT))}({names[0]})")


EndpointOfContactIn = Annotated[Endpoint, EndpointOfContact(structs.ENDPOINT)]
INVITATION = Handle(handles.INVITATIONS, InvalidHandle)
InvitationHandle = Annotated[SentInvitation, INVITATION]
InvitationClosing = Annotated[SentInvitation, INVITATION.closing]
InvitationWanted = Annotated[SentInvitation, INVITATION.failing(InvalidArgument)]
InvitationHandleOut = Annotated[SentInvitation, OptionalHandleResult(handles.INVITATIONS)]


@export(needs=COLLAB)
def PeerCollabAsyncInviteContact(
    contact: OptionalContactIn, endpoint: EndpointOfContactIn, invitation: InvitationIn, event: Win32Handle
) -> InvitationHandleOut:
    """Invite a contact, Me for NULL, where they are; ``event`` is set when there is an answer. E_NOTIMPL without an
    endpoint, PEER_E_NOT_FOUND for who is no contact."""
    return _invite(contact.peer_name if contact else "", endpoint, invitation, event)


@export(needs=COLLAB)
def PeerCollabAsyncInviteEndpoint(
    endpoint: EndpointIn, invitation: InvitationIn, event: Win32Handle
) -> InvitationHandleOut:
    """Invite whoever is at an endpoint."""
    return _invite(None, endpoint, invitation, event)


@export(needs=COLLAB, waits=True)
def PeerCollabInviteContact(contact: OptionalContactIn, endpoint: EndpointIn, invitation: InvitationIn) -> ResponseOut:
    """The same, and wait for the answer. PEER_E_TIMEOUT after five minutes, PEER_E_CONNECTION_FAILED,
    PEER_E_NOT_FOUND, PEER_E_NOT_INITIALIZED when the last Shutdown comes meanwhile."""
    return _answered(_invite(contact.peer_name if contact else "", endpoint, invitation, 0))


@export(needs=COLLAB, waits=True)
def PeerCollabInviteEndpoint(endpoint: EndpointIn, invitation: InvitationIn) -> ResponseOut:
    """The same with whoever is at an endpoint."""
    return _answered(_invite(None, endpoint, invitation, 0))


@export(needs=COLLAB)
def PeerCollabGetInvitationResponse(invitation: InvitationWanted) -> ResponseOut:
    """The answer, as often as it is asked for. PEER_E_INVITE_RESPONSE_NOT_AVAILABLE, PEER_E_INVITE_CANCELLED,
    PEER_E_CONNECTION_FAILED, PEER_E_NOT_FOUND."""
    return invitation.response()


@export(needs=COLLAB)
def PeerCollabCancelInvitation(invitation: InvitationHandle) -> None:
    """Withdraw it; nothing, when there is an answer. E_HANDLE."""
    PROGRAM.cancel(invitation)


@export(needs=COLLAB)
def PeerCollabCloseHandle(invitation: InvitationClosing) -> None:
    """Done with it; one that is not answered yet is withdrawn. E_HANDLE."""
    PROGRAM.cancel(invitation)


@export(needs=COLLAB)
def PeerCollabGetAppLaunchInfo() -> LaunchInfoOut:
    """Who invited, for the program that was started by it, and for its children. PEER_E_NOT_FOUND."""
    not_started = raising(NotFound, "This program was not started by an invitation.")
    token = variable(TOKEN)
    if not token:
        not_started()
    info: LaunchInfo = PROGRAM.ask(local.LAUNCHED, token[:64], not_started)
    return info


def _invite(contact: str | None, endpoint: Endpoint, invitation: Invitation, event: int) -> SentInvitation:
    check_invitation(invitation)
    if event and not library.native().is_event(event):
        raise InvalidArgument("hEvent is not the handle of an open event.")
    return PROGRAM.invite(contact, endpoint, invitation, signal(event))


def _answered(sent: SentInvitation) -> Response:
    response = sent.wait()
    if response.action == Answer.EXPIRED:
        raise TimedOut
    return response
