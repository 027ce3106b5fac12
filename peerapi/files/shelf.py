"""The files of one graph that lie here: those that are shared, and one that is just coming.

A file that comes is saved under a name that nobody opens by chance, and has its own when all of it is there and on the
disk. Nothing in here runs or opens what was received, and nothing of it may be run: its mode is 0600. Everything
blocks: who has an event loop calls it on a thread. Raises OSError; what a person can do something about is an Unusable.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import stat
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from peerapi import private
from peerapi.files.content import MOST_SIZE, PIECE, Content, Hashing, count, length
from peerapi.files.names import numbered, plain

BLOCK = 1 << 20
"Bytes that are read at a time when a file is looked through."
MOST_OF_ONE_NAME = 1000
_FULL = (errno.ENOSPC, errno.EDQUOT)


class Unusable(Exception):
    """A file cannot be shared, or not be saved; ``str()`` is a sentence for a person."""


@dataclass(frozen=True, slots=True)
class Held:
    """A file that is here, whole, and shared."""

    content: Content
    name: str
    path: Path
    seen: int
    "When it was changed last, in nanoseconds, as it was when it was looked through."

    def piece(self, number: int) -> bytes | None:
        """The piece, as long as the file is what it was."""
        try:
            with self.path.open("rb", buffering=0) as file:
                data = os.pread(file.fileno(), length(self.content.size, number), number * PIECE)
        except OSError:
            return None
        return data if self.content.has(number, data) else None


class Shelf:
    """The folder of one peer in one graph."""

    def __init__(self, folder: Path, received: Path) -> None:
        self._folder = folder
        self._received = received
        self._held: dict[bytes, Held] = {}
        self._drafts: set[Path] = set()
        "Those whose bytes still come."
        self._lock = threading.Lock()

    def load(self) -> None:
        """What was shared before; what is gone or another file by now is forgotten, and what a program that was killed
        has left half is removed."""
        for path in self._folder.glob("*.json"):
            try:
                said = json.loads(path.read_text(encoding="utf-8"))
                content = Content(int(said["size"]), path.with_suffix(".hashes").read_bytes())
                held = Held(content, plain(said["name"]), Path(said["path"]), int(said["seen"]))
                found = held.path.stat()
                is_same = (found.st_size, found.st_mtime_ns) == (content.size, held.seen)
            except (OSError, ValueError, KeyError, TypeError):
                is_same = False
            if is_same and content.id.hex() == path.stem:
                self._held[content.id] = held
        with self._lock:
            kept = {one.path for one in self._held.values()}
            for path in (*self._folder.glob("*.copy"), *self._folder.glob("*.part")):
                if path not in kept and path not in self._drafts:
                    path.unlink(missing_ok=True)

    def held(self, file: bytes) -> Held | None:
        return self._held.get(file)

    # ---- sharing ----

    def share(self, path: Path, name: str | None = None, progress: Callable[[int], object] = lambda size: None) -> Held:
        """Look a file of this user through, which stays where it is. ``progress`` is told how much of it was read."""
        with _opened(path) as descriptor:
            before = os.fstat(descriptor)
            if not stat.S_ISREG(before.st_mode):
                raise Unusable(f"{path.name} is no file")
            if before.st_size > MOST_SIZE:
                raise Unusable(f"{path.name} has more than {MOST_SIZE >> 30} GiB")
            hashing = Hashing()
            while data := os.read(descriptor, BLOCK):
                hashing.feed(data)
                progress(hashing.size)
                if hashing.size > MOST_SIZE:
                    raise Unusable(f"{path.name} has more than {MOST_SIZE >> 30} GiB")
            after = os.fstat(descriptor)
        content = hashing.end()
        if (after.st_mtime_ns, after.st_size) != (before.st_mtime_ns, content.size):
            raise Unusable(f"{path.name} was changed while it was read")
        return self._keep(content, path.absolute(), plain(path.name if name is None else name), after.st_mtime_ns)

    def _keep(self, content: Content, path: Path, name: str, seen: int) -> Held:
        held = Held(content, name, path, seen)
        said = {"name": name, "path": str(path), "size": content.size, "seen": seen}
        with self._lock:
            before = self._held.get(content.id)
            if before is not None and before.path.parent == self._folder and before.path != path:
                before.path.unlink(missing_ok=True)
            self._write_hashes(content)
            private.replace(self._at(content.id, "json"), json.dumps(said))
            self._held[content.id] = held
        return held

    def forget(self, file: bytes) -> None:
        """No longer share a file; a copy that was made only for that is removed."""
        with self._lock:
            held = self._held.pop(file, None)
            for kind in ("json", "hashes"):
                self._at(file, kind).unlink(missing_ok=True)
            if held is not None and held.path.parent == self._folder:
                held.path.unlink(missing_ok=True)

    def draft(self) -> Draft:
        """For a file whose bytes come from a page: it is kept in this folder as long as it is shared."""
        return Draft(self, self._folder)

    # ---- receiving ----

    def incoming(self, file: bytes, size: int) -> Incoming:
        """The place of a file that comes; what an earlier fetch has left is read again, and counts as far as it is the
        file's. Raises Unusable when it comes already, or there is no room."""
        private.make_folder(self._received)
        return Incoming(self, file, size, self._received)

    def kept_hashes(self, file: bytes, size: int) -> Content | None:
        """Those of an earlier fetch."""
        try:
            content = Content(size, self._at(file, "hashes").read_bytes())
        except OSError:
            return None
        return content if content.id == file else None

    def keep_hashes(self, content: Content) -> None:
        with self._lock:
            self._write_hashes(content)

    def _write_hashes(self, content: Content) -> None:
        path = self._at(content.id, "hashes")
        part = path.with_suffix(f".{threading.get_ident()}.part")
        with open(part, "wb", opener=private.opener) as file:
            file.write(content.hashes)
        part.replace(path)

    def forget_hashes(self, file: bytes) -> None:
        if file not in self._held:
            self._at(file, "hashes").unlink(missing_ok=True)

    def _at(self, file: bytes, kind: str) -> Path:
        return self._folder / f"{file.hex()}.{kind}"


