"""How a node of a group comes to its neighbors: PeerGroupConnect and PeerGroupConnectByAddress.

Members publish the group's name in its PNRP cloud, each with its own key and the chain that allows it. Who connects
looks the name up and calls who is found; a member whose database is complete listens and publishes, too. A node that
was connected goes on looking as long as it is alone.
"""

from __future__ import annotations

import contextlib
import enum
import os
import random
import threading
from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from peerapi.address import Address
from peerapi.engine import network
from peerapi.engine.graphs.driver import Driver
from peerapi.engine.graphs.node import Node
from peerapi.engine.runtime import Engine, moment
from peerapi.engine.workers import in_thread
from peerapi.errors import AlreadyExists, AlreadyListening, ConnectSelf, NotFound, PeerError, UnableToListen
from peerapi.graphing.events import ConnectionChanged, ConnectionStatus, StatusChanged
from peerapi.grouping.events import GroupConnectionFailed, group_status
from peerapi.grouping.provider import GroupSecurity
from peerapi.grouping.roles import PARTICIPANT
from peerapi.identity.names import PeerName, peer_name
from peerapi.signals import deferred

if TYPE_CHECKING:
    from peerapi.engine.clouds.clouds import Clouds, Registration
    from peerapi.engine.clouds.search import Search
    from peerapi.reach.frames import Post

AT_ONCE = 3
"Rounds of calls under way at the same time: each begins with those who have been found meanwhile."
MOST_FOUND = 20
LOOK_AGAIN = (2.0, 5.0, 10.0, 30.0)
"Seconds between two looks for members by a node that is alone; the last one repeats."
_SCOPES = {
    "Global": network.SCOPE_GLOBAL,
    "SiteLocal": network.SCOPE_SITE,
    "LinkLocal": network.SCOPE_LINK,
    "Loopback": network.SCOPE_LOOPBACK,
}


class State(enum.Enum):
    """How far a group has come with going online."""

    OFFLINE = enum.auto()
    "The application has not asked for it."
    CONNECTING = enum.auto()
    "The application waits to hear how it ends."
    REFUSED = enum.auto()
    "It waits, and the password was not accepted: calls under way come to their end, and nobody else is called."
    PAUSED = enum.auto()
    "The password was not accepted: nobody is called until the application says so."
    ONLINE = enum.auto()
    "The application has heard how it ended; who is alone goes on looking."
    CLOSED = enum.auto()


class Step(enum.Enum):
    """What leads from one state to the next."""

    CONNECT = enum.auto()
    "The application wants to go online, by whatever way, or to try the password again."
    END = enum.auto()
    "Somebody has answered, or nobody is left who might."
    REFUSE = enum.auto()
    "A member has not accepted the password."
    CLOSE = enum.auto()


STEPS = {
    (State.OFFLINE, Step.CONNECT): State.CONNECTING,
    (State.CONNECTING, Step.END): State.ONLINE,
    (State.CONNECTING, Step.REFUSE): State.REFUSED,
    (State.REFUSED, Step.CONNECT): State.CONNECTING,
    (State.REFUSED, Step.END): State.PAUSED,
    (State.PAUSED, Step.CONNECT): State.CONNECTING,
    (State.ONLINE, Step.CONNECT): State.CONNECTING,
    (State.ONLINE, Step.REFUSE): State.PAUSED,
    **{(state, Step.CLOSE): State.CLOSED for state in State},
}
"A step that is not here changes nothing: a closed group stays so, and a call may end when nobody waits for it."
WAITING = {State.CONNECTING, State.REFUSED}
"The application has not heard yet how it ended."
CALLING = {State.CONNECTING, State.ONLINE}
"Members that are found are called."


class Repair(enum.Enum):
    """Another connection that the graph wants although it has neighbors (MS-PPSEC 3.1.7.4)."""

    NONE = enum.auto()
    WANTED = enum.auto()
    LOOKED_FOR = enum.auto()
    "Whoever is found is called."


