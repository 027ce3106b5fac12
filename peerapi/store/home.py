"""Where data lives."""

from __future__ import annotations

import os
from pathlib import Path


def home() -> Path:
    """PEERAPI_HOME, else the platform's user data folder."""
    chosen = os.environ.get("PEERAPI_HOME")
    if chosen:
        return Path(chosen)
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "peerapi"
