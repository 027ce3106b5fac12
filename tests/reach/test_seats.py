"""The control connection of a node: it comes back, with pauses, and to another relay where there is one."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from peerapi.moment import Moment
from peerapi.reach import seats
from peerapi.reach.frames import GoAway, Hello, No, Ping, Pong, Post, Ring, Rise, Seated, Sit, Welcome, encode
from peerapi.reach.leg import RelayAccess
from peerapi.reach.refusal import CODES, Refusal
from peerapi.reach.seat import RelayEndpoint
from peerapi.reach.seats import Connect, Disconnect, Known, Ringing, SeatLost, Seats, SeatTaken, Send
from tests.reach.lab import ACCESS, NOW, Decoder, Lab, Node, host, own_seat

OTHER = RelayEndpoint(b"\xc6\x33\x64\x0b", 443)
HERE, THERE = Known(ACCESS, b"pass"), Known(RelayAccess(OTHER, tls=False), b"")
WELCOME = Welcome(bytes(32), host(1), 1, 1, 1, 1, 45)


class Alone:
    """The machine without a relay: a test says what one would."""

    def __init__(self, *relays: Known, seed: int = 1) -> None:
        self.now = Moment(NOW, 0.0)
        self.seats = Seats(relays or (HERE,), lambda one: own_seat(1, one.access.endpoint), random.Random(seed))
        self.seats.start(self.now)

    def wants(self) -> list[seats.Output]:
        outputs, self.seats.outputs = self.seats.outputs, []
        return outputs

    def pass_time(self, seconds: float) -> list[seats.Output]:
        self.now = Moment(self.now.utc, self.now.elapsed + seconds)
        self.seats.tick(self.now)
        return self.wants()

    def until(self) -> float:
        """Go to the next timer; how long that took."""
        before = self.now.elapsed
        assert self.seats.timers.next is not None
        self.now = Moment(self.now.utc, self.seats.timers.next)
        self.seats.tick(self.now)
        return self.now.elapsed - before

    def hear(self, *frames: object) -> list[seats.Output]:
        self.seats.received(encode(*frames), self.now)  # type: ignore[arg-type]
        return self.wants()

    def sit(self) -> None:
        self.wants()
        self.seats.connected(self.now)
        self.hear(WELCOME)
        assert self.hear(Seated(own_seat(1, self.seats.relay.access.endpoint).address.ip)) != []


def said(outputs: list[seats.Output]) -> list[object]:
    decoder, found = Decoder(), []
    for output in outputs:
        if isinstance(output, Send):
            decoder.feed(output.data)
    while (frame := decoder.next()) is not None:
        found.append(frame)
    return found


def test_a_seat_is_taken_step_by_step() -> None:
    alone, own = Alone(), own_seat(1)
    assert alone.wants() == [Connect(HERE)]
    alone.seats.connected(alone.now)
    assert said(alone.wants()) == [Hello(b"pass")]
    (sit,) = said(alone.hear(WELCOME))
    assert isinstance(sit, Sit)
    assert (sit.seat, sit.spki) == (own.address.ip, own.spki)
    assert alone.hear(Seated(own.address.ip)) == [SeatTaken(own.address)]
    assert alone.hear(Ring(own.address.ip, b"t" * 16, host(9))) == [Ringing(HERE, b"t" * 16, host(9))]
    assert alone.hear(Ring(bytes(16), b"t" * 16, host(9))) == []


def test_it_is_kept_by_pings_and_lost_when_none_is_answered() -> None:
    alone = Alone()
    alone.sit()
    for _ in range(5):
        assert 36 <= alone.until() <= 54
        (ping,) = said(alone.wants())
        alone.hear(Pong(ping.value))  # type: ignore[attr-defined]
    alone.until()
    alone.until()
    assert [type(one) for one in alone.wants()][-2:] == [Disconnect, SeatLost]
    assert alone.seats.seated is None
    assert "no longer answers" in alone.seats.trouble


@pytest.mark.parametrize(("said_by_relay", "seconds"), [(0, 45), (45, 45), (90, 90), (65535, 120)])
def test_a_relay_says_how_often_it_wants_to_hear_a_ping_within_reason(said_by_relay: int, seconds: int) -> None:
    alone = Alone()
    alone.wants()
    alone.seats.connected(alone.now)
    alone.hear(WELCOME._replace(ping=said_by_relay))
    alone.hear(Seated(own_seat(1).address.ip))
    for _ in range(20):
        passed = alone.until()
        assert 0.8 * seconds <= passed <= 1.2 * seconds
        (ping,) = said(alone.wants())
        assert isinstance(ping, Ping)
        alone.hear(Pong(ping.value))


def test_pauses_double_and_are_drawn_from_nothing_to_that() -> None:
    longest = [0.0] * 12
    for seed in range(60):
        alone = Alone(seed=seed)
        alone.seats.lost("connection refused", alone.now)
        for number in range(12):
            pause = alone.until()
            longest[number] = max(longest[number], pause)
            assert pause <= min(60.0, 0.5 * 2**number)
            alone.seats.lost("connection refused", alone.now)
    assert all(seen > 0.7 * min(60.0, 0.5 * 2**number) for number, seen in enumerate(longest))
    assert "connection refused" in alone.seats.trouble


def test_a_relay_that_does_not_answer_is_given_up_in_time() -> None:
    alone = Alone()
    alone.seats.connected(alone.now)
    assert alone.until() == seats.PATIENCE
    assert Disconnect() in alone.wants()


@pytest.mark.parametrize("reason", [Refusal.SEATS, Refusal.NO_PASS, Refusal.VOLUME])
def test_who_is_refused_goes_to_the_next_relay(reason: Refusal) -> None:
    alone = Alone(HERE, THERE)
    alone.seats.connected(alone.now)
    alone.hear(No(CODES[reason], 5, reason.value))
    assert reason.value in alone.seats.trouble
    assert alone.until() >= 5
    assert alone.wants() == [Connect(THERE)]
    alone.sit()
    assert alone.seats.seated == own_seat(1, OTHER).address


def test_a_refused_call_or_notice_does_not_cost_the_seat() -> None:
    alone = Alone()
    alone.sit()
    assert alone.hear(No(CODES[Refusal.RATE], 10, "")) == []
    assert alone.seats.seated is not None


def test_a_relay_that_ends_is_left_at_once_for_another_and_else_given_time() -> None:
    alone = Alone(HERE, THERE)
    alone.sit()
    outputs = alone.hear(GoAway(30, bytes(6)))
    assert Disconnect() in outputs
    assert alone.until() == 0
    assert alone.wants() == [Connect(THERE)]
    lonely = Alone()
    lonely.sit()
    lonely.hear(GoAway(30, bytes(6)))
    assert 1 <= lonely.until() <= 30
    assert lonely.wants() == [Connect(HERE)]


Flap = Callable[[Alone], object]
FLAPS: dict[str, tuple[tuple[Known, ...], Flap]] = {
    "another has the seat": ((HERE,), lambda alone: alone.hear(Rise(own_seat(1).address.ip))),
    "it ends": ((HERE,), lambda alone: alone.hear(GoAway(0, bytes(6)))),
    "two of them end": ((HERE, THERE), lambda alone: alone.hear(GoAway(0, bytes(6)))),
    "it hangs up": ((HERE,), lambda alone: alone.seats.lost("the connection has ended", alone.now)),
}


def pauses(flap: str, *, stands: float) -> list[float]:
    """Of the tries after each time that a seat was given, and taken away ``stands`` seconds later: the longest of
    several."""
    found = [0.0] * 12
    for seed in range(20):
        relays, take_away = FLAPS[flap]
        alone = Alone(*relays, seed=seed)
        for number in range(12):
            alone.sit()
            alone.pass_time(stands)
            take_away(alone)
            found[number] = max(found[number], alone.until())
    return found


@pytest.mark.parametrize("flap", FLAPS)
def test_attack_a_relay_that_gives_a_seat_and_takes_it_away_again_and_again_is_called_ever_more_seldom(
    flap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each time costs a handshake, a signature, and notices of everything. Of one that has stood nothing is held
    against the relay."""
    assert all(pause > 20 for pause in pauses(flap, stands=0.0)[7:])
    assert all(pause <= 1 for pause in pauses(flap, stands=seats.STANDS))
    with monkeypatch.context() as without:
        without.setattr(seats, "STANDS", 0.0)
        assert all(pause <= 1 for pause in pauses(flap, stands=0.0))


