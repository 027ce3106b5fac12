"""RegisterEvent, UnregisterEvent, GetEventData: what is queued, in which order, and when the Win32 event is set."""

import ctypes
import threading
import uuid

from tests.support.native import expect
from tests.support.peer_values import CHAT, registrations
from tests.support.peers import (
    ADDED,
    DELETED,
    HAS_CONNECTIONS,
    LISTENING,
    NEIGHBOR_CONNECTION,
    OTHER,
    PATIENCE,
    PROPERTY_CHANGED,
    RECORD_CHANGED,
    STATUS_CHANGED,
    SYNCHRONIZED,
    UPDATED,
    Peers,
    Queue,
)
from tests.support.scenario import scenario


@scenario
def test_an_empty_queue_has_no_event_data(peers: Peers) -> None:
    alice = peers.create()
    with alice.queue(RECORD_CHANGED) as queue:
        pointer = ctypes.c_void_p()
        expect(peers.library.PeerGraphGetEventData(queue.handle, ctypes.byref(pointer)), "PEER_S_NO_EVENT_DATA")
        assert not queue.signaled()


@scenario
def test_the_own_changes_are_events_in_their_order(peers: Peers) -> None:
    alice = peers.create()
    with alice.queue(RECORD_CHANGED) as queue:
        id = alice.add()
        alice.update(id, b"new")
        alice.delete(id)
        events = queue.drain()
    assert [event.change for event in events] == [ADDED, UPDATED, DELETED]
    assert {event.record for event in events} == {id}
    assert {event.record_type for event in events} == {CHAT}


@scenario
def test_record_events_are_filtered_by_type(peers: Peers) -> None:
    alice = peers.create()
    with (
        alice.queue((RECORD_CHANGED, CHAT)) as chat,
        alice.queue((RECORD_CHANGED, OTHER)) as other,
        alice.queue(RECORD_CHANGED) as everything,
        alice.queue((RECORD_CHANGED, CHAT), (RECORD_CHANGED, OTHER)) as both,
        alice.queue((RECORD_CHANGED, uuid.uuid4())) as none,
    ):
        first, second = alice.add(), alice.add(type=OTHER)
        assert [event.record for event in chat.drain()] == [first]
        assert [event.record for event in other.drain()] == [second]
        assert [event.record for event in everything.drain()] == [first, second]
        assert [event.record for event in both.drain()] == [first, second]
        assert none.drain() == []


@scenario
def test_event_types_that_were_not_asked_for_do_not_come(peers: Peers) -> None:
    alice = peers.create()
    with alice.queue(STATUS_CHANGED, NEIGHBOR_CONNECTION, PROPERTY_CHANGED) as queue:
        alice.add()
        assert queue.drain() == []
        assert not queue.signaled()


@scenario
def test_a_type_filter_does_not_touch_other_events(peers: Peers) -> None:
    """pType is ignored for events that are not about records."""
    alice = peers.create()
    with alice.queue((STATUS_CHANGED, OTHER)) as queue:
        alice.listen()
        assert queue.wait(lambda event: bool(event.status & LISTENING)).type == STATUS_CHANGED


@scenario
def test_nothing_from_before_the_registration_is_queued(peers: Peers) -> None:
    alice = peers.create()
    alice.add(b"before")
    with alice.queue(RECORD_CHANGED) as queue:
        id = alice.add(b"after")
        assert [event.record for event in queue.drain()] == [id]


@scenario
def test_the_queue_loses_nothing(peers: Peers) -> None:
    alice = peers.create()
    with alice.queue(RECORD_CHANGED) as slow, alice.queue(RECORD_CHANGED) as quick:
        ids = []
        for index in range(3000):
            ids.append(alice.add(index.to_bytes(4, "big")))
            if index % 100 == 0:
                quick.drain()
        quick.drain()
        assert [event.record for event in quick.seen] == ids
        assert [event.record for event in slow.drain()] == ids


@scenario
def test_an_auto_reset_event_is_set_each_time_the_queue_becomes_filled(peers: Peers) -> None:
    alice = peers.create()
    with alice.queue(RECORD_CHANGED) as queue:
        for _ in range(5):
            alice.add()
            assert queue.signaled(PATIENCE)
            assert len(queue.drain()) == 1
        assert not queue.signaled()


