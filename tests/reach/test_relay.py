"""A relay with nodes whose control connections and calls are machines too, on virtual time."""

from __future__ import annotations

import pytest

from peerapi.address import Address
from peerapi.moment import SECOND
from peerapi.reach import frames, quotas, relay, relay_state, seats
from peerapi.reach.frames import Call, No, Notice, Probed, Rise, Seated
from peerapi.reach.refusal import REASONS, Refusal
from peerapi.reach.upgrade import ACCEPTED
from tests.reach.lab import ENDPOINT, MONTH, NOW, Lab, Node, Talker, called, host, own_seat, settle


def no(frame: object) -> Refusal | None:
    return REASONS[frame.code] if isinstance(frame, No) else None


def seated(lab: Lab, number: int = 1) -> Node:
    node = Node(lab, number)
    node.start()
    assert node.seats.seated == own_seat(number).address
    return node


def test_a_call_joins_two_nodes_and_their_bytes_arrive() -> None:
    lab = Lab()
    callee = seated(lab)
    caller, answered = called(lab, callee, host(9))
    assert answered is not None
    assert caller.machine.done
    assert answered.machine.done
    assert caller.machine.met is not None
    assert caller.machine.met.own == host(9)
    assert caller.machine.met.other == host(1, 50000)
    assert answered.machine.met is not None
    assert answered.machine.met.other == host(9)
    caller.send(b"from the caller" * 2000)
    answered.send(b"from the callee")
    settle(callee, caller)
    assert answered.got == b"from the caller" * 2000
    assert caller.got == b"from the callee"
    assert lab.relay.counted["sessions"] == 1
    assert lab.relay.volume.total > 30_000
    assert not lab.relay.refused


def test_what_the_caller_says_with_its_last_handshake_message_is_not_lost() -> None:
    lab = Lab()
    callee = seated(lab)
    caller, _ = called(lab, callee, host(9))
    caller.send(b"at once")
    settle(callee, caller)
    assert callee.answered[-1].got == b"at once"


def test_the_other_end_sees_that_one_has_ended() -> None:
    lab = Lab()
    callee = seated(lab)
    caller, _ = called(lab, callee, host(9))
    assert len(lab.relay.sessions) == 1
    caller.wire.close()
    assert len(lab.relay.sessions) == 0
    again, _ = called(lab, callee, host(9))
    assert again.machine.done


def test_nobody_there_and_somebody_who_does_not_want() -> None:
    lab = Lab()
    callee = seated(lab)
    caller, _ = called(lab, callee, host(9), whom=own_seat(2).address)
    assert caller.refused is not None
    assert caller.refused.reason is Refusal.ABSENT
    callee.accepts = False
    caller, _ = called(lab, callee, host(9))
    assert caller.refused is not None
    assert caller.refused.reason is Refusal.DENIED
    assert "does not want" in str(caller.refused)


def test_a_call_that_nobody_answers_ends() -> None:
    lab = Lab()
    talker = Talker(lab, host(1))
    talker.sit(talker.hello(lab.granted()), own_seat(1))
    caller = Talker(lab, host(9))
    assert caller.say(frames.Call(own_seat(1).address.ip)) == []
    (ring,) = talker.heard()
    assert isinstance(ring, frames.Ring)
    lab.pass_time(relay.RINGING + 1)
    assert [no(one) for one in caller.heard()] == [Refusal.UNANSWERED]
    assert caller.wire.closed
    late = Talker(lab, host(1))
    assert [no(one) for one in late.say(frames.Join(ring.token))] == [Refusal.ABSENT]


def test_the_newer_of_two_connections_has_the_seat() -> None:
    lab = Lab()
    first, second = Talker(lab, host(1)), Talker(lab, host(2))
    assert first.sit(first.hello(lab.granted()), own_seat(1)) == [Seated(own_seat(1).address.ip)]
    assert second.sit(second.hello(lab.granted()), own_seat(1)) == [Seated(own_seat(1).address.ip)]
    assert first.heard() == [Rise(own_seat(1).address.ip)]
    first.wire.close()
    caller = Talker(lab, host(9))
    caller.say(frames.Call(own_seat(1).address.ip))
    assert len(second.heard()) == 1


def test_whose_control_connection_ends_has_no_seat_and_gets_no_call() -> None:
    lab = Lab()
    talker, caller = Talker(lab, host(1)), Talker(lab, host(9))
    talker.sit(talker.hello(lab.granted()), own_seat(1))
    caller.say(frames.Call(own_seat(1).address.ip))
    talker.wire.close()
    assert [no(one) for one in caller.heard()] == [Refusal.ABSENT]
    assert lab.relay.seating.taken == {}


def test_a_pass_for_more_seats_than_a_frame_has_room_for() -> None:
    lab = Lab()
    assert Talker(lab, host(1)).hello(lab.granted(seats=1 << 40)).seats == 0xFFFF


