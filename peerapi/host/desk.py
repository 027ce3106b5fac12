"""What the host does for the programs of its user: one method for each operation of ``collab.local``.

Everything runs on the host's one thread, so nothing is locked. The events that follow from a call are told to every
program before the call is answered.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from peerapi.collab import local
from peerapi.collab.applications import Applications
from peerapi.collab.contacts import ContactBook, Updated
from peerapi.collab.events import CollabEvent, CollabEventType, WatchlistChanged
from peerapi.collab.fields import Malformed, decode
from peerapi.collab.own import OwnEndpoint, watch_changed
from peerapi.collab.values import Application, Contact, Endpoint, Item, Presence, Registration, Signin
from peerapi.engine.runtime import moment
from peerapi.errors import InvalidArgument, NotFound, NotImplementedYet, PeerError, Unexpected
from peerapi.host.port import Port
from peerapi.log import Log
from peerapi.store.collab import SettingsStore

log = Log("host")


class Desk:
    """The user of this host, and the programs that are connected."""

    def __init__(self, book: ContactBook, applications: Applications, settings: SettingsStore, machine: str) -> None:
        """``machine``: its name, after which the endpoint is called until the user says otherwise."""
        self.book = book
        self.applications = applications
        self.settings = settings
        self.own = OwnEndpoint(settings.get().endpoint_name or machine)
        self.ports: list[Port] = []
        self.stopping: Callable[[], None] = _nothing
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
                (local.CONTACT_DATA, self._contact_data),
                (local.LAUNCHED, self._launched),
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
        """A program has ended its connection, or itself."""
        self.ports.remove(port)
        self.tell(self.own.owner_gone(port))

    def tell(self, events: list[CollabEvent]) -> None:
        """Events, for every program that listens."""
        for event in events:
            data = local.told(local.TOLD_EVENT, event)
            for port in list(self.ports):
                if port.listens:
                    port.send(data)

    def _greet(self, port: Port, greeting: local.Greeting) -> local.Welcome:
        if greeting.version != local.VERSION:
            raise Unexpected(f"This host speaks version {local.VERSION}, the program {greeting.version}.")
        port.greeted = True
        port.launch = greeting.launch
        return local.Welcome(local.VERSION, self.own.flags)

    def _listen(self, port: Port, wanted: bool) -> int:
        port.listens = wanted
        return self.own.flags

    # ---- signing in ----

    def _sign_in(self, port: Port, flags: int) -> bool:
        self.tell(self.own.sign_in(flags))
        return True

    def _sign_out(self, port: Port, flags: int) -> None:
        self.tell(self.own.sign_out(flags))

    def _options(self, port: Port, _: None) -> int:
        return self.own.options()

    # ---- contacts ----

    def _add_contact(self, port: Port, document: bytes) -> Contact:
        return self.book.add(_document(document), moment().utc)

    def _update_contact(self, port: Port, contact: Contact) -> None:
        updated = self.book.update(contact, moment().utc)
        change = watch_changed(updated.before.watch, updated.after.watch)
        if change is not None and updated.before != updated.after:
            self.tell([CollabEvent(CollabEventType.WATCHLIST_CHANGED, WatchlistChanged(updated.after, change))])
        self.contact_changed(updated)

    def _delete_contact(self, port: Port, name: str) -> None:
        gone = self.book.delete(name)
        change = watch_changed(gone.watch, False)
        if change is not None:
            self.tell([CollabEvent(CollabEventType.WATCHLIST_CHANGED, WatchlistChanged(gone, change))])
        self.contact_changed(Updated(gone, gone._replace(watch=False, permission=0)))

    def contact_changed(self, updated: Updated) -> None:
        """A contact, or Me, is not what it was."""

    # ---- applications ----

    def _register(self, port: Port, pair: local.Pair) -> None:
        registration: Registration = pair.first
        self.tell(self.applications.register(registration, pair.second))

    def _unregister(self, port: Port, pair: local.Pair) -> None:
        self.tell(self.applications.unregister(pair.first, pair.second))

    # ---- presence, name, objects ----

    def _presence(self, port: Port, endpoint: Any) -> Presence:
        if endpoint is not None or not self.own.flags:
            raise NotFound("Nothing is known of the presence at this endpoint.")
        return self.own.presence

    def _set_presence(self, port: Port, presence: Presence) -> None:
        self.tell(self.own.set_presence(presence))

    def _name(self, port: Port, _: None) -> str:
        return self.own.endpoint_name()

    def _set_name(self, port: Port, name: str) -> None:
        events = self.own.rename(name)
        self.settings.set(endpoint_name=name)
        self.tell(events)

    def _set_item(self, port: Port, item: Item) -> None:
        self.tell(self.own.set_item(item, port))

    def _delete_item(self, port: Port, id_: bytes) -> None:
        self.tell(self.own.delete_item(id_))

    def _items(self, port: Port, pair: local.Pair) -> list[Item]:
        endpoint, id_ = pair
        return self.own.items(id_) if endpoint is None else []

    # ---- what is known of others ----

    def _applications(self, port: Port, pair: local.Pair) -> tuple[Application, ...]:
        return ()

    def _contact_data(self, port: Port, endpoint: Endpoint) -> bytes:
        raise NotFound("Nothing is known of this endpoint: refresh or subscribe to its data first.")

    # ---- the host itself ----

    def _launched(self, port: Port, token: str) -> Any:
        raise NotFound("This program was not started by an invitation.")

    def _status(self, port: Port, _: None) -> str:
        programs = ", ".join(str(one.process) for one in self.ports if one is not port) or "none"
        scopes = [one.name for one in (Signin.NEAR_ME, Signin.INTERNET) if one in self.own.flags and one.name]
        return f"signed in: {', '.join(scopes) or 'no'}\nprograms: {programs}"

    def _stop(self, port: Port, _: None) -> None:
        self.stopping()


def _document(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidArgument("The text is not UTF-8.") from error


def _unknown(port: Port, value: Any) -> None:
    """Never called: there is no operation of that kind."""


def _nothing() -> None:
    """Until the host can be stopped."""
