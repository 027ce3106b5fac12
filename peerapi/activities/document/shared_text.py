"""The text that several write: pycrdt merges, and this here says what may come in, and when.

Of what others have written nothing is given to pycrdt before all that it stands on is there, so nothing of it waits
inside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

from pycrdt import Assoc, Doc, StickyIndex, Text, TextEvent, TransactionEvent, UndoManager

from peerapi.activities.document import updates
from peerapi.activities.document.deltas import Delta, Part, applied, put_together
from peerapi.activities.document.updates import Item, Update

Unit = tuple[int, int]
"Client and clock of a unit of text, by which a place in it is known however the text changes."
_ME, _OTHERS = "me", "others"


class _Run:
    """A section that is not all in the text yet."""

    def __init__(self, data: bytes, client: int, items: list[Item]) -> None:
        self.data, self.client, self.items = data, client, items
        self.next = 0


class _Waiting:
    """What of an update waits."""

    def __init__(self, update: Update) -> None:
        self.runs = [_Run(update.data, section.client, section.items) for section in update.sections]
        self.deletions = update.deletions
        self.size = len(update.data)


class SharedText:
    """One member's copy. ``changed`` is called after each change of ``text``, with what it was."""

    def __init__(self, client: int, changed: Callable[[Delta], None] = lambda delta: None) -> None:
        self.client = client
        self.text = ""
        self.deleted: list[tuple[int, int, int]] = []
        "What this member has removed, as in an update: whoever stores it takes it from here."
        self.clocks: dict[int, int] = {}
        "Client -> how many of its units are in the text, or were."
        self._changed = changed
        self._waiting: dict[object, _Waiting] = {}
        self._is_local = False
        self._doc: Doc[Any] = Doc(client_id=client)
        self._text = self._doc.get("text", type=Text)
        self._undo = UndoManager(scopes=[self._text], capture_timeout_millis=500)
        self._undo.include_origin(_ME)
        self._observing = [self._text.observe(self._note_text), self._doc.observe(self._note_removed)]

    # ---- others' ----

    @property
    def waiting_bytes(self) -> int:
        """Of what stands on something that is not there."""
        return sum(one.size for one in self._waiting.values())

    def take(self, came: Sequence[tuple[object, Update]]) -> None:
        """What others have written, each under the key of an earlier form of it, whose rest does not count any more."""
        for key, update in came:
            self._waiting[key] = _Waiting(update)
        clocks = dict(self.clocks)
        ready: dict[int, list[bytes]] = {}
        while self._advance(clocks, ready):
            pass
        deletions = self._ready_deletions(clocks)
        if ready or deletions:
            sections = [(client, self.clocks.get(client, 0), items) for client, items in ready.items()]
            with self._doc.transaction(origin=_OTHERS):
                self._doc.apply_update(updates.written(sections, deletions))
            self._note_clocks()

    def _advance(self, clocks: dict[int, int], ready: dict[int, list[bytes]]) -> bool:
        """Go on with each run as far as what it stands on is there; whether any went on."""
        moved = False
        for waiting in self._waiting.values():
            for run in waiting.runs:
                client, items, known = run.client, run.items, clocks.get(run.client, 0)
                for number in range(run.next, len(items)):
                    item = items[number]
                    if item.after > known:
                        left, right = item.left, item.right
                        if item.clock > known or not (
                            (left is None or left[1] < clocks.get(left[0], 0))
                            and (right is None or right[1] < clocks.get(right[0], 0))
                        ):
                            break
                        ready.setdefault(client, []).append(updates.cut(run.data, item, client, known, item.after))
                        known = clocks[client] = item.after
                    run.next = number + 1
                    moved = True
        return moved

    def _ready_deletions(self, clocks: dict[int, int]) -> list[tuple[int, int, int]]:
        found = []
        for key, waiting in list(self._waiting.items()):
            rest = []
            for client, clock, length in waiting.deletions:
                there = min(length, clocks.get(client, 0) - clock)
                if there > 0:
                    found.append((client, clock, there))
                if there < length:
                    rest.append((client, clock + max(there, 0), length - max(there, 0)))
            waiting.deletions = rest
            if not rest and all(run.next == len(run.items) for run in waiting.runs):
                del self._waiting[key]
        return found

    # ---- one's own ----

    def edit(self, delta: Sequence[Part]) -> None:
        """What this member has typed."""
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

    def items(self, client: int, begin: int, after: int, most: int) -> Iterator[tuple[int, int, bytes]]:
        """What a client has written between two clocks, as the text has it now: of pieces of so many units at most the
        clocks, and what they are encoded as."""
        if begin >= after:
            return
        found = updates.read(self._doc.get_update(updates.state({**self.clocks, client: begin})))
        for section in found.sections:
            if section.client == client:
                for item in section.items:
                    yield from updates.slices(found.data, item, client, begin, after, most)

    def encoded(self) -> bytes:
        """All of the text and what has become of it, in one update of all its writers."""
        return self._doc.get_update()

    # ---- places ----

    def unit_at(self, index: int) -> Unit | None:
        """The unit before which a place is; None at the end."""
        place = len(self.text[:index].encode())
        if index >= len(self.text):
            return None
        found = StickyIndex.new(self._text, place, Assoc.AFTER).to_json().get("item")
        return None if found is None else (found["client"], found["clock"])

    def index_of(self, unit: Unit | None) -> int | None:
        """Where a place is now; None where there is no such unit."""
        if unit is None:
            return len(self.text)
        client, clock = unit
        if not 0 <= clock < self.clocks.get(client, 0):
            return None
        place = StickyIndex.from_json({"item": {"client": client, "clock": clock}, "assoc": 0}, self._text)
        at = place.get_index()
        return at if self.text.isascii() else len(self.text.encode()[:at].decode("utf-8", "ignore"))

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
            self.deleted += updates.read(event.update).deletions

    def _note_clocks(self) -> None:
        self.clocks = updates.clocks_of(self._doc.get_state())
