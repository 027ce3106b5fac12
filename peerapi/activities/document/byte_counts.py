"""Places as pycrdt 0.14 names them, and as they are: inside an item it adds bytes of UTF-8 to a clock, where the format
says UTF-16 units. So it names another unit in a text that is not all ASCII, or one that is not there.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from typing import NamedTuple

from peerapi.activities.document import updates
from peerapi.activities.document.updates import Update


class Piece(NamedTuple):
    """An item of one client: its first clock, and its text; None for a gap."""

    clock: int
    text: str | None


def pieces(update: Update, client: int) -> list[Piece]:
    """Those of one client in an update with all that it has written, in their order."""
    gone = [(clock, clock + length) for one, clock, length in update.deletions if one == client]
    found = []
    for section in update.sections:
        for item in section.items if section.client == client else ():
            at = bisect.bisect(gone, (item.clock, updates.MOST_CLOCK)) - 1
            is_gone = at >= 0 and item.clock < gone[at][1]
            found.append(Piece(item.clock, None if is_gone else updates.content(update.data, item)))
    return found


def begin(items: Sequence[Piece], clock: int) -> tuple[int, int]:
    """The first clock of the text that a unit is in, which pycrdt names rightly, and how many characters of it are
    before the unit; of one in no text, itself."""
    at = bisect.bisect(items, clock, key=lambda one: one.clock) - 1
    if at < 0 or (text := items[at].text) is None:
        return clock, 0
    first = items[at].clock
    return first, len(text.encode("utf-16-le")[: 2 * (clock - first)].decode("utf-16-le", "ignore"))


def clock(items: Sequence[Piece], named: int, text: str) -> int | None:
    """The unit that pycrdt names so, before which that text is: of several the one where most of it is as it should
    be. None where there is none."""
    best: tuple[int, int] | None = None
    for first, whole in items[: bisect.bisect(items, named, key=lambda one: one.clock)]:
        if whole is None or len(whole) * 4 <= named - first:
            continue
        encoded = whole.encode()
        before = encoded[: named - first].decode("utf-8", "ignore")
        rest = whole[len(before) :]
        if named - first < len(encoded) and len(before.encode()) == named - first and rest[0] == text[0]:
            alike = next(
                (at for at, (one, other) in enumerate(zip(rest, text, strict=False)) if one != other), len(rest)
            )
            if best is None or alike > best[0]:
                best = alike, first + len(before.encode("utf-16-le")) // 2
    return None if best is None else best[1]
