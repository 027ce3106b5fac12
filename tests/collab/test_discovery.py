"""People near by: the datagrams, the machine, and those who make things up."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.address import LOOPBACK, Address
from peerapi.collab import nearby
from peerapi.collab.discovery import DISCOVERY, MAX_DATAGRAM, OURS, Action, Announcement, decode, encode
from peerapi.collab.events import Change
from peerapi.collab.fields import Malformed
from peerapi.collab.nearby import (
    AGAIN,
    MOST_ANSWERS,
    MOST_PEOPLE,
    MOST_PER_MACHINE,
    MOST_PER_SECOND,
    MOST_PER_SENDER,
    SILENCE,
    Nearby,
)
from tests.collab.test_fields import GUID, TEXT

ANNOUNCEMENTS = st.builds(
    Announcement,
    st.sampled_from([Action.HELLO, Action.MATCHES]),
    GUID,
    GUID,
    TEXT,
    TEXT,
    st.integers(1, 65535),
    st.integers(0, (1 << 32) - 1),
)
ALICE = Announcement(Action.HELLO, b"m" * 16, b"a" * 16, "Alice", "desk", 4001)


@given(ANNOUNCEMENTS)
def test_what_is_announced_is_read_again(announcement: Announcement) -> None:
    assert decode(encode(announcement)) == [announcement]


@pytest.mark.parametrize("action", [Action.BYE, Action.PROBE])
def test_goodbyes_and_questions(action: Action) -> None:
    sent = Announcement(action, b"m" * 16, b"a" * 16 if action is Action.BYE else bytes(16))
    assert decode(encode(sent)) == [sent]


def test_prefixes_and_order_are_nobodys_business() -> None:
    text = encode(ALICE).decode()
    other = re.sub(r"\bd:", "wsd:", text).replace("xmlns:d=", "xmlns:wsd=")
    other = re.sub(r"\bp:", "q:", other).replace("xmlns:p=", "xmlns:q=")
    assert decode(other.encode()) == [ALICE]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("p:Person", "p:Printer"),
        (OURS, "urn:something-else"),
        (f"{DISCOVERY}/Hello", "urn:nothing"),
        ("Hello", "Resolve"),
    ],
)
def test_what_is_about_something_else_is_passed_over(old: str, new: str) -> None:
    assert decode(encode(ALICE).decode().replace(old, new).encode()) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("peerapi:4001", "peerapi:0"),
        ("peerapi:4001", "peerapi:65536"),
        ("peerapi:4001", "http://[::1]/"),
        ("Version>1<", "Version>-1<"),
        ("Version>1<", "Version>4294967296<"),
        ("urn:uuid:61616161", "urn:uuid:x"),
        ("Alice", "A" * 256),
        ("Alice", "A&#10;lice"),
        ("Alice", "<deep>" * 12 + "</deep>" * 12),
        ("</s:Envelope>", ""),
        ("<s:Header>", "<?xml-stylesheet x?><s:Header>"),
        ("s:Envelope", "s:Letter"),
        ('<?xml version="1.0" encoding="utf-8"?>', '<!DOCTYPE x [<!ENTITY e "x">]>'),
    ],
)
def test_what_is_malformed_is_refused(old: str, new: str) -> None:
    text = encode(ALICE).decode()
    assert old in text
    with pytest.raises(Malformed):
        decode(text.replace(old, new).encode())


def with_nickname(text: str) -> bytes:
    return encode(ALICE).replace(b"Alice", text.encode("utf-8", "replace"))


@given(st.binary(max_size=300) | st.text(max_size=200).map(with_nickname))
def test_any_bytes_are_people_or_malformed(data: bytes) -> None:
    try:
        decode(data)
    except Malformed:
        return


def test_a_long_datagram_is_not_parsed() -> None:
    with pytest.raises(Malformed, match="too long"):
        decode(encode(ALICE) + b" " * MAX_DATAGRAM)


# ---- the machine ----


def source(port: int = 1) -> Address:
    return Address(LOOPBACK, port)


def started() -> Nearby:
    machine = Nearby(random.Random(1))
    machine.sign_in("Me", "here", 4000, 0.0)
    machine.outputs.clear()
    return machine


def heard(machine: Nearby) -> list[tuple[int, str]]:
    events, machine.events = machine.events, []
    return [(event.content.change, event.content.person.nickname) for event in events]


def test_hello_twice_and_each_minute_a_question_at_first_and_goodbye() -> None:
    machine = Nearby(random.Random(1))
    machine.sign_in("Me", "here", 4000, 0.0)
    for now in (nearby.APP_MAX_DELAY, *nearby.QUESTIONS, 1.2 * AGAIN):
        machine.tick(now)
    machine.sign_out()
    said = [decode(one.data)[0].action for one in machine.outputs]
    assert said == [Action.HELLO, Action.PROBE, Action.HELLO, Action.PROBE, Action.PROBE, Action.HELLO, Action.BYE]
    assert machine.next_tick() is None


def test_a_probe_is_answered_after_a_moment_to_who_asked() -> None:
    machine = started()
    machine.received(encode(Announcement(Action.PROBE, b"q" * 16)), source(7), 1.0)
    assert machine.outputs == []
    machine.tick(1.0 + nearby.APP_MAX_DELAY)
    answers = [one for one in machine.outputs if one.target == source(7)]
    assert [decode(one.data)[0].nickname for one in answers] == ["Me"]
    assert b"urn:uuid:71717171" in answers[0].data, "which question it answers"


def test_what_waits_to_be_said_is_said_as_one_is_called_then() -> None:
    """A repeated Hello and an answer to a Probe of before do not undo a change."""
    machine = started()
    machine.received(encode(Announcement(Action.PROBE, b"q" * 16)), source(7), 0.0)
    machine.change("Myself", "there", 0.0)
    machine.tick(nearby.APP_MAX_DELAY)
    said = [one for output in machine.outputs for one in decode(output.data)]
    assert [one.action for one in said].count(Action.HELLO) == 3, "the two repeated ones, and the one of the change"
    assert {(one.nickname, one.endpoint_name, one.version) for one in said} == {("Myself", "there", 2)}


def test_an_announcement_that_was_longer_on_its_way_does_not_undo_a_later_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def nicknames() -> list[tuple[int, str]]:
        machine = started()
        for nickname, version in [("Alice", 1), ("Ally", 3), ("Al", 2)]:
            machine.received(encode(replace(ALICE, nickname=nickname, version=version)), source(), 1.0)
        return heard(machine)

    with monkeypatch.context() as without:
        without.setattr(Nearby, "_is_older", staticmethod(lambda *_: False))
        assert nicknames()[-1] == (Change.UPDATED, "Al"), "somebody is called as before"
    assert nicknames() == [(Change.ADDED, "Alice"), (Change.UPDATED, "Ally")]


def test_people_come_change_are_silent_and_go() -> None:
    machine = started()
    machine.received(encode(ALICE), source(), 1.0)
    assert heard(machine) == [(Change.ADDED, "Alice")]
    (person,) = machine.people()
    assert person.endpoint.address == Address(LOOPBACK, 4001), "the address is that of the datagram"
    machine.received(encode(Announcement(Action.HELLO, b"n" * 16, b"a" * 16, "Ally", "desk", 4001)), source(), 2.0)
    machine.received(encode(Announcement(Action.HELLO, b"n" * 16, b"a" * 16, "Ally", "desk", 4001)), source(), 3.0)
    assert heard(machine) == [(Change.UPDATED, "Ally")]
    machine.tick(3.0 + SILENCE)
    assert heard(machine) == []
    machine.tick(4.0 + SILENCE)
    assert heard(machine) == [(Change.DELETED, "Ally")]


def test_who_was_not_heard_for_long_is_there_again_when_heard() -> None:
    """Datagrams get lost; only a goodbye is for good."""
    machine = started()
    machine.received(encode(ALICE), source(), 1.0)
    machine.tick(2.0 + SILENCE)
    assert heard(machine) == [(Change.ADDED, "Alice"), (Change.DELETED, "Alice")]
    machine.received(encode(ALICE), source(), 3.0 + SILENCE)
    assert heard(machine) == [(Change.ADDED, "Alice")]


def test_who_refuses_a_connection_is_gone() -> None:
    machine = started()
    machine.received(encode(ALICE), source(), 1.0)
    machine.unreachable(Address(LOOPBACK, 4002))
    assert len(machine.people()) == 1
    machine.unreachable(Address(LOOPBACK, 4001))
    assert machine.people() == []


def test_one_hears_nobody_while_signed_out_and_not_oneself() -> None:
    machine = started()
    me = machine._me
    assert me is not None
    machine.received(encode(me), source(), 1.0)
    assert machine.people() == []
    machine.sign_out()
    machine.received(encode(ALICE), source(), 1.0)
    assert machine.people() == []


# ---- attacks: each works without the one check that stops it ----


Check = Callable[..., bool]


def attacked(monkeypatch: pytest.MonkeyPatch, check: str, answer: bool, attack: Callable[[Nearby], bool]) -> None:
    """The attack works where the check always gives that answer, and is refused and counted where it is asked."""
    with monkeypatch.context() as without:
        without.setattr(Nearby, check, lambda *_: answer)
        assert attack(started()), "an attack that does not work anyway shows nothing"
    machine = started()
    assert not attack(machine)
    assert machine.dropped > 0


def test_a_repeated_announcement_does_not_lead_to_who_repeats_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mallory sends Alice's Hello with a port of her own."""

    def attack(machine: Nearby) -> bool:
        machine.received(encode(ALICE), source(), 1.0)
        forged = Announcement(Action.HELLO, b"x" * 16, ALICE.person, "Alice", "desk", 6666)
        machine.received(encode(forged), source(66), 2.0)
        return machine.people()[0].endpoint.address.port == 6666

    attacked(monkeypatch, "_is_the_same", True, attack)


