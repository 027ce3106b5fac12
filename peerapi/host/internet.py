"""Internet presence: where this user is signed in, as a peer name, and where the contacts are that this user watches.

The name is the key of Me with the classifier ``peerapi-presence``, registered in all clouds that the environment sets
up, with the addresses of this machine in each and the port where this user is called; nothing else is said there. Where
the user knows relays the host has seats at two of them, and the name is posted there with the seats. Who watches a
contact looks for the contact's name, calls where it leads, and believes only who proves the contact's key. How a
presence is published is ours; MS-PNRP and the notices of relays carry it.
"""

from __future__ import annotations

import contextlib
import functools
from collections import deque
from typing import TYPE_CHECKING

import trio

from peerapi.address import Address
from peerapi.collab.others import key_of
from peerapi.collab.values import MAX_ENDPOINTS, Endpoint
from peerapi.engine.runtime import Engine, moment
from peerapi.errors import InvalidArgument, PeerError
from peerapi.host.desk import Desk
from peerapi.host.link import Link
from peerapi.host.network import Network, no_relay
from peerapi.host.seats import Seats
from peerapi.host.watching import Watching
from peerapi.identity.names import PeerName, parse, peer_name
from peerapi.log import Log
from peerapi.ring.scope import Scope

if TYPE_CHECKING:
    from peerapi.engine.clouds.clouds import Clouds
    from peerapi.engine.clouds.network import Plan

CLASSIFIER = "peerapi-presence"
SEARCH = 30.0
"Seconds until a search has to have an outcome."
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 300.0
"Seconds between two searches for a contact who is nowhere, twice as many each time, and for more places of one who is."
AT_ONCE = 8
"Searches under way."
MOST_NEWS, PERIOD = 8, 240.0
"""So often in so many seconds a contact is looked for at once because of what was heard of them: a contact who calls
and hangs up again and again has nobody search all the while."""
LOOK_FOR_RELAYS = 30.0
"Seconds between two looks at whether the user knows a relay by now."
CLOSE = 5.0
"Seconds that withdrawing the name may take."
log = Log("host")


def presence_name(of: str) -> PeerName:
    """Under which a person is signed in. ``of``: the peer name of the person."""
    return peer_name(parse(of).authority, CLASSIFIER)


