"""Files and folders that only their owner can enter, read and write, whatever the umask is and whatever was there.

The mode is set on what was made or found, not asked for: a umask of 0 adds nothing and one of 0777 takes nothing away.
What belongs to another user is left as it is.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from pathlib import Path

FOLDER, FILE = 0o700, 0o600
SYSTEM = 0
"The user whose files may be trusted: root."


def make_folder(path: Path, up_to: Path | None = None) -> None:
    """Make a folder and those above it that are missing. ``path`` and those above it up to ``up_to`` are closed if they
    are wider; ``up_to`` itself, which the user may have made for other things too, is closed to writing only. Raises
    OSError."""
    missing = [path]
    while not missing[-1].parent.exists():
        missing.append(missing[-1].parent)
    for each in reversed(missing):
        with contextlib.suppress(FileExistsError):
            each.mkdir(mode=FOLDER)
            each.chmod(FOLDER)  # at once, for under a strange umask nothing could be made inside
    if up_to is not None and path.is_relative_to(up_to):
        for each in (path, *path.parents)[: len(path.relative_to(up_to).parts)]:
            close(each, FOLDER)
        if not _is_sticky(up_to):
            close(up_to, 0o755)


def _is_sticky(folder: Path) -> bool:
    """Whether all may write there, but nobody changes what is another's, as in /tmp."""
    with contextlib.suppress(OSError):
        return bool(folder.stat().st_mode & stat.S_ISVTX)
    return False


def close(path: Path, mode: int = FILE) -> None:
    """Leave of the permissions of a file or folder of this user no more than ``mode``; a symbolic link, what is not
    there and what belongs to another user stay as they are.

    The file is not opened: with that, SQLite would lose its locks on it.
    """
    with contextlib.suppress(OSError):
        found = path.lstat()
        is_ours = found.st_uid == os.geteuid() and not stat.S_ISLNK(found.st_mode)
        if is_ours and found.st_mode & 0o777 & ~mode:
            path.chmod(stat.S_IMODE(found.st_mode) & ~(0o777 & ~mode))


def make_file(path: Path | str) -> None:
    """An empty file that was not there before; a symbolic link is not followed. Raises FileExistsError, OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, FILE)
    try:
        os.fchmod(descriptor, FILE)
    finally:
        os.close(descriptor)


def write_new(path: Path, text: str) -> None:
    """A file with that text, which was not there before. Raises FileExistsError, OSError."""
    make_file(path)
    path.write_text(text, encoding="utf-8")


def replace(path: Path, text: str) -> None:
    """A file with that text, which takes the place of one that is there at once or not at all. Raises OSError."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        write_new(draft, text)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def opener(path: str, flags: int) -> int:
    """For ``open(..., opener=opener)``: a file that is made is its owner's only. Raises OSError, also for a file or a
    link that another user has made in a folder which all share: who has made it reads it, or says what is written."""
    if _is_planted(path, os.lstat(path) if os.path.lexists(path) else None):
        raise PermissionError(errno.EACCES, "another user has made this in a folder that all share", path)
    descriptor = os.open(path, flags, FILE)
    if _is_planted(path, os.fstat(descriptor)):
        os.close(descriptor)
        raise PermissionError(errno.EACCES, "another user has made this in a folder that all share", path)
    return descriptor


def _is_planted(path: str, found: os.stat_result | None) -> bool:
    """As the kernel judges it where fs.protected_regular and its like are on; not everywhere they are."""
    return found is not None and found.st_uid not in (os.geteuid(), SYSTEM) and _is_sticky(Path(path).parent)
