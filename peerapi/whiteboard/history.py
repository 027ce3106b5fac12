"""What a person has done at a board in this session, to be undone and done again.

A step is what one movement or one typed text has changed, record by record. What is erased cannot be brought back in
the graph: it comes again as a record of its own, so the history follows a mark through the records that it has had.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from peerapi.whiteboard.marks import Mark

MOST_STEPS = 500
"Steps of one page that are remembered."


@dataclass(frozen=True, slots=True)
class Change:
    """One record of a step."""

    record: UUID
    "The record, as it was called when this was done."
    before: Mark | None
    "What the record held before; None: it was not there."
    after: Mark | None
    "What the record holds now; None: it was erased."
    gesture: str
    order: str

    def reversed(self) -> Change:
        return Change(self.record, self.after, self.before, self.gesture, self.order)


Step = Sequence[Change]


class History:
    """The steps of one person, apart for each page."""

    def __init__(self) -> None:
        self._done: dict[UUID, list[tuple[str, list[Change]]]] = {}
        self._undone: dict[UUID, list[list[Change]]] = {}
        self._now: dict[UUID, UUID] = {}
        "Record -> the one that has taken its place."

    def did(self, page: UUID, step: Step, movement: str = "") -> None:
        """Something was done. Parts of one ``movement`` are one step."""
        steps = self._done.setdefault(page, [])
        if movement and steps and steps[-1][0] == movement:
            steps[-1][1].extend(step)
        else:
            steps.append((movement, list(step)))
            del steps[:-MOST_STEPS]
        self._undone.pop(page, None)

    def last(self, page: UUID) -> list[Change] | None:
        """The step to be undone, as changes that undo it; it is no longer remembered as done."""
        steps = self._done.get(page)
        return [one.reversed() for one in reversed(steps.pop()[1])] if steps else None

    def last_undone(self, page: UUID) -> list[Change] | None:
        """The step to be done again; it is no longer remembered as undone."""
        steps = self._undone.get(page)
        return steps.pop() if steps else None

    def undid(self, page: UUID, step: Step) -> None:
        """These changes have undone a step, which can be done again."""
        self._undone.setdefault(page, []).append([one.reversed() for one in reversed(step)])

    def did_again(self, page: UUID, step: Step) -> None:
        """These changes have done an undone step again; the steps undone before it can follow."""
        self._done.setdefault(page, []).append(("", list(step)))

    def current(self, record: UUID) -> UUID:
        """The record in which a mark is now."""
        while record in self._now:
            record = self._now[record]
        return record

    def replaced(self, record: UUID, by: UUID) -> None:
        """An erased mark is there again in another record."""
        self._now[record] = by