class Finder:
    """The way of one open group to its other members."""

    def __init__(
        self,
        node: Node,
        driver: Driver,
        security: GroupSecurity,
        cloud: str,
        clouds: Callable[[], Clouds],
        wake: Callable[[], None],
    ) -> None:
        """``wake`` has ``proceed`` called soon."""
        self.cloud = cloud
        self.state = State.OFFLINE
        self.port = 0
        "Where to listen, if that is free; 0: anywhere."
        self._node = node
        self._driver = driver
        self._engine: Engine = node.engine
        self._security = security
        self._clouds = clouds
        self._wake = wake
        self._lock = threading.RLock()
        self._seen: deque[ConnectionChanged] = deque()
        self._candidates: deque[Address] = deque()
        self._under_way: set[int] = set()
        self.named: tuple[Address, ...] = ()
        "Whom the application has named, and waits for; nobody: whoever has the group's name will do."
        self.by_name = False
        "The group's name is published, and looked for as long as the node is alone."
        self._published = False
        self._repair = Repair.NONE
        self._reason = 0
        "Why the latest call has failed, as an HRESULT."
        self._search: Search | None = None
        self._registration: Registration | None = None

    def _step(self, step: Step) -> None:
        with self._lock:
            self.state = STEPS.get((self.state, step), self.state)

    # What the application wants ---------------------------------------------------------------------------------------

    @deferred
    def connect(self) -> None:
        """Go online by the group's name; the result comes as an event. Raises why the engine cannot start."""
        self._engine.ready()
        watched, self.by_name = self.by_name, True
        self.named = ()
        self._step(Step.CONNECT)
        self._look()
        if not watched:
            self._engine.post(lambda: self._driver.spawn(self._watch))
        self._wake()

    @deferred
    def connect_to(self, addresses: Iterable[Address]) -> None:
        """Go online by calling these. Raises why the engine cannot start."""
        self._engine.ready()
        self.named = tuple(addresses)
        self._candidates.extend(self.named)
        self._step(Step.CONNECT)
        self._wake()

    def look_at(self, addresses: Iterable[Address]) -> None:
        """Members may be found there, too."""
        self._candidates.extend(addresses)
        self._wake()

    def pause(self) -> None:
        """The password was not accepted."""
        self._step(Step.REFUSE)
        self._candidates.clear()
        self._wake()

    @deferred
    def resume(self) -> None:
        """Try again to join by the password."""
        if self.by_name:
            self.connect()
        elif self.state is not State.OFFLINE:
            self.connect_to(self.named)

    @deferred
    def close(self) -> None:
        """Withdraw the name, look for nobody any longer."""
        with self._lock:
            self._step(Step.CLOSE)
            search, self._search = self._search, None
            registration, self._registration = self._registration, None
        if search is not None:
            search.cancel()
        if registration is not None:
            registration.withdraw()

    # What the graph tells ---------------------------------------------------------------------------------------------

    def ask(self) -> None:
        """The graph wants to be connected to another node, to mend a partition; its lock is held."""
        if self.by_name:
            self._repair = Repair.WANTED

    def saw(self, event: ConnectionChanged) -> None:
        """A connection was made, or not; the graph's lock is held. The call that follows one that failed may fail, too,
        before ``proceed`` has taken this up, so from now on it is one of ours."""
        if event.connection_id in self._under_way:
            if event.status is ConnectionStatus.FAILED and event.next_connection_id:
                self._under_way.add(event.next_connection_id)
            self._seen.append(event)

    # What follows -----------------------------------------------------------------------------------------------------

    def proceed(self) -> None:
        """Go on from what has happened; no lock is held, one thread at a time."""
        if self.state in (State.OFFLINE, State.CLOSED):
            return
        self._take_found()
        self._take_seen()
        if self._repair is Repair.WANTED and self._search is None:
            self._repair = Repair.LOOKED_FOR
            self._look()
        self._call()
        if self.state in WAITING and self._driver.graph.neighbors and not self.named:
            self._arrived()
        elif self.state in WAITING and not (self._under_way or self._candidates or self._search):
            self._give_up()
        if self._driver.graph.synchronized and not self._driver.graph.addresses:
            self._listen()
        if self._driver.graph.addresses and self.by_name and not self._published:
            self._published = True
            self._post_notice()
            self._publish()

    def _arrived(self) -> None:
        self._step(Step.END)
        self._candidates.clear()

    def _give_up(self) -> None:
        self._step(Step.END)
        will_be_found = self.by_name and self._driver.graph.synchronized  # it listens then
        if self.named or not will_be_found:
            self._driver.notify(GroupConnectionFailed(self._reason or NotFound.hresult))

    def _take_seen(self) -> None:
        while self._seen:
            event = self._seen.popleft()
            self._under_way.discard(event.connection_id)
            if event.status is ConnectionStatus.CONNECTED:
                self._arrived()
            elif event.status is ConnectionStatus.FAILED:
                self._reason = event.reason

    def _call(self) -> None:
        """Call everybody who has been found, one after the other: the first who answers is enough."""
        graph = self._driver.graph
        if not self._candidates or len(self._under_way) >= AT_ONCE or self.state not in CALLING:
            return
        if graph.neighbors and not self.named and self._repair is not Repair.LOOKED_FOR:
            return
        if self._repair is Repair.LOOKED_FOR:
            self._repair = Repair.NONE
        found = tuple(self._candidates)
        self._candidates.clear()
        try:
            self._driver.input(self._begin, found)
        except AlreadyExists:  # there is nothing to wait for, so that is said
            self._arrived()
            self._driver.notify(StatusChanged(group_status(int(graph.status))))
        except ConnectSelf as error:
            self._reason = error.hresult

    def _begin(self, addresses: tuple[Address, ...]) -> None:
        """Inside an input, so that its end is not told before we know its number."""
        self._under_way.add(self._driver.graph.connect_any(addresses, None))

    def _listen(self) -> None:
        kind = self.cloud.partition("_")[0]
        scope_id = 0
        if kind in ("SiteLocal", "LinkLocal"):
            scope_id = next((plan.scope_id for plan in self._clouds().chosen(self.cloud)), 0)
        scope = _SCOPES.get(kind, network.SCOPE_GLOBAL)
        with contextlib.suppress(AlreadyListening):
            try:
                self._node.listen(self._driver, scope, scope_id, self.port)
            except UnableToListen:
                if not self.port:
                    raise
                self._node.listen(self._driver, scope, scope_id, 0)

    def sit(self) -> None:
        """A relay may be known now that was not: be called there, too."""
        if self._driver.addresses is not None and self.state is not State.CLOSED and self._node.sit(self._driver):
            self._post_notice()

    # Names ------------------------------------------------------------------------------------------------------------

    def _publish(self) -> None:
        """Publish the group's name with our address. A cloud that does not take it is no reason not to be there."""
        from peerapi.engine.clouds.member import Publication
        from peerapi.pnrp.keys import KeySigner

        chain = self._security.chain
        if chain is None:
            return
        port = next(one.port for one in self._driver.graph.addresses if not one.relay)  # where a relay is, is its own
        publication = Publication(None, port, self._published_friendly_name(), None, chain=chain.encode())
        signer = KeySigner(self._security.credential.key.private)
        registration = self._clouds().register(self._name, signer, self.cloud, publication)
        with self._lock:
            self._registration = registration
            if self.state is not State.CLOSED:
                return
            self._registration = None
        registration.withdraw()

    def _post_notice(self) -> None:
        """Have the group's name at the relays, where this node has a seat, for who knows one of them."""
        addresses = self._driver.addresses
        if addresses is not None and self.cloud.partition("_")[0] == "Global":
            addresses.post(self._name, self._notice)

    def _notice(self) -> Post | None:
        """Where this node is reached from anywhere, as a relay keeps it."""
        from peerapi.engine.clouds.network import plans
        from peerapi.pnrp import notice
        from peerapi.pnrp.keys import KeySigner
        from peerapi.reach.frames import Post

        chain = self._security.chain
        reached = tuple(one for one in self._driver.graph.addresses if one.is_public)
        if chain is None or not reached or self.state is State.CLOSED:
            return None
        signer = KeySigner(self._security.credential.key.private)
        named = notice.Named(self._name, signer, self._published_friendly_name(), chain.encode())
        try:
            made = notice.make(named, reached, moment(), os.urandom(notice.NONCE_SIZE), plans()[-1].profile)
        except ValueError:  # a group of the other profile than this user's clouds: its name is in none
            return None
        return Post(notice.key_of(self._name), notice.SECONDS, made)

    def _published_friendly_name(self) -> str | None:
        """The classifier of the group's name (MS-PPSEC 3.1.4.4), as much of it as a CPA holds; UTF-16 units count."""
        from peerapi.pnrp.cpa import LONGEST_FRIENDLY_NAME

        units = self._security.group.classifier.encode("utf-16-le")
        return units[: 2 * LONGEST_FRIENDLY_NAME].decode("utf-16-le", "ignore") or None

    @property
    def _name(self) -> PeerName:
        return peer_name(self._security.group.authority, PARTICIPANT)

    async def _watch(self) -> None:
        """Task: look again while nobody is there."""
        import trio

        looks = 0
        while self.state is not State.CLOSED:
            # Nodes that were cut off together do not all look at the same moment.
            await trio.sleep(LOOK_AGAIN[min(looks, len(LOOK_AGAIN) - 1)] * random.uniform(0.75, 1.25))
            looks += 1
            if self._driver.graph.neighbors:
                looks = 0
            elif self.state in CALLING and not (self._search or self._under_way or self._driver.closed):
                await in_thread(self._look)

    def _look(self) -> None:
        """Ask the cloud for members. Errors, an unknown cloud above all, are what the search would have ended with."""
        from peerapi.engine.clouds.member import Query

        try:
            search = self._clouds().search(Query(self._name, MOST_FOUND), self.cloud, self._wake)
        except PeerError as error:
            self._reason = error.hresult
            return
        with self._lock:
            closed = self.state is State.CLOSED
            before, self._search = self._search, None if closed else search
        for old in (before, search if closed else None):
            if old is not None:
                old.cancel()

    def _take_found(self) -> None:
        search = self._search
        while search is not None:
            try:
                found = search.take()
            except IndexError:
                self._search = None
                return
            if found is None:
                return
            self._candidates.extend(one for one in found.addresses if self._is_to_be_called(one))

    def _is_to_be_called(self, address: Address) -> bool:
        """Not this node itself; nor, unless the application waits, where nobody has answered just now."""
        graph = self._driver.graph
        own = any((one.ip, one.port) == (address.ip, address.port) for one in graph.addresses)
        return not own and (self.state in WAITING or not graph.referrals.left_alone(address))
