"""How a node finds others and keeps the graph one (MS-PPGRH 3.1.7.10-3.1.7.21): its lists and its maintenance.

The lists are kept beside the database and follow its internal records, whoever published them.
"""

from __future__ import annotations

from itertools import islice

from peerapi.graphing.codec.internal_records import ContactPayload, PresencePayload, SignaturePayload
from peerapi.graphing.codec.messages import DisconnectReason
from peerapi.graphing.codec.records import (
    CONTACT,
    GRAPH_INFO_ID,
    PRESENCE,
    SIGNATURE,
    SIGNATURE_ID,
    Record,
    decode_record,
)
from peerapi.graphing.codec.wire import MalformedMessage
from peerapi.graphing.events import ConnectionRequired, NodeChange, NodeChanged
from peerapi.graphing.link import Link
from peerapi.graphing.machine.acquaintances import Acquaintances
from peerapi.graphing.machine.connections import Connections
from peerapi.graphing.machine.flooding import Flooding
from peerapi.graphing.machine.graph_size import contact_minimum, signature_delay
from peerapi.graphing.machine.node_list import NodeEntry, NodeList, contact_entry, presence_entry, record_of
from peerapi.graphing.machine.partition import PartitionDetection
from peerapi.graphing.machine.ports import GraphInfoRecord
from peerapi.graphing.machine.publication import Publication
from peerapi.graphing.machine.race import Races
from peerapi.graphing.machine.referrals import Referrals
from peerapi.graphing.state import GraphState
from peerapi.moment import SECOND
from peerapi.store.database import Long, Row

CONTACT_LIFETIME = 900 * SECOND
SIGNATURE_LIFETIME = 300 * SECOND
DEFAULT_PRESENCE_LIFETIME = 300
MAINTENANCE = 300.0
MAINTENANCE_ALONE = 30.0
SIGNATURE_AGAIN = 24 * 3600.0
PRESENCE_ALL = 0xFFFFFFFF
SEEK = (5.0, 15.0)
"Seconds after which a node with less than the minimum of neighbors looks for another, drawn at random."
LOOK_AROUND = 1.0
"Seconds from another network to the first call in it."
AT_ONCE = 4
"Nodes met before that are called then, a second apart, until one answers."
LOCAL_NODE = 0
"The node ID that stands for the node itself in the API."
_LISTED = (SIGNATURE, CONTACT, PRESENCE)


