"""Environment variables, as far as they are to be believed.

A program that has more rights than who started it (setuid, setgid, file capabilities: what the kernel calls AT_SECURE)
must not let that user's environment choose which files it writes and which code it runs. In such a process no variable
is set, for all that this library knows, as for the C library's ``secure_getenv``.
"""

from __future__ import annotations

import functools
import os
import pwd
import struct
from pathlib import Path

from peerapi.folders import fixed

AT_SECURE = 23
"Of the auxiliary vector, <elf.h>."


def variable(name: str, default: str = "") -> str:
    """The value of an environment variable; ``default`` where there is none, or none that is to be believed."""
    return default if has_more_rights() else os.environ.get(name, default)


def choose(name: str, value: str) -> None:
    """Set a variable for this process, as its command line has it."""
    os.environ[name] = value


def taken(name: str) -> str:
    """The value of a variable that is for this process only; those that it starts do not have it."""
    value = variable(name)
    os.environ.pop(name, None)
    return value


def handed_on(left_out: tuple[str, ...]) -> dict[str, str]:
    """What a process started here gets of this one's environment: all but what begins with one of these."""
    return {name: value for name, value in os.environ.items() if not name.startswith(left_out)}


def home_folder() -> Path:
    """Of the user; of the program's owner where it has more rights than who started it. Raises OSError."""
    if not has_more_rights():
        return Path(fixed("~"))
    try:
        return Path(pwd.getpwuid(os.geteuid()).pw_dir)
    except KeyError as error:
        raise FileNotFoundError(f"user {os.geteuid()} has no home folder") from error


@functools.cache
def has_more_rights() -> bool:
    """Whether this process runs with rights that who started it does not have."""
    if (os.getuid(), os.getgid()) != (os.geteuid(), os.getegid()):
        return True
    try:
        with open("/proc/self/auxv", "rb") as file:
            words = struct.iter_unpack("@LL", file.read())
        return any(kind == AT_SECURE and value for kind, value in words)
    except PermissionError:  # one that was root and gave it up has a closed /proc; so has one with file capabilities
        return os.geteuid() != 0 and _has_capabilities()
    except (OSError, struct.error):
        return False


def _has_capabilities() -> bool:
    try:
        with open("/proc/self/status", encoding="ascii", errors="replace") as file:
            lines = dict(line.split(":\t", 1) for line in file if ":\t" in line)
        return int(lines.get("CapPrm", "0"), 16) != 0
    except (OSError, ValueError):
        return False