def test_nobody_says_goodbye_for_somebody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    def attack(machine: Nearby) -> bool:
        machine.received(encode(ALICE), source(), 1.0)
        machine.received(encode(Announcement(Action.BYE, b"x" * 16, ALICE.person)), source(66), 2.0)
        return machine.people() == []

    attacked(monkeypatch, "_is_the_same", True, attack)


def test_who_has_left_does_not_come_back_by_an_old_announcement(monkeypatch: pytest.MonkeyPatch) -> None:
    def attack(machine: Nearby) -> bool:
        machine.received(encode(ALICE), source(), 1.0)
        machine.received(encode(Announcement(Action.BYE, b"x" * 16, ALICE.person)), source(), 2.0)
        machine.received(encode(ALICE), source(66), 3.0)
        return machine.people() != []

    attacked(monkeypatch, "_has_left", False, attack)


def invented(number: int) -> bytes:
    return encode(Announcement(Action.HELLO, b"x" * 16, number.to_bytes(16, "big"), f"N{number}", "", 1))


def test_one_sender_is_not_a_crowd(monkeypatch: pytest.MonkeyPatch) -> None:
    def attack(machine: Nearby) -> bool:
        for number in range(100):
            machine.received(invented(number), source(), float(number))
        return len(machine.people()) > MOST_PER_SENDER

    attacked(monkeypatch, "_has_room", True, attack)


