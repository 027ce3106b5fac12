"""What the PeerCollab functions share: the Startup count, this process for the host of its user, what is on disk, and
the kinds of their parameters."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, NamedTuple, NoReturn

from peerapi.abi import handles, library
from peerapi.abi.exports import Gate
from peerapi.abi.handle_kinds import Handle
from peerapi.abi.struct_kinds import ArrayIn, In, Out
from peerapi.abi.value_kinds import Value
from peerapi.api import collab_structs as structs
from peerapi.collab import values
from peerapi.engine.collab import stores
from peerapi.engine.collab.program import CollabRegistration, Program
from peerapi.engine.runtime import StartupCount
from peerapi.errors import NotFound, NotSignedIn, PeerError

COLLAB = Gate("collab")
PROGRAM = Program()
"This process."
BOOK = stores.contact_book()
APPLICATIONS = stores.applications()


def _last_shutdown() -> None:
    COLLAB.ready = False
    handles.release(COLLAB)
    PROGRAM.close()


STARTUPS = StartupCount(_last_shutdown)


def raising(error: type[PeerError], sentence: str = "") -> Callable[[], NoReturn]:
    """What ``Program.ask`` is given: where no host runs, the user is signed in nowhere."""

    def otherwise() -> NoReturn:
        raise error(sentence)

    return otherwise


NOT_SIGNED_IN = raising(NotSignedIn)
NOTHING_KNOWN = raising(NotFound, "Nothing is known of this endpoint: refresh or subscribe to its data first.")


class CollabQueue(NamedTuple):
    """What stands behind a HPEEREVENT of this family."""

    registration: CollabRegistration


HPEEREVENT = Handle(handles.COLLAB_EVENTS)
CollabEventHandle = Annotated[CollabQueue, HPEEREVENT]
CollabEventClosing = Annotated[CollabQueue, HPEEREVENT.closing]
CollabEventOut = Annotated[CollabQueue, HPEEREVENT.out]
CollabEventsWantedIn = Annotated[tuple[structs.CollabEventWanted, ...], ArrayIn(structs.EVENT_WANTED)]
CollabEventDataOut = Annotated[tuple[int, object] | None, Out(structs.EVENT_DATA)]
WindowIn = Annotated[int, Value("HWND")]
RegisteredIn = Annotated[int, Value("PEER_APPLICATION_REGISTRATION_TYPE")]
ContactIn = Annotated[values.Contact, In(structs.CONTACT)]
OptionalContactIn = Annotated[values.Contact | None, In(structs.CONTACT, optional=True)]
ContactOut = Annotated[values.Contact, Out(structs.CONTACT)]
OptionalContactOut = Annotated[values.Contact, Out(structs.CONTACT, optional=True)]
EndpointIn = Annotated[values.Endpoint, In(structs.ENDPOINT)]
OptionalEndpointIn = Annotated[values.Endpoint | None, In(structs.ENDPOINT, optional=True)]
PresenceIn = Annotated[values.Presence, In(structs.PRESENCE)]
PresenceOut = Annotated[values.Presence, Out(structs.PRESENCE)]
RegistrationIn = Annotated[values.Registration, In(structs.REGISTRATION)]
RegistrationOut = Annotated[values.Registration, Out(structs.REGISTRATION)]
ItemIn = Annotated[values.Item, In(structs.ITEM)]
InvitationIn = Annotated[values.Invitation, In(structs.INVITATION)]
ResponseOut = Annotated[values.Response, Out(structs.RESPONSE)]
LaunchInfoOut = Annotated[values.LaunchInfo, Out(structs.LAUNCH_INFO)]


def signal(event: int) -> Callable[[], object]:
    """What sets a Win32 event; nothing where there is none."""
    return partial(library.native().set_event, event) if event else bool
