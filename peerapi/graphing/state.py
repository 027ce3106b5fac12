"""What the parts of a node share (MS-PPGRH 3.1.1): its fields, its time, what may be told of it, and the way out.

``GraphState`` knows no part, and each part of ``graphing.machine`` is given it beside the neighbors that the part
names. ``graph.Graph`` is this state with the parts wired to it and the inputs routed to them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Self

from peerapi.address import Address
from peerapi.errors import GraphNotReady, RecordNotFound
from peerapi.graphing.clock import PeerClock, horizon
from peerapi.graphing.codec import _new_records
from peerapi.graphing.codec.framing import DEFAULT_FRAME_SIZE, frame
from peerapi.graphing.codec.internal_records import GraphInfo
from peerapi.graphing.codec.long_messages import LongMessage
from peerapi.graphing.codec.messages import Message, encode
from peerapi.graphing.codec.records import Summary, graph_id_wire, summarize, summary_of_beginning
from peerapi.graphing.codec.wire import MalformedMessage
from peerapi.graphing.conflict import Verdict, resolve
from peerapi.graphing.events import Event, RecordChange, RecordChanged, Status, StatusChanged
from peerapi.graphing.link import Link
from peerapi.graphing.machine.bounds import Bound
from peerapi.graphing.machine.quotas import Quotas
from peerapi.graphing.outputs import Notify, NotifyChanges, Output, Send
from peerapi.graphing.security import GraphSecurity
from peerapi.moment import Moment
from peerapi.store.database import DELETED, INTERNAL, LOCAL, Database, Long, Row
from peerapi.timers import Timers

DEFAULT_MAX_RECORD = 62_914_560
KEEPS_LOCAL = "local"
"Name of the fact that there are, or once were, records that are only local."
SOON = 0.001
"Seconds after which what is left of a turn goes on by itself."
_new = tuple.__new__
"Makes a named tuple in a third of the time that its own constructor takes."


@dataclass(frozen=True, slots=True)
class Limits:
    """Neighbor counts of 3.1.1."""

    minimum: int = 2
    ideal: int = 3
    maximum: int = 7


DEFAULT_LIMITS = Limits()


@dataclass(slots=True, eq=False)
class GraphState:
    """The state of one node, and what every part may ask of it or do with it."""

    graph_id: str
    peer_id: str
    database: Database
    random: Random
    precedence: tuple[bytes, ...] = ()
    "Record types that are synchronized first, in this order."
    limits: Limits = DEFAULT_LIMITS
    friendly_name: str | None = None

    graph_id_wire: bytes = field(init=False)
    node_id: int = field(init=False)
    clock: PeerClock = field(init=False, default_factory=PeerClock)
    now: Moment = field(init=False, default=Moment(0, 0.0))
    "The moment of the input at hand."
    outputs: list[Output] = field(init=False, default_factory=list)
    timers: Timers = field(init=False, default_factory=Timers)
    info: GraphInfo | None = field(init=False, default=None)
    max_record_size: int = field(init=False, default=DEFAULT_MAX_RECORD)
    frame_size: int = field(init=False, default=DEFAULT_FRAME_SIZE)
    synchronized: bool = field(init=False, default=False)
    "Record calls are allowed: the graph was created here, or synchronized once."
    never_connected: bool = field(init=False, default=True)
    "fNeverConnected: the next first connection asks for everything."
    left_at: int = field(init=False, default=0)
    "Peer time at which this node was last known to hold everything."
    addresses: tuple[Address, ...] = field(init=False, default=())
    "Listening Addresses."
    accepts_direct: bool = field(init=False, default=False)
    keeps_local: bool = field(init=False, default=False)
    "There may be records that are only local, so whatever is sent from the database has to be looked at."
    local_noted: bool = field(init=False, default=False)
    "The database says so too."
    created_here: bool = field(init=False, default=False)
    "The graph was made by this very opening, not opened."
    watched: bool = field(init=False, default=True)
    "Somebody wants to hear of changed records."
    guarded: bool = field(init=False, default=False)
    "A foreign security provider judges what comes and secures what goes."
    security: GraphSecurity | None = field(init=False, default=None)
    "Security of our own, which does that in place, and has every connection prove itself; see ``Graph.secure_by``."
    hidden: frozenset[bytes] = field(init=False, default=frozenset())
    "Types of records that ``security`` keeps to itself."
    quotas: Quotas | None = field(init=False, default=None)
    "What each creator may have here; None: as much as it likes."
    links: dict[int, Link] = field(init=False, default_factory=dict)
    neighbors: list[Link] = field(init=False, default_factory=list)
    "Neighbor List: links in the CONNECTED state, in order of inclusion."
    closing: bool = field(init=False, default=False)
    spent: int = field(init=False, default=0)
    "What the messages of the turn at hand have cost that could not be judged in passing; see ``bounds.TURN``."
    bounded: Counter[Bound] = field(init=False, default_factory=Counter)
    "How often links have met what bounds them."

    def __post_init__(self) -> None:
        self.graph_id_wire = graph_id_wire(self.graph_id)
        self.node_id = self.random.getrandbits(64) or 1

    # Time and status --------------------------------------------------------------------------------------------------

    def at(self, now: Moment) -> Self:
        """The next input comes at this moment. Whoever gives inputs says so before each; nothing else sets the time."""
        self.now = now
        return self

    @property
    def peer_time(self) -> int:
        return self.now.utc - self.clock.delta

    @property
    def horizon(self) -> int:
        """The latest modification time that is believed, peer time."""
        return horizon(self.peer_time)

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

    def require_ready(self) -> None:
        """Raises GraphNotReady before the first synchronization."""
        if not self.synchronized:
            raise GraphNotReady

    def take_info(self, info: GraphInfo) -> None:
        """These are the graph's properties now."""
        self.info = info
        self.max_record_size = info.max_record_size or DEFAULT_MAX_RECORD

    # Records ----------------------------------------------------------------------------------------------------------

    @property
    def defers_expiration(self) -> bool:
        """Defer Expiration is set and nobody is connected, so nothing expires now."""
        return self.info is not None and self.info.defer_expiration and not self.neighbors

    def has_expired(self, expiration: int) -> bool:
        """Reading A20: expired when the expiration time is not later than peer time."""
        return expiration <= self.now.utc - self.clock.delta and not self.defers_expiration

    def verdict(self, received: Summary, stored: Row | Long) -> Verdict:
        """What a record is, seen from the one that is stored under its ID (3.1.7.32)."""
        owner = None if self.security is None else self.security.owner_id
        return resolve(received, self.summary(stored), horizon=self.horizon, owner=owner)

    def summary(self, stored: Row | Long) -> Summary:
        """What a stored record says; of a long one only the beginning is read."""
        if isinstance(stored, Row):
            return summarize(stored.wire)
        try:
            return summary_of_beginning(self.database.piece(stored, 0) or b"", stored.size)
        except MalformedMessage:  # what stands before its payload is longer than a piece
            return summarize(self.database.whole(stored).wire)

    def live_record(self, record_id: bytes) -> Row:
        """A record that is neither deleted nor expired. Raises RecordNotFound; GraphNotReady before the first
        synchronization, for a record that the application has not been told of."""
        row = self.database.get(record_id)
        if not self.synchronized and (row is None or not self._tells_of(row)):
            raise GraphNotReady
        if row is None or row.flags & DELETED or self.has_expired(row.expiration):
            raise RecordNotFound
        return row

    def live_records(self, ids: bytes) -> list[Row]:
        """Those of the records (16 bytes each) that still live."""
        rows = (self.database.get(ids[at : at + 16]) for at in range(0, len(ids), 16))
        return [row for row in rows if row is not None and not row.deleted and not self.has_expired(row.expiration)]

    def is_local(self, record_id: bytes) -> bool:
        """Whether a record is only local."""
        if not self.keeps_local:
            return False
        row = self.database.outline(record_id)
        return row is not None and bool(row.flags & LOCAL)

    def will_keep_local(self) -> None:
        """A record that is only local is about to be written."""
        self.keeps_local = True
        if not self.local_noted:
            self.local_noted = True
            self.database.set_fact(KEEPS_LOCAL, 1)

    def _tells_of(self, row: Row) -> bool:
        """Whether the application has heard of a record that came during the first synchronization."""
        return self.watched and not row.flags & INTERNAL and row.type not in self.hidden

    def tidy(self) -> None:
        """Remove what long records have left in the database, little by little."""
        if self.database.litter:
            self.timers.set_earlier("tidy", self.now.elapsed + SOON, self._sweep)

    def _sweep(self) -> None:
        self.database.sweep()
        self.tidy()

    # Events and messages ----------------------------------------------------------------------------------------------

    def notify(self, event: Event) -> None:
        self.outputs.append(Notify(event))

    def record_changed(self, change: RecordChange, record_id: bytes, record_type: bytes) -> None:
        """Tell the application, if it wants to hear of records, and may hear of this one."""
        if self.watched and record_type not in self.hidden:
            event = _new(RecordChanged, (change, record_id, record_type))
            self.outputs.append(_new(Notify, (event,)))

    def records_added(self, rows: list[Row]) -> None:
        """The same of records that are new."""
        if self.watched:
            events = _new_records.told(RecordChanged, RecordChange.ADDED, rows, self.hidden)
            if events:
                self.outputs.append(_new(NotifyChanges, (events,)))

    def status_changed(self, before: Status) -> None:
        """Tell the application when the status that events tell is no longer ``before``."""
        after = self.told_status
        if after != before:
            self.notify(StatusChanged(int(after)))

    def send(self, link: Link, frames: bytes | LongMessage) -> None:
        link.made += len(frames)
        self.outputs.append(_new(Send, (link, frames)))

    def send_message(self, link: Link, message: Message) -> None:
        """3.1.7.1."""
        self.outputs.append(Send(link, frame(encode(message), self.frame_size)))
