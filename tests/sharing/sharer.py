"""What ``tests/c/group_sharer.c`` does, as a Python program under trio or asyncio.

python sharer.py trio|asyncio GROUP PAUSE ACKED
"""

from __future__ import annotations

import asyncio
import os
import select
import sys
from uuid import UUID

import trio

import peerapi

TYPE = UUID("b6c1f0de-2a53-4c7e-9d10-5e0b7a44c318")
"Of a line of chat, so that a board in a browser hears it too."
PATIENCE = 120.0


class Loop:
    """Waiting, as trio or asyncio has it."""

    def __init__(self, name: str) -> None:
        self._trio = name == "trio"

    async def sleep(self, seconds: float) -> None:
        await (trio.sleep(seconds) if self._trio else asyncio.sleep(seconds))

    async def line(self) -> None:
        read = sys.stdin.readline
        await (trio.to_thread.run_sync(read) if self._trio else asyncio.to_thread(read))

    async def within(self, changes: peerapi.Stream[peerapi.Change]) -> peerapi.Change | None:
        """The next change, if it comes in time."""
        if self._trio:
            with trio.move_on_after(PATIENCE):
                return await anext(changes)
            return None
        try:
            return await asyncio.wait_for(anext(changes), PATIENCE)
        except TimeoutError:
            return None

    def run(self) -> None:
        trio.run(main, self) if self._trio else asyncio.run(main(self))


async def main(loop: Loop) -> None:
    name, pause = sys.argv[2], float(sys.argv[3]) / 1000
    async with peerapi.open_group(name) as group:
        with group.changes(TYPE, limit=1_000_000) as changes, open(sys.argv[4], "a", encoding="ascii") as acked:
            known = {record.id async for record in group.records(TYPE)}
            print("started", flush=True)
            number = 0
            while not told():
                made = await group.add(TYPE, f"{os.getpid()}-{number}".encode("utf-16-le"))
                acked.write(made.hex + "\n")
                acked.flush()
                number += 1
                while (change := changes.next_now()) is not None:
                    known.add(change.id)
                await loop.sleep(pause)
            print("stopped", number, flush=True)
            await loop.line()
            while lacking := {record.id async for record in group.records(TYPE)} - known:
                change = await loop.within(changes)
                if change is None:
                    break
                known.add(change.id)
                while (change := changes.next_now()) is not None:
                    known.add(change.id)
            print(*(("lacks", len(lacking)) if lacking else ("knows", await group.count(TYPE))), flush=True)


def told() -> bool:
    """Whether a line has come on stdin."""
    return bool(select.select([sys.stdin], [], [], 0)[0]) and bool(sys.stdin.readline())


if __name__ == "__main__":
    Loop(sys.argv[1]).run()
