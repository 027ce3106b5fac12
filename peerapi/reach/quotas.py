"""What a relay gives to whom: seats, connections, bytes a second, bytes a day and a month."""

from __future__ import annotations

import datetime
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from peerapi.address import Address
from peerapi.moment import SECOND
from peerapi.reach.passes import Account, Grant

MIB = 1 << 20
GIB = 1 << 30
BURST = 4 * MIB
"Bytes that a session may have at once before its rate counts."
SCARCE = 0.9
"Part of a month's volume above which new sessions get little."
K = TypeVar("K")
SCARCE_RATE = 64 << 10
"Bytes a second of those."
_DAY = 86_400 * SECOND
_EPOCH = datetime.datetime(1601, 1, 1)
_NETWORK = 7
"Bytes of an IPv6 address that one customer does not choose (/56)."
MOST_SOURCES = 4096
"Sources whose calls are counted; those longest quiet are forgotten first."


class Limits(NamedTuple):
    """Of a relay."""

    seats: int
    "Seats of a pass; of a network where no pass is wanted"
    sessions_of_seat: int
    sessions_of_source: int
    "Of one address that calls"
    rate: int
    "Bytes a second of a session"
    day: int | None
    "Bytes a day of a seat"
    month: int
    "Bytes a month of the relay"
    calls: float
    "CALLs a second of one source"
    call_burst: int
    needs_pass: bool


def private(month: int) -> Limits:
    """Of a relay for those who have a pass. A home of four has a seat, and a session for each of the others, for each
    board and each thing that is open beside it, so that a pass and an address have room for several of those."""
    return Limits(128, 32, 64, MIB, None, month, 2.0, 20, needs_pass=True)


def for_all(month: int) -> Limits:
    """Of a relay where anybody may have a seat."""
    return Limits(1, 8, 16, 256 << 10, GIB, month, 1.0, 5, needs_pass=False)


class TokenBucket:
    """So much a second, and so much at once after a pause."""

    __slots__ = ("_at", "_level", "burst", "rate")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self.rate, self.burst = rate, burst
        self._level, self._at = burst, now

    def take(self, amount: float, now: float) -> float:
        """Take some, also what is not there yet; the seconds after which nothing is owed."""
        self._level = min(self.burst, self._level + (now - self._at) * self.rate) - amount
        self._at = now
        return max(0.0, -self._level / self.rate)

    def allows(self, now: float) -> bool:
        """Take one, if it is there."""
        self._level = min(self.burst, self._level + (now - self._at) * self.rate)
        self._at = now
        if self._level < 1:
            return False
        self._level -= 1
        return True


def source_of(remote: Address) -> bytes:
    """What counts as one who calls: an IPv4 address, or the /56 of an IPv6 address."""
    return remote.ip if remote.is_ipv4 else remote.ip[:_NETWORK]


def month_of(utc: int) -> str:
    """``2026-11`` of a FILETIME."""
    return f"{_EPOCH + datetime.timedelta(microseconds=utc // 10):%Y-%m}"


def less(counter: Counter[K], key: K) -> None:
    """Count one back; what is at nothing is forgotten."""
    counter[key] -= 1
    if counter[key] <= 0:
        del counter[key]


class CallRates:
    """How often each source calls."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._buckets: dict[bytes, TokenBucket] = {}

    def allows(self, source: bytes, now: float) -> bool:
        bucket = self._buckets.pop(source, None)
        if bucket is None:
            bucket = TokenBucket(self._limits.calls, self._limits.call_burst, now)
            if len(self._buckets) >= MOST_SOURCES:
                del self._buckets[next(iter(self._buckets))]
        self._buckets[source] = bucket
        return bucket.allows(now)


@dataclass
class Volume:
    """Bytes of this month: of the relay, and of the passes that are for so many; bytes of today of seats. What of it is
    to outlive the relay's process is ``kept``."""

    limits: Limits
    month: str = ""
    total: int = 0
    by_pass: Counter[bytes] = field(default_factory=Counter)
    _day: int = 0
    _by_seat: Counter[bytes] = field(default_factory=Counter)

    def kept(self) -> dict[str, object]:
        """For a file, as JSON has it."""
        return {
            "month": self.month,
            "total": self.total,
            "passes": {key.hex(): used for key, used in self.by_pass.items()},
        }

    def restore(self, kept: dict[str, object]) -> None:
        """Go on with what ``kept`` has given. Raises ValueError, TypeError, KeyError."""
        passes = kept["passes"]
        if not isinstance(passes, dict):
            raise TypeError("passes")
        by_pass = Counter({bytes.fromhex(key): int(used) for key, used in passes.items()})
        self.month, self.total, self.by_pass = str(kept["month"]), int(str(kept["total"])), by_pass

    def turn(self, utc: int) -> None:
        """Begin a new month or day, when there is one."""
        day = utc // _DAY
        if day == self._day:
            return
        self._day = day
        self._by_seat.clear()
        month = month_of(utc)
        if month != self.month:
            self.month, self.total = month, 0
            self.by_pass.clear()

    def take(self, amount: int, seat: bytes, accounts: tuple[Account, ...]) -> None:
        """Count what a session has carried."""
        self.total += amount
        self._by_seat[seat] += amount
        for account in accounts:
            self.by_pass[account.key] += amount

    def left(self, seat: bytes, accounts: tuple[Account, ...]) -> int:
        """Bytes that a seat may still have carried."""
        left = [self.limits.month - self.total, *(one.most - self.by_pass[one.key] for one in accounts)]
        if self.limits.day is not None:
            left.append(self.limits.day - self._by_seat[seat])
        return max(0, min(left))

    def rate(self, grant: Grant) -> int:
        """Bytes a second of a new session."""
        rates = [self.limits.rate]
        if grant.rate is not None:
            rates.append(grant.rate)
        if self.total >= SCARCE * self.limits.month:
            rates.append(SCARCE_RATE)
        return max(1, min(rates))
