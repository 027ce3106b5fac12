"""A graph's database to a file and from one (PeerGraphExportDatabase, PeerGraphImportDatabase)."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import peerapi.private as private
from peerapi.engine.graphs.ports import GraphRunner
from peerapi.errors import WrappedWin32Error, os_failure, os_sentence
from peerapi.store.data_folder import data_folder
from peerapi.store.groups import GroupStore
from peerapi.store.identities import IdentityStore
from peerapi.store.opening import foreign
from peerapi.store.ownership import in_use

T = TypeVar("T")
ERROR_FILE_NOT_FOUND = 2
ERROR_PATH_NOT_FOUND = 3
ERROR_SHARING_VIOLATION = 32


def export(runner: GraphRunner, path: str) -> None:
    """Write a copy of the database to a file, which takes the place of one with that name at once or not at all.

    A file of an open database is not replaced (ERROR_SHARING_VIOLATION): it would be lost with all that is added to it
    later. Nor is anything put among what this library keeps of its own (ERROR_ACCESS_DENIED).
    """
    target = os.path.abspath(path)
    draft = f"{target}.{os.getpid()}.{threading.get_ident()}.part"
    try:
        if os.path.isdir(target):
            raise IsADirectoryError(errno.EACCES, "a folder", target)
        _check_unused(runner, target)
        if any(Path(os.path.realpath(target)).is_relative_to(folder) for folder in _own_folders()):
            raise PermissionError(errno.EACCES, "graphs and keys are kept here, and no copies", target)
        private.make_file(draft)  # SQLite takes an empty file, and would give a new one to everybody to read
        try:
            runner.input(runner.graph.about_to_export)
            runner.read(lambda graph: graph.database.export(draft))
            os.replace(draft, target)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(draft)
    except OSError as error:
        raise os_failure(error) from error


def import_file(runner: GraphRunner, path: str, progress: Callable[[int], object] | None = None) -> None:
    """Take in an exported database; ``progress`` is told how many records have been read. Raises GraphInUse,
    InvalidDatabase, wrapped file errors: a database that is open is ERROR_SHARING_VIOLATION."""
    try:
        _check_unused(runner, path)
        if not stat.S_ISREG(os.stat(path).st_mode):  # opening a pipe would wait for its other end
            raise PermissionError(errno.EACCES, "not a file", path)
        with open(path, "rb"):
            pass
    except FileNotFoundError as error:
        has_folder = os.path.isdir(os.path.dirname(os.path.abspath(path)))
        raise WrappedWin32Error(
            ERROR_FILE_NOT_FOUND if has_folder else ERROR_PATH_NOT_FOUND, os_sentence(error)
        ) from error
    except OSError as error:
        raise os_failure(error) from error
    facts, rows = foreign(os.path.abspath(path))
    runner.input(runner.graph.import_records, facts, rows if progress is None else _counted(rows, progress))


def _own_folders() -> list[str]:
    return [os.path.realpath(data_folder() / name) for name in ("graphs", IdentityStore.FOLDER, GroupStore.FOLDER)]


def _check_unused(runner: GraphRunner, path: str) -> None:
    """Raises ERROR_SHARING_VIOLATION for a file of an open database, under whatever name."""
    if runner.graph.database.is_at(path) or in_use(path):
        raise WrappedWin32Error(ERROR_SHARING_VIOLATION, f"{path} belongs to a graph that is open.")


def _counted(rows: Iterable[T], progress: Callable[[int], object]) -> Iterator[T]:
    for number, row in enumerate(rows, 1):
        progress(number)
        yield row
