"""Text that others have written, made fit to be shown, and to be typed."""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections.abc import Iterator

_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
"Characters that say in which direction what follows them is written, to the end of the line."


_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2028-\u202e\u2060\ufeff]")
"What programs of mail and chat put into long words, to break them."
_QUOTING = re.compile(r"\s*(?:[>|]\s*)*")
"What stands before a line of a letter that is answered."


def without_invisible(text: str) -> str:
    """A pasted text without what nobody has typed and nobody sees."""
    return _INVISIBLE.sub("", text)


def pasted_words(text: str, prefix: str) -> Iterator[list[str]]:
    """For each place in a pasted text at which a word with that prefix may begin, the pieces that it may be made of,
    without the prefix: letters, digits, - and _, broken by white space and by the signs of a quoted letter. Which of
    them belong to the word, only the word itself can tell."""
    lines = (_QUOTING.sub("", line, count=1).rstrip() for line in without_invisible(text).splitlines())
    joined = "\n".join(lines)
    for start in re.finditer(rf"(?<![A-Za-z0-9_-]){re.escape(prefix)}", joined):
        yield re.split(r"[^A-Za-z0-9_\s-]", joined[start.end() :], maxsplit=1)[0].split()


def is_name(text: str) -> bool:
    """Whether people can read it as a name: something of it is to be seen, no control character and no half of a
    character is in it, and it does not turn about what stands behind it."""
    kinds = [unicodedata.category(character) for character in text]
    return any(kind[0] in "LNPS" for kind in kinds) and not {"Cc", "Cs"} & set(kinds) and _TURNING.search(text) is None


def as_label(text: str) -> str:
    """What somebody is called, or has called something, as it can stand beside other words: it turns none of them
    about, and where nothing of it would be seen, a question mark stands for it."""
    shown = _TURNING.sub("", text)
    return shown if not text or any(unicodedata.category(character)[0] in "LNPS" for character in shown) else "?"


def shell_word(text: str) -> str:
    """A word as a shell (bash, zsh, ksh) reads it back, in printable characters."""
    if text.isprintable():
        return shlex.quote(text)
    shown = text.replace("\\", "\\\\").replace("'", "\\'")
    return "$'" + "".join(one if one.isprintable() else _octal(one) for one in shown) + "'"


def _octal(character: str) -> str:
    return "".join(f"\\{byte:03o}" for byte in character.encode("utf-8", "surrogateescape"))


def to_paste(command: str, *arguments: str, **options: str | None) -> str:
    """A command with arguments, as somebody can paste it into a shell whatever they are; an option that is None is left
    out."""
    words = [command]
    for name, value in options.items():
        if value is not None:
            words.append(shell_word(f"--{name}={value}") if value.startswith("-") else f"--{name} {shell_word(value)}")
    given = [shell_word(one) for one in arguments]
    if any(one.startswith("-") for one in arguments):
        return " ".join([*words, "--", *given])
    return " ".join([command, *given, *words[1:]])


def printable(text: str) -> str:
    """One line without control, format or unassigned characters: a terminal would obey some of them, and a line break
    would begin what looks like another line of a log."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in text
    )
