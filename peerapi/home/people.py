"""The others, as far as this user is there for them: contacts with their presence, and people near by."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import trio

import peerapi
from peerapi import ChangesLost, Contact, Endpoint, PeerError, Person, PresenceStatus, Signin, errors
from peerapi.pages.requests import Refused
from peerapi.text import as_label

PAUSES = (1.0, 2.0, 5.0, 15.0, 60.0)
"Seconds before signing in is tried again, and again."
NOT_OFTENER = 0.1
"Seconds between two looks at everybody."
MOST_NEAR = 200
"People near by who are shown."
ORDER = list(PresenceStatus)
"From the one who is least there to the one who is most."


class People:
    """Signed in as ``wanted`` says, as long as ``run`` runs. ``changed`` is called after each change of what is
    shown."""

    def __init__(self, wanted: Signin, changed: Callable[[], None]) -> None:
        self._wanted = wanted
        self._changed = changed
        self._switched = trio.Event()
        self.me: peerapi.SignedIn | None = None
        "This user, while signed in."
        self.signed_in = trio.Event()
        self._name = "somebody"
        self._trouble = ""
        self._own: dict[str, Any] = {}
        self._contacts: list[dict[str, Any]] = []
        self._near: dict[str, Person] = {}
        self._places: dict[str, list[Endpoint]] = {}
        "Contact -> where they are, the best place first."
        self._look_again = trio.Event()

    @property
    def name(self) -> str:
        """What this user is called."""
        return self._name

    @property
    def wanted(self) -> Signin:
        """For whom this user wants to be there."""
        return self._wanted

    def view(self) -> dict[str, Any]:
        """For the page: this user, contacts, people near by."""
        near = [
            {"id": id_, "name": as_label(one.nickname), "place": as_label(one.endpoint.name)}
            for id_, one in list(self._near.items())
        ]
        return {
            "is": "people",
            "me": {
                "name": self._name,
                "near": bool(self._wanted & Signin.NEAR_ME),
                "internet": bool(self._wanted & Signin.INTERNET),
                "signed_in": self.me is not None,
                "trouble": self._trouble,
                **self._own,
            },
            "contacts": self._contacts,
            "near": near[:MOST_NEAR],
        }

    # ---- being there ----

    async def run(self) -> None:
        """Until cancelled."""
        await self.look()
        failures = 0
        while True:
            self._switched = trio.Event()
            if not self._wanted:
                await self._while_signed_out()
                failures = 0
                continue
            try:
                async with peerapi.sign_in(self._wanted) as me:
                    failures, self._trouble, self.me = 0, "", me
                    self.signed_in.set()
                    await self._while_signed_in(me)
            except PeerError as error:
                self._trouble = str(error)
            finally:
                self.me, self.signed_in = None, trio.Event()
                self._forget()
            if not self._switched.is_set():
                with trio.move_on_after(PAUSES[min(failures, len(PAUSES) - 1)]):
                    await self._switched.wait()
                failures += 1

    async def switch(self, wanted: Signin) -> None:
        """Be there for others, or not."""
        if wanted != self._wanted:
            self._wanted = wanted
            self._switched.set()
            self._changed()

    async def _while_signed_out(self) -> None:
        """Contacts and the own name are there without anybody's help."""
        while not self._switched.is_set():
            await self.look()
            self._look_again = trio.Event()
            async with trio.open_nursery() as nursery:
                for event in (self._switched, self._look_again):
                    nursery.start_soon(_first, event, nursery.cancel_scope)

    async def _while_signed_in(self, me: peerapi.SignedIn) -> None:
        with me.events() as events:
            await self.look()
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._watch, events)
                nursery.start_soon(self._keep_looking)
                await self._ended(me)
                nursery.cancel_scope.cancel()

    async def _ended(self, me: peerapi.SignedIn) -> None:
        """Until the user wants something else, or the host of the user is gone."""
        while not self._switched.is_set() and not me.closed:
            with trio.move_on_after(1):
                await self._switched.wait()

    async def _watch(self, events: Any) -> None:
        while True:
            try:
                async for _ in events:
                    self._look_again.set()
                return
            except ChangesLost:
                self._look_again.set()

    async def _keep_looking(self) -> None:
        while True:
            await self._look_again.wait()
            self._look_again = trio.Event()
            await self.look()
            await trio.sleep(NOT_OFTENER)

    # ---- who is there ----

    async def look(self) -> None:
        """See anew who is there, and how."""
        with contextlib.suppress(PeerError, OSError):  # the sign-in has just ended; the next one looks again
            await self._look()
        self._changed()

    async def _look(self) -> None:
        self._name = (await peerapi.me()).nickname or self._name
        found = []
        places: dict[str, list[Endpoint]] = {}
        for contact in await peerapi.contacts():
            status, text, where = await self._presence(contact)
            places[contact.name] = where
            found.append(
                {
                    "id": contact.name,
                    "name": as_label(contact.nickname or contact.display_name or contact.name),
                    "watch": contact.watch,
                    "may_watch": contact.may_watch,
                    "status": status.name.lower(),
                    "text": as_label(text),
                }
            )
        self._contacts, self._places = found, places
        if self.me is not None:
            own = await self.me.presence()
            self._own = {"status": own.status.name.lower(), "text": own.text, "place": await self.me.name()}
            proved = {place.address for where in places.values() for place in where}  # those are contacts
            near = [one for one in await self.me.people() if one.endpoint.address not in proved]
            self._near = {str(one.id): one for one in near}

    async def _presence(self, contact: Contact) -> tuple[PresenceStatus, str, list[Endpoint]]:
        """How a contact is, and where: the best place first."""
        if self.me is None:
            return PresenceStatus.OFFLINE, "", []
        try:
            places = await self.me.endpoints(contact)
        except (errors.InvalidArgument, errors.ContactNotFound):  # known to be nowhere, or just deleted
            return PresenceStatus.OFFLINE, "", []
        seen = []
        for place in places:
            with contextlib.suppress(errors.NotFound):
                seen.append((await self.me.presence(place), place))
        if not seen:
            return PresenceStatus.OFFLINE, "", []
        seen.sort(key=lambda one: ORDER.index(one[0].status), reverse=True)
        return seen[0][0].status, seen[0][0].text, [place for _, place in seen]

    def _forget(self) -> None:
        self._own, self._near, self._places = {}, {}, {}
        for contact in self._contacts:
            contact |= {"status": "offline", "text": ""}
        self._changed()

    # ---- what the user does ----

    def present(self) -> peerapi.SignedIn:
        """This user, signed in. Raises Refused."""
        if self.me is None:
            raise Refused("you are not there for others: switch that on first")
        return self.me

    async def call(self, name: str) -> None:
        """Be called so by others. Raises PeerError."""
        await peerapi.update_contact(await peerapi.me(), nickname=name)
        await self._done()

    async def set_presence(self, status: str, text: str) -> None:
        """Raises Refused, PeerError."""
        await self.present().set_presence(PresenceStatus[status.upper()], text)
        await self._done()

    async def add(self, document: str) -> str:
        """A contact, of whom this user wants to hear and who may see this user; their name. Raises PeerError."""
        added = await peerapi.add_contact(document, watch=True, may_watch=True)
        await self._done()
        return as_label(added.nickname)

    async def befriend(self, person: str) -> str:
        """Make a contact of somebody near by, who proves their key; their name. Raises Refused, PeerError."""
        me, found = self.present(), self._near.get(person)
        if found is None:
            raise Refused("they are not near by any more")
        await me.subscribe(found)
        return await self.add(await me.contact_xml(found))

    async def change(self, contact: str, *, watch: bool, may_watch: bool) -> None:
        """Raises PeerError."""
        await peerapi.update_contact(contact, watch=watch, may_watch=may_watch)
        await self._done()

    async def forget(self, contact: str) -> None:
        """Raises PeerError."""
        await peerapi.delete_contact(contact)
        await self._done()

    def where(self, who: str) -> tuple[str, Endpoint | Person, str | None]:
        """What somebody is called, where they are, and the contact whom they have to prove to be. Raises Refused."""
        if who in self._near:
            return as_label(self._near[who].nickname), self._near[who], None
        for contact in self._contacts:
            if contact["id"] == who:
                if not self._places.get(who):
                    raise Refused(f"{contact['name']} is not there now")
                return contact["name"], self._places[who][0], who
        raise Refused("they are not there any more")

    async def _done(self) -> None:
        await self.look()


async def _first(event: trio.Event, scope: trio.CancelScope) -> None:
    await event.wait()
    scope.cancel()
