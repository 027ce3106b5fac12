"""Searching the database, and taking one in that somebody exported (PeerGraphSearchRecords,
PeerGraphImportDatabase)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from peerapi.errors import GraphInUse, InvalidDatabase
from peerapi.graphing.codec import attributes, search, search_xml
from peerapi.graphing.codec.internal_records import GraphInfo, check_internal
from peerapi.graphing.codec.records import (
    CONTACT,
    GRAPH_INFO_ID,
    PRESENCE,
    SIGNATURE,
    creator_key,
    decode_record,
    is_reserved,
    summarize,
)
from peerapi.graphing.codec.records import validate_received as validate
from peerapi.graphing.codec.wire import MalformedMessage, decode_text
from peerapi.graphing.conflict import Verdict
from peerapi.graphing.events import RecordChange
from peerapi.graphing.machine.expiration import Expiration
from peerapi.graphing.machine.security_records import SecurityRecords
from peerapi.graphing.security import GraphSecurity, Validity
from peerapi.graphing.state import GraphState
from peerapi.moment import LAST_TIME
from peerapi.store.database import AUTOREFRESH, DELETED, INTERNAL, LOCAL, Long, Row
from peerapi.store.usage import KEY_SIZE

_NO_ATTRIBUTES = bytes(4)
_COLUMNS = {
    "peerrecordid": "records.id",
    "peerrecordtype": "records.type",
    "peerlastmodificationtime": "records.modification",
}


def describe(row: Row) -> Sequence[tuple[str, str, str | int]]:
    """The attributes of a stored record in the form in which they are searched; a record without any ends with a
    length of 0."""
    if row.wire[-4:] == _NO_ATTRIBUTES or row.flags & (DELETED | INTERNAL):
        return ()
    found = summarize(row.wire)  # not all of it: the payload may be long
    xml = decode_text(row.wire[found.attributes_offset :], "Attributes") if found.attributes_length else None
    return search.index_rows(attributes.parse(xml)) if xml else ()


def find(state: GraphState, xml: str) -> bytes:
    """The IDs, 16 bytes each, of the live application records that match a search. Raises InvalidSearch,
    InvalidArgument."""
    query = search_xml.parse(xml)
    condition, parameters, exact = query.to_sql("records.seq", _COLUMNS)
    now = None if state.defers_expiration else state.peer_time
    rows = state.database.search(condition, parameters, now)
    return b"".join([row.id for row in rows if exact or matches(query, row)])


LOOKING = 3000
"What it costs to look into a record, in steps of SQLite."


def find_some(
    state: GraphState, query: search.Query, *, only_local: bool, most: int, size: int, effort: int
) -> tuple[list[Row], bool, int]:
    """Records that match, those that changed last first; whether there may be more; and the effort it took.

    At most ``most`` of them and ``size`` bytes of PEER_RECORDs, and as many as ``effort`` steps of SQLite find. A
    record that has no room is left out.
    """
    condition, parameters, exact = query.to_sql("records.seq", _COLUMNS)
    if only_local:
        condition = f"records.flags & {LOCAL} AND ({condition})"
    now = None if state.defers_expiration else state.peer_time
    wanted = most + 1 if exact else effort // LOOKING
    rows, complete, spent = state.database.search_some(condition, parameters, now, wanted, effort)
    found: list[Row] = []
    more = not complete
    for row in rows:
        if not exact:
            spent += LOOKING
            if isinstance(row, Row) and not matches(query, row):
                continue
        if len(found) == most:
            more = True
            break
        if isinstance(row, Long) or len(row.wire) > size:
            more = True
            continue
        size -= len(row.wire)
        found.append(row)
    return found, more, spent


RESTORED = "restored"
"Name of the fact that records are in today's form."
RESTORED_AT_ONCE = 1024


def matches(query: search.Query, row: Row) -> bool:
    """Whether a record is what a search asks for."""
    xml = decode_record(row.wire).attributes
    return query.matches(attributes.parse(xml) if xml else (), search.reserved_of(summarize(row.wire)))


def take_in(
    state: GraphState,
    expiration: Expiration,
    security_records: SecurityRecords,
    facts: dict[str, object],
    rows: Iterable[tuple[object, object]],
) -> None:
    """Merge the records of an exported database; each is checked as if it came from a neighbor.

    Our own records win or lose by 3.1.7.32, so nothing that is newer here is lost. Raises GraphInUse (listening,
    connected or just created), InvalidDatabase (another graph or peer, or records that are none): nothing has changed
    then, since the caller takes the transaction back.
    """
    if state.addresses or state.links or state.created_here:
        raise GraphInUse
    if (facts.get("graph_id"), facts.get("peer_id")) != (state.graph_id, state.peer_id):
        raise InvalidDatabase("The database belongs to another graph or peer.")
    waiting: list[tuple[int, bytes]] = []
    restored = _as_it_is if state.security is None else state.security.restored
    for flags, wire in rows:
        if not isinstance(wire, bytes) or not isinstance(flags, int):
            raise InvalidDatabase("A row is no record.")
        try:
            wire = wire if flags & LOCAL else restored(wire)
            if not _take_record(state, expiration, security_records, wire, flags):
                waiting.append((flags, wire))
        except MalformedMessage as error:
            raise InvalidDatabase(str(error)) from error
    left = 0
    while waiting and len(waiting) != left:  # what is judged by records that stood behind it
        left = len(waiting)
        waiting = [
            (flags, wire)
            for flags, wire in waiting
            if not _take_record(state, expiration, security_records, wire, flags)
        ]
    info = state.database.wire(GRAPH_INFO_ID)
    if info is not None:
        state.take_info(GraphInfo.decode(decode_record(info).payload))
    left_at = facts.get("left_at")
    if isinstance(left_at, int) and state.left_at < left_at <= state.peer_time:
        state.left_at = left_at
        state.database.set_fact("left_at", left_at)
    for fact in ("synchronized", "connected"):
        if facts.get(fact):
            state.database.set_fact(fact, 1)
    state.synchronized = state.synchronized or bool(facts.get("synchronized"))
    state.never_connected = state.never_connected and not facts.get("connected")


def _as_it_is(wire: bytes) -> bytes:
    return wire


def restore(state: GraphState, security: GraphSecurity) -> None:
    """Once for each database: bring records that an earlier version has kept to the form that is taken today, so that
    other nodes take them from here."""
    database = state.database
    if database.fact(RESTORED) is not None:
        return
    at, end, more = 0, database.last_seq, not database.created
    while more:
        found, more = database.changed(at, end, RESTORED_AT_ONCE, RESTORED_AT_ONCE << 10)
        for seq, row in found:
            at = seq
            wire = security.restored(row.wire)
            if wire != row.wire:
                database.put(row._replace(wire=wire))
    database.set_fact(RESTORED, 1)


def _take_record(
    state: GraphState, expirations: Expiration, security_records: SecurityRecords, wire: bytes, flags: int
) -> bool:
    """False: the graph's own security cannot judge the record yet. What it finds invalid is left out."""
    summary = validate(wire, state.graph_id_wire, state.max_record_size)
    if summary.expiration > LAST_TIME:
        raise MalformedMessage("a time that is none")
    if summary.type in (PRESENCE, SIGNATURE, CONTACT):
        return True
    kept = summary.deleted * DELETED | (flags & (AUTOREFRESH | LOCAL))
    if is_reserved(summary.type):
        record = decode_record(wire)
        check_internal(record, state.graph_id)
        kept |= INTERNAL
    elif state.has_expired(summary.expiration):
        return True
    elif summary.type in state.hidden:
        kept |= INTERNAL
    stored = state.database.outline(summary.id)
    if stored is not None:
        kept |= stored.flags & LOCAL
    if kept & LOCAL:
        state.will_keep_local()
    if state.quotas is not None and summary.id[:KEY_SIZE] != creator_key(state.peer_id):
        internal = bool(kept & INTERNAL)  # one's own records were taken in once, and are not lost for a quota
        if not state.quotas.has_room(summary.id, len(wire), stored, internal=internal):
            state.quotas.refused += 1
            return True
    if state.security is not None and not kept & LOCAL:
        security_records.about_to_learn(summary.type)
        validity = state.security.validate(
            decode_record(wire),
            RecordChange.ADDED,
            wire,
            stored=None if stored is None else state.summary(stored),
            now=state.peer_time,
        )
        if validity is not Validity.VALID:
            return validity is Validity.INVALID
    if stored is not None and state.verdict(summary, stored) is not Verdict.NEW:
        return True
    modification, expiration = summary.modification, summary.expiration
    state.database.put(Row(summary.id, summary.type, summary.version, kept, modification, expiration, wire))
    security_records.stands(summary.id, summary.type)
    expirations.expires(expiration)
    return True
