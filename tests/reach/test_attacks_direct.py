"""What strangers, callers and a relay can do to a node that looks for direct connections: each attack works without the
one check that stops it, and is refused and counted with it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from peerapi.address import Address
from peerapi.engine.reach import standing
from peerapi.path_kind import PathKind
from peerapi.reach import candidates, direct, envelope
from peerapi.reach.candidates import own_candidates
from peerapi.reach.direct import Chosen, Close, Dial, Negotiation, Offer, Say, Send
from peerapi.reach.frames import (
    CALLEE,
    CALLER,
    LISTENS,
    PUNCHES,
    Candidate,
    Candidates,
    Direct,
    Met,
    Replaces,
    Sync,
    encode,
)
from peerapi.reach.greeting import ACCEPTED, DIALED, Ticket
from peerapi.reach.refusal import Refusal, Refused
from peerapi.reach.tls import TlsLayer
from tests.reach.direct_ends import CALLED, CONTEXT, ends, world
from tests.reach.lab import key, own_seat
from tests.simulation.internet import Internet
from tests.support.homes import Kind

HERE, THERE = Address.parse("203.0.113.5", 40001), Address.parse("198.51.100.7", 40002)
VICTIM = Address.parse("192.0.2.80", 8080)
HALF, OTHER_HALF = b"h" * 16, b"o" * 16
NAMED = {
    "this machine's own services": Address.parse("127.0.0.1", 6379),
    "its own address": Address.parse("192.168.1.2", 6379),
    "the link": Address.parse("fe80::1", 4001),
    "a metadata service": Address.parse("169.254.169.254", 4001),
    "a group": Address.parse("239.1.1.1", 4001),
    "the router of the home": Address.parse("192.168.1.1", 8080),
    "a company's network": Address.parse("10.0.0.7", 5432),
    "a unique local address": Address.parse("fd00::7", 5432),
    "mail": Address.parse("192.0.2.80", 25),
    "remote shells": Address.parse("192.0.2.80", 22),
    "another relay": own_seat(1).address,
}


def dialed(*named: Candidate, caller: Address = THERE) -> tuple[set[Address], Negotiation]:
    """What a called node dials, whom a caller names these, and which the relay says to come from an address."""
    met = Met(CALLEE, HERE, caller, 0)
    offer = Offer(HALF, lambda met: [], {Address.parse("192.168.1.2", 0).ip})
    machine = Negotiation(CALLEE, met, offer, lambda: envelope.answering(CONTEXT), lambda shown: None)
    machine.begin(0.0)
    machine.take(Candidates(OTHER_HALF, named), 0.0)
    machine.take(Sync(), 0.1)
    return {one.address for one in machine.outputs if isinstance(one, Dial)}, machine


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.parametrize("manner", [LISTENS, PUNCHES])
def test_attack_a_caller_who_sends_a_node_into_its_own_network(
    name: str, manner: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    aim = NAMED[name]
    with monkeypatch.context() as patch:
        patch.setattr(candidates, "may_dial", lambda *_: True)
        assert aim in dialed(Candidate(manner, aim))[0]
    found, machine = dialed(Candidate(manner, aim))
    assert found == {THERE}
    assert machine.refused == {Refusal.NOWHERE: 1}


@pytest.mark.parametrize("name", NAMED)
def test_attack_a_relay_that_lies_about_where_the_caller_comes_from(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    aim = NAMED[name]
    with monkeypatch.context() as patch:
        patch.setattr(candidates, "may_dial", lambda *_: True)
        assert dialed(caller=aim)[0] == {aim}
    found, machine = dialed(caller=aim)
    assert found == set()
    assert machine.refused == {Refusal.NOWHERE: 1}


def test_a_lie_of_a_relay_costs_its_victim_a_few_syns_and_the_call_nothing() -> None:
    internet = world(5)
    victim = internet.host(Kind.PUBLIC)
    there = Address(victim.public, 8080)
    caller, callee = ends(internet, internet.host(Kind.CONE), internet.host(Kind.CONE), lie=there)
    callee.begin()
    caller.begin()
    internet.run(30.0)
    assert 0 < internet.syns[there] <= 2 * direct.MOST_DIALS
    assert isinstance(caller.result, Chosen)
    assert caller.result.kind is PathKind.PUNCHED, "who calls has said itself where its router lets it out"


def test_private_addresses_are_dialed_only_by_who_seems_to_be_in_the_same_network() -> None:
    near = Candidate(LISTENS, Address.parse("192.168.1.7", 40003))
    assert near.address not in dialed(near)[0]
    assert near.address in dialed(near, caller=HERE._replace(port=40009))[0]
    assert near.address not in dialed(near, caller=HERE._replace(ip=HERE.ip[:15] + b"\x09"))[0]
    shell = Candidate(LISTENS, Address.parse("192.168.1.7", 22))
    assert shell.address not in dialed(shell, caller=HERE._replace(port=40009))[0]


def test_attack_a_caller_that_wants_to_know_the_home_s_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one that conspires with a relay learns them only when the node believes that they are in one network."""
    here = [Address.parse("192.168.1.2", 0), Address.parse("fd00::2", 0), Address.parse("2001:db8::2", 0)]

    def told(other: Address) -> list[Address]:
        return [one.address for one in own_candidates(Met(CALLEE, HERE, other, 0), [], here, 40005)]

    with monkeypatch.context() as patch:
        patch.setattr(candidates, "in_one_network", lambda met: True)
        assert len(told(THERE)) == 3
    assert told(THERE) == [here[2]._replace(port=40005)]
    assert len(told(HERE)) == 3