class _Followed:
    """A contact who is watched: the user of the subscriptions to the contact's endpoints."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.scope = trio.CancelScope()
        self.endpoints: dict[bytes, Endpoint] = {}
        "Where the contact was found, by the ID of that sign-in."
        self.called_from: set[Address] = set()
        "Where the contact says to be, who has just called."
        self.news = trio.Event()

    def wake(self) -> None:
        """Look again now."""
        self.news.set()


class Internet:
    """See the module's text."""

    def __init__(self, desk: Desk, network: Network, watching: Watching) -> None:
        self._desk = desk
        self._network = network
        self._watching = watching
        self._engine: Engine | None = None
        self._scope: trio.CancelScope | None = None
        self._followed: dict[str, _Followed] = {}
        self._changed = trio.Event()
        watching.left = self._left
        network.called = self._called

    def sign_in(self) -> None:
        if self._scope is None:
            self._scope = trio.CancelScope()
            self._network.nursery.start_soon(self._run, self._scope)

    def sign_out(self) -> None:
        if self._scope is not None:
            self._scope.cancel()
            self._scope = None

    def watchlist_changed(self) -> None:
        """Others are watched than before, perhaps."""
        self._changed.set()

    async def _run(self, scope: trio.CancelScope) -> None:
        pause = FIRST_PAUSE
        with scope:
            while True:
                try:
                    await self._be_there()
                except* (PeerError, OSError) as errors:  # what is on disk cannot be read just now, for one
                    log.warning("this user is not signed in to the Internet just now: %s", errors.exceptions[0])
                await trio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)

    async def _be_there(self) -> None:
        clouds = await trio.to_thread.run_sync(self._clouds)
        assert self._engine is not None
        seats = Seats(self._engine, self._network.take, lambda: self._network.sit_at(seats.addresses))
        self._network.call_seat = seats.call
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._publish, clouds)
                nursery.start_soon(self._sit, seats)
                await self._follow_all(nursery, clouds)
        finally:
            seats.stop()
            if self._network.call_seat == seats.call:  # else the next sign-in has begun already
                self._network.call_seat = no_relay
                self._network.sit_at(())
            with trio.move_on_after(CLOSE, shield=True):
                await trio.to_thread.run_sync(clouds.close_all, abandon_on_cancel=True)

    def _clouds(self) -> Clouds:
        from peerapi.engine.clouds.clouds import Clouds, Membership

        self._engine = self._engine or Engine()
        return Clouds(Membership(self._engine))

    # ---- this user ----

    async def _publish(self, clouds: Clouds) -> None:
        from peerapi.engine.clouds.member import Publication
        from peerapi.pnrp.keys import KeySigner

        key, _ = self._desk.book.key(moment().utc)
        name = presence_name(self._desk.book.me(moment().utc).peer_name)
        publication = Publication(None, self._network.port, None, None)
        register = functools.partial(clouds.register, at_relays=False)
        try:
            await trio.to_thread.run_sync(register, name, KeySigner(key.private), None, publication)
        except PeerError as error:
            log.warning("contacts will not find this user: %s", error)

    async def _sit(self, seats: Seats) -> None:
        """Be called through relays as soon as the user knows any, and have the name there."""
        from peerapi.engine.clouds.relay_posts import posted
        from peerapi.pnrp.keys import KeySigner

        key, _ = self._desk.book.key(moment().utc)
        name = presence_name(self._desk.book.me(moment().utc).peer_name)
        signer = KeySigner(key.private)

        def where() -> list[Address]:
            return [*seats.addresses, *(one for one in self._network.addresses if one.is_public)]

        while not await trio.to_thread.run_sync(seats.sit, lambda: posted(name, signer, where())):
            await trio.sleep(LOOK_FOR_RELAYS)

    # ---- contacts ----

    async def _follow_all(self, nursery: trio.Nursery, clouds: Clouds) -> None:
        limit = trio.CapacityLimiter(AT_ONCE)
        try:
            while True:
                self._changed = trio.Event()
                wanted = {one.peer_name for one in self._desk.book.all() if one.watch}
                for name in self._followed.keys() - wanted:
                    self._followed.pop(name).scope.cancel()
                for name in wanted - self._followed.keys():
                    followed = self._followed[name] = _Followed(name)
                    nursery.start_soon(self._follow, followed, clouds, limit)
                await self._changed.wait()
        finally:
            self._followed.clear()

    async def _follow(self, followed: _Followed, clouds: Clouds, limit: trio.CapacityLimiter) -> None:
        pause = FIRST_PAUSE
        heard: deque[float] = deque(maxlen=MOST_NEWS)
        try:
            with followed.scope:
                while True:
                    followed.news = trio.Event()
                    called_from, followed.called_from = followed.called_from, set()
                    self._forget_the_gone(followed)
                    await self._visit(followed, called_from)
                    if not called_from:
                        async with limit:
                            found = await self._search(clouds, followed.name)
                        await self._visit(followed, found)
                    pause = LONGEST_PAUSE if followed.endpoints else min(2 * pause, LONGEST_PAUSE)
                    with trio.move_on_after(pause) as waiting:
                        await followed.news.wait()
                    if not waiting.cancelled_caught:
                        pause = FIRST_PAUSE
                        if len(heard) == MOST_NEWS:
                            await trio.sleep_until(heard[0] + PERIOD)
                        heard.append(trio.current_time())
        finally:
            for endpoint in followed.endpoints.values():
                self._unsubscribe(endpoint, followed)

    async def _search(self, clouds: Clouds, name: str) -> list[Address]:
        """Where a contact may be, in all clouds."""
        from peerapi.engine.clouds.member import Query

        query = Query(presence_name(name), most=MAX_ENDPOINTS, own=False)
        news = trio.Event()
        token = trio.lowlevel.current_trio_token()

        def changed() -> None:
            with contextlib.suppress(trio.RunFinishedError):
                token.run_sync_soon(lambda: news.set(), idempotent=False)

        begin = functools.partial(clouds.search, query, None, changed, SEARCH)
        try:
            search = await trio.to_thread.run_sync(begin)
        except PeerError as error:
            log.warning("contacts cannot be looked for: %s", error)
            return []
        try:
            with trio.move_on_after(SEARCH):
                while not search.ended:
                    await news.wait()
                    news = trio.Event()
        finally:
            search.cancel()
        return [address for hit in search.hits for address in hit.addresses if may_be_there(address, hit.plan)]

    async def _visit(self, followed: _Followed, found: list[Address] | set[Address]) -> None:
        """Call where the contact may be, and watch where the contact is; each sign-in once, whatever leads to it."""
        held = {key_of(one.address) for one in followed.endpoints.values()}
        for address in found:
            if key_of(address) in held or self._network.is_own(address) or not address.is_unicast:
                continue
            try:
                link = await self._network.connected(address)
            except PeerError as error:
                log.info("%s may be at %s: %s", followed.name, address, error)
                continue
            if link.remote is None or link.remote.endpoint_id in followed.endpoints:
                continue
            if len(followed.endpoints) < MAX_ENDPOINTS and is_the_contact(link, followed.name):
                endpoint = Endpoint(address, link.remote.name)
                followed.endpoints[link.remote.endpoint_id] = endpoint
                held.add(key_of(address))
                self._watching.follow(endpoint, followed, followed.name)

    def _forget_the_gone(self, followed: _Followed) -> None:
        for id_, endpoint in list(followed.endpoints.items()):
            if not self._watching.may_be_there(endpoint.address):
                del followed.endpoints[id_]
                self._unsubscribe(endpoint, followed)

    def _unsubscribe(self, endpoint: Endpoint, followed: _Followed) -> None:
        with contextlib.suppress(InvalidArgument):
            self._watching.unsubscribe(endpoint, followed)

    # ---- what happens ----

    def _left(self, peer_name_: str) -> None:
        """A watched endpoint of that person is there no more."""
        followed = self._followed.get(peer_name_)
        if followed is not None:
            followed.wake()

    def _called(self, link: Link) -> None:
        """Somebody has called and proved a key: a contact who is looked for says by that where to be found."""
        followed = self._followed.get(link.peer_name)
        if followed is None or link.remote is None or not link.remote.port:
            return
        if link.by_relay:  # where that is only the contact's name says
            followed.wake()
        elif link.remote.endpoint_id not in followed.endpoints:
            followed.called_from.add(link.address._replace(port=link.remote.port))
            followed.wake()


def may_be_there(address: Address, plan: Plan) -> bool:
    """Whether a contact who was found in that cloud can be at an address: in the global one, and at relays, nobody is
    led to this machine's own ports or to those of its links."""
    return plan.scope is not Scope.GLOBAL or not (address.is_loopback or address.is_link_local)


def is_the_contact(link: Link, name: str) -> bool:
    """Whether it is the contact who has proved a key there."""
    return link.peer_name == name
