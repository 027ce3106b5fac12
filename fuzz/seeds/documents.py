"""Valid beginnings for what members have written in a document."""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.activities.document.reading import sound

SEEDS: dict[str, Callable[[], list[bytes]]] = {"update": lambda: [sound(random.Random(one), 2, 9) for one in range(8)]}
