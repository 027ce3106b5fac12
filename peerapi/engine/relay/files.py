"""What a relay keeps in its user's home: its key, the secret of its passes, what it has carried this month."""

from __future__ import annotations

import base64
import contextlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

import peerapi.private as private
from peerapi.errors import InvalidDatabase
from peerapi.identity.keys import KeyPair, UnsuitableKey
from peerapi.reach.envelope import self_signed
from peerapi.reach.leg import key_hash
from peerapi.reach.passes import ID_SIZE

_FOLDER = "relay"
_KEYS = "keys.json"
NAME = "peerapi relay"


@dataclass(frozen=True)
class RelayKeys:
    """Who a relay is. Its word is good as long as it has them."""

    key: KeyPair
    certificate: bytes
    secret: bytes
    identifier: bytes
    "The identifier of the pass that its word holds."

    @property
    def pin(self) -> bytes:
        """The hash of its key."""
        return key_hash(self.certificate)


def folder(home: Path) -> Path:
    """Where a relay keeps its files."""
    return home / _FOLDER


def keys(home: Path) -> RelayKeys:
    """Those of this user's relay, made when there are none. Raises OSError, InvalidDatabase."""
    private.make_folder(folder(home), home)
    path = folder(home) / _KEYS
    if not path.exists():
        made = KeyPair.generate()
        content = {
            "key": made.pkcs8(),
            "certificate": self_signed(made, int.from_bytes(os.urandom(15), "big") | 1, NAME),
            "secret": os.urandom(32),
            "identifier": os.urandom(ID_SIZE),
        }
        text = json.dumps({name: base64.b64encode(value).decode() for name, value in content.items()})
        with contextlib.suppress(FileExistsError):
            private.write_new(path, text)
    try:
        found = {name: base64.b64decode(value) for name, value in json.loads(path.read_text(encoding="ascii")).items()}
        return RelayKeys(KeyPair.load(found["key"]), found["certificate"], found["secret"], found["identifier"])
    except (ValueError, KeyError, TypeError, AttributeError, UnsuitableKey) as error:
        raise InvalidDatabase(f"{path} is damaged; without it the relay has another word ({error})") from error


def volume(home: Path, port: int) -> dict[str, object]:
    """What the relay at a port has carried; empty: nothing is known."""
    try:
        found = json.loads((folder(home) / f"volume-{port}.json").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def keep_volume(home: Path, port: int, kept: dict[str, object]) -> None:
    """Raises OSError."""
    private.replace(folder(home) / f"volume-{port}.json", json.dumps(kept))
