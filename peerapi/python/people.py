"""Signing in, what this user shows to others, who is there, and invitations (PeerCollab)."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, Self, TypeVar, overload
from uuid import UUID

from peerapi.collab import local, values
from peerapi.collab.events import CollabEventType
from peerapi.collab.values import (
    Answer,
    Endpoint,
    Invitation,
    Response,
    Signin,
    check_flags,
    check_invitation,
    check_item,
    check_presence,
    check_text,
)
from peerapi.engine.collab.program import SentInvitation
from peerapi.environment import has_more_rights
from peerapi.errors import NotSignedIn, PeerError, ServiceNotAvailable, TimedOut
from peerapi.python import arguments, contacts, hosts, people_values
from peerapi.python.feed import Everything, Feed, ListeningProgram
from peerapi.python.invitations import Invitations
from peerapi.python.opening import Opening
from peerapi.python.people_values import (
    TYPES,
    Application,
    Contact,
    PeopleEvent,
    Person,
    Presence,
    PresenceStatus,
    PublishedObject,
    RequestEnded,
)
from peerapi.python.streams import LIMIT, Stream

T = TypeVar("T")
R = TypeVar("R")
_ATTEND: local.Operation[bool, Any] = local.ATTEND


def sign_in(scope: Signin = Signin.NEAR_ME, *, stay: bool = False) -> Opening[SignedIn]:
    """Be there for others: ``async with sign_in() as me:``.

    ``scope``: for people near by (of this machine, and of the links in PEERAPI_PNRP_LINKS), for contacts on the
    Internet, or both. A user is
    signed in for all of their programs; what this call has added ends with the block, unless ``stay`` is said. Raises
    TypeError, ValueError, ServiceNotAvailable.
    """
    arguments.a(Signin, "scope", "a peerapi.Signin", scope)
    if not scope:
        raise arguments.InvalidValue("scope is Signin.NEAR_ME, Signin.INTERNET or both")
    arguments.a(bool, "stay", "a bool", stay)
    return Opening(partial(SignedIn, check_flags(scope), stay), SignedIn.close_now)


class SignedIn:
    """This user, signed in. ``endpoint`` of others is a ``peerapi.Endpoint``, or a Person who is there.

    Every call raises NotSignedIn when the sign-in has ended, whoever has ended it.
    """

    def __init__(self, scope: Signin, stay: bool) -> None:
        """Blocks. Raises ServiceNotAvailable."""
        if has_more_rights():
            raise ServiceNotAvailable("A program with more rights than who started it cannot sign anybody in.")
        self._feed = Feed()
        self._program = ListeningProgram(self._feed)
        self._closing = threading.Lock()
        self._closed = False
        self._attending = 0
        "How many of its streams of invitations attend."
        try:
            self._program.register(Everything(self._feed))
            before = self._program.call(local.LISTEN, True)
            self._program.call(local.SIGN_IN, scope)
        except BaseException:
            self._program.close()
            raise
        self._leaves = Signin.NONE if stay else Signin(scope & ~before)

    def __repr__(self) -> str:
        return f"<SignedIn{', ended' if self.closed else ''}>"

    # ---- closing ----

    @property
    def closed(self) -> bool:
        """Whether it was closed, or the host of this user has ended."""
        return self._feed.ended

    async def aclose(self) -> None:
        """Leave; streams end, and so do this program's objects, subscriptions and invitations. Closing twice does
        nothing."""
        await hosts.current().to_the_end(self.close_now)

    def close_now(self) -> None:
        """``aclose`` on the calling thread, which it may hold up."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
            if self._leaves and not self._feed.ended:
                with contextlib.suppress(PeerError):  # the host is gone, and nobody is signed in there
                    self._program.ask(local.SIGN_OUT, self._leaves, lambda: None)
            self._program.close()
            self._feed.end()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    # ---- this user ----

    async def scope(self) -> Signin:
        """Where this user is signed in."""
        return Signin(await self._ask(local.OPTIONS, None))

    async def set_presence(self, status: PresenceStatus, text: str = "") -> None:
        """How this user is, with words. Raises InvalidArgument for OFFLINE: sign out."""
        arguments.a(PresenceStatus, "status", "a peerapi.PresenceStatus", status)
        wanted = values.Presence(status, arguments.text("text", text) or None)
        check_presence(wanted)
        await self._ask(local.SET_PRESENCE, wanted)

    async def name(self) -> str:
        """What this endpoint is called: as its machine, until it was named."""
        return await self._ask(local.GET_NAME, None)

    async def set_name(self, name: str) -> None:
        """Name this endpoint; it keeps the name. Raises InvalidArgument for an empty one, and the one it has."""
        check_text(arguments.text("name", name), "name")
        await self._ask(local.SET_NAME, name)

    async def set_object(self, id: UUID, data: bytes | str, *, scope: Signin = Signin.ALL) -> None:
        """Publish an object of 1 to 16,384 bytes, or replace it; it lasts as long as this sign-in. Raises
        InvalidArgument."""
        arguments.a(Signin, "scope", "a peerapi.Signin", scope)
        item = values.Item(arguments.uuid("id", id).bytes, arguments.data("data", data), scope)
        check_item(item)
        await self._ask(local.SET_ITEM, item)

    async def delete_object(self, id: UUID) -> None:
        """Withdraw an object. Raises InvalidArgument when there is none."""
        await self._ask(local.DELETE_ITEM, arguments.uuid("id", id).bytes)

    # ---- others ----

    async def people(self) -> list[Person]:
        """Who is signed in near by, as they call themselves."""
        return [people_values.person(one) for one in await self._ask(local.PEOPLE, None)]

    async def endpoints(self, contact: Contact | str | None = None) -> list[Endpoint]:
        """Where a contact is known to be signed in, this user by itself. Raises ContactNotFound; InvalidArgument for
        who is neither watched nor known to be anywhere."""
        found = await self._ask(local.ENDPOINTS, None if contact is None else contacts.name_of(contact))
        return list(found)

    async def refresh(self, endpoint: Endpoint | Person) -> None:
        """Fetch what an endpoint shows, once. Raises ConnectionFailed (also when it shows nothing to this user),
        TimedOut."""
        where = _endpoint(endpoint)
        with self._requests() as requests:
            await self._ask(local.REFRESH, where)
            await self._fetched(where, requests)

    async def subscribe(self, endpoint: Endpoint | Person) -> None:
        """Fetch what an endpoint shows, and hear of every change of it. It is counted. Raises ConnectionFailed,
        TimedOut: then there is no subscription."""
        where = _endpoint(endpoint)
        with self._requests() as requests:
            if await self._ask(local.SUBSCRIBE, where):
                return
            try:
                await self._fetched(where, requests)
            except BaseException:
                with contextlib.suppress(PeerError):
                    await hosts.current().to_the_end(partial(self._asked, local.UNSUBSCRIBE, where))
                raise

    async def unsubscribe(self, endpoint: Endpoint | Person) -> None:
        """Once less. Raises InvalidArgument without a subscription."""
        await self._ask(local.UNSUBSCRIBE, _endpoint(endpoint))

    async def presence(self, endpoint: Endpoint | Person | None = None) -> Presence:
        """The presence at an endpoint that was fetched or subscribed to, one's own by itself. Raises NotFound."""
        return people_values.presence(await self._ask(local.GET_PRESENCE, _optional_endpoint(endpoint)))

    async def objects(self, endpoint: Endpoint | Person | None = None) -> list[PublishedObject]:
        """The objects at an endpoint that was fetched or subscribed to, one's own by itself."""
        found = await self._ask(local.ITEMS, local.Pair(_optional_endpoint(endpoint), None))
        return [people_values.published(one) for one in found]

    async def applications(self, endpoint: Endpoint | Person) -> list[Application]:
        """What the user at an endpoint that was fetched or subscribed to can be invited to."""
        found = await self._ask(local.APPLICATIONS, local.Pair(_endpoint(endpoint), None))
        return [people_values.application(one) for one in found]

    async def contact_xml(self, endpoint: Endpoint | Person) -> str:
        """The contact XML of who is at an endpoint that was fetched or subscribed to, for ``add_contact``: the key in
        it was proved. Raises NotFound."""
        return (await self._ask(local.CONTACT_DATA, _endpoint(endpoint))).decode("utf-8")

    @overload
    def events(self, *, limit: int = LIMIT) -> Stream[PeopleEvent]: ...

    @overload
    def events(self, *kinds: type[T], limit: int = LIMIT) -> Stream[T]: ...

    def events(self, *kinds: type[Any], limit: int = LIMIT) -> Stream[Any]:
        """What happens from now on: ``PresenceChange``, ``ObjectChange``, ``PeopleChange`` and others, all without an
        argument. Of other people it tells what was subscribed to."""
        wanted = kinds or tuple(TYPES)
        for kind in wanted:
            if not isinstance(kind, type) or kind not in TYPES:
                raise TypeError(f"events takes classes of events, such as peerapi.PresenceChange, not {kind!r}")
        arguments.whole("limit", limit, 1, arguments.U32)
        types = {type_: None for kind in wanted for type_ in TYPES[kind]}
        return Stream(self._feed, types, people_values.converted, limit)

    # ---- invitations ----

    async def invite(
        self,
        endpoint: Endpoint | Person,
        application: UUID,
        *,
        contact: Contact | str | None = None,
        data: bytes | str = b"",
        message: str = "",
    ) -> bool:
        """Invite who is at an endpoint to an application; True when they accept, False when they decline.

        ``contact``: who has to prove to be there. Who is cancelled withdraws the invitation. Raises NotFound (nobody is
        there, or no such contact), ConnectionFailed, TimedOut after five minutes.
        """
        where, name = _endpoint(endpoint), None if contact is None else contacts.name_of(contact)
        invitation = Invitation(
            arguments.uuid("application", application).bytes,
            arguments.data("data", data),
            arguments.text("message", message),
        )
        check_invitation(invitation)
        host = hosts.current()
        parking = host.parking()

        def send() -> SentInvitation:
            self._check()
            return self._program.invite(name, where, invitation, parking.wake)

        sent = await host.in_thread(send, self._program.cancel)
        try:
            await parking.wait()
        except BaseException:
            await host.to_the_end(partial(self._program.cancel, sent))
            raise
        return _accepted(sent.response())

    def invitations(self, *, limit: int = LIMIT) -> Invitations:
        """The invitations that wait for this user, and those that come: ``async for invitation in me.invitations()``.
        Nothing is accepted by itself."""
        arguments.whole("limit", limit, 1, arguments.U32)
        return Invitations(
            self._feed,
            self._attend,
            lambda id_, accepted: self._asked(local.RESPOND, local.Pair(id_, accepted)),
            limit,
        )

    # ---- helpers ----

    def _check(self) -> None:
        if self.closed:
            _not_signed_in()

    def _attend(self, wanted: bool) -> list[local.Waiting]:
        with self._closing:
            self._attending += 1 if wanted else -1
            found: tuple[local.Waiting, ...] = self._asked(_ATTEND, self._attending > 0)
        return list(found)

    def _asked(self, operation: local.Operation[Any, R], value: Any) -> R:
        self._check()
        return self._program.ask(operation, value, _not_signed_in)

    async def _ask(self, operation: local.Operation[Any, R], value: Any) -> R:
        work: Callable[[], R] = partial(self._asked, operation, value)
        return await hosts.current().in_thread(work)

    def _requests(self) -> Stream[RequestEnded]:
        wanted = {CollabEventType.REQUEST_STATUS_CHANGED: None}
        return Stream(self._feed, wanted, people_values.converted, LIMIT)

    async def _fetched(self, where: Endpoint, requests: Stream[RequestEnded]) -> None:
        """Until the host has told how fetching has ended. Raises why it has failed."""
        async for ended in requests:
            if ended.endpoint.address == where.address:
                if ended.error is not None:
                    raise ended.error
                return
        _not_signed_in()


def _not_signed_in() -> Any:
    raise NotSignedIn("This sign-in has ended.")


def _accepted(response: Response) -> bool:
    """Raises why there was no answer."""
    if response.action == Answer.EXPIRED:
        raise TimedOut
    if response.action == Answer.ERROR:
        raise people_values.failure(response.hresult)
    return response.action == Answer.ACCEPTED


def _endpoint(value: object) -> Endpoint:
    """Raises TypeError."""
    found = arguments.a((Endpoint, Person), "endpoint", "a peerapi.Endpoint or peerapi.Person", value)
    return found.endpoint if isinstance(found, Person) else found


def _optional_endpoint(value: object) -> Endpoint | None:
    return None if value is None else _endpoint(value)
