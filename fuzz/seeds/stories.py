"""Sequences of steps (``fuzz.steps``) that begin with what the targets would be long in finding."""

from __future__ import annotations

from collections.abc import Callable

from fuzz.steps import script

CONNECTS, SPEAKS, FLOODS, WAITS, ADDS, RESTARTS, UPDATES, DELETES = range(8)
ANSWERS, CALLS, BABBLES, LEAVES, FORGETS = range(9, 14)
STALLS, SAYS, FRIEND_ADDS = range(15, 18)
"Places in ``targets.nodes.Story.deeds``."
KILLED = 1


def _nodes() -> list[bytes]:
    begun, joined = [0], [1, 1]
    new, newer = [FLOODS, 0, 0, 0, 0, 1], [[FLOODS, 0, 1, which, 0, 3, 1, 0, 1] for which in range(4)]
    every_message = [[SPEAKS, 0, kind, 1, 1, 1] for kind in range(4, 12)]
    return [
        script(begun, [CONNECTS], new, [WAITS, 1], *newer, [RESTARTS], [WAITS, 2]),
        script(joined, [ADDS, 6, 60, 1, 0, 7, 1], [CONNECTS, 1, 1], [UPDATES, 0, 0, 1, 2], [RESTARTS, KILLED, 1], new),
        script(begun, [ADDS, 6, 60], [ADDS, 6, 1], [DELETES, 0], [DELETES, 1], [WAITS, 4], [RESTARTS, KILLED]),
        script(joined, [CONNECTS], *every_message, [WAITS, 4], [LEAVES], [RESTARTS]),
        script(begun, [CALLS, 3], [ANSWERS], *every_message, [FRIEND_ADDS, 1, 2], [FORGETS, 0], [WAITS, 5]),
        script(
            begun, [CONNECTS], [STALLS], [ADDS, 6, 9, 0, 0, 1, 2], [SAYS, 2, 5], [BABBLES, 0, 0, 8, 1], [SPEAKS, 0, 3]
        ),
        script(
            begun, *[[CONNECTS, who, who, 1] for who in range(9)], [FLOODS, 3, 0, 2], [WAITS, 5], [RESTARTS, KILLED]
        ),
    ]


SEEDS: dict[str, Callable[[], list[bytes]]] = {
    "node": _nodes,
}
