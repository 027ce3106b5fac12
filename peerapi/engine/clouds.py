"""The PNRP clouds of this process: machines (``peerapi.pnrp``), each with a socket, on the engine's loop.

Whoever calls gives the machine its input on the own thread, under the cloud's lock, and datagrams leave on that thread
too; what arrives and what is due comes from the engine. No lock is held while somebody waits for the end of a search.

A cloud is opened when something is first registered or looked for in it.
"""

from __future__ import annotations

import contextlib
import random
import socket
import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from peerapi.address import Address
from peerapi.engine.clouds_network import GLOBAL_CLOUD, LARGEST_DATAGRAM, LOOPBACK_CLOUD, Plan, plans
from peerapi.engine.runtime import Engine, FairLock, moment
from peerapi.errors import (
    DuplicatePeerName,
    InvalidArgument,
    NoCloud,
    NotFound,
    PeerError,
    ServiceNotAvailable,
    WrappedWin32Error,
)
from peerapi.identity.names import PeerName
from peerapi.moment import Moment
from peerapi.pnrp.algorithms import Signer
from peerapi.pnrp.cloud import RESOLVE_TIMEOUT, Cloud, CloudConfig
from peerapi.pnrp.cpa import MOST_ENDPOINTS, AppEndpoint, Cpa
from peerapi.pnrp.outputs import Failure, Found, Hop, Resolved, SendDatagram
from peerapi.pnrp.scope import Scope

if TYPE_CHECKING:
    import trio

T = TypeVar("T")
ALL_LINK_CLOUDS = "PEER_PNRP_ALL_LINKS"
PAUSE = 0.1
"Seconds between the attempts of a search in the loopback cloud."
PATIENCE = 1.0
"""Seconds for which a search in the loopback cloud that has found nothing goes on: a process that has just started gets
to know the others within a few milliseconds, but not before its first question."""
SETTLING = 0.25
"Seconds after opening the loopback cloud in which a search that wants more than it has found does not yet end."
REJOIN = (0.25, 1.0, 4.0, 15.0)
"Seconds between the looks around of a node that is alone in the loopback cloud; the last one repeats."
GRACE = 5.0
"Seconds that a caller waits longer than the search takes, should the engine not answer."
ADDRESS_CHECK = 10.0
"Seconds between two looks at the addresses of this machine."
LEGS = {
    Failure.NO_ADDRESS: 10050,  # WSAENETDOWN
    Failure.NO_NODES: 10051,  # WSAENETUNREACH
    Failure.NOT_FOUND: 11001,  # WSAHOST_NOT_FOUND
    Failure.UNREACHABLE: 10065,  # WSAEHOSTUNREACH
    Failure.NOT_CONFIRMED: 11002,  # WSATRY_AGAIN
    Failure.REFUSED: 11003,  # WSANO_RECOVERY
    Failure.TIMEOUT: 10060,  # WSAETIMEDOUT
    Failure.CANCELLED: 1223,  # ERROR_CANCELLED
}
"Which leg of a search failed, as a Win32 error. Of several clouds the failure that stands farther down is told."
_AGAIN = {Failure.NO_NODES, Failure.NOT_FOUND, Failure.UNREACHABLE, Failure.NOT_CONFIRMED}


class Publication(NamedTuple):
    """What is registered under a name. ``endpoints`` None: the addresses of this machine, with ``port``."""

    endpoints: tuple[AppEndpoint, ...] | None
    port: int
    comment: str | None
    payload: bytes | None


