"""Changes of a text between one person's page and the program on their machine, which have moments in between.

A delta says what becomes of a text from its beginning: a number > 0 keeps so many characters, one < 0 removes as many,
and a string is inserted; what is behind stays. What different people write is merged by pycrdt alone: this here carries
what somebody types in the milliseconds before they see a change over to the text with that change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

Part = int | str
Delta = list[Part]


def put_together(parts: Iterable[Part]) -> Delta:
    """Without what says nothing, alike parts in one, and an insertion before a removal beside it."""
    found: Delta = []
    for part in parts:
        if not part:
            continue
        last = found[-1] if found else None
        if isinstance(part, str):
            if isinstance(last, str):
                found[-1] = last + part
            elif isinstance(last, int) and last < 0:
                found.pop()
                if found and isinstance(before := found[-1], str):
                    found[-1] = before + part
                else:
                    found.append(part)
                found.append(last)
            else:
                found.append(part)
        elif isinstance(last, int) and (last > 0) == (part > 0):
            found[-1] = last + part
        else:
            found.append(part)
    while found and isinstance(end := found[-1], int) and end > 0:
        found.pop()
    return found


def replaced(at: int, removed: int, inserted: str) -> Delta:
    return put_together([at, inserted, -removed])


def fits(delta: Sequence[Part], length: int) -> bool:
    """Whether it is about a text of that length."""
    return sum(abs(part) for part in delta if isinstance(part, int)) <= length


def applied(text: str, delta: Sequence[Part]) -> str:
    found, at = [], 0
    for part in delta:
        if isinstance(part, str):
            found.append(part)
        elif part > 0:
            found.append(text[at : at + part])
            at += part
        else:
            at -= part
    return "".join(found) + text[at:]


class _Reading:
    """Takes a delta in pieces."""

    def __init__(self, delta: Sequence[Part]) -> None:
        self._rest: Iterator[Part] = iter(delta)
        self.part: Part | None = next(self._rest, None)

    def take(self, count: int | None = None) -> Part:
        """The part, or so many characters of it."""
        part = self.part
        assert part is not None
        size = len(part) if isinstance(part, str) else abs(part)
        if count is None or count >= size:
            self.part = next(self._rest, None)
            return part
        if isinstance(part, str):
            self.part = part[count:]
            return part[:count]
        sign = 1 if part > 0 else -1
        self.part = part - sign * count
        return sign * count

    def size(self) -> int:
        part = self.part
        return 0 if part is None else len(part) if isinstance(part, str) else abs(part)


def composed(first: Sequence[Part], second: Sequence[Part]) -> Delta:
    """One delta that does what two do one after the other."""
    found: Delta = []
    a, b = _Reading(first), _Reading(second)
    while a.part is not None or b.part is not None:
        if isinstance(b.part, str):
            found.append(b.take())
        elif (isinstance(a.part, int) and a.part < 0) or b.part is None:
            found.append(a.take())
        elif a.part is None:
            found.append(b.take())
        else:
            size = min(a.size(), b.size())
            kept, then = a.take(size), b.take(size)
            assert isinstance(then, int)
            if then > 0:
                found.append(kept)
            elif isinstance(kept, int):
                found.append(then)
    return put_together(found)


def carried_over(mine: Sequence[Part], theirs: Sequence[Part]) -> tuple[Delta, Delta]:
    """Two deltas about the same text, each for the text with the other: mine then theirs give what theirs then mine do.
    At the same place mine comes behind."""
    my: Delta = []
    their: Delta = []
    a, b = _Reading(mine), _Reading(theirs)
    while a.part is not None or b.part is not None:
        if isinstance(b.part, str):
            my.append(b.size())
            their.append(b.take())
        elif isinstance(a.part, str):
            their.append(a.size())
            my.append(a.take())
        elif a.part is None:
            their.append(b.take())
        elif b.part is None:
            my.append(a.take())
        else:
            size = min(a.size(), b.size())
            one, other = a.take(size), b.take(size)
            assert isinstance(one, int) and isinstance(other, int)
            if one > 0 and other > 0:
                my.append(size)
                their.append(size)
            elif one < 0 < other:
                my.append(-size)
            elif other < 0 < one:
                their.append(-size)
    return put_together(my), put_together(their)


def moved(index: int, delta: Sequence[Part]) -> int:
    """Where a place is after a change; behind what is inserted there."""
    at, left = 0, index
    for part in delta:
        if isinstance(part, str):
            at += len(part)
        elif part > 0:
            if left < part:
                return at + left
            at, left = at + part, left - part
        else:
            if left < -part:
                return at
            left += part
    return at + left