@scenario
def test_a_manual_reset_event_stays_set_until_it_is_reset(peers: Peers) -> None:
    alice = peers.create()
    with alice.queue(RECORD_CHANGED, manual=True) as queue:
        alice.add()
        assert queue.signaled(PATIENCE)
        assert queue.signaled()
        peers.library.ResetEvent(queue.event)
        assert len(queue.drain()) == 1
        assert not queue.signaled()
        alice.add()
        assert queue.signaled(PATIENCE)


@scenario
def test_one_win32_event_may_serve_several_registrations(peers: Peers) -> None:
    alice, bob = peers.create("alice", name="one"), peers.create("bob", name="two")
    event = peers.library.CreateEventW(None, 0, 0, None)
    handles = []
    for peer in (alice, bob):
        out = ctypes.c_void_p()
        array = registrations(RECORD_CHANGED)
        result = peers.library.PeerGraphRegisterEvent(peer.handle, event, 1, array, ctypes.byref(out))
        expect(result, "S_OK")
        handles.append(out.value)
    assert handles[0] != handles[1]
    for peer in (alice, bob):
        peer.add()
        assert peers.library.WaitForSingleObject(event, 5000) == 0
        for handle in handles:
            pointer = ctypes.c_void_p()
            while peers.library.PeerGraphGetEventData(handle, ctypes.byref(pointer)) == 0:
                peers.library.PeerGraphFreeData(pointer)
    for handle in handles:
        expect(peers.library.PeerGraphUnregisterEvent(handle), "S_OK")
    assert peers.library.CloseHandle(event)


@scenario
def test_after_unregistering_nothing_is_signaled(peers: Peers) -> None:
    alice = peers.create()
    queue = Queue(alice, RECORD_CHANGED)
    expect(peers.library.PeerGraphUnregisterEvent(queue.handle), "S_OK")
    alice.add()
    assert not queue.signaled()
    pointer = ctypes.c_void_p()
    expect(peers.library.PeerGraphGetEventData(queue.handle, ctypes.byref(pointer)), "E_INVALIDARG")
    expect(peers.library.PeerGraphUnregisterEvent(queue.handle), "E_INVALIDARG")
    assert peers.library.CloseHandle(queue.event)


@scenario
def test_a_win32_event_that_is_closed_too_early_does_no_harm(peers: Peers) -> None:
    """The rule is to unregister first; breaking it must not bring the process down."""
    alice = peers.create()
    queue = Queue(alice, RECORD_CHANGED)
    assert peers.library.CloseHandle(queue.event)
    id = alice.add()
    assert [event.record for event in queue.drain()] == [id]
    expect(peers.library.PeerGraphUnregisterEvent(queue.handle), "S_OK")


@scenario
def test_a_waiting_thread_is_woken(peers: Peers) -> None:
    alice = peers.create()
    with alice.queue(RECORD_CHANGED) as queue:
        woken: list[bool] = []
        thread = threading.Thread(target=lambda: woken.append(queue.signaled(PATIENCE)))
        thread.start()
        alice.add()
        thread.join(120)
        assert woken == [True]


@scenario
def test_listening_is_a_status_event(peers: Peers) -> None:
    alice = peers.create()
    with alice.queue(STATUS_CHANGED) as queue:
        alice.listen()
        event = queue.wait(lambda event: bool(event.status & LISTENING))
        assert event.status == LISTENING | SYNCHRONIZED


@scenario
def test_connecting_and_synchronizing_are_status_events_of_the_joiner(peers: Peers) -> None:
    alice = peers.create()
    alice.listen()
    bob = peers.open()
    with bob.queue(STATUS_CHANGED) as queue:
        bob.connect(alice.port)
        queue.wait(lambda event: event.status == HAS_CONNECTIONS | SYNCHRONIZED)
        flags = [event.status for event in queue.seen]
    assert flags[-1] == bob.status()
    assert flags[0] & HAS_CONNECTIONS, "no synchronization without a connection"
    assert len(set(flags)) == len(flags), "an event per change, not more"


@scenario
def test_losing_the_last_connection_is_a_status_event(peers: Peers) -> None:
    alice, bob = peers.pair()
    with alice.queue(STATUS_CHANGED) as queue:
        bob.close()
        event = queue.wait(lambda event: not event.status & HAS_CONNECTIONS)
        assert event.status == LISTENING | SYNCHRONIZED
    assert alice.status() == LISTENING | SYNCHRONIZED


@scenario
def test_a_registration_may_ask_for_every_event_type(peers: Peers) -> None:
    alice = peers.create()
    with alice.queue(1, 2, 3, 4, 5, 6, 7, 8, 9) as queue:
        id = alice.add()
        assert id in [event.record for event in queue.drain()]