class Member:
    """One cloud this process takes part in."""

    def __init__(self, plan: Plan, engine: Engine, sock: socket.socket) -> None:
        from peerapi.pnrp import keys

        self.plan = plan
        self.closed = False
        config = CloudConfig(plan.name, plan.scope, plan.profile, plan.seeds, multicast=False, scope_id=plan.scope_id)
        self.cloud = Cloud(
            config,
            random=random.SystemRandom(),
            signer=keys.generate(plan.profile),
            verify=keys.verify,
            check_chain=_check_chain,
        )
        self.port: int = sock.getsockname()[1]
        self._engine = engine
        self._sock = sock
        self._lock = FairLock()
        self._watchers: dict[int, Callable[[Resolved], None]] = {}
        self._automatic: dict[int, Publication] = {}
        "Registrations whose addresses are this machine's."
        self._sleep: trio.CancelScope | None = None
        self._looks = 0
        self.opened = moment().elapsed
        "On the elapsed clock."

    # Entering ---------------------------------------------------------------------------------------------------------

    def input(self, work: Callable[[Cloud, Moment], T]) -> T:
        """Give the machine one input and carry out what it wants. NotFound once the cloud is closed."""
        with self._lock:
            if self.closed:
                raise NotFound("The cloud has been left.")
            try:
                return work(self.cloud, _now())
            finally:
                endings = self._carry_out()
                self._finish(endings)

    def _carry_out(self) -> list[tuple[Callable[[Resolved], None], Resolved]]:
        """Under the lock: send; who has to be told of a result is told by the engine, without the lock."""
        outputs, self.cloud.outputs = self.cloud.outputs, []
        endings = []
        for output in outputs:
            if isinstance(output, SendDatagram):
                with contextlib.suppress(OSError):  # a datagram may get lost at any time; the machine asks again
                    self._sock.sendto(output.data, output.address.sockaddr)
            elif isinstance(output, Resolved):
                watcher = self._watchers.pop(output.handle, None)
                if watcher is not None:
                    endings.append((watcher, output))
        return endings

    def _finish(self, endings: list[tuple[Callable[[Resolved], None], Resolved]]) -> None:
        for watcher, resolved in endings:
            self._engine.post(lambda watcher=watcher, resolved=resolved: watcher(resolved))  # type: ignore[misc]
        if self._engine.on_loop():
            self._set_alarm()
        else:
            self._engine.post(self._set_alarm)

    def resolve(self, name: PeerName, most: int, timeout: float, watcher: Callable[[Resolved], None]) -> int:
        """Begin a resolution; ``watcher`` is told of its end, on the engine's thread and without a lock."""

        def start(cloud: Cloud, now: Moment) -> int:
            handle = cloud.resolve(name, now, most=most, timeout=timeout)
            self._watchers[handle] = watcher
            return handle

        return self.input(start)

    def register(self, name: PeerName, signer: Signer | None, publication: Publication) -> int:
        """Make a name known. DuplicatePeerName, InvalidArgument."""

        def register(cloud: Cloud, now: Moment) -> int:
            authority = bytes.fromhex(name.authority) if name.secure else None
            if any((one.authority, one.classifier) == (authority, name.classifier) for one in cloud.registrations):
                raise DuplicatePeerName
            registration = cloud.register(
                name,
                now,
                signer=signer,
                endpoints=self.endpoints(publication),
                payload=publication.payload,
                friendly_name=publication.comment,
            )
            if publication.endpoints is None:
                self._automatic[registration.handle] = publication
            cloud.join(self.plan.range, now)  # tells those who are there, also who has no name himself
            return registration.handle

        return self.input(register)

    def update(self, handle: int, publication: Publication) -> None:
        """NotFound, InvalidArgument."""
        endpoints = self.endpoints(publication)
        self.input(
            lambda cloud, now: cloud.update(
                handle, now, endpoints=endpoints, payload=publication.payload, friendly_name=publication.comment
            )
        )
        if handle in self._automatic:
            self._automatic[handle] = publication

    def unregister(self, handle: int) -> None:
        """NotFound."""
        self._automatic.pop(handle, None)
        self.input(lambda cloud, now: cloud.unregister(handle, now))

    def endpoints(self, publication: Publication) -> tuple[AppEndpoint, ...]:
        """What is published in this cloud."""
        if publication.endpoints is not None:
            return publication.endpoints
        return tuple(AppEndpoint(one.ip, publication.port) for one in self.plan.addresses()[:MOST_ENDPOINTS])

    def look_around(self) -> None:
        """Greet everybody who may be there."""
        if self.plan.range:
            self.input(lambda cloud, now: cloud.join(self.plan.range, now))

    # Engine tasks -----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Open the machine, and have the engine read and keep time."""
        self.input(lambda cloud, now: cloud.open(self._local(), now))
        self._engine.post(self._start)

    def _local(self) -> tuple[Address, ...]:
        return tuple(Address(one.ip, self.port) for one in self.plan.addresses())

    def _start(self) -> None:
        nursery = self._engine.nursery
        assert nursery is not None
        for task in (self._read, self._run_timers, self._watch):
            nursery.start_soon(self._guarded, task)

    async def _guarded(self, task: Callable[..., Any], *args: object) -> None:
        """No task of one cloud may end the engine of all."""
        try:
            await task(*args)
        except NotFound:
            pass  # closed meanwhile
        except Exception as error:
            self._engine.report(error)

    async def _read(self) -> None:
        import trio

        while not self.closed:
            try:
                data, where = self._sock.recvfrom(LARGEST_DATAGRAM)
            except BlockingIOError:
                try:
                    await trio.lowlevel.wait_readable(self._sock.fileno())
                except (trio.ClosedResourceError, ValueError, OSError):
                    return
                continue
            except OSError:
                if self.closed:
                    return
                await trio.sleep(0.01)
                continue
            source = Address.parse(where[0], where[1], where[3])
            self.input(lambda cloud, now, data=data, source=source: cloud.received(data, source, now))  # type: ignore[misc]
            await trio.lowlevel.checkpoint()

    def _set_alarm(self) -> None:
        """On the loop: wake the task below when the earliest timer is due."""
        if self._sleep is not None:
            import trio

            following = self.cloud.timers.next
            wait = float("inf") if following is None else max(0.0, following - moment().elapsed)
            self._sleep.deadline = trio.current_time() + (0.0 if self.closed else wait)

    async def _run_timers(self) -> None:
        import trio

        while not self.closed:
            with trio.CancelScope() as self._sleep:
                self._set_alarm()
                await trio.sleep_forever()
            self._sleep = None
            if not self.closed:
                self.input(lambda cloud, now: cloud.tick(now))

    def addresses_changed(self) -> None:
        """Look at the addresses of this machine: where it is found, and what is published as automatic ones."""
        self.input(lambda cloud, now: cloud.addresses_changed(self._local(), now))
        for handle, publication in list(self._automatic.items()):
            with contextlib.suppress(InvalidArgument, NotFound):  # no address at all, or withdrawn meanwhile
                self.update(handle, publication)

    async def _watch(self) -> None:
        """Look around while alone; notice other addresses of this machine."""
        import trio

        while not self.closed:
            if self.plan.scope is Scope.LOOPBACK:
                await trio.sleep(REJOIN[min(self._looks, len(REJOIN) - 1)])
                self._looks += 1
                if not len(self.cloud.cache):
                    self.look_around()
            else:
                await trio.sleep(ADDRESS_CHECK)
                self.addresses_changed()

    def later(self, seconds: float, work: Callable[[], object]) -> None:
        """On the loop: have ``work`` done after some time, unless the cloud has been left."""
        nursery = self._engine.nursery
        assert nursery is not None
        nursery.start_soon(self._guarded, self._wait, seconds, work)

    async def _wait(self, seconds: float, work: Callable[[], object]) -> None:
        import trio

        await trio.sleep(seconds)
        work()

    # Ending -----------------------------------------------------------------------------------------------------------

    def cancel(self, handle: int) -> None:
        """End a resolution early."""
        with contextlib.suppress(NotFound):
            self.input(lambda cloud, now: cloud.cancel(handle, now))

    def close(self) -> None:
        """Withdraw all names and leave. Not on the engine's thread."""
        self.input(lambda cloud, now: cloud.close(now))
        with self._lock:
            self.closed = True
        self._engine.call(self._close)

    def _close(self) -> None:
        import trio

        self._set_alarm()
        if self._sock.fileno() >= 0:
            trio.lowlevel.notify_closing(self._sock.fileno())
            self._sock.close()


