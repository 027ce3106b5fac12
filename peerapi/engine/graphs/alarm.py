"""Wakes one graph machine when its next timer is due: a task of the engine that sleeps until then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from peerapi.engine.graphs.ports import GraphRunner
from peerapi.engine.runtime import Engine, moment
from peerapi.errors import GraphShuttingDown

if TYPE_CHECKING:
    import trio


class Alarm:
    """Gives the machine its ticks."""

    def __init__(self, runner: GraphRunner, engine: Engine) -> None:
        self.at = float("inf")
        "When the task wakes, in elapsed seconds; who sets an earlier timer calls ``wake_at``."
        self._runner = runner
        self._engine = engine
        self._sleep: trio.CancelScope | None = None

    @property
    def asleep(self) -> bool:
        """The task waits for its time."""
        return self._sleep is not None

    def wake_at(self, moment_: float) -> None:
        """The machine's next timer is earlier than the one that the engine waits for."""
        self.at = moment_
        if self._engine.on_loop():
            self._set()
        else:
            self._engine.post(self._set, hurry=False)

    def end(self) -> None:
        """The graph is closed: wake the task, which sees it."""
        self.at = 0.0
        self._engine.post(self._set, hurry=False)

    def _set(self) -> None:
        """On the loop: move the deadline of the task below, which costs no turn of the loop."""
        if self._sleep is not None:
            import trio

            self._sleep.deadline = trio.current_time() + max(0.0, self.at - moment().elapsed)

    async def run(self) -> None:
        """Task: run the timers until the graph is closed."""
        import trio

        runner = self._runner
        while not runner.closed:
            following = runner.graph.timers.next
            self.at = float("inf") if following is None else following
            with trio.CancelScope() as self._sleep:
                self._set()
                await trio.sleep_forever()
            self._sleep = None
            following = runner.graph.timers.next
            if following is not None and following <= moment().elapsed and not runner.closed:
                try:
                    runner.input(runner.graph.tick)
                except GraphShuttingDown:
                    raise
                except Exception as error:  # a full disk must not end the renewals of a graph for good
                    runner.report(error)
