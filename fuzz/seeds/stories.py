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


G_CONNECTS, G_FLOODS, G_WAITS, G_ISSUES, G_RESTARTS, G_ADDS, G_REVOKES, G_PUBLISHES = range(8)
G_UPDATES, G_DELETES, G_KNOCKS, G_LEAVES, G_SPEAKS, G_CHANGES, G_JOINS = range(9, 16)
"Places in ``targets.circles.Circle.deeds``."
CAROL, IVAN, ALICE, DAVE, MALLORY, CLUB = range(6)
DATA, MEMBERSHIP, REVOCATION, PROPERTIES, INFO = range(5)


def _groups() -> list[bytes]:
    member, creator, inviting = [0], [1], [2]
    published = [1, 1]

    def new(who: int, kind: int, *rest: int) -> list[int]:
        return [G_FLOODS, 0, who, 0, kind, 0, *rest]

    revocation = [new(CAROL, REVOCATION, 1, 0, 1, 0, about) for about in (IVAN, ALICE, DAVE)]
    return [
        script(member, [G_CONNECTS, 0], new(CAROL, DATA, 1), new(ALICE, DATA, 2), [G_RESTARTS], [G_WAITS, 3]),
        script(
            creator,
            [G_ADDS, 6, 60, 1],
            [G_CONNECTS, 3],
            [G_REVOKES, 0, DAVE],
            [G_WAITS, 1],
            [G_RESTARTS, KILLED],
            [G_CHANGES, 7],
        ),
        script(inviting, [G_CONNECTS, 0], *revocation, [G_KNOCKS, DAVE, 3], [G_RESTARTS], [G_CONNECTS, 3]),
        script(member, [G_ISSUES, 1, MALLORY], [G_CONNECTS, 4], new(MALLORY, MEMBERSHIP, 1, 0, 1, 0, 4), [G_RESTARTS]),
        script(creator, [G_ISSUES, 0, ALICE, 2], [G_PUBLISHES, 4], [G_KNOCKS, ALICE, 4], [G_KNOCKS, MALLORY, 2]),
        script(inviting, [G_CONNECTS, 2], new(CLUB, PROPERTIES, 3, 1, 0, 9), new(CLUB, REVOCATION, 2, 1, 0, 3)),
        script(
            creator, [G_CONNECTS, 1], *[[G_SPEAKS, 0, kind, 1, 1] for kind in range(4, 12)], [G_LEAVES], [G_WAITS, 4]
        ),
        script(creator, [G_JOINS, MALLORY], [G_CONNECTS, 4], new(MALLORY, DATA, 1), [G_RESTARTS], [G_JOINS, DAVE, 1]),
        script(inviting, [G_JOINS, MALLORY, 0, 3, 15, 1, 0, 40, 9], [G_WAITS, 3], [G_JOINS, MALLORY], [G_CHANGES, 2]),
        script(
            published, [G_CONNECTS, DAVE], new(DAVE, DATA, 2), [G_REVOKES, 0, DAVE], [G_WAITS, 1], [G_RESTARTS, KILLED]
        ),
        script(published, [G_JOINS, MALLORY], [G_CONNECTS, 4], new(MALLORY, DATA, 1), [G_JOINS, DAVE, 1], [G_RESTARTS]),
        script([2, 1], [G_ISSUES, 1, MALLORY], [G_JOINS, ALICE], [G_KNOCKS, MALLORY, 4], [G_CONNECTS, 4]),
    ]


C_COMES, C_ANSWERS, C_WAITS, C_JOINS, C_REGISTERS, C_RESOLVES = range(6)
C_RESTARTS, C_MOVES, C_UPDATES, C_UNREGISTERS, C_MULTICASTS, C_BABBLES = range(8, 14)
"Places in ``targets.clouds.Sky.deeds``."


def met(place: int) -> list[list[int]]:
    """A friend tells of a PNRP ID at a place, and shows when it is asked that it holds it."""
    return [[C_COMES, 1, place, 1, 7], [C_ANSWERS], [C_ANSWERS, 1], [C_ANSWERS, 2]]


def _clouds() -> list[bytes]:
    publishes, asks = [1], [0]
    datagrams = [[C_COMES, who % 4, 9, 1, 7, 0, 0, 1, 2, who] for who in range(8)]
    return [
        script(publishes, [C_JOINS, 1], [C_ANSWERS, 0, 0, 3], [C_ANSWERS], *met(3), *met(9), [C_WAITS, 3], [C_ANSWERS]),
        script(
            asks, [C_JOINS, 1], [C_ANSWERS, 0, 0, 2], *met(1), [C_RESOLVES, 1], [C_ANSWERS], [C_ANSWERS], [C_ANSWERS]
        ),
        script(publishes, *datagrams, [C_WAITS, 4], *datagrams, [C_RESTARTS, 1], [C_WAITS, 5]),
        script(
            publishes, *met(5), [C_MOVES, 1], [C_RESOLVES], [C_MOVES, 2], [C_UPDATES, 1, 5], [C_UNREGISTERS], *met(8)
        ),
        script(
            asks, [C_REGISTERS, 2], [C_MULTICASTS, 1], [C_MULTICASTS, 0, 1], [C_BABBLES, 0, 16], *met(2), [C_RESTARTS]
        ),
    ]


SEEDS: dict[str, Callable[[], list[bytes]]] = {
    "node": _nodes,
    "group": _groups,
    "clouds": _clouds,
}