# ---- at the connections themselves ----


def looking(role: int, check: bool = True) -> Negotiation:
    """An end that knows the ticket."""
    machine = Negotiation(
        role,
        Met(role, HERE, THERE, 0),
        Offer(HALF, lambda met: [], set()),
        (lambda: envelope.answering(CONTEXT)) if role == CALLEE else envelope.calling,
        lambda shown: envelope.check_callee(shown, CALLED) if check else None,
    )
    machine.begin(0.0)
    machine.take(Candidates(OTHER_HALF, ()), 0.1)
    return machine


def ticket(role: int) -> Ticket:
    return Ticket(HALF, OTHER_HALF) if role == CALLER else Ticket(OTHER_HALF, HALF)


def sent(machine: Negotiation, number: int) -> bytes:
    found = b"".join(one.data for one in machine.outputs if isinstance(one, Send) and one.number == number)
    machine.outputs = [one for one in machine.outputs if not isinstance(one, Send)]
    return found


def shaken(machine: Negotiation, number: int, attacker: TlsLayer, said: bytes) -> None:
    """A handshake of somebody with an end."""
    machine.received(number, said, 0.2)
    for _ in range(4):
        data = sent(machine, number)
        if not data or attacker.ready:
            return
        said = attacker.handshake(data)
        if said:
            machine.received(number, said, 0.2)


def test_attack_somebody_at_the_port_who_was_not_in_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    def answered() -> tuple[bytes, Negotiation]:
        machine = looking(CALLEE)
        number = machine.accepted(0.2)
        assert number is not None
        sent(machine, number)
        stranger = envelope.calling()
        machine.received(number, Ticket(b"x" * 16, HALF).greeting(CALLER, DIALED) + stranger.start(), 0.2)
        return sent(machine, number), machine

    with monkeypatch.context() as patch:
        patch.setattr(Ticket, "manner", lambda *_: DIALED)
        assert answered()[0], "it would be given a handshake"
    said, machine = answered()
    assert not said
    assert machine.refused == {Refusal.TICKET: 1}
    assert any(isinstance(one, Close) for one in machine.outputs)


def test_attack_somebody_between_who_lets_the_greetings_through_and_answers_as_who_was_called() -> None:
    """On the wire between two homes: it has heard the greeting, and has not the key of the seat."""

    def chosen(check: bool) -> Negotiation:
        machine = looking(CALLER, check)
        number = machine.accepted(0.2)
        assert number is not None
        between = envelope.answering(envelope.callee_context(key(2), own_seat(2).modifier))
        sent(machine, number)
        shaken(machine, number, between, ticket(CALLER).greeting(CALLEE, DIALED))
        return machine

    machine = chosen(check=False)
    assert any(isinstance(one, Chosen) for one in machine.outputs)
    machine = chosen(check=True)
    assert not any(isinstance(one, Chosen) for one in machine.outputs)
    assert machine.refused[Refusal.CALLEE] == 1


def test_attack_somebody_between_who_goes_on_in_the_caller_s_place(monkeypatch: pytest.MonkeyPatch) -> None:
    def chosen() -> Negotiation:
        machine = looking(CALLEE)
        number = machine.accepted(0.2)
        assert number is not None
        between = envelope.calling()
        sent(machine, number)
        shaken(machine, number, between, ticket(CALLEE).greeting(CALLER, DIALED) + between.start())
        machine.received(number, between.encrypt(encode(Direct(bytes(32)))), 0.3)
        return machine

    with monkeypatch.context() as patch:
        patch.setattr(Ticket, "chosen", bytes(32))
        assert any(isinstance(one, Chosen) for one in chosen().outputs)
    machine = chosen()
    assert not any(isinstance(one, Chosen) for one in machine.outputs)
    assert machine.refused[Refusal.TICKET] == 1


