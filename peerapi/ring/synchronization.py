"""Synchronization conversations (MS-PNRP 3.1.4.3, 3.1.5.3, 3.2.5.3, 3.2.5.4): the first route entries of a new node.

SOLICIT with the hash of a nonce -> ADVERTISE with some PNRP IDs -> REQUEST with the nonce itself -> ACK, and a FLOOD
for each.
"""

from __future__ import annotations

import hashlib
from collections import Counter, OrderedDict
from typing import NamedTuple

from peerapi.address import Address
from peerapi.ring.codec import Codec
from peerapi.ring.exchange import PendingList
from peerapi.ring.intake import Intake
from peerapi.ring.known_endpoints import KnownEndpoints
from peerapi.ring.message_values import Ack, Advertise, Flood, Message, Request, Solicit, SolicitType
from peerapi.ring.refusal import Refusal
from peerapi.ring.replies import Replies
from peerapi.ring.state import RingState

ADVERTISED = 5
"PNRP IDs in an ADVERTISE."
MOST_REQUESTED = 32
"PNRP IDs of one ADVERTISE that are asked for."
MOST_CONVERSATIONS = 64
CONVERSATIONS_OF_ONE = MOST_CONVERSATIONS // 2
"Conversations with one party; others shall have room, too."
CONVERSATION_TIMEOUT = 15.0
MOST_BEGUN_AGAIN = 3
"Conversations with one node in a row of which nothing has come."
EXPECTED = 2.0
"Seconds in which the FLOODs after a REQUEST come, and show whether they are true."

Key = tuple[bytes, int, bytes]
"Address, port and hashed nonce of the other side."


class Conversation(NamedTuple):
    """What was offered to somebody who has sent a SOLICIT."""

    offered: frozenset[int]
    validate: int


class Synchronization:
    """Both sides of the conversation."""

    def __init__(
        self,
        state: RingState,
        pending: PendingList,
        codec: Codec,
        replies: Replies,
        intake: Intake,
        known: KnownEndpoints,
    ) -> None:
        self._state = state
        self._codec = codec
        self._pending = pending
        self._replies = replies
        self._intake = intake
        self._known = known
        self._conversations: OrderedDict[Key, Conversation] = OrderedDict()
        self._asked: set[tuple[bytes, int]] = set()
        self._requested_at = -EXPECTED

    def __len__(self) -> int:
        return len(self._conversations)

    def clear(self) -> None:
        self._conversations.clear()
        self._asked.clear()
        self._requested_at = -EXPECTED

    # The node that asks -----------------------------------------------------------------------------------------------

    def solicit(self, address: Address, *, begun_again: int = 0) -> None:
        """Begin a conversation, unless one with that node is under way. ``begun_again``: how often it was already."""
        state = self._state
        key = (address.ip, address.port)
        if key in self._asked or any(key == (own.ip, own.port) for own in state.endpoints):
            return
        nonce = state.new_nonce()
        own = state.local.ids
        route = state.own_route(own[0]) if own else None
        message = Solicit(self._pending.new_id(), hashlib.sha1(nonce).digest(), route, SolicitType.ANY)
        exchange = self._pending.send(
            message,
            address,
            lambda answer: self._advertised(address, message, nonce, answer, begun_again),
            lambda: self._unanswered(key),
        )
        if exchange is not None:
            self._asked.add(key)

    def expects(self, now: float) -> bool:
        """Whether somebody who was asked may yet tell of an ID."""
        return bool(self._asked) or now < self._requested_at + EXPECTED

    def _unanswered(self, key: tuple[bytes, int]) -> None:
        self._asked.discard(key)

    def _advertised(
        self, address: Address, solicit: Solicit, nonce: bytes, answer: Advertise, begun_again: int
    ) -> None:
        state = self._state
        self._asked.discard((address.ip, address.port))
        if answer.hashed_nonce != solicit.hashed_nonce:
            state.counters.refuse(Refusal.CONVERSATION)
            return
        self._known.remember(address)
        wanted = [id for id in answer.ids if id not in state.cache and not state.local.holds(id)][:MOST_REQUESTED]
        if wanted:
            self._requested_at = state.now.elapsed
            request = Request(self._pending.new_id(), nonce, tuple(wanted))
            self._pending.send(request, address, lambda ack: None, lambda: self._not_acknowledged(address, begun_again))

    def _not_acknowledged(self, address: Address, begun_again: int) -> None:
        """The node there has answered, but has not told of anybody: as long as nobody else is known it is asked again.

        The other side has ended the conversation if only its answers are lost, so another one begins.
        """
        if not len(self._state.cache) and self._state.endpoints and begun_again < MOST_BEGUN_AGAIN:
            self.solicit(address, begun_again=begun_again + 1)

    # The node that is asked -------------------------------------------------------------------------------------------

    def on_solicit(self, message: Solicit, source: Address, data: bytes) -> None:
        state = self._state
        if not self._replies.proved(source, data):
            return
        key = (source.ip, source.port, message.hashed_nonce)
        offered: list[int] = []
        if key in self._conversations or self._has_room(state.party_of(source)):
            if message.kind is not SolicitType.LOCAL:
                offered = state.cache.spread(ADVERTISED)
            if len(offered) < ADVERTISED:
                offered += state.local.ids[: ADVERTISED - len(offered)]
            self._conversations[key] = Conversation(frozenset(offered), message.route.id if message.route else 0)
            state.timers.set(
                ("conversation", key), state.now.elapsed + CONVERSATION_TIMEOUT, lambda: self._expired(key)
            )
        else:
            state.counters.refuse(Refusal.BUSY)
        answer = Advertise(self._pending.new_id(), message.message_id, tuple(offered), message.hashed_nonce)
        self._codec.seal_all(
            [answer], source, lambda datagrams: self._replies.reply(source, data, datagrams, "Advertise")
        )
        if message.route is not None:
            self._intake.offer(message.route, source)

    def _has_room(self, party: bytes) -> bool:
        """Whether there is one for ``party``. When all are taken, who has most gives its oldest to who has fewer."""
        state = self._state
        parties = {key: state.party_of(Address(*key[:2])) for key in self._conversations}
        shares = Counter(parties.values())
        if shares[party] >= CONVERSATIONS_OF_ONE or len(parties) < MOST_CONVERSATIONS:
            return shares[party] < CONVERSATIONS_OF_ONE
        busiest, most = shares.most_common(1)[0]
        if most <= shares[party] + 1:
            return False
        gone = next(key for key, one in parties.items() if one == busiest)
        state.timers.cancel(("conversation", gone))
        self._expired(gone)
        state.counters.refuse(Refusal.BUSY)
        return True

    def _expired(self, key: Key) -> None:
        self._conversations.pop(key, None)

    def on_request(self, message: Request, source: Address, data: bytes) -> None:
        state = self._state
        key = (source.ip, source.port, hashlib.sha1(message.nonce).digest())
        conversation = self._conversations.get(key)
        if conversation is None or not self._replies.proved(source, data):
            state.counters.refuse(Refusal.CONVERSATION)
            return
        del self._conversations[key]
        state.timers.cancel(("conversation", key))
        answers: list[Message] = [Ack(self._pending.new_id(), message.message_id)]
        for id in dict.fromkeys(message.ids):
            entry = state.cache.get(id)
            route = entry.route if entry else state.own_route(id) if state.local.holds(id) else None
            if route is not None and id in conversation.offered:
                answers.append(Flood(self._pending.new_id(), conversation.validate, route, no_ack=True))
        self._codec.seal_all(answers, source, lambda datagrams: self._replies.reply(source, data, datagrams, "Flood"))
