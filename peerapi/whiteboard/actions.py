"""What the person at a page does: each becomes a change of the graph."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

from peerapi import Draft, PeerError, errors
from peerapi.pages.requests import Refused, number_of
from peerapi.whiteboard import marks
from peerapi.whiteboard.board import GESTURE, LOCKED, ORDER, STEP, Entry
from peerapi.whiteboard.graphs import NOT_READY
from peerapi.whiteboard.history import Change
from peerapi.whiteboard.marks import Mark
from peerapi.whiteboard.requests import request
from peerapi.whiteboard.session import Session

LIFETIME = marks.LIFETIME
_PARAMETERS = {"from": "start", "marks": "found"}
"Fields of requests that would be odd names here."


class Actions:
    """On behalf of one page. Every method raises Refused, with a sentence for the person."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._history = session.history
        self._may_be_repeated = False
        "The page asks for this until it is told that it is done."
        self._points_at = ""
        "The page of the board at which the others see this person's pointer."

    async def handle(self, text: str | bytes) -> None:
        """Do what the page asks."""
        what, fields = request(text)
        self._may_be_repeated = number_of(text) is not None
        do: dict[str, Callable[..., Awaitable[None]]] = {
            "stroke": self._stroke, "put": self._put, "live": self._live, "cursor": self._cursor, "text": self._text,
            "edit": self._edit, "move": self._move, "recolour": self._recolour, "reshape": self._reshape,
            "lock": self._lock, "describe": self._describe, "erase": self._erase, "undo": self._undo,
            "redo": self._redo, "page": self._page, "say": self._say, "online": self._online,
        }  # fmt: skip
        try:
            await do[what](**{_PARAMETERS.get(name, name): value for name, value in fields.items()})
        except NOT_READY:
            raise Refused("the board is not here yet: nobody who has it could be reached") from None
        except errors.NotAuthorized:
            raise Refused(
                "only who has made it, or who has begun the board, can change it or take it away; wipe over it"
            ) from None
        except PeerError as error:
            raise Refused(str(error)) from error

    # Drawing ----------------------------------------------------------------------------------------------------------

    async def _stroke(self, page: str, live: str, colour: str, width: int, dots: list[list[int]]) -> None:
        """A stroke of the pen. One that is too long for a record goes on in the next."""
        number = self._known_page(page)
        if self._has_done(live):
            return
        strokes = []
        for begin in range(0, len(dots), marks.MOST_DOTS - 1):
            part = tuple((x, y) for x, y in dots[begin : begin + marks.MOST_DOTS])
            if begin == 0 or len(part) > 1:  # each part begins where the one before has ended
                strokes.append(marks.Stroke(number, colour, width, part))
        if len(strokes) == 1:
            self._history.did(number, [await self._made(strokes[0], live)])
            return
        graph = await self._session.graph()
        orders = self._session.board.above(number, graph.peer_time(), len(strokes))
        drafts = [
            Draft(marks.STROKE, stroke.encode(), _attributes(live, order), LIFETIME)
            for stroke, order in zip(strokes, orders, strict=True)
        ]
        made = zip(await graph.add_many(drafts), strokes, strict=True)
        self._history.did(number, [Change(record, None, stroke, live, "") for record, stroke in made])

    async def _put(self, page: str, live: str, found: list[dict[str, Any]]) -> None:
        """Several marks at once, each upon the one before: a note, a template, what was copied."""
        number = self._known_page(page)
        if self._has_done(live):
            return
        contents = [self._drawn(number, one) for one in found]
        graph = await self._session.graph()
        orders = self._session.board.above(number, graph.peer_time(), len(contents), ordered=len(contents) > 1)
        drafts = [
            Draft(_KINDS[type(one)], one.encode(), _attributes(live, order) or None, LIFETIME)
            for one, order in zip(contents, orders, strict=True)
        ]
        made = zip(await graph.add_many(drafts), contents, orders, strict=True)
        self._history.did(number, [Change(record, None, one, live, order) for record, one, order in made])

    async def _live(self, page: str, live: str, colour: str, width: int, start: int, dots: list[list[int]]) -> None:
        """Part of a stroke that is being drawn: dots from number ``start`` on."""
        self._known_page(page)
        if len(dots) > marks.MOST_DOTS:
            raise Refused("that is too much at once")
        body = {"by": self._session.source.peer, "live": live, "page": page, "colour": colour, "width": width}
        await self._session.send_live("stroke", body | {"from": start, "dots": dots})

    async def _cursor(self, page: str, x: int | None = None, y: int | None = None) -> None:
        """Where the pointer is; without a place it is gone. Nobody has asked for it, so nobody is told when that cannot
        be said."""
        if self._session.board.page(UUID(page)):
            at = None if x is None or y is None else (x, y)
            self._points_at = page if at else ""
            with contextlib.suppress(PeerError):
                await self._session.send_cursor(page, at)

    async def points_no_more(self) -> None:
        """The page was closed."""
        if self._points_at:
            await self._cursor(self._points_at)

    async def _text(self, page: str, colour: str, size: int, x: int, y: int, words: str, live: str = "") -> None:
        number = self._known_page(page)
        if not self._has_done(live):
            self._history.did(number, [await self._made(marks.Text(number, colour, size, (x, y), words), live)])

    async def _edit(
        self, mark: str, colour: str, size: int, words: str, x: int | None = None, y: int | None = None
    ) -> None:
        """Other words, or another look, for a text that is there; also another place, when they need one."""
        (found,) = _unlocked([self._known_mark(UUID(mark))])
        if not isinstance(found.content, marks.Text):
            raise Refused("that is no text")
        at = (found.content.at[0] if x is None else x, found.content.at[1] if y is None else y)
        await self._change([(found, replace(found.content, colour=colour, size=size, at=at, words=words))])

    async def _move(self, found: list[str], x: int, y: int, step: str = "") -> None:
        """Move marks to the right and down."""
        marks_ = self._not_done(_unlocked(self._marks(found)), step)
        await self._change([(one, _moved(one.content, x, y)) for one in marks_], step)

    async def _recolour(self, found: list[str], colour: str) -> None:
        changed: list[tuple[Entry, Mark]] = []
        for one in _unlocked(self._marks(found)):
            if isinstance(one.content, marks.Stroke | marks.Text):  # an image has none
                changed.append((one, replace(one.content, colour=colour)))
        await self._change(changed)

    async def _reshape(self, found: list[str], x: int, y: int, wide: int, high: int, step: str = "") -> None:
        """Make marks larger or smaller, in thousandths; the place ``x``, ``y`` stays."""
        marks_ = self._not_done(_unlocked(self._marks(found)), step)
        await self._change([(one, _reshaped(one.content, (x, y), wide, high)) for one in marks_], step)

    async def _describe(self, mark: str, about: str) -> None:
        """Say what an image shows."""
        (found,) = _unlocked([self._known_mark(UUID(mark))])
        if not isinstance(found.content, marks.Image):
            raise Refused("that is no picture")
        await self._change([(found, replace(found.content, about=about))])

    async def _lock(self, found: list[str], locked: bool) -> None:
        """Keep marks from being changed, or no longer."""
        graph = await self._session.graph()
        for one in self._marks(found):
            with contextlib.suppress(errors.RecordNotFound):
                attributes = _attributes(one.gesture or "", one.order, one.step) | ({LOCKED: "1"} if locked else {})
                await graph.update(one.id, attributes=attributes)

    async def _erase(self, found: list[str], live: str = "") -> None:
        """Delete the records, whoever made them."""
        graph = await self._session.graph()
        for one in _unlocked(self._marks(found)):
            with contextlib.suppress(errors.RecordNotFound):  # somebody else was faster
                await graph.delete(one.id)
                assert isinstance(one.content, Mark)
                change = Change(one.id, one.content, None, one.gesture or "", one.order)
                self._history.did(one.content.page, [change], live)

    # Undoing ----------------------------------------------------------------------------------------------------------

    async def _undo(self, page: str) -> None:
        """Take back what this person did last on a page; what was drawn before this session began comes at the end."""
        number = self._known_page(page)
        while (step := self._history.last(number)) is not None:
            done = await self._apply(step)
            if done:  # what somebody else has taken away or changed meanwhile is left alone
                self._history.undid(number, done)
                return
        done = await self._apply(
            [
                Change(one.id, one.content, None, one.gesture or "", one.order)
                for one in map(self._session.board.entries.__getitem__, self._last_gesture(number))
                if isinstance(one.content, Mark)
            ]
        )
        if not done:
            raise Refused("there is nothing of yours left to undo on this page")
        self._history.undid(number, done)

    async def _redo(self, page: str) -> None:
        number = self._known_page(page)
        while (step := self._history.last_undone(number)) is not None:
            done = await self._apply(step)
            if done:
                self._history.did_again(number, done)
                return
        raise Refused("there is nothing to do again on this page")

    async def _apply(self, step: list[Change]) -> list[Change]:
        """Those changes that are still possible: the mark is as the change expects it."""
        graph = await self._session.graph()
        done = []
        for change in step:
            record = self._history.current(change.record)
            if change.before is None:
                assert change.after is not None
                if isinstance(change.after, marks.Image) and not self._session.images.is_held(change.after.file):
                    continue  # its pieces have been taken away meanwhile
                again = await self._add(_KINDS[type(change.after)], change.after.encode(), change.gesture, change.order)
                self._history.replaced(record, again)
                done.append(change)
                continue
            found = await graph.find(record)
            if found is None or found.data != change.before.encode():
                continue
            with contextlib.suppress(errors.RecordNotFound):
                if change.after is None:
                    known = self._session.board.entries.get(record)
                    change = replace(change, order=known.order if known else change.order)  # where it comes back to
                    await graph.delete(record)
                else:
                    await graph.update(record, change.after.encode())
                done.append(change)
        return done

    def _last_gesture(self, page: UUID) -> list[UUID]:
        return self._session.board.last_gesture(self._session.source.peer, page)

    # Pages, chat, being online ----------------------------------------------------------------------------------------

    async def _page(self, name: str, live: str = "") -> None:
        if not self._has_done(live):
            await self._add(marks.PAGE, marks.Page(name).encode(), live)

    async def _say(self, words: str, live: str = "") -> None:
        if not self._has_done(live):
            await self._add(marks.CHAT_LINE, marks.ChatLine(words).encode(), live)

    async def _online(self, online: bool) -> None:
        await self._session.set_online(online)

    # Records ----------------------------------------------------------------------------------------------------------

    async def _made(self, content: Mark, gesture: str) -> Change:
        graph = await self._session.graph()
        (order,) = self._session.board.above(content.page, graph.peer_time(), 1)
        record = await self._add(_KINDS[type(content)], content.encode(), gesture, order)
        return Change(record, None, content, gesture, "")

    async def _add(self, kind: UUID, data: bytes, gesture: str = "", order: str = "") -> UUID:
        graph = await self._session.graph()
        return await graph.add(kind, data, attributes=_attributes(gesture, order) or None, expires=LIFETIME)

    async def _change(self, wanted: list[tuple[Entry, Mark]], last: str = "") -> None:
        """Give marks another content, as one step; ``last`` is how the page calls it where it is done once."""
        graph = await self._session.graph()
        step: dict[UUID, list[Change]] = {}
        refused: PeerError | None = None
        for found, after in wanted:
            assert isinstance(found.content, Mark)
            try:
                attributes = _attributes(found.gesture or "", found.order, last) if last else None
                await graph.update(found.id, after.encode(), attributes=attributes)
            except errors.RecordNotFound:  # somebody has erased it
                continue
            except errors.NotAuthorized as error:  # it is somebody else's, and those beside it may be one's own
                refused = error
                continue
            self._session.put(replace(found, content=after, step=last or found.step))
            change = Change(found.id, found.content, after, found.gesture or "", found.order)
            step.setdefault(after.page, []).append(change)
        for page, changes in step.items():
            self._history.did(page, changes)
        if refused is not None:
            raise refused

    def _drawn(self, page: UUID, said: dict[str, Any]) -> Mark:
        """A mark as a page says it. Raises Refused."""
        if "dots" in said:
            return marks.Stroke(page, said["colour"], said["width"], tuple((x, y) for x, y in said["dots"]))
        at = said["x"], said["y"]
        if "image" in said:
            file = self._session.images.known(said["image"])
            return marks.Image(page, at, (said["wide"], said["high"]), file, said["about"])
        return marks.Text(page, said["colour"], said["size"], at, said["words"])

    def _has_done(self, gesture: str) -> bool:
        """Whether that is here already: the page asks again for what it was not told to be done."""
        return self._may_be_repeated and self._session.board.made(self._session.source.peer, gesture)

    def _not_done(self, found: list[Entry], step: str) -> list[Entry]:
        """Those at which that step of the page is not done already."""
        page, _, number = step.rpartition("-")

        def is_done(one: Entry) -> bool:
            by, _, last = one.step.rpartition("-")
            return by == page and int(last) >= int(number)

        return [one for one in found if not is_done(one)] if step and self._may_be_repeated else found

    def _marks(self, found: list[str]) -> list[Entry]:
        entries = (self._session.board.entries.get(UUID(one)) for one in found)
        return [one for one in entries if one is not None and _is_mark(one)]

    def _known_mark(self, mark: UUID) -> Entry:
        found = self._session.board.entries.get(mark)
        if found is None or not _is_mark(found):
            raise Refused("it is not there any more")
        return found

    def _known_page(self, page: str) -> UUID:
        number = UUID(page)
        if not self._session.board.page(number):
            raise Refused("there is no such page")
        return number


