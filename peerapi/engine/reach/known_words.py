"""Which relays a user knows, as words that nobody has read yet: most graphs that listen have none, and need not wait
for what reads them."""

from __future__ import annotations

from pathlib import Path

import peerapi.environment as environment

FILE = "relays"
VARIABLE = "PEERAPI_RELAYS"
"Words of relays, with white space or commas between them; set and empty: none at all."
PREFIX = "relay-"
SEAT_SUFFIX = "-seat"
"Behind the name of a database: the file with the key of its graph's seats."
_UNSET = "\0"


def relay_words(folder: Path) -> list[str]:
    """Those of PEERAPI_RELAYS if it is set, else those of the user's list, in the order in which they are tried."""
    typed = environment.variable(VARIABLE, _UNSET)
    return listed(folder) if typed == _UNSET else typed.replace(",", " ").split()


def is_typed() -> bool:
    """Whether PEERAPI_RELAYS says which, and the user's list does not count."""
    return environment.variable(VARIABLE, _UNSET) != _UNSET


def listed(folder: Path) -> list[str]:
    """Those of the user's list, one a line."""
    try:
        lines = (folder / FILE).read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        return []
    return [line for line in lines if line.startswith(PREFIX)]
