"""When what was queued for neighbors leaves: at once, or, while a caller adds without a pause, with what follows it.

A system call for each record would cost the caller more than the record, and the other side a turn of its loop. So what
is queued less than BURST after the last time waits for the caller's next record after that, or for the engine, which
sees to the end of the burst. The engine is woken for the first record that waits, and then only looks in from time to
time until the burst is over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

from peerapi.engine.runtime import Engine, moment

if TYPE_CHECKING:
    from peerapi.engine.network import Transport

BURST = 0.0007
"Seconds between two sends of a caller that adds without pause."
BURST_END = 0.004
"Seconds after which the engine sends what such a caller has left."


class Bursts:
    """Flushes the transports of one graph; callers hold no lock."""

    def __init__(self, spawn: Callable[..., None], engine: Engine) -> None:
        self._spawn = spawn
        self._engine = engine
        self._waiting: set[Transport] = set()
        self._watched = False
        "A task of the engine looks after ``_waiting``."

    def flush(self, transports: Iterable[Transport], elapsed: float) -> None:
        """Send what was queued at ``elapsed``, now or soon."""
        for transport in transports:
            if elapsed - transport.flushed > BURST or self._engine.on_loop():
                transport.flushed = elapsed
                transport.flush()
            else:
                self._waiting.add(transport)
                if not self._watched:
                    self._watched = True
                    self._engine.post(partial(self._spawn, self._see_to_the_end))

    async def _see_to_the_end(self) -> None:
        """Task: flush what nobody has flushed for BURST_END. A caller that still adds does it itself."""
        import trio

        try:
            while self._waiting:
                due = min(transport.flushed for transport in list(self._waiting)) + BURST_END
                await trio.sleep(max(0.0, due - moment().elapsed))
                over = moment().elapsed - BURST_END
                for transport in list(self._waiting):
                    if transport.flushed <= over:
                        self._waiting.discard(transport)
                        transport.flush()
                if not self._waiting:
                    self._watched = False  # before the last look: who adds now posts, or is seen
        finally:
            self._watched = False
