"""The boards of this user, so that they are found again: a private file for each, with everything to open it by.

A file holds what lets somebody in (the token of the page, the password of the invitation), so it can be read by its
user only.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from peerapi import Address, private
from peerapi.whiteboard.invitation import MOST_ADDRESSES, mixed

GRAPH, GROUP = "graph", "group"
MOST_PEERS = 32
"Members whose addresses are kept."
MOST_ACTIVITIES = 1000
"Of one board, opened here; those opened last are kept in mind."
MOST_FILE = 256 << 10
"Bytes of a file that is read."


class NoSuchBoard(ValueError):
    """The words name no board of this user, or several."""


@dataclass
class SavedBoard:
    """One board, as one of this user's identities opens it."""

    kind: str
    "GRAPH or GROUP"
    id: str
    "The graph's ID, or the group's peer name."
    title: str
    peer: str
    "The author of the records that are made here."
    name: str
    "What the others call this user."
    began_here: bool
    here: bool
    "Only boards on this machine can connect."
    document: str = ""
    "The group's own invitation (XML)."
    password: str = ""
    founder: str = ""
    "The peer that has begun the board, where that is known."
    addresses: dict[str, list[list[Any]]] = field(default_factory=dict)
    "Peer -> where it was met: host and port. Those met last come last."
    names: dict[str, str] = field(default_factory=dict)
    "Peer -> what they are called."
    activities: list[str] = field(default_factory=list)
    "Graphs of activities beside it that were opened here: they go when the board goes."
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    port: int = 0
    "The port of the page; 0: it has had none yet."
    opened: str = ""
    "When it was opened last, ISO 8601."

    @property
    def key(self) -> str:
        """A short name of the board, for files and for people."""
        return hashlib.sha256(f"{self.kind}\0{self.id}\0{self.peer}".encode()).hexdigest()[:12]

    def meet(self, peer: str, addresses: Iterable[Address]) -> bool:
        """Note where a peer is; whether that is news. The founder's are kept longest."""
        fresh = [[address.ipv6_host, address.port] for address in addresses][:MOST_ADDRESSES]
        if not fresh or self.addresses.get(peer) == fresh:
            return False
        self.addresses.pop(peer, None)
        self.addresses[peer] = fresh
        while len(self.addresses) > MOST_PEERS:
            del self.addresses[next(one for one in self.addresses if one != self.founder)]
        return True

    def known_addresses(self, *, but: str = "") -> list[Address]:
        """Where to call: the founder first, then those who were met last."""
        peers = [one for one in (self.founder, *reversed(self.addresses)) if one in self.addresses and one != but]
        return list(dict.fromkeys(address for peer in dict.fromkeys(peers) for address in self.addresses_of(peer)))

    def addresses_of(self, peer: str) -> list[Address]:
        """Where that peer was met."""
        return [Address.parse(host, port) for host, port in self.addresses.get(peer, ())]

    def addresses_to_invite(self, own: Iterable[Address] = (), here: Iterable[str] = ()) -> list[Address]:
        """Where somebody who is invited may call: some addresses of this node (``own``: those of now), of whoever has
        begun the board, of the peers who are ``here``, and of those who were."""
        peers = dict.fromkeys((self.founder, *here, *reversed(self.addresses)))
        others = [self.addresses_of(peer) for peer in peers if peer != self.peer]
        return mixed([list(own) or self.addresses_of(self.peer), *others])[:MOST_ADDRESSES]

    def call(self, names: dict[str, str]) -> bool:
        """Note what peers are called; whether that is news. As many names are kept as addresses."""
        fresh = {peer: names[peer] for peer in (self.founder, *self.addresses) if peer in names}
        if fresh.items() <= self.names.items():
            return False
        kept = {peer: name for peer, name in self.names.items() if peer in self.addresses}
        self.names = kept | fresh
        return True

    def takes_part(self, graph_id: str) -> bool:
        """Note that the graph of an activity is opened here; whether that is news."""
        if graph_id in self.activities:
            return False
        self.activities = [*self.activities, graph_id][-MOST_ACTIVITIES:]
        return True

    def touch(self) -> None:
        self.opened = datetime.now(UTC).isoformat(timespec="seconds")


class SavedBoards:
    """The files of a folder, ``data_folder() / "whiteboards"`` as a rule."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, board: SavedBoard) -> Path:
        return self._folder / f"{board.key}.json"

    def titled(self, title: str) -> bool:
        """Whether a board is called so."""
        return any(one.title.casefold() == title.casefold() for one in self.all())

    def save_new(self, board: SavedBoard) -> bool:
        """Save a board that is begun, unless one of that title was saved meanwhile; whether it was. Raises OSError."""
        private.make_folder(self._folder, self._folder.parent)
        with (self._folder / ".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # until it is closed
            if self.titled(board.title):
                return False
            self.save(board)
            return True

    def save(self, board: SavedBoard) -> None:
        """Write a board in the place of what was saved of it before. Raises OSError."""
        private.make_folder(self._folder, self._folder.parent)
        fresh = self._folder / f"{board.key}.{secrets.token_hex(4)}.new"
        try:
            private.write_new(fresh, json.dumps(asdict(board), ensure_ascii=False, indent=1))
            os.replace(fresh, self.path(board))
        except BaseException:
            with contextlib.suppress(OSError):
                fresh.unlink()
            raise

    def remove(self, board: SavedBoard) -> None:
        with contextlib.suppress(FileNotFoundError):
            self.path(board).unlink()

    def all(self) -> list[SavedBoard]:
        """Those opened last come first. What cannot be read as a board is left out."""
        try:
            paths = sorted(self._folder.glob("*.json"))
        except OSError:
            return []
        found = [one for one in map(_read, paths) if one is not None]
        return sorted(found, key=lambda one: one.opened, reverse=True)

    def of(self, kind: str, board: str) -> list[SavedBoard]:
        """How this user has opened a graph or group before: one for each of their identities."""
        return [one for one in self.all() if (one.kind, one.id) == (kind, board)]

    def find(self, words: str) -> SavedBoard:
        """The board of that title or key, or the only one whose title or key begins so; case does not matter. Raises
        NoSuchBoard."""
        boards, wanted = self.all(), words.strip().casefold()
        for same in (
            lambda one: wanted in (one.title.casefold(), one.key),
            lambda one: one.title.casefold().startswith(wanted) or one.key.startswith(wanted),
        ):
            found = [one for one in boards if wanted and same(one)]
            if len(found) == 1:
                return found[0]
            if found:
                several = ", ".join(f"{one.key} ({one.title!r} as {one.name})" for one in found)
                raise NoSuchBoard(f"several boards are called {words!r}: {several}; name one by its key")
        known = ", ".join(repr(one.title) for one in boards[:8]) or "none yet"
        raise NoSuchBoard(f"there is no board {words!r} here; yours are: {known}")


def _read(path: Path) -> SavedBoard | None:
    try:
        with path.open(encoding="utf-8") as file:
            fields = json.loads(file.read(MOST_FILE))
        board = SavedBoard(**fields)
        board.known_addresses()
        sound = all(type(getattr(board, name)) is kind for name, kind in _KINDS.items())
        sound = sound and all(type(one) is str for one in board.activities)
        return board if sound and board.kind in (GRAPH, GROUP) else None
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return None


_KINDS = {
    **dict.fromkeys(("kind", "id", "title", "peer", "name", "document", "password", "founder", "token", "opened"), str),
    **dict.fromkeys(("began_here", "here"), bool),
    **dict.fromkeys(("addresses", "names"), dict),
    "activities": list,
    "port": int,
}
