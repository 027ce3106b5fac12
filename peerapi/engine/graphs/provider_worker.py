"""Asks a security provider on behalf of a driver, on threads where it may block, fail, or call the API again.

The caller's own records are secured on the caller's thread. What comes from neighbors, and what the node itself
publishes, is handled one after the other by one thread of the graph, so that order is kept and a slow provider holds
up its own graph only.
"""

from __future__ import annotations

import queue
import signal
import threading
from collections.abc import Callable

from peerapi.engine.graphs.links import Links
from peerapi.engine.graphs.ports import GraphRunner
from peerapi.errors import GraphShuttingDown, PeerError, Unexpected
from peerapi.graphing.codec.records import Record, decode_record
from peerapi.graphing.events import RecordChange
from peerapi.graphing.outputs import Judge, JudgeFound, Secure
from peerapi.graphing.security import Prepared, Received, RecordSecurity, Validity
from peerapi.signals import deferred

TRIES = 8
"How often a change is prepared anew because its record has changed while the provider was asked."
IDLE = 30.0
"Seconds after which the thread of an idle graph ends."


class ProviderWorker:
    """Asks the provider of one driver, on a thread of the graph where that may take long."""

    def __init__(self, runner: GraphRunner, links: Links, provider: RecordSecurity) -> None:
        self._runner = runner
        self._links = links
        self._provider = provider
        self._work: queue.SimpleQueue[Judge | Secure | JudgeFound] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._running = False

    def publish(self, prepare: Callable[[], Prepared]) -> Record:
        """Prepare, secure, publish a change of the application, on its thread. Raises what the provider raises."""
        for _ in range(TRIES):
            prepared = prepare()
            data = self._provider.secure(prepared.record, prepared.change)
            if self._runner.input(self._runner.graph.publish_secured, prepared, data):
                return prepared.record
        raise Unexpected("The record changes faster than it can be secured.")

    def publish_all(self, prepare: Callable[[], list[Prepared]]) -> list[bytes]:
        """Many new records of the application, all or none; gives their IDs."""
        prepared = prepare()
        secured = [(each, self._provider.secure(each.record, each.change)) for each in prepared]
        self._runner.input(self._runner.graph.publish_all_secured, secured)
        return [each.record.id for each in prepared]

    def publish_own(self, wanted: Secure) -> None:
        """Secure and publish a record of the node itself, here and now, if it is still wanted."""
        for _ in range(TRIES):
            prepared = self._runner.input(self._runner.graph.prepare_own, wanted.prepare)
            if prepared is None:
                return
            data = self._provider.secure(prepared.record, prepared.change)
            if self._runner.input(self._runner.graph.publish_secured, prepared, data):
                return

    @deferred
    def post(self, work: Judge | Secure | JudgeFound) -> None:
        """Have it done by the graph's thread."""
        self._work.put(work)
        with self._lock:
            if not self._running:
                mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
                try:
                    threading.Thread(target=self._run, name="peerapi security", daemon=True).start()
                    self._running = True
                except RuntimeError as error:  # no thread can be had; the next work that comes tries again
                    self._runner.report(error)
                finally:
                    signal.pthread_sigmask(signal.SIG_SETMASK, mask)

    def _run(self) -> None:
        while True:
            try:
                work = self._work.get(timeout=IDLE)
            except queue.Empty:
                with self._lock:
                    if self._work.empty():
                        self._running = False
                        return
                continue
            try:
                self._do(work)
            except GraphShuttingDown:
                pass
            except Exception as error:
                self._runner.report(error)

    def _do(self, work: Judge | Secure | JudgeFound) -> None:
        if isinstance(work, Secure):
            try:
                self.publish_own(work)
            except PeerError as error:
                self._runner.report(error)  # 3.1.7.28: the operation is aborted
            return
        if isinstance(work, JudgeFound):
            validities = [self._validity(received, RecordChange.ADDED) for received in work.records]
            self._runner.input(self._runner.graph.node_searches.judged, work.search, work.answer, validities)
            return
        answers: list[tuple[Received, Validity]] = []
        for received, change in work.records:
            if self._runner.closed:
                return  # nobody is asked about a graph that the application has closed
            answers.append((received, self._validity(received, change)))
        try:
            self._runner.input(self._runner.graph.judged, work.link, answers)
        except GraphShuttingDown:
            raise
        except PeerError as error:
            self._runner.report(error)
            self._runner.input(self._runner.graph.not_judged, work.link)
        self._links.resume(work.link)

    def _validity(self, received: Received, change: RecordChange) -> Validity:
        """What the provider says of a record; a provider that fails refuses it."""
        if self._runner.closed:
            return Validity.INVALID
        try:
            return self._provider.validate(received.internal or decode_record(received.wire), change)
        except Exception as error:
            self._runner.report(error)
            return Validity.INVALID
