"""What people type for what they have seen: the name in full, the name for people, or as much of either as is clear.

One rule for graphs, peers, groups, identities, clouds, records and their types: what has this very name comes first,
then what has it in another case, then those whose names begin like this. Where that leaves several, they are named.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from peerapi.errors import NotFound
from peerapi.text import printable

T = TypeVar("T")
Names = Callable[[T], Iterable[str | None]]
"What a thing is called: its name for machines, and the one for people if it has one."
SHOWN = 5
"How many choices an error names at most."


def fitting(typed: str, things: Iterable[T], names: Names[T]) -> list[T]:
    """Those that may be meant; none for an empty word."""
    called = [(thing, [name for name in names(thing) if name]) for thing in things]
    folded = typed.casefold()
    rules: tuple[Callable[[str], bool], ...] = (
        lambda name: name == typed,
        lambda name: name.casefold() == folded,
        lambda name: name.casefold().startswith(folded),
    )
    for rule in rules if typed else ():
        found = [thing for thing, all_names in called if any(map(rule, all_names))]
        if found:
            return found
    return []


def meant(kind: str, typed: str, things: Iterable[T], names: Names[T], *, listing: str = "") -> T:
    """The one that is meant. Raises NotFound: there is none, and which is called nearly so (``listing``: the command
    that shows all), or there are several."""
    known = list(things)
    found = fitting(typed, known, names)
    if len(found) == 1:
        return found[0]
    if found:
        raise NotFound(
            f"There are several {_plural(kind)} {typed!r}: {choices([_called(one, names) for one in found])}"
        )
    raise NotFound(unknown(kind, typed, [name for one in known for name in names(one) if name], listing=listing))


def alike(kind: str, name: str | None, names: Iterable[str | None]) -> None:
    """Say on standard error when something was just made or renamed to a ``name`` that others have: it may be, and
    then the name alone does not say which is meant. ``names``: of all, the new one among them."""
    count = sum(one is not None and one.casefold() == (name or "").casefold() for one in names)
    if count > 1:
        said = f"{count} {kind} are called {name!r} now: a command that means one of them wants its peer name."
        print(printable(said), file=sys.stderr)


def unknown(kind: str, typed: str, known: Sequence[str], *, listing: str = "") -> str:
    """The sentence for a name that nothing has."""
    if not typed.strip():
        said = f"An empty word names no {kind}."
        return f"{said} `{listing}` shows all." if listing else said
    folded = {name.casefold(): name for name in known}
    close = [folded[name] for name in difflib.get_close_matches(typed.casefold(), folded, 2, 0.6)]
    said = f"There is no {kind} {typed!r}."
    if close:
        said += f" Did you mean {' or '.join(map(repr, close))}?"
    return f"{said} `{listing}` shows all." if listing else said


def choices(lines: Sequence[str]) -> str:
    """Some of many names, in one line."""
    more = len(lines) - SHOWN
    return ", ".join(lines[:SHOWN]) + (f" and {more} more" if more > 0 else "")


def _plural(kind: str) -> str:
    return f"{kind[:-1]}ies" if kind.endswith("y") else f"{kind}s"


def _called(thing: T, names: Names[T]) -> str:
    found = [name for name in names(thing) if name]
    return f"{found[0]} ({found[1]})" if len(found) > 1 and found[1] != found[0] else found[0]
