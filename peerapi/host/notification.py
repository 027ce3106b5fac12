"""Notifications on the user's desktop: an invitation has come, and no program of the user attends to invitations.

``notify-send`` shows them, where it is installed and the session has a bus; elsewhere nothing happens. What others have
written is in the body only, where a desktop may read markup: so it is escaped, and cut. There is no shell.
"""

from __future__ import annotations

import html
import shutil
import subprocess
from collections import deque
from pathlib import Path

import trio

from peerapi.collab import local
from peerapi.engine.collab.starting import environment
from peerapi.environment import variable
from peerapi.log import Log
from peerapi.text import printable

PROGRAM = "notify-send"
PATIENCE = 10.0
"Seconds that the program may take."
MOST, PERIOD = 5, 60.0
"So many notifications in so many seconds: strangers may invite as often as they like."
LONGEST_NAME, LONGEST_MESSAGE = 60, 200
log = Log("host")


class Notifications:
    """See the module's text."""

    def __init__(self) -> None:
        self._shown: deque[float] = deque(maxlen=MOST)

    async def tell(self, waiting: local.Waiting) -> None:
        """Show that an invitation waits. Raises nothing."""
        program = shutil.which(PROGRAM) if has_bus() else None
        now = trio.current_time()
        if program is None or (len(self._shown) == MOST and now - self._shown[0] < PERIOD):
            return
        self._shown.append(now)
        command = [program, "--app-name=peerapi", "--", "An invitation", body(waiting)]
        try:
            with trio.move_on_after(PATIENCE):
                await trio.run_process(
                    command,
                    stdin=subprocess.DEVNULL,
                    capture_stdout=True,
                    capture_stderr=True,
                    check=False,
                    env=environment(),
                )
        except OSError as error:
            log.warning("%s: %s", program, error)


def has_bus() -> bool:
    """Whether the user's session has a bus, on which a desktop may listen."""
    runtime = variable("XDG_RUNTIME_DIR")
    return bool(variable("DBUS_SESSION_BUS_ADDRESS")) or bool(runtime and Path(runtime, "bus").is_socket())


def body(waiting: local.Waiting) -> str:
    """The text of a notification, in the markup of desktops, with the escapes of notify-send."""
    who = f"{plain(waiting.who, LONGEST_NAME) or 'Somebody'}{'' if waiting.is_contact else ' (no contact)'}"
    said = plain(waiting.invitation.message or "", LONGEST_MESSAGE)
    lines = [f"{who} invites to {plain(waiting.description, LONGEST_NAME)}", said, "peerapi collab invitations"]
    return "\n".join(line for line in lines if line)


def plain(text: str, most: int) -> str:
    """A text as itself: no control characters, no markup, and no escape of notify-send, which reads those of C."""
    shown = printable(text)
    shown = shown if len(shown) <= most else f"{shown[: most - 1]}…"
    return html.escape(shown, quote=False).replace("\\", "\\\\")
