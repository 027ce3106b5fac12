"""One TCP connection to another host: encryption around a ``Conversation``, and the tasks that read and write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import trio

from peerapi.address import Address
from peerapi.collab.contact_xml import proved_name
from peerapi.collab.conversation import Answered, Broken, Came, Conversation, Ended, Greeted, Left, Rings, Told
from peerapi.collab.wire import Hello
from peerapi.engine.runtime import moment
from peerapi.grouping.channel import Channel, ChannelFailed
from peerapi.identity import pkcs7
from peerapi.identity.der import Malformed
from peerapi.log import Log

HANDSHAKE = 10.0
"Seconds until both sides have said HELLO."
IDLE = 30.0
"Seconds without any request after which who has called ends the connection."
GIVEN_UP = 3
"So often as long, after which who was called ends it: who has called should have."
PING = 60.0
MOST_BEHIND = 4 << 20
"Bytes that wait for the other side to take them."
_PIECE = 1 << 16
_FAULTS = (trio.BrokenResourceError, trio.ClosedResourceError, ChannelFailed, Broken, Malformed)
log = Log("host")


class Request(Protocol):
    """Who waits for the answers to a request."""

    def told(self, what: Told) -> None: ...
    def lost(self, polite: bool) -> None:
        """The connection has ended. ``polite``: the other side has said goodbye."""


class Link:
    """A connection; ``peer_name`` and ``remote`` are set when it is ``ready``."""

    def __init__(
        self,
        stream: trio.abc.Stream,
        address: Address,
        channel: Channel,
        converse: Callable[[Link], Conversation],
        incoming: Callable[[Link, Told], None],
        *,
        outgoing: bool,
        by_relay: bool = False,
    ) -> None:
        """``converse`` is called when the key of the other side is proved; ``incoming`` with what it asks of us."""
        self.address = address
        "Of the other end of the connection; for an outgoing one that which was called."
        self.outgoing = outgoing
        self.by_relay = by_relay
        "It came about by a call through a relay: where the other end is has been said by others."
        self.peer_name = ""
        self.credentials = b""
        "PKCS #7 of the proved certificate."
        self.conversation: Conversation | None = None
        self.remote: Hello | None = None
        self.ready = trio.Event()
        self.ended = trio.Event()
        self.polite = False
        self.requests: dict[int, Request] = {}
        self._stream = stream
        self._channel = channel
        self._converse = converse
        self._incoming = incoming
        self._behind = bytearray()
        self._more = trio.Event()
        self._scope = trio.CancelScope()

    async def run(self) -> None:
        """Until it ends."""
        try:
            with self._scope:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self._write)
                    nursery.start_soon(self._watch_time)
                    try:
                        await self._read()
                    except _FAULTS as error:
                        log.info("%s: %s", self.address, error)
                    except Exception as error:  # a fault of ours ends this connection, and not the host of everybody
                        log.error("%s: %s: %s", self.address, type(error).__name__, error)
                    nursery.cancel_scope.cancel()
        finally:
            self.ended.set()
            with trio.CancelScope(shield=True):
                await trio.aclose_forcefully(self._stream)
            for request in list(self.requests.values()):
                request.lost(self.polite)

    async def _read(self) -> None:
        if self.outgoing:
            self._queue(self._channel.start())
        while True:
            data = await self._stream.receive_some(_PIECE)
            if not data:
                return
            out, packets = self._channel.receive(bytes(data))
            self._queue(out)
            if self._channel.ready and self.conversation is None:
                self._prove()
            if self.conversation is not None and packets:
                self.conversation.received(b"".join(packets))
                self.carry_out()
            if self.polite:
                return

    def _prove(self) -> None:
        """Who is at the other end: the holder of the certificate's key, under the name that was made from it."""
        self.credentials = pkcs7.encode([self._channel.remote])
        self.peer_name = str(proved_name(self.credentials, moment().utc))
        self._channel.proved()
        self.conversation = self._converse(self)
        self.flush()

    def carry_out(self) -> None:
        """Hand on what has happened, and send what has to be sent."""
        assert self.conversation is not None
        told, self.conversation.told = self.conversation.told, []
        for one in told:
            match one:
                case Greeted(hello):
                    self.remote = hello
                    self.ready.set()
                case Left():
                    self.polite = True
                case Came() | Ended() | Rings() | Answered():
                    request = self.requests.get(one.request)
                    if request is not None:
                        request.told(one)
                case _:
                    self._incoming(self, one)
        self.flush()

    def flush(self) -> None:
        """Send what the conversation wants to say."""
        if self.conversation is not None:
            data = self.conversation.take_out()
            if data and not self.ended.is_set():
                try:
                    self._queue(self._channel.seal(data))
                except _FAULTS as error:
                    log.info("%s: %s", self.address, error)
                    self.give_up()

    def tell(self, change: Callable[[Conversation], None]) -> None:
        """Have the conversation know of something that has changed here. What it says of that cannot be read, perhaps,
        just now: then this connection ends, and the other side asks anew."""
        if self.conversation is not None:
            try:
                change(self.conversation)
            except Exception as error:
                log.error("%s: %s: %s", self.address, type(error).__name__, error)
                self.give_up()
            self.flush()

    def end(self) -> None:
        """Say goodbye."""
        if self.conversation is not None:
            self.conversation.bye()
            self.flush()

    def give_up(self) -> None:
        """End it without a word."""
        self._scope.cancel()

    def _queue(self, data: bytes) -> None:
        self._behind += data
        if len(self._behind) > MOST_BEHIND:
            raise Broken("the other side reads nothing")
        self._more.set()

    async def _write(self) -> None:
        while True:
            await self._more.wait()
            self._more = trio.Event()
            while self._behind:
                data = bytes(self._behind)
                self._behind.clear()
                try:
                    await self._stream.send_all(data)
                except (trio.BrokenResourceError, trio.ClosedResourceError):
                    return

    async def _watch_time(self) -> None:
        with trio.move_on_after(HANDSHAKE):
            await self.ready.wait()
        if not self.ready.is_set():
            self.give_up()
            return
        assert self.conversation is not None
        silent, idle = 0.0, 0
        while True:
            await trio.sleep(IDLE)
            idle = idle + 1 if self.conversation.is_idle else 0
            if not idle:
                silent += IDLE
                if silent >= PING:
                    silent = 0.0
                    if not self.conversation.ping():
                        self.give_up()
                        return
                    self.flush()
            elif self.outgoing or idle >= GIVEN_UP:
                self.end()
                await trio.sleep(1)
                self.give_up()
                return
