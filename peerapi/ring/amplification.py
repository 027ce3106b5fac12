"""Nobody can be made to flood a third party: a source that has not proved its address gets no more bytes than it sent.

An address is proved by an answer to something we sent there: Message IDs are 32 random bits that only the receiver
sees. For a question whose answer would be longer than the question, the node first sends a FLOOD of nothing (68 bytes),
which every node acknowledges, one that only resolves too (3.1.5.5), and takes up the held question when the ACK is
there. That FLOOD is the one thing that may be longer than what was sent: a bare SOLICIT has 36 bytes (decision P5).
"""

from __future__ import annotations

from collections import OrderedDict

from peerapi.address import Address

MOST_SOURCES = 4096
MOST_HELD = 256
HELD_PER_SOURCE = 4
CREDIT_LIFETIME = 30.0
PROOF_LIFETIME = 600.0
PROBES_PER_HOST = 4

Source = tuple[bytes, int]


class AmplificationLimit:
    """Bytes in and out per source, and questions that wait for a proof. Bounded whatever comes."""

    def __init__(self, probes_per_host: int = PROBES_PER_HOST) -> None:
        self._probes_per_host = probes_per_host
        self._proved: OrderedDict[Source, float] = OrderedDict()
        self._credit: OrderedDict[Source, tuple[int, float]] = OrderedDict()
        self._held: OrderedDict[Source, list[bytes]] = OrderedDict()
        self._held_count = 0

    def heard(self, source: Address, size: int, now: float) -> None:
        """``size`` bytes came from there."""
        if self.is_proved(source, now):
            return
        key = (source.ip, source.port)
        credit, since = self._credit.pop(key, (0, now))
        if now - since > CREDIT_LIFETIME:
            credit, since = 0, now
        self._credit[key] = (credit + size, since)
        if len(self._credit) > MOST_SOURCES:
            self._credit.popitem(last=False)

    def prove(self, source: Address, now: float) -> list[bytes]:
        """An answer came from there; the questions that waited for it."""
        key = (source.ip, source.port)
        self._proved[key] = now
        self._proved.move_to_end(key)
        self._credit.pop(key, None)
        if len(self._proved) > MOST_SOURCES:
            self._proved.popitem(last=False)
        held = self._held.pop(key, [])
        self._held_count -= len(held)
        return held

    def is_proved(self, source: Address, now: float) -> bool:
        key = (source.ip, source.port)
        since = self._proved.get(key)
        if since is None:
            return False
        if now - since > PROOF_LIFETIME:
            del self._proved[key]
            return False
        return True

    def allows(self, source: Address, size: int, now: float) -> bool:
        """Whether ``size`` bytes may go there; they count as sent when they may."""
        if self.is_proved(source, now):
            return True
        key = (source.ip, source.port)
        credit, since = self._credit.get(key, (0, now))
        if credit < size:
            return False
        self._credit[key] = (credit - size, since)
        return True

    def hold(self, source: Address, question: bytes) -> bool:
        """Keep a question until its source is proved. True when that source is to be asked for a proof now."""
        key = (source.ip, source.port)
        held = self._held.get(key)
        if held is None:
            if sum(1 for ip, _port in self._held if ip == source.ip) >= self._probes_per_host:
                return False
            while self._held_count >= MOST_HELD:
                self._held_count -= len(self._held.popitem(last=False)[1])
            self._held[key] = [question]
            self._held_count += 1
            return True
        if len(held) < HELD_PER_SOURCE and question not in held:
            held.append(question)
            self._held_count += 1
        return False

    def give_up(self, source: Address) -> None:
        """The proof did not come."""
        self._held_count -= len(self._held.pop((source.ip, source.port), ()))

    def give_up_all(self) -> None:
        """No proof is waited for any longer; whoever asks again is asked for one again."""
        self._held.clear()
        self._held_count = 0
