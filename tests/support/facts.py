"""The conformance facts that tests check against.

The JSON files beside this module are the project's copy; where the shared originals lie next to the checkout
(``../shared/conformance``) ``tests/test_facts.py`` proves that both are the same.
"""

import functools
import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "facts"
ORIGINALS = Path(__file__).parents[3] / "shared" / "conformance"


@functools.cache
def load(name: str) -> Any:
    """The parsed content of one facts file, e.g. ``load("abi_x64.json")``."""
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))
