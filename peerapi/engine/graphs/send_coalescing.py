"""When what was queued for neighbors leaves: at once, or, while a caller adds without a pause, with what follows it.

A system call for each record would cost the caller more than the record, and the other side a turn of its loop. So what
is queued less than LEAST_INTERVAL after the last send waits for the caller's next record, or for the engine, which
sends what the caller has left when it stops adding. The engine is woken for the first record that waits, and then only
looks in from time to time until nothing is waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

from peerapi.engine.runtime import Engine, moment

if TYPE_CHECKING:
    from peerapi.engine.network import Transport

LEAST_INTERVAL = 0.0007
"Seconds between two sends of a caller that adds without pause."
LONGEST_WAIT = 0.004
"Seconds that a record waits for the next one; then the engine sends it."


class SendCoalescer:
    """Flushes the transports of one graph, several records at once where it can; callers hold no lock."""

    def __init__(self, spawn: Callable[..., None], engine: Engine) -> None:
        self._spawn = spawn
        self._engine = engine
        self._waiting: set[Transport] = set()
        self._watched = False
        "A task of the engine looks after ``_waiting``."

    def flush(self, transports: Iterable[Transport], elapsed: float) -> None:
        """Send what was queued at ``elapsed``, now or soon."""
        for transport in transports:
            if elapsed - transport.flushed > LEAST_INTERVAL or self._engine.on_loop():
                transport.flushed = elapsed
                transport.flush()
            else:
                self._waiting.add(transport)
                if not self._watched:
                    self._watched = True
                    self._engine.post(partial(self._spawn, self._send_the_rest))

    async def _send_the_rest(self) -> None:
        """Task: flush what nobody has flushed for LONGEST_WAIT. A caller that still adds does it itself."""
        import trio

        try:
            while self._waiting:
                due = min(transport.flushed for transport in list(self._waiting)) + LONGEST_WAIT
                await trio.sleep(max(0.0, due - moment().elapsed))
                over = moment().elapsed - LONGEST_WAIT
                for transport in list(self._waiting):
                    if transport.flushed <= over:
                        self._waiting.discard(transport)
                        transport.flush()
                if not self._waiting:
                    self._watched = False  # before the last look: who adds now posts, or is seen
        finally:
            self._watched = False
