"""Things on disk that are nobody else's business: one file each, in a folder that only its owner may enter.

A file is written whole beside its place, brought to the disk, and renamed, so that a crash leaves the old state or the
new one. Whoever changes something holds a lock file; readers need none, since a rename is atomic. A file that does not
carry its own checksum is put aside under another name, never deleted, and reported once
(PEER_E_CERT_STORE_CORRUPTED); the others go on working.

What the bytes mean is not looked at here.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

import peerapi.private as private
from peerapi._process import close_in_child, keep_in_child
from peerapi.digests import sha256
from peerapi.errors import (
    NO_ROOM,
    AlreadyExists,
    CertStoreCorrupted,
    DiskFull,
    NoKeyAccess,
    NotFound,
    OutOfMemory,
    PeerError,
    is_without_room,
    os_sentence,
)
from peerapi.store.data_folder import data_folder

MAX_FILE = 1 << 20
T = TypeVar("T")
_LOCK = ".lock"
_NEW = ".new"
_DIGITS = 8


class OwnFiles(Generic[T]):
    """The items of one kind and one user, each under a name. Keeps nothing in memory: other processes work on the same
    files.

    All operations raise NoKeyAccess when folder or files cannot be used, DiskFull when there is no room.
    """

    FOLDER: ClassVar[str]
    "The folder of these files, below the data folder."
    SUFFIX: ClassVar[str]
    "The ending of the files' names."
    TOO_MANY: ClassVar[type[PeerError]]
    FILE_MODE: ClassVar[int] = 0o600

    def __init__(self, folder: Path | None, limit: int) -> None:
        """``folder``: instead of the one under the data folder, which is looked up at each call."""
        self._given = folder
        self._limit = limit

    @property
    def folder(self) -> Path:
        return self._given or data_folder() / self.FOLDER

    def name(self, item: T) -> str:
        """What an item is found by."""
        raise NotImplementedError

    def encode(self, item: T) -> bytes:
        """The content of its file."""
        raise NotImplementedError

    def decode(self, content: bytes) -> T:
        """Raises CertStoreCorrupted, OtherFormat."""
        raise NotImplementedError

    # ---- reading ----

    def find(self, name: str) -> T:
        """The item of that name. Raises NotFound, CertStoreCorrupted."""
        with _access():
            path = self._path(name)
            found = None if path is None else self._read(path)
        if found is None or self.name(found) != name:
            raise NotFound
        return found

    def first(self) -> T | None:
        """The oldest item that is left."""
        with _access():
            for path in self._paths():
                if (found := self._read(path)) is not None:
                    return found
        return None

    def all(self) -> list[T]:
        """All items, oldest first. Raises CertStoreCorrupted."""
        with _access():
            return [found for path in self._paths() if (found := self._read(path)) is not None]

    # ---- changing ----

    def add(self, item: T) -> None:
        """Raises AlreadyExists, ``TOO_MANY``."""
        with _access(), self._locked():
            self._add(item)

    def first_or_add(self, make: Callable[[], T]) -> T:
        """The oldest item that is left; what ``make`` gives, added, when there is none. Between looking and adding no
        thread and no process comes."""
        with _access(), self._locked():
            for path in self._paths():
                if (found := self._read(path, locked=True)) is not None:
                    return found
            made = make()
            self._add(made)
            return made

    def _add(self, item: T) -> None:
        """Write a new item; the lock of the folder is held."""
        paths = self._paths()
        if self._path(self.name(item)) is not None:
            raise AlreadyExists
        if len(paths) >= self._limit:
            raise self.TOO_MANY
        number = _number(paths[-1]) + 1 if paths else 1
        self._write(self.folder / f"{number:0{_DIGITS}}-{_key(self.name(item))}{self.SUFFIX}", item)

    def change(self, name: str, change: Callable[[T], T]) -> None:
        """Replaces an item by ``change`` of it, which must keep the name. Raises NotFound, CertStoreCorrupted."""
        with _access(), self._locked():
            path = self._path(name)
            found = None if path is None else self._read(path, locked=True)
            if path is None or found is None:
                raise NotFound
            self._write(path, change(found))

    def remove(self, name: str, check: Callable[[], None] = lambda: None) -> None:
        """Deletes an item for good. ``check`` is called under the lock and may raise. Raises NotFound."""
        with _access(), self._locked():
            path = self._path(name)
            if path is None:
                raise NotFound
            check()
            path.unlink()
            _sync(self.folder)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps other threads and processes from changing items, for whoever stores something that belongs to one.

        Not reentrant: nothing of this store may be changed inside.
        """
        with _access(), self._locked():
            yield

    # ---- files ----

    def _paths(self) -> list[Path]:
        """The files of items, oldest first."""
        try:
            self._check_folder()
            names = sorted(name for name in os.listdir(self.folder) if self._is_item(name))
        except FileNotFoundError:
            return []
        return [self.folder / name for name in names]

    def _is_item(self, name: str) -> bool:
        return name.endswith(self.SUFFIX) and name[:_DIGITS].isdigit() and name[_DIGITS : _DIGITS + 1] == "-"

    def _path(self, name: str) -> Path | None:
        ending = f"-{_key(name)}{self.SUFFIX}"
        return next((path for path in self._paths() if path.name.endswith(ending)), None)

    def _make_folder(self) -> None:
        private.make_folder(self.folder, self.folder.parent)

    def _check_folder(self) -> None:
        """Only we may enter the folder. Someone else's is refused, an open one of ours is closed."""
        found = self.folder.stat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            raise NoKeyAccess(f"{self.folder} is no folder of this user.")
        if found.st_mode & 0o777 != 0o700:
            self.folder.chmod(0o700)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        self._make_folder()
        self._check_folder()
        descriptor = os.open(self.folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            if os.fstat(descriptor).st_mode & 0o777 != 0o600:  # made under an unusual umask
                os.fchmod(descriptor, 0o600)
            close_in_child(descriptor)  # a child that is forked meanwhile would keep the lock as long as it lives
            fcntl.flock(descriptor, fcntl.LOCK_EX)  # between threads too: each has a descriptor of its own
            yield
        finally:
            keep_in_child(descriptor)
            os.close(descriptor)

    def _read(self, path: Path, locked: bool = False) -> T | None:
        """What a file holds; None when it is gone. A damaged one is put aside. Raises CertStoreCorrupted."""
        try:
            return self.decode(_content(path))
        except FileNotFoundError:
            return None
        except CertStoreCorrupted:
            with contextlib.nullcontext() if locked else self._locked():
                return self._put_aside(path)

    def _put_aside(self, path: Path) -> T | None:
        """Under the lock: looks once more, since a writer may have been faster, then renames."""
        try:
            return self.decode(_content(path))
        except FileNotFoundError:
            return None
        except CertStoreCorrupted as error:
            if isinstance(error, OtherFormat):
                raise
            aside = next(p for n in range(1, 1 << 30) if not (p := path.with_suffix(f".damaged-{n}")).exists())
            path.rename(aside)
            _sync(self.folder)
            raise CertStoreCorrupted(f"A file is damaged; it is kept as {aside}.") from error

    def _write(self, path: Path, item: T) -> None:
        """Under the lock: ``path`` is the old content or the new one, whatever happens meanwhile."""
        new = self.folder / _NEW
        new.unlink(missing_ok=True)  # left behind by a process that was killed
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                os.fchmod(file.fileno(), self.FILE_MODE)  # whatever the umask is
                file.write(self.encode(item))
                file.flush()
                os.fsync(file.fileno())
            os.replace(new, path)
        except BaseException:
            with contextlib.suppress(OSError):
                new.unlink()
            raise
        _sync(self.folder)


def _key(name: str) -> str:
    return sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:40]


