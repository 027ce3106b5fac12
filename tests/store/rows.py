"""Rows of records for the tests of the store."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from peerapi.store.database import AUTOREFRESH, DELETED, INTERNAL, Database, Row

CHAT, OTHER = bytes(15) + b"\x01", bytes(15) + b"\x02"
EVERYTHING = 1 << 62


def row(n: int, **fields: Any) -> Row:
    values = {
        "id": n.to_bytes(8, "big") * 2,
        "type": CHAT,
        "version": 1,
        "flags": 0,
        "modification": 1000 + n,
        "expiration": 5000 + n,
        "wire": b"record %d" % n,
        **fields,
    }
    return Row(**values)


def content(database: Database) -> dict[bytes, Row]:
    rows, more = database.changed(0, EVERYTHING, 1 << 30, 1 << 30)
    assert not more
    return {each.id: each for _, each in rows}


# ---- Against a model -------------------------------------------------------------------------------------------------

numbers = st.integers(0, 12)

fields = st.fixed_dictionaries(
    {
        "type": st.sampled_from((CHAT, OTHER)),
        "flags": st.sampled_from((0, DELETED, AUTOREFRESH, INTERNAL)),
        "expiration": st.integers(1, 20),
        "modification": st.integers(1, 5),
        "version": st.integers(1, 4),
    }
)
