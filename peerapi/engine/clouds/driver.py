"""The sockets, timers and engine tasks of one PNRP cloud: what carries its machine (``peerapi.pnrp``).

Whoever calls gives the machine its input on the own thread, under the cloud's lock, and datagrams leave on that thread
too; what arrives and what is due comes from the engine.
"""

from __future__ import annotations

import random
import socket
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from peerapi.address import Address
from peerapi.engine import network
from peerapi.engine.clouds.greetings import Greetings
from peerapi.engine.clouds.network import Plan
from peerapi.engine.clouds.sockets import CloudSockets
from peerapi.engine.runtime import Engine, FairLock, moment
from peerapi.errors import NotFound, ServiceNotAvailable
from peerapi.moment import Moment
from peerapi.pnrp.cloud import Cloud
from peerapi.pnrp.cpa import Cpa
from peerapi.pnrp.outputs import MulticastSsdp, Resolved, SendDatagram, SendSsdp
from peerapi.pnrp.state import CloudConfig
from peerapi.ring.scope import Scope
from peerapi.signals import deferred

if TYPE_CHECKING:
    import trio

T = TypeVar("T")
LARGEST_DATAGRAM = 65536
ADDRESS_CHECK = 10.0
"Seconds between two looks at the addresses of this machine."
LINK_CHECK = 3.0
"The same for a link, which comes and goes more often."
SHORTEST_PAUSE, LONGEST_PAUSE = 0.01, 1.0
"Seconds until a socket that cannot be read is tried again: twice as many each time."
SILENT = 5.0
"Seconds after which a process that listens in the loopback cloud and says nothing is not waited for."
NO_ADDRESS_CHECK = 1.0
"The same for a link that has no address yet, or no longer."


