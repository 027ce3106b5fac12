"""How much of a database each creator of records has.

The first half of a record's ID names its creator (MS-PPGRH 3.1.7.2), so nothing has to be decoded. The sums follow
each change, and are given back with the transaction that made it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import NamedTuple

from peerapi.store.pieces import size_of
from peerapi.store.schema import LOCAL, Long, Row

KEY_SIZE = 8
SHARES = "shares"
"Name of the fact that holds the sums while the database is closed."
_HEAD = struct.Struct(">QQ")
_SHARE = struct.Struct(">8sQQ")


class Share(NamedTuple):
    """What one creator has."""

    records: int
    "Tombstones included."
    size: int
    "Bytes of the records as they travel."


NOTHING = Share(0, 0)
_new = tuple.__new__


class Usage:
    """The shares of all creators."""

    def __init__(self, shares: Iterable[tuple[bytes, int, int]]) -> None:
        """``shares``: creator, records, bytes."""
        self._shares = {creator: Share(records, size) for creator, records, size in shares}
        self._before: dict[bytes, Share] = {}

    @classmethod
    def kept(cls, data: bytes, last_seq: int, rows: int) -> Usage | None:
        """What ``keep`` has made; None when it is not about these records."""
        size = len(data) - _HEAD.size
        if size < 0 or size % _SHARE.size or _HEAD.unpack_from(data) != (last_seq, rows):
            return None
        usage = cls(_SHARE.iter_unpack(data[_HEAD.size :]))
        return usage if sum(share.records for share in usage.all().values()) == rows else None

    def keep(self, last_seq: int, rows: int) -> bytes:
        """All of it as bytes; the number of the last change and how many records there are say what it is about."""
        shares = (_SHARE.pack(creator, *share) for creator, share in self._shares.items() if share != NOTHING)
        return _HEAD.pack(last_seq, rows) + b"".join(shares)

    def of(self, creator: bytes) -> Share:
        """The share of the creator whose record IDs begin with 8 bytes."""
        return self._shares.get(creator, NOTHING)

    def add(self, row: Row | Long) -> None:
        """A record came. What is only local is in nobody's share."""
        if not row.flags & LOCAL:
            self._change(row.id[:KEY_SIZE], 1, size_of(row))

    def add_many(self, rows: Iterable[Row]) -> None:
        """The same of records that have all their bytes."""
        added: dict[bytes, list[int]] = {}
        for row in rows:
            if not row[3] & LOCAL:
                added.setdefault(row[0][:KEY_SIZE], []).append(len(row[6]))
        for creator, sizes in added.items():
            self._change(creator, len(sizes), sum(sizes))

    def drop(self, row: Row | Long) -> None:
        """A record went."""
        if not row.flags & LOCAL:
            self._change(row.id[:KEY_SIZE], -1, -size_of(row))

    def _change(self, creator: bytes, records: int, size: int) -> None:
        share = self._shares.get(creator, NOTHING)
        if creator not in self._before:
            self._before[creator] = share
        self._shares[creator] = _new(Share, (share[0] + records, share[1] + size))

    def forget_undo(self) -> None:
        """The transaction has ended well."""
        if self._before:
            for creator in self._before:
                if self._shares[creator] == NOTHING:
                    del self._shares[creator]
            self._before.clear()

    def take_back(self) -> None:
        """Forget the changes of the transaction."""
        self._shares.update(self._before)
        self.forget_undo()

    def all(self) -> dict[bytes, Share]:
        """Everybody's."""
        return dict(self._shares)