class Search:
    """A name looked for in one or several clouds at once."""

    def __init__(self, name: PeerName, most: int, changed: Callable[[], object]) -> None:
        """``changed`` is called, on any thread and without a lock, whenever something was found and at the end."""
        self.name = name
        self.most = most
        self.found: deque[Found] = deque()
        self.hops: list[Hop] = []
        "Every question that was asked, for a trace; complete at the end."
        self.ended = False
        self.failure: Failure | None = None
        "Why nothing was found; of several clouds the one that came farthest."
        self._changed = changed
        self._condition = threading.Condition()
        self._under_way: dict[Member, int] = {}
        self._given: set[tuple[object, ...]] = set()
        self._began = moment().elapsed
        self._deadline = self._began

    def start(self, members: list[Member], timeout: float) -> None:
        """Ask all clouds. Their answers come to the engine's thread."""
        self._deadline = self._began + timeout
        with self._condition:
            self._under_way = dict.fromkeys(members, 0)
        for member in members:
            self._ask(member)

    def _ask(self, member: Member) -> None:
        left = max(0.01, self._deadline - moment().elapsed)
        try:
            handle = member.resolve(self.name, self.most, left, lambda resolved: self._answered(member, resolved))
        except NotFound:
            self._done(member, (), Failure.CANCELLED)
            return
        with self._condition:
            if member in self._under_way:
                self._under_way[member] = handle
            if not self.ended:
                return
        member.cancel(handle)

    def _answered(self, member: Member, resolved: Resolved) -> None:
        """On the engine's thread."""
        self.hops += resolved.hops
        now = moment().elapsed
        patience = self._began + PATIENCE if resolved.failure else member.opened + SETTLING
        missing = resolved.failure in _AGAIN or (not resolved.failure and len(resolved.found) < self.most)
        again = member.plan.scope is Scope.LOOPBACK and missing and now < min(self._deadline, patience)
        if again and not self.ended:
            with contextlib.suppress(NotFound):
                member.look_around()
            member.later(PAUSE, lambda: self._ask(member))
            return
        self._done(member, resolved.found, resolved.failure)

    def _done(self, member: Member, found: tuple[Found, ...], failure: Failure | None) -> None:
        with self._condition:
            if self._under_way.pop(member, None) is None or self.ended:
                return
            for one in found:
                key = (one.public_key, one.endpoints, one.friendly_name, one.payload)
                if key not in self._given and len(self._given) < self.most:
                    self._given.add(key)
                    self.found.append(one)
            legs = list(LEGS)
            if failure is not None and (self.failure is None or legs.index(failure) > legs.index(self.failure)):
                self.failure = failure
            self.ended = not self._under_way or len(self._given) >= self.most
            rest = list(self._under_way.items()) if self.ended else []
            self._under_way = {} if self.ended else self._under_way
            self._condition.notify_all()
        self._changed()
        for other, handle in rest:
            other.cancel(handle)

    def wait(self) -> list[Found]:
        """Everything, once the search has ended. When nothing was found: the Win32 error of the leg that failed."""
        with self._condition:
            left = self._deadline + GRACE - moment().elapsed
            if not self._condition.wait_for(lambda: self.ended, left):
                self.failure = Failure.TIMEOUT
            found = list(self.found)
        if not found:
            failure = self.failure or Failure.NOT_FOUND
            raise WrappedWin32Error(LEGS[failure], failure.value)
        return found

    def take(self) -> Found | None:
        """The next one found; None when there is none now. Raises IndexError when there will be no other."""
        with self._condition:
            if self.found:
                return self.found.popleft()
            if self.ended:
                raise IndexError
            return None

    @property
    def has_news(self) -> bool:
        """Whether ``take`` would give something, or say that all is over."""
        return bool(self.found) or self.ended

    def cancel(self) -> None:
        """End the search; nobody is told any more."""
        self._changed = lambda: None
        with self._condition:
            rest, self._under_way = list(self._under_way.items()), {}
            if not self.ended:
                self.ended = True
                self.failure = Failure.CANCELLED
            self._condition.notify_all()
        for member, handle in rest:
            member.cancel(handle)


