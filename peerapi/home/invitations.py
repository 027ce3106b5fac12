"""Invitations of others that wait for this user's answer.

While a window of the page is open, the page attends to them; else the user's desktop tells of those that come, and
whoever opens the page finds those that still wait.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import trio

import peerapi
from peerapi import ChangesLost, PeerError, errors
from peerapi.home.people import People
from peerapi.pages.requests import Refused
from peerapi.python.invitations import ReceivedInvitation
from peerapi.text import as_label

WAITS = 300.0
"Seconds for which somebody who invites waits for the answer."
PAUSE = 0.2
"Seconds between the end of a sign-in, or the last window, and looking for the next one."
MOST = 32
"Invitations that are shown."


class Invitations:
    """Those that wait. ``changed`` is called after each change of them."""

    def __init__(self, people: People, changed: Callable[[], None]) -> None:
        self._people = people
        self._changed = changed
        self._numbers = itertools.count(1)
        self._waiting: dict[int, tuple[ReceivedInvitation, float]] = {}
        "Number -> invitation, and when it ends in seconds of trio's clock."
        self._watched = trio.Event()
        self._unwatched = trio.Event()
        self._windows = 0

    def opened(self) -> None:
        """A window of the page was opened."""
        self._windows += 1
        self._unwatched = trio.Event()
        self._watched.set()

    def closed(self) -> None:
        """A window of the page was closed."""
        self._windows -= 1
        if not self._windows:
            self._watched = trio.Event()
            self._unwatched.set()

    def view(self) -> dict[str, Any]:
        """For the page; what others have written is for it to show as text."""
        now = trio.current_time()
        shown = [(number, one) for number, (one, end) in self._waiting.items() if end > now]
        return {
            "is": "invitations",
            "waiting": [
                {
                    "number": number,
                    "who": as_label(one.nickname),
                    "contact": one.is_contact,
                    "what": as_label(one.description),
                    "message": as_label(one.message),
                }
                for number, one in shown[-MOST:]
            ],
        }

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._watched.wait()
            await self._people.signed_in.wait()
            me = self._people.me
            if me is not None and self._windows:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self._until_unwatched, nursery.cancel_scope)
                    await self._attend(me)
                    nursery.cancel_scope.cancel()
            await trio.sleep(PAUSE)

    async def _until_unwatched(self, scope: trio.CancelScope) -> None:
        await self._unwatched.wait()
        scope.cancel()

    async def _attend(self, me: peerapi.SignedIn) -> None:
        self._waiting.clear()
        invitations = me.invitations()
        try:
            while True:
                try:
                    async for one in invitations:
                        self._waiting[next(self._numbers)] = one, trio.current_time() + WAITS
                        self._tidy()
                    break
                except ChangesLost:
                    continue
        except PeerError:
            pass  # the sign-in has ended: what waited there is gone
        finally:
            with trio.CancelScope(shield=True):
                await invitations.aclose()
        self._waiting.clear()
        self._changed()

    def _tidy(self) -> None:
        now = trio.current_time()
        self._waiting = {number: found for number, found in self._waiting.items() if found[1] > now}
        self._changed()

    async def answer(self, number: int, *, yes: bool) -> str:
        """Say yes or no; what is said of that. Raises Refused, PeerError."""
        found = self._waiting.pop(number, None)
        self._tidy()
        if found is None:
            raise Refused("that invitation does not wait any more")
        try:
            await (found[0].accept() if yes else found[0].decline())
        except errors.NotFound:
            raise Refused(f"{as_label(found[0].nickname)} does not wait any more") from None
        return f"{as_label(found[0].nickname)} is told that you {'come' if yes else 'do not come'}."
