"""Who wrote what: the text once more, with a sign for its writer in the place of each unit.

Where a unit stands is decided by those that it was put beside, not by which letter it is. So pycrdt, which is given the
same updates with signs for letters, puts the signs into the order of the text; nothing is merged here.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import NamedTuple

import trio

from peerapi.activities.document import updates
from peerapi.activities.document.shared_text import SharedText
from peerapi.activities.document.updates import Range, Update

AUTHORS = "authors"
"What a page may be told of places in the text: who has written what."
MOST_RUNS = 4000
"Runs that are told; what is behind them is told as one of nobody's."
_FIRST_SIGN, _MOST_SIGNS = 0x100, 0x5000
_NOBODY = -1


class Written(NamedTuple):
    """Whose the text is: how many characters in a row are whose, by their place in ``members``, -1 where that is not
    said; and how many there are of each."""

    members: list[str]
    runs: list[tuple[int, int]]
    counts: list[int]


class Authors:
    """Of one member's copy of a text. It takes time and memory as that does, from the first question on."""

    def __init__(self, shared: SharedText) -> None:
        self._shared = shared
        self._signs = SharedText(updates.client_of("", 0))
        self._members: dict[int, tuple[int, str]] = {}
        "What the clients of a member have in common -> the number of the member's sign, and who it is."

    def note(self, members: Iterable[str]) -> None:
        """These may have written something."""
        for member in members:
            if len(self._members) < _MOST_SIGNS:
                self._members.setdefault(
                    updates.writer_bits(updates.client_of(member, 0)), (len(self._members), member)
                )

    async def written(self) -> Written | None:
        """Whose the text is as it is now; None where somebody's takes too long to be told."""
        text: str | None = None
        while text is not (text := self._shared.text):
            self._take()
            while self._signs.step():
                await trio.lowlevel.checkpoint()
        signs = self._signs.text
        wide = None if text.isascii() else text.encode("utf-16-le")
        if len(signs) != (len(text) if wide is None else len(wide) // 2):
            return None
        return self._told(signs, wide)

    def _take(self) -> None:
        """What is in the text and not among the signs."""
        found = updates.read(self._shared.since(self._signs.clocks))
        for section in found.sections:
            number, member = self._members.get(updates.writer_bits(section.client), (_MOST_SIGNS, ""))
            sign = chr(_FIRST_SIGN + number)
            items = [updates.with_letters(found.data, item, sign) for item in section.items]
            self._add((section.client, section.begin), [(section.client, section.begin, items)], [], member)
        self._add(None, [], found.deletions, "")

    def _add(self, key: object, sections: list[tuple[int, int, list[bytes]]], deletions: list[Range], by: str) -> None:
        update: Update = updates.read(updates.written(sections, deletions))
        self._signs.add(key, update._replace(writer=by))

    def _told(self, signs: str, wide: bytes | None) -> Written:
        runs: list[tuple[int, int]] = []
        counts = [0] * len(self._members)
        at = 0
        for sign, some in itertools.groupby(signs):
            units = sum(1 for _ in some)
            length = units if wide is None else len(wide[2 * at : 2 * (at + units)].decode("utf-16-le", "replace"))
            at += units
            whose = ord(sign) - _FIRST_SIGN
            if whose < len(counts):
                counts[whose] += length
            else:
                whose = _NOBODY
            if len(runs) < MOST_RUNS:
                runs.append((length, whose))
            else:
                runs[-1] = (runs[-1][0] + length, _NOBODY)
        return Written([member for _, member in self._members.values()], runs, counts)
