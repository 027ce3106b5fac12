"""Two relays, of which one is killed while a link goes through it: how soon there is a link again.
``python -m tests.relay.one_of_two`` measures. Nobody publishes where he is, and who has called knew one seat."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from peerapi.engine.graphs.node import Node
from peerapi.engine.network import SCOPE_GLOBAL
from peerapi.engine.reach.calling import RELAY_ONLY
from peerapi.engine.reach.known_words import VARIABLE
from peerapi.engine.runtime import Engine
from tests.engine.support import info, neighbors, until
from tests.relay.process import RelayProcess

LIMIT = 35.0
LASTS = 6.0
"Seconds that the link has stood: one that ends sooner counts as one that does not hold."


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        relays = [RelayProcess(Path(folder) / name) for name in ("first", "second")]
        os.environ["PEERAPI_HOME"] = str(Path(folder) / "home")
        os.environ[VARIABLE] = " ".join(one.word for one in relays)
        os.environ[RELAY_ONLY] = "1"
        engine = Engine()
        node, other = Node(engine), Node(engine)
        try:
            alice = node.create(info(graph_id="two", creator_id="alice", scope=SCOPE_GLOBAL), "db")
            node.listen(alice, SCOPE_GLOBAL, 0, 0)
            until(lambda: sum(bool(one.relay) for one in alice.graph.addresses) == 2, "two seats")
            bob = other.open("two", "bob", "db", ())
            seat = next(one for one in alice.graph.addresses if one.port == relays[0].port)
            other.connect(bob, seat, None)
            until(lambda: neighbors(alice) == neighbors(bob) == 1, "a link")
            until(lambda: bob.read(lambda graph: graph.synchronized), "the first synchronization")
            time.sleep(LASTS)
            began = time.monotonic()
            relays[0].kill()
            until(lambda: neighbors(bob) == 0, "the end of the link")
            until(lambda: neighbors(alice) == neighbors(bob) == 1, "a link through the other relay")
            back = time.monotonic() - began
        finally:
            node.close_all()
            other.close_all()
            for one in relays:
                one.kill()
    print(f"one of two relays killed: a link again after {back:.1f} s (limit {LIMIT:.0f} s)", flush=True)
    return int(back > LIMIT)


if __name__ == "__main__":
    raise SystemExit(main())
