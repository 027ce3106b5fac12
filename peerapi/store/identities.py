"""Identities on disk: the files of ``identities`` under the data folder (``files.OwnFiles``).

What the bytes mean is not looked at here; ``identity.manager`` does that.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from peerapi.errors import TooManyIdentities
from peerapi.store.files import OtherFormat as OtherFormat
from peerapi.store.files import OwnFiles, pack, unpack

LIMIT = 1024
"Identities of one user. The API has a code for too many and no number."
FORMAT = 1


class StoredIdentity(NamedTuple):
    """One identity as it is kept."""

    peer_name: str
    friendly_name: str
    key: bytes
    "The private key: DER PrivateKeyInfo, not encrypted"
    certificate: bytes
    "The identity certificate, DER"


class IdentityStore(OwnFiles[StoredIdentity]):
    """The identities of one user."""

    FOLDER = "identities"
    SUFFIX = ".identity"
    TOO_MANY = TooManyIdentities

    def __init__(self, folder: Path | None = None, limit: int = LIMIT) -> None:
        super().__init__(folder, limit)

    def name(self, item: StoredIdentity) -> str:
        return item.peer_name

    def encode(self, item: StoredIdentity) -> bytes:
        return encode(item)

    def decode(self, content: bytes) -> StoredIdentity:
        return decode(content)


def encode(identity: StoredIdentity) -> bytes:
    """The content of a file."""
    return pack(FORMAT, identity._asdict())


def decode(content: bytes) -> StoredIdentity:
    """The identity in a file. Raises CertStoreCorrupted, OtherFormat."""
    return unpack(FORMAT, StoredIdentity, ("peer_name", "friendly_name"), ("key", "certificate"), content)
