from collections.abc import Sequence
from typing import TypeVar

from peerapi.graphing.draft import Draft
from peerapi.store.database import Row

_Event = TypeVar("_Event", bound=tuple[object, ...])

def new_row(
    row: type[Row],
    record_type: bytes,
    creator_key: bytes,
    creator_id: bytes,
    random16: bytes,
    graph_id: bytes,
    now: int,
    expiration: int,
    payload: bytes,
    attributes: bytes,
    flags: int,
    /,
) -> Row:
    """Version 1 of a record that is created ``now``, with its ID (3.1.7.2), as ``encode_record`` would write it.

    The three strings as they travel, length included; ``flags`` are those of the row.
    """

def new_rows(
    row: type[Row],
    drafts: Sequence[Draft],
    rows: list[Row],
    chance: bytes,
    creator_key: bytes,
    creator_id: bytes,
    graph_id: bytes,
    now: int,
    last_time: int,
    apart: frozenset[bytes],
    most: int,
    /,
) -> None:
    """Append to ``rows`` those of the drafts from the one that stands where ``rows`` ends, as ``new_row`` makes them.

    ``chance`` has 16 bytes for each draft. Stops at the first that has flags, a creator, attributes, no data or more
    than ``most`` bytes, a type that is none or ``apart``, or an expiration time that is none or not behind ``now`` and
    up to ``last_time``. TypeError: no draft.
    """

def secured_rows(row: type[Row], rows: list[Row], security_data: list[bytes], /) -> list[Row]:
    """Rows as ``new_row`` makes them, with Security Data in their records. ValueError: one has some, or is none;
    TypeError: no row."""

def new_id(creator_key: bytes, random16: bytes, /) -> bytes:
    """3.1.7.2."""

def told(kind: type[_Event], change: int, rows: list[Row], apart: frozenset[bytes], /) -> list[_Event]:
    """The events, each of a change, a record ID and a record type, of rows of which the application hears: those of
    deleted and internal records are not among them, nor those of a type that is ``apart``. TypeError: no row, or no
    NamedTuple of three."""
