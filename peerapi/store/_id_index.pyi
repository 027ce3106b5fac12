from peerapi.store.schema import Row

ENTRY: int
"Bytes of an entry of a run."

class IdIndex:
    """Where records are: their numbers (1 to 2**40 - 1) by their IDs (16 bytes).

    A *run* is the bytes of entries one behind the other, as ``id_runs`` describes them. ValueError: it is none.
    """

    def add(self, rows: list[tuple[int, Row]], /) -> bytes:
        """Records that are stored now under these numbers; their run."""

    def remove(self, record_id: bytes, number: int, /) -> bytes:
        """A record is no longer stored under a number; the run that says so. KeyError: it was not."""

    def find(self, record_id: bytes, /) -> tuple[int, ...] | None:
        """Numbers of which one may be the record's; None: there is no such record for certain."""

    def load(self, run: bytes, /) -> None:
        """Take in a run of the disk; runs come in their order."""

    def take_back(self, run: bytes, /) -> None:
        """What ``add`` and ``remove`` have just said did not happen."""

    def current(self, run: bytes, /) -> bytes:
        """The entries of a run that are of records which are still stored under their numbers."""

    def __len__(self) -> int:
        """How many records are stored."""
