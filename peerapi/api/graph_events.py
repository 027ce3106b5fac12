"""PeerGraph: events (p2p.h, graphing section)."""

from __future__ import annotations

from enum import IntEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated, NamedTuple

from peerapi.abi import library
from peerapi.abi.exports import export, success
from peerapi.abi.marshal import HPEEREVENT, Win32Handle
from peerapi.api.graph_family import GRAPH, EventDataOut, EventsWantedIn, GraphHandle
from peerapi.api.structs import ConnectionChangeData, EventWanted, IncomingDataData, NodeChangeData
from peerapi.engine.graphs.registrations import AnyEvent, Registration
from peerapi.errors import PEER_S_NO_EVENT_DATA, InvalidArgument, WrappedWin32Error
from peerapi.graphing.events import (
    ConnectionChanged,
    EventType,
    IncomingData,
    NodeChanged,
    RecordChanged,
    StatusChanged,
    Synchronized,
)

if TYPE_CHECKING:
    from peerapi.engine.sharing.shared_driver import OpenGraph

ERROR_NOTIFY_ENUM_DIR = 1022
"Changes were not recorded one by one: what is watched has to be enumerated again."


class EventQueue(NamedTuple):
    """What stands behind a HPEEREVENT."""

    driver: OpenGraph
    registration: Registration
    in_c: object
    "Its events once more, as C takes them without Python."


EventHandle = Annotated[EventQueue, HPEEREVENT]
EventClosing = Annotated[EventQueue, HPEEREVENT.closing]
EventOut = Annotated[EventQueue, HPEEREVENT.out]


@export(needs=GRAPH)
def PeerGraphRegisterEvent(graph: GraphHandle, event: Win32Handle, wanted: EventsWantedIn) -> EventOut:
    """Queue these events and set ``event`` when the queue has something. E_INVALIDARG for no or unknown event types."""
    return registered(graph, event, wanted, EventType)


def registered(driver: OpenGraph, event: int, wanted: tuple[EventWanted, ...], kinds: type[IntEnum]) -> EventQueue:
    """A registration for events of ``kinds``, of a graph or of a group."""
    if not wanted:
        raise InvalidArgument("No event type is asked for.")
    if not library.native().is_event(event):
        raise InvalidArgument("hEvent is not the handle of an open event.")
    types: dict[int, frozenset[bytes] | None] = {}
    for type_, record_type in wanted:
        try:
            kind = kinds(type_)
        except ValueError:
            raise InvalidArgument(f"{type_} is no event type of this family.") from None
        before = types.get(kind, frozenset())
        if record_type is None or kind != EventType.RECORD_CHANGED or before is None:
            types[kind] = None
        else:
            types[kind] = before | {record_type}
    ring = library.native().EventRing(RecordChanged)
    registration = Registration(types, partial(library.native().set_event, event), ring)
    driver.register(registration)
    return EventQueue(driver, registration, ring)


@export(needs=GRAPH)
def PeerGraphUnregisterEvent(event: EventClosing) -> None:
    """Stop queueing; what is queued is dropped."""
    event.driver.unregister(event.registration)


@export(needs=GRAPH)
def PeerGraphGetEventData(event: EventHandle) -> EventDataOut:
    """The oldest queued event; PEER_S_NO_EVENT_DATA and NULL when there is none. Once, where events are missing that
    were not read in time, ERROR_NOTIFY_ENUM_DIR (wrapped)."""
    try:
        oldest = event.registration.queue.popleft()
    except IndexError:
        raise_lost(event.registration)
        return success(PEER_S_NO_EVENT_DATA, None)
    if type(oldest) is RecordChanged:  # nearly all
        return EventType.RECORD_CHANGED, oldest
    event.registration.queue.left(oldest)
    return oldest.type, content(oldest)


def raise_lost(registration: Registration) -> None:
    """Raise, once for each loss, when events are missing here: what the graph holds has to be looked at anew."""
    lost = registration.queue.lost()
    if lost:
        raise WrappedWin32Error(ERROR_NOTIFY_ENUM_DIR, f"{lost} events were dropped: nobody has read them in time.")


def content(event: AnyEvent) -> object:
    """The union member that belongs to an event."""
    match event:
        case RecordChanged():
            return event
        case StatusChanged(status):
            return status
        case ConnectionChanged():
            return ConnectionChangeData(
                event.status, event.connection_id, event.node_id, event.next_connection_id, event.reason
            )
        case IncomingData(connection_id, data_type, data):
            return IncomingDataData(connection_id, data_type, data)
        case NodeChanged(change, node_id, peer_id):
            return NodeChangeData(change, node_id, peer_id)
        case Synchronized(record_type):
            return record_type
    return None
