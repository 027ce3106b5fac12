"""Finding the host of this user, and starting it when there is none.

The host runs in the interpreter that this library runs in, whatever PATH and PYTHON* say, in a session of its own, with
none of the program's descriptors and with its signals as a new process has them. Programs that need it at the same time
start one between them: who holds the lock of starting starts it, the others find it there.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import struct
import sys
import time
from pathlib import Path

from peerapi.engine.collab.places import Places, held
from peerapi.environment import handed_on, has_more_rights
from peerapi.errors import PeerError, ServiceNotAvailable
from peerapi.log import Log

PATIENCE = 60.0
"Seconds until a host has to be there; a quiet machine needs less than half of one, one with a hundred programs many."
_CREDENTIALS = struct.Struct("iII")
_LEFT_OUT = ("PYTHON", "LD_", "PEERAPI_LAUNCH", "BASH_")
"Beginnings of variables that are the program's own."
_CODE = (
    "import sys; sys.path.insert(0, sys.argv[1]); from peerapi.host.__main__ import main; sys.exit(main(sys.argv[2:]))"
)
log = Log("collab")


def connected(places: Places) -> socket.socket | None:
    """A connection to the host that runs; None when none does. Raises ServiceNotAvailable for a socket that is not of
    this user's host."""
    path = places.announced()
    if path is None:
        return None
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        made.connect(str(path))
    except OSError:
        made.close()
        return None
    if peer_of(made) != os.geteuid():
        made.close()
        raise ServiceNotAvailable(f"{path} is the socket of another user.")
    return made


def end(places: Places) -> None:
    """End a host that does not understand this library, as the system ends processes. Raises ServiceNotAvailable."""
    found = connected(places)
    if found is not None:
        process, _, _ = _peer_of(found)
        found.close()
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGTERM)


def peer_of(connection: socket.socket) -> int:
    """The user at the other end of a local connection."""
    _, user, _ = _peer_of(connection)
    return user


def _peer_of(connection: socket.socket) -> tuple[int, int, int]:
    """Process, user and group of who listens there, or has called."""
    said = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    process, user, group = _CREDENTIALS.unpack(said)
    return int(process), int(user), int(group)


def connect_or_start(places: Places) -> socket.socket:
    """A connection to the host, which is started when none runs. Raises ServiceNotAvailable."""
    found = connected(places)
    if found is not None:
        return found
    if has_more_rights():
        raise ServiceNotAvailable("This program has more rights than who started it; no host is started for it.")
    places.make()
    with held(places.start, wait=True):
        found = connected(places)
        if found is not None:
            return found
        said = _start(places)
        found = connected(places)
    if found is None:
        raise ServiceNotAvailable(f"The host of this user does not start: {said or 'it says nothing'}.")
    return found


def _start(places: Places) -> str:
    """Start a host and wait until it listens; what it says when it does not."""
    root = str(Path(__file__).resolve().parents[3])
    reading, writing = os.pipe()  # neither outlives exec but as the host's standard output
    with open(reading, "rb", buffering=0) as report:
        try:
            process = os.posix_spawn(
                sys.executable,
                [sys.executable, "-I", "-c", _CODE, root, "run", "--home", str(places.folder.parent)],
                environment(),
                file_actions=[
                    (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                    (os.POSIX_SPAWN_DUP2, writing, 1),
                    (os.POSIX_SPAWN_OPEN, 2, str(places.log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
                ],
                setsid=True,
                setsigmask=(),
                setsigdef=signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP},
            )
        except OSError as error:
            raise ServiceNotAvailable(f"The host of this user cannot be started: {error}.") from error
        finally:
            os.close(writing)
        end = time.monotonic() + PATIENCE
        said = b""
        while b"\n" not in said:
            ready, _, _ = select.select([report], [], [], max(0.0, end - time.monotonic()))
            data = os.read(report.fileno(), 1000) if ready else b""
            if not data:
                break
            said += data
    with contextlib.suppress(ChildProcessError):  # the program may wait for children of its own, and find this one
        os.waitpid(process, 0)  # it has made the host a child of nobody's, and ends at once
    line = said.decode("utf-8", "replace").strip()
    log.info("host: %s", line)
    return line


def environment() -> dict[str, str]:
    """What the host gets of this program's environment: what is about the user and the session."""
    return handed_on(_LEFT_OUT)


def is_there(places: Places) -> bool:
    """Whether a host runs."""
    try:
        found = connected(places)
    except PeerError:
        return False
    if found is not None:
        found.close()
    return found is not None
