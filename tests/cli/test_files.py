"""``peerapi files``: shared, listed and fetched by programs without a page; sent to one person."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import trio

from peerapi.files.content import PIECE
from peerapi.whiteboard import near
from peerapi.whiteboard.opening import Opening, Wanted
from samples_c.processes import Program
from tests.cli.conftest import Command
from tests.files.made import some_bytes

DATA = some_bytes(3 * PIECE + 5)
PEERAPI = [sys.executable, "-m", "peerapi"]


def at_board(wanted: Wanted) -> str:
    """Open a board once; an invitation to it."""

    async def main() -> str:
        opening = Opening(wanted)
        with trio.fail_after(300):
            async with opening.opened(lambda why: None) as session:
                opening.keep(session.source.saved)
                return session.invitation()

    return trio.run(main)


def test_one_shares_and_another_lists_and_gets(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    homes = {name: tmp_path / name for name in ("ann", "ben")}
    monkeypatch.setenv("PEERAPI_HOME", str(homes["ann"]))
    word = at_board(Wanted(homes["ann"], name="Ann", new="Holiday", here=True))
    (tmp_path / "sun.png").write_bytes(DATA)
    sharing = Program([*PEERAPI, "files", "share", "Holiday", str(tmp_path / "sun.png")], homes["ann"])
    try:
        sharing.wait_for(lambda line: line == "sun.png: shared")
        monkeypatch.setenv("PEERAPI_HOME", str(homes["ben"]))
        at_board(Wanted(homes["ben"], name="Ben", join=word, here=True))
        (listed,) = command.json("files", "list", "Holiday")
        assert (listed["name"], listed["size"], listed["holders"]) == ("sun.png", len(DATA), ["Ann"])
        path = Path(command("files", "get", "Holiday", "sun.png").strip())
        assert (path, path.read_bytes()) == (homes["ben"] / "received" / "sun.png", DATA)
        sharing.wait_for(lambda line: line == "sun.png: Ben has it")
        assert f"sun.png  {len(DATA):,} bytes, of Ann, Ben" in command("files", "list", "Holiday")
        said = command.refused("files", "get", "Holiday", "moon.png", "--seconds", "0")
        assert said == "peerapi files get: nobody shares a file 'moon.png' there\n"
    finally:
        sharing.stop()


def test_a_file_is_sent_to_one_who_says_yes(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sun.png").write_bytes(DATA)
    asked: list[tuple[str, str]] = []
    ben: list[subprocess.Popen[bytes]] = []

    async def invite(who: str, word: str, title: str) -> bool:
        """Ben, who says yes and fetches it."""
        asked.append((who, title))
        environment = {**os.environ, "PEERAPI_HOME": str(tmp_path / "ben")}
        fetching = [sys.executable, "-m", "tests.activities.large", "--join", word]
        ben.append(subprocess.Popen(fetching, env=environment, stdout=subprocess.DEVNULL))
        return True

    async def decline(who: str, word: str, title: str) -> bool:
        return False

    monkeypatch.setattr(near, "invite", invite)
    try:
        assert command.code("files", "send", tmp_path / "sun.png", "Ben", "--here") == 0
        assert (command.out, asked) == ("sun.png: Ben has it\n", [("Ben", "sun.png for Ben")])
        assert (tmp_path / "ben" / "received" / "sun.png").read_bytes() == DATA
        monkeypatch.setattr(near, "invite", decline)
        assert command.code("files", "send", tmp_path / "sun.png", "Eve", "--here") == 1
        assert command.err.endswith("peerapi files send: Eve does not want it\n")
        assert [one["title"] for one in command.json("whiteboard", "list")] == ["sun.png for Ben"]
    finally:
        for one in ben:
            one.kill()
            one.wait()


def test_a_board_without_files_is_said_to_have_none(command: Command, tmp_path: Path) -> None:
    at_board(Wanted(tmp_path / "home", name="Ann", new="Holiday", here=True))
    assert (command.code("files", "list", "Holiday"), command.out, command.err) == (0, "", "no files\n")
    assert command.json("files", "list", "Holiday") == []
    activities = [one for one in command.json("graph", "list") if str(one["graph"]).startswith("activity-")]
    assert [(one["database"], one["state"]) for one in activities] == [("graph", "closed")]
    command("whiteboard", "leave", "Holiday", "--yes")
    assert command.json("graph", "list") == [], "what lies beside a board goes with it"


def test_what_cannot_be_shared_is_a_sentence(command: Command, tmp_path: Path) -> None:
    for words in (["send", tmp_path / "gone", "Ben"], ["share", "Nowhere", tmp_path / "gone"]):
        assert command.code("files", *words) == 2
        assert "gone' does not exist" in " ".join(command.err.split())
    (tmp_path / "here").write_bytes(b"sun")
    assert "no board" in command.refused("files", "share", "Nowhere", tmp_path / "here")
