"""What the person at the home page does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import peerapi
from peerapi import PeerError, Signin
from peerapi.home import qr
from peerapi.home.home import Home
from peerapi.home.reasons import expected
from peerapi.home.requests import LANGUAGE
from peerapi.pages.broadcast import News
from peerapi.pages.requests import Refused
from peerapi.whiteboard import near
from peerapi.whiteboard.opening import EXPECTED


class Actions:
    """On behalf of one window; ``tell`` tells that window alone."""

    def __init__(self, home: Home, tell: Callable[[News], None]) -> None:
        self._home = home
        self._people = home.people
        self._boards = home.boards
        self._tell = tell

    async def handle(self, text: str | bytes) -> None:
        """Do what the page asks; what takes its time goes on beside the answer. Raises Refused, with a sentence for the
        person."""
        what, fields = LANGUAGE.read(text)
        do: dict[str, Callable[..., Awaitable[None]]] = {
            "begin": self._begin, "join": self._join, "open": self._open, "close": self._close,
            "leave": self._leave, "delete": self._delete, "word": self._word, "invite": self._invite,
            "start": self._start, "take part": self._take_part,
            "answer": self._answer, "there": self._there, "presence": self._presence, "call": self._people.call,
            "add": self._add, "befriend": self._befriend, "change": self._change, "forget": self._people.forget,
            "card": self._card, "check": self._home.check_network,
        }  # fmt: skip
        if what in SLOW:
            if not self._home.start(lambda: self._beside(do[what], fields)):
                raise Refused("too much is under way: wait a little")
            return
        try:
            await do[what](**fields)
        except EXPECTED as error:
            raise Refused(expected(error) or str(error)) from error

    async def _beside(self, do: Callable[..., Awaitable[None]], fields: dict[str, Any]) -> None:
        """What has come of it is told to all windows: the one that has asked may be gone by then."""
        try:
            await do(**fields)
        except Exception as error:
            reason = expected(error)
            if reason is None:
                raise
            self._say(f"{reason[:1].upper()}{reason[1:]}{'' if reason.endswith('.') else '.'}")

    def _say(self, words: str) -> None:
        self._home.tell({"is": "told", "words": words})

    # ---- boards ----

    async def _begin(self, title: str) -> None:
        self._home.opened(await self._boards.begin(title))

    async def _join(self, word: str) -> None:
        self._home.opened(await self._boards.join(word))

    async def _open(self, board: str) -> None:
        self._home.opened(await self._boards.open(board))

    async def _close(self, board: str) -> None:
        await self._boards.close(board)

    async def _leave(self, board: str) -> None:
        title = self._boards.title(board)
        await self._boards.leave(board)
        self._say(f"{title}: it is no longer on this machine.")

    async def _delete(self, board: str) -> None:
        title = self._boards.title(board)
        if await self._boards.delete(board):
            self._say(f"{title}: deleted, and those who are online were told.")
        else:
            self._say(f"{title}: deleted here. Nobody else was online: who has it keeps what is drawn.")

    async def _start(self, board: str, kind: str) -> None:
        self._home.activity_opened(board, await self._boards.activities(board).begin(kind))

    async def _take_part(self, board: str, activity: str) -> None:
        self._home.activity_opened(board, await self._boards.activities(board).open(UUID(activity)))

    async def _word(self, board: str) -> None:
        found = self._boards.invitation(board)
        self._tell(
            {"is": "word", "board": board, "word": found.word, "reach": found.reach, "qr": qr.drawn(found.word) != ""}
        )

    async def _invite(self, board: str, who: str) -> None:
        """Somebody who is there, whose user is asked; what they have answered is told when they have."""
        title, word = self._boards.title(board), self._boards.invitation(board).word
        name, where, contact = self._people.where(who)
        self._say(f"{name} is asked to come to {title} …")
        comes = await self._people.present().invite(where, near.BOARD, contact=contact, data=word, message=title)
        self._say(f"{name} {'comes' if comes else 'does not come'} to {title}.")

    async def _answer(self, invitation: int, yes: bool) -> None:
        self._say(await self._home.invitations.answer(invitation, yes=yes))

    # ---- people ----

    async def _there(self, near: bool, internet: bool) -> None:
        await self._home.there((Signin.NEAR_ME if near else Signin(0)) | (Signin.INTERNET if internet else Signin(0)))

    async def _presence(self, status: str, text: str = "") -> None:
        await self._people.set_presence(status, text)

    async def _add(self, card: str) -> None:
        try:
            name = await self._people.add(card)
        except PeerError as error:
            raise Refused(f"that is no contact's card: {error}") from error
        self._say(f"{name} is a contact now.")

    async def _befriend(self, person: str) -> None:
        self._say(f"{await self._people.befriend(person)} is a contact now. They see you too when they add you.")

    async def _change(self, contact: str, watch: bool, may_watch: bool) -> None:
        await self._people.change(contact, watch=watch, may_watch=may_watch)

    async def _card(self) -> None:
        self._tell({"is": "card", "card": await peerapi.export_contact()})


SLOW = {"begin", "join", "open", "leave", "delete", "start", "take part", "invite", "answer", "befriend", "check"}
"What waits for others, or for the network."
