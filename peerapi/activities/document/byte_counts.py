"""Places as pycrdt 0.14 names them, and as they are: inside an item it adds bytes of UTF-8 to a clock, where the format
says UTF-16 units. So it names another unit in a text that is not all ASCII, or one that is not there.
"""

from __future__ import annotations

import bisect

from peerapi.activities.document import updates
from peerapi.activities.document._updates import around
from peerapi.activities.document.updates import Item, Update


class Items:
    """Those of one client."""

    def __init__(self, update: Update, client: int) -> None:
        """``update`` has all that the client has written, as pycrdt has it."""
        self._data = update.data
        self._section = next((one for one in update.sections if one.client == client), None)
        self._gone = sorted((clock, clock + length) for one, clock, length in update.deletions if one == client)

    def begin(self, clock: int) -> tuple[int, int]:
        """The first clock of the text that a unit is in, which pycrdt names rightly, and how many characters of it are
        before the unit; of one in no text, itself."""
        section = self._section
        if section is None:
            return clock, 0
        at = bisect.bisect(range(section.size), clock, key=section.clock) - 1
        if at < 0 or (text := self._text(item := section.item(at))) is None:
            return clock, 0
        return item.clock, len(text.encode("utf-16-le")[: 2 * (clock - item.clock)].decode("utf-16-le", "ignore"))

    def named(self, clock: int, letter: str) -> list[int]:
        """The units before which that letter stands and that pycrdt names so: there may be several."""
        found: list[int] = []
        section = self._section
        if section is None:
            return found
        for at in around(section.rows, clock):
            item = section.item(at)
            text = self._text(item) or ""
            before = text.encode()[: clock - item.clock].decode("utf-8", "ignore")
            if len(before.encode()) == clock - item.clock and text[len(before) : len(before) + 1] == letter:
                found.append(item.clock + len(before.encode("utf-16-le")) // 2)
        return found

    def _text(self, item: Item) -> str | None:
        """None for a gap, and for what was removed and is kept for undoing alone."""
        at = bisect.bisect(self._gone, (item.clock, updates.MOST_CLOCK)) - 1
        is_gone = at >= 0 and item.clock < self._gone[at][1]
        return None if is_gone else updates.content(self._data, item)