class Registration:
    """One name, registered in one or several clouds."""

    def __init__(self, cloud_name: str | None, publication: Publication) -> None:
        self.cloud_name = cloud_name
        self.publication = publication
        self.places: list[tuple[Member, int]] = []

    def update(self, publication: Publication) -> None:
        """Publish other data. InvalidArgument, and nothing has changed."""
        done = []
        try:
            for member, handle in self.places:
                member.update(handle, publication)
                done.append((member, handle))
        except BaseException:
            for member, handle in done:
                member.update(handle, self.publication)
            raise
        self.publication = publication

    def withdraw(self) -> None:
        for member, handle in self.places:
            with contextlib.suppress(NotFound):
                member.unregister(handle)
        self.places.clear()


class Clouds:
    """All clouds of this process."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.RLock()
        self._members: dict[Plan, Member] = {}
        self._searches: set[Search] = set()

    def chosen(self, cloud_name: str | None) -> list[Plan]:
        """The clouds that a name stands for, compared without case; None: all of them.

        Where ``Global_`` or links are not set up, the loopback cloud stands in for them, so that programs that ask for
        them work on one machine. NoCloud, InvalidArgument.
        """
        available = plans()
        if cloud_name is None:
            return list(available)
        wanted = cloud_name.casefold()
        found = [plan for plan in available if plan.name.casefold() == wanted]
        if not found and wanted in (GLOBAL_CLOUD.casefold(), ALL_LINK_CLOUDS.casefold()):
            found = [plan for plan in available if plan.name == LOOPBACK_CLOUD]
        if not found:
            raise NoCloud(f"There is no cloud {cloud_name}; there are {', '.join(plan.name for plan in available)}.")
        return found

    def member(self, plan: Plan) -> Member:
        """A cloud, opened if it is not. ServiceNotAvailable."""
        with self._lock:
            member = self._members.get(plan)
            if member is None:
                member = Member(plan, self._engine, plan.bind())
                member.start()
                self._members[plan] = member
            return member

    def register(
        self, name: PeerName, signer: Signer | None, cloud_name: str | None, publication: Publication
    ) -> Registration:
        """Make a name known in the clouds that ``cloud_name`` stands for. When it stands for several, one that takes
        the name is enough. NoCloud, InvalidArgument, DuplicatePeerName, ServiceNotAvailable."""
        registration = Registration(cloud_name, publication)
        problem: PeerError | None = None
        for plan in self.chosen(cloud_name):
            try:
                member = self.member(plan)
                registration.places.append((member, member.register(name, signer, publication)))
            except (InvalidArgument, DuplicatePeerName, ServiceNotAvailable) as error:
                problem = problem or error
        if not registration.places and problem is not None:
            raise problem
        return registration

    def search(
        self,
        name: PeerName,
        cloud_name: str | None,
        most: int,
        changed: Callable[[], object] = lambda: None,
        timeout: float = RESOLVE_TIMEOUT,
    ) -> Search:
        """Look for a name; for Search.wait, or for ``take`` after each ``changed``."""
        search = Search(name, most, changed)
        members = [self.member(plan) for plan in self.chosen(cloud_name)]
        with self._lock:
            self._searches = {one for one in self._searches if not one.ended} | {search}
        for member in members:
            if not len(member.cloud.cache):
                member.look_around()
        search.start(members, timeout)
        return search

    def close_all(self) -> None:
        """The last PeerPnrpShutdown."""
        with self._lock:
            members, self._members = list(self._members.values()), {}
            searches, self._searches = self._searches, set()
        for search in searches:
            search.cancel()
        for member in members:
            member.close()


def _now() -> Moment:
    return Moment(*moment())


def _check_chain(chain: bytes, cpa: Cpa, classifier: str | None, now: int) -> None:
    from peerapi.pnrp.chain import check_chain

    check_chain(chain, cpa, classifier, now)
