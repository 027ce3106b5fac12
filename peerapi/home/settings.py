"""What the home page keeps from one time to the next: a file that only its user can read, for it has the token."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path

from peerapi import Signin, private

MOST_FILE = 64 << 10
"Bytes of the file that are read."


@dataclass
class Settings:
    path: Path
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    port: int = 0
    "The port of the page; 0: it has had none yet."
    scope: int = int(Signin.ALL)
    "For whom this user is there: flags of Signin."

    def save(self) -> None:
        """Raises OSError."""
        kept = {name: value for name, value in asdict(self).items() if name != "path"}
        private.make_folder(self.path.parent, self.path.parent.parent)
        private.replace(self.path, json.dumps(kept, indent=1))


def load(path: Path) -> Settings:
    """What was kept; new ones where that cannot be read."""
    made = Settings(path)
    try:
        with path.open(encoding="utf-8") as file:
            found = json.loads(file.read(MOST_FILE))
        kept = Settings(path, found["token"], found["port"], found["scope"])
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return made
    sound = (type(kept.token), type(kept.port), type(kept.scope)) == (str, int, int) and len(kept.token) >= 32
    return kept if sound and 0 <= kept.port < 1 << 16 and kept.scope in range(4) else made
