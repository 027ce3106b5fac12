"""Who waits for the disk: the checkpointer, and neighbors who send more than it takes; no caller."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator

import pytest

from peerapi.engine.graphs.node import Node
from peerapi.store import checkpoints
from peerapi.store.checkpoints import Checkpoint
from tests.engine.support import PATIENCE, Caller, draft, until
from tests.engine.test_driver import created, listening


class Disk:
    """Copies for a checkpoint as long as it likes."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.free = threading.Event()

    def copy(self, checkpoint: Checkpoint) -> None:
        self.reached.set()
        assert self.free.wait(PATIENCE)
        _copy(checkpoint)


_copy = Checkpoint.copy


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    disk = Disk()
    monkeypatch.setattr(checkpoints, "START", 1 << 20)
    monkeypatch.setattr(checkpoints, "EXCESS", 12 << 20)
    monkeypatch.setattr(Checkpoint, "copy", lambda checkpoint: disk.copy(checkpoint))
    yield disk
    disk.free.set()


def test_while_a_checkpoint_waits_for_the_disk_calls_go_on(node: Node, disk: Disk) -> None:
    driver = created(node)
    log = driver.graph.database.log
    until(lambda: log._tended)
    ids = []
    while not disk.reached.is_set():
        ids.append(driver.add_record(draft(bytes(200_000))))
    ids += [driver.add_record(draft(b"meanwhile")) for _ in range(50)]
    assert [driver.record(id_).id for id_ in ids] == ids
    assert log.size
    disk.free.set()
    until(lambda: not log.size and not log.due, "an empty log")
    node.close(driver)
    assert not node.engine.reports


def test_a_neighbor_that_sends_faster_than_the_disk_takes_is_not_read_meanwhile(node: Node, disk: Disk) -> None:
    driver, port = listening(node)
    log = driver.graph.database.log
    until(lambda: log._tended)
    with Caller(port).join() as caller:
        sender = threading.Thread(
            target=lambda: [caller.flood(caller.record(payload=bytes(1_500_000))) for _ in range(16)]
        )
        sender.start()
        assert disk.reached.wait(PATIENCE)
        until(lambda: log.excessive, "a log that is too long")
        for _ in range(50):
            driver.add_record(draft(b"meanwhile"))
        assert log.size < checkpoints.EXCESS + (3 << 20)
        disk.free.set()
        sender.join(PATIENCE)
        until(lambda: len(driver.record_ids(draft().type, "caller")) == 16 * 16, "all of the records")
    until(lambda: log.size < checkpoints.EXCESS)


def test_without_descriptors_for_a_checkpoint_beside_the_callers_the_log_is_emptied_among_them(
    node: Node, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk.free.set()
    driver = created(node)
    log = driver.graph.database.log
    until(lambda: log._tended)

    def fail(path: object) -> None:
        raise sqlite3.OperationalError("unable to open database file")

    monkeypatch.setattr(checkpoints, "connect", fail)
    until(lambda: driver.add_record(draft(bytes(500_000))) and log._next > 2 * checkpoints.START, "a second try, later")
    until(lambda: driver.add_record(draft(bytes(500_000))) and log.size < checkpoints.START, "an empty log")
    assert isinstance(node.engine.reports[0], sqlite3.OperationalError)
    node.engine.reports.clear()


def test_a_graph_is_closed_while_a_checkpoint_is_made(node: Node, disk: Disk) -> None:
    driver = created(node)
    until(lambda: driver.graph.database.log._tended)
    while not disk.reached.is_set():
        driver.add_record(draft(bytes(200_000)))
    closing = threading.Thread(target=node.close, args=(driver,))
    closing.start()
    disk.free.set()
    closing.join(PATIENCE)
    assert driver.closed
    assert not node.engine.reports