def test_a_seat_that_another_connection_has_is_lost() -> None:
    alone = Alone()
    alone.sit()
    outputs = alone.hear(Rise(own_seat(1).address.ip))
    assert [type(one) for one in outputs] == [Disconnect, SeatLost]


def test_another_network_or_a_night_is_not_waited_out() -> None:
    alone = Alone()
    for _ in range(10):
        alone.seats.lost("no network", alone.now)
        alone.until()
    alone.seats.lost("no network", alone.now)
    alone.wants()
    alone.seats.hurry(alone.now)
    assert alone.wants() == [Connect(HERE)]


def test_what_is_given_up_is_not_taken_again() -> None:
    alone = Alone()
    alone.sit()
    alone.seats.stop()
    assert said(alone.wants()) == [Rise(own_seat(1).address.ip)]
    assert alone.seats.timers.next is None
    alone.seats.lost("gone", alone.now)
    alone.seats.hurry(alone.now)
    assert alone.wants() == []


def test_bytes_that_are_no_frames_end_the_leg() -> None:
    alone = Alone()
    alone.sit()
    alone.seats.received(b"\xff\xff\xff", alone.now)
    assert Disconnect() in alone.wants()


def test_more_calls_than_a_relay_lets_through_are_denied() -> None:
    alone = Alone()
    alone.sit()
    own = own_seat(1).address.ip
    outputs = alone.hear(*(Ring(own, bytes([n]) * 16, host(9)) for n in range(40)))
    assert len([one for one in outputs if isinstance(one, Ringing)]) == seats.MOST_RINGS
    assert len(said(outputs)) == 40 - seats.MOST_RINGS