def _attributes(gesture: str, order: str, step: str = "") -> dict[str, str]:
    return {name: value for name, value in ((GESTURE, gesture), (ORDER, order), (STEP, step)) if value}


_KINDS: dict[type, UUID] = {marks.Stroke: marks.STROKE, marks.Text: marks.TEXT, marks.Image: marks.IMAGE}


def _is_mark(one: Entry) -> bool:
    return isinstance(one.content, Mark)


def _unlocked(found: list[Entry]) -> list[Entry]:
    """Those that may be changed. Raises Refused when there are none."""
    free = [one for one in found if not one.locked]
    if found and not free:
        raise Refused("that is locked: unlock it first")
    return free


def _reshaped(content: object, fixed: tuple[int, int], wide: int, high: int) -> Mark:
    """The pen is as broad as before where not both sides change alike."""

    def place(dot: tuple[int, int]) -> tuple[int, int]:
        x, y = (at + round((one - at) * by / 1000) for one, at, by in zip(dot, fixed, (wide, high), strict=True))
        return _coordinate(x), _coordinate(y)

    if isinstance(content, marks.Text):
        return replace(content, at=place(content.at), size=_width(content.size * min(wide, high) / 1000))
    if isinstance(content, marks.Image):
        sides = (_side(side * by / 1000) for side, by in zip(content.size, (wide, high), strict=True))
        return replace(content, at=place(content.at), size=(next(sides), next(sides)))
    assert isinstance(content, marks.Stroke)
    width = _width(content.width * wide / 1000) if wide == high else content.width
    return replace(content, dots=tuple(map(place, content.dots)), width=width)


def _width(number: float) -> int:
    return max(1, min(marks.MOST_WIDTH, round(number)))


def _side(number: float) -> int:
    return max(1, min(marks.MOST_SIDE, round(number)))


def _moved(content: object, x: int, y: int) -> Mark:
    """A coordinate moved by a distance, and no farther than coordinates go."""
    if isinstance(content, marks.Text | marks.Image):
        return replace(content, at=_place(content.at, x, y))
    assert isinstance(content, marks.Stroke)
    return replace(content, dots=tuple(_place(dot, x, y) for dot in content.dots))


def _place(dot: tuple[int, int], x: int, y: int) -> tuple[int, int]:
    return _coordinate(dot[0] + x), _coordinate(dot[1] + y)


def _coordinate(number: int) -> int:
    return max(-(1 << 15), min((1 << 15) - 1, number))
