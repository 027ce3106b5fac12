from peerapi.store.schema import Row

ENTRIES: int
"How many of the latest numbers are remembered."

class Fingerprints:
    """Which bytes the records have that are stored under the latest numbers, 24 bytes of memory each.

    ValueError, OverflowError: no number of a record (1 to 2**64 - 1); TypeError: no row.
    """

    def keep(self, rows: list[tuple[int, Row]], /) -> None:
        """Records are stored now under these numbers. One in pieces is not remembered."""

    def find(self, numbers: tuple[int, ...], wire: bytes, /) -> int | None:
        """The expiration time of the record in just these bytes that is stored under one of the numbers; None: there is
        none, or it is not remembered."""

    def drop(self, number: int, /) -> None:
        """No record is stored under a number any longer."""

    def clear(self) -> None:
        """Forget all."""
