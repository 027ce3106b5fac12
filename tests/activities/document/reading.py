"""Updates read by C and by plain Python, one beside the other."""

from __future__ import annotations

import contextlib
import random
from array import array
from collections.abc import Iterator

from fuzz.mutation import damaged
from peerapi.activities.document import _halves, _updates, updates
from peerapi.activities.document.updates import ROOT, Malformed, Section
from tests.activities.document import plain

MODULES = (_halves, _updates)
CLIENTS = [updates.client_of(name, session) for name in ("ann", "ben") for session in (0, 4095)]


def number(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def sound(chance: random.Random, sections: int = 3, most: int = 40) -> bytes:
    """An update of items that stand on one another in any way."""
    found = []
    removed = [(client, chance.randrange(300), chance.randint(1, 200)) for client in CLIENTS for _ in range(2)]
    for client in chance.sample(CLIENTS, chance.randint(0, sections)):
        begin = clock = chance.choice((0, 0, chance.randrange(200)))
        encoded = []
        for _ in range(chance.randint(1, most)):
            text = chance.choice(("x", "x", "x", "é", "🥚e", "two words", ""))
            info = (4 if text else 1) | chance.choice((0, 0x40, 0x80, 0xC0))
            beside = []
            for flag in (0x40, 0x80):
                if info & flag:
                    other = chance.choice(CLIENTS)
                    if other == client and not clock:
                        info &= ~flag
                        continue
                    beside.append(number(other) + number(chance.randrange(clock if other == client else 200)))
            size = number(len(text.encode())) + text.encode() if text else number(chance.randint(1, 9))
            encoded.append(bytes([info]) + b"".join(beside) + (b"" if info & 0xC0 else ROOT) + size)
            clock += len(text.encode("utf-16-le")) // 2 or size[0]
        found.append((client, begin, encoded))
    return updates.written(found, removed)


def agrees(data: bytes) -> tuple[list[Section], list[plain.Section]] | None:
    """What both have read; None where both refuse it."""
    expected = None
    with contextlib.suppress(Malformed):
        expected = plain.read(data)
    try:
        found, removed = _updates.read(data)
    except ValueError:
        assert expected is None
        return None
    assert expected is not None
    sections = [Section(*one) for one in found]
    assert [(one.client, one.begin, one.after, one.items) for one in sections] == expected[0]
    assert [one.rows for one in sections] == [plain.rows(one.items) for one in expected[0]]
    assert [one.size for one in sections] == [len(one.items) for one in expected[0]]
    assert removed == expected[1]
    return sections, expected[0]


def ready_agrees(data: bytes, chance: random.Random) -> None:
    """Which items can be in the text, for some state of it."""
    both = agrees(data)
    for one, other in zip(*both, strict=True) if both else ():
        for _ in range(4):
            known = {client: chance.choice((0, 1, 100, chance.randrange(250), 1 << 31)) for client in CLIENTS}
            known = dict(chance.sample(list(known.items()), chance.randint(0, len(known))))
            at, most = chance.randint(0, one.size), chance.choice((1, 3, 512))
            here = chance.choice((0, one.begin, chance.randint(one.begin, one.after), one.after))
            found = _updates.ready(one.rows, at, one.client, here, known, most)
            assert found == plain.ready(other.items, at, other.client, here, known, most)
            assert _updates.around(one.rows, here) == plain.around(other.items, here)


def halves_agree(data: bytes, chance: random.Random) -> None:
    """Which items have characters of two units, and which stand between halves of such, for some that are known."""
    both = agrees(data)
    for one, other in zip(*both, strict=True) if both else ():
        first, begin = chance.randint(0, one.size), chance.choice((0, one.begin, chance.randint(one.begin, one.after)))
        behind = chance.randint(first, one.size)
        some = other.items[first:behind]
        found = _halves.second_halves(data, one.rows, first, behind, begin)
        assert found == plain.second_halves(data, some, begin)
        seconds = {client: array("I", sorted(chance.sample(range(200), 40))) for client in chance.sample(CLIENTS, 3)}
        indices = _halves.between(data, one.rows, first, behind, seconds)
        assert indices == [first + at for at in plain.between(data, some, seconds)]


def inputs() -> Iterator[bytes]:
    chance = random.Random(7)
    seeds = [sound(chance) for _ in range(20)]
    for data in seeds:
        yield data
        yield from (data[:at] for at in range(0, len(data), 7))
    yield from damaged(seeds, 1000)


def exercise() -> None:
    """All that the module does, on good and bad input."""
    chance = random.Random(9)
    for data in inputs():
        ready_agrees(data, chance)
        halves_agree(data, chance)
