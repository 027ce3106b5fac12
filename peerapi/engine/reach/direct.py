"""The sockets of a search for a direct connection (``reach.direct``): one port is shared by the connection to the
relay, by a socket that listens, and by all that are dialed, since a router has just let that port out."""

from __future__ import annotations

import contextlib
import math
import os
import socket
from typing import TYPE_CHECKING

import peerapi.process as process
from peerapi.address import Address
from peerapi.engine.reach import expected, shared_port, standing
from peerapi.engine.reach.sockets import read
from peerapi.engine.runtime import moment
from peerapi.log import Log
from peerapi.reach.call import Call
from peerapi.reach.direct import Chosen, Close, Dial, Failed, Output, Send
from peerapi.reach.refusal import Refusal, Refused

if TYPE_CHECKING:
    import trio

READ = 16 << 10
log = Log("engine.reach")


class Search:
    """One end of it, from the moment at which the envelope stands."""

    def __init__(self, call: Call, relayed: socket.socket, listening: socket.socket | None) -> None:
        """``listening``: at the port of ``relayed``. Both are closed when they are not needed any more."""
        import trio

        assert call.negotiation is not None
        self._call = call
        self._negotiation = call.negotiation
        self._relayed = relayed
        self._listening = listening
        self._port: int = relayed.getsockname()[1]
        self._sockets: dict[int, socket.socket] = {}
        self._scopes: dict[int, trio.CancelScope] = {}
        self._greeting: bytes | None = None
        self._nursery: trio.Nursery | None = None
        self._changed = trio.Event()
        self._chosen: Chosen | None = None
        self._error: Refused | None = None

    async def run(self) -> socket.socket:
        """Task: the socket of the connection that the call goes on with. Raises Refused."""
        import trio

        kept: socket.socket | None = None
        try:
            async with trio.open_nursery() as self._nursery:
                self._nursery.start_soon(self._read_relayed)
                if self._listening is not None:
                    self._nursery.start_soon(self._accept, self._listening)
                await self._wait()
                self._nursery.cancel_scope.cancel()
            if self._error is not None:
                raise self._error
            assert self._chosen is not None
            number = self._chosen.number
            kept = self._relayed if number is None else self._sockets.pop(number)
            return kept
        finally:
            if self._greeting is not None:
                expected.forget(self._greeting)
            for sock in (self._relayed, self._listening, *self._sockets.values()):
                if sock is not None and sock is not kept:
                    process.disown(sock)

    async def _wait(self) -> None:
        """Until the machine has chosen, giving it its time."""
        import trio

        while True:
            self._changed = trio.Event()
            self._carry()
            if self._chosen is not None or self._error is not None:
                return
            following = self._negotiation.timers.next
            with trio.move_on_after(math.inf if following is None else max(0.0, following - moment().elapsed)):
                await self._changed.wait()
            self._negotiation.tick(moment().elapsed)

    def _carry(self) -> None:
        """Do what the machine wants."""
        try:
            said, outputs = self._call.carry()
        except Refused as error:
            self._fail(error)
            return
        if said:
            self._send_relayed(said)
        for output in outputs:
            self._do(output)
        if self._greeting is None and self._negotiation.expected is not None and not self._negotiation.over:
            self._greeting = self._negotiation.expected
            expected.expect(self._greeting, self._handed_over)
        if self._negotiation.replaced:
            replaced, self._negotiation.replaced = self._negotiation.replaced, []
            standing.replace(replaced)
        self._changed.set()

    def _do(self, output: Output) -> None:
        assert self._nursery is not None
        match output:
            case Dial(number, address):
                self._nursery.start_soon(self._dial, number, address)
            case Send(number, data):
                self._send(number, data)
            case Close(number):
                self._close(number)
            case Chosen():
                self._chosen = output
            case Failed(why):
                self._fail(Refused(Refusal.LEG, why))

    def _fail(self, error: Refused) -> None:
        self._error = self._error or error
        self._changed.set()

    # The relayed connection -------------------------------------------------------------------------------------------

    async def _read_relayed(self) -> None:
        while not self._call.done:
            try:
                data = await read(self._relayed)
            except OSError:
                data = b""
            if not data:
                self._negotiation.relay_lost(moment().elapsed)
                self._carry()
                return
            try:
                self._send_relayed(self._call.receive(data, moment().elapsed))
            except Refused as error:
                self._fail(error)
                return
            self._carry()

    def _send_relayed(self, data: bytes) -> None:
        """A few hundred bytes: who takes none of them is gone."""
        if not data:
            return
        try:
            whole = self._relayed.send(data, socket.MSG_NOSIGNAL) == len(data)
        except OSError:
            whole = False
        if not whole:
            with contextlib.suppress(OSError):
                self._relayed.shutdown(socket.SHUT_RDWR)

    # Direct ones ------------------------------------------------------------------------------------------------------

    async def _dial(self, number: int, address: Address) -> None:
        import trio

        with trio.CancelScope() as scope:
            self._scopes[number] = scope
            try:
                sock = await shared_port.dial(address, self._port)
            except OSError as error:
                log.info("no direct connection to %s: %s", address, os.strerror(error.errno or 0))
                self._negotiation.lost(number, moment().elapsed)
                self._carry()
                return
            self._has(number, sock)
            self._negotiation.connected(number, moment().elapsed)
            self._carry()
            await self._read(number, sock)

    async def _accept(self, listening: socket.socket) -> None:
        import trio

        while True:
            try:
                sock, _ = listening.accept()
            except BlockingIOError:
                await trio.lowlevel.wait_readable(listening)
                continue
            except OSError:
                return
            self._handed_over(sock, b"")

    def _handed_over(self, sock: socket.socket, first: bytes) -> None:
        """A connection that somebody has made to this machine; it is ours from now on."""
        number = self._negotiation.accepted(moment().elapsed)
        if number is None or self._nursery is None:
            sock.close()
            return
        sock.setblocking(False)
        self._has(number, sock)
        self._carry()
        self._nursery.start_soon(self._read_accepted, number, sock, first)

    async def _read_accepted(self, number: int, sock: socket.socket, first: bytes) -> None:
        import trio

        with trio.CancelScope() as scope:
            self._scopes[number] = scope
            if first:
                self._negotiation.received(number, first, moment().elapsed)
                self._carry()
            await self._read(number, sock)

    def _has(self, number: int, sock: socket.socket) -> None:
        process.own(sock)
        self._sockets[number] = sock

    async def _read(self, number: int, sock: socket.socket) -> None:
        import trio

        while self._chosen is None and self._sockets.get(number) is sock:
            try:
                data = sock.recv(READ)
            except BlockingIOError:
                await trio.lowlevel.wait_readable(sock)
                continue
            except OSError:
                data = b""
            if not data:
                self._negotiation.lost(number, moment().elapsed)
                self._carry()
                return
            self._negotiation.received(number, data, moment().elapsed)
            self._carry()

    def _send(self, number: int, data: bytes) -> None:
        sock = self._sockets.get(number)
        if sock is None:
            return
        try:
            whole = sock.send(data, socket.MSG_NOSIGNAL) == len(data)
        except OSError:
            whole = False
        if not whole:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _close(self, number: int) -> None:
        import trio

        sock = self._sockets.pop(number, None)
        if sock is not None:
            trio.lowlevel.notify_closing(sock)
            process.disown(sock)
        scope = self._scopes.pop(number, None)
        if scope is not None:
            scope.cancel()
