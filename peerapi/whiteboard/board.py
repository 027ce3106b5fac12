"""The board as it is now: the sound records of a graph, in the order in which everybody draws them.

Time of creation and ID are part of a record, so sorting by them gives the same picture on every node, whatever the
order of arrival; samples_c/whiteboard.c sorts alike.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from peerapi import Record
from peerapi.whiteboard import picture
from peerapi.whiteboard.image_pieces import ImageFile
from peerapi.whiteboard.marks import ChatLine, Content, Image, Mark, Page, decode

GESTURE = "gesture"
"""Record attribute: strokes that one movement has made, and that are undone together; on a text, a line of
chat or a page: what tells one thing that somebody has typed from another. What is asked for twice is done once."""
ORDER = "order"
"""Record attribute: the place in the order of drawing, where that is not the time of creation: of what was erased and
is there again, in a record of its own, and of what was drawn over marks of somebody whose clock is ahead."""
STEP = "step"
"""Record attribute: the page that has last changed a mark from how it was (moved it, resized it), and the number of
that change among the page's, ``0123456789abcdef-12``. What is asked for twice is done once, also by a program that was
started anew."""
LOCKED = "locked"
"Record attribute, there (with any value) on a mark that is not to be changed before it is unlocked."
MOST_AHEAD = 24 * 3600 * 10_000_000
"In 100 ns: so far ahead may a clock be that others draw above what it has dated."
_TIME = 20
"Digits of the time in an order."


@dataclass(frozen=True, slots=True)
class Entry:
    """One record of the board: a page, a mark (stroke, text or image), or a line of chat."""

    id: UUID
    order: str
    "Sorts like the C program does: time of creation, then the bytes of the ID."
    author: str
    created: datetime
    gesture: str | None
    content: Content
    locked: bool = False
    step: str = ""


def entry(record: Record) -> Entry | None:
    """What a record says: a page, a mark, a line of chat; None for a record that says nothing sound."""
    content = decode(record.type, record.data)
    if content is None:
        return None
    gesture = record.attributes.get(GESTURE)
    order = f"{record.peer_time:0{_TIME}d}{record.id.bytes_le.hex()}"
    before = record.attributes.get(ORDER)
    if isinstance(before, str) and _ORDER.fullmatch(before):
        order = before
    kept = gesture if isinstance(gesture, str) and len(gesture) <= 64 else None
    step = record.attributes.get(STEP)
    last = step if isinstance(step, str) and IS_STEP.fullmatch(step) else ""
    return Entry(record.id, order, record.creator, record.created, kept, content, LOCKED in record.attributes, last)


IS_STEP = re.compile("[0-9a-f]{16}-[0-9]{1,15}", re.ASCII)
_ORDER = re.compile("[0-9]{20}[0-9a-f]{32}", re.ASCII)


class Board:
    """All entries, by ID. It holds no more than the graph does, and is read anew when there is any doubt."""

    def __init__(self) -> None:
        self.entries: dict[UUID, Entry] = {}
        self.images: dict[UUID, Image] = {}
        "Those of the entries that are images."
        self.files: Counter[ImageFile] = Counter()
        "How many images show a file."
        self._gestures: Counter[tuple[str, str | None]] = Counter()
        "Author and gesture of each entry."
        self._tops: dict[UUID, int] = {}
        "Page -> the latest time in the order of its marks, also of some that are gone."

    def put(self, found: Entry) -> bool:
        """Take a record in; whether that changes what is shown."""
        if self.entries.get(found.id) == found:
            return False
        self.remove(found.id)
        self.entries[found.id] = found
        if isinstance(found.content, Image):
            self.images[found.id] = found.content
            self.files[found.content.file] += 1
        self._gestures[found.author, found.gesture] += 1
        self._note_top(found)
        return True

    def remove(self, record: UUID) -> bool:
        found = self.entries.pop(record, None)
        if found is None:
            return False
        image = self.images.pop(record, None)
        if image is not None:
            self.files[image.file] -= 1
            if not self.files[image.file]:
                del self.files[image.file]
        self._gestures[found.author, found.gesture] -= 1
        if not self._gestures[found.author, found.gesture]:
            del self._gestures[found.author, found.gesture]
        return True

    def replace(self, found: list[Entry]) -> tuple[list[Entry], list[UUID]]:
        """Be what was read; what is new, and what is gone."""
        fresh = {one.id: one for one in found}
        gone = [known for known in self.entries if known not in fresh]
        new = [one for one in fresh.values() if self.entries.get(one.id) != one]
        self.entries = fresh
        self.images = {one.id: one.content for one in found if isinstance(one.content, Image)}
        self.files = Counter(one.file for one in self.images.values())
        self._gestures = Counter((one.author, one.gesture) for one in found)
        for one in found:
            self._note_top(one)
        return sorted(new, key=_order), gone

    def sorted(self) -> list[Entry]:
        return sorted(self.entries.values(), key=_order)

    def _note_top(self, one: Entry) -> None:
        if isinstance(one.content, Mark):
            page = one.content.page
            self._tops[page] = max(self._tops.get(page, 0), int(one.order[:_TIME]))

    def above(self, page: UUID, now: int, count: int, *, ordered: bool = False) -> list[str]:
        """The places in the order of drawing of some marks that are made now, in peer time: above all that is on the
        page, also when the clock of who has drawn there is ahead. Empty where the time of creation has them there, but
        for marks that lie one upon the other (``ordered``)."""
        top = self._tops.get(page, 0)
        if not now <= top < now + MOST_AHEAD:
            if not ordered:
                return [""] * count
            top = now
        self._tops[page] = top + count
        return [f"{top + 1 + number:0{_TIME}d}{uuid4().hex}" for number in range(count)]

    def page(self, number: UUID) -> bool:
        found = self.entries.get(number)
        return found is not None and isinstance(found.content, Page)

    def last_gesture(self, author: str, page: UUID) -> list[UUID]:
        """What that person has drawn last on a page and is still there."""
        own = [one for one in self._marks_on(page) if one.author == author]
        if not own:
            return []
        last = max(own, key=_order)
        return [one.id for one in own if one is last or (last.gesture and one.gesture == last.gesture)]

    def made(self, author: str, gesture: str) -> bool:
        """Whether that person has done this already."""
        return bool(gesture) and (author, gesture) in self._gestures

    def svg(self, page: UUID | None = None) -> Iterator[str | Image]:
        """The whole board, or one page of it: the lines of a document, and the images that belong between them."""
        everything = self.sorted()
        pages = [(one.id, one.content.name) for one in everything if isinstance(one.content, Page)]
        marks = (one.content for one in everything if isinstance(one.content, Mark))
        return picture.lines([one for one in pages if page in (None, one[0])], marks)

    def chat(self) -> list[Entry]:
        return [one for one in self.sorted() if isinstance(one.content, ChatLine)]

    def _marks_on(self, page: UUID) -> Iterator[Entry]:
        for one in self.entries.values():
            if isinstance(one.content, Mark) and one.content.page == page:
                yield one


def _order(one: Entry) -> str:
    return one.order
