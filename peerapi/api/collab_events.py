"""PeerCollab: events (p2p.h, collaboration section)."""

from __future__ import annotations

from peerapi.abi import library
from peerapi.abi.exports import export, success
from peerapi.abi.marshal import Win32Handle
from peerapi.api.collab_family import (
    COLLAB,
    PROGRAM,
    CollabEventClosing,
    CollabEventDataOut,
    CollabEventHandle,
    CollabEventOut,
    CollabEventsWantedIn,
    CollabQueue,
    signal,
)
from peerapi.collab.events import CollabEvent, CollabEventType
from peerapi.engine.collab.program import CollabRegistration
from peerapi.environment import has_more_rights
from peerapi.errors import PEER_S_NO_EVENT_DATA, InvalidArgument, ServiceNotAvailable, WrappedWin32Error

ERROR_NOTIFY_ENUM_DIR = 1022
"Changes were not recorded one by one: what is watched has to be enumerated again."
BY_INSTANCE = frozenset(
    (
        CollabEventType.ENDPOINT_APPLICATION_CHANGED,
        CollabEventType.ENDPOINT_OBJECT_CHANGED,
        CollabEventType.MY_APPLICATION_CHANGED,
        CollabEventType.MY_OBJECT_CHANGED,
    )
)
"Events that a registration may want of one application or object only."


@export(needs=COLLAB)
def PeerCollabRegisterEvent(event: Win32Handle, wanted: CollabEventsWantedIn) -> CollabEventOut:
    """Queue these events and set ``event`` when the queue has something. E_INVALIDARG, PEER_E_SERVICE_NOT_AVAILABLE."""
    if not wanted:
        raise InvalidArgument("No event type is asked for.")
    if not library.native().is_event(event):
        raise InvalidArgument("hEvent is not the handle of an open event.")
    types: dict[CollabEventType, frozenset[bytes] | None] = {}
    for type_, instance in wanted:
        try:
            kind = CollabEventType(type_)
        except ValueError:
            raise InvalidArgument(f"{type_} is no event type of this family.") from None
        before = types.get(kind, frozenset())
        if instance is None or kind not in BY_INSTANCE or before is None:
            types[kind] = None
        else:
            types[kind] = before | {instance}
    if has_more_rights():
        raise ServiceNotAvailable("A program with more rights than who started it hears of nobody.")
    registration = CollabRegistration(types, signal(event))
    PROGRAM.register(registration)
    return CollabQueue(registration)


@export(needs=COLLAB)
def PeerCollabUnregisterEvent(event: CollabEventClosing) -> None:
    """Stop queueing; what is queued is dropped."""
    PROGRAM.unregister(event.registration)


@export(needs=COLLAB)
def PeerCollabGetEventData(event: CollabEventHandle) -> CollabEventDataOut:
    """The oldest queued event; PEER_S_NO_EVENT_DATA and NULL when there is none. Once, where events are missing that
    were not read in time, ERROR_NOTIFY_ENUM_DIR (wrapped)."""
    queue = event.registration.queue
    try:
        oldest: CollabEvent = queue.popleft()
    except IndexError:
        lost = queue.lost()
        if lost:
            reason = f"{lost} events were dropped: nobody has read them in time."
            raise WrappedWin32Error(ERROR_NOTIFY_ENUM_DIR, reason) from None
        return success(PEER_S_NO_EVENT_DATA, None)
    return oldest.type, oldest.content
