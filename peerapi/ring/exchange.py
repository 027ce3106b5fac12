"""The Pending List (MS-PNRP 3.1.1, 3.1.6.3; MC-DRT 3.1.6.2): messages that wait for their answer, and are sent
again without one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from peerapi.address import Address
from peerapi.ring.authority import Reassembly
from peerapi.ring.codec import Codec
from peerapi.ring.message_values import Message
from peerapi.ring.state import RingState

RETRANSMISSION_PERIOD = 1.0
RETRY_COUNT = 2
"Sent once, and once more after a second; given up after another (3.1.6.3)."
MOST_PENDING = 1024
LONGEST_SEALING = 15.0
"Seconds that sealing a message may take before it counts as not answered."


@dataclass(slots=True, eq=False)
class Exchange:
    """One message under way."""

    message: Any
    address: Address
    data: bytes
    "Empty until it is sealed."
    answered: Callable[[Any], None]
    "Called with the answer, after the exchange has left the list."
    failed: Callable[[], None]
    retries: int
    sent_at: float


class PendingList:
    """Messages by Message ID. An answer counts only when it comes from where the message was sent to."""

    def __init__(self, state: RingState, reassembly: Reassembly, codec: Codec) -> None:
        self._state = state
        self._codec = codec
        self._reassembly = reassembly
        self._exchanges: dict[int, Exchange] = {}

    def __len__(self) -> int:
        return len(self._exchanges)

    def new_id(self) -> int:
        """A Message ID nobody can guess: it is also the proof that its receiver's address is real."""
        while True:
            message_id = self._state.random.getrandbits(32)
            if message_id not in self._exchanges:
                return message_id

    def send(
        self,
        message: Message,
        address: Address,
        answered: Callable[[Any], None],
        failed: Callable[[], None],
    ) -> Exchange | None:
        """Send and wait. None, and nothing sent, when the list is full: ``failed`` is not called then."""
        if len(self._exchanges) >= MOST_PENDING:
            return None
        state = self._state
        exchange = Exchange(message, address, b"", answered, failed, RETRY_COUNT, state.now.elapsed)
        message_id = message.message_id
        self._exchanges[message_id] = exchange
        self._codec.seal(message, address, lambda data: self._sealed(exchange, data))
        if not exchange.data:
            key = ("retransmit", message_id)
            state.timers.set(key, state.now.elapsed + LONGEST_SEALING, lambda: self._lost(exchange))
        return exchange

    def _sealed(self, exchange: Exchange, data: bytes | None) -> None:
        """The message can leave, unless nobody waits for its answer any longer; None: it cannot be sealed."""
        state = self._state
        if self._exchanges.get(exchange.message.message_id) is not exchange:
            return
        if data is None:
            self._lost(exchange)
            return
        exchange.data = data
        exchange.sent_at = state.now.elapsed
        state.transmit(exchange.address, data, type(exchange.message).__name__)
        self._wait(exchange.message.message_id)

    def _lost(self, exchange: Exchange) -> None:
        self.finish(exchange)
        exchange.failed()

    def find(self, acked: int, source: Address) -> Exchange | None:
        exchange = self._exchanges.get(acked)
        if exchange is None or exchange.address.ip != source.ip or exchange.address.port != source.port:
            return None
        return exchange

    def finish(self, exchange: Exchange) -> None:
        """Answered, or no longer of interest."""
        message_id = exchange.message.message_id
        if self._exchanges.pop(message_id, None) is not None:
            self._state.timers.cancel(("retransmit", message_id))

    def repeat(self, exchange: Exchange) -> None:
        """Send a message that is under way once more, and wait for its answer anew."""
        state = self._state
        exchange.sent_at = state.now.elapsed
        state.transmit(exchange.address, exchange.data, type(exchange.message).__name__)
        self._wait(exchange.message.message_id)

    def clear(self) -> None:
        for exchange in list(self._exchanges.values()):
            self.finish(exchange)

    def _wait(self, message_id: int) -> None:
        state = self._state
        key = ("retransmit", message_id)
        state.timers.set(key, state.now.elapsed + RETRANSMISSION_PERIOD, lambda: self._expired(message_id))

    def _expired(self, message_id: int) -> None:
        exchange = self._exchanges[message_id]
        exchange.retries -= 1
        if exchange.retries > 0:
            self._state.transmit(exchange.address, exchange.data, type(exchange.message).__name__)
            self._wait(message_id)
            return
        del self._exchanges[message_id]
        self._reassembly.forget(message_id)
        exchange.failed()
