"""What others can do to a relay: each attack works without the one check that stops it, and is refused and counted."""

from __future__ import annotations

import random

import pytest

from peerapi.moment import SECOND
from peerapi.reach import notices, passes, quotas, relay, relay_state
from peerapi.reach.frames import (
    Call,
    Hello,
    Join,
    Look,
    No,
    Notice,
    Ping,
    Post,
    Rise,
    Seated,
    Sit,
    encode,
    sit_proof,
)
from peerapi.reach.notices import EACH
from peerapi.reach.refusal import REASONS, Refusal
from peerapi.reach.seating import Seating
from tests.reach.lab import MONTH, NOW, Lab, Talker, host, key, own_seat
from tests.reach.test_relay import no


def admitted(lab: Lab, granted: bytes) -> bool:
    talker = Talker(lab, host(1))
    return not any(isinstance(frame, No) for frame in talker.say(Hello(granted)))


def test_attack_forged_and_widened_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    forged = passes.issue(b"x" * 32, bytes(16))
    narrow = Lab().granted(seats=1)
    widened = narrow[:17] + b"\0" + narrow[-32:]
    for granted in (forged, widened):
        with monkeypatch.context() as patch:
            patch.setattr(passes, "_same", lambda tag, claimed: True)
            assert admitted(Lab(), granted)
        lab = Lab()
        assert not admitted(lab, granted)
        assert lab.relay.refused == {Refusal.PASS: 1}


def test_attack_an_expired_pass_and_none() -> None:
    lab = Lab()
    assert admitted(lab, lab.granted(expiry=NOW + SECOND))
    lab.pass_time(2)
    assert not admitted(lab, lab.granted(expiry=NOW + SECOND))
    assert admitted(Lab(quotas.for_all(MONTH)), b"")
    assert not admitted(lab, b"")
    assert lab.relay.refused == {Refusal.EXPIRED: 1, Refusal.NO_PASS: 1}


def test_attack_many_seats_by_many_passes_made_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def seats(lab: Lab) -> int:
        whole = lab.granted(seats=2)
        found = 0
        for number in range(4):
            talker = Talker(lab, host(number))
            welcome = talker.hello(passes.narrowed(passes.narrowed(whole, rate=number + 1), seats=2))
            found += talker.sit(welcome, own_seat(number)) == [Seated(own_seat(number).address.ip)]
        return found

    with monkeypatch.context() as patch:
        every = Seating.accounts
        patch.setattr(Seating, "accounts", lambda self, connection: every(self, connection)[-1:])
        assert seats(Lab()) == 4
    lab = Lab()
    assert seats(lab) == 2
    assert lab.relay.refused == {Refusal.SEATS: 2}


def test_attack_the_theft_of_a_seat(monkeypatch: pytest.MonkeyPatch) -> None:
    """By somebody who knows all that is public of it, and who has heard its owner sit down."""

    def stolen(lab: Lab) -> bool:
        owner, own = Talker(lab, host(1)), own_seat(1)
        welcome = owner.hello(lab.granted())
        heard = own.sign(sit_proof(welcome.challenge, own.address))
        owner.say(Sit(own.address.ip, own.modifier, own.spki, heard))
        thief = Talker(lab, host(2))
        thief.hello(lab.granted())
        thief.say(Sit(own.address.ip, own.modifier, own.spki, heard))
        caller = Talker(lab, host(9))
        caller.say(Call(own.address.ip))
        return bool(thief.heard()) and not owner.heard()[1:]

    with monkeypatch.context() as patch:
        patch.setattr(Seating, "_is_owner", lambda *_: True)
        assert stolen(Lab())
    lab = Lab()
    assert not stolen(lab)
    assert lab.relay.refused == {Refusal.SIGNATURE: 1}


def test_attack_a_seat_under_the_key_of_the_thief() -> None:
    lab = Lab()
    thief, own = Talker(lab, host(2)), own_seat(1)
    welcome = thief.hello(lab.granted())
    signature = key(2).sign(sit_proof(welcome.challenge, own.address))
    said = thief.say(Sit(own.address.ip, own.modifier, key(2).public.spki, signature))
    assert [no(one) for one in said] == [Refusal.SIGNATURE]
    for _ in range(2):
        said = thief.say(Sit(own.address.ip, own.modifier, key(2).public.spki, signature))
    assert thief.wire.closed


