"""What a host does for the programs of its user: one method for each operation of ``collab.local``.

The events that follow from a call are told to every program before the call is answered.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from peerapi.collab import local
from peerapi.collab.events import CollabEvent, CollabEventType, WatchlistChanged
from peerapi.collab.fields import Malformed, decode
from peerapi.collab.own import watch_changed
from peerapi.collab.values import (
    MAX_ENDPOINTS,
    Application,
    Contact,
    Endpoint,
    Item,
    LaunchInfo,
    Person,
    Presence,
    Registration,
    Signin,
)
from peerapi.engine.runtime import moment
from peerapi.errors import InvalidArgument, NotFound, NotImplementedYet, NotSignedIn, PeerError, Unexpected
from peerapi.host.desk import Desk
from peerapi.host.invited import InvitedUser
from peerapi.host.inviting import Inviting
from peerapi.host.network import Network
from peerapi.host.port import Port
from peerapi.host.signing import Signing
from peerapi.host.watching import Watching
from peerapi.log import Log

log = Log("host")


class Operations:
    """``stop`` ends the host."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.network = Network(desk)
        self._watching = Watching(desk, self.network)
        self._signing = Signing(desk, self.network, self._watching)
        self._near_me = self._signing.near_me
        self._inviting = Inviting(desk, self.network)
        self._invited = InvitedUser(desk, self.network)
        desk.heard = self.network.changed
        self.stop: Callable[[], None] = _nothing
        self._operations: dict[int, tuple[local.Operation[Any, Any], Callable[[Port, Any], Any]]] = {
            operation.kind: (operation, method)
            for operation, method in (
                (local.GREET, self._greet),
                (local.LISTEN, self._listen),
                (local.SIGN_IN, self._sign_in),
                (local.SIGN_OUT, self._sign_out),
                (local.OPTIONS, self._options),
                (local.ADD_CONTACT, self._add_contact),
                (local.UPDATE_CONTACT, self._update_contact),
                (local.DELETE_CONTACT, self._delete_contact),
                (local.REGISTER, self._register),
                (local.UNREGISTER, self._unregister),
                (local.GET_PRESENCE, self._presence),
                (local.SET_PRESENCE, self._set_presence),
                (local.GET_NAME, self._name),
                (local.SET_NAME, self._set_name),
                (local.SET_ITEM, self._set_item),
                (local.DELETE_ITEM, self._delete_item),
                (local.ITEMS, self._items),
                (local.APPLICATIONS, self._applications),
                (local.ENDPOINTS, self._endpoints),
                (local.PEOPLE, self._people),
                (local.REFRESH, self._refresh),
                (local.FORGET, self._forget),
                (local.SUBSCRIBE, self._subscribe),
                (local.UNSUBSCRIBE, self._unsubscribe),
                (local.CONTACT_DATA, self._contact_data),
                (local.INVITE, self._invite),
                (local.CANCEL, self._cancel),
                (local.LAUNCHED, self._launched),
                (local.ATTEND, self._attend),
                (local.RESPOND, self._respond),
                (local.STATUS, self._status),
                (local.STOP, self._stop),
            )
        }

    # ---- programs ----

    def take(self, port: Port, frame: local.Frame) -> None:
        """A frame of a program: answer it."""
        operation, method = self._operations.get(frame.kind, (None, _unknown))
        if operation is None:
            port.send(local.refused(frame.request, NotImplementedYet.hresult, "This host does not know the operation."))
            return
        try:
            if not port.greeted and operation is not local.GREET:
                raise Unexpected("A program greets first.")
            answer = local.answered(operation, frame.request, method(port, decode(operation.takes, frame.body)))
        except Malformed as error:
            answer = local.refused(frame.request, InvalidArgument.hresult, str(error))
        except PeerError as error:
            answer = local.refused(frame.request, error.hresult, str(error))
        except Exception as error:  # a fault of ours ends one call, not the host of everybody
            log.error("operation %d: %s: %s", frame.kind, type(error).__name__, error)
            answer = local.refused(frame.request, Unexpected.hresult, f"{type(error).__name__}: {error}")
        port.send(answer)

    def gone(self, port: Port) -> None:
        """A program has ended its connection, or itself: what it held ends with it."""
        self._desk.ports.remove(port)
        self._watching.user_gone(port)
        self._inviting.user_gone(port)
        self._desk.tell(self._desk.own.owner_gone(port))

    def _greet(self, port: Port, greeting: local.Greeting) -> local.Welcome:
        if greeting.version != local.VERSION:
            raise Unexpected(f"This host speaks version {local.VERSION}, the program {greeting.version}.")
        port.greeted = True
        return local.Welcome(local.VERSION, self._desk.own.flags)

    def _listen(self, port: Port, wanted: bool) -> int:
        port.listens = wanted
        return self._desk.own.flags

    # ---- signing in ----

    def _sign_in(self, port: Port, flags: int) -> bool:
        return self._signing.sign_in(flags)

    def _sign_out(self, port: Port, flags: int) -> None:
        self._signing.sign_out(flags)

    def _options(self, port: Port, _: None) -> int:
        return self._desk.own.options()

    # ---- contacts ----

    def _add_contact(self, port: Port, document: bytes) -> Contact:
        try:
            contact = self._desk.book.add(document.decode("utf-8"), moment().utc)
        except UnicodeDecodeError as error:
            raise InvalidArgument("The text is not UTF-8.") from error
        self.network.permissions_changed()
        return contact

    def _update_contact(self, port: Port, contact: Contact) -> None:
        updated = self._desk.book.update(contact, moment().utc)
        if updated.before != updated.after:
            self._watchlist(updated.after, watch_changed(updated.before.watch, updated.after.watch))
            self._near_me.renamed()
            self.network.permissions_changed()

    def _delete_contact(self, port: Port, name: str) -> None:
        gone = self._desk.book.delete(name)
        self._watchlist(gone, watch_changed(gone.watch, False))
        self.network.permissions_changed()

    def _watchlist(self, contact: Contact, change: int | None) -> None:
        if change is not None:
            self._signing.internet.watchlist_changed()
            self._desk.tell([CollabEvent(CollabEventType.WATCHLIST_CHANGED, WatchlistChanged(contact, change))])

    # ---- applications ----

    def _register(self, port: Port, pair: local.Pair) -> None:
        registration: Registration = pair.first
        self._desk.tell(self._desk.applications.register(registration, pair.second))

    def _unregister(self, port: Port, pair: local.Pair) -> None:
        self._desk.tell(self._desk.applications.unregister(pair.first, pair.second))

    # ---- of ourselves, and of others ----

    def _presence(self, port: Port, endpoint: Endpoint | None) -> Presence:
        if endpoint is not None and not self.network.is_own(endpoint.address):
            presence = self._watching.known(endpoint.address).presence
            assert presence is not None
            return presence
        if not self._desk.own.flags:
            raise NotFound("This user is not signed in.")
        return self._desk.own.presence

    def _set_presence(self, port: Port, presence: Presence) -> None:
        self._desk.tell(self._desk.own.set_presence(presence))

    def _name(self, port: Port, _: None) -> str:
        return self._desk.own.endpoint_name()

    def _set_name(self, port: Port, name: str) -> None:
        events = self._desk.own.rename(name)
        self._desk.settings.set(endpoint_name=name)
        self._near_me.renamed()
        self._desk.tell(events)

    def _set_item(self, port: Port, item: Item) -> None:
        self._desk.tell(self._desk.own.set_item(item, port))

    def _delete_item(self, port: Port, id_: bytes) -> None:
        self._desk.tell(self._desk.own.delete_item(id_))

    def _items(self, port: Port, pair: local.Pair) -> list[Item]:
        endpoint, id_ = pair
        own = self._desk.own.items(id_)
        if endpoint is None or self.network.is_own(endpoint.address):
            return own
        known = self._watching.others.find(endpoint.address)
        return [] if known is None else [one for one in known.items.values() if id_ in (None, one.id)]

    def _applications(self, port: Port, pair: local.Pair) -> list[Application]:
        endpoint, id_ = pair
        if self.network.is_own(endpoint.address):
            found = [one.application for one in self._desk.applications.offered()]
        else:
            known = self._watching.others.find(endpoint.address)
            found = [] if known is None else list(known.applications.values())
        return [one for one in found if id_ in (None, one.id)]

    def _contact_data(self, port: Port, endpoint: Endpoint) -> bytes:
        if self.network.is_own(endpoint.address):
            return self._desk.book.export(None, moment().utc).encode("ascii")
        card = self._watching.known(endpoint.address).card
        if not card:
            raise NotFound("Who is at this endpoint does not show who they are.")
        return card.encode("utf-8")

    def _endpoints(self, port: Port, name: str | None) -> list[Endpoint]:
        self._desk.own.options()
        me = self._desk.book.me(moment().utc)
        if name is None or name == me.peer_name:
            own = Endpoint(self.network.here, self._desk.own.name)
            return [own, *(one.endpoint for one in self._watching.others.of(me.peer_name))]
        contact = self._desk.book.get(name, moment().utc)
        found = [one.endpoint for one in self._watching.others.of(contact.peer_name)]
        if not found and not contact.watch:
            raise InvalidArgument("The contact is not watched, and at no endpoint that is known.")
        return found[:MAX_ENDPOINTS]

    def _people(self, port: Port, _: None) -> list[Person]:
        if Signin.NEAR_ME not in self._desk.own.flags:
            raise NotSignedIn("This user is not signed in near me.")
        return self._near_me.people()

    def _refresh(self, port: Port, endpoint: Endpoint) -> None:
        self._watching.refresh(endpoint)

    def _forget(self, port: Port, endpoint: Endpoint) -> None:
        self._watching.forget(endpoint)

    def _subscribe(self, port: Port, endpoint: Endpoint) -> bool:
        return self._watching.subscribe(endpoint, port)

    def _unsubscribe(self, port: Port, endpoint: Endpoint) -> None:
        self._watching.unsubscribe(endpoint, port)

    # ---- invitations ----

    def _invite(self, port: Port, request: local.InviteRequest) -> None:
        self._inviting.invite(port, request)

    def _cancel(self, port: Port, id_: int) -> None:
        self._inviting.cancel(port, id_)

    def _launched(self, port: Port, token: str) -> LaunchInfo:
        return self._invited.launched(token)

    def _attend(self, port: Port, wanted: bool) -> list[local.Waiting]:
        return self._invited.attend(port, wanted)

    def _respond(self, port: Port, pair: local.Pair) -> None:
        self._invited.respond(pair.first, pair.second)

    # ---- the host itself ----

    def _status(self, port: Port, _: None) -> str:
        desk = self._desk
        programs = ", ".join(str(one.process) for one in desk.ports if one is not port) or "none"
        scopes = [one.name for one in (Signin.NEAR_ME, Signin.INTERNET) if one in desk.own.flags and one.name]
        return f"signed in: {', '.join(scopes) or 'no'}\nprograms: {programs}"

    def _stop(self, port: Port, _: None) -> None:
        self._signing.end()
        self.stop()


def _unknown(port: Port, value: Any) -> None:
    """Never called: there is no operation of that kind."""


def _nothing() -> None:
    """Until the host can be stopped."""
