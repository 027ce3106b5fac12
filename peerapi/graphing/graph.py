"""One node of one graph: the machine that joins connections, database and topology (MS-PPGRH 3.1).

Sans-IO: inputs are method calls that carry ``now``; what shall happen outside collects in ``outputs``. The caller
(``engine.driver``) gives one input (or a batch) at a time under the graph's lock, commits the database, and then
carries the outputs out. Nothing here reads a clock, opens a socket or starts a thread.
"""

from __future__ import annotations

import contextlib
import math
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from peerapi.address import Address
from peerapi.errors import (
    AlreadyExists,
    ConnectionFailed,
    ConnectionNotAuthenticated,
    ConnectionNotFound,
    ConnectionRefused,
    ConnectSelf,
    GraphNotReady,
    InvalidArgument,
    PeerError,
    RecordNotFound,
)
from peerapi.graphing.clock import SECOND, Moment, PeerClock
from peerapi.graphing.events import (
    ConnectionChanged,
    ConnectionStatus,
    Event,
    PropertyChanged,
    RecordChange,
    RecordChanged,
    Status,
    StatusChanged,
    Synchronized,
)
from peerapi.graphing.flooding import Flooding
from peerapi.graphing.framing import DEFAULT_FRAME_SIZE, frame
from peerapi.graphing.internal_records import GraphInfo
from peerapi.graphing.link import Connection, Link, LinkState, Step
from peerapi.graphing.messages import (
    Ack,
    Advertise,
    AuthInfo,
    Connect,
    ConnectionType,
    Disconnect,
    DisconnectReason,
    Message,
    MessageType,
    PointToPoint,
    Refuse,
    RefuseCode,
    Request,
    SolicitHash,
    SolicitNew,
    SolicitTime,
    SyncEnd,
    Welcome,
    decode,
    encode,
)
from peerapi.graphing.outputs import Dial, Hangup, Judge, Notify, Output, Send
from peerapi.graphing.publication import EXPIRATION_SLACK, GRAPH_INFO_LIFETIME, Draft, Publication
from peerapi.graphing.records import (
    CONTACT,
    GRAPH_INFO,
    GRAPH_INFO_ID,
    PING,
    PRESENCE,
    SIGNATURE,
    Record,
    creator_key,
    decode_record,
    graph_id_wire,
    is_reserved,
)
from peerapi.graphing.security import Prepared, Received, Validity
from peerapi.graphing.synchronization import ALL_TYPES, Synchronization
from peerapi.graphing.timers import Timers
from peerapi.graphing.topology import Topology
from peerapi.graphing.wire import MalformedMessage
from peerapi.store.database import DELETED, Database, Row

MAX_REFERRALS = 10
"Addresses in a REFUSE, WELCOME or DISCONNECT."
CONNECT_TIMEOUT = 60.0
MIN_EXPIRATION_DELAY = 15.0
MAX_EXPIRATION_DELAY = 24 * 3600.0
DEFAULT_MAX_RECORD = 62_914_560
FLOOD_BYTE = int(MessageType.FLOOD)


@dataclass(frozen=True, slots=True)
class Limits:
    """Neighbor counts of 3.1.1."""

    minimum: int = 2
    ideal: int = 3
    maximum: int = 7


