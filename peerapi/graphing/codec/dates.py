"""Dates of attribute values and search clauses (MS-PPGRH 2.2.3.5: ISO 8601, in the W3C note's choice of it).

Accepted: ``YYYY``, ``YYYY-MM``, ``YYYY-MM-DD``, and the last followed by ``T`` and ``hh:mm``, ``hh:mm:ss`` or
``hh:mm:ss.s...``, with or without a zone (``Z`` or ``+hh:mm``). Without a zone it is UTC. Moments are FILETIME units,
100 ns since 1601, and negative before it.
"""

from __future__ import annotations

import re
from calendar import isleap, monthrange
from datetime import date

from peerapi.moment import SECOND

_FORM = re.compile(
    r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})"
    r"(?:T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]+))?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?)?)?"
)
_MINUTE = 60 * SECOND
_DAY = 86_400 * SECOND
_EPOCH = date(1601, 1, 1).toordinal()


def parse(text: str) -> int | None:
    """The moment at which the date begins, or None if ``text`` is no such date."""
    found = span(text)
    return found[0] if found else None


def span(text: str) -> tuple[int, int] | None:
    """The moments between which the date lies, as exactly as it is written; the second no longer belongs to it.

    "1972-04" is a whole month. None if ``text`` is no such date.
    """
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    try:
        first = date(int(year), int(month or 1), int(day or 1)).toordinal()
    except ValueError:
        return None
    start = (first - _EPOCH) * _DAY
    if hour is None:
        return start, start + _days(int(year), int(month) if month else None, day) * _DAY
    if int(hour) > 23 or int(minute) > 59 or int(second or 0) > 59:
        return None
    start += (int(hour) * 60 + int(minute)) * _MINUTE + int(second or 0) * SECOND
    start += int((fraction or "")[:7].ljust(7, "0"))
    length = _MINUTE if second is None else SECOND // 10 ** min(len(fraction or ""), 7)
    if zone and zone != "Z":
        if int(zone[1:3]) > 23 or int(zone[4:6]) > 59:
            return None
        offset = (int(zone[1:3]) * 60 + int(zone[4:6])) * _MINUTE
        start += offset if zone[0] == "-" else -offset
    return start, start + length


def _days(year: int, month: int | None, day: str | None) -> int:
    """How many days the date covers."""
    if day:
        return 1
    if month:
        return monthrange(year, month)[1]
    return 366 if isleap(year) else 365
