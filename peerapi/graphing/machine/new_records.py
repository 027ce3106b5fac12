"""Records that an application adds: what 3.1.4.3 asks of them, their bytes (3.1.7.2), and what a graph's own security
gives to them (3.1.7.1), before they are written."""

from __future__ import annotations

from collections.abc import Iterable

from peerapi.errors import InvalidArgument, RecordTooBig, WrappedWin32Error
from peerapi.graphing.codec import attributes as attribute_xml
from peerapi.graphing.codec.records import (
    GRAPH_TYPES,
    NO_ATTRIBUTES,
    Record,
    attributes_wire,
    creator_parts,
    new_row,
    new_rows,
    secured_rows,
    text_units,
    with_security,
)
from peerapi.graphing.draft import Draft
from peerapi.graphing.events import RecordChange
from peerapi.graphing.machine.security_records import SecurityRecords
from peerapi.graphing.security import GraphSecurity
from peerapi.graphing.state import GraphState
from peerapi.moment import LAST_TIME
from peerapi.store.database import AUTOREFRESH, INTERNAL, LOCAL, Row
from peerapi.store.usage import NOTHING, Share

FLAG_AUTOREFRESH = 1
"PEER_RECORD_FLAG_AUTOREFRESH."
FLAG_LOCAL = 0x20000000
"PEERX_RECORD_LOCAL."
FLAGS = FLAG_AUTOREFRESH | FLAG_LOCAL
"""What an application may say of a record."""
NO_FLAGS = "dwFlags of a record: PEER_RECORD_FLAG_AUTOREFRESH, PEERX_RECORD_LOCAL, both, or 0."
MAX_ID_UNITS = 255
"Longest creator or modifier ID in UTF-16 units, without terminator (2.2.1.9)."
SIGNATURE_ROOM = 2048
"Bytes that Security Data may take: what has room here shall have room at others when it is signed."
BATCHED_SIGNATURE_ROOM = 640
"Bytes of Security Data of a record that is published with others, about; each has SIGNATURE_ROOM when it is looked at."
_new = tuple.__new__


def _expiration(shared: tuple[Draft, Row]) -> int:
    return shared[1].expiration


