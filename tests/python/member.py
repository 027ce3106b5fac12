"""One member of a group as a Python program, under trio or asyncio; steered like ``tests/c/group_node.c``.

python member.py trio|asyncio. Each command on stdin is answered by one line: "ok ..." or "failed <name> <HRESULT>".
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from pathlib import Path
from uuid import UUID

import trio

import peerapi

KINDS = {
    "chat": UUID("11111111-2222-3333-4747-555555555501"),
    "stroke": UUID("11111111-2222-3333-4747-555555555502"),
}


class Member:
    """What the commands do; each method is one command."""

    group: peerapi.Group

    def __init__(self, loop: str) -> None:
        self.loop = loop
        self.name = ""

    async def line(self) -> str:
        """The next command; empty at the end."""
        if self.loop == "trio":
            return await trio.to_thread.run_sync(sys.stdin.readline)
        return await asyncio.to_thread(sys.stdin.readline)

    async def identity(self, name: str, file: str) -> str:
        made = await peerapi.create_identity(name)
        Path(file).write_text(await peerapi.identity_info(made.name), encoding="utf-8")
        self.name = made.name
        return made.name

    async def create(self, group: str, cloud: str, password: str) -> str:
        self.group = await peerapi.create_group(group, identity=self.name, cloud=cloud, password=password)
        return self.group.name

    async def invite(self, identity: str, file: str) -> str:
        text = await self.group.invite(Path(identity).read_text(encoding="utf-8"))
        Path(file).write_text(text, encoding="utf-8")
        return ""

    async def join(self, file: str) -> str:
        text = Path(file).read_text(encoding="utf-8")
        self.group = await peerapi.join_group(text, identity=self.name)
        return self.group.name

    async def connect(self) -> str:
        with contextlib.suppress(peerapi.errors.NotFound):  # the name may not be published yet: it goes on looking
            await self.group.connect()
        await self.group.wait_ready()
        return ""

    async def add(self, kind: str, text: str) -> str:
        return str(await self.group.add(KINDS[kind], text))

    async def wait(self, kind: str, count: str) -> str:
        with self.group.changes(KINDS[kind]) as changes:
            while await self.group.count(KINDS[kind]) < int(count):
                await anext(changes)
        return count

    async def list(self, kind: str) -> str:
        return " ".join(sorted([record.text async for record in self.group.records(KINDS[kind])]))

    async def members(self) -> str:
        return " ".join(member.friendly_name for member in self.group.members())

    async def close(self) -> str:
        await self.group.aclose()
        return ""


async def main(loop: str) -> None:
    member = Member(loop)
    while words := (await member.line()).split():
        try:
            print("ok", await getattr(member, words[0])(*words[1:]), flush=True)
        except peerapi.PeerError as error:
            print(f"failed {words[0]} 0x{error.hresult:08X} {error}", flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "trio":
        trio.run(main, "trio")
    else:
        asyncio.run(main("asyncio"))
