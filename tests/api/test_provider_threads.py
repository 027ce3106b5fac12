"""A security provider that blocks, calls the API, or is asked while a graph ends."""

import ctypes
import threading
from typing import Any

from tests.api.guarded import guarded_pair
from tests.support import native
from tests.support.native import expect
from tests.support.peer_values import CHAT, record_struct
from tests.support.peers import HAS_CONNECTIONS, OTHER, SYNCHRONIZED, UPDATED, Peers
from tests.support.provider import Asked, Provider, create, open_
from tests.support.scenario import scenario
from tests.wire.client import PRESENCE

# callbacks that take long, call back, or fail


@scenario
def test_a_blocked_validate_stops_neither_calls_on_the_graph_nor_other_graphs(peers: Peers) -> None:
    alice, _, bob, his = guarded_pair(peers)
    here, there = peers.create("carol", name="other"), peers.open("dave", name="other")
    there.connect(here.listen())
    there.until_status(SYNCHRONIZED | HAS_CONNECTIONS)
    release = threading.Event()
    his.on_validate = lambda asked: 0 if release.wait(120) else 1
    try:
        waiting = alice.add(b"waits")
        his.until(lambda: his.of_applications(his.validated))
        own = bob.add(b"bob's")
        assert [record.id for record in bob.records()] == [own]
        bob.update(own, b"again")
        assert bob.status() == HAS_CONNECTIONS | SYNCHRONIZED
        alice.until(lambda: alice.has(own) and alice.get(own).version == 2)  # what bob sends still goes out
        id = here.add(b"elsewhere")
        there.until(lambda: there.has(id))
        assert not bob.has(waiting)
    finally:
        release.set()
    bob.until(lambda: bob.has(waiting))


@scenario
def test_a_blocked_secure_stops_neither_calls_on_the_graph_nor_what_comes(peers: Peers) -> None:
    alice, hers, bob, _ = guarded_pair(peers)
    release, blocked = threading.Event(), threading.Event()

    def slow(asked: Asked) -> tuple[int, bytes | None]:
        blocked.set()
        return 0 if release.wait(120) else 1, b""

    hers.on_secure = slow
    results: list[int] = []
    adder = threading.Thread(target=lambda: results.append(alice.try_add(record_struct(b"slow"))))
    adder.start()
    try:
        assert blocked.wait(120)
        assert alice.records() == []
        id = bob.add(b"from bob")
        alice.until(lambda: alice.has(id))
    finally:
        release.set()
        adder.join()
    assert results == [0]
    assert {record.data for record in alice.records()} == {b"slow", b"from bob"}


@scenario
def test_validate_may_call_the_api(peers: Peers) -> None:
    alice, _, bob, his = guarded_pair(peers)
    own = bob.add(b"bob's")
    seen: list[Any] = []

    def curious(asked: Asked) -> int:
        if not asked.internal and asked.record.type == CHAT:
            seen.append((bob.get(own).data, len(bob.records()), bob.status(), bob.has(asked.record.id)))
            bob.add(b"answer to " + asked.record.data, type=OTHER)
            bob.update(own, b"asked")
            bob.connections()
            bob.properties()
        return 0

    his.on_validate = curious
    id = alice.add(b"question")
    bob.until(lambda: bob.has(id))
    his.check()
    assert seen == [(b"bob's", 1, HAS_CONNECTIONS | SYNCHRONIZED, False)]
    assert [record.data for record in bob.records(OTHER)] == [b"answer to question"]
    alice.until_count(1, OTHER)


@scenario
def test_secure_may_call_the_api(peers: Peers) -> None:
    provider = Provider()
    alice = create(peers, provider)
    first = alice.add(b"first")
    seen: list[Any] = []

    def curious(asked: Asked) -> tuple[int, bytes | None]:
        if asked.record.type == CHAT and not asked.internal:
            seen.append((alice.get(first).data, len(alice.records()), alice.has(asked.record.id)))
            alice.add(b"log", type=OTHER)
        return 0, b""

    provider.on_secure = curious
    alice.add(b"second")
    assert seen == [(b"first", 1, False)]
    alice.update(first, b"third")
    assert len(alice.records(OTHER)) == 2
    assert alice.get(first).data == b"third"
    provider.check()


@scenario
def test_a_record_that_changes_while_it_is_secured_is_prepared_again(peers: Peers) -> None:
    provider = Provider()
    alice = create(peers, provider)
    id = alice.add(b"first")
    busy = False

    def meddle(asked: Asked) -> tuple[int, bytes | None]:
        nonlocal busy
        if not busy:
            busy = True
            alice.update(id, b"in between")
        return 0, b""

    provider.on_secure = meddle
    alice.update(id, b"last")
    record = alice.get(id)
    assert (record.data, record.version) == (b"last", 3)


