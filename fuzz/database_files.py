"""The files of a database, in memory where that is possible; what a killed process leaves of them, and all records."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from peerapi.store.database import Database

IN_MEMORY = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else None


class DatabaseFiles:
    """A database's files, and what a killed process leaves of them."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="peerapi-fuzz-", dir=IN_MEMORY))
        self._number = 0

    def open(self) -> Database:
        return Database.open(self._path)

    @property
    def _path(self) -> Path:
        return self.folder / f"{self._number}" / "database"

    def begin(self) -> Database:
        self._path.parent.mkdir()
        return self.open()

    def killed(self, database: Database) -> Database:
        """The database as it is found after its process was killed now."""
        before = self._path.parent
        self._number += 1
        self._path.parent.mkdir()
        for file in before.iterdir():
            if not file.name.endswith("-lock"):
                shutil.copyfile(file, self._path.parent / file.name)
        database.close()
        shutil.rmtree(before)
        return self.open()

    def clear(self) -> None:
        shutil.rmtree(self.folder)


def everything(database: Database) -> dict[bytes, bytes]:
    """All records, tombstones and the expired included, by ID."""
    found: dict[bytes, bytes] = {}
    after, more = 0, True
    while more:
        pairs, more = database.changed(after, database.last_seq, 1000, 1 << 20, None)
        found |= {row.id: row.wire for _, row in pairs}
        after = pairs[-1][0] if pairs else after
    return found
