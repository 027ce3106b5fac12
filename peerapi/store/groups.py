"""Groups on disk: what an identity needs to open each of its groups again (``files.OwnFiles``).

The records of a group are in its database (``database``), which knows no secrets. What the bytes mean is not looked at
here; ``engine.groups.groups`` does that.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from peerapi.errors import OutOfMemory
from peerapi.store.files import OwnFiles, pack, unpack

LIMIT = 4096
"Groups of one user, of all identities together. The API has neither number nor code: E_OUTOFMEMORY."
FORMAT = 1
_TEXTS = ("identity", "group", "friendly_name", "cloud")
_BINARY = ("chain", "owner_key", "root")


class StoredGroup(NamedTuple):
    """One group of one identity, as it is kept."""

    identity: str
    "Peer name."
    group: str
    "Peer name."
    friendly_name: str
    cloud: str
    chain: bytes = b""
    "The membership, PKCS #7; empty until a password has brought one."
    owner_key: bytes = b""
    "The group's own private key, DER PrivateKeyInfo, where the identity has created the group; not encrypted."
    root: bytes = b""
    "The group's root certificate, DER, with ``owner_key``."


class GroupStore(OwnFiles[StoredGroup]):
    """The groups of one user."""

    FOLDER = "groups"
    SUFFIX = ".group"
    TOO_MANY = OutOfMemory

    def __init__(self, folder: Path | None = None, limit: int = LIMIT) -> None:
        super().__init__(folder, limit)

    def name(self, item: StoredGroup) -> str:
        return key_of(item.identity, item.group)

    def encode(self, item: StoredGroup) -> bytes:
        return pack(FORMAT, item._asdict())

    def decode(self, content: bytes) -> StoredGroup:
        return unpack(FORMAT, StoredGroup, _TEXTS, _BINARY, content)

    def of(self, identity: str) -> list[StoredGroup]:
        """The groups of an identity, oldest first. Raises CertStoreCorrupted."""
        return [found for found in self.all() if found.identity == identity]


def key_of(identity: str, group: str) -> str:
    """The name under which a group of an identity is found."""
    return f"{identity}\n{group}"