class NewRecords:
    """Makes the rows of records that are new."""

    def __init__(self, state: GraphState, security_records: SecurityRecords) -> None:
        self._state = state
        self._security_records = security_records

    def unsecured(self, draft: Draft, now: int, seed: bytes = b"") -> Row:
        """The row of a new record, without security data; ``seed``: 16 bytes for its ID instead of random ones. Raises
        InvalidArgument, InvalidAttributes, RecordTooBig."""
        state = self._state
        creator = self.check(draft, now)
        record_type, _, draft_flags, _, _, attributes, expiration, data = draft
        return new_row(
            Row,
            record_type,
            *creator_parts(creator),
            seed or state.random.randbytes(16),
            state.graph_id_wire,
            now,
            expiration,
            data or b"",
            NO_ATTRIBUTES if attributes is None else attributes_wire(attributes),
            draft_flags and row_flags(draft_flags),
        )

    def secured(self, draft: Draft, row: Row, security: GraphSecurity) -> Row:
        """A row from ``unsecured`` with what the graph's security gives it. Raises what that refuses it by."""
        record = self._record(draft, row)
        return self._secured_row(row, self.security_data(security, record, RecordChange.ADDED, row.wire))

    def rows(self, drafts: Iterable[Draft], now: int, seeds: Iterable[bytes] = ()) -> list[Row]:
        """The rows of records that are published together; ``seeds`` as that of ``unsecured``. Raises likewise."""
        security = self._state.security
        if security is None:
            return self._unsecured_rows(list(drafts), now, seeds)
        drafts = list(drafts)
        rows = self._unsecured_rows(drafts, now, seeds)
        shared = [both for both in zip(drafts, rows, strict=False) if not both[1].flags & LOCAL]
        if not shared:
            return rows
        secured = iter(self._secured_alike(security, shared) or self._secured_rows(security, shared))
        return list(secured) if len(shared) == len(rows) else [r if r.flags & LOCAL else next(secured) for r in rows]

    def _unsecured_rows(self, drafts: list[Draft], now: int, seeds: Iterable[bytes]) -> list[Row]:
        """``unsecured`` for many, most of them in C."""
        if seeds:
            return [self.unsecured(draft, now, seed) for draft, seed in zip(drafts, seeds, strict=False)]
        state = self._state
        chance = state.random.randbytes(16 * len(drafts))
        rows: list[Row] = []
        while True:
            new_rows(
                Row,
                drafts,
                rows,
                chance,
                *creator_parts(state.peer_id),
                state.graph_id_wire,
                now,
                LAST_TIME,
                GRAPH_TYPES,
                state.max_record_size,
            )
            at = len(rows)
            if at == len(drafts):
                return rows
            rows.append(self.unsecured(drafts[at], now, chance[16 * at : 16 * at + 16]))

    def check(self, draft: Draft, now: int) -> str:
        """What 3.1.4.3 asks of a new record; returns its creator."""
        record_type, _, flags, creator_id, _, attributes, expiration, data = draft
        if record_type in GRAPH_TYPES:
            raise InvalidArgument("The record type is one of the graph's own.")
        if flags:
            self._check_flags(flags, record_type)
        creator = self._state.peer_id if creator_id is None else checked_id(creator_id)
        if not now < expiration <= LAST_TIME:
            raise InvalidArgument("The expiration time is not later than the current peer time, or no time at all.")
        if attributes is not None or (data is not None and len(data) > self._state.max_record_size):
            self.check_size(data or b"", attributes)
        return creator

    def _check_flags(self, flags: int, record_type: bytes) -> None:
        if flags & ~FLAGS:
            raise InvalidArgument(NO_FLAGS)
        if flags & FLAG_LOCAL and record_type in self._state.hidden:
            raise InvalidArgument("The record type is one of the group's own, which is for all members.")

    def check_size(self, data: bytes, attributes: str | None) -> None:
        size = len(data)
        if attributes is not None:
            size += 2 * (text_units(attributes) + 1)
        if size > self._state.max_record_size:
            raise RecordTooBig
        if attributes is not None:
            attribute_xml.check(attributes)

    def security_data(self, security: GraphSecurity, record: Record, change: RecordChange, wire: bytes = b"") -> bytes:
        """The security data of a record that is going to be stored in this transaction."""
        kept = self._security_records
        kept.about_to_learn(record.type)
        data = security.secure(record, change, wire)
        kept.stands(record.id, record.type)
        return data

    def _record(self, draft: Draft, row: Row, more: Share = NOTHING) -> Record:
        """The same record, for the graph's security to look at, when there is room for it. ``more``: what is going to
        be published with it."""
        state = self._state
        if state.quotas is not None:
            size, internal = len(row.wire) + SIGNATURE_ROOM, row.type in state.hidden
            state.quotas.require_room(row.id, size, None, internal=internal, more=more)
        record_id, record_type, _, _, now, expiration, _ = row
        creator = state.peer_id if draft.creator_id is None else draft.creator_id
        data, attributes = draft.data or b"", draft.attributes or None
        return Record(record_type, record_id, 1, creator, now, expiration, now, state.graph_id, data, attributes)

    def _secured_row(self, row: Row, security_data: bytes) -> Row:
        flags = row.flags | INTERNAL * (row.type in self._state.hidden)
        wire = with_security(row.wire, security_data)
        return _new(Row, (row.id, row.type, row.version, flags, row.modification, row.expiration, wire))

    def _secured_alike(self, security: GraphSecurity, shared: list[tuple[Draft, Row]]) -> list[Row] | None:
        """``_secured_rows`` of new records that differ in nothing of which the graph's own security wants to know; None
        where they do, or where each has to be looked at for another reason."""
        draft, row = max(shared, key=_expiration)
        if row.type in self._state.hidden:
            return None
        if any(one.type != row.type or one.creator_id != draft.creator_id for one, _ in shared):
            return None
        rows = [row for _, row in shared]
        size = sum([len(one.wire) for one in rows]) - len(row.wire) + BATCHED_SIGNATURE_ROOM * (len(rows) - 1)
        try:
            like = self._record(draft, row, Share(len(rows) - 1, size))
        except WrappedWin32Error:
            return None
        data = security.secure_alike(like, [row.wire for row in rows])
        return None if data is None else secured_rows(Row, rows, data)

    def _secured_rows(self, security: GraphSecurity, shared: list[tuple[Draft, Row]]) -> list[Row]:
        """The rows of new records with the security data that the graph's own security gives to all of them."""
        rows: list[Row] = []
        records: list[Record] = []
        size = 0
        for draft, row in shared:
            more = NOTHING if self._state.quotas is None else Share(len(rows), size)
            records.append(self._record(draft, row, more))
            rows.append(row)
            size += len(row.wire) + BATCHED_SIGNATURE_ROOM
        kept = self._security_records
        for record in records:
            kept.about_to_learn(record.type)
        data = security.secure_many([(record, row.wire) for record, row in zip(records, rows, strict=True)])
        for record in records:
            kept.stands(record.id, record.type)
        return [self._secured_row(row, one) for row, one in zip(rows, data, strict=True)]


def row_flags(flags: int) -> int:
    """Flags of a stored record, from those that an application has given."""
    return (AUTOREFRESH if flags & FLAG_AUTOREFRESH else 0) | (LOCAL if flags & FLAG_LOCAL else 0)


def application_flags(flags: int) -> int:
    """The reverse: what an application is told of the flags of a stored record."""
    return (FLAG_AUTOREFRESH if flags & AUTOREFRESH else 0) | (FLAG_LOCAL if flags & LOCAL else 0)


def checked_id(text: str) -> str:
    if not 1 <= text_units(text) <= MAX_ID_UNITS:
        raise InvalidArgument("A peer ID has 1 to 255 characters.")
    return text
