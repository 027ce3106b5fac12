"""Where the host of a user is found: the folder of collaboration, the lock, the socket.

There is one host for each data folder. It holds a lock there for as long as it lives, and says in a file beside it
which socket it listens on: a program that has another runtime folder in its environment finds it all the same.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import peerapi.private as private
from peerapi._process import close_in_child, keep_in_child
from peerapi.environment import variable
from peerapi.errors import AccessDenied, NoKeyAccess, os_failure, os_sentence
from peerapi.store.data_folder import data_folder

LONGEST_SOCKET = 106
"Bytes of a path; the kernel takes 107."
LONGEST_NAME = 60
"Of those, for the name of a socket."


class Places:
    """The paths of one data folder."""

    def __init__(self, folder: Path | None = None) -> None:
        """``folder``: instead of that of collaboration under the data folder."""
        self.folder = folder or data_folder() / "collab"
        self.lock = self.folder / "host.lock"
        self.start = self.folder / "start.lock"
        self.notice = self.folder / "host.json"
        self.log = self.folder / "host.log"

    def make(self) -> None:
        """Raises NoKeyAccess when the folder is not this user's alone."""
        try:
            private.make_folder(self.folder, self.folder.parent)
            check_private(self.folder)
        except OSError as error:
            raise NoKeyAccess(os_sentence(error)) from error

    def socket(self) -> Path:
        """Where a host listens: in the runtime folder, which ends with the session, else under /tmp; never in the home
        folder, whose path may be longer than that of a socket. Raises AccessDenied."""
        return runtime_folder() / (hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:24] + ".sock")

    def announced(self) -> Path | None:
        """The socket of the host that runs, or that ran last."""
        try:
            said = json.loads(self.notice.read_text(encoding="utf-8"))
            path = said["socket"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return Path(path) if isinstance(path, str) and os.path.isabs(path) else None

    def announce(self, socket: Path) -> None:
        """Say where the host of this process listens. Raises OSError."""
        private.replace(self.notice, json.dumps({"socket": str(socket), "process": os.getpid()}) + "\n")


def runtime_folder() -> Path:
    """Where sockets of this user lie; nobody else can enter it. Raises AccessDenied."""
    runtime = variable("XDG_RUNTIME_DIR")
    folder = Path(runtime) / "peerapi" if os.path.isabs(runtime) else Path(f"/tmp/peerapi-{os.geteuid()}")
    if len(os.fsencode(folder)) + LONGEST_NAME > LONGEST_SOCKET:
        folder = Path(f"/tmp/peerapi-{os.geteuid()}")
    try:
        private.make_folder(folder, folder.parent)
        check_private(folder)
    except OSError as error:
        raise AccessDenied(f"There is no folder for a socket: {error}") from error
    return folder


def check_private(folder: Path) -> None:
    """Raises PermissionError for a folder that others may enter, or that is another user's or a link."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise PermissionError(errno.EACCES, "not a folder of this user alone", str(folder))


@contextlib.contextmanager
def held(path: Path, *, wait: bool) -> Iterator[bool]:
    """A lock file, as long as the block lasts; whether it was free. ``wait``: until it is. Raises AccessDenied and
    wrapped file errors."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, private.FILE)
    except OSError as error:
        raise os_failure(error) from error
    try:
        close_in_child(descriptor)  # a child that is forked meanwhile would keep the lock as long as it lives
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        keep_in_child(descriptor)
        os.close(descriptor)
