"""One node of one graph: the machine that joins connections, database and topology (MS-PPGRH 3.1).

Sans-IO: inputs are method calls that carry ``now``; what shall happen outside collects in ``outputs``. The caller
(``engine.graphs.driver``) gives one input (or a batch) at a time under the graph's lock, commits the database, and then
carries the outputs out. Nothing here reads a clock, opens a socket or starts a thread.
"""

from __future__ import annotations

import contextlib
import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from peerapi.address import Address
from peerapi.errors import (
    ConnectionNotFound,
    GraphNotReady,
    GraphShuttingDown,
    InvalidArgument,
    PeerError,
    RecordNotFound,
)
from peerapi.graphing.clock import FAR_AHEAD, Moment, PeerClock
from peerapi.graphing.codec.framing import DEFAULT_FRAME_SIZE, frame
from peerapi.graphing.codec.internal_records import GraphInfo
from peerapi.graphing.codec.messages import (
    AuthInfo,
    Connect,
    DisconnectReason,
    Message,
    PointToPoint,
    encode,
)
from peerapi.graphing.codec.records import (
    CONTACT,
    GRAPH_INFO,
    GRAPH_INFO_ID,
    PING,
    PRESENCE,
    SIGNATURE,
    Record,
    Summary,
    creator_key,
    decode_record,
    graph_id_wire,
    is_reserved,
    summarize,
)
from peerapi.graphing.codec.wire import MalformedMessage
from peerapi.graphing.conflict import Verdict, resolve
from peerapi.graphing.events import (
    Event,
    PropertyChanged,
    RecordChange,
    RecordChanged,
    Status,
    StatusChanged,
    Synchronized,
)
from peerapi.graphing.link import Link
from peerapi.graphing.machine.acquaintances import Acquaintances
from peerapi.graphing.machine.bounds import Bound
from peerapi.graphing.machine.connections import Connections
from peerapi.graphing.machine.expiration import Expiration
from peerapi.graphing.machine.flooding import Flooding
from peerapi.graphing.machine.publication import GRAPH_INFO_LIFETIME, Draft, Publication
from peerapi.graphing.machine.quotas import Quota, Quotas
from peerapi.graphing.machine.reception import Reception
from peerapi.graphing.machine.referrals import Referrals
from peerapi.graphing.machine.security_records import SecurityRecords
from peerapi.graphing.machine.synchronization import ALL_TYPES, Synchronization
from peerapi.graphing.machine.topology import Topology
from peerapi.graphing.outputs import Notify, Output, Send
from peerapi.graphing.security import GraphSecurity, Prepared, Received, Validity
from peerapi.graphing.timers import Timers
from peerapi.store.database import DELETED, INTERNAL, Database, Row
from peerapi.store.transactions import Attributes

CONNECT_TIMEOUT = 60.0
MIN_EXPIRATION_DELAY = 15.0
MAX_EXPIRATION_DELAY = 24 * 3600.0
DEFAULT_MAX_RECORD = 62_914_560
_new = tuple.__new__
"Makes a named tuple in a third of the time that its own constructor takes."


@dataclass(frozen=True, slots=True)
class Limits:
    """Neighbor counts of 3.1.1."""

    minimum: int = 2
    ideal: int = 3
    maximum: int = 7


def _describe(rows: Sequence[tuple[int, Row]]) -> Attributes:
    """What is searched of records; most have nothing, and need not wait for what reads XML."""
    described = [numbered for numbered in rows if numbered[1][6][-4:] != _NO_ATTRIBUTES]
    if not described:
        return []
    from peerapi.graphing.machine import archive

    return [(seq, *entry) for seq, row in described for entry in archive.describe(row)]


_NO_ATTRIBUTES = bytes(4)
"The end of a record's bytes that has none."


