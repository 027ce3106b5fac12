"""Connections to the hosts of other people: listening, calling, and what becomes of both.

There is one connection to each address that is called, used for everything that is asked there, and any number that
others have made. Who is at the other end is known by the key it has proved, never by what it says.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import trio

from peerapi.address import Address
from peerapi.collab.conversation import Broken, Conversation, Told
from peerapi.collab.events import CollabEvent
from peerapi.collab.others import key_of
from peerapi.collab.publishing import Asker
from peerapi.collab.values import Contact, Permission
from peerapi.collab.wire import MAGIC, VERSION, Hello
from peerapi.engine.admission import Admission, PendingConnection
from peerapi.engine.network import notice_silence
from peerapi.engine.runtime import moment
from peerapi.engine.socket_families import tcp_socket
from peerapi.errors import ConnectionFailed, NotFound, PeerError
from peerapi.grouping.channel import Credential
from peerapi.host.desk import Desk
from peerapi.host.link import Link
from peerapi.host.listening import Listening
from peerapi.host.publisher import DeskPublisher
from peerapi.host.relayed_stream import RelayedStream
from peerapi.log import Log

if TYPE_CHECKING:
    from peerapi.engine.reach.calling import Path

CONNECT = 10.0
"Seconds until somebody has answered a call and proved a key."
CONNECT_BY_RELAY = 30.0
"The same where a relay leads, and a connection without it is looked for first."
MOST_LINKS = 256
"Connections that others have made."
MOST_OF_ONE = 32
"Of these, those from one address of another machine, and those of one contact."
MOST_STRANGERS, MOST_STRANGERS_BY_RELAY = 96, 32
"Of these, those of who has proved a key that is no contact's: without a relay, and through relays."
MOST_UNPROVED, MOST_UNPROVED_BY_RELAY = 16, 8
"Of these, those on which no key has been proved yet."
MOST_UNPROVED_OF_ONE = 4
"The same from one address of another machine."
log = Log("host")


class Network:
    """See the module's text."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._nursery: trio.Nursery | None = None
        self._credential: Credential | None = None
        self._listening: Listening | None = None
        self._called: dict[tuple[bytes, int, int], Link] = {}
        self._links: set[Link] = set()
        self._unproved = {False: Admission(MOST_UNPROVED), True: Admission(MOST_UNPROVED_BY_RELAY)}
        self._strangers = {False: Admission(MOST_STRANGERS), True: Admission(MOST_STRANGERS_BY_RELAY)}
        "By whether a relay leads to them. Who comes when all places are taken takes that of the one longest there."
        self._places: dict[Link, PendingConnection] = {}
        "Where somebody who has called has a place among those."
        self.endpoint_id = bytes(16)
        self.incoming: Callable[[Link, Told], None] = _ignore
        self.nobody_at: Callable[[Address], None] = _nobody
        "Told where a call was refused."
        self.called: Callable[[Link], None] = _nobody_called
        "Told who has called, has proved a key and has said HELLO."
        self.call_seat: Callable[[Address], Awaitable[Path]] = no_relay
        "Makes a connection to who has a seat."
        self.seats: tuple[Address, ...] = ()
        "Where this user is called through relays."

    def start(self, nursery: trio.Nursery) -> None:
        """Have a place for tasks."""
        self._nursery = nursery

    @property
    def nursery(self) -> trio.Nursery:
        assert self._nursery is not None
        return self._nursery

    # ---- being called ----

    @property
    def port(self) -> int:
        """Where this user is called; 0 while signed out."""
        return 0 if self._listening is None else self._listening.port

    @property
    def here(self) -> Address:
        """Where programs of this machine call; signed in only."""
        assert self._listening is not None
        return self._listening.here

    @property
    def addresses(self) -> set[Address]:
        """All of them, with the port."""
        return set() if self._listening is None else self._listening.addresses

    def is_own(self, address: Address) -> bool:
        """Whether it is this user who is called there."""
        return key_of(address) in map(key_of, (*self.addresses, *self.seats))

    def listen(self) -> None:
        """Be there for others; raises OSError."""
        if self._listening is None:
            self._listening = Listening(self.nursery, self._serve)
            self.endpoint_id = os.urandom(16)

    def listen_at(self, wanted: set[Address]) -> None:
        """Be called at these addresses besides this machine's own, and at no others."""
        if self._listening is not None:
            self._listening.change(wanted)

    def sit_at(self, seats: tuple[Address, ...]) -> None:
        """Be called at these seats, too."""
        self.seats = seats

    def end(self) -> None:
        """Be there no more: say goodbye to everybody."""
        if self._listening is not None:
            self._listening.end()
            self._listening = None
        for link in list(self._links):
            link.end()

    def has_room(self, address: Address, *, by_relay: bool = False) -> bool:
        """Whether one more call is taken, and one from there: nobody takes all connections from others."""
        theirs = [link for link in self._links if not link.outgoing]
        if len(theirs) >= MOST_LINKS:
            return False
        if address.is_loopback and not by_relay:
            return True
        there = by_relay, _source(address)  # where a relay says that a caller is nobody else is kept out for that
        of_one = [link for link in theirs if (link.by_relay, _source(link.address)) == there]
        of_one_unproved = [link for link in of_one if link.conversation is None]
        return len(of_one) < MOST_OF_ONE and len(of_one_unproved) < MOST_UNPROVED_OF_ONE

    def _arrive(self, link: Link) -> None:
        self._links.add(link)
        if not link.outgoing:
            self._places[link] = self._unproved[link.by_relay].enter(link.address, link.give_up)

    def _prove(self, link: Link) -> None:
        """Give who has called, and has just proved a key, another place: a contact one of their own, whatever strangers
        there are. Raises Broken."""
        self._give_back(link)
        if self.contact(link.peer_name) is None:
            strangers = self._strangers[link.by_relay]
            self._places[link] = strangers.enter(link.address, link.give_up)
        elif sum(one.peer_name == link.peer_name and not one.outgoing for one in self._links) > MOST_OF_ONE:
            raise Broken("too many connections of one contact")

    def _leave(self, link: Link) -> None:
        self._links.discard(link)
        self._give_back(link)

    def _give_back(self, link: Link) -> None:
        place = self._places.pop(link, None)
        if place is not None:
            place.leave()

    async def _serve(self, stream: trio.SocketStream) -> None:
        try:
            host, port, *rest = stream.socket.getpeername()
            address = Address.parse(host.partition("%")[0], port, *rest[1:])
            if not self.has_room(address):
                await trio.aclose_forcefully(stream)
                return
            notice_silence(stream.socket)
            await self._run(self._link(stream, address, outgoing=False))
        except (OSError, PeerError) as error:
            log.info("somebody who called: %s", error)
            await trio.aclose_forcefully(stream)

    def take(self, path: Path) -> None:
        """Serve who has called through a relay."""
        stream = RelayedStream(path.sock, path.layers, path.first, path.give_back)
        self.nursery.start_soon(self._serve_by_relay, stream, path.caller)

    async def _serve_by_relay(self, stream: RelayedStream, caller: Address) -> None:
        try:
            if self._listening is None or not self.has_room(caller, by_relay=True):
                await trio.aclose_forcefully(stream)
                return
            await self._run(self._link(stream, caller, outgoing=False, by_relay=True))
        except (OSError, PeerError) as error:
            log.info("somebody who called through a relay: %s", error)
            await trio.aclose_forcefully(stream)

    # ---- calling ----

    async def connected(self, address: Address) -> Link:
        """A connection to whoever is there. Raises NotFound when nobody is, ConnectionFailed."""
        with trio.move_on_after(CONNECT_BY_RELAY if address.relay else CONNECT):
            while True:
                link = self._called.get(key_of(address))
                if link is None or link.ended.is_set():
                    link = await self._call(address)
                if await _either(link.ready, link.ended) is link.ready and not link.ended.is_set():
                    return link
                self._called.pop(key_of(address), None)
                raise ConnectionFailed(f"Nobody at {address} has proved a key.")
        raise ConnectionFailed(f"{address} does not answer.")

    async def _call(self, address: Address) -> Link:
        if not address.is_unicast:
            raise ConnectionFailed(f"{address} is no place where anybody can be.")
        stream = await (self._by_relay(address) if address.relay else self._dial(address))
        other = self._called.get(key_of(address))
        if other is not None and not other.ended.is_set():  # somebody else has called meanwhile
            await trio.aclose_forcefully(stream)
            return other
        link = self._link(stream, address, outgoing=True, by_relay=bool(address.relay))
        self._called[key_of(address)] = link
        self.nursery.start_soon(self._run, link)
        return link

    async def _by_relay(self, address: Address) -> trio.abc.Stream:
        path = await self.call_seat(address)
        return RelayedStream(path.sock, path.layers, path.first, path.give_back)

    async def _dial(self, address: Address) -> trio.abc.Stream:
        raw, where = tcp_socket(address)
        sock = trio.socket.from_stdlib_socket(raw)
        try:
            await sock.connect(where)
        except ConnectionRefusedError as error:
            sock.close()
            self.nobody_at(address)
            raise NotFound(f"Nobody is at {address}.") from error
        except OSError as error:
            sock.close()
            raise ConnectionFailed(f"{address}: {error}") from error
        except BaseException:
            sock.close()
            raise
        notice_silence(sock)
        return trio.SocketStream(sock)

    # ---- connections ----

    def _link(self, stream: trio.abc.Stream, address: Address, *, outgoing: bool, by_relay: bool = False) -> Link:
        if self._credential is None:
            key, certificate = self._desk.book.key(moment().utc)
            self._credential = Credential(key, certificate, moment().utc, MAGIC)
        channel = self._credential.channel(outgoing=outgoing)
        return Link(stream, address, channel, self._converse, self._asked, outgoing=outgoing, by_relay=by_relay)

    def _converse(self, link: Link) -> Conversation:
        if not link.outgoing:
            self._prove(link)
        publisher = DeskPublisher(self._desk, lambda: self.asker(link))
        nickname = self._desk.nickname()
        hello = Hello(VERSION, self.endpoint_id, self._desk.own.name, nickname, self.port)
        return Conversation(publisher, hello, outgoing=link.outgoing)

    def _asked(self, link: Link, told: Told) -> None:
        self.incoming(link, told)

    def asker(self, link: Link) -> Asker:
        """Whom this user sees at the other end of a connection."""
        return Asker(link.peer_name, self.contact(link.peer_name), is_near(link.address) and not link.by_relay)

    def contact(self, peer_name: str) -> Contact | None:
        """As this user knows them; Me is one of them, allowed."""
        me = self._desk.book.me(moment().utc)
        if peer_name == me.peer_name:
            return me._replace(permission=Permission.ALLOWED)
        return self._desk.book.find(peer_name)

    async def _run(self, link: Link) -> None:
        self._arrive(link)
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._greeted, link)
                await link.run()
                nursery.cancel_scope.cancel()
        finally:
            self._leave(link)
            if self._called.get(key_of(link.address)) is link:
                del self._called[key_of(link.address)]

    async def _greeted(self, link: Link) -> None:
        await link.ready.wait()
        if not link.outgoing:
            self.called(link)

    # ---- this user has changed ----

    def changed(self, event: CollabEvent) -> None:
        """Tell those who watch, each as much as they may know."""
        for link in list(self._links):
            link.tell(lambda conversation: conversation.changed(event))

    def permissions_changed(self) -> None:
        """Some may know less, or more, than before."""
        for link in list(self._links):
            link.tell(Conversation.permissions_changed)


def is_near(address: Address) -> bool:
    """Whether an address is of this machine or of one of its links."""
    return address.is_loopback or address.is_link_local


def _source(address: Address) -> bytes:
    """What counts as one who calls. Who has an address of IPv6 elsewhere has a whole network of them, and one of a link
    can have any of the link's."""
    return address.ip if address.is_ipv4 or address.is_link_local else address.network


async def _either(first: trio.Event, second: trio.Event) -> trio.Event:
    """The one that is set; the second if both are."""
    async with trio.open_nursery() as nursery:

        async def wait(event: trio.Event) -> None:
            await event.wait()
            nursery.cancel_scope.cancel()

        nursery.start_soon(wait, first)
        nursery.start_soon(wait, second)
    return second if second.is_set() else first


def _ignore(link: Link, told: Told) -> None:
    """Until somebody hears what others ask."""


def _nobody(address: Address) -> None:
    """Until somebody wants to know."""


def _nobody_called(link: Link) -> None:
    """Until somebody wants to know."""


async def no_relay(address: Address) -> Path:
    """While this user is not signed in to the Internet."""
    raise ConnectionFailed(f"{address} leads through a relay, and this user is not signed in to the Internet.")