class Topology:
    """Lists of known nodes, and the maintenance that lives on them."""

    def __init__(
        self,
        state: GraphState,
        graph_info: GraphInfoRecord,
        publication: Publication,
        flooding: Flooding,
        referrals: Referrals,
        acquaintances: Acquaintances,
        connections: Connections,
        races: Races,
    ) -> None:
        self._state = state
        self._graph_info = graph_info
        self._publication = publication
        self._flooding = flooding
        self._referrals = referrals
        self._acquaintances = acquaintances
        self._connections = connections
        self._races = races
        self.partition = PartitionDetection(state, referrals, races, self)
        self.presence = NodeList()
        "Presence List."
        self.contacts = NodeList()
        "Contact List."
        self._own_presence: bytes | None = None
        self._own_contact: bytes | None = None
        "IDs of the records that this very node has published: others may say that theirs are about it, too."
        self.signature: int | None = None
        self.force_presence = False
        self.attributes: str | None = None
        "Node attributes that the presence record carries."

    # Following the database -------------------------------------------------------------------------------------------

    def internal_record(self, record: Record, *, own: bool) -> None:
        """3.1.7.10.3-3.1.7.10.5. A payload that does not parse is as good as absent. ``own``: this node has published
        it."""
        if own and not record.deleted:
            if record.type == CONTACT:
                self._own_contact = record.id
            elif record.type == PRESENCE:
                self._own_presence = record.id
        try:
            if record.type == SIGNATURE:
                self._signature_record(record)
            elif record.type == CONTACT:
                self._contact_record(record)
            elif record.type == PRESENCE:
                self._presence_record(record)
        except MalformedMessage:
            self._flooding.invalid += 1

    def reload(self) -> None:
        """Read the lists from the database again, after an input was taken back. Publishes and tells nothing."""
        database = self._state.database
        rows = {kind: [decode_record(row.wire) for row in database.of_type(kind)] for kind in _LISTED}
        signatures = [SignaturePayload.decode(record.payload).signature for record in rows[SIGNATURE]]
        self.signature = signatures[0] if signatures else None
        self.contacts = NodeList(map(contact_entry, rows[CONTACT]))
        self.presence = NodeList(map(presence_entry, rows[PRESENCE]))

    def _signature_record(self, record: Record) -> None:
        before = self.signature
        self.signature = None if record.deleted else SignaturePayload.decode(record.payload).signature
        self.calculate_signature()
        own = self.own_contact()
        if own is not None and self.signature is not None and self.signature != before:
            self.publish_contact()  # 1.3.2.2: updated any time the contact sees a change in the signature

    def _contact_record(self, record: Record) -> None:
        if record.deleted:
            self.contacts.remove(record.id)
        else:
            self.contacts.put(contact_entry(record))
        self.maintain_contacts()

    def _presence_record(self, record: Record) -> None:
        if record.deleted:
            self._presence_gone(record.id)
            return
        known = self.presence.get(record.id)
        entry = presence_entry(record)
        self.presence.put(entry)
        if known is None:
            self._node_changed(NodeChange.CONNECTED, entry)
        elif known != entry:
            self._node_changed(NodeChange.UPDATED, entry)

    def _presence_gone(self, record_id: bytes) -> None:
        known = self.presence.remove(record_id)
        if known is not None:
            self._node_changed(NodeChange.DISCONNECTED, known)
            self.maintain_presence()

    def _node_changed(self, change: NodeChange, entry: NodeEntry) -> None:
        """Tell the application. Of the node itself it hears only when something has changed, under the ID 0: that it is
        there, or gone, it knows."""
        if entry.record_id != self._own_presence:
            self._state.notify(NodeChanged(change, entry.node_id, entry.peer_id))
        elif change is NodeChange.UPDATED:
            self._state.notify(NodeChanged(change, LOCAL_NODE, entry.peer_id))

    def expired(self, row: Row | Long) -> None:
        """An internal record has expired and was removed (3.1.7.19-3.1.7.21)."""
        if row.type == SIGNATURE:
            self.signature = None
            self.calculate_signature()
        elif row.type == CONTACT:
            self.contacts.remove(row.id)
            self.maintain_contacts()
        elif row.type == PRESENCE:
            self._presence_gone(row.id)

    # Graph info -------------------------------------------------------------------------------------------------------

    def info_renewed(self, expiration: int) -> None:
        """Plan the renewal of the graph info record (reading A21: the text leaves it to the node).

        The creator renews it 20 s before it expires, the node whose ID is the signature at 12 s, any other at a random
        time in the last 8 s. Each sees the renewal of the one before and plans anew.
        """
        state = self._state
        info = state.info
        if info is not None and info.creator_id == state.peer_id:
            early = 20.0
        elif self.signature == state.node_id:
            early = 12.0
        else:
            early = state.random.uniform(2.0, 8.0)
        delay = max(4.0, (expiration - state.peer_time) / SECOND - early)
        state.timers.set("graph info", state.now.elapsed + delay, self.renew_info)

    def renew_info(self) -> None:
        state = self._state
        if state.info is not None and (state.addresses or state.neighbors):
            self._graph_info.publish_info(state.info)
        else:
            state.timers.set("graph info", state.now.elapsed + MAINTENANCE_ALONE, self.renew_info)

    # Signature (3.1.7.11, 3.1.6.4) ------------------------------------------------------------------------------------

    def calculate_signature(self) -> None:
        state = self._state
        if not state.addresses or not state.synchronized:
            return
        if self.signature is not None and self.signature <= state.node_id:
            state.timers.cancel("signature")
            return
        delay = signature_delay(state.node_id) if self.signature is None else 0.1
        state.timers.set_earlier("signature", state.now.elapsed + delay, self._signature_timer)

    def _signature_timer(self) -> None:
        state = self._state
        state.timers.set("signature", state.now.elapsed + SIGNATURE_AGAIN, self._signature_timer)
        if self.signature is None or self.signature > state.node_id:
            payload = SignaturePayload(state.node_id).encode()
            self._publication.publish_internal(
                SIGNATURE, payload, SIGNATURE_LIFETIME, lambda: SIGNATURE_ID, autorefresh=True
            )

    # Contacts (3.1.7.12, 3.1.6.3) -------------------------------------------------------------------------------------

    def own_contact(self) -> NodeEntry | None:
        """What this node has published, unless somebody has changed it since."""
        return self._own(self.contacts, self._own_contact)

    def own_presence(self) -> NodeEntry | None:
        return self._own(self.presence, self._own_presence)

    def _own(self, known: NodeList, record_id: bytes | None) -> NodeEntry | None:
        entry = None if record_id is None else known.get(record_id)
        return entry if entry is not None and entry.node_id == self._state.node_id else None

    def contact_bounds(self) -> tuple[int, int]:
        """C_min and C_max for the current signature."""
        minimum = contact_minimum(self.signature if self.signature is not None else self._state.node_id)
        return minimum, minimum + 5

    def _contacts_out_of_range(self) -> bool:
        """Contacts of one publisher count once: nobody makes the others withdraw theirs by having many."""
        minimum, maximum = self.contact_bounds()
        if self.own_contact() is None:
            return self.contacts.publishers < minimum
        return self.contacts.publishers > maximum

    def maintain_contacts(self) -> None:
        state = self._state
        if state.addresses and self._contacts_out_of_range():
            at = state.now.elapsed + state.random.randint(10, 180)
            state.timers.set_earlier("contact", at, self._contact_timer)
        else:
            state.timers.cancel("contact")

    def _contact_timer(self) -> None:
        if not self._state.addresses or not self._contacts_out_of_range():
            return
        own = self.own_contact()
        if own is None:
            self.publish_contact()
        else:
            self._delete(own.record_id)

    def publish_contact(self) -> None:
        """3.1.7.5."""
        state = self._state
        signature = self.signature if self.signature is not None else state.node_id
        payload = ContactPayload(signature, state.node_id, state.addresses).encode()
        self._publication.publish_internal(
            CONTACT, payload, CONTACT_LIFETIME, lambda: record_of(self.own_contact()), autorefresh=True
        )

    # Presence (3.1.7.17, 3.1.6.9, 3.1.4.6) ----------------------------------------------------------------------------

    def publish_presence(self) -> None:
        """3.1.7.4.

        Renewed until withdrawn, also when the application asked for it: it wants to be seen while it is here.
        """
        state = self._state
        lifetime = (state.info.presence_lifetime if state.info else 0) or DEFAULT_PRESENCE_LIFETIME
        payload = PresencePayload(state.node_id, self.attributes, state.addresses).encode()
        self._publication.publish_internal(
            PRESENCE, payload, lifetime * SECOND, lambda: record_of(self.own_presence()), autorefresh=True
        )

    def set_attributes(self, attributes: str | None) -> None:
        """Change the text that the presence record carries, and the record if there is one."""
        self.attributes = attributes
        if self.own_presence() is not None:
            self.publish_presence()

    def maintain_presence(self) -> None:
        state = self._state
        if not state.synchronized or state.closing:
            return
        own = self.own_presence()
        most = state.info.max_presence if state.info else 0
        if not state.addresses:
            if own is not None:
                self._delete(own.record_id)
            return
        if own is None and (most == PRESENCE_ALL or self.force_presence):
            self.publish_presence()
        elif most not in (0, PRESENCE_ALL) and not self.force_presence and self._presence_out_of_range(most):
            at = state.now.elapsed + state.random.randint(30, 180)
            state.timers.set_earlier("presence", at, self._presence_timer)

    def _presence_out_of_range(self, most: int) -> bool:
        if self.own_presence() is not None:
            return self.presence.publishers > most + 10
        return self.presence.publishers < most

    def _presence_timer(self) -> None:
        state = self._state
        most = state.info.max_presence if state.info else 0
        if not state.addresses or not self._presence_out_of_range(most):
            return
        own = self.own_presence()
        if own is None:
            self.publish_presence()
        else:
            self._delete(own.record_id)

    # Maintenance (3.1.7.16) -------------------------------------------------------------------------------------------

    def addresses_changed(self) -> None:
        """Listening began, ended, or moved (3.1.4.8, 3.1.7.23)."""
        state = self._state
        if self.own_presence() is not None and state.addresses:
            self.publish_presence()
        if self.own_contact() is not None and state.addresses:
            self.publish_contact()
        if state.info is not None and state.addresses:
            wire = state.database.wire(GRAPH_INFO_ID)
            self.info_renewed(decode_record(wire).expiration if wire else 0)
        self.maintain()
        self.maintain_presence()

    def maintain(self, *, by_timer: bool = False) -> None:
        state = self._state
        self.calculate_signature()
        self.maintain_contacts()
        self.partition.detect()
        self.maintain_connections(by_timer=by_timer)
        if by_timer and self.own_contact() is not None:
            state.notify(ConnectionRequired())  # 3.1.7.15
        if by_timer:
            self._graph_info.note_presence_in_graph()
        self._schedule_maintenance()

    def _schedule_maintenance(self) -> None:
        state = self._state
        if state.closing or not state.synchronized:
            return
        delay = MAINTENANCE if state.neighbors else MAINTENANCE_ALONE
        state.timers.set("maintenance", state.now.elapsed + delay, lambda: self.maintain(by_timer=True))

    def maintain_connections(self, *, by_timer: bool = False) -> None:
        """3.1.7.14."""
        state = self._state
        if state.closing:
            return
        count = len(state.neighbors)
        limits = state.limits
        if by_timer and count > limits.ideal:
            least = min(state.neighbors, key=lambda link: link.utility)
            self._connections.disconnect(least, DisconnectReason.LEAST_USEFUL)
            return
        wanted = (
            (count == 0 and bool(state.addresses))
            or (count < limits.minimum and not state.never_connected)
            or (by_timer and count < limits.ideal)
        )
        pending = sum(1 for link in state.links.values() if link.outgoing and not link.direct and not link.connected)
        if wanted and count + pending < max(limits.minimum, count + 1) and not self._referrals.dial_someone():
            self._acquaintances.again()
        returning = self._acquaintances.waiting and count < limits.ideal
        if (count < limits.minimum or returning) and state.addresses and state.synchronized:
            # Not in the text, which looks again after 30 s without neighbors and 300 s with one. A node with too few
            # may sit on an island whose signature agrees with itself; whoever it knew is worth another call.
            at = state.now.elapsed + state.random.uniform(*SEEK)
            state.timers.set_earlier("seek", at, self._seek)
        else:
            state.timers.cancel("seek")

    def _seek(self) -> None:
        state = self._state
        known = self._acquaintances.next() if len(state.neighbors) < state.limits.ideal else None
        if known is not None:
            self._connections.dial(known)
        self.maintain_connections()

    def look_around(self) -> None:
        """The machine is in another network, or was asleep. Not in the text, where nobody moves: who could not be
        reached may be reached now, and who is alone a moment later, when dead connections have ended, calls whom it
        knew."""
        state = self._state
        self._referrals.forget_failures()
        self._acquaintances.again()
        for link in state.neighbors:  # that ends now because of this machine: its other end is not to be avoided for it
            link.since = float("-inf")
        state.timers.set("look around", state.now.elapsed + LOOK_AROUND, self._call_acquaintances)

    def _call_acquaintances(self) -> None:
        if not self._state.neighbors and not self._state.closing:
            known = list(islice(iter(self._acquaintances.next, None), AT_ONCE))
            if known:
                self._races.begin(known)
        if self._state.synchronized:
            self.maintain_connections()

    def try_another(self) -> None:
        """A try to connect has failed: while too few neighbors are there, go on with the next node that is known."""
        self.maintain_connections()

    def neighbor_lost(self, link: Link) -> None:
        """3.1.5.2.4, 3.1.7.25: maintain after a connection has ended."""
        self._referrals.lost(link)
        if self._state.synchronized:
            self.maintain()

    def withdraw(self) -> None:
        """3.1.4.12: take back the records that say that this node is here."""
        state = self._state
        for own in (self.own_contact(), self.own_presence()):
            if own is not None:
                self._delete(own.record_id)
        if self.signature == state.node_id:
            self._delete(SIGNATURE_ID)

    def _delete(self, record_id: bytes) -> None:
        wire = self._state.database.wire(record_id)
        if wire is not None:
            self._publication.publish_deletion(decode_record(wire))

    # Finding nodes ----------------------------------------------------------------------------------------------------

    def node(self, node_id: int) -> NodeEntry | None:
        """A node known from its presence. When several records speak of it, that of a peer who has proved on a link to
        be there, or else the one that came first."""
        found = self.presence.of_node(node_id)
        if len(found) > 1 and self._state.security is not None:
            return next(filter(self.linked, found), found[0])
        return found[0] if found else None

    def linked(self, entry: NodeEntry) -> bool:
        """Whether there is a link to the node of an entry. Where links prove who is there, that counts, too."""
        proved = self._state.security is not None
        return any(
            link.node_id == entry.node_id and (not proved or link.peer_id == entry.peer_id)
            for link in self._state.links.values()
        )
