"""An invitation starts the whiteboard on another machine when its user has said yes, and both draw.

The program in C and the board in a browser, on one machine and over a cable between two (tests/support/namespaces.py).
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from peerapi.collab import local
from peerapi.engine.collab.places import Places
from peerapi.engine.collab.program import Program as Client
from peerapi.whiteboard.near import BOARD
from samples_c.processes import Program
from tests.support.collab import Apart, people, wait_until
from tests.support.collab_structs import NEAR_ME
from tests.support.namespaces import missing, two_hosts
from tests.support.ports import free_port, free_range
from tests.whiteboard.boards import PEERAPI, URL
from tests.whiteboard.wire import websocket

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[1]
WITH_A_TERMINAL = '#!/bin/sh\nexec "{board}" "{folder}/bob.svg" invited bob < "{folder}/keys" > "{folder}/screen"\n'
BROWSER = '#!/bin/sh\nprintf %s "$1" > "{folder}/new"\nmv "{folder}/new" "{folder}/shown"\n'
AT_THE_PAGE = """
import sys
from tests.whiteboard.wire import websocket
ready = number = drawn = None
colours = set()
with websocket(sys.argv[1]) as page:
    while colours != {"crimson", "navy"}:
        news = page.next()
        if news["is"] == "state":
            ready = news["ready"]
        elif news["is"] == "page":
            number = news["id"]
        elif news["is"] == "mark":
            colours.add(news["colour"])
        if ready and number and "crimson" in colours and not drawn:
            drawn = True
            page.do("stroke", page=number, live="k", colour="navy", width=3, dots=[[1, 2], [3, 4]], number=1)
"""


class Two:
    """Ann, who draws, and Bob, whom she invites; ``before``: what runs programs on their machines."""

    def __init__(
        self, stack: ExitStack, library: Path, folder: Path, before: Sequence[Sequence[str]], world: bool
    ) -> None:
        self.folder, self.at, self.world = folder, before, world
        self.environment = {
            "PEERAPI_ALL_USERS": str(folder / "all"),
            "PEERAPI_COLLAB_PORT": str(free_range()),
            "PEERAPI_PNRP_PORT": str(free_range()),
            "BROWSER": str(folder / "browser"),
            **({"PEERAPI_PNRP_LINKS": "cable"} if world else {}),
        }
        self.stack = stack
        self.ann, self.bob = stack.enter_context(people(library, folder, "ann", "bob", at=before, **self.environment))
        self.user = Client(lambda: Places(self.bob.home / "collab"))
        stack.callback(self.user.close)

    def program(self, person: Apart, *command: str | Path) -> Program:
        before = self.at[0 if person is self.ann else 1]
        settings = [f"{name}={value}" for name, value in self.environment.items()]
        program = Program([*before, "env", *settings, *command], person.home)
        self.stack.callback(program.stop)
        return program

    def draws(self, board: Path) -> Program:
        """Ann has a board, on which there is a page, and Bob is near by."""
        self.ann.sign_in(NEAR_ME)
        self.bob.sign_in(NEAR_ME)
        wait_until(self.ann.people)
        where = ["world"] if self.world else []
        ann = self.program(self.ann, board, self.folder / "ann.svg", "create", "tea", "ann", str(free_port()), *where)
        ann.wait_for("* synchronized")
        ann.tell("page card")
        ann.wait_for("* board: 1 pages, 0 strokes")
        return ann

    def says_yes(self) -> None:
        self.answers(True)

    def answers(self, accepted: bool) -> None:
        """Bob does, when there is an invitation."""
        waiting: list[local.Waiting] = []
        wait_until(lambda: waiting.extend(self.user.call(local.ATTEND, True)) or waiting)
        assert waiting[0].description
        self.user.call(local.RESPOND, local.Pair(waiting[0].id, accepted))


def script(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o700)
    return path


@pytest.fixture(params=["one machine", "two machines"] if not missing() else ["one machine"])
def two(request: pytest.FixtureRequest, library: Path, tmp_path: Path) -> Iterator[Two]:
    with ExitStack() as stack:
        before: list[tuple[str, ...]] = [(), ()]
        if request.param == "two machines":
            before = [host.before for host in stack.enter_context(two_hosts("boards"))]
        made = Two(stack, library, tmp_path, before, request.param == "two machines")
        stack.callback(end_what_was_started, made.bob.home)
        yield made


def end_what_was_started(home: Path) -> None:
    """What an invitation has started is nobody's child."""
    wanted = {f"PEERAPI_HOME={home}".encode(), b"PEERAPI_LAUNCH"}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            said = (folder / "environ").read_bytes().split(b"\0")
            if wanted <= {*said, *(one.partition(b"=")[0] for one in said)}:
                os.kill(int(folder.name), signal.SIGKILL)


@pytest.fixture(scope="module")
def board(sample_of: Callable[[str], Path]) -> Path:
    return sample_of("whiteboard")


