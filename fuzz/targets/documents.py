"""The door of a document: what members have written."""

from __future__ import annotations

import random

from tests.activities.document.reading import ready_agrees


def update(data: bytes) -> None:
    """C reads what plain Python reads, refuses what it refuses, and says of the same items that they can be merged."""
    ready_agrees(data, random.Random(len(data)))


TARGETS = {"update": update}
