"""What forged sources cost and bring: amplification, signatures, shares of what is bounded."""

from __future__ import annotations

from itertools import count

import pytest

from peerapi.address import Address
from peerapi.pnrp.messages import Ack, Advertise, Authority, Flood, Inquire, Solicit, SolicitType
from peerapi.pnrp.state import CloudState
from peerapi.ring.refusal import Refusal
from peerapi.ring.scope import Scope
from peerapi.ring.synchronization import MOST_CONVERSATIONS, Synchronization
from tests.pnrp.bench import STRANGER, VICTIM, Bench, Peer, buffer_of, only
from tests.pnrp.forged import NONCE, questions


def test_a_revocation_of_somebody_unknown_costs_no_signature_check(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    checks: list[object] = []
    monkeypatch.setattr(bench.cloud.proofs, "_verify", lambda *arguments: checks.append(arguments))
    bench.put(Flood(5, bench.id, None, Peer(10).revocation()))
    assert checks == []


def test_a_forged_source_gets_no_more_bytes_than_were_sent_in_its_name_but_for_one_small_question() -> None:
    bench = Bench()
    for number in range(10, 18):
        bench.meet(Peer(number))
    assert bench.registration is not None
    bench.cloud.at(bench.now).update(bench.registration.handle, endpoints=(), payload=bytes(4096), friendly_name=None)
    put = got = 0
    for second in range(5):
        for data in questions(bench) * 5:
            put += len(data)
            got += sum(len(output.data) for output in to_victim(bench.put_raw(data, VICTIM)))
        got += sum(len(output.data) for output in to_victim(bench.pass_time(1.0)))
        assert got <= put, second
    assert bench.refused(Refusal.AMPLIFICATION) > 0


@pytest.mark.parametrize("number", range(6))
def test_one_forged_question_brings_at_most_itself_or_one_small_question(number: int) -> None:
    bench = Bench()
    data = questions(bench)[number]
    got = sum(len(output.data) for output in to_victim(bench.put_raw(data, VICTIM) + bench.pass_time(5.0)))
    assert got <= max(len(data), 68)


def to_victim(outputs: list[object]) -> list:  # type: ignore[type-arg]
    return [output for output in outputs if getattr(output, "address", None) == VICTIM]


def test_a_true_source_gets_its_answer_after_one_small_question() -> None:
    """It acknowledges a FLOOD, as every node does (3.1.5.5), one too that only resolves and answers no INQUIRE."""
    bench = Bench()
    question = Inquire(1, bench.id, cpa=True, nonce=NONCE)
    probe = only(bench.put(question, STRANGER), Flood, STRANGER)
    assert (probe.validate, probe.route, probe.revoke, probe.flooded, probe.no_ack) == (0, None, None, (), False)
    answer = only(bench.put(Ack(9, probe.message_id, False), STRANGER), Authority, STRANGER)
    assert answer.acked == question.message_id
    assert buffer_of(answer).cpa is not None
    again = only(bench.put(question._replace(message_id=2), STRANGER), Authority, STRANGER)
    assert again.acked == 2


def test_a_source_that_asks_again_is_asked_again_for_its_proof() -> None:
    """The first small question may be lost, or its ACK; one that comes at once again is not worth another."""
    bench = Bench()
    question = Inquire(1, bench.id, cpa=True, nonce=NONCE)
    probe = only(bench.put(question, STRANGER), Flood, STRANGER)
    bench.pass_time(0.4)
    assert bench.put(question, STRANGER) == []
    bench.pass_time(0.4)
    assert only(bench.put(question, STRANGER), Flood, STRANGER) == probe
    bench.pass_time(0.9)
    answer = only(bench.put(Ack(9, probe.message_id, False), STRANGER), Authority, STRANGER)
    assert answer.acked == question.message_id


def test_nothing_is_signed_for_an_address_that_is_not_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    signatures: list[bytes] = []
    monkeypatch.setattr(bench.signer, "sign", lambda data: signatures.append(data) or bytes(64))
    for number in range(50):
        bench.put(Inquire(number, bench.id, cpa=True, payload=True), Address.parse(f"fd00:1::{number:x}", 6000))
    assert signatures == []


def test_signatures_per_second_are_bounded() -> None:
    bench = Bench()
    answers = []
    for host in range(4):
        source = Address.parse(f"fd00:{host}::66", 6000)
        bench.prove(source)
        answers.append(sum(bool(bench.put(Inquire(number, bench.id, cpa=True), source)) for number in range(250)))
    assert answers == [100, 100, 0, 0]
    assert bench.refused(Refusal.BUSY) == 800


@pytest.mark.parametrize("shared", [False, True])
def test_attack_two_parties_take_all_conversations(shared: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has its half, and lets none of them end; whoever is new would be offered nothing for 15 seconds."""
    if not shared:
        full = MOST_CONVERSATIONS
        monkeypatch.setattr(Synchronization, "_has_room", lambda self, party: len(self) < full)
    bench = Bench()
    for number in range(2 * MOST_CONVERSATIONS):
        source = Address.parse(f"fd00:{number % 2 + 1}::66", 6000)
        bench.prove(source)
        bench.put(Solicit(number, number.to_bytes(20, "big")), source)
    bench.prove(STRANGER)
    before = bench.refused(Refusal.BUSY)
    assert bool(only(bench.put(Solicit(999, bytes(20))), Advertise).ids) is shared
    assert bench.refused(Refusal.BUSY) == before + 1
    assert len(bench.cloud.synchronization) == MOST_CONVERSATIONS


def test_who_shares_what_is_bounded() -> None:
    one, port, address = (Address.parse(ip, at) for ip, at in (("fd00::1", 6000), ("fd00::1", 6001), ("fd00::2", 6000)))
    bench = Bench()
    parties = {}
    for scope in Scope:
        bench.cloud._state.scope = scope
        mine = bench.cloud._state.party_of(one)
        parties[scope] = (bench.cloud._state.party_of(port) == mine, bench.cloud._state.party_of(address) == mine)
    assert parties[Scope.GLOBAL] == (True, True)
    assert parties[Scope.LINK_LOCAL] == (True, False)
    assert parties[Scope.LOOPBACK] == (False, False)


def test_attack_one_machine_uses_up_what_others_ask_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """With as many ports as it wants, and addresses of its network."""
    bench = Bench()
    sources = [Address.parse(f"fd00:9::{host:x}", port) for host in range(1, 10) for port in range(6000, 6010)]
    other = Address.parse("fd00:8::1", 7000)
    for source in (*sources, other):
        bench.prove(source)

    def served() -> tuple[bool, bool]:
        """Whether somebody else is given a CPA, and offered IDs."""
        for number in range(400):
            bench.put(Inquire(number, bench.id, cpa=True), sources[number % len(sources)])
            bench.put(
                Solicit(number, bytes([number % 256]) * 20, None, SolicitType.ANY), sources[number % len(sources)]
            )
        signed = bool(bench.put(Inquire(1000, bench.id, cpa=True), other))
        bench.put(Solicit(1001, b"other" * 4, None, SolicitType.ANY), other)
        return signed, any(ip == other.ip for ip, _, _ in bench.cloud.synchronization._conversations)

    with monkeypatch.context() as patch:
        fresh = (number.to_bytes(8, "big") for number in count())
        patch.setattr(CloudState, "party_of", lambda self, source: next(fresh))  # each time somebody new
        assert served() == (False, False), "harmless even without the check"
    bench.pass_time(60)
    assert served() == (True, True)
    assert len(bench.cloud.synchronization) <= MOST_CONVERSATIONS
