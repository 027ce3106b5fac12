"""Searches of all nodes (docs/search.md): a question travels to every node once, and each answer back the way it came.

A node that is asked answers from its database, to the neighbor from whom the question came, and passes the question on
to its other neighbors. It remembers from where a question has come, so a question that comes again is dropped, and an
answer goes back link by link. An answer names the neighbors to whom the question was passed on: so who asks knows which
nodes were asked, and which of them have not answered.

What others may cost is bounded: questions and answers of each link by what ``Credit`` gives it, the work of one search
by EFFORT, what is remembered by number. What does not fit is dropped and counted, and the node that has not answered is
named to who asks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial

from peerapi.errors import InvalidArgument, InvalidSearch, WrappedWin32Error
from peerapi.graphing.codec import search_xml
from peerapi.graphing.codec.messages import PointToPoint
from peerapi.graphing.codec.records import (
    GRAPH_TYPES,
    PING,
    Record,
    creator_key,
    decode_record,
    encode_record,
    received_row,
    record_id,
    summarize,
    with_security,
)
from peerapi.graphing.codec.search import Query as Criteria
from peerapi.graphing.codec.search_messages import (
    ANSWER_TYPE,
    LONGEST_CRITERIA,
    QUERY_TYPE,
    Answer,
    Copy,
    Kind,
    NodeName,
    Query,
    decode_answer,
    decode_query,
    encode_answer,
    encode_query,
    unwrap,
    wrap,
)
from peerapi.graphing.codec.wire import MalformedMessage
from peerapi.graphing.events import RecordChange
from peerapi.graphing.link import Link
from peerapi.graphing.machine import archive
from peerapi.graphing.machine.bounds import TURN, Bound
from peerapi.graphing.machine.flooding import HIGH_WATER
from peerapi.graphing.machine.neighbor_credit import NeighborCredit
from peerapi.graphing.machine.ports import ListedNodes
from peerapi.graphing.outputs import JudgeFound, SearchNews
from peerapi.graphing.search_events import (
    LONGEST,
    MOST_BYTES,
    MOST_RECORDS,
    NodeAbsent,
    NodeAnswered,
    SearchEnded,
    SearchEvent,
)
from peerapi.graphing.security import Received, Validity
from peerapi.graphing.state import GraphState
from peerapi.moment import SECOND
from peerapi.store.database import DELETED, LOCAL, Row

ERROR_NOT_ENOUGH_QUOTA = 1816
MOST_OWN = 64
"Searches of this node's application at a time."
MOST_PASSING = 1024
"Searches of others that are under way through this node, at most."
MOST_KNOWN = 1 << 14
"Questions that are remembered, so that they are answered once, at most."
MOST_ANSWERS = 1 << 16
"Answers of others to searches under way that are remembered, at most."
MOST_TOTAL = 64 << 20
"Bytes of records that a search may bring to who asks."
MOST_NAMED = 64
"Neighbors that one answer may name."
OF_ONE_PEER = 8
"Answers of one peer to one search: it may have several nodes."
GRACE = 5.0
"Seconds by which the clocks of two nodes of a graph may differ."
EFFORT = 2_000_000
"Steps of SQLite that a node spends on one question, some 20 ms; beyond that it answers with what it has found."
EACH = 20_000
"Steps that a question costs at least: to verify, to answer, to pass on."
BEHIND = 1
"""FILETIME units by which the Creation Time of the record in a message lies behind its Last Modification Time: so it is
none that could be flooded (3.1.7.27)."""
_SWEEP = 1.0


@dataclass(slots=True)
class _Passing:
    """A search that came from a neighbor."""

    link: Link
    "Where it came from, and answers go."
    until: float
    answered: dict[str, set[int]] = field(default_factory=dict)
    "Nodes whose answers have gone back, by peer."


@dataclass(slots=True)
class _Own:
    """A search of this node's application."""

    criteria: Criteria
    max_records: int
    max_bytes: int
    only_local: bool
    asked: dict[NodeName, None] = field(default_factory=dict)
    "Nodes that have, or ought to have, heard of it."
    answered: dict[NodeName, None] = field(default_factory=dict)
    size: int = 0
    "Bytes of the records that were told."
    judging: int = 0
    "Answers that a security provider of the application is looking at."

    @property
    def absent(self) -> Iterator[NodeName]:
        return (name for name in self.asked if name not in self.answered)