def test_many_senders_are_not_an_endless_crowd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearby, "MOST_PEOPLE", 20)

    def attack(machine: Nearby) -> bool:
        for number in range(40):
            machine.received(invented(number), source(number), float(number))
        return len(machine.people()) > 20

    attacked(monkeypatch, "_has_room", True, attack)
    assert MOST_PEOPLE == 1000


def on_link(machine: int, port: int = 1) -> Address:
    return Address(bytes.fromhex("fe80") + machine.to_bytes(14, "big"), port, 0, 7)


def test_one_machine_of_a_link_is_not_a_crowd_with_all_its_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    def attack(machine: Nearby) -> bool:
        for number in range(100):
            machine.received(invented(number), on_link(1, 1 + number), float(number))
        return len(machine.people()) > MOST_PER_MACHINE

    attacked(monkeypatch, "_has_room", True, attack)


def test_a_flood_of_one_sender_makes_nobody_unheard(monkeypatch: pytest.MonkeyPatch) -> None:
    def attack(machine: Nearby) -> bool:
        for number in range(MOST_PER_SECOND):
            machine.received(encode(Announcement(Action.BYE, b"x" * 16)), on_link(1, 1 + number), 1.0)
        machine.received(encode(ALICE), on_link(2), 1.0)
        return machine.people() == []

    with monkeypatch.context() as without:
        without.setattr(nearby, "MOST_OF_ONE_SENDER", MOST_PER_SECOND)
        assert attack(started())
    assert not attack(started())


def test_somebody_elses_address_in_questions_is_not_flooded_with_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mallory asks in the name of Bob, as often as a sender is heard."""

    def attack(machine: Nearby) -> bool:
        for number in range(10):
            machine.received(encode(Announcement(Action.PROBE, bytes((number,)) * 16)), on_link(2), 1.0)
        machine.tick(3.0)
        return sum(one.target == on_link(2) for one in machine.outputs) > MOST_ANSWERS

    attacked(monkeypatch, "_may_ask", True, attack)


def test_who_is_asked_in_a_crowd_answers_later(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = started()
    for number in range(200):
        machine.received(invented(number), on_link(3 + number), float(number // 100))
    machine.received(encode(Announcement(Action.PROBE, b"q" * 16)), on_link(2), 5.0)
    assert machine._later[-1].at - 5.0 <= 200 / nearby.ANSWERS_PER_SECOND
    delays = []
    for second in range(6, 56):
        machine.received(encode(Announcement(Action.PROBE, b"q" * 16)), on_link(2), float(second))
        delays.append(machine._later[-1].at - second)
        machine.tick(second + 0.99)
        machine._later.clear()
    assert max(delays) > nearby.APP_MAX_DELAY


def test_a_link_that_is_gone_takes_its_people_along() -> None:
    machine = started()
    machine.received(encode(ALICE), on_link(1), 1.0)
    machine.cut_off()
    assert heard(machine) == [(Change.ADDED, "Alice"), (Change.DELETED, "Alice")]
    assert machine.next_tick() is None


def test_a_flood_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    def attack(machine: Nearby) -> bool:
        for number in range(2 * MOST_PER_SECOND):
            machine.received(invented(number), source(number), 1.0)
        return len(machine.people()) > MOST_PER_SECOND

    attacked(monkeypatch, "_has_time", True, attack)
