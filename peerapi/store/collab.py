"""Contacts, Me, registered applications and the settings of collaboration on disk (``files.OwnFiles``).

What the bytes mean is not looked at here; ``collab.contacts`` and ``collab.applications`` do that.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import NamedTuple

from peerapi.environment import variable
from peerapi.errors import InvalidArgument, NoKeyAccess
from peerapi.store.files import OwnFiles, pack, unpack

FORMAT = 1
MAX_CONTACTS = 10_000
MAX_APPLICATIONS = 64
"Registered applications of one registration type."
SHARED_FOLDER = "/etc/peerapi/applications"
"Where PEERAPI_ALL_USERS names no other folder."


class TooManyContacts(InvalidArgument):
    """This user has as many contacts as there may be."""


class TooManyApplications(InvalidArgument):
    """As many applications are registered as there may be of one type: 64."""


class StoredMe(NamedTuple):
    """This user as a person."""

    peer_name: str
    nickname: str
    display_name: str
    email: str
    key: bytes
    "The private key: DER PrivateKeyInfo, not encrypted"
    certificate: bytes
    "The identity certificate, DER"


class StoredContact(NamedTuple):
    """One contact. ``watch`` and ``permission`` are numbers in digits."""

    peer_name: str
    nickname: str
    display_name: str
    email: str
    watch: str
    permission: str
    credentials: bytes


class StoredApplication(NamedTuple):
    """One registration. ``id`` and ``scope`` are hexadecimal digits."""

    id: str
    description: str
    path: str
    arguments: str
    scope: str
    data: bytes


class StoredSettings(NamedTuple):
    """What the user has chosen. Empty texts: nothing."""

    name: str
    endpoint_name: str
    invitations: str
    "From whom invitations are taken."
    command: str
    "What is asked whether an invitation is accepted."


class MeStore(OwnFiles[StoredMe]):
    """There is one."""

    FOLDER = "collab/me"
    SUFFIX = ".me"
    TOO_MANY = TooManyContacts

    def __init__(self, folder: Path | None = None) -> None:
        super().__init__(folder, 1)

    def name(self, item: StoredMe) -> str:
        return item.peer_name

    def encode(self, item: StoredMe) -> bytes:
        return pack(FORMAT, item._asdict())

    def decode(self, content: bytes) -> StoredMe:
        texts = ("peer_name", "nickname", "display_name", "email")
        return unpack(FORMAT, StoredMe, texts, ("key", "certificate"), content)


class ContactStore(OwnFiles[StoredContact]):
    """The contacts of one user, without Me."""

    FOLDER = "collab/contacts"
    SUFFIX = ".contact"
    TOO_MANY = TooManyContacts

    def __init__(self, folder: Path | None = None, limit: int = MAX_CONTACTS) -> None:
        super().__init__(folder, limit)

    def name(self, item: StoredContact) -> str:
        return item.peer_name

    def encode(self, item: StoredContact) -> bytes:
        return pack(FORMAT, item._asdict())

    def decode(self, content: bytes) -> StoredContact:
        texts = ("peer_name", "nickname", "display_name", "email", "watch", "permission")
        return unpack(FORMAT, StoredContact, texts, ("credentials",), content)


class ApplicationStore(OwnFiles[StoredApplication]):
    """The applications that one user has registered."""

    FOLDER = "collab/applications"
    SUFFIX = ".application"
    TOO_MANY = TooManyApplications

    def __init__(self, folder: Path | None = None, limit: int = MAX_APPLICATIONS) -> None:
        super().__init__(folder, limit)

    def name(self, item: StoredApplication) -> str:
        return item.id

    def encode(self, item: StoredApplication) -> bytes:
        return pack(FORMAT, item._asdict())

    def decode(self, content: bytes) -> StoredApplication:
        texts = ("id", "description", "path", "arguments", "scope")
        return unpack(FORMAT, StoredApplication, texts, ("data",), content)


class SharedApplicationStore(ApplicationStore):
    """The applications of all users of this machine: who may write the folder registers, everybody reads."""

    FILE_MODE = 0o644

    @property
    def folder(self) -> Path:
        return self._given or Path(variable("PEERAPI_ALL_USERS") or SHARED_FOLDER)

    def _make_folder(self) -> None:
        self.folder.mkdir(mode=0o755, parents=True, exist_ok=True)

    def _check_folder(self) -> None:
        """What other users could write there would start on this one's behalf."""
        found = self.folder.stat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (0, os.geteuid()) or found.st_mode & 0o022:
            raise NoKeyAccess(f"{self.folder} is no folder that only root or this user can write.")


class SettingsStore(OwnFiles[StoredSettings]):
    """There is one."""

    FOLDER = "collab/settings"
    SUFFIX = ".settings"
    TOO_MANY = InvalidArgument
    NAME = "settings"

    def __init__(self, folder: Path | None = None) -> None:
        super().__init__(folder, 1)

    def name(self, item: StoredSettings) -> str:
        return item.name

    def encode(self, item: StoredSettings) -> bytes:
        return pack(FORMAT, item._asdict())

    def decode(self, content: bytes) -> StoredSettings:
        return unpack(FORMAT, StoredSettings, ("name", "endpoint_name", "invitations", "command"), (), content)

    def get(self) -> StoredSettings:
        """What has been chosen so far."""
        return self.first() or StoredSettings(self.NAME, "", "", "")

    def set(self, **chosen: str) -> None:
        """Change some of what the user has chosen."""
        self.first_or_add(lambda: StoredSettings(self.NAME, "", "", ""))
        self.change(self.NAME, lambda settings: settings._replace(**chosen))
