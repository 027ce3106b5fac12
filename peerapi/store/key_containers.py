"""Key containers on disk: what CryptAcquireContext finds again under a name (``files.OwnFiles``)."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from peerapi.errors import OutOfMemory
from peerapi.store.files import OwnFiles, pack, unpack

LIMIT = 4096
FORMAT = 1
_TEXTS = ("container",)
_BINARY = ("exchange", "signature")


class StoredContainer(NamedTuple):
    """One container: a key pair for exchange and one for signatures, DER PrivateKeyInfo, empty where there is none."""

    container: str
    exchange: bytes = b""
    signature: bytes = b""


class KeyContainerStore(OwnFiles[StoredContainer]):
    """The key containers of one user."""

    FOLDER = "containers"
    SUFFIX = ".keys"
    TOO_MANY = OutOfMemory

    def __init__(self, folder: Path | None = None, limit: int = LIMIT) -> None:
        super().__init__(folder, limit)

    def name(self, item: StoredContainer) -> str:
        return item.container

    def encode(self, item: StoredContainer) -> bytes:
        return pack(FORMAT, item._asdict())

    def decode(self, content: bytes) -> StoredContainer:
        return unpack(FORMAT, StoredContainer, _TEXTS, _BINARY, content)