def _number(path: Path) -> int:
    return int(path.name[:_DIGITS])


def _content(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise NoKeyAccess(f"{path} is no file.")
        return file.read(MAX_FILE)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _access() -> Iterator[None]:
    """Inside, errors of the system become those of the API."""
    try:
        yield
    except OSError as error:
        if is_without_room(error):
            raise DiskFull(NO_ROOM) from error
        if error.errno == errno.ENOMEM:
            raise OutOfMemory from error
        raise NoKeyAccess(os_sentence(error)) from error


# ---- what is in a file ----


class OtherFormat(CertStoreCorrupted):
    """The file was written by another version of this library; it stays where it is."""


def pack(format: int, values: Mapping[str, str | bytes]) -> bytes:
    """The content of a file: JSON with hexadecimal bytes and a checksum."""
    import json

    fields: dict[str, Any] = {"format": format}
    fields |= {name: value.hex() if isinstance(value, bytes) else value for name, value in values.items()}
    return json.dumps({**fields, "check": _checksum(fields)}, indent=1).encode("ascii") + b"\n"


def unpack(format: int, make: Callable[..., T], texts: tuple[str, ...], binary: tuple[str, ...], content: bytes) -> T:
    """``make`` of the named fields of a file. Raises CertStoreCorrupted, OtherFormat."""
    import json

    try:
        fields = json.loads(content)
        if not isinstance(fields, dict) or fields.pop("check", None) != _checksum(fields):
            raise CertStoreCorrupted
        if fields["format"] != format:
            raise OtherFormat
        values = {name: bytes.fromhex(fields[name]) for name in binary}
        return make(**values, **{name: fields[name] for name in texts})
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise CertStoreCorrupted from error


def _checksum(fields: dict[str, Any]) -> str:
    import json

    return sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()
