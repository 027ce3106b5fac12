"""A C program, a Python program under trio, one under asyncio and a browser share one group at once."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from samples_c.processes import Program
from tests.support.ports import free_range
from tests.whiteboard.boards import BoardProcess
from tests.whiteboard.browser import Person

MEMBER = """
import sys
from pathlib import Path
from uuid import UUID
import peerapi

CHAT_LINE = UUID("b6c1f0de-2a53-4c7e-9d10-5e0b7a44c318")
STROKE = UUID("3e0c5b7a-91d4-4f0e-a852-6d1fc03977b2")
loop, invitation, strokes, lines = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])

async def main():
    said = peerapi.parse_invitation(invitation.read_text())
    async with peerapi.join_group(invitation.read_text(), identity=said.member) as group:
        try:
            await group.connect()
        except peerapi.errors.NotFound:
            pass  # the name may not be published yet: it goes on looking
        await group.wait_ready()
        with group.changes((CHAT_LINE, STROKE)) as changes:
            await group.add(CHAT_LINE, f"{loop} is here".encode("utf-16-le"))
            print("* in the group", flush=True)
            while await group.count(STROKE) < strokes or await group.count(CHAT_LINE) < lines:
                await anext(changes)
        async for record in group.records(CHAT_LINE):
            print(record.data.decode("utf-16-le"))
        print("* that is all", flush=True)
        sys.stdin.readline()

if loop == "trio":
    import trio
    trio.run(main)
else:
    import asyncio
    asyncio.run(main())
"""


@pytest.fixture
def club(
    sample_of: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[ExitStack, Path]]:
    monkeypatch.setenv("PEERAPI_PNRP_PORT", str(free_range()))
    with ExitStack() as stack:
        yield stack, sample_of("group_chat")


def test_c_trio_asyncio_and_a_browser_share_one_group(
    club: tuple[ExitStack, Path], browser: Browser, tmp_path: Path
) -> None:
    stack, group_chat = club

    def start(who: str, *command: str | Path) -> Program:
        program = Program(command, tmp_path / who)
        stack.callback(program.stop)
        return program

    ann = start("Ann", group_chat, "create", "Ann", "club", "Loopback_")
    ann.wait_for("* in the group")
    for who in ("trio", "asyncio", "Ben"):
        start(who, group_chat, "me", who, tmp_path / f"{who}.identity").wait_for("* written")
        ann.tell(f"/invite {tmp_path / who}.identity {tmp_path / who}.invitation")
        ann.wait_for("* written")
    python = (sys.executable, "-c", MEMBER)
    pythons = [start(loop, *python, loop, tmp_path / f"{loop}.invitation", "1", "4") for loop in ("trio", "asyncio")]
    for program in pythons:
        program.wait_for("* in the group")
    ben = BoardProcess(tmp_path / "Ben", "--join", str(tmp_path / "Ben.invitation"), inviting=False)
    stack.callback(ben.stop)
    at_ben = Person(browser, ben.url)

    at_ben.page.fill("#page-name", "Tuesday")
    at_ben.page.press("#page-name", "Enter")
    at_ben.page.wait_for_selector("#tabs button[aria-current]")
    at_ben.draw((100, 100), (200, 200))
    at_ben.say("Ben draws")
    ann.tell("Ann listens")

    lines = {"trio is here", "asyncio is here", "Ben draws", "Ann listens"}
    for line in lines:
        at_ben.wait_for_words("#lines li", line)
    ann.wait_for(lambda line: line.endswith(": Ben draws"))
    for name in ("Ann", "Ben (you)", "trio", "asyncio"):
        at_ben.wait_for_words("#people li", name)
    for program in pythons:
        program.wait_for("* that is all")
        assert {line for line in program.heard if not line.startswith("*")} == lines
        program.leave("")
    assert at_ben.page.locator("#invite").is_hidden()
    assert at_ben.console == []
    ben.end()
    ann.leave("/quit")
