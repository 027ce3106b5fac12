"""Where files lie on this machine: what is received for its user, and what is known of those that are shared."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import peerapi.environment as environment
from peerapi import private
from peerapi.folders import fixed
from peerapi.store.data_folder import data_folder

VARIABLE = "PEERAPI_RECEIVED"
_USERS = re.compile(r'^XDG_DOWNLOAD_DIR="\$HOME/(?P<below>[^"$\\]+)"$', re.MULTILINE)
"The line of user-dirs.dirs, as xdg-user-dirs writes it."


def received() -> Path:
    """The one folder in which what others give is saved: PEERAPI_RECEIVED, or ``peerapi`` in the user's folder of
    downloads; with PEERAPI_HOME, ``received`` in that. Raises AccessDenied, OSError."""
    chosen = environment.variable(VARIABLE)
    if chosen:
        return Path(fixed(chosen))
    if environment.variable("PEERAPI_HOME"):
        return data_folder() / "received"
    home = environment.home_folder()
    try:
        named = _USERS.search((home / ".config" / "user-dirs.dirs").read_text(encoding="utf-8", errors="replace"))
    except OSError:
        named = None
    return home / (named["below"] if named else "Downloads") / "peerapi"


def shelf(graph_id: str, peer: str) -> Path:
    """The folder that says what a peer shares in one graph. Raises AccessDenied, OSError."""
    return _folder("files", graph_id, peer)


def activity(graph_id: str, peer: str) -> Path:
    """The folder for what a peer alone knows of an activity. Raises AccessDenied, OSError."""
    return _folder("activities", graph_id, peer)


def _folder(what: str, graph_id: str, peer: str) -> Path:
    base = data_folder()
    made = base / what / hashlib.sha256(f"{graph_id}\0{peer}".encode()).hexdigest()[:32]
    private.make_folder(made, base)
    return made