class CloudDriver:
    """One cloud's machine with what it needs outside: sockets, time, and the engine's tasks."""

    def __init__(self, plan: Plan, engine: Engine) -> None:
        """ServiceNotAvailable: no socket can be had. Only a link may wait for one."""
        from peerapi.pnrp import keys

        self.plan = plan
        self.closed = False
        self._engine = engine
        self._lock = FairLock()
        self._sockets: CloudSockets | None = None
        try:
            self._sockets = plan.bind()
        except ServiceNotAvailable:
            if not plan.is_link:
                raise
        config = CloudConfig(
            plan.name, plan.scope, plan.profile, plan.seeds, multicast=plan.is_link, scope_id=plan.scope_id
        )
        self.cloud = Cloud(
            config,
            random=random.SystemRandom(),
            signer=keys.generate(plan.profile),
            verify=keys.verify,
            check_chain=_check_chain,
        )
        self._watchers: dict[int, Callable[[Resolved], None]] = {}
        "Who is told of the end of which resolution; under the lock."
        self._sleep: trio.CancelScope | None = None
        self._greetings = Greetings(random.Random())
        self.opened = moment().elapsed
        "When it began to hear others, on the elapsed clock. The first cloud waits for the engine to start."
        self.last_heard = 0.0
        "When somebody new was heard last, on the elapsed clock."
        self._heard: set[int] = set()
        self._seen: dict[int, float] = {}
        "Ports of the loopback cloud that somebody listens at, and since when that is known."

    # Entering ---------------------------------------------------------------------------------------------------------

    @deferred
    def input(self, work: Callable[[Cloud], T]) -> T:
        """Give the machine one input and carry out what it wants. NotFound once the cloud is closed."""
        with self._lock:
            if self.closed:
                raise NotFound("The cloud has been left.")
            try:
                return work(self.cloud.at(_now()))
            finally:
                endings = self._carry_out()
                self._finish(endings)

    def _carry_out(self) -> list[tuple[Callable[[Resolved], None], Resolved]]:
        """Under the lock: send; who has to be told of a result is told by the engine, without the lock."""
        outputs = self.cloud.take_outputs()
        endings = []
        for output in outputs:
            if isinstance(output, SendDatagram | MulticastSsdp | SendSsdp):
                if self._sockets is not None:
                    self._sockets.send(output)
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

    def look_around(self) -> None:
        """Greet everybody who may be there."""
        self.greet(self._may_listen())

    def greet(self, ports: Iterable[int]) -> None:
        """Begin conversations with processes of the loopback cloud."""
        wanted = set(ports)
        addresses = tuple(one for one in self.plan.range if one.port in wanted)
        if addresses:
            self.input(lambda cloud: cloud.join(addresses))

    def _listening(self) -> set[int]:
        """Ports of the loopback cloud that another process listens at, as far as the kernel says."""
        wanted = {one.port for one in self.plan.range}
        return (network.udp_ports_at_loopback() & wanted) - self._own_port if wanted else wanted

    def _may_listen(self) -> set[int]:
        """The ports at which somebody may listen: those the kernel names, or all where it names not even our own."""
        wanted = {one.port for one in self.plan.range}
        bound = network.udp_ports_at_loopback() if wanted else wanted
        return (bound & wanted if self._own_port <= bound else wanted) - self._own_port

    @property
    def _own_port(self) -> set[int]:
        return set() if self._sockets is None else {self._sockets.port}

    # Sockets ----------------------------------------------------------------------------------------------------------

    @deferred
    def start(self) -> None:
        """Open the machine, and have the engine read and keep time. Raises why the engine cannot start."""
        try:
            self._engine.ready()
        except BaseException:
            if self._sockets is not None:
                self._sockets.close()
            raise
        self.input(lambda cloud: cloud.open(self._local()))
        self._engine.post(self._start)

    def _local(self) -> tuple[Address, ...]:
        """Where this node listens: on a link at the one address it is bound to, if that is still there."""
        sockets = self._sockets
        if sockets is None:
            return ()
        found = (one.ip for one in self.plan.addresses() if sockets.ip in (None, one.ip))
        return tuple(Address(ip, sockets.port) for ip in found)

    def _start(self) -> None:
        nursery = self._engine.nursery
        assert nursery is not None
        self.opened = moment().elapsed
        self._read_all()
        for task in (self._run_timers, self._watch):
            nursery.start_soon(self._guarded, task)

    def _read_all(self) -> None:
        """On the loop: begin to read from the sockets there are."""
        sockets, nursery = self._sockets, self._engine.nursery
        assert nursery is not None
        if sockets is not None:
            nursery.start_soon(self._guarded, self._read, sockets.datagrams, self._received)
            for one in sockets.multicast:
                nursery.start_soon(self._guarded, self._read, one, self._ssdp_received)

    async def _guarded(self, task: Callable[..., Any], *args: object) -> None:
        """No task of one cloud may end the engine of all."""
        try:
            await task(*args)
        except NotFound:
            pass  # closed meanwhile
        except Exception as error:
            self._engine.report(error)

    async def _read(self, sock: socket.socket, take: Callable[[bytes, Address], None]) -> None:
        import trio

        pause = SHORTEST_PAUSE
        while not self.closed:
            try:
                data, where = sock.recvfrom(LARGEST_DATAGRAM)
            except BlockingIOError:
                try:
                    await trio.lowlevel.wait_readable(sock.fileno())
                except (trio.ClosedResourceError, ValueError, OSError):
                    return
                continue
            except OSError:
                if self.closed or sock.fileno() < 0:
                    return
                await trio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
                continue
            pause = SHORTEST_PAUSE
            take(data, Address.parse(where[0], where[1], where[3]))
            await trio.lowlevel.checkpoint()

    def waits_for_somebody(self) -> bool:
        """Whether there is a process in the loopback cloud that has not been heard yet, and may still be starting.
        One that has been silent for SILENT seconds is none of ours."""
        now = moment().elapsed
        listening = self._listening()
        self._heard &= listening
        self._seen = {port: self._seen.get(port, now) for port in listening}
        return any(port not in self._heard and now - since < SILENT for port, since in self._seen.items())

    def _received(self, data: bytes, source: Address) -> None:
        if self.plan.scope is Scope.LOOPBACK and source.port not in self._heard:
            self._heard.add(source.port)
            self.last_heard = moment().elapsed
        self.input(lambda cloud: cloud.received(data, source))

    def _ssdp_received(self, data: bytes, source: Address) -> None:
        sockets = self._sockets
        if sockets is not None and not sockets.is_own(source):
            self.input(lambda cloud: cloud.ssdp_received(data, source))

    def _move(self) -> None:
        """On the loop: a link whose address has gone or come gets other sockets."""
        if self._sockets is None or not self._local():
            try:
                fresh = self.plan.bind()
            except ServiceNotAvailable:
                return
            with self._lock:
                old, self._sockets = self._sockets, fresh
            self._shut(old)
            self._read_all()

    def _shut(self, sockets: CloudSockets | None) -> None:
        """On the loop: close sockets, and have those end who wait for them."""
        import trio

        if sockets is not None and sockets.datagrams.fileno() >= 0:
            for one in (sockets.datagrams, *sockets.multicast):
                trio.lowlevel.notify_closing(one.fileno())
            sockets.close()

    # Engine tasks -----------------------------------------------------------------------------------------------------

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
                self.input(lambda cloud: cloud.tick())

    def addresses_changed(self) -> None:
        """Look at the addresses of this machine: where it is found."""
        self.input(lambda cloud: cloud.addresses_changed(self._local()))

    async def _watch(self) -> None:
        """Look around while alone; notice other addresses of this machine."""
        import trio

        while not self.closed:
            if self.plan.scope is Scope.LOOPBACK:
                await trio.sleep(self._greetings.next_look())
                if not len(self.cloud.cache):
                    self.greet(self._greetings.due(self._may_listen(), moment().elapsed))
            else:
                await trio.sleep(self._pause())
                if self.plan.is_link and not self.closed:
                    self._move()
                self.addresses_changed()

    def _pause(self) -> float:
        if not self.plan.is_link:
            return ADDRESS_CHECK
        return LINK_CHECK if self.cloud.endpoints else NO_ADDRESS_CHECK

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

    @deferred
    def close(self) -> None:
        """Withdraw all names and leave. Not on the engine's thread."""
        self.input(lambda cloud: cloud.close())
        with self._lock:
            self.closed = True
        self._engine.call(self._close)

    def _close(self) -> None:
        self._set_alarm()
        self._shut(self._sockets)


def _now() -> Moment:
    return Moment(*moment())


def _check_chain(chain: bytes, cpa: Cpa, classifier: str | None, now: int) -> None:
    from peerapi.pnrp.chain import check_chain

    check_chain(chain, cpa, classifier, now)
