"""The holder's end of the connection to one program that shares its group."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections import Counter, deque
from collections.abc import Callable
from typing import Any

import peerapi.process as process
from peerapi.collab import local
from peerapi.collab.fields import Malformed, decode
from peerapi.engine.graphs.behind import Behind
from peerapi.engine.graphs.registrations import AnyEvent, Registration
from peerapi.engine.groups.group import Group
from peerapi.engine.sharing import performing
from peerapi.engine.sharing.missed import Missed
from peerapi.engine.sharing.threads import start
from peerapi.errors import InvalidArgument, PeerError, ServiceNotAvailable, Unexpected
from peerapi.graphing.events import EventType, IncomingData
from peerapi.log import Log
from peerapi.sharing import operations as ops
from peerapi.sharing import values
from peerapi.sharing.forms import MAX_FRAME

MOST_BEHIND = 16 << 20
"Bytes of events that wait for a program to read them. One that is that far behind is let go."
MOST_REGISTRATIONS = 1024
EVENT = 64
"Bytes that an event counts for, besides its data."
_PIECE = 1 << 16
_AT_ONCE = 4096
"Events in a frame, at most."
STATE = 0
"The number of the registration that has the program told of the group's state; no registration of a program has it."
_STATE_EVENTS = (EventType.STATUS_CHANGED, EventType.NEIGHBOR_CONNECTION, EventType.PROPERTY_CHANGED)
log = Log("sharing")


class _Line:
    """The queue of a registration, in the line of the port."""

    def __init__(self, port: Port, number: int, group: Group) -> None:
        self._port = port
        self._number = number
        self._database = group.driver.graph.database
        self.behind: Behind | None = None
        "As long as the program has not been told what it has missed."
        self.missed = Missed(0)

    def take_in(self, events: list[AnyEvent], _: bool) -> None:
        """The graph's lock is held."""
        is_behind = self.behind is not None and not self.behind.over
        seq = self.missed.seq if is_behind else self._database.last_seq
        self._port.queue(values.Told(self._number, seq, tuple(events)))


class _Registration(Registration):
    """A registration of the other program. The filter is that of any registration."""

    __slots__ = ("_end", "line")

    def __init__(self, port: Port, told: values.Registering, group: Group) -> None:
        wanted = {one.type: None if one.record_types is None else frozenset(one.record_types) for one in told.wanted}
        super().__init__(wanted, port.wake)
        self.line = _Line(port, told.number, group)
        self.queue = self.line  # type: ignore[assignment]
        self._end = port.end

    def ended(self) -> None:
        """The group is closed here; the program opens it itself, or finds who has."""
        self._end()


