"""Damage that repeats: the same seed number makes the same input, with no fuzzer installed."""

from __future__ import annotations

import random
from collections.abc import Iterator

NUMBERS = (0, 1, 2, 7, 8, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def damaged(seeds: list[bytes], count: int, seed: int = 0) -> Iterator[bytes]:
    """So many inputs: each a seed with one to six accidents."""
    chance = random.Random(seed)
    for number in range(count):
        data = bytearray(seeds[number % len(seeds)])
        for _ in range(chance.randint(1, 6)):
            _accident(data, chance, seeds)
        yield bytes(data)


def _accident(data: bytearray, chance: random.Random, seeds: list[bytes]) -> None:
    place = chance.randrange(len(data) + 1)
    match chance.randrange(8):
        case 0:
            del data[place:]
        case 1:
            data[place:place] = chance.randbytes(chance.randint(1, 40))
        case 2 | 3 if data:
            at = min(place, len(data) - 1)
            data[at] ^= 1 << chance.randrange(8)
        case 4:
            size = chance.choice((1, 2, 4, 8))
            number = chance.choice(NUMBERS) & ((1 << 8 * size) - 1)
            data[place : place + size] = number.to_bytes(size, "big")
        case 5:
            del data[place : place + chance.randint(1, 60)]
        case 6:
            length = chance.randint(1, 200)
            piece = bytes(data[place : place + length])
            at = chance.randrange(len(data) + 1)
            data[at:at] = piece
        case _:
            other = chance.choice(seeds)
            start = chance.randrange(len(other) + 1)
            data[place:] = other[start:]