def strokes(picture: Path) -> list[str]:
    """The colours of the strokes in a picture."""
    return re.findall(r"<polyline stroke='([^']+)'", picture.read_text()) if picture.exists() else []


def test_the_program_in_c_starts_and_both_draw(two: Two, board: Path, tmp_path: Path) -> None:
    """What the user has registered is a script, as somebody would who wants it in a terminal."""
    keys = tmp_path / "keys"
    subprocess.run(["mkfifo", str(keys)], check=True)
    terminal = script(tmp_path / "terminal", WITH_A_TERMINAL.format(board=board, folder=tmp_path))
    two.bob.register(BOARD, str(terminal), scope=3)
    ann = two.draws(board)
    ann.tell("invite")
    ann.wait_for("* invited ")
    assert not (tmp_path / "screen").exists()
    two.says_yes()
    with keys.open("w", buffering=1) as typed:  # waits until the board is there
        typed.write("page card\npen navy 3\nstroke 1,1 2,2\n")
        ann.wait_for("* board: 1 pages, 1 strokes")
        ann.tell("pen crimson 3", "stroke 5,5 6,6")
        for picture in ("ann.svg", "bob.svg"):
            wait_until(lambda picture=picture: strokes(tmp_path / picture) == ["navy", "crimson"])
        typed.write("quit\n")
    ann.leave("quit")


def test_what_the_program_itself_registers_starts_and_shows_the_board(two: Two, board: Path, tmp_path: Path) -> None:
    registering = two.program(two.bob, board, tmp_path / "bob.svg", "register", "bob")
    assert registering.process.wait(120) == 0
    ann = two.draws(board)
    ann.tell("stroke 5,5 6,6", "invite")
    two.says_yes()
    wait_until(lambda: strokes(tmp_path / "bob.svg") == ["black"])
    ann.leave("quit")


def test_the_board_in_a_browser_starts_and_both_draw(two: Two, board: Path, tmp_path: Path) -> None:
    script(tmp_path / "browser", BROWSER.format(folder=tmp_path))
    assert two.program(two.bob, *PEERAPI, "register", "--browser").process.wait(120) == 0
    ann = two.draws(board)
    ann.tell("pen crimson 3", "stroke 5,5 6,6", "invite")
    two.says_yes()
    shown = tmp_path / "shown"
    wait_until(shown.exists)
    page = Path(shown.read_text().removeprefix("file://")).read_text()
    url = re.search(r"url=(http://[^\"]+)", page)
    assert url is not None
    command = [*two.at[1], sys.executable, "-c", AT_THE_PAGE, url[1]]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    wait_until(lambda: strokes(tmp_path / "ann.svg") == ["crimson", "navy"])
    ann.leave("quit")


@pytest.mark.parametrize("two", ["one machine"], indirect=True)
def test_a_board_is_sent_to_somebody_by_nickname(two: Two, tmp_path: Path) -> None:
    """``peerapi whiteboard invite --to``: the command waits for the answer, and the board opens there."""
    script(tmp_path / "browser", BROWSER.format(folder=tmp_path))
    assert two.program(two.bob, *PEERAPI, "register", "--browser").process.wait(120) == 0
    two.bob.update(two.bob.me(), pwzNickName="Bob [b]")
    ann = two.program(two.ann, *PEERAPI, "--new", "Tea", "--name", "Ann", "--here")
    at_ann = URL.fullmatch(ann.wait_for(lambda line: URL.fullmatch(line) is not None))
    assert at_ann is not None
    two.ann.sign_in(NEAR_ME)
    two.bob.sign_in(NEAR_ME)
    wait_until(two.ann.people)

    def invite(who: str) -> Program:
        return two.program(two.ann, *PEERAPI, "invite", "tea", "--to", who)

    def says(invites: Program) -> tuple[str, int]:
        return invites.wait_for(lambda _: True), invites.process.wait(120)

    invites = invite("bob [B]")
    two.answers(False)
    assert says(invites) == ("bob [B] does not come.", 1)
    assert not (tmp_path / "shown").exists()
    invites = invite("bob [B]")
    two.answers(True)
    assert says(invites) == ("bob [B] comes.", 0)
    wait_until((tmp_path / "shown").exists)
    page = Path((tmp_path / "shown").read_text().removeprefix("file://")).read_text()
    at_bob = re.search(r"url=(http://[^\"]+)", page)
    assert at_bob is not None
    with websocket(at_ann[1]) as hers, websocket(at_bob[1]) as his:
        assert his.wait_until("page", lambda news: news["name"] == "Tea")
        his.do("say", words="Here I am", number=1)
        assert his.wait_for("done", 120)["number"] == 1
        assert hers.wait_for("line", 120)["words"] == "Here I am"
    nobody = invite("carol")
    assert nobody.process.wait(120) == 1
    assert "nobody near by is called 'carol'" in nobody.complaints()
    ann.process.send_signal(signal.SIGINT)
    assert ann.process.wait(120) == 0