class NodeSearches:
    """Searches of all nodes: the own ones, and those of others."""

    def __init__(self, state: GraphState, nodes: ListedNodes) -> None:
        self._state = state
        self._nodes = nodes
        self._own: dict[bytes, _Own] = {}
        self._passing: dict[bytes, _Passing] = {}
        self._known: dict[bytes, float] = {}
        "When a question may be forgotten."
        self._neighbors: dict[int, NeighborCredit] = {}
        "By the number of the link."
        self._remembered = 0
        "Answers in ``_passing``."
        self.invalid = 0
        "Messages and records of searches that were dropped: malformed, not signed as they should, not asked for."

    # Asking -----------------------------------------------------------------------------------------------------------

    def ask(
        self, criteria: str, *, max_records: int, max_bytes: int, timeout: float, only_local: bool = False
    ) -> bytes:
        """Ask every node; the ID of the search. This node's own answer is the first. Raises GraphNotReady,
        InvalidSearch, InvalidArgument, WrappedWin32Error (ERROR_NOT_ENOUGH_QUOTA), and what the graph's security
        refuses to sign by."""
        state = self._state
        state.require_ready()
        if len(criteria.encode()) > LONGEST_CRITERIA:
            raise InvalidArgument(f"The criteria of a search of all nodes have at most {LONGEST_CRITERIA} bytes.")
        if not (0 < max_records <= MOST_RECORDS and 0 < max_bytes <= MOST_BYTES and 0 < timeout <= LONGEST):
            raise InvalidArgument("A limit of the search is out of its range.")
        own = _Own(search_xml.parse(criteria), max_records, max_bytes, only_local)
        if len(self._own) >= MOST_OWN:
            raise WrappedWin32Error(ERROR_NOT_ENOUGH_QUOTA, f"{MOST_OWN} searches of all nodes are under way already.")
        query = Query(state.node_id, only_local, max_records, max_bytes, criteria)
        search, wire = self._secured(QUERY_TYPE, encode_query(query), timeout)
        self._own[search] = own
        self._known[search] = state.now.elapsed + timeout + 2 * GRACE
        state.timers.set_earlier("searches", state.now.elapsed + _SWEEP, self._sweep)
        me = NodeName(state.node_id, state.peer_id)
        own.asked = dict.fromkeys(self._others(me))
        own.answered[me] = None
        rows, more, _ = self._found(own.criteria, query)
        self._tell(search, NodeAnswered(me.node_id, me.peer_id, more, tuple(rows)))
        message = wrap(Kind.QUERY, wire)
        for link in state.neighbors:
            self._send(link, message)
        state.timers.set(("search", search), state.now.elapsed + timeout, partial(self._over, search))
        self._end_if_complete(search, own)
        return search

    def end(self, search: bytes) -> None:
        """The application wants no more of it. One that has ended is none."""
        if self._own.pop(search, None) is not None:
            self._state.timers.cancel(("search", search))

    def _others(self, me: NodeName) -> Iterator[NodeName]:
        """The nodes that this one knows of: those that tell of themselves, and its neighbors."""
        for entry in self._nodes.presence.values():
            if (entry.node_id, entry.peer_id) != me:
                yield NodeName(entry.node_id, entry.peer_id)
        for link in self._state.neighbors:
            yield NodeName(link.node_id, link.peer_id)

    def _end_if_complete(self, search: bytes, own: _Own) -> None:
        if not own.judging and next(own.absent, None) is None:
            self._over(search)

    def _over(self, search: bytes) -> None:
        """Everybody has answered, or there is no more time."""
        own = self._own.get(search)
        if own is not None:
            self.end(search)
            for name in own.absent:
                self._tell(search, NodeAbsent(*name))
            self._tell(search, SearchEnded())

    def _tell(self, search: bytes, event: SearchEvent) -> None:
        self._state.outputs.append(SearchNews(search, event))

    # What comes -------------------------------------------------------------------------------------------------------

    def received(self, link: Link, payload: bytes) -> None:
        """The payload of a Ping from a neighbor. Whatever is wrong with it, the link stays: to others it is a Ping."""
        found = unwrap(payload)
        if found is None:
            return
        kind, wire = found
        try:
            if kind is Kind.QUERY:
                self._on_query(link, payload, wire)
            else:
                self._on_answer(link, payload, wire)
        except MalformedMessage:
            self.invalid += 1

    def _on_query(self, link: Link, payload: bytes, wire: bytes) -> None:
        state, now = self._state, self._state.now.elapsed
        record = self._record(wire, QUERY_TYPE)
        search = record.id
        if search in self._known:
            return
        steps = self._neighbor(link).steps
        if not steps.has(now) or len(self._passing) >= MOST_PASSING or len(self._known) >= MOST_KNOWN:
            state.bounded[Bound.SEARCHES] += 1
            return
        steps.spend(EACH)
        state.spent += TURN // 4
        query = decode_query(record.payload)
        self._require(search[:8] == creator_key(record.creator_id) and self._proved(record, wire))
        lasts = (record.expiration - record.modification) / SECOND
        self._known[search] = now + lasts + 2 * GRACE
        passing = self._passing[search] = _Passing(link, now + lasts)
        state.timers.set_earlier("searches", now + _SWEEP, self._sweep)
        asked = [other for other in state.neighbors if other is not link and other.node_id != query.node_id]
        asked = [other for other in asked if self._send(other, payload)][:MOST_NAMED]
        try:
            criteria = search_xml.parse(query.criteria)
        except (InvalidArgument, InvalidSearch):
            self.invalid += 1
            return
        limits = query._replace(
            max_records=min(query.max_records, MOST_RECORDS), max_bytes=min(query.max_bytes, MOST_BYTES)
        )
        rows, more, spent = self._found(criteria, limits)
        steps.spend(spent)
        names = tuple(NodeName(other.node_id, other.peer_id) for other in asked)
        copies = tuple(Copy(bool(row.flags & LOCAL), row.wire) for row in rows)
        answer = encode_answer(Answer(search, state.node_id, more, names, copies))
        left = max(1.0, passing.until - now)
        _, answered = self._secured(ANSWER_TYPE, answer, left)
        self._answer(link, wrap(Kind.ANSWER, answered))

    def _on_answer(self, link: Link, payload: bytes, wire: bytes) -> None:
        record = self._record(wire, ANSWER_TYPE)
        answer = decode_answer(record.payload)
        self._require(len(answer.asked) <= MOST_NAMED)
        own = self._own.get(answer.search_id)
        if own is not None:
            self._take(own, record, answer, wire)
        else:
            self._pass_back(link, record, answer, payload, wire)

    def _take(self, own: _Own, record: Record, answer: Answer, wire: bytes) -> None:
        """An answer to a search of this node."""
        state, name = self._state, NodeName(answer.node_id, record.creator_id)
        of_peer = sum(1 for other in own.answered if other.peer_id == name.peer_id)
        self._require(name not in own.answered and of_peer < OF_ONE_PEER)
        self._require(self._proved(record, wire))
        size = sum(len(copy.wire) for copy in answer.copies)
        if size > own.max_bytes or len(answer.copies) > own.max_records or own.size + size > MOST_TOTAL:
            state.bounded[Bound.SEARCH_ANSWERS] += 1
            return
        own.size += size
        own.answered[name] = None
        me = NodeName(state.node_id, state.peer_id)
        for other in answer.asked:
            if other != me and len(own.asked) < MOST_ANSWERS:
                own.asked[other] = None
        rows = [row for row in (self._told(own, copy, record.creator_id) for copy in answer.copies) if row is not None]
        told = NodeAnswered(*name, answer.more, tuple(rows))
        if state.guarded and rows:
            own.judging += 1
            received = [Received(b"", row.wire, summarize(row.wire), None) for row in rows]
            state.outputs.append(JudgeFound(answer.search_id, told, received))
            return
        self._tell(answer.search_id, told)
        self._end_if_complete(answer.search_id, own)

    def judged(self, search: bytes, told: NodeAnswered, validities: list[Validity]) -> None:
        """What the application's security provider says of the records of an answer."""
        own = self._own.get(search)
        if own is None:
            return
        own.judging -= 1
        good = tuple(row for row, found in zip(told.rows, validities, strict=True) if found is Validity.VALID)
        self.invalid += len(told.rows) - len(good)
        self._tell(search, replace(told, rows=good))
        self._end_if_complete(search, own)

    def _pass_back(self, link: Link, record: Record, answer: Answer, payload: bytes, wire: bytes) -> None:
        """An answer to a search of somebody else."""
        passing = self._passing.get(answer.search_id)
        self._require(passing is not None and passing.link is not link)
        assert passing is not None
        of_peer = passing.answered.setdefault(record.creator_id, set())
        self._require(answer.node_id not in of_peer and len(of_peer) < OF_ONE_PEER)
        self._require(self._proved(record, wire))
        if self._remembered >= MOST_ANSWERS:
            self._state.bounded[Bound.SEARCHES] += 1
            return
        of_peer.add(answer.node_id)
        self._remembered += 1
        self._answer(passing.link, payload)

    # What is believed -------------------------------------------------------------------------------------------------

    def _record(self, wire: bytes, kind: bytes) -> Record:
        """The record of a message, when it is one of this graph, now. Raises MalformedMessage."""
        state = self._state
        record = decode_record(wire)
        self._require(record.type == kind and record.graph_id == state.graph_id and not record.deleted)
        self._require(record.creation == record.modification + BEHIND and record.modified_by is None)
        lasts, now = record.expiration - record.modification, state.peer_time
        grace = int(GRACE * SECOND)
        self._require(0 < lasts <= int(LONGEST * SECOND) and record.attributes is None)
        self._require(record.modification - grace <= now < record.expiration + grace)
        return record

    def _proved(self, record: Record, wire: bytes) -> bool:
        """Whether the graph's security lets the creator of a record ask and answer. Without one anybody is believed."""
        security = self._state.security
        if security is None:
            return True
        return security.validate(record, RecordChange.ADDED, wire, now=self._state.peer_time) is Validity.VALID

    def _told(self, own: _Own, copy: Copy, answerer: str) -> Row | None:
        """A record that an answer brings, when it is one, matches, and is its creator's."""
        state = self._state
        try:
            row = received_row(Row, state.graph_id_wire, state.max_record_size, copy.wire)
            summary = summarize(copy.wire)
            good = row.type not in GRAPH_TYPES and row.type not in state.hidden and not row.flags & DELETED
            good = good and not state.has_expired(row.expiration) and (copy.local or not own.only_local)
            good = good and archive.matches(own.criteria, row)
            if good and state.security is not None:
                good = self._authentic(row, summary.security_data, summary.creator.decode("utf-16-be"), copy, answerer)
        except MalformedMessage:
            good = False
        if not good:
            self.invalid += 1
            return None
        return row._replace(flags=row.flags | (LOCAL if copy.local else 0))

    def _authentic(self, row: Row, security_data: bytes, creator: str, copy: Copy, answerer: str) -> bool:
        """Whether a record comes from its creator. One that is only local is not signed: its creator has signed the
        answer that tells it."""
        if not security_data:
            return copy.local and creator == answerer
        stored = self._state.database.outline(row.id)
        if isinstance(stored, Row) and stored.wire == row.wire:
            return True
        return self._proved(decode_record(row.wire), row.wire)

    def _require(self, truth: bool) -> None:
        """Raises MalformedMessage."""
        if not truth:
            raise MalformedMessage("no message of a search that may come here now")

    # What goes --------------------------------------------------------------------------------------------------------

    def _found(self, criteria: Criteria, query: Query) -> tuple[list[Row], bool, int]:
        """Records that match, whether there may be more, and the effort that it took."""
        return archive.find_some(
            self._state,
            criteria,
            only_local=query.only_local,
            most=query.max_records,
            size=query.max_bytes,
            effort=EFFORT,
        )

    def _secured(self, kind: bytes, payload: bytes, lasts: float) -> tuple[bytes, bytes]:
        """ID and bytes of the record of a message."""
        state = self._state
        now, creator = state.peer_time, state.peer_id
        new_id = record_id(creator, state.random.randbytes(16))
        end = now + max(1, int(lasts * SECOND))
        record = Record(kind, new_id, 1, creator, now + BEHIND, end, now, state.graph_id, payload)
        wire = encode_record(record)
        if state.security is not None:
            wire = with_security(wire, state.security.secure(record, RecordChange.ADDED, wire))
        return new_id, wire

    def _send(self, link: Link, payload: bytes) -> bool:
        """To a neighbor; one that does not read gets nothing."""
        if link.backlog() > HIGH_WATER:
            return False
        self._state.send_message(link, PointToPoint(data_type=PING, payload=payload))
        return True

    def _answer(self, link: Link, payload: bytes) -> None:
        """Back to where a question came from, if there is room."""
        state = self._state
        if link.over or not link.connected:
            return
        credit = self._neighbor(link).answers
        if credit.has(state.now.elapsed) and self._send(link, payload):
            credit.spend(len(payload))
        else:
            state.bounded[Bound.SEARCH_ANSWERS] += 1

    def _neighbor(self, link: Link) -> NeighborCredit:
        return self._neighbors.setdefault(link.id, NeighborCredit())

    def _sweep(self) -> None:
        """Forget what is over."""
        state, now = self._state, self._state.now.elapsed
        for search, passing in list(self._passing.items()):
            if passing.until <= now or passing.link.over:
                del self._passing[search]
                self._remembered -= sum(map(len, passing.answered.values()))
        self._known = {search: until for search, until in self._known.items() if until > now}
        self._neighbors = {number: one for number, one in self._neighbors.items() if number in state.links}
        if self._known or self._neighbors:
            state.timers.set_earlier("searches", now + _SWEEP, self._sweep)
