"""A program under trio that evaluates what it is told, line by line: ``python steered.py``.

A line is a Python expression; its value, or what it awaits, is printed as ``ok`` and its repr, a failure as ``failed``
and the name of its class. ``keep(name, value)`` gives a value a name for later lines.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from typing import Any
from uuid import UUID

import trio

import peerapi
from peerapi.api.group_family import start_up

SPACE: dict[str, Any] = {"peerapi": peerapi, "UUID": UUID}


def keep(name: str, value: Any) -> str:
    SPACE[name] = value
    return name


async def opened(name: str, opening: Any) -> str:
    """Await something and keep it."""
    return keep(name, await opening)


async def first(stream: Any, kind: type[Any]) -> Any:
    """The next event of a class."""
    async for event in stream:
        if isinstance(event, kind):
            return event
    return None


async def drained(changes: Any, count: int) -> int:
    """How many different records changes tell of, when there are so many."""
    known: set[UUID] = set()
    while len(known) < count:
        known.add((await anext(changes)).id)
    return len(known)


async def heard(changes: Any, last: UUID) -> dict[UUID, set[str]]:
    """What changes tell of each record, until they tell of the last one."""
    kinds: dict[UUID, set[str]] = {}
    while last not in kinds:
        change = await anext(changes)
        kinds.setdefault(change.id, set()).add(change.kind.name)
    return kinds


def sharing(name: str) -> Any:
    """A module of ``peerapi.engine.sharing``."""
    return importlib.import_module(f"peerapi.engine.sharing.{name}")


async def main() -> None:
    SPACE.update({one.__name__: one for one in (keep, opened, first, drained, heard, sharing, start_up)})
    while line := await trio.to_thread.run_sync(sys.stdin.readline):
        try:
            found = eval(line, SPACE)
            print("ok", repr(await found if inspect.isawaitable(found) else found), flush=True)
        except (peerapi.PeerError, peerapi.ChangesLost) as error:
            print("failed", type(error).__name__, error, flush=True)


if __name__ == "__main__":
    trio.run(main)
