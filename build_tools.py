"""What the scripts of the build share: the compiler, how it is run, and the failure that says what to do."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


class BuildError(Exception):
    """The build cannot go on; the text says what to do."""


def compiler() -> str:
    return os.environ.get("CC") or "gcc"


def run(*command: str | Path) -> None:
    try:
        subprocess.run([str(word) for word in command], check=True)
    except FileNotFoundError:
        raise BuildError(
            f"{command[0]} is missing: install gcc (Debian, Ubuntu: apt-get install gcc libc6-dev)"
        ) from None
    except subprocess.CalledProcessError as error:
        raise BuildError(f"failed: {' '.join(str(word) for word in command)}") from error
