"""A node of a group for fuzzing: a graph with its security, and what the engine does for both."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from fuzz.seeds import group as seeds
from peerapi.engine.groups.group_records import GroupRecords
from peerapi.graphing.codec import messages as codec
from peerapi.graphing.codec.framing import frame
from peerapi.graphing.graph import Graph
from peerapi.graphing.link import Link
from peerapi.graphing.outputs import Dial, Hangup
from peerapi.grouping.changes import MemberRevoked, MembershipGained, Recheck
from peerapi.grouping.connection_ends import Peer
from peerapi.grouping.membership import MembershipChain
from peerapi.grouping.provider import GroupSecurity
from peerapi.moment import SECOND, Moment
from peerapi.store.database import Database
from tests.graphing.machines import OUTSIDE


class Node:
    """A graph with its security, and what the engine does for both."""

    def __init__(
        self, club: seeds.Club, who: str, database: Database, chain: MembershipChain | None, run: int = 0
    ) -> None:
        """``run``: how often it has been begun; it draws other numbers each time."""
        self.club = club
        self.run = run
        owner = club.owner if who == "carol" else None
        self.security = GroupSecurity(
            club.name, club.credentials[who], random=random.Random(who).randbytes, chain=chain, owner=owner
        )
        self.graph = Graph(
            str(club.name), str(club.credentials[who].name), database, random=random.Random(f"{who} {run}")
        )
        self.graph.secure_by(self.security, keeps_own_records=True)
        self.records = GroupRecords(self.graph, self.security, lambda error: None)
        self.stored = chain
        "The membership that was written down."
        self.elapsed = 100.0
        self.sent = 0

    @property
    def moment(self) -> Moment:
        return Moment(seeds.NOW + int(self.elapsed * SECOND), self.elapsed)

    def do(self, work: Callable[..., Any], *arguments: object, **options: object) -> Any:
        """One input as the driver gives it, and what the group's hooks do about it."""
        result = self._input(work, *arguments, **options)
        for _ in range(100):
            if not self.security.has_changes:
                return result
            for change in self.security.take_changes():
                match change:
                    case MembershipGained():
                        self.stored = self.security.chain
                    case MemberRevoked():
                        self._input(self.graph.end_refused)
                    case Recheck(record_ids):
                        self._input(self.graph.validate_deferred, record_ids)
            self._input(self.records.keep_membership)
        raise AssertionError("the node never comes to rest")

    def _input(self, work: Callable[..., Any], *arguments: object, **options: object) -> Any:
        database = self.graph.database
        try:
            database.begin()
            self.graph.at(self.moment)
            result = work(*arguments, **options)
            database.commit()
        except BaseException:
            database.rollback()
            self.graph.discard()
            raise
        self._carry_out()
        return result

    def _carry_out(self) -> None:
        outputs, self.graph.outputs = self.graph.outputs, []
        for output in outputs:
            if isinstance(output, Dial):
                self._input(self.graph.lost, output.link)
            elif not isinstance(output, Hangup):
                self.sent += 1
        for link in list(self.graph.links.values()):
            while link.paused and not link.over:
                self._input(self.graph.resume, link)
            while link.answering and link.connected:
                self._input(self.graph.drained, link)

    def found(self) -> None:
        self.security.found(self.club.properties.version)
        self.do(self.graph.create, self.club.properties.graph_info())
        self.do(self.records.found, self.club.properties)

    def member(self, chain: MembershipChain, node_id: int) -> Link:
        """A connection by which somebody has proved to have this membership."""
        self.security.met(chain)
        auth = codec.AuthInfo(codec.ConnectionType.NEIGHBOR, self.graph.graph_id, str(chain.name))
        link: Link = self.do(self.graph.accepted, auth, OUTSIDE)
        self.do(self.graph.authenticated, link, Peer(chain.name, chain))
        self.do(self.graph.received, link, frame(codec.encode(codec.Connect(node_id=node_id))))
        return link

    def advance(self, seconds: float) -> None:
        end = self.elapsed + seconds
        while (following := self.graph.timers.next) is not None and following <= end:
            self.elapsed = max(self.elapsed, following)
            self.do(self.graph.tick)
        self.elapsed = end
