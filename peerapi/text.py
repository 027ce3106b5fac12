"""Text that others have written, made fit to be shown."""

from __future__ import annotations

import re
import unicodedata

_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
"Characters that say in which direction what follows them is written, to the end of the line."


def is_name(text: str) -> bool:
    """Whether people can read it as a name: something of it is to be seen, no control character is in it, and it does
    not turn about what stands behind it."""
    kinds = [unicodedata.category(character) for character in text]
    return any(kind[0] in "LNPS" for kind in kinds) and "Cc" not in kinds and _TURNING.search(text) is None


def printable(text: str) -> str:
    """One line without control, format or unassigned characters: a terminal would obey some of them, and a line break
    would begin what looks like another line of a log."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in text
    )