@scenario
def test_a_record_that_is_deleted_while_it_is_secured_is_not_found(peers: Peers) -> None:
    provider = Provider()
    alice = create(peers, provider)
    id = alice.add(b"first")

    def meddle(asked: Asked) -> tuple[int, bytes | None]:
        if asked.change == UPDATED:
            alice.delete(id)
        return 0, b""

    provider.on_secure = meddle
    struct = record_struct(expires=alice.get(id).expires)
    expect(alice.try_update(id, struct), "PEER_E_RECORD_NOT_FOUND")
    assert not alice.has(id)


@scenario
def test_closing_while_validate_blocks(peers: Peers) -> None:
    """The close returns, the answer that comes too late changes nothing, and no other question follows."""
    alice, _, bob, his = guarded_pair(peers)
    release, left = threading.Event(), threading.Event()

    def slow(asked: Asked) -> int:
        release.wait(120)
        left.set()
        return 0

    his.on_validate = slow
    for number in range(5):
        alice.add(b"%d" % number)
    his.until(lambda: his.of_applications(his.validated))
    bob.close()
    assert not left.is_set(), "closing waited for the callback"
    count = len(his.validated)
    release.set()
    assert left.wait(120)
    again = open_(peers, None, expected="S_OK")
    assert again.records() == []
    again.connect(alice.port)
    again.until_count(5)
    assert len(his.validated) == count


@scenario
def test_closing_while_secure_blocks(peers: Peers) -> None:
    provider = Provider()
    alice = create(peers, provider)
    release, blocked = threading.Event(), threading.Event()

    def slow(asked: Asked) -> tuple[int, bytes | None]:
        blocked.set()
        release.wait(120)
        return 0, b"late"

    provider.on_secure = slow
    results: list[int] = []
    adder = threading.Thread(target=lambda: results.append(alice.try_add(record_struct())))
    adder.start()
    assert blocked.wait(120)
    alice.close()
    release.set()
    adder.join()
    expect(results[0], "PEER_E_GRAPH_SHUTTING_DOWN", "PEER_E_INVALID_GRAPH")
    provider.check()
    assert open_(peers, None, "alice", expected="S_OK").records() == []


@scenario
def test_validate_may_close_its_own_graph(peers: Peers) -> None:
    alice, _, bob, his = guarded_pair(peers)
    closed = threading.Event()

    def close(asked: Asked) -> int:
        if not asked.internal and not closed.is_set():
            bob.close()
            closed.set()
        return 0

    his.on_validate = close
    alice.add()
    assert closed.wait(120)
    his.check()
    alice.until(lambda: not alice.status() & HAS_CONNECTIONS)
    expect(peers.library.PeerGraphGetStatus(bob.handle, ctypes.byref(ctypes.c_uint32())), "PEER_E_INVALID_GRAPH")


@scenario
def test_secure_at_the_end_of_a_graph_may_wait_for_calls_of_other_threads(peers: Peers) -> None:
    """The presence record is withdrawn when the graph is closed; meanwhile another graph is opened and closed."""
    provider = Provider()
    alice = create(peers, provider, cPresenceMax=0xFFFFFFFF)
    alice.listen()
    alice.until(lambda: any(asked.record.type == PRESENCE for asked in provider.secured))
    alice.until(lambda: alice.records(PRESENCE))

    def elsewhere() -> None:
        other = peers.create("carol", name="other")
        other.listen()
        other.close()

    finished: list[bool] = []

    def waits(asked: Asked) -> tuple[int, bytes | None]:
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join(120)
        finished.append(not thread.is_alive())
        return 0, b""

    provider.on_secure = waits
    alice.close()
    assert finished
    assert all(finished)


@scenario(fresh=True)
def test_secure_during_shutdown_may_call_the_api(peers: Peers) -> None:
    """It gets an answer, whichever; what counts is that the call comes back."""
    provider = Provider()
    alice = create(peers, provider, cPresenceMax=0xFFFFFFFF)
    alice.listen()
    alice.until(lambda: alice.records(PRESENCE))
    seen: list[int] = []

    def call(asked: Asked) -> tuple[int, bytes | None]:
        seen.append(peers.library.PeerGraphGetStatus(alice.handle, ctypes.byref(ctypes.c_uint32())))
        seen.append(peers.library.PeerGraphStartup(1, ctypes.byref(native.PEER_VERSION_DATA())))
        seen.append(peers.library.PeerGraphShutdown())
        return 0, b""

    provider.on_secure = call
    expect(peers.shutdown(), "S_OK")
    assert seen
    alice.open = False
    peers.start()
