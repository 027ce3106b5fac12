"""What tests of the record database have in common."""

from __future__ import annotations

import shutil
from pathlib import Path

from peerapi.store.database import Database, Row
from peerapi.store.schema import SUFFIXES


def commit(database: Database, *rows: Row) -> None:
    """One transaction that puts records."""
    database.begin()
    for each in rows:
        database.put(each)
    database.commit()


def left_behind(path: Path) -> Path:
    """The files as a process that is killed this moment leaves them: a copy."""
    copy = path.with_name("killed.peergraph")
    copy_files(path, copy)
    return copy


def copy_files(path: Path, copy: Path) -> None:
    """All that makes up a database."""
    for suffix in SUFFIXES:
        shutil.copyfile(f"{path}{suffix}", f"{copy}{suffix}")
