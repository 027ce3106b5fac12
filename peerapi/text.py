"""Text that others have written, made fit to be shown."""

from __future__ import annotations


def printable(text: str) -> str:
    """One line without control, format or unassigned characters: a terminal would obey some of them, and a line break
    would begin what looks like another line of a log."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in text
    )
