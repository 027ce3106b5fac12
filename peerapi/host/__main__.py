"""``python -m peerapi.host run``: the host of a user, which programs start by themselves when they need it.

Reports on its standard output, in one line, that it is ready or why it is not; then that is closed.
"""

from __future__ import annotations

import gc
import os
import sys
import time
from contextlib import suppress
from itertools import pairwise

WAIT = 2.0
"Seconds for a lock that a program holds while it changes a file."


def main(arguments: list[str]) -> int:
    """``run [--home FOLDER] [--idle SECONDS] [--foreground]``; -> exit code."""
    if not arguments or arguments[0] != "run":
        print("usage: python -m peerapi.host run [--home FOLDER] [--idle SECONDS] [--foreground]", file=sys.stderr)
        return 2
    gc.disable()  # what is imported now stays, and need not be looked through while the program waits
    options = dict(pairwise(arguments))
    if "--foreground" not in arguments:
        for descriptor in os.listdir("/proc/self/fd"):  # what the program has left open for its children
            if int(descriptor) > 2:
                with suppress(OSError):
                    os.close(int(descriptor))
        if os.fork():  # the program that starts a host must not find a child that it has not made
            os._exit(0)
    if "--home" in options:
        from peerapi.environment import choose

        choose("PEERAPI_HOME", options["--home"])
    os.chdir("/")
    os.umask(0o077)
    return run(float(options.get("--idle", 0)))


def run(idle: float) -> int:
    """Hold the lock, be a host, end."""
    from peerapi.engine.collab.places import Places, held
    from peerapi.errors import PeerError
    from peerapi.log import set_up

    set_up()
    try:
        places = Places()
        places.make()
        end = time.monotonic() + WAIT
        while True:
            with held(places.lock, wait=False) as is_free:
                if is_free:
                    return _serve(places, idle)
            if time.monotonic() > end:
                report("another host runs already")
                return 1
            time.sleep(0.01)
    except (OSError, PeerError) as error:
        report(f"{type(error).__name__}: {error}")
        return 1


def _serve(places: object, idle: float) -> int:
    import trio

    from peerapi.engine.collab.places import Places
    from peerapi.host.service import IDLE, Host

    assert isinstance(places, Places)
    host = Host(places, idle or IDLE)
    trio.run(host.run, _ready)
    return 0


def _ready() -> None:
    report("ready")
    tell_manager()
    gc.freeze()
    gc.enable()


def tell_manager() -> None:
    """Tell the service manager that the host is ready, where one has started it (sd_notify(3))."""
    import socket

    from peerapi.environment import taken

    where = taken("NOTIFY_SOCKET")
    if where:
        name = f"\0{where[1:]}" if where.startswith("@") else where
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
            channel.sendto(b"READY=1", name)


def report(line: str) -> None:
    """One line for who has started this, who then reads no more."""
    plain = line.replace("\n", " ")
    try:
        os.write(1, f"{plain}\n".encode("utf-8", "backslashreplace"))
    except OSError:
        return
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.close(null)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
