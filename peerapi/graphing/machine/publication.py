"""Records that this node makes, changes and deletes (MS-PPGRH 3.1.4.3-3.1.4.5, 3.1.7.2-3.1.7.9, 3.1.7.22)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Any

from peerapi.errors import AccessDenied, InvalidArgument, PeerError, RecordNotFound
from peerapi.graphing.clock import FAR_AHEAD
from peerapi.graphing.codec.records import (
    FIXED_IDS,
    LAST_VERSION,
    Record,
    decode_record,
    encode_record,
    is_reserved,
    record_id,
)
from peerapi.graphing.draft import Draft
from peerapi.graphing.events import RecordChange
from peerapi.graphing.machine.expiration import Expiration
from peerapi.graphing.machine.flooding import Flooding
from peerapi.graphing.machine.new_records import (
    FLAG_AUTOREFRESH,
    FLAG_LOCAL,
    FLAGS,
    NO_FLAGS,
    SIGNATURE_ROOM,
    NewRecords,
    checked_id,
)
from peerapi.graphing.machine.ports import InternalRecords
from peerapi.graphing.machine.quotas import Quotas
from peerapi.graphing.machine.security_records import SecurityRecords
from peerapi.graphing.outputs import Secure
from peerapi.graphing.security import Prepared
from peerapi.graphing.state import GraphState
from peerapi.moment import LAST_TIME, SECOND
from peerapi.store.database import AUTOREFRESH, DELETED, INTERNAL, LOCAL, Row

FLAG_DELETED = 2
"PEER_RECORD_FLAG_DELETED."
MIN_REFRESH_DELAY = 4.0
REFRESH_EARLY = 20 * SECOND
"Records are renewed this long before they expire (3.1.7.22)."
OTHER_SIGNATURE = 4
"Bytes by which two signatures of one key differ in length, at most in practice."
GRAPH_INFO_LIFETIME = 300 * SECOND


class Publication:
    """Adds, updates, deletes and renews records in the name of this node (3.1.4.3 to 3.1.4.5, 3.1.7.3 to 3.1.7.9)."""

    def __init__(
        self,
        state: GraphState,
        internal_records: InternalRecords,
        expiration: Expiration,
        security_records: SecurityRecords,
        flooding: Flooding,
        new_records: NewRecords,
    ) -> None:
        self._state = state
        self._internal_records = internal_records
        self._expiration = expiration
        self._security_records = security_records
        self._flooding = flooding
        self._new_records = new_records
        self.refusal: PeerError | None = None
        """Why the last record of the node itself could not be published; such a publication is given up (3.1.7.28). It
        often follows from what a neighbor has sent, which must not be undone by it."""

    # What the application asks for ------------------------------------------------------------------------------------

    def add(self, draft: Draft, seed: bytes = b"") -> bytes:
        """3.1.4.3: validate, create, publish. Returns the new record's ID; ``seed``: 16 bytes instead of random ones.

        Raises InvalidArgument (reserved type, expiration missing or not later than peer time, deleted flag, IDs too
        long), InvalidAttributes, RecordTooBig.
        """
        state = self._state
        row = self._new_records.unsecured(draft, state.now.utc - state.clock.delta, seed)
        if state.security is not None and not row.flags & LOCAL:
            row = self._new_records.secured(draft, row, state.security)
        state.database.add(row)
        record_id, record_type, _, flags, _, expiration, wire = row
        self._expiration.expires(expiration)
        if flags & AUTOREFRESH:
            self._schedule_refresh(expiration)
        if flags & LOCAL:
            state.will_keep_local()
        else:
            self._flooding.flood(wire)
        if state.watched:
            state.record_changed(RecordChange.ADDED, record_id, record_type)
        return record_id

    def add_many(self, drafts: Iterable[Draft], seeds: Iterable[bytes] = ()) -> list[bytes]:
        """``add`` for many records: all or none, written with one statement and flooded together."""
        state = self._state
        rows = self._new_records.rows(drafts, state.peer_time, seeds)
        if not rows:
            return []
        state.database.add_many(rows)
        flagged = [row for row in rows if row.flags]
        shared = rows if not flagged else [row for row in rows if not row.flags & LOCAL]
        if len(shared) < len(rows):
            state.will_keep_local()
        self._flooding.flood(*[row.wire for row in shared])
        self._expiration.expires(min([row.expiration for row in rows]))
        renewed = [row.expiration for row in flagged if row.flags & AUTOREFRESH]
        if renewed:
            self._schedule_refresh(min(renewed))
        state.records_added(rows)
        return [row.id for row in rows]

    def update(self, draft: Draft) -> None:
        """3.1.4.4. Raises RecordNotFound, InvalidArgument, InvalidAttributes, RecordTooBig."""
        prepared = self.prepare_update(draft)
        if self._state.quotas is not None and not prepared.local:
            self._require_room(self._state.quotas, self._row(prepared.record, False))
        self._publish(*self._secured(prepared))

    def delete(self, target: bytes, by: str | None = None) -> None:
        """3.1.4.5: leave a tombstone everywhere. ``by``: instead of this peer. Raises RecordNotFound, AccessDenied
        (reserved type). A record that is only local leaves nothing."""
        if self._state.is_local(target):
            self.forget(target)
        else:
            self._publish(*self._secured(self.prepare_delete(target, by)))

    def _require_room(self, quotas: Quotas, row: Row) -> None:
        """For the next version of a record. Raises WrappedWin32Error (ERROR_NOT_ENOUGH_QUOTA)."""
        stored = None if row.version == 1 else self._state.database.outline(row.id)
        signature = SIGNATURE_ROOM
        if stored is not None:
            signature = len(self._state.summary(stored).security_data) + OTHER_SIGNATURE
        size, internal = len(row.wire) + signature, bool(row.flags & INTERNAL)
        quotas.require_room(row.id, size, stored, internal=internal)

    # The same in two steps, with a security provider between them (3.1.7.28)
    # -------------------------------------------

    def prepare_add(self, draft: Draft) -> Prepared:
        now = self._state.peer_time
        creator = self._new_records.check(draft, now)
        record = Record(
            type=draft.type,
            id=record_id(creator, self._state.random.randbytes(16)),
            version=1,
            creator_id=creator,
            creation=now,
            expiration=draft.expiration,
            modification=now,
            graph_id=self._state.graph_id,
            payload=draft.data or b"",
            attributes=draft.attributes,
        )
        return Prepared(
            record, RecordChange.ADDED, bool(draft.flags & FLAG_AUTOREFRESH), bool(draft.flags & FLAG_LOCAL)
        )

    def prepare_update(self, draft: Draft) -> Prepared:
        record, flags = self._existing(draft.id)
        if is_reserved(record.type):
            raise InvalidArgument("The record is one of the graph's own.")
        if draft.flags & ~FLAGS:
            raise InvalidArgument(NO_FLAGS)
        local = bool(flags & LOCAL)
        if draft.flags & FLAG_LOCAL and not local:
            raise InvalidArgument("What other nodes have cannot become only local (PEERX_RECORD_LOCAL).")
        expiration = draft.expiration or record.expiration
        if not record.expiration <= expiration <= LAST_TIME:
            raise InvalidArgument("An update cannot make a record expire earlier.")
        payload = record.payload if draft.data is None else draft.data
        attributes = record.attributes if draft.attributes is None else draft.attributes
        self._new_records.check_size(payload, attributes)
        changed = self._next_version(
            record,
            payload=payload,
            attributes=attributes,
            expiration=expiration,
            modified_by=self._state.peer_id if draft.modified_by is None else checked_id(draft.modified_by),
        )
        return Prepared(
            changed, RecordChange.UPDATED, bool(flags & AUTOREFRESH or draft.flags & FLAG_AUTOREFRESH), local
        )

    def prepare_delete(self, target: bytes, by: str | None = None) -> Prepared:
        record, _ = self._existing(target)
        if is_reserved(record.type):
            raise AccessDenied
        return Prepared(self._tombstone(record, by), RecordChange.DELETED, False)

    def publish_secured(self, prepared: Prepared, security_data: bytes) -> bool:
        """Publish with the provider's data, unless the record has changed since it was prepared."""
        record, change, autorefresh, local = prepared
        stored = self._state.database.outline(record.id)
        if change is not RecordChange.ADDED:
            if stored is None or stored.type != record.type:
                return False
            if min(stored.version + 1, LAST_VERSION) != record.version:
                return False
        self._publish(replace(record, security_data=security_data), change, autorefresh, local)
        return True

    def forget(self, target: bytes) -> None:
        """Drop the local copy only (PeerGraphDeleteRecord with fLocal); a later synchronization may bring it back."""
        row = self._state.live_record(target)
        if is_reserved(row.type):
            raise AccessDenied
        self._state.database.remove(target)
        self._state.tidy()
        self._security_records.gone(row)
        self._state.record_changed(RecordChange.DELETED, row.id, row.type)

    # What the node itself publishes -----------------------------------------------------------------------------------

    def publish_internal(
        self, type: bytes, payload: bytes, lifetime: int, previous: Callable[[], bytes | None], *, autorefresh: bool
    ) -> None:
        """Create a presence, contact, signature or graph info record, or update the live one with ID ``previous()``.

        3.1.7.4-3.1.7.7. ``lifetime`` in FILETIME units.
        """
        self.publish(lambda: self.prepare_internal(type, payload, lifetime, previous(), autorefresh=autorefresh))

    def prepare_internal(
        self, type: bytes, payload: bytes, lifetime: int, previous: bytes | None, *, autorefresh: bool
    ) -> Prepared:
        """The record that ``publish_internal`` publishes."""
        state = self._state
        now = state.peer_time
        wire = state.database.wire(previous) if previous else None
        if wire is not None:
            record = decode_record(wire)
            if record.type == type and (not record.deleted or type in FIXED_IDS):
                latest = max(now, min(record.modification, now + FAR_AHEAD))
                changed = self._next_version(
                    record,
                    payload=payload,
                    expiration=max(record.expiration, latest + lifetime),
                    modified_by=state.peer_id,
                )
                return Prepared(replace(changed, deleted=False), RecordChange.UPDATED, autorefresh)
        new_id = FIXED_IDS.get(type)
        record = Record(
            type=type,
            id=new_id or record_id(state.peer_id, state.random.randbytes(16)),
            version=1,
            creator_id=state.peer_id,
            creation=now,
            expiration=now + lifetime,
            modification=now,
            graph_id=state.graph_id,
            payload=payload,
        )
        return Prepared(record, RecordChange.ADDED, autorefresh)

    def publish_deletion(self, record: Record) -> None:
        """3.1.7.9 for a record of this node's own making."""

        def prepare() -> Prepared | None:
            wire = self._state.database.wire(record.id)
            latest = decode_record(wire) if wire is not None else record
            return None if latest.deleted else Prepared(self._tombstone(latest), RecordChange.DELETED, False)

        self.publish(prepare)

    def _tombstone(self, record: Record, by: str | None = None) -> Record:
        """Reading A19: the tombstone is the next version."""
        return self._next_version(
            record,
            payload=b"",
            attributes=None,
            deleted=True,
            modified_by=by or self._state.peer_id,
            expiration=record.expiration,
        )

    def refresh(self) -> None:
        """3.1.7.22: renew what is marked and about to expire, then look again when the next one is."""
        state = self._state
        now = state.peer_time
        for row in state.database.refreshing(now + REFRESH_EARLY):
            self.publish(partial(self._renewed, row.id))
        following = state.database.next_refresh()
        if following is not None:
            self._schedule_refresh(following)

    def _renewed(self, target: bytes) -> Prepared | None:
        """A record marked for auto-refresh, one lifetime on, if it still needs it."""
        state = self._state
        row = state.database.get(target)
        if row is None or row.deleted or not row.flags & AUTOREFRESH:
            return None
        if row.expiration > state.peer_time + REFRESH_EARLY:
            return None
        record = decode_record(row.wire)
        lifetime = record.expiration - record.modification
        changed = self._next_version(record, expiration=state.peer_time + lifetime, modified_by=state.peer_id)
        return Prepared(changed, RecordChange.UPDATED, True, bool(row.flags & LOCAL))

    def publish(self, prepare: Callable[[], Prepared | None]) -> None:
        """3.1.7.3; with a security provider, when it has secured the record, which is not prepared before."""
        if self._state.guarded:
            self._state.outputs.append(Secure(prepare))
            return
        try:
            prepared = prepare()
            secured = None if prepared is None else self._secured(prepared)
        except PeerError as error:
            self.refusal = error
            return
        if secured is not None:
            self._publish(*secured)

    def _secured(self, prepared: Prepared) -> Prepared:
        """The record with the security data that the graph's own security gives it, if it has one. One that is only
        local gets none, so that nobody to whom it is told can publish it in its creator's name."""
        security = self._state.security
        if security is None or prepared.local:
            return prepared
        record, change, autorefresh, _ = prepared
        data = self._new_records.security_data(security, record, change)
        return Prepared(replace(record, security_data=data), change, autorefresh)

    def _row(self, record: Record, autorefresh: bool) -> Row:
        internal = is_reserved(record.type) or record.type in self._state.hidden
        flags = record.deleted * DELETED | autorefresh * AUTOREFRESH | internal * INTERNAL
        wire = encode_record(record)
        return Row(record.id, record.type, record.version, flags, record.modification, record.expiration, wire)

    def _publish(self, record: Record, change: RecordChange, autorefresh: bool, local: bool = False) -> None:
        """Write, schedule, flood unless it is only local, tell."""
        state = self._state
        row = self._row(record, autorefresh)
        if local:
            row = row._replace(flags=row.flags | LOCAL)
            state.will_keep_local()
        state.database.put(row)
        state.tidy()
        self._announce(row)
        if not local:
            self._flooding.flood(row.wire)
        if is_reserved(record.type):
            self._internal_records.internal_record(record, own=True)
        else:
            state.record_changed(change, record.id, record.type)

    def _announce(self, row: Row) -> None:
        """Schedule what time will do to a record that was written."""
        self._expiration.expires(row.expiration)
        if row.flags & AUTOREFRESH:
            self._schedule_refresh(row.expiration)

    # Helpers ----------------------------------------------------------------------------------------------------------

    def _schedule_refresh(self, expiration: int) -> None:
        state = self._state
        delay = (expiration - REFRESH_EARLY - state.peer_time) / SECOND
        state.timers.set_earlier("refresh", state.now.elapsed + max(MIN_REFRESH_DELAY, delay), self.refresh)

    def _existing(self, target: bytes) -> tuple[Record, int]:
        row = self._state.database.get(target)
        if row is None or row.flags & DELETED or self._state.has_expired(row.expiration):
            raise RecordNotFound
        return decode_record(row.wire), row.flags

    def _next_version(self, record: Record, **changes: Any) -> Record:
        """The record one version on; its modification time never stands still (3.1.7.8).

        One that somebody has dated into the future it does not follow there, where nothing could be renewed any more:
        the version decides.
        """
        now = self._state.peer_time
        version = min(record.version + 1, LAST_VERSION)
        modification, creation = max(now, record.modification + 1), record.creation
        outlives = changes["expiration"] > modification or version == LAST_VERSION
        if record.modification > now + FAR_AHEAD or not outlives:
            modification, creation = now, min(creation, now - 1)
        changed = replace(
            record, version=version, creation=creation, modification=modification, security_data=b"", **changes
        )
        if changed.expiration <= modification:
            if not changed.deleted:
                raise InvalidArgument("The record would have expired.")
            changed = replace(changed, expiration=modification + 1)
        return changed
