"""The pages of a presentation for the browser, each a picture and its text; and the PDF that the presenter drops in."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from quart import Response, abort

from peerapi import PeerError
from peerapi.activities.rendering import MOST_PDF, Page
from peerapi.activities.slide_show import SlideShow
from peerapi.pages import dropping
from peerapi.pages.requests import Refused
from peerapi.pages.serving import App


def add_routes(app: App, at: str, show_of: Callable[[str, UUID], SlideShow | None]) -> None:
    """The routes of presentations, below the rule ``at`` of an activity."""

    def found(board: str, activity: UUID) -> SlideShow:
        one = show_of(board, activity)
        if one is None:
            abort(404)
        return one

    def page_of(board: str, activity: UUID, deck: UUID, page: int) -> Page:
        one = found(board, activity).page(deck, page)
        if one is None:
            abort(404)
        return one

    @app.get(f"{at}/pages/<uuid:deck>/<int:page>.webp", endpoint="slide")
    async def picture(token: str, board: str, activity: UUID, deck: UUID, page: int) -> Response:
        return Response(page_of(board, activity, deck, page).picture, mimetype="image/webp")

    @app.get(f"{at}/pages/<uuid:deck>/<int:page>.txt", endpoint="text of a slide")
    async def text(token: str, board: str, activity: UUID, deck: UUID, page: int) -> Response:
        return Response(page_of(board, activity, deck, page).text, mimetype="text/plain")

    @app.websocket(f"{at}/pdf", endpoint="drop slides")
    async def drop(token: str, board: str, activity: UUID) -> None:
        show = found(board, activity)
        await dropping.answered(lambda: _dropped(show), (Refused, PeerError))


async def _dropped(show: SlideShow) -> None:
    """A PDF, from its first message to the last of its pages. Raises Refused, PeerError."""
    name, size = await dropping.begun(MOST_PDF)
    show.begin()
    pdf = bytearray()

    async def write(data: bytes) -> None:
        pdf.extend(data)

    await dropping.taken(size, write)
    await show.show(bytes(pdf), name)
