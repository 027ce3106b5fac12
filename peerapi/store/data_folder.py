"""Where data lives."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

import peerapi.environment as environment
from peerapi.errors import AccessDenied
from peerapi.folders import fixed


def data_folder() -> Path:
    """PEERAPI_HOME, else the platform's user data folder: an absolute path, the same after the process has changed its
    folder. Raises AccessDenied when there is none."""
    try:
        chosen = environment.variable("PEERAPI_HOME")
        if chosen:
            return Path(fixed(chosen))
        base = environment.variable("XDG_DATA_HOME")
        if os.path.isabs(base):  # others are to be ignored, says the XDG Base Directory Specification
            return Path(base) / "peerapi"
        return environment.home_folder() / ".local" / "share" / "peerapi"
    except OSError as error:
        raise AccessDenied(f"There is no folder to keep data in: {error}") from error


def require_usable() -> None:
    """Raises AccessDenied when the data folder cannot be used: it is something else, may not be read, or is not there
    and cannot be made. One that is not there yet is not made."""
    folder = data_folder()
    try:
        if folder.exists() or folder.is_symlink():
            os.listdir(folder)
            return
        there = next(one for one in folder.parents if one.exists())
        with tempfile.TemporaryDirectory(dir=there, prefix=".peerapi-"):
            pass  # what could be made there is gone again
    except OSError as error:
        said = f"{folder} cannot be used as the data folder: {error.strerror or error}."
        raise AccessDenied(said) from error


with contextlib.suppress(AccessDenied):  # whoever needs it is told
    data_folder()  # the first use of this library decides what a relative path means
