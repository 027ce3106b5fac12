"""The relays that a user knows: those of ``peerapi relay use``, kept in the home folder, and of PEERAPI_RELAYS."""

from __future__ import annotations

from pathlib import Path

import peerapi.environment as environment
import peerapi.private as private
from peerapi.log import Log
from peerapi.reach import word
from peerapi.reach.seats import Known

FILE = "relays"
VARIABLE = "PEERAPI_RELAYS"
"Words of relays, with white space or commas between them; set and empty: none at all."
log = Log("engine")


def words(home: Path) -> list[str]:
    """Those of the file, one a line, in the order in which they are tried."""
    try:
        lines = (home / FILE).read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        return []
    return [line for line in lines if line.startswith(word.PREFIX)]


def use(home: Path, text: str) -> Known:
    """Add a relay as the first one to try; an older word of the same relay goes. Raises NotARelay, OSError."""
    added = word.read(text)
    others = [one for one in words(home) if not _is_of(one, added)]
    _write(home, [word.write(added), *others])
    return added


def forget(home: Path, which: Known) -> None:
    """Use a relay no longer. Raises OSError."""
    _write(home, [one for one in words(home) if not _is_of(one, which)])


def relays(home: Path) -> list[Known]:
    """All that are known, those of the environment first; what is no word is said in the log, and left out."""
    typed = environment.variable(VARIABLE, "\0")
    if typed == "\0":
        texts = words(home)
    else:
        texts = typed.replace(",", " ").split()
    found: dict[object, Known] = {}
    for text in texts:
        try:
            one = word.read(text)
        except word.NotARelay as error:
            log.warning("a relay is left out: %s", error)
        else:
            found.setdefault(one.access.endpoint, one)
    return list(found.values())


def _is_of(text: str, which: Known) -> bool:
    try:
        return word.read(text).access.endpoint == which.access.endpoint
    except word.NotARelay:
        return True


def _write(home: Path, lines: list[str]) -> None:
    private.make_folder(home)
    private.replace(home / FILE, "".join(f"{line}\n" for line in lines))
