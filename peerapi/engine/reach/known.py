"""The relays that a user knows: those of ``peerapi relay use``, kept in the data folder, and of PEERAPI_RELAYS."""

from __future__ import annotations

from pathlib import Path

import peerapi.private as private
from peerapi.engine.reach.known_words import FILE, VARIABLE, is_typed, listed, relay_words
from peerapi.log import Log
from peerapi.reach import word
from peerapi.reach.seats import Known

log = Log("engine")


def use(folder: Path, text: str) -> Known:
    """Add the relay whose word is in a text as the first one to try; an older word of the same relay goes. Raises
    NotARelay, OSError."""
    added = word.find(text)
    others = [one for one in listed(folder) if not _is_of(one, added)]
    _write(folder, [word.write(added), *others])
    return added


def forget(folder: Path, which: Known) -> None:
    """Use a relay no longer. Raises OSError."""
    _write(folder, [one for one in listed(folder) if not _is_of(one, which)])


def relays(folder: Path) -> list[Known]:
    """All that are known, those of the environment first; what is no word is said in the log, and left out."""
    found: dict[object, Known] = {}
    for text in relay_words(folder):
        try:
            one = word.read(text)
        except word.NotARelay as error:
            log.warning("a relay is left out: %s", error)
        else:
            found.setdefault(one.access.endpoint, one)
    return list(found.values())


def unreadable(folder: Path) -> list[str]:
    """What is no word among those that are given, as sentences. A word is as secret as a password, so none is shown."""
    found = []
    typed = is_typed()
    for number, text in enumerate(relay_words(folder), 1):
        try:
            word.read(text)
        except word.NotARelay as error:
            where = VARIABLE if typed else "the list of peerapi relay use"
            found.append(f"word {number} of {where} cannot be read: {error}")
    return found


def _is_of(text: str, which: Known) -> bool:
    try:
        return word.read(text).access.endpoint == which.access.endpoint
    except word.NotARelay:
        return True


def _write(folder: Path, lines: list[str]) -> None:
    private.make_folder(folder)
    private.replace(folder / FILE, "".join(f"{line}\n" for line in lines))
