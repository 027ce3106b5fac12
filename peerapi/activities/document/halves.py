"""Characters of two UTF-16 units in a document: whoever names one of the halves means the character.

Clocks count units, so an update can say that something stands between the halves of a character, or that one of them
is gone. Neither is text, and pycrdt has a place for neither. No program of ours says so; what a member makes up is read
as if it were about the whole character, wherever it comes.
"""

from __future__ import annotations

import bisect
from array import array
from collections.abc import Iterable

from peerapi.activities.document import _halves, updates
from peerapi.activities.document.updates import Range, Section


class Halves:
    """Those of the text of all clients, as far as they were learned."""

    def __init__(self) -> None:
        self._second: dict[int, array[int]] = {}
        "Client -> the clocks of the second halves, in their order."

    def learn(self, data: bytes, section: Section, first: int, behind: int, begin: int) -> None:
        """Items of an update come into the text from that clock on, behind all that is there of their client."""
        found = _halves.second_halves(data, section.rows, first, behind, begin)
        if found:
            self._second.setdefault(section.client, array("I")).extend(found)

    def taken(self, data: bytes, section: Section, first: int, behind: int, begin: int) -> bytes:
        """Those items, the first of them from that clock on, encoded so that none stands between halves."""
        if not self._second:
            return updates.taken(data, section, first, behind, begin)
        parts = []
        for index in _halves.between(data, section.rows, first, behind, self._second):
            if first < index:
                parts.append(updates.taken(data, section, first, index, begin))
            parts.append(self._beside_wholes(data, section, index, begin))
            first = index + 1
        if first < behind:
            parts.append(updates.taken(data, section, first, behind, begin))
        return b"".join(parts)

    def _beside_wholes(self, data: bytes, section: Section, index: int, begin: int) -> bytes:
        """An item that stands beside a half: behind the character, or before it."""
        item = section.item(index)
        encoded = updates.cut(data, item, section.client, begin, item.after)
        left, right = updates.neighbors(encoded)
        if left is not None and self._is_second(left[0], left[1] + 1):
            left = left[0], left[1] + 1
        if right is not None and self._is_second(*right):
            right = None if left == right else (right[0], right[1] - 1)
        return updates.with_neighbors(encoded, left, right)

    def whole(self, ranges: Iterable[Range]) -> list[Range]:
        """What is removed, with the other half of each character of which it has one."""
        found = []
        for client, begin, length in ranges:
            after = begin + length + self._is_second(client, begin + length)
            begin -= self._is_second(client, begin)
            found.append((client, begin, after - begin))
        return found

    def _is_second(self, client: int, clock: int) -> bool:
        known = self._second.get(client)
        if known is None:
            return False
        at = bisect.bisect_left(known, clock)
        return at < len(known) and known[at] == clock
