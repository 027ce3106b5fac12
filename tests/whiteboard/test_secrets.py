"""What the machine's other users can read of a board: the arguments of its processes, and its files."""

from __future__ import annotations

import html
import os
import pty
import re
import shlex
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from peerapi.pages import page_file
from peerapi.whiteboard.invitation import GroupInvitation, parse
from tests.whiteboard.boards import PEERAPI, URL, BoardProcess, joined, new_board


def arguments_of_everybody() -> str:
    """The process list, as each user of the machine sees it."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue  # it has ended
    return "\n".join(found)


@pytest.fixture
def board(tmp_path: Path) -> Iterator[BoardProcess]:
    made = new_board(tmp_path / "Anna", "Anna")
    yield made
    made.stop()


def password(invitation: str) -> str:
    found = parse(invitation)
    assert isinstance(found, GroupInvitation) and found.password
    return found.password


def test_an_invitation_on_the_command_line_is_there_for_everybody(board: BoardProcess, tmp_path: Path) -> None:
    """It works, and it is what the other ways are for."""
    ben = BoardProcess(tmp_path / "Ben", "--join", board.invitation, "--name", "Ben")
    try:
        words = re.findall(r"board-[\w-]{40,}", arguments_of_everybody())
        assert password(board.invitation) in map(password, words)
    finally:
        ben.stop()


@pytest.mark.parametrize("way", ["standard input", "no word", "file", "named file"])
def test_an_invitation_is_read_from_where_nobody_else_reads_it(board: BoardProcess, tmp_path: Path, way: str) -> None:
    file = tmp_path / "invitation"
    file.write_text(board.invitation + "\n")
    if way == "no word":
        ben = BoardProcess(tmp_path / "Ben", "--name", "Ben", "--join", said=board.invitation)
    elif way == "standard input":
        ben = joined(tmp_path / "Ben", "Ben", board.invitation)
    else:
        ben = BoardProcess(tmp_path / "Ben", "--join", f"@{file}" if way == "file" else str(file), "--name", "Ben")
    try:
        assert board.invitation not in arguments_of_everybody()
        assert ben.url
    finally:
        ben.stop()


def test_an_invitation_is_asked_for_on_a_terminal_and_not_shown(board: BoardProcess, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    env = os.environ | {"PEERAPI_HOME": str(tmp_path / "Ben")}
    command = [*PEERAPI, "--here", "--name", "Ben", "--join"]
    pipes = {"stdin": theirs, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    ben = subprocess.Popen(command, **pipes, env=env, text=True, start_new_session=True)
    try:
        assert ben.stderr and ben.stdout
        asked = ""
        while not asked.endswith("Invitation: "):  # there is no controlling terminal, so it is asked on stderr
            asked += ben.stderr.read(1) or pytest.fail(asked)
        os.write(ours, board.invitation.encode() + b"\n")
        assert ben.stdout.readline() == "Birthday card: you are Ben\n"
        assert board.invitation not in arguments_of_everybody()
    finally:
        ben.kill()
        ben.communicate()
        os.close(ours)
        os.close(theirs)


@pytest.mark.parametrize("safely", [False, True], ids=["by its address", "through a file"])
def test_the_page_is_opened_and_others_do_not_see_its_address(safely: bool, tmp_path: Path) -> None:
    """A browser that is handed the address shows it to all; ours shows the name of a file that they cannot read."""
    seen, program = tmp_path / "seen", tmp_path / "browser"
    program.write_text(
        f'#!/bin/sh\necho "$@" > {seen}.new; mv {seen}.new {seen}; exec "{sys.executable}" -c '
        '"import sys; sys.stdin.read()" "$@"\n'
    )
    program.chmod(0o700)
    env = os.environ | {"PEERAPI_HOME": str(tmp_path / "Anna"), "BROWSER": f"{shlex.quote(str(program))} %s"}
    code = "import sys; from peerapi.cli import main; sys.exit(main(sys.argv[1:]))"
    if not safely:
        code = (
            "from peerapi.whiteboard import start; import webbrowser; first = start.page_file\n"
            + (
                "start.open_in_browser = lambda path: webbrowser.open(start.told)\n"
                "def told(folder, url):\n    start.told = url\n    return first(folder, url)\n"
                "start.page_file = told\n"
            )
            + code
        )
    command = [sys.executable, "-c", code, "whiteboard", "--here", "--new", "Card", "--name", "Anna", "--browser"]
    board = subprocess.Popen(
        command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert board.stdout
        url = next(found[1] for line in board.stdout if (found := URL.fullmatch(line.rstrip("\n"))))
        token = url.split("/")[3]
        while not seen.exists():
            assert board.poll() is None
        given = seen.read_text().strip()
        assert (token in arguments_of_everybody()) == (not safely)
        if safely:
            path = Path(given.removeprefix("file://"))
            assert token not in given
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
            leads = re.search(r'url=([^"]+)"', path.read_text())
            assert leads and html.unescape(leads[1]) == url
            with urllib.request.urlopen(url) as answer:
                assert answer.status == 200
            board.terminate()
            assert board.wait(60) == 0
            assert not path.exists()
    finally:
        board.kill()
        board.communicate()


def test_a_page_s_file_is_private_whatever_the_umask_and_gone_afterwards(tmp_path: Path) -> None:
    for umask in (0, 0o777):
        before = os.umask(umask)
        try:
            with page_file.page_file(tmp_path / f"{umask:o}" / "pages", "http://127.0.0.1:1/token/") as path:
                assert stat.S_IMODE(path.stat().st_mode) == 0o600
                assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
                assert "token" in path.read_text()
        finally:
            os.umask(before)
        assert not path.exists()
