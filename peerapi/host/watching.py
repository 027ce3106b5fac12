"""Data of other endpoints: fetched once (refresh), or kept up to date for as long as a program wants (subscribe)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import trio

from peerapi.address import Address
from peerapi.collab.conversation import Came, Ended, Told
from peerapi.collab.events import CollabEvent, CollabEventType, RequestStatusChanged
from peerapi.collab.others import Known, Others, key_of
from peerapi.collab.values import Contact, Endpoint
from peerapi.collab.wire import Outcome
from peerapi.errors import ConnectionFailed, InvalidArgument, NotFound, PeerError, TimedOut
from peerapi.host.desk import Desk
from peerapi.host.link import Link
from peerapi.host.network import Network

PATIENCE = 30.0
"Seconds until a refresh or a subscription has to have an outcome."
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 300.0
"Seconds between two calls to somebody who is gone; twice as many each time."
GRACE = 30.0
"Seconds in which a lost connection may be made again before the other side counts as gone."
Key = tuple[bytes, int, int]


class _Fetch:
    """A query under way; see Request."""

    def __init__(self) -> None:
        self.came: list[Came] = []
        self.outcome: int | None = None
        self.done = trio.Event()

    def told(self, what: Told) -> None:
        match what:
            case Came():
                self.came.append(what)
            case Ended(_, outcome):
                self.outcome = outcome
                self.done.set()

    def lost(self, polite: bool) -> None:
        self.done.set()


class _Watch:
    """An endpoint that is kept up to date; see Request."""

    def __init__(self, watching: Watching, endpoint: Endpoint, expected: str | None) -> None:
        """``expected``: who has to prove a key there, for a watch that no program has asked for; None: anybody."""
        self.endpoint = endpoint
        self.expected = expected
        self.users: Counter[object] = Counter()
        self.link: Link | None = None
        self.request = 0
        self.known: Known | None = None
        self.polite = False
        self.outcome: int | None = None
        self.done = trio.Event()
        "The first answer is complete, or there is none."
        self.over = trio.Event()
        self.scope = trio.CancelScope()
        self.tried = False
        "Whether the first call has had an outcome."
        self._watching = watching

    def told(self, what: Told) -> None:
        match what:
            case Came(_, datum, gone) if self.known is not None:
                contact = self._watching.contact(self.known.peer_name)
                self._watching.tell(self.known.take(datum, gone=gone, contact=contact))
            case Ended(_, outcome):
                self.outcome = outcome
                self.done.set()
                if outcome != Outcome.DONE:
                    self.over.set()

    def lost(self, polite: bool) -> None:
        self.polite = polite
        self.done.set()
        self.over.set()

    def begin(self) -> None:
        self.outcome, self.polite = None, False
        self.done, self.over = trio.Event(), trio.Event()


class Watching:
    """See the module's text."""

    def __init__(self, desk: Desk, network: Network) -> None:
        self._desk = desk
        self._network = network
        self._watches: dict[Key, _Watch] = {}
        self.others = Others()
        self.left: Callable[[str], None] = _ignore
        "Told who was watched and is not there any more, by peer name."

    def contact(self, peer_name: str) -> Contact | None:
        """As this user knows who is there; None for strangers."""
        return self._desk.book.find(peer_name)

    def tell(self, events: list[CollabEvent]) -> None:
        self._desk.tell(events)

    # ---- once ----

    def refresh(self, endpoint: Endpoint) -> None:
        """Fetch what there is; REQUEST_STATUS_CHANGED says how it ended."""
        self._network.nursery.start_soon(self._refresh, endpoint)

    async def _refresh(self, endpoint: Endpoint) -> None:
        failure: type[PeerError] | None = TimedOut
        with trio.move_on_after(PATIENCE):
            try:
                await self._fetch(endpoint)
                failure = None
            except PeerError:
                failure = ConnectionFailed
        self._told(endpoint, failure)

    async def _fetch(self, endpoint: Endpoint) -> None:
        link = await self._network.connected(endpoint.address)
        assert link.conversation is not None
        fetch = _Fetch()
        request = link.conversation.query()
        link.requests[request] = fetch
        link.flush()
        try:
            await fetch.done.wait()
        finally:
            link.requests.pop(request, None)
        if fetch.outcome != Outcome.DONE:
            raise ConnectionFailed("Nothing is shown to this user.")
        watch = self._watches.get(key_of(endpoint.address))
        if watch is not None and watch.known is not None and watch.known.live:
            return  # what is kept up to date is newer
        known = Known(endpoint.address, endpoint.name, link.peer_name)
        for one in fetch.came:
            known.take(one.datum, gone=False, contact=None)
        self.others.put(known)

    def forget(self, endpoint: Endpoint) -> None:
        """Drop what was fetched; data of a subscription stay."""
        watch = self._watches.get(key_of(endpoint.address))
        if watch is None:
            self.others.forget(endpoint.address)

    # ---- for longer ----

    def subscribe(self, endpoint: Endpoint, user: object) -> bool:
        """Once more for a program; whether somebody had subscribed already."""
        return self._use(endpoint, user, None)

    def follow(self, endpoint: Endpoint, user: object, expected: str) -> None:
        """The same for a contact who is watched, wherever a program has heard of it; no program hears how it ends."""
        self._use(endpoint, user, expected)

    def may_be_there(self, address: Address) -> bool:
        """Whether an endpoint that is watched has not been given up."""
        watch = self._watches.get(key_of(address))
        return watch is not None and (not watch.tried or (watch.known is not None and watch.known.live))

    def _use(self, endpoint: Endpoint, user: object, expected: str | None) -> bool:
        key = key_of(endpoint.address)
        watch = self._watches.get(key)
        if watch is not None:
            watch.users[user] += 1
            return True
        watch = self._watches[key] = _Watch(self, endpoint, expected)
        watch.users[user] += 1
        self._network.nursery.start_soon(self._watch, watch)
        return False

    def unsubscribe(self, endpoint: Endpoint, user: object) -> None:
        """Once less. Raises InvalidArgument without a subscription of that program."""
        key = key_of(endpoint.address)
        watch = self._watches.get(key)
        if watch is None or not watch.users[user]:
            raise InvalidArgument("This program has not subscribed to the endpoint.")
        watch.users[user] -= 1
        if watch.users.total() == 0:
            self._end(key, watch)

    def user_gone(self, user: object) -> None:
        """A program has ended: so do its subscriptions."""
        for key, watch in list(self._watches.items()):
            del watch.users[user]
            if watch.users.total() == 0:
                self._end(key, watch)

    def _end(self, key: Key, watch: _Watch) -> None:
        del self._watches[key]
        watch.scope.cancel()
        if watch.link is not None and watch.link.conversation is not None:
            watch.link.requests.pop(watch.request, None)
            watch.link.conversation.unwatch(watch.request)
            watch.link.flush()
        self.others.forget(watch.endpoint.address)

    async def _watch(self, watch: _Watch) -> None:
        """Until nobody wants it any more."""
        pause = FIRST_PAUSE
        lost_at: float | None = None
        with watch.scope:
            while True:
                watch.begin()
                try:
                    with trio.fail_after(PATIENCE):
                        await self._begin(watch)
                        await watch.done.wait()
                except (PeerError, trio.TooSlowError) as error:
                    is_late = isinstance(error, trio.TooSlowError)
                    failure: type[PeerError] | None = TimedOut if is_late else ConnectionFailed
                    watch.polite = isinstance(error, NotFound)  # a port that refuses calls is of a sign-in that is over
                else:
                    failure = None if watch.outcome == Outcome.DONE else ConnectionFailed
                if not watch.tried and watch.expected is None:
                    self._told(watch.endpoint, failure)
                watch.tried = True
                if failure is None:
                    assert watch.known is not None
                    watch.known.live = True
                    since = trio.current_time()
                    await watch.over.wait()
                    lost_at = trio.current_time()
                    if lost_at - since >= GRACE:  # who hangs up again and again is called ever more seldom
                        pause = FIRST_PAUSE
                known = watch.known
                is_over = watch.polite or trio.current_time() - (lost_at or 0) >= GRACE
                if known is not None and known.live and is_over:
                    self.tell(known.lost(self.contact(known.peer_name)))
                    self.left(known.peer_name)
                await trio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)

    async def _begin(self, watch: _Watch) -> None:
        link = await self._network.connected(watch.endpoint.address)
        assert link.conversation is not None
        if watch.expected not in (None, link.peer_name):
            raise ConnectionFailed("Somebody else is at the endpoint of the contact.")
        known = watch.known
        if known is None or known.peer_name != link.peer_name:
            known = watch.known = Known(watch.endpoint.address, watch.endpoint.name, link.peer_name)
        self.others.put(known)
        watch.link = link
        watch.request = link.conversation.watch()
        link.requests[watch.request] = watch
        link.flush()

    def _told(self, endpoint: Endpoint, failure: type[PeerError] | None) -> None:
        content = RequestStatusChanged(endpoint, 0 if failure is None else failure.hresult)
        self.tell([CollabEvent(CollabEventType.REQUEST_STATUS_CHANGED, content)])

    # ---- what is known ----

    def known(self, address: Address) -> Known:
        """Raises NotFound."""
        found = self.others.find(address)
        if found is None or found.presence is None:
            raise NotFound("Nothing is known of this endpoint: refresh or subscribe to its data first.")
        return found


def _ignore(peer_name: str) -> None:
    """Until somebody wants to know."""
