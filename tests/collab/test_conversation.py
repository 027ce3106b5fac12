"""Two ends of a conversation, wired to each other: requests, answers, changes, and what is not spoken so."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.collab import conversation, wire
from peerapi.collab.conversation import (
    MOST_INVITATIONS,
    MOST_REQUESTS,
    Answered,
    Broken,
    Came,
    Conversation,
    Ended,
    Greeted,
    Invited,
    Left,
    Rings,
    Withdrawn,
)
from peerapi.collab.events import Change, CollabEvent, CollabEventType, ItemChanged
from peerapi.collab.values import Answer, Invitation, Item, Presence, Response
from peerapi.collab.wire import Datum, Hello, Kind, Outcome, Type

HELLO = Hello(wire.VERSION, bytes(16), "desk", "Nick", 4711)
ONE = Item(b"1" * 16, b"one", 3)
INVITATION = Invitation(bytes(16), b"data", "come\nnow")


class Shown:
    """A publisher that shows what it is told to."""

    def __init__(self) -> None:
        self.data: list[Datum] | None = [Datum(Kind.NAME, "desk"), Datum(Kind.PRESENCE, Presence(7, None))]
        self.invites = True

    def shown(self) -> list[Datum] | None:
        return None if self.data is None else list(self.data)

    def change(self, event: CollabEvent) -> tuple[Change, Datum] | None:
        return None if self.data is None else (event.content.change, Datum(Kind.ITEM, event.content.item))

    def may_invite(self) -> bool:
        return self.invites


class Two:
    """A caller and who was called."""

    def __init__(self) -> None:
        self.publishers = Shown(), Shown()
        self.caller = Conversation(self.publishers[0], HELLO, outgoing=True)
        self.called = Conversation(self.publishers[1], HELLO, outgoing=False)
        self.carry()

    def carry(self) -> None:
        """Everything to the other side, until nobody has anything to say."""
        while True:
            one, other = self.caller.take_out(), self.called.take_out()
            if not one and not other:
                return
            self.called.received(one)
            self.caller.received(other)

    def told(self, side: Conversation) -> list[Any]:
        self.carry()
        told, side.told = side.told, []
        return [one for one in told if not isinstance(one, Greeted)]


def item_event(change: Change, item: Item = ONE) -> CollabEvent:
    return CollabEvent(CollabEventType.MY_OBJECT_CHANGED, ItemChanged(None, None, change, item))


def test_both_sides_greet() -> None:
    two = Two()
    assert (two.caller.remote, two.called.remote) == (HELLO, HELLO)


def test_a_query_is_answered_once() -> None:
    two = Two()
    request = two.caller.query()
    data = two.publishers[1].data
    assert data is not None
    assert two.told(two.caller) == [*(Came(request, one, False) for one in data), Ended(request, Outcome.DONE)]
    two.called.changed(item_event(Change.ADDED))
    assert two.told(two.caller) == []
    assert two.caller.is_idle and two.called.is_idle


def test_attack_questions_come_faster_than_answers_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A question has nine bytes, and an answer all that there is, which is made whole before any of it is sent."""

    def answered(type_: Type) -> bytes:
        two = Two()
        two.publishers[1].data = [
            Datum(Kind.ITEM, Item(number.to_bytes(16, "big"), bytes(1000), 3)) for number in range(9)
        ]
        two.called.received(b"".join(wire.message(type_, 2 * number + 1) for number in range(4000)))
        return two.called.take_out()

    with monkeypatch.context() as without:
        without.setattr(conversation, "MOST_OUT", 1 << 40)
        assert len(answered(Type.QUERY)) > 30 << 20
    assert len(answered(Type.QUERY)) < 2 * conversation.MOST_OUT
    assert len(answered(Type.WATCH)) < 2 * conversation.MOST_OUT
    found = [wire.read(one) for one in wire.frames().feed(answered(Type.QUERY)) if one.kind == Type.END]
    assert len(found) == 4000 and {found[0], found[-1]} == {Outcome.DONE, Outcome.TOO_MANY}


def test_a_watch_hears_of_changes_until_it_ends() -> None:
    two = Two()
    request = two.caller.watch()
    two.told(two.caller)
    assert not two.caller.is_idle and not two.called.is_idle
    two.called.changed(item_event(Change.ADDED))
    assert two.told(two.caller) == [Came(request, Datum(Kind.ITEM, ONE), False)]
    two.called.changed(item_event(Change.DELETED))
    two.called.changed(item_event(Change.DELETED))
    assert two.told(two.caller) == [Came(request, Datum(Kind.ITEM, ONE.id), True)]
    two.caller.unwatch(request)
    two.carry()
    two.called.changed(item_event(Change.ADDED))
    assert two.told(two.caller) == []


