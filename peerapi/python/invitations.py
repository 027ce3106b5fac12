"""Invitations that come, to be accepted or declined."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

from peerapi.collab import local
from peerapi.errors import PeerError
from peerapi.python import hosts
from peerapi.python.feed import INVITATION_CAME, Feed, InvitationCame
from peerapi.python.streams import Stream


@dataclass(frozen=True, slots=True)
class ReceivedInvitation:
    """Somebody invites this user to a program."""

    nickname: str
    "The contact's as it is known here; a stranger's as they call themselves."
    name: str
    "The peer name that the other side has proved."
    is_contact: bool
    application: UUID
    description: str
    "Of the application, as it is registered here."
    data: bytes
    message: str
    _respond: Callable[[bool], None] = field(repr=False, compare=False)

    async def accept(self) -> None:
        """Start the registered program, and say yes. Raises NotFound when it waits no more, AccessDenied and
        InvalidArgument when there is no such program."""
        await hosts.current().in_thread(lambda: self._respond(True))

    async def decline(self) -> None:
        """Say no. Raises NotFound when it waits no more."""
        await hosts.current().in_thread(lambda: self._respond(False))


class Invitations:
    """An asynchronous iterator over the invitations that wait, and over those that come. One task reads it.

    From its first step on this program attends to invitations, and until ``aclose``; after that the user's desktop
    tells of those that come, if no other program attends.
    """

    def __init__(
        self,
        feed: Feed,
        attend: Callable[[bool], list[local.Waiting]],
        respond: Callable[[int, bool], None],
        limit: int,
    ) -> None:
        """``attend``: be told from now on, or no more; what waits already. ``respond``: answer the invitation with
        that ID."""
        self._attend = attend
        self._respond = respond
        self._attends = False
        self._listed: frozenset[int] | None = None
        self._waiting: deque[local.Waiting] = deque()
        self._stream: Stream[local.Waiting] = Stream(feed, {INVITATION_CAME: None}, _waiting, limit)

    def close(self) -> None:
        """End it. A task that waits for it comes to its end."""
        self._stream.close()

    async def aclose(self) -> None:
        """End it, and attend no more."""
        self.close()
        if self._attends:
            self._attends = False
            with contextlib.suppress(PeerError):  # the sign-in has ended, and so has attending
                await hosts.current().to_the_end(partial(self._attend, False))

    def __enter__(self) -> Invitations:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __aiter__(self) -> Invitations:
        return self

    async def __anext__(self) -> ReceivedInvitation:
        """Raises ChangesLost, StopAsyncIteration at the end."""
        if self._listed is None:
            found = await hosts.current().in_thread(partial(self._attend, True))
            self._attends = True
            self._waiting.extend(found)
            self._listed = frozenset(one.id for one in found)
        if self._waiting:
            return self._made(self._waiting.popleft())
        async for one in self._stream:
            if one.id not in self._listed:
                return self._made(one)
        raise StopAsyncIteration

    def _made(self, found: local.Waiting) -> ReceivedInvitation:
        invitation, respond, id_ = found.invitation, self._respond, found.id
        return ReceivedInvitation(
            nickname=found.who,
            name=found.peer_name,
            is_contact=found.is_contact,
            application=UUID(bytes=invitation.application_id),
            description=found.description,
            data=invitation.data,
            message=invitation.message,
            _respond=lambda accepted: respond(id_, accepted),
        )


def _waiting(event: InvitationCame) -> local.Waiting:
    return event.waiting
