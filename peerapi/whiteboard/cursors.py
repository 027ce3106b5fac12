"""Where the pointers of the others are, and who that is.

A cursor travels as live data, over nodes that hand it on, and is kept nowhere. So that nobody moves one in another's
name, whoever points at a board publishes the public half of a key that is made for this one session, as a record
(``CURSOR_KEY``: Ed25519, 32 bytes), and seals each place with the other half. Who that is, is the record's creator: in
a group its security proves that; in a plain graph people are who they say they are.
"""

from __future__ import annotations

import contextlib
import struct
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import trio
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from peerapi import PeerError, Record

CURSOR_KEY = UUID("3e0c5b7a-91d4-4f0e-a852-6d1fc03977b9")
KEY_BYTES = 32
MOST_KEYS = 8
"Of one member that are known: one for each session, the last ones count."
MOST_MEMBERS = 1000
AGAIN = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Pauses in seconds after which a pointer that rests is told again. Live data may get lost: who had no place for it, or
did not have the key yet, has it then, and so has who comes meanwhile."""
_SEALED = struct.Struct("<24s16sQ16s?hh")
_WHAT = b"cursor at a whiteboard"


class OwnCursor:
    """Seals where this person's pointer is."""

    def __init__(self) -> None:
        self._key = Ed25519PrivateKey.generate()
        self._number = 0

    @property
    def public(self) -> bytes:
        """For the record by which the others know it."""
        return self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def sealed(self, key: UUID, page: str, at: tuple[int, int] | None) -> dict[str, Any]:
        """What the others are told; ``key`` is the record of the public half, ``at`` None when the pointer is gone."""
        self._number += 1
        said: dict[str, Any] = {"key": str(key), "count": self._number, "page": page}
        if at is not None:
            said |= {"x": at[0], "y": at[1]}
        return said | {"seal": self._key.sign(_bytes(said)).hex()}


class Pointer:
    """Tells the others where this person points: at once, and again while that does not change."""

    def __init__(self, tell: Callable[[str, tuple[int, int] | None], Awaitable[None]]) -> None:
        """``tell`` says once that the pointer is on that page, at that place (None: gone)."""
        self._tell = tell
        self._last: tuple[str, tuple[int, int] | None] | None = None
        self._moved = trio.Event()

    async def point(self, page: str, at: tuple[int, int] | None) -> None:
        """Now it is there. Raises what ``tell`` raises."""
        self._last = page, at
        self._moved.set()
        self._moved = trio.Event()
        await self._tell(page, at)

    async def repeat(self) -> None:
        """Until cancelled."""
        while True:
            moved = self._moved
            for pause in AGAIN if self._last is not None else ():
                with trio.move_on_after(pause):
                    await moved.wait()
                if moved.is_set() or self._last is None:
                    break
                with contextlib.suppress(PeerError):  # the graph is not there just now
                    await self._tell(*self._last)
            await moved.wait()


@dataclass(slots=True)
class _Known:
    """A key, and what was heard by it."""

    by: str
    public: Ed25519PublicKey
    count: int = 0
    "The number of the last place: what comes again is none."


class Cursors:
    """The keys of those who point at a board."""

    def __init__(self) -> None:
        self._keys: dict[UUID, _Known] = {}
        self._of: OrderedDict[str, dict[UUID, int]] = OrderedDict()
        "Member -> their keys, and when each was made."

    def learn(self, record: Record) -> None:
        """A record of a key has come; an unsound one is none, and so is one that somebody else has changed."""
        if record.id in self._keys or record.modified_by != record.creator or len(record.data) != KEY_BYTES:
            return
        own = self._of.setdefault(record.creator, {})
        self._of.move_to_end(record.creator)
        own[record.id] = record.peer_time
        self._keys[record.id] = _Known(record.creator, Ed25519PublicKey.from_public_bytes(record.data))
        if len(own) > MOST_KEYS:
            self.forget(min(own, key=own.__getitem__))
        if len(self._of) > MOST_MEMBERS:
            for key in [*next(iter(self._of.values()))]:
                self.forget(key)

    def forget(self, key: UUID) -> None:
        """That record is gone."""
        known = self._keys.pop(key, None)
        if known is not None:
            del self._of[known.by][key]
            if not self._of[known.by]:
                del self._of[known.by]

    def by(self, said: dict[str, Any]) -> str | None:
        """Whose cursor that is; None when its seal is not of the key that it names, or when it was heard before. The
        fields have been checked."""
        known = self._keys.get(UUID(said["key"]))
        if known is None or said["count"] <= known.count or not is_sealed(known.public, said):
            return None
        known.count = said["count"]
        return known.by


def is_sealed(public: Ed25519PublicKey, said: dict[str, Any]) -> bool:
    """Whether who has the other half of that key has said so."""
    try:
        public.verify(bytes.fromhex(said["seal"]), _bytes(said))
    except InvalidSignature:
        return False
    return True


def _bytes(said: dict[str, Any]) -> bytes:
    """What is sealed. Without a place the pointer is gone."""
    is_there = "x" in said and "y" in said
    at = (said["x"], said["y"]) if is_there else (0, 0)
    return _SEALED.pack(_WHAT, UUID(said["key"]).bytes, said["count"], UUID(said["page"]).bytes, is_there, *at)