class Port:
    """One program, in one thread for its questions and one for its events."""

    def __init__(self, sock: socket.socket, group: Group, gone: Callable[[Any], None], refused: Counter[str]) -> None:
        """``refused`` counts why programs were let go."""
        self._refused = refused
        self._sock = sock
        self._group = group
        self._gone = gone
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        self._told: deque[values.Told] = deque()
        self._waiting = 0
        "Bytes of what is in it."
        self._news = threading.Event()
        self._ended = False
        self._greeted = False
        self._state: values.State | None = None
        self._registrations: dict[int, _Registration] = {}
        self._behind: dict[int, Behind] = {}
        "Those of them that have still to be told what they have missed."
        process.own(sock)

    def begin(self) -> None:
        """Serve it until one of the two ends it."""
        try:
            start("peerapi port", self._serve)
            start("peerapi events", self._tell)
        except PeerError as error:
            log.warning("a program cannot be served: %s", error)
            self.end()

    def end(self) -> None:
        """Close the connection; the threads come to their end."""
        self._ended = True
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        self._news.set()

    # Events -----------------------------------------------------------------------------------------------------------

    def queue(self, told: values.Told) -> None:
        """Have events sent; the graph's lock is held."""
        size = EVENT * len(told.events)
        size += sum(len(event.data) for event in told.events if type(event) is IncomingData)
        with self._lock:
            if self._ended:
                return
            self._waiting += size
            if self._waiting <= MOST_BEHIND:
                self._told.append(told)
                return
            self._told.clear()
        log.warning("a program that shares %s reads nothing; it is let go", self._group.name)
        self._refused["reads nothing"] += 1
        self.end()

    def wake(self) -> None:
        """There are events."""
        self._news.set()

    def _tell(self) -> None:
        while not self._ended:
            self._news.wait()
            self._news.clear()
            with contextlib.suppress(OSError), self._sending:
                self._send_told()

    def _send_told(self) -> None:
        """What waits, behind the state that it belongs to. Raises OSError."""
        while True:
            with self._lock:
                waiting, self._told = self._told, deque()
                self._waiting = 0
            self._send_state()
            if not waiting:
                return
            for told in waiting:
                for at in range(0, len(told.events), _AT_ONCE):
                    is_last = at + _AT_ONCE >= len(told.events)
                    piece = values.Told(told.number, told.seq if is_last else 0, told.events[at : at + _AT_ONCE])
                    if told.number != STATE:
                        self._sock.sendall(ops.told(ops.TOLD_EVENTS, piece), socket.MSG_NOSIGNAL)

    def _send_state(self) -> None:
        """Raises OSError."""
        state = performing.state(self._group)
        if state != self._state and self._greeted:
            self._state = state
            self._sock.sendall(ops.told(ops.TOLD_STATE, state), socket.MSG_NOSIGNAL)

    # Questions --------------------------------------------------------------------------------------------------------

    def _serve(self) -> None:
        frames = local.Frames(MAX_FRAME)
        try:
            while not self._ended:
                data = self._sock.recv(_PIECE)
                if not data:
                    break
                for frame in frames.feed(data):
                    self._answer(frame)
        except (OSError, Malformed) as error:
            self._refused["no question"] += isinstance(error, Malformed)
            if not self._ended:
                log.info("a program that shares %s: %s", self._group.name, error)
        finally:
            self.end()
            for number in list(self._registrations):
                self._forget(number)
            with self._sending:
                process.disown(self._sock)
            self._gone(self)

    def _answer(self, frame: local.Frame) -> None:
        """Raises Malformed, OSError. The events that follow from a question are sent before its answer."""
        operation = ops.OPERATIONS.get(frame.kind)
        if operation is None or (operation is not ops.GREET and not self._greeted):
            raise Malformed(f"{frame.kind} is the number of no operation")
        value = decode(operation.takes, frame.body)
        try:
            answer = local.answered(operation, frame.request, self._perform(operation, value))
        except PeerError as error:
            answer = local.refused(frame.request, error.hresult & 0xFFFFFFFF, str(error))
        except MemoryError:
            answer = local.refused(frame.request, 0x8007000E, "There is not enough memory.")
        except Exception as error:
            self._group.driver.report(error)
            answer = local.refused(frame.request, Unexpected.hresult, f"{type(error).__name__}: {error}")
        with self._sending:
            self._send_told()
            self._sock.sendall(answer, socket.MSG_NOSIGNAL)

    def _perform(self, operation: local.Operation[Any, Any], value: Any) -> Any:
        if operation is ops.GREET:
            return self._greet(value)
        if operation is ops.REGISTER:
            return self._register(value)
        if operation is ops.UNREGISTER:
            return self._forget(value) if value != STATE else None
        if operation is ops.MISSED:
            return self._catch_up(value)
        return performing.perform(operation, self._group, value)

    def _greet(self, greeting: values.Greeting) -> values.State:
        if greeting.version != ops.VERSION:
            raise ServiceNotAvailable(f"The group is open in a program that speaks version {ops.VERSION}.")
        if (greeting.identity, greeting.group) != (str(self._group.identity), str(self._group.name)):
            raise ServiceNotAvailable("Another group is open here.")
        wanted = tuple(values.Wanted(int(kind), None) for kind in _STATE_EVENTS)
        if not self._greeted:
            self._register(values.Registering(STATE, wanted, None))
        self._greeted = True
        self._state = performing.state(self._group)
        return self._state

    def _register(self, told: values.Registering) -> int:
        driver = self._group.driver
        if told.number in self._registrations:  # asked again by who has not heard the answer
            return told.since or 0
        if len(self._registrations) > MOST_REGISTRATIONS:
            raise InvalidArgument("That are more registrations than one program may have.")
        registration = _Registration(self, told, self._group)
        if told.since is None:
            latest = driver.register(registration)
            self._registrations[told.number] = registration
            return latest
        line = registration.line
        line.missed = Missed(told.since)
        behind = line.behind = self._behind[told.number] = Behind(registration, line.missed)
        driver.register(behind)
        self._registrations[told.number] = registration
        return told.since

    def _catch_up(self, number: int) -> bool:
        """Put the next piece of what a registration has missed in line; whether there is more of it."""
        behind = self._behind.get(number)
        if behind is None:
            return False
        if self._group.driver.catch_up(behind):
            return True
        del self._behind[number]
        return False

    def _forget(self, number: int) -> None:
        for registration in (self._behind.pop(number, None), self._registrations.pop(number, None)):
            if registration is not None:
                self._group.driver.unregister(registration)
