"""Paths that come from the environment mean one place, wherever the process goes afterwards (chdir)."""

from __future__ import annotations

import errno
import os

_known: dict[str, str] = {}
"What each relative path meant when it was first met."


def fixed(path: str) -> str:
    """The absolute path that a path of the environment means: relative to the folder in which it was first met, with
    ``~`` expanded as a shell does. Raises OSError, with a sentence, when it means nothing."""
    if os.path.isabs(path):
        return path
    expanded = os.path.expanduser(path) if path.startswith("~") else path
    if expanded.startswith("~"):
        raise FileNotFoundError(errno.ENOENT, "no user of this machine has such a home folder", path)
    if expanded not in _known:
        try:
            _known[expanded] = os.path.abspath(expanded)
        except FileNotFoundError as error:
            raise FileNotFoundError(errno.ENOENT, "the folder that this path starts from is gone", path) from error
    return _known[expanded]