def test_attack_many_who_come_to_the_port(monkeypatch: pytest.MonkeyPatch) -> None:
    def taken() -> int:
        machine = looking(CALLEE)
        return sum(machine.accepted(0.2) is not None for _ in range(100))

    with monkeypatch.context() as patch:
        patch.setattr(direct, "MOST_ACCEPTED", 1 << 20)
        assert taken() == 100
    assert taken() == direct.MOST_ACCEPTED


@pytest.mark.parametrize("known", [True, False], ids=["in the call", "a stranger"])
def test_attack_endless_bytes_on_a_connection_that_is_not_chosen(known: bool) -> None:
    machine = looking(CALLER)
    number = machine.accepted(0.2)
    assert number is not None
    machine.received(number, ticket(CALLER).greeting(CALLEE, DIALED) if known else b"", 0.2)
    for _ in range(100):
        machine.received(number, bytes(4096), 0.2)
    assert any(isinstance(one, Close) for one in machine.outputs)
    assert sum(machine.refused.values()) == 1


def test_a_greeting_is_good_for_one_end_one_manner_and_one_call() -> None:
    one = Ticket(HALF, OTHER_HALF)
    assert one.manner(one.greeting(CALLER, DIALED), CALLER) == DIALED
    assert one.manner(one.greeting(CALLER, ACCEPTED), CALLER) == ACCEPTED
    assert one.manner(one.greeting(CALLER, DIALED), CALLEE) is None
    assert one.manner(Ticket(OTHER_HALF, HALF).greeting(CALLER, DIALED), CALLER) is None


def test_attack_a_caller_that_ends_the_links_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who comes back from another network has its old link ended by the old call's ticket, and nobody else's."""
    old, others = Ticket(b"1" * 16, b"2" * 16), Ticket(b"3" * 16, b"4" * 16)

    def ended(proof: bytes) -> list[str]:
        machine = looking(CALLEE)
        machine.take(Replaces(proof), 0.2)
        found: list[str] = []
        standing.stands(old, lambda: found.append("old"))
        standing.stands(others, lambda: found.append("others"))
        standing.replace(machine.replaced)
        for one in (old, others):
            standing.over(one)
        return found

    with monkeypatch.context() as patch:
        patch.setattr("peerapi.reach.direct.hmac.compare_digest", lambda one, other: True)
        assert ended(bytes(32)) == ["old", "others"]
    assert ended(bytes(32)) == []
    assert ended(old.replaces(HALF)) == [], "said in another call, whose half was another one"
    assert ended(old.replaces(OTHER_HALF)) == ["old"]


def test_a_caller_says_which_of_its_earlier_calls_are_over() -> None:
    first, second = Ticket(b"1" * 16, b"2" * 16), Ticket(b"3" * 16, b"4" * 16)
    standing.remember(CALLED, first)
    standing.remember(CALLED, second)
    standing.stands(second, lambda: None)
    assert first in standing.before(CALLED)
    assert second not in standing.before(CALLED)
    standing.over(second)
    for number in range(standing.MOST_ADDRESSES):
        standing.remember(CALLED._replace(port=5000 + number), first)
    assert not standing.before(CALLED)


def test_more_than_a_few_earlier_calls_are_not_asked_about() -> None:
    machine = looking(CALLEE)
    for _ in range(direct.MOST_REPLACED):
        machine.take(Replaces(bytes(32)), 0.2)
    with pytest.raises(Refused):
        machine.take(Replaces(bytes(32)), 0.2)


def test_a_relay_that_names_another_role_is_refused_by_the_first_frame() -> None:
    machine = looking(CALLEE)
    outputs: Sequence[object] = machine.outputs
    assert [type(one) for one in outputs] == [Say]


def test_the_world_of_these_tests_delivers_nothing_to_who_is_not_there() -> None:
    internet: Internet = world(1)
    host = internet.host(Kind.PUBLIC)
    lost: list[bool] = []
    host.dial(40001, VICTIM, lambda stream: lost.append(False), lambda: lost.append(True))
    internet.run(10.0)
    assert lost == [True]
