"""One node of a table as a process of its own, led by lines on stdin: ``python -m tests.drt.table_node PORTS``.

``PORTS`` are those of nodes to begin with, separated by commas. It registers one key and prints its port and that key.
``find KEY ...`` prints for each key the seconds its search took, or ``-`` when it was not found with its own data.
"""

from __future__ import annotations

import os
import sys
import threading
import time

from peerapi.drt.border import End, Match, Query, Result, Settings, Status, StatusEvent, TransportScope
from peerapi.engine.drt.instance import Instance
from peerapi.engine.drt.transport import Transport
from peerapi.engine.runtime import Engine
from tests.drt.providers import OpenProvider
from tests.engine.test_drt import Known

PATIENCE = 120.0


class TableNode:
    """An open node with one key, whose data are the key itself."""

    def __init__(self, ports: list[int]) -> None:
        self._changed = threading.Condition()
        transport = Transport(TransportScope.GLOBAL, 0, 0, 0)
        self.port = transport.port
        self.instance = Instance.open(Settings(), transport, OpenProvider(), Known(*ports), self._tell, Engine())
        self.key = os.urandom(32)
        if ports:
            self._wait_until_active()
        self.instance.register(self.key, self.key, None)

    def _tell(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _wait_until_active(self) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            while (event := self.instance.take_event()) is not None:
                if isinstance(event, StatusEvent) and event.status is Status.ACTIVE:
                    return
            with self._changed:
                self._changed.wait(0.05)
        raise TimeoutError("nobody answers")

    def find(self, key: bytes) -> float | None:
        """Seconds, or None: not found."""
        began = time.monotonic()
        search = self.instance.search(Query(key, timeout=10.0), self._tell)
        while not search.ended and search.peek() is End.IN_PROGRESS:
            with self._changed:
                self._changed.wait(0.02)
        result = search.take()
        search.end()
        return time.monotonic() - began if result == Result(Match.EXACT, key, key) else None


def main() -> None:
    node = TableNode([int(port) for port in sys.argv[1].split(",") if port])
    print(node.port, node.key.hex(), flush=True)
    for line in sys.stdin:
        _, *keys = line.split()
        taken = [node.find(bytes.fromhex(key)) for key in keys]
        print(*("-" if one is None else f"{one:.6f}" for one in taken), flush=True)


if __name__ == "__main__":
    main()
