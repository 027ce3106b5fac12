"""A relay that is hostile, or was taken over: what it does to the bytes of a call, and whether anybody believes them.

python -m tests.reach.hostile --runs 1000
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable
from typing import NamedTuple

from peerapi.reach import call, envelope
from peerapi.reach.refusal import Refusal
from tests.reach.lab import ACCESS, Lab, Node, Path, host, key, own_seat, settle

MESSAGE = 400
"Bytes of a message at most."
MORE = bytes(16_000)
"What is said after the change."
Change = Callable[[list[bytes], random.Random], list[bytes]]
"What a relay makes of the pieces of a stream."


def flip(pieces: list[bytes], chance: random.Random) -> list[bytes]:
    which = chance.randrange(len(pieces))
    piece = bytearray(pieces[which])
    piece[chance.randrange(len(piece))] ^= 1 << chance.randrange(8)
    return [*pieces[:which], bytes(piece), *pieces[which + 1 :]]


def repeat(pieces: list[bytes], chance: random.Random) -> list[bytes]:
    which = chance.randrange(len(pieces))
    return [*pieces[: which + 1], *pieces[which:]]


def reorder(pieces: list[bytes], chance: random.Random) -> list[bytes]:
    which = chance.randrange(len(pieces) - 1)
    return [*pieces[:which], pieces[which + 1], pieces[which], *pieces[which + 2 :]]


def cut(pieces: list[bytes], chance: random.Random) -> list[bytes]:
    """Leave a piece out, and go on behind it."""
    which = chance.randrange(len(pieces) - 1)
    return [*pieces[:which], *pieces[which + 1 :]]


def inject(pieces: list[bytes], chance: random.Random) -> list[bytes]:
    which = chance.randrange(len(pieces))
    return [*pieces[:which], chance.randbytes(chance.randrange(1, 80)), *pieces[which:]]


CHANGES: dict[str, Change] = {one.__name__: one for one in (flip, repeat, reorder, cut, inject)}


class Outcome(NamedTuple):
    """What became of a call."""

    sent: bytes
    got: bytes
    refused: Refusal | None
    seen: bytes
    "All that the relay has had in its hands."


def attacked(change: Change, seed: int) -> Outcome:
    """A call through a relay that changes what the caller says to the callee once it stands."""
    chance = random.Random(seed)
    lab = Lab()
    callee = Node(lab, 1)
    callee.start()
    caller = Path(lab, call.Call.to(ACCESS, own_seat(1).address), host(9))
    settle(callee, caller)
    (answered,) = callee.answered
    pieces: list[bytes] = []
    seen: list[bytes] = []

    def hold(data: bytes) -> bytes:
        pieces.append(data)
        seen.append(data)
        return b""

    caller.wire.tamper = hold
    messages = [b"record %d: " % n + chance.randbytes(chance.randrange(1, MESSAGE)) for n in range(8)]
    for message in messages:
        caller.send(message)
    changed = change(pieces, chance)
    pieces.clear()
    for _ in range(3):  # a length that was made larger is noticed when so much more has come
        caller.send(MORE)
    for piece in (*changed, *pieces):
        answered.wire.inbox += piece
        answered.step()
    reason = None if answered.refused is None else answered.refused.reason
    return Outcome(b"".join([*messages, MORE * 3]), answered.got, reason, b"".join(seen))


def swapped(seed: int) -> tuple[Path, Path]:
    """A call to one node that the relay leads to another, which has a key and a seat of its own."""
    lab = Lab()
    callee = Node(lab, 1)
    callee.context = envelope.callee_context(key(2), own_seat(2).modifier)
    callee.start()
    caller = Path(lab, call.Call.to(ACCESS, own_seat(1).address), host(seed % 200))
    settle(callee, caller)
    return caller, callee.answered[0]


def is_harmless(outcome: Outcome) -> bool:
    """What has arrived was sent, in order and from the beginning, and the change was noticed."""
    whole = outcome.sent.startswith(outcome.got) and outcome.refused is Refusal.TLS
    return whole and not any(b"record %d" % number in outcome.seen for number in range(8))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.reach.hostile", description=__doc__)
    parser.add_argument("--runs", type=int, default=1000, help="of each attack")
    runs = parser.parse_args().runs
    bad = 0
    for name, change in CHANGES.items():
        outcomes = [attacked(change, seed) for seed in range(runs)]
        harmed = sum(not is_harmless(outcome) for outcome in outcomes)
        print(f"{name:8} {runs} runs, {runs - harmed} ended the connection with nothing taken that was not sent")
        bad += harmed
    ends = [swapped(seed) for seed in range(runs)]
    refused = sum(one.refused is not None and one.refused.reason is Refusal.CALLEE for one, _ in ends)
    print(f"{'swap':8} {runs} runs, {refused} refused by the caller before it had said anything")
    return int(bad > 0 or refused < runs)


if __name__ == "__main__":
    raise SystemExit(main())
