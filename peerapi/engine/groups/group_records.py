"""What a group publishes of itself: its properties, and the membership of this node, which has to be renewed.

All of it happens inside inputs of the group's graph, hence with its lock held and in one transaction each.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from peerapi.errors import GraphNotReady, PeerError
from peerapi.graphing.codec.records import MEMBERSHIP, Record, creator_key, decode_record
from peerapi.graphing.draft import Draft
from peerapi.graphing.graph import Graph
from peerapi.grouping.membership import MembershipChain
from peerapi.grouping.properties import GroupProperties, Options, decode_membership
from peerapi.grouping.provider import GroupSecurity
from peerapi.moment import SECOND

LONGEST = 24 * 3600.0
"Seconds between two looks at one's own membership record, however long it lasts."
SHORTEST = 4.0


class GroupRecords:
    """The group's own records, as this node makes them."""

    def __init__(self, graph: Graph, security: GroupSecurity, report: Callable[[BaseException], None]) -> None:
        self._graph = graph
        self._security = security
        self._report = report

    def found(self, properties: GroupProperties) -> None:
        """The first records of a new group, behind the graph info record."""
        self._graph.publication.add(self._security.properties_draft(properties))
        self._graph.publication.add(self._security.membership_draft(self._graph.peer_time))

    def change_properties(self, properties: GroupProperties) -> None:
        """Raises NotAuthorized, InvalidGroupProperties, GraphNotReady."""
        graph, security = self._graph, self._security
        graph.require_ready()
        if security.properties_id is None:
            raise GraphNotReady
        graph.publication.update(security.properties_draft(properties, security.properties_id))
        info = properties.graph_info()
        if graph.info != info:
            graph.publish_info(info)

    def publish(self, draft: Draft) -> bytes:
        """A record of the group itself; returns its ID."""
        self._graph.require_ready()
        return self._graph.publication.add(draft)

    def take_back(self, record_id: bytes) -> None:
        """Delete a revocation, in the name in which it was made. Raises RecordNotFound, NotAuthorized."""
        graph, security = self._graph, self._security
        made_by = decode_record(graph.live_record(record_id).wire).creator_id
        graph.publication.delete(record_id, str(security.group) if security.owner is not None else made_by)

    def publish_membership(self, chain: MembershipChain) -> None:
        """A membership that this node has issued, for the member to pick up."""
        self._graph.require_ready()
        self._graph.publication.add(self._security.membership_draft(self._graph.peer_time, chain))

    def keep_membership(self) -> None:
        """Have the group know this node's membership: publish it, or its renewal in the second half of its life.

        With PEER_MEMBER_DATA_OPTIONAL not before this node has published something else.
        """
        graph, security = self._graph, self._security
        properties = security.properties
        if security.chain is None or properties is None or not graph.synchronized or graph.closing:
            return
        if Options.MEMBER_DATA_OPTIONAL in properties.options and not security.acted:
            return
        try:
            self._keep(security.chain)
        except PeerError as error:  # expired, or revoked: somebody else has to do something about it
            self._report(error)

    def _keep(self, chain: MembershipChain) -> None:
        graph = self._graph
        own = self._own()
        if own is not None:
            middle = (own.modification + own.expiration) // 2
            settled = own.expiration >= chain.not_after - SECOND or graph.peer_time < middle
            if settled and self._holds(own, chain):
                self._look_again(middle if own.expiration < chain.not_after - SECOND else own.expiration)
                return
        draft = self._security.membership_draft(graph.peer_time, record_id=None if own is None else own.id)
        if own is not None and draft.expiration >= own.expiration:
            graph.publication.update(draft)
        else:  # records never expire earlier than they said
            graph.publication.add(draft._replace(id=bytes(16)))
        self._look_again((graph.peer_time + draft.expiration) // 2)

    def _own(self) -> Record | None:
        """The membership record that this node has published and that lives longest."""
        graph = self._graph
        ids = graph.database.ids(type=MEMBERSHIP, creator_key=creator_key(graph.peer_id), now=graph.peer_time)
        wires = (graph.database.wire(ids[at : at + 16]) for at in range(0, len(ids), 16))
        own = (record for record in map(decode_record, filter(None, wires)) if self._of(record, graph.peer_id))
        return max(own, key=lambda record: record.expiration, default=None)

    @staticmethod
    def _of(record: Record, name: str) -> bool:
        """Whether it was made by ``name`` and is about ``name``."""
        if record.creator_id != name:
            return False
        with contextlib.suppress(PeerError, ValueError):
            return str(MembershipChain.read(decode_membership(record.payload)[1], None).name) == name
        return False

    @staticmethod
    def _holds(record: Record, chain: MembershipChain) -> bool:
        return decode_membership(record.payload)[1] == chain.encode()

    def _look_again(self, peer_time: int) -> None:
        graph = self._graph
        delay = min(max((peer_time - graph.peer_time) / SECOND, SHORTEST), LONGEST)
        graph.timers.set("membership", graph.now.elapsed + delay, lambda: self.keep_membership())