def _describe(row: Row) -> Sequence[tuple[str, str, str | int]]:
    """What is searched of a record; most have nothing, and need not wait for what reads XML."""
    if row.wire[-4:] == bytes(4):
        return ()
    from peerapi.graphing import archive

    return archive.describe(row)


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
        self.guarded = False
        "A security provider judges what comes and secures what goes."
        self.links: dict[int, Link] = {}
        self.neighbors: list[Link] = []
        "Neighbor List: links in the CONNECTED state, in order of inclusion."
        self.closing = False
        self._last_link_id = 0
        self._sequence = 0
        self._expire_at = 0
        "Peer time for which the expiration timer is set; 0: not set."
        database.describe = _describe
        self.flooding = Flooding(self)
        self.synchronization = Synchronization(self)
        self.publication = Publication(self)
        self.topology = Topology(self)

    # Creating and opening (3.1.4.1, 3.1.4.2) --------------------------------------------------------------------------

    def create(self, info: GraphInfo, now: Moment) -> None:
        """Make the graph: publish its graph info record into an empty database."""
        self.now = now
        self.created_here = True
        self.synchronized = True
        self.take_info(info)
        self.publish_info(info)
        self.database.set_fact("synchronized", 1)
        self._start_timers()

    def open(self, now: Moment) -> None:
        """Load what the database holds; presence, signature and contact records of a former run are left behind."""
        self.now = now
        database = self.database
        if not database.created:
            database.remove_types((PRESENCE, SIGNATURE, CONTACT))
            self.clock.delta = int(database.fact("peer_time_delta") or 0)
            self.left_at = int(database.fact("left_at") or 0)
            self.synchronized = bool(database.fact("synchronized"))
            self.never_connected = not database.fact("connected")
            wire = database.wire(GRAPH_INFO_ID)
            if wire is not None:
                self.take_info(GraphInfo.decode(decode_record(wire).payload))
        self._start_timers()

    def _start_timers(self) -> None:
        self.timers.set_earlier("refresh", self.now.elapsed + 4.0, self.publication.refresh)
        if not self.defers_expiration:
            self.expire_soon()

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
    def defers_expiration(self) -> bool:
        """Defer Expiration is set and nobody is connected, so nothing expires now."""
        return self.info is not None and self.info.defer_expiration and not self.neighbors

    def has_expired(self, expiration: int) -> bool:
        """Reading A20: expired when the expiration time is not later than peer time."""
        return expiration <= self.now.utc - self.clock.delta and not self.defers_expiration

    def require_ready(self) -> None:
        if not self.synchronized:
            raise GraphNotReady

    def notify(self, event: Event) -> None:
        self.outputs.append(Notify(event))

    def record_changed(self, change: RecordChange, record_id: bytes, record_type: bytes) -> None:
        self.outputs.append(Notify(RecordChanged(change, record_id, record_type)))

    def status_changed(self, before: Status) -> None:
        """Tell the application when the status is no longer ``before``."""
        after = self.status
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
        """A record that is neither deleted nor expired. Raises GraphNotReady, RecordNotFound."""
        self.require_ready()
        row = self.database.get(record_id)
        if row is None or row.flags & DELETED or self.has_expired(row.expiration):
            raise RecordNotFound
        return row

    def record_ids(self, record_type: bytes | None, creator: str | None) -> bytes:
        """The IDs of live records, 16 bytes each; None: every application type, every creator."""
        key = None if creator is None else creator_key(creator)
        now = None if self.defers_expiration else self.peer_time
        return self.database.ids(type=record_type, creator_key=key, now=now)

    def search(self, xml: str, now: Moment) -> bytes:
        """The IDs of the records that match a search (16 bytes each). Raises InvalidSearch, InvalidArgument."""
        self.now = now
        from peerapi.graphing import archive

        return archive.find(self, xml)

    def import_records(self, facts: dict[str, object], rows: Iterable[tuple[object, object]], now: Moment) -> None:
        """Take in an exported database. Raises GraphInUse, InvalidDatabase."""
        self.now = now
        from peerapi.graphing import archive

        before = self.status
        archive.take_in(self, facts, rows)
        self.status_changed(before)

    # Data between nodes (3.1.5.2.13) ----------------------------------------------------------------------------------

    def send_data(self, connection_id: int, data_type: bytes, data: bytes, now: Moment) -> None:
        """PT2PT to a neighbor or direct connection. Raises ConnectionNotFound, InvalidArgument (the type of a Ping)."""
        self.now = now
        if data_type == PING:
            raise InvalidArgument
        self.send_message(self._standing(connection_id), PointToPoint(data_type=data_type, payload=data))

    def close_direct(self, connection_id: int, now: Moment) -> None:
        """Raises ConnectionNotFound, also for a neighbor connection."""
        self.now = now
        link = self.links.get(connection_id)
        if link is None or not link.direct:
            raise ConnectionNotFound
        self.disconnect(link, DisconnectReason.APP_DISCONNECT)

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

    def publish_secured(self, prepared: Prepared, security_data: bytes, now: Moment) -> bool:
        """Publish what the provider has secured; False when the record has changed meanwhile."""
        self.now = now
        return self.publication.publish_secured(prepared, security_data)

    # Graph properties (3.1.7.7, 3.1.7.10.2) ---------------------------------------------------------------------------

    def publish_info(self, info: GraphInfo) -> None:
        """Publish the graph info record; any node that holds it may renew it (reading A21, ``Topology.renew_info``)."""
        self.publication.publish_internal(
            GRAPH_INFO, info.encode(), GRAPH_INFO_LIFETIME, GRAPH_INFO_ID, autorefresh=False
        )

    def set_properties(self, info: GraphInfo, now: Moment) -> None:
        """PeerGraphSetProperties: the caller has merged what may change into ``info``."""
        self.now = now
        self.require_ready()
        self.publish_info(info)

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

    def internal_record(self, record: Record) -> None:
        """An internal record was published here or came from a neighbor and is in the database now."""
        if record.type == GRAPH_INFO:
            if not record.deleted:
                try:
                    info = GraphInfo.decode(record.payload)
                except MalformedMessage:
                    return
                before = self.info
                self.take_info(info)
                self.topology.info_renewed(record.expiration)
                if before is not None and before != info:
                    self.notify(PropertyChanged())
        else:
            self.topology.internal_record(record)

    # Listening and connecting (3.1.4.8, 3.1.4.9) ----------------------------------------------------------------------

    def listening(self, addresses: tuple[Address, ...], now: Moment) -> None:
        """Sockets listen at ``addresses`` now; empty: they no longer do (also 3.1.7.23, addresses change)."""
        self.now = now
        before = self.status
        self.addresses = addresses
        self.status_changed(before)
        if addresses:
            for link in self.neighbors:
                self.send_message(link, Connect(node_id=self.node_id, addresses=addresses, update=True))
        self.topology.addresses_changed()

    def connect(self, address: Address, peer_id: str | None, now: Moment, *, direct: bool = False) -> int:
        """Begin a connection for the application; returns its ID. The result comes as an event.

        Raises ConnectSelf (one of our own addresses), AlreadyExists (a neighbor listens there).
        """
        self.now = now
        if any((own.ip, own.port) == (address.ip, address.port) for own in self.addresses):
            raise ConnectSelf
        if not direct and self.topology.connected_to(address):
            raise AlreadyExists("That node is a neighbor already.")
        return self.dial(address, peer_id, direct=direct, requested=True).id

    def dial(
        self, address: Address, peer_id: str | None = None, *, direct: bool = False, requested: bool = False
    ) -> Link:
        """3.1.7.24: authentication timer, then TCP."""
        link = self._new_link(outgoing=True, direct=direct)
        link.requested = requested
        link.dialed = link.remote = address
        link.wanted_peer = peer_id
        self.outputs.append(Dial(link, address))
        return link

    def _new_link(self, *, outgoing: bool, direct: bool) -> Link:
        self._last_link_id += 1
        link = Link(id=self._last_link_id, outgoing=outgoing, direct=direct)
        self.links[link.id] = link
        patience = 20.0 + 280.0 * math.exp(-len(self.links) / 10)
        self.timers.set(("authentication", link.id), self.now.elapsed + patience, lambda: self.abort(link))
        return link

    # What the transport says ------------------------------------------------------------------------------------------

    def dialed(self, link: Link, now: Moment) -> None:
        """TCP stands: introduce ourselves (3.1.7.24), and as nobody negotiates security, CONNECT at once."""
        self.now = now
        if link.over:
            return
        link.connection = Connection.SOCKET_CONNECTED
        self.send_message(
            link,
            AuthInfo(
                connection_type=ConnectionType.DIRECT if link.direct else ConnectionType.NEIGHBOR,
                graph_id=self.graph_id,
                source_peer_id=self.peer_id,
                destination_peer_id=link.wanted_peer,
            ),
        )
        self._authenticated(link)
        link.step(Step.SEND_CONNECT)
        link.connect_sent = self.peer_time
        self.timers.set(("connect", link.id), self.now.elapsed + CONNECT_TIMEOUT, lambda: self.abort(link))
        # Reading A39: referrals are wanted on every connection that may use them.
        self.send_message(
            link,
            Connect(
                node_id=self.node_id,
                addresses=self.addresses,
                direct=link.direct,
                neighbor_list=not link.direct,
                friendly_name=self.friendly_name,
            ),
        )

    def accepted(self, auth: AuthInfo, remote: Address, now: Moment) -> Link:
        """A connection whose AUTH_INFO named this graph (3.1.5.1.1, 3.1.7.26); the listener has checked the IDs."""
        self.now = now
        link = self._new_link(outgoing=False, direct=auth.connection_type is ConnectionType.DIRECT)
        link.peer_id = auth.source_peer_id
        link.remote = remote
        self._authenticated(link)
        return link

    def _authenticated(self, link: Link) -> None:
        link.connection = Connection.AUTHENTICATED
        link.step(Step.AUTHENTICATE)
        self.timers.cancel(("authentication", link.id))
        if not link.outgoing:
            # Not in the text: a caller that authenticates and then says nothing would hold its place for ever.
            self.timers.set(("connect", link.id), self.now.elapsed + CONNECT_TIMEOUT, lambda: self.abort(link))

    def received(self, link: Link, data: bytes, now: Moment) -> None:
        """Bytes from the transport of a link."""
        self.now = now
        if link.over:
            return
        try:
            messages = link.deframer.feed(data)
        except MalformedMessage as error:
            # What was complete before the damage counts, however the network cut the stream.
            self.messages(link, error.before, now)
            self.abort(link)
            return
        self.messages(link, messages, now)

    def messages(self, link: Link, messages: Sequence[bytes], now: Moment) -> None:
        """Whole messages of a link, as they came."""
        self.now = now
        link.made = 0
        if link.waiting:
            link.held += messages
            return
        try:
            for at, message in enumerate(messages):
                if message[5] == FLOOD_BYTE and link.connected and not link.direct:
                    self.flooding.receive(link, message)
                elif link.judging:
                    link.held += messages[at:]
                    break
                else:
                    self._dispatch(link, decode(message))
                if link.over:
                    break
        except MalformedMessage:
            self.abort(link)
        if link.deframer.broken:  # behind these messages there was damage
            self.abort(link)
        self.flooding.finish(link)
        if link.judging:
            link.waiting = True
            records = [(received, self.flooding.change_of(received)) for received in link.judging]
            link.judging = []
            self.outputs.append(Judge(link, records))

    def judged(self, link: Link | None, answers: Sequence[tuple[Received, Validity]], now: Moment) -> None:
        """What the security provider said of the records of a ``Judge``; then what was held goes on."""
        self.now = now
        source = link if link is not None and not link.over else None
        for received, validity in answers:
            if source is not None:
                self.flooding.judged(source, received, validity)
            elif validity is Validity.VALID:
                self.flooding.accept(None, received)
            elif validity is Validity.DEFERRED:
                self.flooding.deferred[received.summary.id] = received
        self.flooding.finish(source)
        if source is not None:
            source.waiting = False
            held, source.held = source.held, []
            if held:
                self.messages(source, held, now)

    def validate_deferred(self, record_ids: Sequence[bytes], now: Moment) -> None:
        """3.1.4.10: have deferred records judged again; none named: all of them."""
        self.now = now
        deferred = self.flooding.deferred
        chosen = [deferred.pop(id_) for id_ in (record_ids or list(deferred)) if id_ in deferred]
        if chosen:
            self.outputs.append(Judge(None, [(received, self.flooding.change_of(received)) for received in chosen]))

    def _dispatch(self, link: Link, message: Message) -> None:
        name = type(message)
        if name is Connect:
            self._on_connect(link, message)  # type: ignore[arg-type]
        elif name in self._IN_HANDSHAKE:
            self._IN_HANDSHAKE[name](self, link, message)
        elif link.connected and name in self._ON_LINK:
            if link.direct and name is not PointToPoint and name is not Disconnect:
                self.abort(link)
            else:
                self._ON_LINK[name](self, link, message)
        elif name is SyncEnd and not link.over:
            pass  # 3.1.5.2.11: ignored outside of the CONNECTED state
        else:
            self.abort(link)

    def drained(self, link: Link, now: Moment) -> None:
        """The transport of a link has room again."""
        self.now = now
        link.made = 0
        if link.answering:
            self.synchronization.pump(link)

    def lost(self, link: Link, now: Moment) -> None:
        """The transport failed, was never made, or the other side closed it."""
        self.now = now
        self._end(link)

    def tick(self, now: Moment) -> None:
        """Run the timers that are due."""
        self.now = now
        self.timers.fire(now.elapsed)

    # Handshake --------------------------------------------------------------------------------------------------------

    def _on_connect(self, link: Link, message: Connect) -> None:
        """3.1.5.2.1, readings A10, A27-A30."""
        if link.outgoing or link.over or link.connection is not Connection.AUTHENTICATED:
            if link.outgoing and link.connected and message.update:
                link.addresses = message.addresses
            else:
                self.abort(link)
            return
        if link.connected:
            if message.update:
                link.addresses = message.addresses
            else:
                self._refuse(link, RefuseCode.ALREADY_CONNECTED)
            return
        link.direct = link.direct or message.direct
        if link.direct:
            if not self.accepts_direct:
                self._refuse(link, RefuseCode.DIRECT_CONNECTION_DISALLOWED)
                return
            link.node_id = message.node_id
            self._welcome(link, ())
        else:
            if message.node_id == self.node_id or any(message.node_id == other.node_id for other in self.neighbors):
                self._refuse(link, RefuseCode.DUPLICATE_CONNECTION)
                return
            if len(self.neighbors) >= self.limits.maximum or self.closing:
                self._refuse(link, RefuseCode.BUSY, self.topology.referrals_for(message.addresses))
                return
            link.node_id, link.addresses = message.node_id, message.addresses
            referrals = self.topology.referrals_for(message.addresses) if message.neighbor_list else ()
            self._welcome(link, referrals)

    def _welcome(self, link: Link, referrals: tuple[Address, ...]) -> None:
        self.send_message(
            link,
            Welcome(
                node_id=self.node_id,
                peer_time=self.peer_time,
                addresses=referrals,
                peer_id=self.peer_id,
                friendly_name=self.friendly_name,
            ),
        )
        link.step(Step.SEND_WELCOME)
        self._connected(link)

    def _refuse(self, link: Link, code: RefuseCode, addresses: tuple[Address, ...] = ()) -> None:
        self.send_message(link, Refuse(code=code, addresses=addresses))
        self.hang_up(link)

    def _on_welcome(self, link: Link, message: Welcome) -> None:
        """3.1.5.2.2."""
        if link.state is not LinkState.CONNECT_WAIT:
            self.abort(link)
            return
        link.node_id, link.peer_id = message.node_id, message.peer_id
        if not link.direct:
            if message.node_id == self.node_id:
                self.topology.never_again(link.dialed)
                self.abort(link)
                return
            double = next((other for other in self.neighbors if other.node_id == message.node_id), None)
            if double is not None:
                # Both dialed each other at once: the call of the lower node ID stays, on both sides.
                if self.node_id > message.node_id:
                    self.hang_up(link)
                    return
                self.hang_up(double)
        link.step(Step.RECEIVE_WELCOME)
        if link.dialed is not None:
            link.addresses = (link.dialed,)
        self.topology.add_referrals(message.addresses)
        self._connected(link)
        if link.direct:
            return
        self.clock.learn(message.peer_time, link.connect_sent, self.now, only_neighbor=len(self.neighbors) == 1)
        for neighbor in self.neighbors:
            self.send_message(neighbor, PointToPoint(data_type=PING, payload=b""))
        self.synchronization.start(link)
        if len(self.neighbors) == 1:
            self.topology.maintain()
        elif len(self.neighbors) > self.limits.maximum:  # others have come since this one was called
            others = [neighbor for neighbor in self.neighbors if neighbor is not link]
            self.disconnect(min(others, key=lambda other: other.utility), DisconnectReason.LEAST_USEFUL)

    def _connected(self, link: Link) -> None:
        self.timers.cancel(("connect", link.id))
        before = self.status
        if not link.direct:
            if not self.neighbors and self.info is not None and self.info.defer_expiration:
                self.expire_soon()
            self._sequence += 1
            link.sequence = self._sequence
            link.covered = self.database.last_seq
            self.neighbors.append(link)
            if self.synchronized and not link.outgoing and self.never_connected:
                # The creator that was called is in the graph now: its next run asks only for what it missed.
                self.never_connected = False
                self.database.set_fact("connected", 1)
        self.notify(ConnectionChanged(link.direct, ConnectionStatus.CONNECTED, link.id, link.node_id))
        self.status_changed(before)

    def _on_refuse(self, link: Link, message: Refuse) -> None:
        """3.1.5.2.3: take the referrals and try one of them."""
        if link.state is not LinkState.CONNECT_WAIT:
            self.abort(link)
            return
        self.topology.add_referrals(message.addresses)
        following = None
        if not link.direct and message.code is not RefuseCode.DUPLICATE_CONNECTION:
            following = self.topology.dial_referral(requested=link.requested)
        self._fail(link, ConnectionRefused.hresult, following)
        self.hang_up(link)

    def _on_disconnect(self, link: Link, message: Disconnect) -> None:
        """3.1.5.2.4."""
        self.topology.add_referrals(message.addresses)
        if message.reason is DisconnectReason.LEAVING:
            link.addresses = ()  # nobody is there any longer
        self.hang_up(link)

    def _on_second_auth_info(self, link: Link, message: AuthInfo) -> None:
        self.abort(link)

    # On a connected link ----------------------------------------------------------------------------------------------

    def _on_point_to_point(self, link: Link, message: PointToPoint) -> None:
        """3.1.5.2.13; a Ping (2.2.4.1) has served its purpose by arriving."""
        if message.data_type != PING:
            from peerapi.graphing.events import IncomingData

            self.notify(IncomingData(link.id, message.data_type, message.payload))

    def on_synchronized(self, record_type: bytes | None) -> None:
        """Records of a type (zeros: the rest; None: the hash comparison) have arrived completely."""
        before = self.status
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
            self.expire_soon()
        if newcomer:
            self.topology.maintain()  # 3.1.7.14: from now on one neighbor is too few

    # Ending -----------------------------------------------------------------------------------------------------------

    def disconnect(self, link: Link, reason: DisconnectReason) -> None:
        """3.1.7.25."""
        if link.connected:
            referrals = () if link.direct else self.topology.referrals_for(link.addresses)
            self.send_message(link, Disconnect(reason=reason, addresses=referrals))
            link.step(Step.SEND_DISCONNECT)
        self.hang_up(link)

    def hang_up(self, link: Link) -> None:
        """End a link after what was sent has left."""
        if not link.over:
            self.outputs.append(Hangup(link))
            self._end(link)

    abort = hang_up
    "Terminate the connection (the phrase of section 3.1.5): the same, as nothing that was sent can hurt."

    def _end(self, link: Link) -> None:
        if link.over:
            return
        was_connected = link.state in (LinkState.CONNECTED, LinkState.DISCONNECTING)
        before = self.status
        if not was_connected:
            in_talk = link.connection in (Connection.SOCKET_CONNECTED, Connection.NEGOTIATING)
            reason = ConnectionNotAuthenticated if in_talk else ConnectionFailed
            following = None
            if link.outgoing and not link.direct and not self.closing:
                self.topology.dial_failed(link)
                if link.referred and not self.neighbors:
                    following = self.topology.dial_referral(requested=link.requested)
            self._fail(link, reason.hresult, following)
        link.state = LinkState.DISCONNECTED if was_connected else LinkState.CONNECT_FAILED
        link.connection = Connection.DISCONNECTED
        self.links.pop(link.id, None)
        for timer in ("authentication", "connect", "ack"):
            self.timers.cancel((timer, link.id))
        link.answering.clear()
        link.acks.clear()
        if link in self.neighbors:
            self.neighbors.remove(link)
        if was_connected:
            self.notify(ConnectionChanged(link.direct, ConnectionStatus.DISCONNECTED, link.id, link.node_id))
        self.status_changed(before)
        if not link.direct and not self.closing:
            if was_connected:
                self.topology.neighbor_lost(link)
            elif link.outgoing:
                self.topology.try_another()

    def _fail(self, link: Link, reason: int, following: Link | None) -> None:
        """Tell the application that a try it asked for failed, once."""
        if link.requested:
            link.requested = False
            next_id = following.id if following else 0
            self.notify(ConnectionChanged(link.direct, ConnectionStatus.FAILED, link.id, link.node_id, next_id, reason))

    def discard(self) -> None:
        """An input failed and its transaction was taken back: forget what it wanted done and seemed to bring."""
        begun = bool(self.outputs) or self.flooding.busy
        self.outputs = []
        self.flooding.discard()
        if begun:
            for link in self.links.values():
                link.acks.clear()
            with contextlib.suppress(PeerError):
                wire = self.database.wire(GRAPH_INFO_ID)
                if wire is not None:
                    self.take_info(GraphInfo.decode(decode_record(wire).payload))
                self.topology.reload()
            self._start_timers()

    def close(self, now: Moment) -> None:
        """3.1.4.12: withdraw what describes this node, say goodbye, remember when."""
        self.now = now
        self.closing = True
        self.topology.withdraw()
        self.note_presence_in_graph()
        for link in list(self.links.values()):
            self.disconnect(link, DisconnectReason.LEAVING)
        self.timers.cancel_all()

    def note_presence_in_graph(self) -> None:
        """Remember until when this node has held everything, for the Time-based Sync of its next run."""
        self.database.set_fact("peer_time_delta", self.clock.delta)
        if self.synchronized and self.neighbors:
            self.left_at = self.peer_time
            self.database.set_fact("left_at", self.left_at)

    # Expiration (3.1.6.7, 3.1.7.18-3.1.7.21) --------------------------------------------------------------------------

    def expires(self, expiration: int) -> None:
        """A record with this expiration time is in the database now (3.1.7.3, 3.1.7.10)."""
        if not self._expire_at or expiration + EXPIRATION_SLACK < self._expire_at:
            self._schedule_expiration(max(0.0, (expiration - self.peer_time) / SECOND))

    def expire_soon(self) -> None:
        self._schedule_expiration(0.0)

    def _schedule_expiration(self, delay: float) -> None:
        delay = min(delay, MAX_EXPIRATION_DELAY)
        self._expire_at = self.peer_time + int(delay * SECOND)
        self.timers.set("expiration", self.now.elapsed + delay, self._expire)

    def _expire(self) -> None:
        self._expire_at = 0
        if self.defers_expiration:
            return
        for row in self.database.expired(self.peer_time):
            if row.type == GRAPH_INFO and not row.flags & DELETED:
                continue  # The graph's properties outlive a night in which nobody is there to renew them.
            self.database.remove(row.id)
            if is_reserved(row.type):
                self.topology.expired(row)
            elif not row.flags & DELETED:
                self.record_changed(RecordChange.EXPIRED, row.id, row.type)
        following = self.database.next_expiration(GRAPH_INFO)
        delay = MAX_EXPIRATION_DELAY if following is None else (following - self.peer_time) / SECOND
        self._schedule_expiration(max(delay, MIN_EXPIRATION_DELAY))

    # Sending ----------------------------------------------------------------------------------------------------------

    def send(self, link: Link, frames: bytes) -> None:
        link.made += len(frames)
        self.outputs.append(Send(link, frames))

    def send_message(self, link: Link, message: Message) -> None:
        """3.1.7.1."""
        self.outputs.append(Send(link, frame(encode(message), self.frame_size)))

    _IN_HANDSHAKE: dict[type, Callable[[Graph, Link, Any], None]] = {
        AuthInfo: _on_second_auth_info,
        Welcome: _on_welcome,
        Refuse: _on_refuse,
        Disconnect: _on_disconnect,
    }
    _ON_LINK: dict[type, Callable[[Graph, Link, Any], None]] = {
        SolicitNew: lambda self, link, message: self.synchronization.on_solicit(link, message),
        SolicitTime: lambda self, link, message: self.synchronization.on_solicit(link, message),
        SolicitHash: lambda self, link, message: self.synchronization.on_solicit_hash(link, message),
        Advertise: lambda self, link, message: self.synchronization.on_advertise(link, message),
        Request: lambda self, link, message: self.synchronization.on_request(link, message),
        SyncEnd: lambda self, link, message: self.synchronization.on_sync_end(link, message),
        PointToPoint: _on_point_to_point,
        Ack: lambda self, link, message: self.flooding.on_ack(link, message),
    }
