"""Record conflict resolution (MS-PPGRH 3.1.7.32): what may take the place of what, and which of two versions wins.

Every node has to come to the same answer, so the rules are a total order: what they compare is one tuple.

The text asks for the Record ID only. Beyond it, a record takes the place of one of its own type and creator only: a
Record ID never changes its type. Where records are signed, there is one way back. Who may change what others have
created may sign a record of another type under their Record ID, and show it to nodes that do not have the right one
yet; at such a node it gives way to what the creator, or the key above all, has signed.
"""

from __future__ import annotations

import enum

from peerapi.graphing.codec.records import FIXED_IDS, LAST_VERSION, Summary
from peerapi.moment import LAST_TIME


class Verdict(enum.Enum):
    """What a received record is, seen from the database."""

    NEW = "new"
    "It replaces the stored record."
    PRESENT = "already present"
    OLD = "old"
    "The stored record is newer; the sender does not know it yet."
    ANOTHER = "another record under the same Record ID"
    "It has another type or creator than the stored record, and can never take its place."


def resolve(received: Summary, stored: Summary, *, horizon: int = LAST_TIME, owner: bytes | None = None) -> Verdict:
    """Compare two records with the same Record ID.

    ``horizon``: the latest modification time that is believed, peer time. ``owner``: where records are signed, the peer
    name of the key that stands above all members, raw; None: nobody proves who has signed.
    """
    if not same_kind(received, stored):
        mended = owner is not None and authentic(received, owner) and not authentic(stored, owner)
        return Verdict.NEW if mended else Verdict.ANOTHER
    if received.version != stored.version:  # nearly always all there is to decide
        return Verdict.NEW if received.version > stored.version else Verdict.OLD
    mine, theirs = rank(stored, horizon), rank(received, horizon)
    if theirs == mine:
        return Verdict.PRESENT
    return Verdict.NEW if theirs > mine else Verdict.OLD


def same_kind(one: Summary, other: Summary) -> bool:
    """Whether both may be versions of one record. Whoever is there first has created a record with a fixed ID."""
    return one.type == other.type and (one.creator == other.creator or one.type in FIXED_IDS)


def authentic(record: Summary, owner: bytes) -> bool:
    """Whether its creator or the owner has signed this version, and not somebody else."""
    return record.modified_by in (b"", record.creator, owner)


def rank(record: Summary, horizon: int = LAST_TIME) -> tuple[int, int, bool, bytes, int, int, bytes]:
    """The rules in their order; the greater rank is the newer record.

    Version; updated before never updated; Last Modified By, compared by UTF-16 units, which is what comparing the
    big-endian bytes does (reading A25); Last Modification Time; size of the Security Data; its bytes, unsigned.

    There is no version after the last, where the text has the greatest name win for ever. There the later modification
    wins before all else, as long as it is not beyond ``horizon``.
    """
    last = record.modification if record.version == LAST_VERSION and record.modification <= horizon else 0
    return (
        record.version,
        last,
        record.modified_by != b"",
        record.modified_by,
        record.modification,
        len(record.security_data),
        record.security_data,
    )