def test_attack_ten_thousand_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """From one source, which then has all the places, and makes the callee dial without end."""

    def rung(lab: Lab) -> int:
        callee = Talker(lab, host(1))
        callee.sit(callee.hello(lab.granted()), own_seat(1))
        for _ in range(10_000):
            wire = lab.open(host(9))
            wire.send(b"GET /.well-known/peerapi-relay HTTP/1.1\r\nUpgrade: peerapi-relay\r\n\r\n")
            wire.send(encode(Call(own_seat(1).address.ip)))
        return len(callee.heard())

    with monkeypatch.context() as patch:
        patch.setattr(quotas.CallRates, "allows", lambda *_: True)
        patch.setattr(relay, "MOST_RINGS", 1 << 30)
        patch.setattr(relay, "OF_SOURCE_AT_SEAT", 1 << 30)
        lab = Lab(quotas.private(MONTH)._replace(sessions_of_source=50_000, sessions_of_seat=50_000))
        assert rung(lab) >= 10_000
    lab = Lab()
    assert rung(lab) == relay.OF_SOURCE_AT_SEAT == 8  # others call that seat, too
    assert lab.relay.refused[Refusal.RATE] == 10_000 - 20
    assert lab.relay.refused[Refusal.SESSIONS] == 20 - 8
    assert len(lab.relay.connections) == 1 + 8
    honest = Talker(lab, host(10))
    assert honest.say(Call(own_seat(1).address.ip)) == []


def test_attack_more_rings_than_a_seat_can_have() -> None:
    lab = Lab()
    callee = Talker(lab, host(1))
    callee.sit(callee.hello(lab.granted()), own_seat(1))
    answers = [Talker(lab, host(100 + n)).say(Call(own_seat(1).address.ip)) for n in range(20)]
    assert [no(one) for answer in answers for one in answer] == [Refusal.RINGS] * (20 - relay.MOST_RINGS)
    lab.pass_time(relay.RINGING + 1)
    assert Talker(lab, host(100)).say(Call(own_seat(1).address.ip)) == []


def test_attack_half_frames_and_connections_that_say_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """One source that holds connections open, and many that together hold all there are."""

    def hold(lab: Lab, sources: int, each: int) -> int:
        for source in range(sources):
            for _ in range(each):
                lab.open(host(source)).send(b"GET /.well-known/peerapi-relay HTTP/1.1\r\n")
        return sum(not wire.closed for wire in lab.wires.values())

    with monkeypatch.context() as patch:
        patch.setattr(relay, "STRANGERS_OF_SOURCE", 1 << 30)
        assert hold(Lab(), 1, 100) == 100
    lab = Lab()
    assert hold(lab, 1, 100) == relay.STRANGERS_OF_SOURCE
    assert lab.relay.refused == {Refusal.STRANGERS: 92}
    lab.pass_time(relay.FIRST_FRAME + 1)
    assert lab.relay.connections == {}

    with monkeypatch.context() as patch:
        patch.setattr(relay, "MOST_STRANGERS", 1 << 30)
        assert hold(Lab(), 1200, 1) == 1200
    lab = Lab()
    assert hold(lab, 1200, 1) == relay.MOST_STRANGERS
    assert admitted(lab, lab.granted())


def test_those_at_their_beginning_get_to_the_end_before_further_ones_are_let_in() -> None:
    """As after a restart, when thousands come at once; but who holds a place and says nothing is not waited for."""
    lab = Lab()
    waiting = [Talker(lab, host(source)) for source in range(relay.MOST_STRANGERS - 1)]
    assert not lab.relay.is_crowded(lab.now)
    waiting.append(Talker(lab, host(5000)))
    assert lab.relay.is_crowded(lab.now)
    waiting.pop().hello(lab.granted())
    assert not lab.relay.is_crowded(lab.now)
    lab.open(host(5001))
    assert lab.relay.is_crowded(lab.now)
    lab.pass_time(relay.BEGINNING)
    assert not lab.relay.is_crowded(lab.now)
    assert lab.relay.refused == {}


def test_attack_a_first_frame_without_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = b"\x3f\x00\x01" + bytes(10_000)

    def held(lab: Lab) -> bool:
        wire = Talker(lab, host(1)).wire
        wire.send(frame)
        return not wire.closed

    with monkeypatch.context() as patch:
        patch.setattr(relay_state, "STRANGER_BYTES", 16 << 10)
        assert held(Lab())
    lab = Lab()
    assert not held(lab)
    assert lab.relay.refused == {Refusal.MALFORMED: 1}


def test_attack_bytes_before_met() -> None:
    """Who calls must wait: what it says before anybody answers would have to be kept."""
    lab = Lab()
    callee = Talker(lab, host(1))
    callee.sit(callee.hello(lab.granted()), own_seat(1))
    early = Talker(lab, host(9))
    early.say(Call(own_seat(1).address.ip))
    early.wire.send(bytes(1 << 20))
    assert early.wire.closed
    together = Talker(lab, host(9))
    together.wire.send(encode(Call(own_seat(1).address.ip)) + b"at once")
    assert together.wire.closed
    assert lab.relay.refused == {Refusal.MALFORMED: 2}