def test_a_seat_that_is_given_up_is_free_for_another_of_the_pass() -> None:
    lab = Lab()
    granted = lab.granted(seats=1)
    talker = Talker(lab, host(1))
    welcome = talker.hello(granted)
    assert welcome.seats == 1
    talker.sit(welcome, own_seat(1))
    assert [no(one) for one in talker.sit(welcome, own_seat(2))] == [Refusal.SEATS]
    talker.say(Rise(own_seat(1).address.ip))
    assert talker.sit(welcome, own_seat(2)) == [Seated(own_seat(2).address.ip)]


def test_the_seat_of_another_relay_is_not_given() -> None:
    lab = Lab()
    talker = Talker(lab, host(1))
    elsewhere = own_seat(1, ENDPOINT._replace(ip=b"\x01\x02\x03\x04"))
    welcome = talker.hello(lab.granted())
    assert [no(one) for one in talker.sit(welcome, elsewhere)] == [Refusal.ELSEWHERE]
    other_port = own_seat(1, ENDPOINT._replace(port=444))
    assert [no(one) for one in talker.sit(welcome, other_port)] == [Refusal.SIGNATURE]


def test_a_connection_that_says_nothing_is_closed_and_one_that_is_silent_for_long() -> None:
    lab = Lab()
    silent, asking = lab.open(host(1)), Talker(lab, host(2))
    node = seated(lab)
    assert node.wire is not None
    lab.pass_time(relay.FIRST_FRAME + 1)
    assert silent.closed
    assert asking.wire.closed
    assert not node.wire.closed
    lab.pass_time(relay.SILENCE + 1)
    assert node.wire.closed
    assert lab.relay.refused == {Refusal.LATE: 3}


def test_a_ping_keeps_a_control_connection() -> None:
    lab = Lab()
    talker = Talker(lab, host(1))
    talker.hello(lab.granted())
    for _ in range(5):
        lab.pass_time(relay.SILENCE - 1)
        assert talker.say(frames.Ping(b"12345678")) == [frames.Pong(b"12345678")]


def test_a_pass_that_expires_ends_what_it_was_for() -> None:
    lab = Lab()
    talker = Talker(lab, host(1))
    talker.sit(talker.hello(lab.granted(expiry=NOW + 60 * SECOND)), own_seat(1))
    lab.pass_time(61)
    assert [no(one) for one in talker.say(frames.Ping(bytes(8)))] == [Refusal.EXPIRED]
    assert talker.wire.closed
    assert lab.relay.seating.taken == {}


def test_notices_are_posted_by_who_has_a_seat_and_read_by_anybody() -> None:
    lab = Lab()
    talker = Talker(lab, host(1))
    welcome = talker.hello(lab.granted())
    key = b"k" * 32
    assert [no(one) for one in talker.say(frames.Post(key, 60, b"blob"))] == [Refusal.NOTICES]
    talker.sit(welcome, own_seat(1))
    talker.say(frames.Post(key, 60, b"x" * frames.LARGEST_BLOB))
    asking = Talker(lab, host(9))
    assert asking.say(frames.Look(key)) == [Notice(key, 0, b"x" * frames.LARGEST_BLOB)]
    assert asking.wire.closed
    assert Talker(lab, host(9)).say(frames.Look(b"z" * 32)) == [Notice(b"z" * 32, 0, b"")]


def test_the_relay_calls_back_only_where_the_asking_comes_from() -> None:
    lab = Lab()
    talker = Talker(lab, host(1))
    talker.hello(lab.granted())
    assert talker.say(frames.Probe(3540)) == []
    assert [one.address for one in lab.probes] == [host(1, 3540)]
    lab.relay.probed(lab.probes[0].number, reached=True)
    lab.carry()
    assert talker.heard() == [Probed(True)]
    assert [no(one) for one in talker.say(frames.Probe(3540))] == [Refusal.RATE]
    lab.pass_time(61)
    assert [no(one) for one in talker.say(frames.Probe(25))] == [Refusal.RATE]
    assert len(lab.probes) == 1


def test_a_front_says_for_whom_it_asks_and_others_are_not_believed() -> None:
    front = host(77)
    lab = Lab(fronts=(front.ip,))
    for number, (remote, expected) in enumerate([(front, "192.0.2.9"), (host(5), "203.0.0.5")], 1):
        wire = lab.open(remote)
        request = b"GET /.well-known/peerapi-relay HTTP/1.1\r\nUpgrade: peerapi-relay\r\nX-Forwarded-For: 10.0.0.1, "
        wire.send(request + b"192.0.2.9\r\n\r\n")
        assert wire.take() == ACCEPTED
        assert lab.relay.connections[number].remote.host == expected


