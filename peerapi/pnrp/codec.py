"""How a cloud's messages become datagrams: at once, for nothing of MS-PNRP is sealed but its CPAs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from peerapi.address import Address
from peerapi.pnrp.authority import AuthorityBuffer, fragments
from peerapi.pnrp.messages import encode
from peerapi.ring.authority import Answer
from peerapi.ring.message_values import Message


class PlainCodec:
    """``ring.codec.Codec`` without seals."""

    def seal(self, message: Message, address: Address, sealed: Callable[[bytes | None], None]) -> None:
        sealed(encode(message))

    def seal_all(self, messages: Sequence[Message], address: Address, sealed: Callable[[list[bytes]], None]) -> None:
        sealed([encode(message) for message in messages])

    def seal_answer(
        self, answer: Answer, message_id: int, acked: int, address: Address, sealed: Callable[[list[bytes]], None]
    ) -> None:
        sealed(fragments(AuthorityBuffer(*answer).encode(), message_id, acked))
