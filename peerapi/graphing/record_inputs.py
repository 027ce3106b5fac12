"""What an application asks of a node's records: the inputs of the machine that change them, and its searches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from peerapi.errors import GraphNotReady, GraphShuttingDown
from peerapi.graphing.codec.records import creator_key, is_reserved
from peerapi.graphing.draft import Draft
from peerapi.graphing.events import RecordChange
from peerapi.graphing.machine.expiration import Expiration
from peerapi.graphing.machine.publication import Publication
from peerapi.graphing.machine.security_records import SecurityRecords
from peerapi.graphing.security import Prepared
from peerapi.graphing.state import GraphState
from peerapi.store.database import Row
from peerapi.store.transactions import Attributes


def described(rows: Sequence[tuple[int, Row]]) -> Attributes:
    """What is searched of records; most have nothing, and need not wait for what reads XML."""
    described = [numbered for numbered in rows if numbered[1][6][-4:] != _NO_ATTRIBUTES]
    if not described:
        return []
    from peerapi.graphing.machine import archive

    return [(seq, *entry) for seq, row in described for entry in archive.describe(row)]


_NO_ATTRIBUTES = bytes(4)
"The end of a record's bytes that has none."


class RecordInputs(GraphState):
    """Each input asks the parts that ``Graph`` has made; ``at`` has set the time."""

    publication: Publication
    expiration: Expiration
    security_records: SecurityRecords

    # The application's records ----------------------------------------------------------------------------------------

    def add_records(self, drafts: Iterable[Draft], seeds: Sequence[bytes] = ()) -> list[bytes]:
        """Many records, all or none."""
        self.require_ready()
        return self.publication.add_many(drafts, seeds)

    def add_record(self, draft: Draft, seed: bytes = b"") -> bytes:
        if not self.synchronized:
            raise GraphNotReady
        return self.publication.add(draft, seed)

    def update_record(self, draft: Draft) -> None:
        self.require_ready()
        self.publication.update(draft)

    def delete_record(self, record_id: bytes, *, local: bool = False) -> None:
        self.require_ready()
        if local:
            self.publication.forget(record_id)
        else:
            self.publication.delete(record_id)

    def record_ids(self, record_type: bytes | None, creator: str | None) -> bytes:
        """The IDs of live records, 16 bytes each; None: every application type, every creator."""
        key = None if creator is None else creator_key(creator)
        now = None if self.defers_expiration else self.peer_time
        return self.database.ids(type=record_type, creator_key=key, now=now)

    def search(self, xml: str) -> bytes:
        """The IDs of the records that match a search (16 bytes each). Raises InvalidSearch, InvalidArgument."""
        from peerapi.graphing.machine import archive

        return archive.find(self, xml)

    def import_records(self, facts: dict[str, object], rows: Iterable[tuple[object, object]]) -> None:
        """Take in an exported database. Raises GraphInUse, InvalidDatabase."""
        from peerapi.graphing.machine import archive

        before = self.told_status
        archive.take_in(self, self.expiration, self.security_records, facts, rows)
        self.status_changed(before)

    # With a security provider (3.1.7.28) ------------------------------------------------------------------------------

    def prepare_add(self, draft: Draft) -> Prepared:
        """The record that ``add_record`` would publish."""
        self.require_ready()
        return self.publication.prepare_add(draft)

    def prepare_update(self, draft: Draft) -> Prepared:
        self.require_ready()
        return self.publication.prepare_update(draft)

    def prepare_delete(self, record_id: bytes) -> Prepared:
        self.require_ready()
        return self.publication.prepare_delete(record_id)

    def prepare_adds(self, drafts: Iterable[Draft]) -> list[Prepared]:
        """The records that ``add_records`` would publish."""
        self.require_ready()
        return [self.publication.prepare_add(draft) for draft in drafts]

    def prepare_own(self, prepare: Callable[[], Prepared | None]) -> Prepared | None:
        """The record of a ``Secure``; None when it is no longer wanted."""
        prepared = prepare()
        if prepared is not None and self.closing and prepared.change is not RecordChange.DELETED:
            return None
        return prepared

    def publish_secured(self, prepared: Prepared, security_data: bytes) -> bool:
        """Publish what the provider has secured; False when the record has changed meanwhile."""
        if self.closing and is_reserved(prepared.record.type) and prepared.change is not RecordChange.DELETED:
            raise GraphShuttingDown
        return self.publication.publish_secured(prepared, security_data)

    def publish_all_secured(self, secured: Iterable[tuple[Prepared, bytes]]) -> None:
        """Publish new records that the provider has secured, all or none."""
        for prepared, security_data in secured:
            self.publication.publish_secured(prepared, security_data)
