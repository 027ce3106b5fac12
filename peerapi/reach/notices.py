"""What a relay keeps for who asks: opaque notices under a key, for an hour at most, in a bounded room."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import MutableMapping, Sequence
from typing import NamedTuple, TypeVar

from peerapi.reach.passes import Account
from peerapi.reach.refusal import Refusal, Refused

EACH = 8
"Notices that one seat may have at a relay, and for each seat that it may have, an account."
LONGEST = 3600
"Seconds."
ROOM = 64 << 20
"Bytes of all notices."
MOST_SHOWN = 20
"Notices of one key that are given out."
_ALSO = 300
"Bytes that a notice costs besides its own."

Inner = TypeVar("Inner")
_Place = tuple[bytes, bytes]
"Who has posted a notice, and its key."


class _Posted(NamedTuple):
    until: float
    blob: bytes
    shared: bytes
    "What stands for all who post on the same account."
    accounts: tuple[bytes, ...]


class Notices:
    """The notices of one relay. Those posted first go first when the room is full, or an account has too many."""

    def __init__(self, room: int = ROOM) -> None:
        self._room = room
        self._posted: OrderedDict[_Place, _Posted] = OrderedDict()
        self._by_key: dict[bytes, OrderedDict[bytes, OrderedDict[bytes, None]]] = {}
        "Key -> what posters share -> posters, the newest last."
        self._by_poster: dict[bytes, OrderedDict[bytes, None]] = {}
        self._by_account: dict[bytes, OrderedDict[_Place, None]] = {}
        self.size = 0

    def __len__(self) -> int:
        return len(self._posted)

    def post(
        self, poster: bytes, key: bytes, seconds: int, blob: bytes, now: float, accounts: Sequence[Account] = ()
    ) -> None:
        """Keep a notice; one by the same poster under the same key is replaced. ``now`` on the elapsed clock.
        ``accounts``: what the seats of the poster count for, the widest first. A seat costs no more than a new key, so
        notices count for them as seats do. Raises Refused."""
        self._drop(poster, key)
        own = self._by_poster.setdefault(poster, OrderedDict())
        for old in list(own):
            if self._posted[poster, old].until <= now:
                self._drop(poster, old)
        if len(own) >= EACH:
            raise Refused(Refusal.NOTICES)
        shared = accounts[0].key if accounts else poster
        posted = _Posted(now + min(seconds, LONGEST), blob, shared, tuple(one.key for one in accounts))
        self._posted[poster, key] = posted
        by_shared = self._by_key.setdefault(key, OrderedDict())
        by_shared.setdefault(shared, OrderedDict())[poster] = None
        by_shared.move_to_end(shared)
        self._by_poster.setdefault(poster, OrderedDict())[key] = None
        self.size += len(blob) + _ALSO
        for account in accounts:
            counted = self._by_account.setdefault(account.key, OrderedDict())
            counted[poster, key] = None
            if len(counted) > EACH * account.most:
                self._drop(*next(iter(counted)))
        while self.size > self._room:
            self._drop(*next(iter(self._posted)))

    def look(self, key: bytes, now: float) -> list[bytes]:
        """The notices under a key: the newest of each account, newest first, and then others of these accounts."""
        newest, others, gone = list[bytes](), list[bytes](), list[bytes]()
        for posters in reversed(self._by_key.get(key, OrderedDict()).values()):
            shown = newest
            for poster in reversed(posters):
                posted = self._posted[poster, key]
                if posted.until <= now:
                    gone.append(poster)
                elif len(shown) < MOST_SHOWN:
                    shown.append(posted.blob)
                    shown = others
                else:
                    break
            if len(newest) == MOST_SHOWN:
                break
        for poster in gone:
            self._drop(poster, key)
        return (newest + others)[:MOST_SHOWN]

    def _drop(self, poster: bytes, key: bytes) -> None:
        posted = self._posted.pop((poster, key), None)
        if posted is None:
            return
        self.size -= len(posted.blob) + _ALSO
        _take_out(self._by_key[key], posted.shared, poster)
        if not self._by_key[key]:
            del self._by_key[key]
        _take_out(self._by_poster, poster, key)
        for account in posted.accounts:
            _take_out(self._by_account, account, (poster, key))


def _take_out(index: MutableMapping[bytes, OrderedDict[Inner, None]], outer: bytes, inner: Inner) -> None:
    inside = index[outer]
    inside.pop(inner, None)
    if not inside:
        del index[outer]
