"""Boards and people near by: who has registered the board can be invited to one, and it opens when they say yes.

The word of the invitation to the board travels as the data of the invitation, encrypted, to whoever is invited and
nobody else. ``samples_c/invited.h`` uses the same ID, and ``graph-id@[address]:port`` as its words.
"""

from __future__ import annotations

import contextlib
import sys
from uuid import UUID

import trio

import peerapi
from peerapi import Signin, errors
from peerapi.pages.listener import InvalidOption
from peerapi.whiteboard.invitation import MOST_PASTED

BOARD = UUID("3e0c5b7a-91d4-4f0e-a852-6d1fc03977b0")
DESCRIPTION = "Whiteboard"
PROGRAM = sys.executable
"What an invitation starts: the interpreter of this program, with ``-m peerapi``."
COMING = 5.0
"Seconds in which somebody who is signed in near by is heard of."


async def register(*, browser: bool) -> None:
    """Have the board opened, in a browser or not, when this user says yes to an invitation."""
    await unregister()
    opens = "-m peerapi whiteboard --invited" + (" --browser" if browser else "")
    await peerapi.register_application(BOARD, DESCRIPTION, PROGRAM, command_line=opens)


async def unregister() -> None:
    """Be invited to no boards any more."""
    with contextlib.suppress(errors.NotFound):
        await peerapi.unregister_application(BOARD)


async def invited_to() -> str:
    """The word that this program was started with. Raises InvalidOption."""
    info = await peerapi.launch_info()
    if info is None or info.application != BOARD:
        raise InvalidOption("--invited is for boards that an invitation has started")
    return info.data[: 4 * MOST_PASTED].decode("utf-8", "replace")


async def invite(who: str, word: str, title: str) -> bool:
    """Invite a contact, or somebody near by, by nickname; whether they come. Raises InvalidOption when nobody is
    called so, PeerError."""
    contact = next((one for one in await peerapi.contacts() if one.nickname.casefold() == who.casefold()), None)
    async with peerapi.sign_in(Signin.NEAR_ME) as me:
        endpoint = await _where(me, who, contact)
        return await me.invite(endpoint, BOARD, contact=contact, data=word, message=title)


async def _where(me: peerapi.SignedIn, who: str, contact: peerapi.Contact | None) -> peerapi.Endpoint | peerapi.Person:
    with me.events(peerapi.PeopleChange) as changes:
        if contact is not None:
            with contextlib.suppress(errors.InvalidArgument):
                for endpoint in await me.endpoints(contact):
                    return endpoint
        for person in await me.people():
            if person.nickname.casefold() == who.casefold():
                return person
        with trio.move_on_after(COMING):
            async for change in changes:
                if change.person is not None and change.person.nickname.casefold() == who.casefold():
                    return change.person
    raise InvalidOption(f"nobody near by is called {who!r}")
