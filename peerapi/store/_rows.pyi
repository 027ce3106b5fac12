from peerapi.store.schema import Row

def row_checksum(
    seq: int,
    id: bytes,
    type: bytes,
    version: int,
    flags: int,
    modification: int,
    expiration: int,
    wire: bytes,
    /,
) -> int:
    """CRC-32 over all columns of a record's row. TypeError, OverflowError: the values are not those of a row."""

def change(kind: int, row: Row, /) -> bytes:
    """A change as it stands in the body of a journal's entry."""

def changes(kind: int, rows: list[Row], longest: int, /) -> bytes | None:
    """The changes of several rows, one behind the other; None when a record has more bytes than ``longest``."""

def entry(number: int, changes: list[bytes], /) -> bytes:
    """An entry of the journal, header included."""

def number(numbered: dict[bytes, tuple[int, Row]], first: int, rows: list[Row], /) -> int:
    """Put rows into ``numbered`` by their IDs, with numbers from ``first`` on; how many bytes their records have."""

def fields(rows: list[tuple[int, Row]], /) -> list[int | bytearray]:
    """The columns of ``records`` for numbered rows, one row after the other."""

def checksums_by_processor(wanted: bool, /) -> bool:
    """Have checksums made by the processor where it can, as from the beginning, or by tables, which give the same;
    whether it is the processor from now on."""
