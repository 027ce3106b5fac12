"""Questions that ask a source to prove its address (decision P5), as many at a time as questions are held for.

Whoever forges addresses could have a probe sent to each of them. Without a bound of their own they would fill the
Pending List, and every resolution and registration of this node would fail meanwhile. The oldest gives way: an honest
source answers within its round trip.
"""

from __future__ import annotations

from collections import OrderedDict

from peerapi.address import Address
from peerapi.ring.amplification import MOST_HELD, AmplificationLimit, Source
from peerapi.ring.exchange import Exchange, PendingList
from peerapi.ring.message_values import Flood

MOST_PROBES = MOST_HELD
REPEATED = 0.5
"Seconds after which a source that asks again is sent its probe again: what it asked or we asked may be lost."


class Probes:
    """The probes under way."""

    def __init__(self, amplification: AmplificationLimit, pending: PendingList) -> None:
        self._amplification = amplification
        self._pending = pending
        self._exchanges: OrderedDict[Source, Exchange] = OrderedDict()

    def __len__(self) -> int:
        return len(self._exchanges)

    def send(self, source: Address) -> None:
        """Ask ``source`` for a proof; what is held for it is given up when none comes."""
        key = (source.ip, source.port)
        while len(self._exchanges) >= MOST_PROBES:
            self._end(*self._exchanges.popitem(last=False))
        known = self._exchanges.pop(key, None)  # what was held for it has given way meanwhile
        if known is not None:
            self._pending.finish(known)
        probe = Flood(self._pending.new_id(), 0)
        exchange = self._pending.send(probe, source, lambda ack: self._forget(key), lambda: self._failed(source))
        if exchange is None:
            self._amplification.give_up(source)
        else:
            exchange.retries = 1  # the questioner asks again anyway
            self._exchanges[key] = exchange

    def again(self, source: Address, now: float) -> None:
        """``source`` has asked once more without having proved its address: not more often than it asks."""
        exchange = self._exchanges.get((source.ip, source.port))
        if exchange is not None and exchange.data and now >= exchange.sent_at + REPEATED:
            self._pending.repeat(exchange)

    def clear(self) -> None:
        self._exchanges.clear()

    def _forget(self, source: Source) -> None:
        self._exchanges.pop(source, None)

    def _failed(self, source: Address) -> None:
        self._forget((source.ip, source.port))
        self._amplification.give_up(source)

    def _end(self, source: Source, exchange: Exchange) -> None:
        self._pending.finish(exchange)
        self._amplification.give_up(Address(*source))
