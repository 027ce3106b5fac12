"""Empties the log of one graph's database on threads that wait for the disk without the graph's lock
(``store.checkpoints``).
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from typing import TYPE_CHECKING

from peerapi.engine.graphs.ports import GraphRunner
from peerapi.engine.runtime import Engine, FairLock
from peerapi.engine.workers import in_thread

if TYPE_CHECKING:
    import trio

ROUNDS = 3
"Rounds of one checkpoint: each takes what was written during the one before."
AT_ONCE = 2
"Checkpoints that a process makes at a time: more would wait for the same disk."
_limiter: trio.CapacityLimiter | None = None


class Checkpointer:
    """Makes the checkpoints of one graph, one at a time."""

    def __init__(self, runner: GraphRunner, lock: FairLock, engine: Engine) -> None:
        self.turn = threading.Lock()
        "Held by who makes a checkpoint, and by who closes the database; before the graph's lock."
        self._runner = runner
        self._lock = lock
        self._engine = engine
        self._wanted = False

    async def begin(self) -> None:
        """Task: from now on SQLite makes no checkpoints itself."""
        with self._lock:
            if not self._runner.closed:
                self._runner.graph.database.log.tend()

    def want(self) -> None:
        """A checkpoint is due; any thread, without the lock. A caller who writes faster than the disk does has to make
        it, and so to wait."""
        if self._runner.graph.database.log.overfull and not self._engine.on_loop():
            self.make()
        elif not self._wanted:
            self._wanted = True
            self._engine.post(lambda: self._runner.spawn(self.keep_up))

    async def keep_up(self) -> None:
        """Have a checkpoint made, and wait for it."""
        import trio

        global _limiter
        _limiter = _limiter or trio.CapacityLimiter(AT_ONCE)
        try:
            await in_thread(self.make, limiter=_limiter)
        finally:
            self._wanted = False

    def make(self) -> None:
        """A checkpoint, if one is due. What fails is reported and, for want of descriptors or room for one beside the
        callers, done among them."""
        runner = self._runner
        with self.turn:
            try:
                if self._made():
                    return
            except Exception as error:  # what a caller has asked for is done
                runner.report(error)
            with self._lock:
                if not runner.closed:
                    log = runner.graph.database.log
                    with contextlib.suppress(sqlite3.Error):
                        if log.excessive:
                            log.empty()
                    log.put_off()

    def _made(self) -> bool:
        """Raises sqlite3.Error."""
        runner = self._runner
        if runner.closed:
            return True
        checkpoint = runner.graph.database.log.begin()
        if checkpoint is None:
            return True
        with contextlib.closing(checkpoint):
            for _ in range(ROUNDS):
                with self._lock:
                    if runner.closed:
                        return True
                    checkpoint.pin()
                checkpoint.copy()
                with self._lock:
                    if runner.closed or checkpoint.finish():
                        return True
        return False
