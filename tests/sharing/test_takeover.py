"""Programs of one person in one open group, of which the holder is killed again and again.

``make shared-kills KILLS=50`` is the long form.
"""

from __future__ import annotations

import os
import random
import statistics
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.sharing.programs import Person, killed_at_random
from tests.support.ports import free_range

pytestmark = pytest.mark.long
KILLS = int(os.environ.get("PEERAPI_KILLS", "5"))


@pytest.fixture
def person(compile_c: Callable[..., Path], tmp_path: Path) -> Iterator[Person]:
    made = Person(tmp_path, compile_c, free_range())
    try:
        yield made
    finally:
        made.abandon()


def test_c_trio_asyncio_and_a_board_lose_nothing_when_the_holder_is_killed(person: Person) -> None:
    taken = killed_at_random(person, KILLS, random.Random(KILLS))
    acked = person.end()
    assert taken[0][0] == "board"
    seconds = [one for _, one in taken]
    print(
        f"killed {dict(Counter(kind for kind, _ in taken))}: taken over after {statistics.median(seconds):.3f} s "
        f"(median), {max(seconds):.3f} s (longest); {acked} records were acknowledged, and none is lost"
    )
