"""One node of one graph: the machine that joins connections, database and topology (MS-PPGRH 3.1).

Sans-IO: inputs are method calls, behind ``at`` with the time; what shall happen outside collects in ``outputs``. The
caller (``engine.graphs.driver``) gives one input (or a batch) at a time under the graph's lock, commits the database,
and then carries the outputs out. Nothing here reads a clock, opens a socket or starts a thread.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from peerapi.address import Address
from peerapi.errors import ConnectionNotFound, InvalidArgument, PeerError
from peerapi.graphing.codec.internal_records import GraphInfo
from peerapi.graphing.codec.messages import AuthInfo, Connect, DisconnectReason, PointToPoint
from peerapi.graphing.codec.records import (
    CONTACT,
    GRAPH_INFO,
    GRAPH_INFO_ID,
    PING,
    PRESENCE,
    SIGNATURE,
    Record,
    creator_key,
    decode_record,
)
from peerapi.graphing.codec.wire import MalformedMessage
from peerapi.graphing.events import PropertyChanged, Synchronized
from peerapi.graphing.link import Link
from peerapi.graphing.machine.acquaintances import Acquaintances
from peerapi.graphing.machine.bounds import Bound
from peerapi.graphing.machine.connections import Connections
from peerapi.graphing.machine.expiration import Expiration
from peerapi.graphing.machine.flooding import Flooding
from peerapi.graphing.machine.new_records import NewRecords
from peerapi.graphing.machine.node_list import NodeEntry, NodeList
from peerapi.graphing.machine.publication import GRAPH_INFO_LIFETIME, Publication
from peerapi.graphing.machine.quotas import Quota, Quotas
from peerapi.graphing.machine.race import Races
from peerapi.graphing.machine.reception import Reception
from peerapi.graphing.machine.reconnection import Reconnection
from peerapi.graphing.machine.referrals import Referrals
from peerapi.graphing.machine.security_records import SecurityRecords
from peerapi.graphing.machine.synchronization import ALL_TYPES, Synchronization
from peerapi.graphing.machine.topology import Topology
from peerapi.graphing.outputs import Examine
from peerapi.graphing.record_inputs import RecordInputs, described
from peerapi.graphing.security import GraphSecurity, Prepared, Received, Validity
from peerapi.graphing.state import DEFAULT_LIMITS, KEEPS_LOCAL
from peerapi.graphing.state import DEFAULT_MAX_RECORD as DEFAULT_MAX_RECORD
from peerapi.graphing.state import Limits as Limits
from peerapi.store.database import Database, Long, Row

if TYPE_CHECKING:
    from peerapi.graphing.machine.node_search import NodeSearches

CONNECT_TIMEOUT = 60.0
MIN_EXPIRATION_DELAY = 15.0
MAX_EXPIRATION_DELAY = 24 * 3600.0
_new = tuple.__new__
"Makes a named tuple in a third of the time that its own constructor takes."


class Graph(RecordInputs):
    """The state of one node (3.1.1) and its reactions to messages, timers and the application."""

    def __init__(
        self,
        graph_id: str,
        peer_id: str,
        database: Database,
        *,
        random: random.Random,
        precedence: tuple[bytes, ...] = (),
        limits: Limits = DEFAULT_LIMITS,
        friendly_name: str | None = None,
    ) -> None:
        super().__init__(graph_id, peer_id, database, random, precedence, limits, friendly_name)
        database.describe = described
        self.security_records = SecurityRecords(self)
        self.expiration = Expiration(self, self.security_records, self)
        self.synchronization = Synchronization(self, self, self)
        self.flooding = Flooding(self, self, self, self.expiration, self.security_records, self.synchronization)
        self.publication = Publication(
            self, self, self.expiration, self.security_records, self.flooding, NewRecords(self, self.security_records)
        )
        self.referrals = Referrals(self, self, self)
        self.acquaintances = Acquaintances(self, self.referrals)
        self.races = Races(self, self, self, self.referrals)
        self.connections = Connections(
            self, self, self.referrals, self.acquaintances, self.expiration, self.synchronization, self.races
        )
        self._reconnection = Reconnection(self, self.referrals, self.acquaintances, self.races)
        known = self.referrals, self.acquaintances
        self.topology = Topology(self, self, self.publication, self.flooding, *known, self.connections, self.races)
        self.reception = Reception(self, self.connections, self.synchronization, self.flooding, self._on_search)
        self._node_searches: NodeSearches | None = None

    @property
    def node_searches(self) -> NodeSearches:
        """Searches of all nodes, loaded with the first one."""
        if self._node_searches is None:
            from peerapi.graphing.machine.node_search import NodeSearches

            self._node_searches = NodeSearches(self, self)
        return self._node_searches

    def _on_search(self, link: Link, payload: bytes) -> None:
        self.node_searches.received(link, payload)

    def secure_by(self, security: GraphSecurity, *, keeps_own_records: bool) -> None:
        """Have records and connections secured in place, from the first record on.

        ``keeps_own_records``: what the security needs to know of itself has its place in this graph.
        """
        self.security = security
        self.frame_size = security.frame_size
        if keeps_own_records:
            self.hidden = security.hidden

    def limit_creators(self, quota: Quota, exempt: Iterable[str] = ()) -> None:
        """Give every creator but the ``exempt`` ones a quota. Only where records prove who has made them."""
        self.quotas = Quotas(quota, self.database, frozenset(map(creator_key, exempt)))

    # Creating and opening (3.1.4.1, 3.1.4.2) --------------------------------------------------------------------------

    def create(self, info: GraphInfo) -> None:
        """Make the graph: publish its graph info record into an empty database."""
        self.created_here = True
        self.synchronized = True
        self.take_info(info)
        self.publish_info(info)
        if self.publication.refusal is not None:
            raise self.publication.refusal
        self.database.set_fact("synchronized", 1)
        self._start_timers()

    def open(self) -> None:
        """Load what the database holds; presence, signature and contact records of a former run are left behind."""
        database = self.database
        if self.security is not None:
            from peerapi.graphing.machine import archive

            archive.restore(self, self.security)
        if not database.created:
            self.acquaintances.load()
            self.keeps_local = self.local_noted = bool(database.fact(KEEPS_LOCAL))
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

    # Data between nodes (3.1.5.2.13) ----------------------------------------------------------------------------------

    def send_data(self, connection_id: int, data_type: bytes, data: bytes) -> None:
        """PT2PT to a neighbor or direct connection. Raises ConnectionNotFound, InvalidArgument (the type of a Ping)."""
        if data_type == PING:
            raise InvalidArgument("The data type is the one of a Ping.")
        self.send_message(self._standing(connection_id), PointToPoint(data_type=data_type, payload=data))

    def close_direct(self, connection_id: int) -> None:
        """Raises ConnectionNotFound, also for a neighbor connection."""
        link = self.links.get(connection_id)
        if link is None or not link.direct:
            raise ConnectionNotFound
        self.connections.disconnect(link, DisconnectReason.APP_DISCONNECT)

    def _standing(self, connection_id: int) -> Link:
        link = self.links.get(connection_id)
        if link is None or not link.connected:
            raise ConnectionNotFound
        return link

    # Graph properties (3.1.7.7, 3.1.7.10.2) ---------------------------------------------------------------------------

    def publish_info(self, info: GraphInfo) -> None:
        """Publish the graph info record; any node that holds it may renew it (reading A21, ``Topology.renew_info``)."""
        self.publication.publish_internal(
            GRAPH_INFO, info.encode(), GRAPH_INFO_LIFETIME, lambda: GRAPH_INFO_ID, autorefresh=False
        )

    def set_properties(self, info: GraphInfo) -> None:
        """PeerGraphSetProperties: the caller has merged what may change into ``info``."""
        self.require_ready()
        self.publication.refusal = None
        self.publish_info(info)
        if self.publication.refusal is not None:
            raise self.publication.refusal

    def prepare_properties(self, info: GraphInfo) -> Prepared:
        """The record that ``set_properties`` would publish."""
        self.require_ready()
        return self.publication.prepare_internal(
            GRAPH_INFO, info.encode(), GRAPH_INFO_LIFETIME, GRAPH_INFO_ID, autorefresh=False
        )

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

    def listening(self, addresses: tuple[Address, ...]) -> None:
        """Sockets listen at ``addresses`` now; empty: they no longer do (also 3.1.7.23, addresses change)."""
        before = self.told_status
        self.addresses = addresses
        self.status_changed(before)
        if addresses:
            for link in self.neighbors:
                self.send_message(link, Connect(node_id=self.node_id, addresses=addresses, update=True))
        self.topology.addresses_changed()

    def network_changed(self) -> None:
        """The machine is in another network, or was asleep: see ``Topology.look_around``."""
        self.topology.look_around()

    def connect(self, address: Address, peer_id: str | None, *, direct: bool = False) -> int:
        """Begin a connection for the application; see ``Connections.connect``."""
        return self.connections.connect(address, peer_id, direct=direct)

    def connect_any(self, addresses: Sequence[Address], peer_id: str | None) -> int:
        """The same to whoever answers first at one of several addresses; see ``Races.connect``."""
        return self.races.connect(addresses, peer_id)

    def abort(self, link: Link) -> None:
        """Terminate the connection, as section 3.1.5 says it of bad input."""
        self.connections.hang_up(link)

    def exceeded(self, link: Link, bound: Bound) -> None:
        """End a connection whose other side wants more than a link gets."""
        self.connections.exceeded(link, bound)

    def dial(
        self, address: Address, peer_id: str | None = None, *, direct: bool = False, requested: bool = False
    ) -> Link:
        """See ``Connections.dial``."""
        return self.connections.dial(address, peer_id, direct=direct, requested=requested)

    def maintain(self) -> None:
        """See ``Topology.maintain``."""
        self.topology.maintain()

    def neighbor_lost(self, link: Link) -> None:
        """See ``Topology.neighbor_lost``."""
        self.topology.neighbor_lost(link)

    def try_another(self) -> None:
        """See ``Topology.try_another``."""
        self.topology.try_another()

    def internal_record_expired(self, row: Row | Long) -> None:
        """See ``Topology.expired``."""
        self.topology.expired(row)

    @property
    def presence(self) -> NodeList:
        """Presence List."""
        return self.topology.presence

    @property
    def contacts(self) -> NodeList:
        """Contact List."""
        return self.topology.contacts

    def linked(self, entry: NodeEntry) -> bool:
        """See ``Topology.linked``."""
        return self.topology.linked(entry)

    # What the transport says ------------------------------------------------------------------------------------------

    def dialed(self, link: Link) -> None:
        """TCP stands on a link that this node has called for."""
        self.connections.dialed(link)

    def accepted(self, auth: AuthInfo, remote: Address) -> Link:
        """A connection whose AUTH_INFO named this graph; the listener has checked the IDs."""
        return self.connections.accepted(auth, remote)

    def authenticated(self, link: Link, peer: Any) -> None:
        """The security of a connection is complete (3.1.7.24, 3.1.7.26); ``peer`` is who has proved itself."""
        self.connections.proved(link, peer)

    def end_refused(self) -> None:
        """End the connections that ``security`` does not want any longer."""
        self.connections.end_refused()

    def received(self, link: Link, data: bytes) -> None:
        """Bytes from the transport of a link."""
        self.reception.received(link, data)

    def resume(self, link: Link) -> None:
        """Go on with what has come on a link that is ``paused``, because others had to have their turn."""
        self.reception.resume(link)

    def judged(self, link: Link | None, answers: Sequence[tuple[Received, Validity]]) -> None:
        """What the security provider said of the records of a ``Judge``; then what was held goes on."""
        self.reception.judged(link, answers)

    def examined(self, received: Received) -> None:
        """The work of an ``Examine`` is done."""
        self.reception.examined(received)

    def not_judged(self, link: Link | None) -> None:
        """The answers could not be taken in (the store failed): the neighbor offers its records again next time."""
        if link is not None:
            link.waiting = False
            link.held = []
            self.connections.hang_up(link)

    def validate_deferred(self, record_ids: Sequence[bytes]) -> None:
        """3.1.4.10: have deferred records judged again; none named: all of them."""
        self.reception.validate_deferred(record_ids)

    def drained(self, link: Link) -> None:
        """The transport of a link has room again."""
        link.made = 0
        if link.answering:
            self.synchronization.pump(link)

    def lost(self, link: Link, reason: int = 0, relayed: bool = False) -> None:
        """The transport failed, was never made, or the other side closed it; ``reason``: an HRESULT or 0; ``relayed``:
        it led through a relay, which may have been why."""
        cut = relayed and link in self.neighbors
        self.connections.end(link, reason)
        if cut:
            self._reconnection.cut(link)

    def tick(self) -> None:
        """Run the timers that are due."""
        self.timers.fire(self.now.elapsed)

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
        for output in self.outputs:
            if type(output) is Examine and self.security is not None:
                self.security.forget_examined(output.received.wire)
        begun = bool(self.outputs) or self.flooding.busy or (self.security is not None and self.security.has_changes)
        begun = begun or self.security_records.astray
        self.outputs = []
        self.local_noted = False
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

    def close(self) -> None:
        """3.1.4.12: withdraw what describes this node, say goodbye, remember when."""
        withdrawn, self.closing = self.closing, True
        if not withdrawn:
            self.topology.withdraw()
        self.note_presence_in_graph()
        for link in list(self.links.values()):
            self.connections.disconnect(link, DisconnectReason.LEAVING)
        self.timers.cancel_all()

    def about_to_export(self) -> None:
        """A copy of the database is going to be made: who imports it shall know until when it is complete."""
        self.note_presence_in_graph()

    def note_presence_in_graph(self) -> None:
        """Remember until when this node has held everything, for the Time-based Sync of its next run."""
        self.acquaintances.keep()
        self.database.set_fact("peer_time_delta", self.clock.delta)
        if self.synchronized and self.neighbors:
            self.left_at = self.peer_time
            self.database.set_fact("left_at", self.left_at)