class Graph:
    """The state of one node (3.1.1) and its reactions to messages, timers and the application."""

    def __init__(
        self,
        graph_id: str,
        peer_id: str,
        database: Database,
        *,
        random: random.Random,
        precedence: tuple[bytes, ...] = (),
        limits: Limits = Limits(),
        friendly_name: str | None = None,
    ) -> None:
        self.graph_id = graph_id
        self.graph_id_wire = graph_id_wire(graph_id)
        self.peer_id = peer_id
        self.friendly_name = friendly_name
        self.database = database
        self.random = random
        self.precedence = precedence
        self.limits = limits
        self.node_id = random.getrandbits(64) or 1
        self.clock = PeerClock()
        self.now = Moment(0, 0.0)
        self.outputs: list[Output] = []
        self.timers = Timers()
        self.info: GraphInfo | None = None
        self.max_record_size = DEFAULT_MAX_RECORD
        self.frame_size = DEFAULT_FRAME_SIZE
        self.synchronized = False
        "Record calls are allowed: created here, or synchronized once."
        self.never_connected = True
        "fNeverConnected: the next first connection asks for everything."
        self.left_at = 0
        "Peer time at which this node was last known to hold everything."
        self.addresses: tuple[Address, ...] = ()
        "Listening Addresses."
        self.accepts_direct = False
        self.created_here = False
        "Made by this very opening, not opened."
        self.watched = True
        "Somebody wants to hear of changed records."
        self.guarded = False
        "A foreign security provider judges what comes and secures what goes."
        self.security: GraphSecurity | None = None
        "Security of our own, which does that in place, and has every connection prove itself; see ``secure_by``."
        self.hidden: frozenset[bytes] = frozenset()
        "Types of records that ``security`` keeps to itself."
        self.quotas: Quotas | None = None
        "What each creator may have here; None: as much as it likes."
        self.links: dict[int, Link] = {}
        self.neighbors: list[Link] = []
        "Neighbor List: links in the CONNECTED state, in order of inclusion."
        self.closing = False
        self.bounded: Counter[Bound] = Counter()
        "How often links have met what bounds them."
        database.describe = _describe
        self.flooding = Flooding(self)
        self.synchronization = Synchronization(self)
        self.publication = Publication(self)
        self.topology = Topology(self)
        self.referrals = Referrals(self)
        self.acquaintances = Acquaintances(self)
        self.connections = Connections(self)
        self.reception = Reception(self)
        self.expiration = Expiration(self)
        self.security_records = SecurityRecords(self)

    def secure_by(self, security: GraphSecurity, *, home: bool) -> None:
        """Have records and connections secured in place, from the first record on.

        ``home``: what the security needs to know of itself has its place in this graph.
        """
        self.security = security
        self.frame_size = security.frame_size
        if home:
            self.hidden = security.hidden

    def limit_creators(self, quota: Quota, exempt: Iterable[str] = ()) -> None:
        """Give every creator but the ``exempt`` ones a quota. Only where records prove who has made them."""
        self.quotas = Quotas(quota, self.database, frozenset(map(creator_key, exempt)))

    # Creating and opening (3.1.4.1, 3.1.4.2) --------------------------------------------------------------------------

    def create(self, info: GraphInfo, now: Moment) -> None:
        """Make the graph: publish its graph info record into an empty database."""
        self.now = now
        self.created_here = True
        self.synchronized = True
        self.take_info(info)
        self.publish_info(info)
        if self.publication.refusal is not None:
            raise self.publication.refusal
        self.database.set_fact("synchronized", 1)
        self._start_timers()

    def open(self, now: Moment) -> None:
        """Load what the database holds; presence, signature and contact records of a former run are left behind."""
        self.now = now
        database = self.database
        if self.security is not None:
            from peerapi.graphing.machine import archive

            archive.restore(self, self.security)
        if not database.created:
            self.acquaintances.load()
            database.remove_types((PRESENCE, SIGNATURE, CONTACT))
            self.clock.restore(int(database.fact("peer_time_delta") or 0))
            self.left_at = int(database.fact("left_at") or 0)
            self.synchronized = bool(database.fact("synchronized"))
            self.never_connected = not database.fact("connected")
            self.security_records.load()
            wire = database.wire(GRAPH_INFO_ID)
            if wire is not None:
                self.take_info(GraphInfo.decode(decode_record(wire).payload))
        self._start_timers()

    def _start_timers(self) -> None:
        self.timers.set_earlier("refresh", self.now.elapsed + 4.0, self.publication.refresh)
        if not self.defers_expiration:
            self.expiration.soon()

    # Time and state ---------------------------------------------------------------------------------------------------

    @property
    def peer_time(self) -> int:
        return self.now.utc - self.clock.delta

    @property
    def status(self) -> Status:
        status = Status(0)
        if self.addresses:
            status |= Status.LISTENING
        if self.neighbors:
            status |= Status.HAS_CONNECTIONS
        if self.synchronized:
            status |= Status.SYNCHRONIZED
        return status

    @property
    def told_status(self) -> Status:
        """The status as events tell it: neighbors count once the graph's properties are known, since a program that
        hears of them reads those at once."""
        return self.status if self.info is not None else self.status & ~Status.HAS_CONNECTIONS

    @property
    def defers_expiration(self) -> bool:
        """Defer Expiration is set and nobody is connected, so nothing expires now."""
        return self.info is not None and self.info.defer_expiration and not self.neighbors

    def has_expired(self, expiration: int) -> bool:
        """Reading A20: expired when the expiration time is not later than peer time."""
        return expiration <= self.now.utc - self.clock.delta and not self.defers_expiration

    @property
    def horizon(self) -> int:
        """The latest modification time that is believed, peer time."""
        return self.peer_time + FAR_AHEAD

    def verdict(self, received: Summary, stored: Row) -> Verdict:
        """What a record is, seen from the one that is stored under its ID (3.1.7.32)."""
        owner = None if self.security is None else self.security.owner_id
        return resolve(received, summarize(stored.wire), horizon=self.horizon, owner=owner)

    def require_ready(self) -> None:
        if not self.synchronized:
            raise GraphNotReady

    def notify(self, event: Event) -> None:
        self.outputs.append(Notify(event))

    def record_changed(self, change: RecordChange, record_id: bytes, record_type: bytes) -> None:
        if self.watched and record_type not in self.hidden:
            event = _new(RecordChanged, (change, record_id, record_type))
            self.outputs.append(_new(Notify, (event,)))

    def status_changed(self, before: Status) -> None:
        """Tell the application when the status that events tell is no longer ``before``."""
        after = self.told_status
        if after != before:
            self.notify(StatusChanged(int(after)))

    # The application's records ----------------------------------------------------------------------------------------

    def add_records(self, drafts: Iterable[Draft], now: Moment) -> list[bytes]:
        """Many records, all or none."""
        self.now = now
        self.require_ready()
        return self.publication.add_many(drafts)

    def add_record(self, draft: Draft, now: Moment) -> bytes:
        self.now = now
        self.require_ready()
        return self.publication.add(draft)

    def update_record(self, draft: Draft, now: Moment) -> None:
        self.now = now
        self.require_ready()
        self.publication.update(draft)

    def delete_record(self, record_id: bytes, now: Moment, *, local: bool = False) -> None:
        self.now = now
        self.require_ready()
        if local:
            self.publication.forget(record_id)
        else:
            self.publication.delete(record_id)

    def live_record(self, record_id: bytes) -> Row:
        """A record that is neither deleted nor expired. Raises RecordNotFound; GraphNotReady before the first
        synchronization, for a record that nobody has been told of."""
        row = self.database.get(record_id)
        if not self.synchronized and (row is None or not self._tells_of(row)):
            raise GraphNotReady
        if row is None or row.flags & DELETED or self.has_expired(row.expiration):
            raise RecordNotFound
        return row

    def _tells_of(self, row: Row) -> bool:
        """Whether the application has heard of a record that came during the first synchronization."""
        return self.watched and not row.flags & INTERNAL and row.type not in self.hidden

    def record_ids(self, record_type: bytes | None, creator: str | None) -> bytes:
        """The IDs of live records, 16 bytes each; None: every application type, every creator."""
        key = None if creator is None else creator_key(creator)
        now = None if self.defers_expiration else self.peer_time
        return self.database.ids(type=record_type, creator_key=key, now=now)

    def search(self, xml: str, now: Moment) -> bytes:
        """The IDs of the records that match a search (16 bytes each). Raises InvalidSearch, InvalidArgument."""
        self.now = now
        from peerapi.graphing.machine import archive

        return archive.find(self, xml)

    def import_records(self, facts: dict[str, object], rows: Iterable[tuple[object, object]], now: Moment) -> None:
        """Take in an exported database. Raises GraphInUse, InvalidDatabase."""
        self.now = now
        from peerapi.graphing.machine import archive

        before = self.told_status
        archive.take_in(self, facts, rows)
        self.status_changed(before)

    # Data between nodes (3.1.5.2.13) ----------------------------------------------------------------------------------

    def send_data(self, connection_id: int, data_type: bytes, data: bytes, now: Moment) -> None:
        """PT2PT to a neighbor or direct connection. Raises ConnectionNotFound, InvalidArgument (the type of a Ping)."""
        self.now = now
        if data_type == PING:
            raise InvalidArgument("The data type is the one of a Ping.")
        self.send_message(self._standing(connection_id), PointToPoint(data_type=data_type, payload=data))

    def close_direct(self, connection_id: int, now: Moment) -> None:
        """Raises ConnectionNotFound, also for a neighbor connection."""
        self.now = now
        link = self.links.get(connection_id)
        if link is None or not link.direct:
            raise ConnectionNotFound
        self.connections.disconnect(link, DisconnectReason.APP_DISCONNECT)

    def _standing(self, connection_id: int) -> Link:
        link = self.links.get(connection_id)
        if link is None or not link.connected:
            raise ConnectionNotFound
        return link

    # With a security provider (3.1.7.28) ------------------------------------------------------------------------------

    def prepare_add(self, draft: Draft, now: Moment) -> Prepared:
        """The record that ``add_record`` would publish."""
        self.now = now
        self.require_ready()
        return self.publication.prepare_add(draft)

    def prepare_update(self, draft: Draft, now: Moment) -> Prepared:
        self.now = now
        self.require_ready()
        return self.publication.prepare_update(draft)

    def prepare_delete(self, record_id: bytes, now: Moment) -> Prepared:
        self.now = now
        self.require_ready()
        return self.publication.prepare_delete(record_id)

    def prepare_adds(self, drafts: Iterable[Draft], now: Moment) -> list[Prepared]:
        """The records that ``add_records`` would publish."""
        self.now = now
        self.require_ready()
        return [self.publication.prepare_add(draft) for draft in drafts]

    def prepare_own(self, prepare: Callable[[], Prepared | None], now: Moment) -> Prepared | None:
        """The record of a ``Secure``; None when it is no longer wanted."""
        self.now = now
        prepared = prepare()
        if prepared is not None and self.closing and prepared.change is not RecordChange.DELETED:
            return None
        return prepared

    def publish_secured(self, prepared: Prepared, security_data: bytes, now: Moment) -> bool:
        """Publish what the provider has secured; False when the record has changed meanwhile."""
        self.now = now
        if self.closing and is_reserved(prepared.record.type) and prepared.change is not RecordChange.DELETED:
            raise GraphShuttingDown
        return self.publication.publish_secured(prepared, security_data)

    def publish_all_secured(self, secured: Iterable[tuple[Prepared, bytes]], now: Moment) -> None:
        """Publish new records that the provider has secured, all or none."""
        self.now = now
        for prepared, security_data in secured:
            self.publication.publish_secured(prepared, security_data)

    # Graph properties (3.1.7.7, 3.1.7.10.2) ---------------------------------------------------------------------------

    def publish_info(self, info: GraphInfo) -> None:
        """Publish the graph info record; any node that holds it may renew it (reading A21, ``Topology.renew_info``)."""
        self.publication.publish_internal(
            GRAPH_INFO, info.encode(), GRAPH_INFO_LIFETIME, lambda: GRAPH_INFO_ID, autorefresh=False
        )

    def set_properties(self, info: GraphInfo, now: Moment) -> None:
        """PeerGraphSetProperties: the caller has merged what may change into ``info``."""
        self.now = now
        self.require_ready()
        self.publication.refusal = None
        self.publish_info(info)
        if self.publication.refusal is not None:
            raise self.publication.refusal

    def prepare_properties(self, info: GraphInfo, now: Moment) -> Prepared:
        """The record that ``set_properties`` would publish."""
        self.now = now
        self.require_ready()
        return self.publication.prepare_internal(
            GRAPH_INFO, info.encode(), GRAPH_INFO_LIFETIME, GRAPH_INFO_ID, autorefresh=False
        )

    def take_info(self, info: GraphInfo) -> None:
        self.info = info
        self.max_record_size = info.max_record_size or DEFAULT_MAX_RECORD

    def internal_record(self, record: Record, *, own: bool) -> None:
        """An internal record was published here or came from a neighbor and is in the database now."""
        self.security_records.followed()
        if record.type == GRAPH_INFO:
            if not record.deleted:
                try:
                    info = GraphInfo.decode(record.payload)
                except MalformedMessage:
                    return
                before, status = self.info, self.told_status
                self.take_info(info)
                self.topology.info_renewed(record.expiration)
                self.status_changed(status)
                if before is not None and before != info:
                    self.notify(PropertyChanged())
        else:
            self.topology.internal_record(record, own=own)

    # Listening and connecting (3.1.4.8, 3.1.4.9) ----------------------------------------------------------------------

    def listening(self, addresses: tuple[Address, ...], now: Moment) -> None:
        """Sockets listen at ``addresses`` now; empty: they no longer do (also 3.1.7.23, addresses change)."""
        self.now = now
        before = self.told_status
        self.addresses = addresses
        self.status_changed(before)
        if addresses:
            for link in self.neighbors:
                self.send_message(link, Connect(node_id=self.node_id, addresses=addresses, update=True))
        self.topology.addresses_changed()

    def connect(self, address: Address, peer_id: str | None, now: Moment, *, direct: bool = False) -> int:
        """Begin a connection for the application; see ``Connections.connect``."""
        self.now = now
        return self.connections.connect(address, peer_id, direct=direct)

    def abort(self, link: Link) -> None:
        """Terminate the connection, as section 3.1.5 says it of bad input."""
        self.connections.hang_up(link)

    def exceeded(self, link: Link, bound: Bound) -> None:
        """End a connection whose other side wants more than a link gets."""
        self.bounded[bound] += 1
        self.abort(link)

    # What the transport says ------------------------------------------------------------------------------------------

    def dialed(self, link: Link, now: Moment) -> None:
        """TCP stands on a link that this node has called for."""
        self.now = now
        self.connections.dialed(link)

    def accepted(self, auth: AuthInfo, remote: Address, now: Moment) -> Link:
        """A connection whose AUTH_INFO named this graph; the listener has checked the IDs."""
        self.now = now
        return self.connections.accepted(auth, remote)

    def authenticated(self, link: Link, peer: Any, now: Moment) -> None:
        """The security of a connection is complete (3.1.7.24, 3.1.7.26); ``peer`` is who has proved itself."""
        self.now = now
        self.connections.proved(link, peer)

    def end_refused(self, now: Moment) -> None:
        """End the connections that ``security`` does not want any longer."""
        self.now = now
        self.connections.end_refused()

    def received(self, link: Link, data: bytes, now: Moment) -> None:
        """Bytes from the transport of a link."""
        self.now = now
        self.reception.received(link, data)

    def resume(self, link: Link, now: Moment) -> None:
        """Go on with what has come on a link that is ``paused``, because others had to have their turn."""
        self.now = now
        self.reception.resume(link)

    def judged(self, link: Link | None, answers: Sequence[tuple[Received, Validity]], now: Moment) -> None:
        """What the security provider said of the records of a ``Judge``; then what was held goes on."""
        self.now = now
        self.reception.judged(link, answers)

    def not_judged(self, link: Link | None, now: Moment) -> None:
        """The answers could not be taken in (the store failed): the neighbor offers its records again next time."""
        self.now = now
        if link is not None:
            link.waiting = False
            link.held = []
            self.connections.hang_up(link)

    def validate_deferred(self, record_ids: Sequence[bytes], now: Moment) -> None:
        """3.1.4.10: have deferred records judged again; none named: all of them."""
        self.now = now
        self.reception.validate_deferred(record_ids)

    def drained(self, link: Link, now: Moment) -> None:
        """The transport of a link has room again."""
        self.now = now
        link.made = 0
        if link.answering:
            self.synchronization.pump(link)

    def lost(self, link: Link, now: Moment) -> None:
        """The transport failed, was never made, or the other side closed it."""
        self.now = now
        self.connections.end(link)

    def tick(self, now: Moment) -> None:
        """Run the timers that are due."""
        self.now = now
        self.timers.fire(now.elapsed)

    # Synchronization --------------------------------------------------------------------------------------------------

    def on_synchronized(self, record_type: bytes | None) -> None:
        """Records of a type (zeros: the rest; None: the hash comparison) have arrived completely."""
        before = self.told_status
        newcomer = record_type == ALL_TYPES and self.never_connected
        if record_type == ALL_TYPES:
            self.never_connected = False
            self.synchronized = True
            self.database.set_fact("connected", 1)
            self.database.set_fact("synchronized", 1)
        if record_type in self.precedence and record_type is not None:
            self.notify(Synchronized(record_type))
        self.status_changed(before)
        if self.info is not None and self.info.defer_expiration:
            self.expiration.soon()
        if newcomer:
            self.topology.maintain()  # 3.1.7.14: from now on one neighbor is too few

    # Ending -----------------------------------------------------------------------------------------------------------

    def discard(self) -> None:
        """An input failed and its transaction was taken back: forget what it wanted done and seemed to bring."""
        begun = bool(self.outputs) or self.flooding.busy or (self.security is not None and self.security.unsettled)
        begun = begun or self.security_records.astray
        self.outputs = []
        self.flooding.discard()
        if begun:
            for link in self.links.values():
                link.acks.clear()
            with contextlib.suppress(PeerError):
                wire = self.database.wire(GRAPH_INFO_ID)
                if wire is not None:
                    self.take_info(GraphInfo.decode(decode_record(wire).payload))
                self.security_records.load()
                self.topology.reload()
            self._start_timers()

    def close(self, now: Moment) -> None:
        """3.1.4.12: withdraw what describes this node, say goodbye, remember when."""
        self.now = now
        withdrawn, self.closing = self.closing, True
        if not withdrawn:
            self.topology.withdraw()
        self.note_presence_in_graph()
        for link in list(self.links.values()):
            self.connections.disconnect(link, DisconnectReason.LEAVING)
        self.timers.cancel_all()

    def about_to_export(self, now: Moment) -> None:
        """A copy of the database is going to be made: who imports it shall know until when it is complete."""
        self.now = now
        self.note_presence_in_graph()

    def note_presence_in_graph(self) -> None:
        """Remember until when this node has held everything, for the Time-based Sync of its next run."""
        self.acquaintances.keep()
        self.database.set_fact("peer_time_delta", self.clock.delta)
        if self.synchronized and self.neighbors:
            self.left_at = self.peer_time
            self.database.set_fact("left_at", self.left_at)

    # Sending ----------------------------------------------------------------------------------------------------------

    def send(self, link: Link, frames: bytes) -> None:
        link.made += len(frames)
        self.outputs.append(_new(Send, (link, frames)))

    def send_message(self, link: Link, message: Message) -> None:
        """3.1.7.1."""
        self.outputs.append(Send(link, frame(encode(message), self.frame_size)))
