from __future__ import annotations

import threading

from peerapi.abi import handles, layout
from peerapi.abi.handles import HandleTable, Snapshot


def test_a_handle_leads_to_its_object_until_it_is_taken() -> None:
    table, target = HandleTable("HGRAPH", "G"), object()
    handle = table.insert(target)
    assert table.get(handle) is target
    assert table.take(handle) is target
    assert table.get(handle) is None
    assert table.take(handle) is None


def test_a_closed_handle_never_comes_alive_again() -> None:
    table = HandleTable("HGRAPH", "G")
    dead = table.insert(object())
    table.take(dead)
    assert dead not in {table.insert(object()) for _ in range(1000)}


def test_handles_of_different_kinds_are_different_numbers() -> None:
    values = [table.insert(table) for table in handles.TABLES]
    for value, own in zip(values, handles.TABLES, strict=True):
        assert [table for table in handles.TABLES if table.get(value) is not None] == [own]
        own.take(value)
    assert len(set(values)) == len(values)


def test_a_handle_is_neither_null_nor_invalid_nor_small_nor_an_address() -> None:
    for table in handles.TABLES:
        value = table.insert(object())
        assert 1 << 48 < value < 1 << 63
        assert value >> 47 not in (0, 0x1FFFF)
        table.take(value)


def test_made_up_values_lead_nowhere() -> None:
    table = HandleTable("HGRAPH", "G")
    live = table.insert(object())
    assert [table.get(value) for value in (0, 1, live + 1, live - 1, live ^ 1 << 48, 2**64 - 1)] == [None] * 6


def test_of_many_threads_closing_one_handle_one_gets_the_object() -> None:
    table = HandleTable("HGRAPH", "G")
    got: list[object] = []
    for _ in range(50):
        handle, line = table.insert(object()), threading.Barrier(4)

        def close(handle: int = handle, line: threading.Barrier = line) -> None:
            line.wait()
            got.append(table.take(handle))

        threads = [threading.Thread(target=close) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sum(item is not None for item in got) == 50


def test_release_closes_the_handles_of_one_owner_in_all_tables() -> None:
    owner, other = object(), object()
    mine = [table.insert(table.name, owner) for table in handles.TABLES]
    foreign = handles.GRAPHS.insert("foreign", other)
    assert handles.release(owner) == [table.name for table in handles.TABLES]
    assert [table.get(value) for table, value in zip(handles.TABLES, mine, strict=True)] == [None] * len(mine)
    assert handles.GRAPHS.get(foreign) == "foreign"
    assert handles.release(other) == ["foreign"]


def test_a_restored_handle_lives_on_with_its_owner() -> None:
    table, owner = HandleTable("HGRAPH", "G"), object()
    handle = table.insert("graph", owner)
    table.restore(handle, table.take(handle), owner)
    assert table.get(handle) == "graph"
    assert table.release(owner) == ["graph"]


def test_the_handle_of_an_object_is_found() -> None:
    table, target = HandleTable("HGRAPH", "G"), object()
    handle = table.insert(target)
    assert table.handle_of(target) == handle
    assert table.handle_of(object()) == 0


def test_a_snapshot_gives_its_items_in_order_and_then_none() -> None:
    numbers = layout.Struct("PEER_VERSION_DATA", None, ("wVersion", "", layout.UINT16))
    snapshot = Snapshot(numbers, [1, 2, 3, 4, 5])
    taken = [snapshot.take(count).values for count in (2, 0, 2**32 - 1, 1)]
    assert taken == [[1, 2], [], [3, 4, 5], []]
    assert len(snapshot) == 5
