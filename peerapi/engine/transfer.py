"""A graph's database to a file and from one (PeerGraphExportDatabase, PeerGraphImportDatabase)."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

from peerapi.errors import WrappedWin32Error, os_failure
from peerapi.store.opening import foreign

if TYPE_CHECKING:
    from peerapi.engine.driver import Driver

T = TypeVar("T")
ERROR_FILE_NOT_FOUND = 2
ERROR_PATH_NOT_FOUND = 3


def export(driver: Driver, path: str) -> None:
    """Write a copy of the database to a file, which takes the place of one with that name at once or not at all."""
    target = os.path.abspath(path)
    draft = f"{target}.{os.getpid()}.{threading.get_ident()}.part"
    try:
        if os.path.isdir(target):
            raise IsADirectoryError(errno.EACCES, "a folder", target)
        with open(draft, "xb"):  # the file system's own answer is better than SQLite's
            pass
        os.unlink(draft)
        try:
            driver.input(driver.graph.about_to_export)
            driver.read(lambda graph, _: graph.database.export(draft))
            os.replace(draft, target)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(draft)
    except OSError as error:
        raise os_failure(error) from error


def import_file(driver: Driver, path: str, progress: Callable[[int], object] | None = None) -> None:
    """Take in an exported database; ``progress`` is told how many records have been read. Raises GraphInUse,
    InvalidDatabase, wrapped file errors."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # opening a pipe would wait for its other end
            raise PermissionError(errno.EACCES, "not a file", path)
        with open(path, "rb"):
            pass
    except FileNotFoundError as error:
        has_folder = os.path.isdir(os.path.dirname(os.path.abspath(path)))
        raise WrappedWin32Error(ERROR_FILE_NOT_FOUND if has_folder else ERROR_PATH_NOT_FOUND, str(error)) from error
    except OSError as error:
        raise os_failure(error) from error
    facts, rows = foreign(os.path.abspath(path))
    driver.input(driver.graph.import_records, facts, rows if progress is None else _counted(rows, progress))


def _counted(rows: Iterable[T], progress: Callable[[int], object]) -> Iterator[T]:
    for number, row in enumerate(rows, 1):
        progress(number)
        yield row
