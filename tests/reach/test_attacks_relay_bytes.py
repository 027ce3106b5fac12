"""A hostile relay: flipping, repeating, reordering, cutting, injecting, and another node in the place of the callee.

Each works without the one check that stops it. ``make hostile-relay`` does each a thousand times.
"""

from __future__ import annotations

import pytest

from peerapi.reach import envelope, seat
from peerapi.reach.refusal import Refusal
from tests.reach.hostile import CHANGES, Change, attacked, is_harmless, swapped

RUNS = 12


class NoEnvelope:
    """What a link would be without TLS between the nodes."""

    ready = True
    certificate = b""

    def start(self) -> bytes:
        return b"hello"

    def handshake(self, data: bytes) -> bytes:
        return b"" if data == b"welcome" else b"welcome"

    def encrypt(self, plain: bytes) -> bytes:
        return plain

    def decrypt(self, data: bytes) -> bytes:
        return data


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_attack_the_relay_changes_what_goes_through_it(change: Change, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(envelope, "calling", NoEnvelope)
        patch.setattr(envelope, "answering", lambda context: NoEnvelope())
        patch.setattr(envelope, "check_callee", lambda certificate, address: None)
        outcome = attacked(change, 1)
        assert outcome.refused is None
        assert not outcome.sent.startswith(outcome.got)  # something that nobody has sent was taken
        assert b"record 3" in outcome.seen  # and all could be read
    for seed in range(RUNS):
        assert is_harmless(attacked(change, seed))


def test_attack_another_node_answers_in_the_place_of_the_callee(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(seat, "proves", lambda *_: True)
        caller, impostor = swapped(1)
        assert caller.machine.done
        caller.send(b"for the real one")
        impostor.step()
        assert impostor.got == b"for the real one"
    caller, impostor = swapped(1)
    assert caller.refused is not None
    assert caller.refused.reason is Refusal.CALLEE
    assert impostor.got == b""
