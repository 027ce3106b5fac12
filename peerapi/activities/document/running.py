"""A document that is open here: its records in the graph, and the windows at it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import trio

from peerapi import ChangeKind, ChangesLost, Graph, Group, PeerError, Record
from peerapi.activities.activity import Begun, Kind
from peerapi.activities.document import history, parts, updates, versions
from peerapi.activities.document.comments import COMMENT
from peerapi.activities.document.deltas import Delta
from peerapi.activities.document.history import History
from peerapi.activities.document.parts import Header, OwnParts
from peerapi.activities.document.places import Places
from peerapi.activities.document.remarks import Remarks
from peerapi.activities.document.shared_text import SharedText
from peerapi.activities.document.updates import PART, Malformed, Update
from peerapi.activities.document.window import DocumentWindow
from peerapi.activities.running import Opened
from peerapi.pages.broadcast import News
from peerapi.pages.requests import Refused

MOST_TEXT = 500_000
"Characters that a document may have for whoever types."
MOST_RECORDS = 1024
"Of one member that are looked at."
MOST_WAITING = 4 << 20
"""Bytes of memory of what one member has written and stands on something that is not there; what comes beyond that is
read again when there is less."""
PAUSE = 0.03
"Seconds between two records of what is being typed."
CARET_SHOWN = 120.0
"Seconds after which a caret that was not heard of is not shown any more."


class RunningDocument(Opened):
    """See Opened."""

    def __init__(
        self, kind: Kind, begun: Begun, group: Group, names: Callable[[], dict[str, str]], *, here: bool, online: bool
    ) -> None:
        super().__init__(begun, group, names, here=here, online=online)
        self.kind = kind
        self.windows: set[DocumentWindow] = set()
        self.refused = 0
        "Records that were not believed."
        self.counts: dict[str, int] = {}
        "Window -> how many changes of it are in the text; those that typed last."
        self._me = group.identity
        self._shared: SharedText | None = None
        self._own: OwnParts | None = None
        self._own_ids: set[UUID] = set()
        self._by: dict[str, set[UUID]] = {}
        "Member -> their records."
        self._taken: dict[UUID, int] = {}
        "Record -> the version of it that was taken last."
        self._put_off: dict[str, dict[UUID, None]] = {}
        "Member -> records that are to be read when less of theirs waits."
        self._judged: set[tuple[UUID, int]] = set()
        self._carets: dict[str, tuple[int, float, Any]] = {}
        "Member -> the serial of the record that said so, when that came, and the two ends."
        self._caret: Any = None
        self._serial = 0
        self._typing: DocumentWindow | None = None
        self._unstored = trio.Event()
        self._typed = trio.Event()
        "Text that is not stored yet; of what is unstored, all but where one's caret is."
        self._news = trio.Event()
        self.remarks = Remarks(self._me, kind.lifetime, self._note_remarks)
        self.history = History(self._me, kind.lifetime, lambda: self.text, self._note_history)
        self._places = Places(self.windows, lambda: [self._me, *self._by], self.remarks)

    async def changed(self) -> None:
        """As soon as the text is another one, or what is known beside it: of whom, what was refused, what is stored."""
        await self._news.wait()

    def _note_history(self) -> None:
        self.broadcast.tell(self.history.told(), last=True)
        self.broadcast.tell(self.state(), last=True)
        self._note_news()

    def _note_remarks(self) -> None:
        self._places.note_remarks()
        self.broadcast.tell(self.state(), last=True)
        self._note_news()

    def _note_news(self) -> None:
        self._places.note()
        self._news.set()
        self._news = trio.Event()

    # ---- the text ----

    @property
    def text(self) -> str:
        return "" if self._shared is None else self._shared.text

    def edit(self, window: DocumentWindow, delta: Delta, key: str, count: int) -> None:
        """What a window has typed, as a change of the text as it is. Raises Refused."""
        shared = self._ready()
        if len(shared.text) + sum(len(part) for part in delta if isinstance(part, str)) > MOST_TEXT:
            raise Refused(f"a document has up to {MOST_TEXT:,} characters")
        self._typing = window
        try:
            shared.edit(delta)
        finally:
            self._typing = None
        self.counts.pop(key, None)
        self.counts[key] = count
        while len(self.counts) > parts.MOST_WINDOWS:
            del self.counts[next(iter(self.counts))]
        self._note_typed()

    async def go_back(self, key: str) -> None:
        """Make the text what it was in a version, as a change that others see and that can be undone. Raises
        Refused."""
        then = await self.history.text(key)
        if len(then) > MOST_TEXT:
            raise Refused(f"a document has up to {MOST_TEXT:,} characters")
        await self.history.keep_now()
        self._ready().edit(versions.way_back(self.text, then), apart=True)
        self._note_typed()

    def undo(self) -> bool:
        """Raises Refused."""
        return self._again(self._ready().undo())

    def redo(self) -> bool:
        return self._again(self._ready().redo())

    def _again(self, done: bool) -> bool:
        self._note_typed()
        return done

    def _note_typed(self) -> None:
        self._typed.set()
        self._unstored.set()

    def caret_at(self, begin: int, end: int) -> None:
        """Where this member's selection is."""
        shared = self._ready()
        self._caret = shared.unit_at(begin), shared.unit_at(end)
        self._unstored.set()

    def placed(self, what: str) -> News | None:
        """What is known of places in the text as it is now; None when that is not known yet."""
        return self._places.told(what, self.text)

    def window_shows(self) -> None:
        self._places.note()

    def window_closed(self) -> None:
        """One fewer."""
        if not self.windows and self._caret is not None:
            self._caret = None
            self._unstored.set()

    def _ready(self) -> SharedText:
        if self._shared is None or self._graph is None or self._graph.closed:
            raise Refused("nobody who has it could be reached yet")
        return self._shared

    def _changed(self, delta: Delta) -> None:
        if self._shared is None:
            return  # windows are told all of it when it is there
        for window in self.windows:
            if window is not self._typing:
                window.note(delta)
        self._note_news()

    # ---- what windows are told ----

    def window(self) -> DocumentWindow:
        return DocumentWindow(self)

    def note_company(self) -> None:
        self.broadcast.tell(self.state(), last=True)

    def state(self) -> News:
        """What is known beside the text."""
        return {
            "is": "state",
            "title": self.kind.title,
            "me": self._me,
            "names": self._names(),
            "ready": self._shared is not None,
            "alone": self._links is None or self._links.alone,
            "refused": self.refused + len(self.remarks.refused) + len(self.history.refused),
        }

    def carets(self) -> News:
        """Where the others are."""
        shown = []
        shared, now = self._shared, trio.current_time()
        for peer, (_, at, ends) in self._carets.items():
            if shared is not None and ends is not None and now - at < CARET_SHOWN:
                places = [shared.index_of(end) for end in ends]
                if None not in places:
                    shown.append({"peer": peer, "at": places})
        return {"is": "carets", "carets": shown, "names": self._names()}

    # ---- records ----

    async def follow(self, graph: Graph) -> None:
        changes = graph.changes((PART, COMMENT, *history.TYPES))
        await graph.wait_synchronized()
        await self._begin(await graph.records(PART))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._store, graph)
            assert self._shared is not None
            nursery.start_soon(self._places.run, self._shared)
            await self.remarks.open(graph, self._shared)
            nursery.start_soon(self.history.run, graph)
            while True:
                try:
                    async for change in changes:
                        if change.kind in (ChangeKind.DELETED, ChangeKind.EXPIRED):
                            self._forget(change.id)
                            self.remarks.forget(change.id)
                            self.history.forget(change.id)
                        elif (record := await change.record()) is None:
                            continue
                        elif record.type == COMMENT:
                            self.remarks.take(record)
                        elif record.type in history.TYPES:
                            self.history.take(record)
                        else:
                            await self._take([record])
                            await self._take([one for id in self._due() if (one := await graph.find(id))])
                    break
                except ChangesLost:
                    await self._take(await graph.records(PART))
                    await self.remarks.read(graph)
                    await self.history.read(graph)
            nursery.cancel_scope.cancel()

    async def _begin(self, records: list[Record]) -> None:
        """The text as it is, and a session of this member's that was not there before."""
        own: list[tuple[UUID, Update]] = []
        for record in records:
            if record.creator == self._me and (found := self._believed(record)) is not None:
                own.append((record.id, found[1]))
                for key, count in found[0].windows.items():
                    self.counts[key] = max(count, self.counts.get(key, 0))
            await trio.lowlevel.checkpoint()
        used: dict[int, int] = {}
        for section in [section for _, update in own for section in update.sections]:
            used[section.client] = max(section.after, used.get(section.client, 0))
        first = updates.client_of(self._me, 0)
        free = [one for one in range(first, first + updates.MOST_SESSIONS) if one not in used]
        shared = await self._read(records, secrets.choice(free or list(used)))
        if used.get(shared.client, 0) != shared.clocks.get(shared.client, 0):
            # Each was used, and what this one has written waits: one that is all there is gone on with.
            whole = [one for one, after in used.items() if shared.clocks.get(one, 0) == after]
            if not whole:
                raise RuntimeError("this document cannot be opened before more of it is there")
            shared = await self._read(records, secrets.choice(whole))
        self._own = OwnParts(shared)
        for id, update in own:
            self._own_ids.add(id)
            self._own.found(id, update)
        self._shared = shared
        self.broadcast.restart()
        self._note_news()

    async def _read(self, records: list[Record], client: int) -> SharedText:
        """The text for a member who writes under that client."""
        shared = SharedText(client, self._changed)
        self._judged.clear()
        self._taken.clear()
        self._put_off.clear()
        with shared.untold():
            await self._take_into(shared, records)
        return shared

    async def _take(self, records: list[Record]) -> None:
        """What members have written; what cannot be is passed over and counted."""
        assert self._shared is not None
        refused = self.refused
        if await self._take_into(self._shared, records):
            self.broadcast.tell(self.carets(), last=True)
        if self.refused != refused:
            self.broadcast.tell(self.state(), last=True)
        self._note_news()

    async def _take_into(self, shared: SharedText, records: list[Record]) -> bool:
        """The same, one record after the other, so that this program has its turn in between; whether there is news of
        carets."""
        heard = False
        while records:
            put_off = []
            for record in records:
                if record.id in self._own_ids or self._taken.get(record.id) == record.version:
                    continue
                if shared.waiting_of(record.creator) > MOST_WAITING:
                    put_off.append(record)
                    continue
                heard |= self._take_one(shared, record)
                while shared.step():
                    await trio.lowlevel.checkpoint()
                await trio.lowlevel.checkpoint()
            if len(put_off) == len(records):
                for record in put_off:
                    self._read_later(record)
                break
            records = put_off
        return heard

    def _take_one(self, shared: SharedText, record: Record) -> bool:
        """Whether it is news where its writer is."""
        found = self._believed(record, shared)
        if found is None:
            return False
        self._taken[record.id] = record.version
        shared.add(record.id, found[1])
        return record.creator != self._me and self._hear(record, found[0])

    def _forget(self, id: UUID) -> None:
        """A record that is not there any more, as those are that were folded into another one: it does not count among
        its writer's."""
        self._taken.pop(id, None)
        for ids in self._by.values():
            ids.discard(id)

    def _read_later(self, record: Record) -> None:
        ids = self._put_off.setdefault(record.creator, {})
        if len(ids) < MOST_RECORDS:
            ids[record.id] = None

    def _due(self) -> list[UUID]:
        """Records that were put off and can be taken now."""
        shared = self._shared
        if shared is None or not self._put_off:
            return []
        due = [one for one in self._put_off if shared.waiting_of(one) <= MOST_WAITING]
        return [id for creator in due for id in self._put_off.pop(creator)]

    def _believed(self, record: Record, shared: SharedText | None = None) -> tuple[Header, Update] | None:
        """What a record says, None when that cannot be: each is counted once."""
        if (record.id, record.version) in self._judged:
            return None
        try:
            ids = self._by.setdefault(record.creator, set())
            if record.modified_by != record.creator:
                raise Malformed("somebody else has changed it")
            if record.id not in ids and len(ids) >= MOST_RECORDS:
                raise Malformed("too many records")
            if shared is not None and record.creator in shared.unheard:
                raise Malformed("of a member whose text takes too long")
            found = parts.decoded(record.data, record.creator)
        except Malformed:
            self.refused += 1
            if len(self._judged) > MOST_RECORDS:
                self._judged.clear()
            self._judged.add((record.id, record.version))
            return None
        ids.add(record.id)
        return found

    def _hear(self, record: Record, header: Header) -> bool:
        """Where somebody's caret is; whether that is news."""
        before = self._carets.get(record.creator)
        if before is not None and header.serial <= before[0]:
            return False
        age = max(0.0, time.time() - record.modified.timestamp())
        self._carets[record.creator] = header.serial, trio.current_time() - age, header.caret
        return True

    # ---- storing ----

    async def _store(self, graph: Graph) -> None:
        """Put into records what was typed and where the caret is, as long as there is something. Text waits for text
        that was stored just before, and not for a caret."""
        while True:
            await self._unstored.wait()
            is_text = self._typed.is_set()
            self._unstored, self._typed = trio.Event(), trio.Event()
            try:
                await self._store_all(graph)
            except PeerError as error:
                self.broadcast.tell({"is": "told", "words": f"What was typed could not be stored: {error}"})
                self._note_typed()
                await trio.sleep(1)
            with trio.move_on_after(PAUSE):
                await (trio.sleep_forever() if is_text else self._typed.wait())

    async def _store_all(self, graph: Graph) -> None:
        assert self._own is not None
        more = True
        while more:
            counts = dict(self.counts)
            id, piece = self._own.next()
            self._serial = max(self._serial + 1, int(time.time() * 1000))
            data = parts.encoded(Header(self._serial, self._caret, counts), piece.update)
            if id is None:
                id = await graph.add(PART, data, expires=self.kind.lifetime, autorefresh=True)
                self._own_ids.add(id)
            else:
                await graph.update(id, data, autorefresh=True)
            more = self._own.stored(id, piece)
        for window in self.windows:
            window.stored(counts)
        await self._fold(graph)
        self._note_news()

    async def _fold(self, graph: Graph) -> None:
        """Several small records into one: what is in the first of them is enough before the others go."""
        assert self._own is not None
        found = self._own.to_fold()
        if found is None:
            return
        ids, pieces = found
        for id, piece in zip(ids, pieces, strict=False):
            await graph.update(id, parts.encoded(Header(), piece.update), autorefresh=True)
        for id in ids[len(pieces) :]:
            await graph.delete(id)
        self._own.folded(ids, pieces)
