"""Questions answered that need no proof: LOOKUP, and FLOODs acknowledged (MS-PNRP and MC-DRT 3.2.5.2, 3.2.5.5)."""

from __future__ import annotations

from peerapi.address import Address
from peerapi.ring import ids
from peerapi.ring.authority import Answer
from peerapi.ring.cache import Entry, closer
from peerapi.ring.codec import Codec
from peerapi.ring.exchange import PendingList
from peerapi.ring.intake import Intake
from peerapi.ring.message_values import Ack, Flood, Lookup
from peerapi.ring.rate_limit import RateLimit
from peerapi.ring.refusal import Refusal
from peerapi.ring.replies import Replies
from peerapi.ring.route_entry import RouteEntry
from peerapi.ring.state import RingState

CANDIDATES = 3
"Among so many of the closest entries the answer to a LOOKUP is drawn."
LOOKUPS_PER_SECOND = 500
"Above it a LOOKUP is answered with the B flag."


class Answering:
    """What is said to those who look for something."""

    def __init__(self, state: RingState, pending: PendingList, codec: Codec, replies: Replies, intake: Intake) -> None:
        self._state = state
        self._pending = pending
        self._codec = codec
        self._replies = replies
        self._intake = intake
        self._lookups = RateLimit(LOOKUPS_PER_SECOND)

    def on_lookup(self, message: Lookup, source: Address, data: bytes) -> None:
        state = self._state
        if message.route is not None:
            self._intake.offer(message.route, source)
        if not self._lookups.allows(state.now.elapsed, state.party_of(source)):
            state.counters.refuse(Refusal.BUSY)
            self.answer(Answer(busy=True), message.message_id, source, data)
            return
        not_local = message.validate != 0 and not state.local.holds(message.validate)
        path = {(address.ip, address.port) for address in message.path}
        path.add((source.ip, source.port))
        limit = None if message.accept_farther or not message.validate else message.validate
        local = self._closest_local(message, path, not_local)
        remote = self._closest_remote(message.target, path, limit)
        suspicious = remote is None and bool(state.cache.leaf_centers(message.target))
        best = local
        if remote is not None and (local is None or closer(remote.route.id, local.id, message.target)):
            best = remote.route
        answer = Answer(not_found=not_local, leaf_set=suspicious, route=best)
        self.answer(answer, message.message_id, source, data)

    def _closest_local(self, message: Lookup, path: set[tuple[bytes, int]], not_local: bool) -> RouteEntry | None:
        state = self._state
        if any((endpoint.ip, endpoint.port) in path for endpoint in state.endpoints):
            return None
        nearest = min(state.local.ids, key=lambda id: ids.distance(id, message.target), default=None)
        if nearest is None:
            return None
        if not not_local and message.validate and not closer(nearest, message.validate, message.target):
            return None
        return state.own_route(nearest)

    def _closest_remote(self, target: int, path: set[tuple[bytes, int]], limit: int | None) -> Entry | None:
        """One of the closest, by lot: odds fall as the distance grows, so the holder of the target always wins."""
        found: list[Entry] = []
        gaps: list[int] = []
        farthest = ids.distance(limit, target) if limit is not None else ids.RING
        for entry in self._state.cache.near(target):
            gap = ids.distance(entry.route.id, target)
            if gap >= farthest:
                break
            if entry.doubted or any((ip, entry.route.port) in path for ip in entry.route.addresses):
                continue
            found.append(entry)
            gaps.append(gap)
            if len(found) == CANDIDATES:
                break
        if len(found) < 2:
            return found[0] if found else None
        nearest = max(gaps[0], 1)
        weights = [(nearest << 20) // max(gap, 1) for gap in gaps]
        return self._state.random.choices(found, weights)[0]

    def answer(self, answer: Answer, acked: int, source: Address, question: bytes) -> None:
        """Send ``answer`` to the one who has sent ``question``, unless that is more than it may get."""
        self._codec.seal_answer(
            answer,
            self._pending.new_id(),
            acked,
            source,
            lambda datagrams: self._replies.reply(source, question, datagrams, "Authority"),
        )

    def on_flood(self, message: Flood, source: Address, data: bytes) -> None:
        """Acknowledge it, and look into the entry it tells of; its revocation is left to the caller."""
        state = self._state
        if not message.no_ack:
            not_found = message.validate != 0 and not state.local.holds(message.validate)
            ack = Ack(self._pending.new_id(), message.message_id, not_found)
            self._codec.seal_all([ack], source, lambda datagrams: self._replies.reply(source, data, datagrams, "Ack"))
        if message.route is not None:
            self._intake.offer(message.route, source, message)
