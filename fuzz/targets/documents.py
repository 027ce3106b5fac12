"""The door of a document: what members have written."""

from __future__ import annotations

import random

from tests.activities.document.reading import halves_agree, ready_agrees


def update(data: bytes) -> None:
    """C reads what plain Python reads, refuses what it refuses, and says of the same items that they can be merged, and
    which of them name half of a character."""
    chance = random.Random(len(data))
    ready_agrees(data, chance)
    halves_agree(data, chance)


TARGETS = {"update": update}
