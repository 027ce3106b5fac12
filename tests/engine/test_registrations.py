"""Events that wait for a program: bounded in number and bytes; the program is told (``engine.graphs``)."""

import pytest

from peerapi.api.graph_events import ERROR_NOTIFY_ENUM_DIR, raise_lost
from peerapi.engine.graphs import registrations
from peerapi.engine.graphs.registrations import Bounded, Registration
from peerapi.errors import WrappedWin32Error
from peerapi.graphing.events import Event, EventType, IncomingData, RecordChange, RecordChanged, StatusChanged

KINDS = dict.fromkeys((EventType.RECORD_CHANGED, EventType.STATUS_CHANGED, EventType.INCOMING_DATA))


def changed(number: int) -> RecordChanged:
    return RecordChanged(RecordChange.ADDED, number.to_bytes(16, "big"), bytes(16))


def registration(limit: int = 10, most_bytes: int = 1000, reserve: int = 2) -> Registration:
    made = Registration(KINDS, bool)
    made.queue = Bounded(limit, most_bytes, reserve)
    return made


def read(made: Registration) -> list[Event]:
    """All that waits, as a program takes it."""
    found = []
    while made.queue:
        found.append(made.queue.popleft())
        made.queue.left(found[-1])
    return found


def test_attack_events_for_who_does_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the bound the queue grows as long as a neighbor likes."""
    events = [changed(number) for number in range(1000)]
    with monkeypatch.context() as patch:
        patch.setattr(Bounded, "take_in", lambda self, events, data: self.line.extend(events))
        unbounded = registration()
        for event in events:
            unbounded.take((event,))
        assert len(unbounded.queue) == 1000
    bounded = registration()
    for event in events:
        assert bounded.take((event,)), "the program is signalled all the same"
    assert len(bounded.queue) == 10
    assert bounded.queue.dropped == 990


def test_what_is_missing_is_in_one_place_and_told_once() -> None:
    made = registration()
    for number in range(30):
        made.take((changed(number),))
    assert read(made) == [changed(number) for number in range(10)]
    with pytest.raises(WrappedWin32Error, match="20 events") as raised:
        raise_lost(made)
    assert raised.value.hresult == 0x80070000 | ERROR_NOTIFY_ENUM_DIR == 0x800703FE
    raise_lost(made)
    made.take([changed(77)])
    assert read(made) == [changed(77)]
    raise_lost(made)


def test_nothing_is_taken_between_a_loss_and_its_being_told() -> None:
    made = registration()
    for number in range(11):
        made.take((changed(number),))
    made.queue.popleft()
    made.take((changed(99),))
    assert changed(99) not in read(made)
    with pytest.raises(WrappedWin32Error, match="2 events"):
        raise_lost(made)


def test_many_events_at_once_fill_the_queue_to_the_last_place() -> None:
    made = registration()
    made.take([changed(number) for number in range(25)])
    assert (len(made.queue), made.queue.dropped) == (10, 15)


def test_a_status_is_not_lost_because_of_records() -> None:
    made = registration()
    made.take([changed(number) for number in range(25)])
    for status in range(5):
        made.take((StatusChanged(status),))
    assert read(made)[10:] == [StatusChanged(0), StatusChanged(1)]


def test_attack_data_for_who_does_not_read() -> None:
    """Ten events are few, but each may have 60 MB."""
    made = registration(most_bytes=1000)
    for number in range(5):
        made.take((IncomingData(1, bytes(16), bytes((number,)) * 400),))
    assert made.queue.size == 800
    assert len(made.queue) == 2
    read(made)
    assert made.queue.size == 0
    assert made.queue.lost() == 3
    made.take((IncomingData(1, bytes(16), bytes(400)),))
    assert len(made.queue) == 1


def test_a_program_s_queue_has_room_for_what_is_usual() -> None:
    queue = Registration(KINDS, bool).queue
    queue.take_in([changed(1)] * registrations.LIMIT, False)
    assert queue.dropped == 0
    queue.take_in([StatusChanged(1)], False)
    assert queue.dropped == 0
    queue.take_in([changed(1)], False)
    assert queue.dropped == 1
