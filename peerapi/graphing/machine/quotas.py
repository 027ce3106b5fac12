"""How much one creator may have here: records and bytes.

For graphs whose records prove who has made them. Where creator IDs are claims a quota bounds nothing, since there are
as many IDs as somebody wants, and it would let anybody use up somebody else's.

A quota stops what is added, never what is there: what has been taken in stays, and may be deleted, renewed and replaced
by what is not larger. What the graph and its security need to know about a creator (presence, membership, revocations)
has room of its own beyond the quota, so that a member with many records remains one.
"""

from __future__ import annotations

from typing import NamedTuple

from peerapi.errors import WrappedWin32Error
from peerapi.store.database import Database, Long, Row
from peerapi.store.pieces import size_of
from peerapi.store.usage import KEY_SIZE, NOTHING, Share, Usage

ERROR_NOT_ENOUGH_QUOTA = 1816
OWN_RECORDS, OWN_BYTES = 1024, 4 << 20
"What the graph's and the security's own records of a creator may take beyond its quota."


class Quota(NamedTuple):
    """What each creator may have; 0: as much as it likes."""

    records: int = 500_000
    "How many records, counting tombstones until they expire."
    size: int = 512 << 20
    "Bytes of records as they travel."


NO_QUOTA = Quota(0, 0)


class Quotas:
    """The quota of a graph's creators, and what they have of it."""

    def __init__(self, quota: Quota, database: Database, exempt: frozenset[bytes] = frozenset()) -> None:
        """``exempt``: first halves of the record IDs of creators who may have more. Not inside of a transaction."""
        self.quota = quota
        self.refused = 0
        "Records of others that had no room."
        self._usage: Usage = database.count_usage()
        self._exempt = exempt

    def has_room(
        self, record_id: bytes, size: int, stored: Row | Long | None, *, internal: bool, more: Share = NOTHING
    ) -> bool:
        """Whether a record of ``size`` bytes may come, in the place of ``stored``, to what is here and ``more``."""
        new, added = 1, size
        if stored is not None:
            new, added = 0, size - size_of(stored)
            if added <= 0:
                return True
        creator = record_id[:KEY_SIZE]
        if creator in self._exempt:
            return True
        most_records, most_bytes = self.quota
        records, bytes_ = self._usage.of(creator)
        records += more[0] + new
        bytes_ += more[1] + added
        if internal:
            records -= OWN_RECORDS
            bytes_ -= OWN_BYTES
        return (records <= most_records or not most_records) and (bytes_ <= most_bytes or not most_bytes)

    def require_room(
        self, record_id: bytes, size: int, stored: Row | Long | None, *, internal: bool, more: Share = NOTHING
    ) -> None:
        """For a record of this node. Raises WrappedWin32Error (ERROR_NOT_ENOUGH_QUOTA)."""
        if not self.has_room(record_id, size, stored, internal=internal, more=more):
            records, bytes_ = self.quota
            raise WrappedWin32Error(
                ERROR_NOT_ENOUGH_QUOTA,
                f"One member may have {records} records and {bytes_} bytes in this group. Delete some: their bytes are"
                " free at once, and they count as records until they would have expired.",
            )