@pytest.mark.parametrize(
    "request_text",
    [
        "GET / HTTP/1.1\r\nUpgrade: peerapi-relay\r\n\r\n",
        "GET /.well-known/peerapi-relay HTTP/1.1\r\nUpgrade: websocket\r\n\r\n",
        "SSH-2.0-OpenSSH\r\n\r\n\r\n",
        "G" * (relay_state.STRANGER_BYTES + 1),
    ],
)
def test_what_is_no_request_for_a_relay_is_closed(request_text: str) -> None:
    lab = Lab()
    wire = lab.open(host(1))
    wire.send(request_text.encode())
    assert wire.closed
    assert lab.relay.refused == {Refusal.MALFORMED: 1}
    assert lab.relay.connections == {}


def test_a_relay_that_ends_tells_those_who_have_seats() -> None:
    lab = Lab()
    node = seated(lab)
    lab.relay.stop()
    lab.carry()
    node.run()
    assert node.seats.seated is None
    assert [one for one in node.told if isinstance(one, seats.SeatLost)] != []
    caller = Talker(lab, host(9))
    assert [no(one) for one in caller.say(frames.Call(own_seat(1).address.ip))] == [Refusal.ABSENT]


def test_the_month_is_counted_and_what_is_left_of_it_told() -> None:
    lab = Lab(quotas.private(month=1_000_000))
    callee = seated(lab)
    assert callee.seats.welcome is not None
    assert callee.seats.welcome.left == 1_000_000
    caller, _ = called(lab, callee, host(9))
    caller.send(bytes(910_000))
    settle(callee, caller)
    assert lab.relay.volume.rate(lab.relay.seating.taken[own_seat(1).address.ip].grant) == quotas.SCARCE_RATE
    caller.send(bytes(100_000))
    assert caller.wire.closed
    refused, _ = called(lab, callee, host(9))
    assert refused.refused is not None
    assert refused.refused.reason is Refusal.VOLUME
    kept = lab.relay.volume.kept()
    again = lab.new_relay()
    again.volume.restore(kept)
    assert again.volume.total > 1_000_000
    again.volume.turn(NOW + 40 * 86_400 * SECOND)
    assert again.volume.total == 0


def test_a_narrower_pass_has_its_own_month_and_rate() -> None:
    lab = Lab()
    node = Node(lab, 1, granted=lab.granted(month=50_000, rate=10_000))
    node.start()
    assert node.seats.welcome is not None
    assert (node.seats.welcome.left, node.seats.welcome.rate) == (50_000, 10_000)
    caller, _ = called(lab, node, host(9))
    caller.send(bytes(60_000))
    assert caller.wire.closed
    other = seated(lab, 2)
    assert called(lab, other, host(9))[0].machine.done


def test_who_sends_faster_than_the_rate_is_read_later() -> None:
    lab = Lab()
    callee = seated(lab)
    caller, _ = called(lab, callee, host(9))
    rate = quotas.private(MONTH).rate
    assert lab.relay.spent(caller.wire.number, quotas.BURST - 10_000, lab.now) == 0
    assert lab.relay.spent(caller.wire.number, rate + 10_000, lab.now) == pytest.approx(1.0, abs=0.01)
    lab.pass_time(2.0)
    assert lab.relay.spent(caller.wire.number, rate, lab.now) == pytest.approx(0.0, abs=0.01)


def test_an_open_relay_wants_no_pass_and_gives_one_seat_to_a_source() -> None:
    lab = Lab(quotas.for_all(MONTH))
    talker = Talker(lab, host(1))
    welcome = talker.hello(b"")
    assert (welcome.seats, welcome.rate) == (1, 256 << 10)
    assert talker.sit(welcome, own_seat(1)) == [Seated(own_seat(1).address.ip)]
    other = Talker(lab, host(1))
    assert [no(one) for one in other.sit(other.hello(b""), own_seat(2))] == [Refusal.SEATS]
    elsewhere = Talker(lab, host(2))
    assert elsewhere.sit(elsewhere.hello(b""), own_seat(2)) == [Seated(own_seat(2).address.ip)]


def test_ipv6_sources_are_networks() -> None:
    one, other = (Address(bytes.fromhex(f"20010db800000{n}00") + bytes(8), 1) for n in (1, 2))
    assert quotas.source_of(one) == quotas.source_of(one._replace(ip=one.ip[:8] + b"\xff" * 8))
    assert quotas.source_of(one) != quotas.source_of(other)
    assert quotas.source_of(host(1)) != quotas.source_of(host(2))


def test_one_home_has_several_boards_open_with_several_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixty-four sessions of one address, and eight at each seat: those who live behind one router call many seats."""
    monkeypatch.setattr(quotas.CallRates, "allows", lambda *_: True)  # they begin one after the other
    lab = Lab()
    callees = [Talker(lab, host(number)) for number in range(1, 10)]
    for number, one in enumerate(callees, 1):
        one.sit(one.hello(lab.granted()), own_seat(number))
        one.heard()
        for _ in range(9):
            Talker(lab, host(20)).say(Call(own_seat(number).address.ip))
    assert [len(one.heard()) for one in callees] == [8] * 8 + [0]
    assert lab.relay.refused[Refusal.SESSIONS] == 8 + 9
