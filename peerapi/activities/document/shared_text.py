"""The text that several write: pycrdt merges, and this here says what may come in, and when.

Of what others have written nothing is given to pycrdt before all that it stands on is there, so nothing of it waits
inside.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

from pycrdt import Assoc, Doc, StickyIndex, Text, TextEvent, TransactionEvent, UndoManager

from peerapi.activities.document import updates
from peerapi.activities.document.byte_counts import Items
from peerapi.activities.document.deltas import Delta, Part, applied, put_together
from peerapi.activities.document.updates import Update
from peerapi.activities.document.waiting import Ready, Waiting

Unit = tuple[int, int]
"Client and clock of a unit of text, by which a place in it is known however the text changes."
_ME, _OTHERS = "me", "others"
STEP = 0.02
"Seconds for which is merged before others have their turn."
MOST_AT_ONCE, MOST_COMPARED = 512, 4 << 20
"""Items that pycrdt is given at once, and how many it may compare then: each may have to be compared with all that
there are, which takes a fifth of a second for that many."""
TOGETHER = 500
"Milliseconds in which edits one behind the other are undone together."
MOST_COUNTED, MOST_KNOWN = 200_000, 16
"Units of a client up to which its items are looked at for a place in the text, and clients whose items are kept."
MOST_SPENT = 10.0
"Seconds of the processor for the text of one member, while the document is open. A full document takes one or two."


class SharedText:
    """One member's copy. ``changed`` is called after each change of ``text``, with what it was."""

    def __init__(
        self,
        client: int,
        changed: Callable[[Delta], None] = lambda delta: None,
        processor_time: Callable[[], float] = time.thread_time,
    ) -> None:
        """``processor_time``: seconds of the processor that this thread has had."""
        self.client = client
        self.text = ""
        self.deleted: list[tuple[int, int, int]] = []
        "What this member has removed, as in an update: whoever stores it takes it from here."
        self.clocks: dict[int, int] = {}
        "Client -> how many of its units are in the text, or were."
        self._changed = changed
        self.unheard: set[str] = set()
        "Members whose text has cost too much time: nothing more of it is taken."
        self._waiting = Waiting()
        self._spent: defaultdict[str, float] = defaultdict(float)
        "Member -> seconds that merging their text has taken."
        self._merged = 0
        "Items of others that are in the text."
        self._processor_time = processor_time
        self._now = 0.0
        "What it said last."
        self._is_local = False
        self._items: dict[int, tuple[str, Items]] = {}
        "Client -> the text at which its items were looked at, and these."
        self._doc: Doc[Any] = Doc(client_id=client)
        self._text = self._doc.get("text", type=Text)
        self._later = 0
        "Milliseconds by which the clock of undoing is ahead, so that something is a step of its own."
        self._undo = UndoManager(
            scopes=[self._text],
            capture_timeout_millis=TOGETHER,
            timestamp=lambda: time.monotonic_ns() // 1_000_000 + self._later,
        )
        self._undo.include_origin(_ME)
        self._observing = self._doc.observe(self._note_removed)
        self._telling = self._text.observe(self._note_text)

    @contextmanager
    def untold(self) -> Iterator[None]:
        """What comes meanwhile is not told: ``text`` is as it is at the end. To say what has changed takes as long as
        to merge it, and all that there is comes at once at the beginning."""
        self._text.unobserve(self._telling)
        try:
            yield
        finally:
            self._telling = self._text.observe(self._note_text)
            self.text = str(self._text)

    # ---- others' ----

    @property
    def waiting_bytes(self) -> int:
        """Memory of what stands on something that is not there, about."""
        return self._waiting.total

    def waiting_of(self, writer: str) -> int:
        """The same of what one member has written."""
        return self._waiting.weight(writer)

    def take(self, came: Iterable[tuple[object, Update]]) -> None:
        """What others have written, each under the key of an earlier form of it, whose rest does not count any more."""
        for key, update in came:
            self.add(key, update)
        while self.step():
            pass

    def add(self, key: object, update: Update) -> None:
        """The same of one, which ``step`` merges."""
        if update.writer not in self.unheard:
            self._waiting.add(key, update)

    def step(self) -> bool:
        """Merge for some milliseconds; whether there is more to merge."""
        waiting, self._now = self._waiting, self._processor_time()
        end = self._now + STEP
        with self._doc.transaction(origin=_OTHERS):
            while self._now < end:
                ready = waiting.next(self.clocks, max(1, min(MOST_AT_ONCE, MOST_COMPARED // (self._merged + 1))))
                if ready is None:
                    break
                self._merge(ready)
            if removed := waiting.removals(self.clocks):
                self._doc.apply_update(updates.written([], removed))
        self._note_clocks()
        return waiting.is_going

    def _merge(self, ready: Ready) -> None:
        """Merging may take long: text of two members that was put in at one place is compared piece by piece."""
        begin = self._now
        self._doc.apply_update(updates.run(ready.client, ready.begin, ready.size, ready.items))
        self._now = self._processor_time()  # to be asked for, it costs as much as some items
        took = self._now - begin
        self.clocks[ready.client] = ready.after
        self._waiting.there(ready.client, ready.after)
        self._merged += ready.size
        self._spent[ready.writer] += took
        if self._spent[ready.writer] > MOST_SPENT:
            self.unheard.add(ready.writer)
            self._waiting.forget(ready.writer)

    # ---- one's own ----

    def edit(self, delta: Sequence[Part], *, apart: bool = False) -> None:
        """What this member has typed; ``apart``: it is undone by itself, however soon it came behind another edit."""
        self._later += 2 * TOGETHER * apart
        with self._local(), self._doc.transaction(origin=_ME):
            at = old = 0  # in bytes of the text as it becomes, and in characters of the text as it was
            for part in delta:
                if isinstance(part, str):
                    self._text.insert(at, part)
                    at += len(part.encode())
                else:
                    size = len(self.text[old : old + abs(part)].encode())
                    old += abs(part)
                    if part > 0:
                        at += size
                    elif size:
                        del self._text[at : at + size]
        self._later += 2 * TOGETHER * apart

    def undo(self) -> bool:
        """Take back what this member has done last; whether there was something."""
        with self._local():
            return self._undo.undo()

    def redo(self) -> bool:
        with self._local():
            return self._undo.redo()

    @contextmanager
    def _local(self) -> Iterator[None]:
        self._is_local = True
        try:
            yield
        finally:
            self._is_local = False
            self._note_clocks()
            self._waiting.there(self.client, self.clocks.get(self.client, 0))

    def items(self, client: int, begin: int, after: int, most: int) -> Iterator[tuple[int, int, bytes]]:
        """What a client has written between two clocks, as the text has it now: of pieces of so many units at most the
        clocks, and what they are encoded as."""
        if begin >= after:
            return
        found = updates.read(self.since({**self.clocks, client: begin}))
        for section in found.sections:
            if section.client == client:
                for item in section.items:
                    yield from updates.slices(found.data, item, client, begin, after, most)

    def since(self, clocks: Mapping[int, int]) -> bytes:
        """What came to the text after so many units of each client, and all that was removed, as one update."""
        return self._doc.get_update(updates.state(clocks))

    def encoded(self) -> bytes:
        """All of the text and what has become of it, in one update of all its writers."""
        return self.since({})

    # ---- places ----

    def unit_at(self, index: int) -> Unit | None:
        """The unit before which a place is; None at the end."""
        place = len(self.text[:index].encode())
        if index >= len(self.text):
            return None
        found = StickyIndex.new(self._text, place, Assoc.AFTER).to_json().get("item")
        if found is None:
            return None
        client, named = found["client"], found["clock"]
        items = self._items_of(client)
        clocks = [named] if items is None else items.named(named, self.text[index])
        if len(clocks) > 1:
            clocks = [one for one in clocks if self.index_of((client, one)) == index]
        return client, clocks[0] if clocks else named

    def index_of(self, unit: Unit | None) -> int | None:
        """Where a place is now; None where there is no such unit."""
        if unit is None:
            return len(self.text)
        client, clock = unit
        if not 0 <= clock < self.clocks.get(client, 0):
            return None
        items = self._items_of(client)
        begin, more = (clock, 0) if items is None else items.begin(clock)
        place = StickyIndex.from_json({"item": {"client": client, "clock": begin}, "assoc": 0}, self._text)
        at = place.get_index()
        return (at if self.text.isascii() else len(self.text.encode()[:at].decode("utf-8", "ignore"))) + more

    def _items_of(self, client: int) -> Items | None:
        """The items of a client; None where pycrdt counts as we do, and where it would take long."""
        if self.text.isascii() or self.clocks.get(client, 0) > MOST_COUNTED:
            return None
        looked_at, items = self._items.get(client, ("", None))
        if items is None or looked_at is not self.text:
            items = Items(updates.read(self.since({**self.clocks, client: 0})), client)
            if len(self._items) >= MOST_KNOWN:
                self._items.clear()
            self._items[client] = self.text, items
        return items

    def passage(self, first: Unit, last: Unit) -> tuple[int, int] | None:
        """Where a passage begins and ends now; None where nothing of it is in the text."""
        begin, end = self.index_of(first), self.index_of(last)
        if begin is None or end is None:
            return None
        end += self.unit_at(end) == last  # it stays where it was when it was removed
        return (begin, end) if begin < end else None

    # ---- what pycrdt tells ----

    def _note_text(self, event: TextEvent) -> None:
        whole = None if self.text.isascii() else self.text.encode()
        found: list[Part] = []
        at = 0
        changes: list[dict[str, Any]] = cast(Any, event).delta
        for part in changes:
            if "insert" in part:
                found.append(part["insert"])
                continue
            size = part.get("retain", part.get("delete", 0))
            count = size if whole is None else len(whole[at : at + size].decode())
            found.append(count if "retain" in part else -count)
            at += size
        delta = put_together(found)
        self.text = applied(self.text, delta)
        if delta:
            self._changed(delta)

    def _note_removed(self, event: TransactionEvent) -> None:
        if self._is_local:
            update = updates.read(event.update)
            self.deleted += update.deletions
            self._waiting.learn(update)

    def _note_clocks(self) -> None:
        self.clocks = updates.clocks_of(self._doc.get_state())
