"""What a file may be called that comes from somebody else: a name that every system takes as the name of a file, that
leads nowhere, and that a reader sees as it is."""

from __future__ import annotations

import re
import unicodedata

MOST_BYTES = 200
"Of a name in UTF-8: systems take 255, and a number or an ending is added to some."
MOST_ENDING = 24
"Bytes of what follows the last dot and stays when a name is cut."
USUAL = "file"
_FORBIDDEN = re.compile(r'[/\\:*?"<>|\ufffe\uffff]')
"What separates folders, drives and streams somewhere, stands for other names, or is no character."
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
"Categories of characters that show as nothing, or turn round what stands beside them (right-to-left override)."
_DEVICE = re.compile(r"con|prn|aux|nul|conin\$|conout\$|clock\$|(com|lpt)[0-9\xb9\xb2\xb3]", re.IGNORECASE)
"Names that are devices on Windows, whatever follows their first dot."


def plain(name: str) -> str:
    """A name that ``is_plain``, as near to the given one as can be: what a file of this user is called to others."""
    shown = "".join(map(_shown, unicodedata.normalize("NFC", name)))
    return _cut(_whole(shown))


def is_plain(name: str) -> bool:
    """Whether a file may be called so. Nothing else is taken from others, and nothing of it is mended silently."""
    return plain(name) == name


def numbered(name: str, number: int) -> str:
    """The name for the second (2), third ... file of one name: the number comes before the ending."""
    stem, dot, ending = name.rpartition(".")
    return f"{stem} ({number}).{ending}" if dot else f"{name} ({number})"


def _shown(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Zs":
        return " "
    return "_" if category in _UNSEEN or _FORBIDDEN.match(character) else character


def _whole(name: str) -> str:
    """Without what a name neither begins nor ends with."""
    name = name.strip(" ").rstrip(". ")
    if name[:1] in (".", "-", "~"):  # hidden, an option of a command, somebody's home folder
        name = f"_{name[1:]}"
    if _DEVICE.fullmatch(name.partition(".")[0].rstrip(" ")):
        name = f"_{name}"
    return name or USUAL


def _cut(name: str) -> str:
    if len(name.encode()) <= MOST_BYTES:
        return name
    stem, dot, ending = name.rpartition(".")
    tail = f"{dot}{ending}" if dot and len(ending.encode()) <= MOST_ENDING else ""
    kept = (stem if tail else name).encode()[: MOST_BYTES - len(tail.encode())].decode(errors="ignore")
    return _whole(unicodedata.normalize("NFC", kept.rstrip(". ") + tail))
