"""Record conflict resolution (MS-PPGRH 3.1.7.32): which of two records with one Record ID wins.

Every node has to come to the same answer, so the rules are a total order: what they compare is one tuple.
"""

from __future__ import annotations

import enum

from peerapi.graphing.records import Summary


class Verdict(enum.Enum):
    """What a received record is, seen from the database."""

    NEW = "new"
    "It replaces the stored record."
    PRESENT = "already present"
    OLD = "old"
    "The stored record is newer; the sender does not know it yet."


def resolve(received: Summary, stored: Summary) -> Verdict:
    """Compare two records with the same Record ID."""
    if received.version != stored.version:  # nearly always all there is to decide
        return Verdict.NEW if received.version > stored.version else Verdict.OLD
    mine, theirs = rank(stored), rank(received)
    if theirs == mine:
        return Verdict.PRESENT
    return Verdict.NEW if theirs > mine else Verdict.OLD


def rank(record: Summary) -> tuple[int, bool, bytes, int, int, bytes]:
    """The rules in their order; the greater rank is the newer record.

    Version; updated before never updated; Last Modified By, compared by UTF-16 units, which is what comparing the
    big-endian bytes does (reading A25); Last Modification Time; size of the Security Data; its bytes, unsigned.
    """
    return (
        record.version,
        record.modified_by != b"",
        record.modified_by,
        record.modification,
        len(record.security_data),
        record.security_data,
    )
