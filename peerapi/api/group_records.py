"""PeerGroup: records, connections, data and events (p2p.h, group section). What they do is the graph's business."""

from __future__ import annotations

from peerapi.abi.exports import export, success
from peerapi.abi.marshal import (
    BlobIn,
    ConnectionIdOut,
    EnumOut,
    GuidIn,
    OptionalGuidIn,
    RecordIdOut,
    RecordIdsOut,
    StringIn,
    UlongIn,
    UlonglongIn,
    Win32Handle,
)
from peerapi.api.graph_events import EventClosing, EventHandle, EventOut, content, raise_lost, registered
from peerapi.api.graph_family import AddressIn, DraftIn, DraftsIn, RecordOut
from peerapi.api.graph_nodes import open_direct
from peerapi.api.graph_records import RecordEnumeration, enumerate_connections, record_value
from peerapi.api.group_family import GROUP, GroupEventDataOut, GroupEventsWantedIn, GroupHandle
from peerapi.api.group_structs import MemberChangeData
from peerapi.engine.graphs.registrations import AnyEvent
from peerapi.errors import PEER_S_NO_EVENT_DATA, InvalidArgument
from peerapi.grouping.events import GroupConnectionFailed, GroupEventType, MemberEvent


@export(needs=GROUP)
def PeerGroupAddRecord(group: GroupHandle, record: DraftIn) -> RecordIdOut:
    """Publish a record in one's own name. PEER_E_GROUP_NOT_READY, PEER_E_NOT_AUTHORIZED,
    PEER_E_INVALID_RECORD_EXPIRATION (beyond one's membership), and what PeerGraphAddRecord gives."""
    return group.add_record(record)


@export(needs=GROUP)
def PeerxGroupAddRecords(group: GroupHandle, records: DraftsIn) -> RecordIdsOut:
    """Publish many records in one transaction, all or none; errors as PeerGroupAddRecord."""
    return tuple(group.add_records(records))


@export(needs=GROUP)
def PeerGroupUpdateRecord(group: GroupHandle, record: DraftIn) -> None:
    """Change a record of one's own, or any as an administrator. PEER_E_RECORD_NOT_FOUND, PEER_E_NOT_AUTHORIZED, ..."""
    group.update_record(record)


@export(needs=GROUP)
def PeerGroupDeleteRecord(group: GroupHandle, record_id: GuidIn) -> None:
    """Delete a record everywhere. PEER_E_RECORD_NOT_FOUND, PEER_E_NOT_AUTHORIZED."""
    group.delete_record(record_id)


@export(needs=GROUP)
def PeerGroupGetRecord(group: GroupHandle, record_id: GuidIn) -> RecordOut:
    """One record. PEER_E_RECORD_NOT_FOUND, PEER_E_GROUP_NOT_READY."""
    return record_value(group.driver.record(record_id))


@export(needs=GROUP)
def PeerGroupEnumRecords(group: GroupHandle, record_type: OptionalGuidIn) -> EnumOut:
    """A snapshot of the records of a type; NULL: all application types."""
    return RecordEnumeration(group.driver, group.driver.record_ids(record_type, None))


@export(needs=GROUP)
def PeerGroupSearchRecords(group: GroupHandle, criteria: StringIn) -> EnumOut:
    """A snapshot of the records that match a search. PEER_E_INVALID_SEARCH."""
    return RecordEnumeration(group.driver, group.driver.search(criteria))


# ---- connections and data ----


@export(needs=GROUP)
def PeerGroupEnumConnections(group: GroupHandle, flags: UlongIn) -> EnumOut:
    """The neighbor and direct connections that stand now."""
    return enumerate_connections(group.driver, flags)


@export(needs=GROUP)
def PeerGroupOpenDirectConnection(group: GroupHandle, identity: StringIn, address: AddressIn) -> ConnectionIdOut:
    """Begin a direct connection to a member; the outcome is a DIRECT_CONNECTION event. PEER_E_CONNECT_SELF."""
    return open_direct(group.driver, identity, address)


@export(needs=GROUP)
def PeerGroupCloseDirectConnection(group: GroupHandle, connection_id: UlonglongIn) -> None:
    """End a direct connection. PEER_E_CONNECTION_NOT_FOUND."""
    group.driver.close_direct(connection_id)


@export(needs=GROUP)
def PeerGroupSendData(group: GroupHandle, connection_id: UlonglongIn, data_type: GuidIn, data: BlobIn) -> None:
    """Hand data to a neighbor or direct connection. PEER_E_CONNECTION_NOT_FOUND."""
    group.driver.send_data(connection_id, data_type, data)


# ---- events ----


@export(needs=GROUP)
def PeerGroupRegisterEvent(group: GroupHandle, event: Win32Handle, wanted: GroupEventsWantedIn) -> EventOut:
    """Queue these events and set ``event`` when the queue has something."""
    return registered(group.driver, event, wanted, GroupEventType)


@export(needs=GROUP)
def PeerGroupUnregisterEvent(event: EventClosing) -> None:
    """Stop queueing; what is queued is dropped."""
    event.driver.unregister(event.registration)


@export(needs=GROUP)
def PeerGroupGetEventData(event: EventHandle) -> GroupEventDataOut:
    """The oldest queued event; PEER_S_NO_EVENT_DATA and NULL when there is none. Once, where events are missing that
    were not read in time, ERROR_NOTIFY_ENUM_DIR (wrapped)."""
    try:
        oldest = event.registration.queue.popleft()
    except IndexError:
        raise_lost(event.registration)
        return success(PEER_S_NO_EVENT_DATA, None)
    event.registration.queue.left(oldest)
    return oldest.type, _content(oldest)


@export(needs=GROUP)
def PeerGroupResumePasswordAuthentication(group: GroupHandle, event: EventHandle) -> None:
    """Try again to join by the password, after AUTHENTICATION_FAILED. ``event`` is a registration of this group."""
    if event.driver is not group.driver:
        raise InvalidArgument("The registration belongs to another group.")
    group.resume()


def _content(event: AnyEvent) -> object:
    """The union member that belongs to an event."""
    match event:
        case MemberEvent(change, name):
            return MemberChangeData(change, name)
        case GroupConnectionFailed(reason):
            return reason
    return content(event)