class Draft:
    """Bytes that come one after the other, of which a shared file is made."""

    def __init__(self, shelf: Shelf, folder: Path) -> None:
        self._shelf = shelf
        self._path = folder / f"{os.urandom(8).hex()}.copy"
        shelf._drafts.add(self._path)
        private.make_file(self._path)
        self._file = self._path.open("wb", buffering=0)
        self._hashing = Hashing()
        self._is_kept = False

    @property
    def size(self) -> int:
        return self._hashing.size

    def write(self, data: bytes) -> None:
        """Raises Unusable when there is no room; then, and in ``drop``, nothing of it stays."""
        if self.size + len(data) > MOST_SIZE:
            raise Unusable(f"a file has at most {MOST_SIZE >> 30} GiB")
        with _room(self.drop):
            self._file.write(data)
        self._hashing.feed(data)

    def end(self, name: str) -> Held:
        """All of it is there."""
        self._file.close()
        held = self._shelf._keep(self._hashing.end(), self._path, plain(name), self._path.stat().st_mtime_ns)
        self._is_kept = True
        self._shelf._drafts.discard(self._path)
        return held

    def drop(self) -> None:
        """What is not shared by now is not kept."""
        self._file.close()
        self._shelf._drafts.discard(self._path)
        if not self._is_kept:
            self._path.unlink(missing_ok=True)


class Incoming:
    """A file that comes, before it has its name."""

    def __init__(self, shelf: Shelf, file: bytes, size: int, folder: Path) -> None:
        self._shelf = shelf
        self._file_id = file
        self._size = size
        self._folder = folder
        self.path = folder / f".{file.hex()[:32]}.part"
        self.content = shelf.kept_hashes(file, size)
        self.have = b""
        self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, private.FILE)
        try:
            self._begin()
        except BaseException:
            self.close()
            raise

    def _begin(self) -> None:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Unusable("this file is just being fetched, perhaps by another program of yours") from None
        os.fchmod(self._descriptor, private.FILE)
        before = os.fstat(self._descriptor).st_size
        if self.content is not None and before == self._size:
            self.have = bytes(self._is_here(piece) for piece in range(count(self._size)))
        with _room(self.discard):
            self._make_room()
            os.ftruncate(self._descriptor, self._size)

    def _make_room(self) -> None:
        """The disk is full now, or not before the file is there."""
        if self._size:
            os.posix_fallocate(self._descriptor, 0, self._size)

    def _is_here(self, piece: int) -> bool:
        assert self.content is not None
        return self.content.has(piece, os.pread(self._descriptor, length(self._size, piece), piece * PIECE))

    def listed(self, content: Content) -> None:
        """The hashes are known: another time the fetch goes on from here."""
        self._shelf.keep_hashes(content)
        self.content = content

    def write(self, piece: int, data: bytes) -> None:
        with _room(self.discard):
            at = piece * PIECE
            while data:
                written = os.pwrite(self._descriptor, data, at)
                data, at = data[written:], at + written

    def finish(self, name: str) -> Held:
        """All of it is here: it gets its name, or that with a number, and never takes the place of another file."""
        assert self.content is not None
        os.fsync(self._descriptor)
        path = self._named(name)
        held = self._shelf._keep(self.content, path, name, path.stat().st_mtime_ns)
        self.close()
        return held

    def _named(self, name: str) -> Path:
        for number in range(1, MOST_OF_ONE_NAME):
            path = self._folder / (name if number == 1 else plain(numbered(name, number)))
            try:
                os.link(self.path, path)
            except FileExistsError:
                continue
            except OSError as error:  # a file system without links, as on memory sticks
                if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK):
                    raise
                try:
                    private.make_file(path)
                except FileExistsError:
                    continue
                self.path.replace(path)
                return path
            self.path.unlink()
            return path
        raise Unusable(f"there are {MOST_OF_ONE_NAME} files of that name already")

    def discard(self) -> None:
        """Nothing of it stays."""
        self.path.unlink(missing_ok=True)
        self._shelf.forget_hashes(self._file_id)
        self.close()

    def close(self) -> None:
        """What has come stays, for another time."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


@contextlib.contextmanager
def _room(drop: Callable[[], object]) -> Iterator[None]:
    """A full disk is told in a sentence, and nothing that was begun stays on it."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        drop()
        raise Unusable("there is not enough room on the disk") from error


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[int]:
    """A file of this user to be read; what is none, as a pipe, is not waited for."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
