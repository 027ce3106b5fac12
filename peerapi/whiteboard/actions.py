"""What the person at a page does: each becomes a change of the graph."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

from peerapi import Draft, PeerError, errors
from peerapi.whiteboard import marks
from peerapi.whiteboard.board import GESTURE
from peerapi.whiteboard.graphs import NOT_READY
from peerapi.whiteboard.requests import Refused, request
from peerapi.whiteboard.session import Session

LIFETIME = timedelta(days=365)
"How long a drawing stays, unless somebody takes it away."
_PARAMETERS = {"from": "start", "marks": "found"}
"Fields of requests that would be odd names here."


class Actions:
    """On behalf of one page. Every method raises Refused, with a sentence for the person."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def handle(self, text: str | bytes) -> None:
        """Do what the page asks."""
        what, fields = request(text)
        do: dict[str, Callable[..., Awaitable[None]]] = {
            "stroke": self._stroke, "live": self._live, "text": self._text, "erase": self._erase, "undo": self._undo,
            "page": self._page, "say": self._say, "online": self._online,
        }  # fmt: skip
        try:
            await do[what](**{_PARAMETERS.get(name, name): value for name, value in fields.items()})
        except NOT_READY:
            raise Refused("the board is not here yet: nobody who has it could be reached") from None
        except errors.NotAuthorized:
            raise Refused("only who has drawn it, or who has begun the board, can take it away; wipe over it") from None
        except PeerError as error:
            raise Refused(str(error)) from error

    async def _stroke(self, page: str, live: str, colour: str, width: int, dots: list[list[int]]) -> None:
        """A stroke of the pen. One that is too long for a record goes on in the next."""
        number = self._known_page(page)
        drafts = []
        for begin in range(0, len(dots), marks.MOST_DOTS - 1):
            part = tuple((x, y) for x, y in dots[begin : begin + marks.MOST_DOTS])
            if begin == 0 or len(part) > 1:  # each part begins where the one before has ended
                drafts.append(self._draft(marks.STROKE, marks.Stroke(number, colour, width, part).encode(), live))
        graph = await self._session.graph()
        if len(drafts) == 1:
            await graph.add(marks.STROKE, drafts[0].data, attributes=drafts[0].attributes, expires=LIFETIME)
        else:
            await graph.add_many(drafts)

    async def _live(self, page: str, live: str, colour: str, width: int, start: int, dots: list[list[int]]) -> None:
        """Part of a stroke that is being drawn: dots from number ``start`` on."""
        self._known_page(page)
        if len(dots) > marks.MOST_DOTS:
            raise Refused("that is too much at once")
        body = {"by": self._session.source.peer, "live": live, "page": page, "colour": colour, "width": width}
        await self._session.send_live("stroke", body | {"from": start, "dots": dots})

    async def _text(self, page: str, colour: str, size: int, x: int, y: int, words: str) -> None:
        await self._add(marks.TEXT, marks.Text(self._known_page(page), colour, size, (x, y), words).encode())

    async def _erase(self, found: list[str]) -> None:
        """Delete the records, whoever made them."""
        graph = await self._session.graph()
        for mark in map(UUID, found):
            if mark in self._session.board.entries:
                with contextlib.suppress(errors.RecordNotFound):  # somebody else was faster
                    await graph.delete(mark)

    async def _undo(self, page: str) -> None:
        found = self._session.board.last_gesture(self._session.source.peer, self._known_page(page))
        if not found:
            raise Refused("there is nothing of yours left to undo on this page")
        await self._erase([str(one) for one in found])

    async def _page(self, name: str) -> None:
        await self._add(marks.PAGE, marks.Page(name).encode())

    async def _say(self, words: str) -> None:
        await self._add(marks.CHAT_LINE, marks.ChatLine(words).encode())

    async def _online(self, online: bool) -> None:
        await self._session.set_online(online)

    async def _add(self, kind: UUID, data: bytes) -> None:
        graph = await self._session.graph()
        await graph.add(kind, data, expires=LIFETIME)

    def _draft(self, kind: UUID, data: bytes, gesture: str) -> Draft:
        return Draft(kind, data, {GESTURE: gesture}, LIFETIME)

    def _known_page(self, page: str) -> UUID:
        number = UUID(page)
        if not self._session.board.page(number):
            raise Refused("there is no such page")
        return number
