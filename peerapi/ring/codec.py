"""How messages become datagrams: what differs between the rings, and may take time where a provider seals them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from peerapi.address import Address
from peerapi.ring.authority import Answer
from peerapi.ring.message_values import Message


class Codec(Protocol):
    """The bytes of messages to somebody. Each method calls what it was given, at once or later, or never when the one
    who should seal has failed; only ``seal`` says that, with None, and
    not before it has returned."""

    def seal(self, message: Message, address: Address, sealed: Callable[[bytes | None], None]) -> None:
        """One message."""

    def seal_all(self, messages: Sequence[Message], address: Address, sealed: Callable[[list[bytes]], None]) -> None:
        """Messages that belong together, without an AUTHORITY."""

    def seal_answer(
        self, answer: Answer, message_id: int, acked: int, address: Address, sealed: Callable[[list[bytes]], None]
    ) -> None:
        """The AUTHORITY messages of an answer."""