def test_attack_a_token_that_was_guessed() -> None:
    lab = Lab()
    callee = Talker(lab, host(1))
    callee.sit(callee.hello(lab.granted()), own_seat(1))
    caller = Talker(lab, host(9))
    caller.say(Call(own_seat(1).address.ip))
    guess = Talker(lab, host(8))
    assert [no(one) for one in guess.say(Join(bytes(16)))] == [Refusal.ABSENT]
    assert caller.heard() == []


def test_attack_a_slow_reader_costs_a_connection_and_no_memory() -> None:
    """Whoever runs the machine says that a connection takes nothing; all that it has is given back."""
    lab = Lab()
    talker = Talker(lab, host(1))
    talker.sit(talker.hello(lab.granted()), own_seat(1))
    lab.relay.stalled(talker.wire.number, lab.now)
    lab.carry()
    assert talker.wire.closed
    assert lab.relay.seating.taken == {}
    assert lab.relay.refused == {Refusal.SLOW: 1}


def test_attack_a_flood_of_notices_at_the_relay() -> None:
    lab = Lab()
    talker = Talker(lab, host(1))
    talker.sit(talker.hello(lab.granted()), own_seat(1))
    said = [
        frame for n in range(11) for frame in talker.say(Post(n.to_bytes(32, "big"), 3600, bytes(8000)), Ping(bytes(8)))
    ]
    assert sum(no(one) is Refusal.NOTICES for one in said) == 3
    assert talker.wire.closed
    assert len(lab.relay.notices) == 8


def test_attack_one_seat_after_the_other_posts_under_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """On an open relay, from one address that may have one seat. Names that others posted are shown all the same."""
    name, more = b"n" * 32, EACH + 2

    def hidden(lab: Lab) -> list[bytes]:
        honest = Talker(lab, host(50))
        honest.sit(honest.hello(b""), own_seat(0))
        honest.say(Post(name, 3600, b"here"))
        mallory = Talker(lab, host(1))
        welcome = mallory.hello(b"")
        for number in range(1, more + 1):
            assert mallory.sit(welcome, own_seat(number)) == [Seated(own_seat(number).address.ip)]
            assert mallory.say(Post(name, 3600, b"nothing"), Rise(own_seat(number).address.ip)) == []
        return [frame.blob for frame in Talker(lab, host(60)).say(Look(name)) if isinstance(frame, Notice)]

    monkeypatch.setattr(notices, "MOST_SHOWN", EACH + 1)
    with monkeypatch.context() as patch:
        post = notices.Notices.post
        patch.setattr(notices.Notices, "post", lambda *asked: post(*asked[:-1]))
        assert hidden(Lab(quotas.for_all(MONTH))) == [b"nothing"] * (EACH + 1)
    lab = Lab(quotas.for_all(MONTH))
    assert hidden(lab) == [b"nothing", b"here"] + [b"nothing"] * (EACH - 1)
    assert len(lab.relay.notices) == EACH + 1


def test_any_story_leaves_nothing_behind() -> None:
    """Random frames of many connections, then all end: no counter and no place is left taken."""
    for seed in range(30):
        chance, lab = random.Random(seed), Lab()
        talkers: list[Talker] = []
        tokens: list[bytes] = [bytes(16)]
        for _ in range(120):
            if len(talkers) < 3 or chance.random() < 0.2:
                talkers.append(Talker(lab, host(chance.randrange(4))))
            talker = chance.choice(talkers)
            own = own_seat(chance.randrange(3))
            match chance.randrange(6):
                case 0:
                    heard = talker.say(Hello(lab.granted(seats=2)))
                    for frame in heard:
                        if hasattr(frame, "challenge"):
                            talker.sit(frame, own)  # type: ignore[arg-type]
                case 1 | 2:
                    talker.say(Call(own.address.ip))
                case 3:
                    tokens += [frame.token for one in talkers for frame in one.heard() if hasattr(frame, "token")]
                    talker.say(Join(tokens[-1]))
                case 4:
                    talker.wire.close()
                    talkers.remove(talker)
                case _:
                    lab.pass_time(chance.uniform(0, 8))
        assert lab.relay.counted["connections"] > 5
        for wire in list(lab.wires.values()):
            wire.close()
        machine = lab.relay
        assert (machine.connections, machine.sessions, machine.seating.taken) == ({}, set(), {})
        assert not machine._strangers and not machine._strangers_of and not machine._ringing
        assert not machine._calls_of and not machine._sessions_at and not machine.seating._seats_of
        assert len(machine.timers) == 0
        assert set(machine.refused) <= set(REASONS.values())