def test_a_relay_that_restarts_has_its_seats_back_within_a_minute() -> None:
    lab = Lab()
    nodes = [Node(lab, number % 4, granted=lab.granted()) for number in range(4)]
    for node in nodes:
        node.start()
    assert len(lab.relay.seating.taken) == 4
    lab.new_relay()
    for node in nodes:
        node.run()
        assert node.seats.seated is None
    for _ in range(60):
        lab.pass_time(1)
        for node in nodes:
            node.seats.tick(lab.now)
            node.run()
    assert len(lab.relay.seating.taken) == 4
    assert all(node.seats.seated is not None for node in nodes)


def test_notices_are_posted_at_each_seat_again_from_time_to_time_and_withdrawn() -> None:
    alone = Alone()
    notice = Post(bytes(32), 60, b"where")
    alone.seats.notices = lambda: [notice]
    alone.seats.post(alone.now)
    assert notice not in said(alone.wants()), "nobody has a seat yet"
    alone.seats.connected(alone.now)
    alone.hear(WELCOME)
    alone.hear(Seated(own_seat(1).address.ip))
    alone.seats.post(alone.now)
    assert said(alone.wants()) == [notice]
    later: list[object] = []
    while alone.now.elapsed < seats.POST_AGAIN:
        alone.until()
        later += said(alone.wants())
        alone.hear(Pong(bytes(8)))
    assert later.count(notice) == 1
    alone.seats.stop()
    assert said(alone.wants()) == [Post(bytes(32), 0, b""), Rise(own_seat(1).address.ip)]