def test_who_may_know_less_is_told_what_is_gone_and_who_may_know_more_what_there_is() -> None:
    two = Two()
    request = two.caller.watch()
    two.told(two.caller)
    data = two.publishers[1].data
    two.publishers[1].data = None
    two.called.permissions_changed()
    gone = two.told(two.caller)
    assert [(one.datum.kind, one.gone) for one in gone] == [(Kind.NAME, True), (Kind.PRESENCE, True)]
    two.publishers[1].data = data
    two.called.permissions_changed()
    assert len(two.told(two.caller)) == 2
    assert request


def test_who_may_know_nothing_is_refused() -> None:
    two = Two()
    two.publishers[1].data = None
    for request in (two.caller.query(), two.caller.watch()):
        assert two.told(two.caller)[:1] in ([Ended(request, Outcome.REFUSED)], [])
    assert two.caller.is_idle and two.called.is_idle


def test_there_are_only_so_many_watches() -> None:
    two = Two()
    for _ in range(MOST_REQUESTS):
        two.caller.watch()
    two.told(two.caller)
    last = two.caller.watch()
    assert two.told(two.caller) == [Ended(last, Outcome.TOO_MANY)]


def test_invitations_ring_and_are_answered_in_both_directions() -> None:
    two = Two()
    for asks, answers in ((two.caller, two.called), (two.called, two.caller)):
        request = asks.invite(INVITATION)
        assert two.told(answers) == [Invited(request, INVITATION)]
        assert two.told(asks) == [Rings(request)]
        answers.answer(request, Response(Answer.ACCEPTED, 0))
        answers.answer(request, Response(Answer.DECLINED, 0))
        assert two.told(asks) == [Answered(request, Response(Answer.ACCEPTED, 0))]


def test_a_cancelled_invitation_is_withdrawn_and_its_late_answer_is_nothing() -> None:
    two = Two()
    request = two.caller.invite(INVITATION)
    two.told(two.called)
    two.told(two.caller)
    two.called.answer(request, Response(Answer.ACCEPTED, 0))
    two.caller.cancel(request)
    assert two.told(two.caller) == []
    again = two.caller.invite(INVITATION)
    two.told(two.called)
    two.caller.cancel(again)
    assert two.told(two.called) == [Withdrawn(again)]


def test_invitations_that_are_not_taken() -> None:
    two = Two()
    two.publishers[1].invites = False
    request = two.caller.invite(INVITATION)
    assert two.told(two.called) == []
    assert two.told(two.caller) == [Ended(request, Outcome.REFUSED)]
    two.publishers[1].invites = True
    for _ in range(MOST_INVITATIONS):
        two.caller.invite(INVITATION)
    two.told(two.caller)
    last = two.caller.invite(INVITATION)
    assert two.told(two.caller) == [Ended(last, Outcome.TOO_MANY)]


def test_who_does_not_answer_pings_is_given_up() -> None:
    two = Two()
    for _ in range(10):
        assert two.caller.ping()
        two.carry()
    silent = Conversation(Shown(), HELLO, outgoing=True)
    assert [silent.ping() for _ in range(4)] == [True, True, True, False]


def test_goodbye() -> None:
    two = Two()
    two.called.bye()
    assert two.told(two.caller) == [Left()]


def test_what_is_not_known_ends_its_request_only() -> None:
    two = Two()
    two.called.received(wire.frame(99, 5, b"something new"))
    assert wire.read(wire.frames().feed(two.called.take_out())[0]) == Outcome.NOT_UNDERSTOOD
    request = two.caller.query()
    assert two.told(two.caller)[-1] == Ended(request, Outcome.DONE)


@pytest.mark.parametrize(
    "sent",
    [
        wire.message(Type.QUERY, 1),  # before HELLO
        wire.message(Type.HELLO, 0, HELLO._replace(version=2)),
        wire.message(Type.HELLO, 0, HELLO) + wire.message(Type.HELLO, 0, HELLO),
        wire.message(Type.HELLO, 0, HELLO) + wire.message(Type.QUERY, 2),  # a number of ours
        wire.message(Type.HELLO, 0, HELLO) + wire.message(Type.INVITE, 3, INVITATION) * 2,
        (wire.MAX_FRAME + 1).to_bytes(4, "big") + bytes(5),
        wire.message(Type.HELLO, 0, HELLO) + wire.frame(Type.DATA, 1, b"\xff"),
    ],
)
def test_who_speaks_wrongly_is_broken_off(sent: bytes) -> None:
    called = Conversation(Shown(), HELLO, outgoing=False)
    with pytest.raises(Broken):
        called.received(sent)


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 9), st.binary(max_size=40)), max_size=20), st.binary())
def test_any_bytes_are_taken_or_broken_off(frames: list[tuple[int, int, bytes]], junk: bytes) -> None:
    called = Conversation(Shown(), HELLO, outgoing=False)
    try:
        called.received(wire.message(Type.HELLO, 0, HELLO))
        for one in frames:
            called.received(wire.frame(*one))
        called.received(junk)
    except Broken:
        return
