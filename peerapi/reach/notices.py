"""What a relay keeps for who asks: opaque notices under a key, for an hour at most, in a bounded room."""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

from peerapi.reach.refusal import Refusal, Refused

EACH = 8
"Notices that one seat may have at a relay."
LONGEST = 3600
"Seconds."
ROOM = 64 << 20
"Bytes of all notices."
MOST_SHOWN = 20
"Notices of one key that are given out: the newest."
_ALSO = 200
"Bytes that a notice costs besides its own."


class _Posted(NamedTuple):
    key: bytes
    until: float
    blob: bytes


class Notices:
    """The notices of one relay. Those posted first go first when the room is full."""

    def __init__(self, room: int = ROOM) -> None:
        self._room = room
        self._posted: OrderedDict[tuple[bytes, bytes], _Posted] = OrderedDict()
        "By who has posted it and its key."
        self._by_key: dict[bytes, OrderedDict[bytes, None]] = {}
        self._by_poster: dict[bytes, OrderedDict[bytes, None]] = {}
        self.size = 0

    def __len__(self) -> int:
        return len(self._posted)

    def post(self, poster: bytes, key: bytes, seconds: int, blob: bytes, now: float) -> None:
        """Keep a notice; one by the same poster under the same key is replaced. ``now`` on the elapsed clock. Raises
        Refused."""
        self._drop(poster, key)
        own = self._by_poster.setdefault(poster, OrderedDict())
        for old in list(own):
            if self._posted[poster, old].until <= now:
                self._drop(poster, old)
        if len(own) >= EACH:
            raise Refused(Refusal.NOTICES)
        self._posted[poster, key] = _Posted(key, now + min(seconds, LONGEST), blob)
        self._by_key.setdefault(key, OrderedDict())[poster] = None
        self._by_poster.setdefault(poster, OrderedDict())[key] = None
        self.size += len(blob) + _ALSO
        while self.size > self._room:
            self._drop(*next(iter(self._posted)))

    def look(self, key: bytes, now: float) -> list[bytes]:
        """The notices under a key, newest first."""
        found, gone = list[bytes](), list[bytes]()
        for poster in reversed(self._by_key.get(key, OrderedDict())):
            posted = self._posted[poster, key]
            if posted.until <= now:
                gone.append(poster)
            else:
                found.append(posted.blob)
            if len(found) == MOST_SHOWN:
                break
        for poster in gone:
            self._drop(poster, key)
        return found

    def _drop(self, poster: bytes, key: bytes) -> None:
        posted = self._posted.pop((poster, key), None)
        if posted is None:
            return
        self.size -= len(posted.blob) + _ALSO
        for index, outer, inner in ((self._by_key, key, poster), (self._by_poster, poster, key)):
            index[outer].pop(inner)
            if not index[outer]:
                del index[outer]
