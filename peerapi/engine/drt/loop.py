"""What the engine's thread does for one node of a table: read its socket, keep its time, watch addresses."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from peerapi.address import Address
from peerapi.engine.runtime import Engine, moment

if TYPE_CHECKING:
    import trio

LARGEST_DATAGRAM = 65536
ADDRESS_CHECK = 10.0
"Seconds between two looks at the addresses of this machine."
SHORTEST_PAUSE, LONGEST_PAUSE = 0.01, 1.0
"Seconds until a socket that cannot be read is tried again: twice as many each time."


class Loop:
    """The engine's tasks of one node."""

    def __init__(
        self,
        engine: Engine,
        sock: socket.socket,
        received: Callable[[bytes, Address], None],
        tick: Callable[[], None],
        following: Callable[[], float | None],
        look: Callable[[], None],
        lost: Callable[[], None],
    ) -> None:
        """``following``: when ``tick`` is due next, on the elapsed clock; ``look`` is called now and then, ``lost``
        when there is no socket any longer."""
        self._engine = engine
        self._socket = sock
        self._received = received
        self._tick = tick
        self._following = following
        self._look = look
        self._lost = lost
        self._closed = False
        self._started = False
        self._sleep: trio.CancelScope | None = None
        self._all: trio.CancelScope | None = None

    def start(self) -> None:
        """The engine runs."""
        self._started = True
        self._engine.post(self._start)

    def _start(self) -> None:
        nursery = self._engine.nursery
        assert nursery is not None
        nursery.start_soon(self._run)

    async def _run(self) -> None:
        import trio

        with trio.CancelScope() as self._all:
            if self._closed:
                return
            async with trio.open_nursery() as nursery:
                for task in (self._read, self._keep_time, self._watch):
                    nursery.start_soon(self._guarded, task)

    async def _guarded(self, task: Callable[[], Any]) -> None:
        """No task of one node may end the engine of all."""
        try:
            await task()
        except Exception as error:
            self._engine.report(error)

    async def _read(self) -> None:
        import trio

        sock, pause = self._socket, SHORTEST_PAUSE
        while not self._closed:
            try:
                data, where = sock.recvfrom(LARGEST_DATAGRAM)
            except BlockingIOError:
                await trio.lowlevel.wait_readable(sock)
                continue
            except OSError as error:
                if error.errno in (errno.EBADF, errno.ENOTSOCK):
                    if not self._closed:
                        self._lost()
                    return
                await trio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
                continue
            pause = SHORTEST_PAUSE
            self._received(data, Address.parse(where[0], where[1], where[3]))
            await trio.lowlevel.checkpoint()

    async def _keep_time(self) -> None:
        import trio

        while not self._closed:
            with trio.CancelScope() as self._sleep:
                self._set()
                await trio.sleep_forever()
            self._sleep = None
            if not self._closed:
                self._tick()

    def set_alarm(self) -> None:
        """Of any thread: what is due next may be another time."""
        if self._engine.on_loop():
            self._set()
        elif self._started:
            self._engine.post(self._set)

    def _set(self) -> None:
        if self._sleep is not None:
            import trio

            following = self._following()
            wait = float("inf") if following is None else max(0.0, following - moment().elapsed)
            self._sleep.deadline = trio.current_time() + wait

    async def _watch(self) -> None:
        import trio

        while not self._closed:
            await trio.sleep(ADDRESS_CHECK)
            self._look()

    def close(self) -> None:
        """Of any thread: nothing is read any longer when this returns."""
        self._closed = True
        if self._engine.on_loop():
            self._cancel()
        else:
            self._engine.call(self._cancel)

    def _cancel(self) -> None:
        if self._all is not None:
            self._all.cancel()
