"""Answers to questions from the network, and the proof of an address that long ones wait for (decision P5)."""

from __future__ import annotations

from peerapi.address import Address
from peerapi.ring.probes import Probes
from peerapi.ring.refusal import Refusal
from peerapi.ring.state import RingState


class Replies:
    """What may be sent to whom who asks."""

    def __init__(self, state: RingState, probes: Probes) -> None:
        self._state = state
        self._probes = probes

    def reply(self, source: Address, question: bytes, answers: list[bytes], kind: str) -> None:
        """Answer, unless that is more than an unproved source may get: then the question waits for the proof."""
        state = self._state
        if state.amplification.allows(source, sum(map(len, answers)), state.now.elapsed):
            for answer in answers:
                state.transmit(source, answer, kind)
        else:
            self._probe(source, question)

    def proved(self, source: Address, question: bytes) -> bool:
        """Whether ``source`` is where it says; if not known, that is found out and ``question`` comes again."""
        if self._state.amplification.is_proved(source, self._state.now.elapsed):
            return True
        self._probe(source, question)
        return False

    def prove(self, source: Address) -> list[bytes]:
        """``source`` has answered something that only it can have read; the questions that have waited for this."""
        return self._state.amplification.prove(source, self._state.now.elapsed)

    def _probe(self, source: Address, question: bytes) -> None:
        self._state.counters.refuse(Refusal.AMPLIFICATION)
        if self._state.amplification.hold(source, question):
            self._probes.send(source)
        else:
            self._probes.again(source, self._state.now.elapsed)
