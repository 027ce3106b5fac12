"""The C samples, compiled as a person would and run for real: three processes over ::1, and then the whole demo."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, nullcontext
from pathlib import Path
from xml.etree import ElementTree

import pytest

from samples_c.processes import DemoFailed, Program
from tests.support.ports import free_ports, free_range

SAMPLES = Path(__file__).parents[1] / "samples_c"
POLYLINE = "{http://www.w3.org/2000/svg}polyline"
BOARD = "* board: 1 pages, {} strokes"


@pytest.fixture(scope="session")
def programs(sample_of: Callable[[str], Path]) -> dict[str, Path]:
    return {name: sample_of(name) for name in ("graph_chat", "whiteboard", "group_chat")}


class Crowd:
    """Processes of one sample in one graph; all are stopped in the end."""

    def __init__(self, program: Path, folder: Path, graph: str) -> None:
        self.program, self.folder, self.graph = program, folder, graph
        self.ports = dict(zip(("ann", "ben", "cleo"), map(str, free_ports(3)), strict=True))
        self.stack = ExitStack()

    def picture(self, peer: str) -> Path:
        return self.folder / f"{peer}.svg"

    def start(self, *arguments: str, peer: str) -> Program:
        picture = [self.picture(peer)] if self.program.name == "whiteboard" else []
        program = Program([self.program, *picture, *arguments], self.folder / peer)
        self.stack.callback(program.stop)
        return program

    def create(self, peer: str) -> Program:
        program = self.start("create", self.graph, peer, self.ports[peer], peer=peer)
        program.wait_for("* synchronized")
        return program

    def join(self, peer: str, through: str) -> Program:
        program = self.start("join", self.graph, peer, "::1", self.ports[through], self.ports[peer], peer=peer)
        program.wait_for("* synchronized")
        return program


@pytest.fixture
def chatters(programs: dict[str, Path], tmp_path: Path) -> Iterator[Crowd]:
    crowd = Crowd(programs["graph_chat"], tmp_path, "chat room")
    with crowd.stack:
        yield crowd


@pytest.fixture
def painters(programs: dict[str, Path], tmp_path: Path) -> Iterator[Crowd]:
    crowd = Crowd(programs["whiteboard"], tmp_path, "board")
    with crowd.stack:
        yield crowd


# --- graph_chat -----------------------------------------------------------------------------------------------------


def test_a_line_typed_by_one_is_seen_by_all_three_also_by_who_joined_through_another(chatters: Crowd) -> None:
    ann, ben, cleo = chatters.create("ann"), chatters.join("ben", through="ann"), chatters.join("cleo", through="ben")

    ann.tell("Grüße aus 東京 🎂")

    for program in (ann, ben, cleo):
        program.wait_for("ann: Grüße aus 東京 🎂")


def test_a_newcomer_reads_what_was_said_before(chatters: Crowd) -> None:
    ann = chatters.create("ann")
    ann.tell("first", "second")
    ann.wait_for("ann: second")

    ben = chatters.join("ben", through="ann")
    ben.tell("third")
    ben.wait_for("ben: third")

    said = {line for line in ben.heard if not line.startswith("*")}
    assert said == {"ann: first", "ann: second", "ben: third"}


def test_who_lists_the_neighbors_and_quitting_ends_a_process_cleanly(chatters: Crowd) -> None:
    ann, ben = chatters.create("ann"), chatters.join("ben", through="ann")
    ann.wait_for("* neighbors: ben")
    ben.tell("/who")
    ben.wait_for("* neighbors: ann")

    ben.leave("/quit")

    ann.wait_for("* neighbors:")
    ann.leave("/quit")


def test_the_end_of_the_input_ends_the_program_and_its_last_line_is_on_disk(chatters: Crowd) -> None:
    ann = chatters.create("ann")
    ann.tell("the last thing")
    assert ann.process.stdin is not None
    ann.process.stdin.close()
    assert ann.process.wait(120) == 0

    ann = chatters.create("ann")
    ben = chatters.join("ben", through="ann")
    ben.tell("anybody here?")
    ben.wait_for("ben: anybody here?")
    assert "ann: the last thing" in ben.heard


def test_joining_where_nobody_listens_ends_with_an_error(chatters: Crowd) -> None:
    ben = chatters.start("join", "chat room", "ben", "::1", chatters.ports["ann"], peer="ben")

    assert ben.process.wait(120) == 1
    assert re.match(r"joining failed: 0x8[0-9a-f]{7}", ben.complaints())


@pytest.mark.parametrize("name", ["graph_chat", "whiteboard"])
def test_wrong_arguments_print_the_usage(programs: dict[str, Path], name: str) -> None:
    done = subprocess.run([programs[name], "create"], stderr=subprocess.PIPE, text=True, timeout=300, check=False)
    assert done.returncode == 2
    assert re.search(rf"^{name} .*create <graphId>", done.stderr, re.MULTILINE)
    assert re.search(rf"^{name} .*join <graphId>", done.stderr, re.MULTILINE)


def test_group_chat_prints_its_usage_too(programs: dict[str, Path], tmp_path: Path) -> None:
    environment = os.environ | {"PEERAPI_HOME": str(tmp_path)}
    done = subprocess.run([programs["group_chat"]], env=environment, stderr=subprocess.PIPE, text=True, timeout=300)
    assert done.returncode == 2
    assert re.findall(r"^group_chat (\w+)", done.stderr, re.MULTILINE) == ["me", "create", "join"]


# --- whiteboard -----------------------------------------------------------------------------------------------------


def test_three_boards_are_the_same_picture_byte_for_byte(painters: Crowd) -> None:
    ann, ben, cleo = painters.create("ann"), painters.join("ben", through="ann"), painters.join("cleo", through="ben")
    everybody = (ann, ben, cleo)
    ann.tell("page Tuesday")
    for program in everybody:
        program.wait_for(BOARD.format(0))
    for program, colour in zip(everybody, ("red", "#00ff00", "navy"), strict=True):
        program.tell("page Tuesday", f"pen {colour} 5", "stroke 0,0 10,20 -5,700", "wipe 3,4")
    for program in everybody:
        program.wait_for(BOARD.format(6))
        program.leave("quit")

    pictures = {painters.picture(peer).read_bytes() for peer in ("ann", "ben", "cleo")}
    assert len(pictures) == 1
    lines = [line.attrib for line in ElementTree.fromstring(pictures.pop()).iter(POLYLINE)]
    assert sorted(line["stroke"] for line in lines) == ["#00ff00", "navy", "red", "white", "white", "white"]
    assert {line["points"] for line in lines} == {"0,0 10,20 -5,700 -5,700", "3,4 3,4"}


def test_a_stroke_erased_by_another_peer_is_gone_everywhere(painters: Crowd) -> None:
    ann, ben = painters.create("ann"), painters.join("ben", through="ann")
    ann.tell("page one", "pen teal 4", "stroke 1,1 2,2", "pen plum 9", "stroke 3,3")
    ben.wait_for(BOARD.format(2))

    ben.tell("list")
    teal = ben.wait_for(lambda line: "ann: teal 4, 2 points" in line)
    ben.tell(f"erase {teal.split('.')[0]}")

    for program in (ben, ann):
        program.wait_for(BOARD.format(1))
        program.leave("quit")
    assert painters.picture("ann").read_bytes() == painters.picture("ben").read_bytes()
    assert "plum" in painters.picture("ann").read_text()
    assert "teal" not in painters.picture("ann").read_text()


def test_a_board_that_was_left_is_found_again(painters: Crowd) -> None:
    ann = painters.create("ann")
    ann.tell("page kept", "stroke 1,1 2,2")
    ann.wait_for(BOARD.format(1))
    ann.leave("quit")
    before = painters.picture("ann").read_bytes()
    painters.picture("ann").unlink()

    painters.create("ann").wait_for(BOARD.format(1))

    assert painters.picture("ann").read_bytes() == before


def test_nonsense_typed_at_the_whiteboard_draws_nothing(painters: Crowd) -> None:
    ann = painters.create("ann")
    ann.tell(
        "stroke 1,1", "paint", "pen '/><script/> 3", "page <b>", "page x", "pen red 0", "stroke", "erase 7", "list"
    )
    ann.wait_for(BOARD.format(0))
    ann.leave("quit")

    root = ElementTree.parse(painters.picture("ann")).getroot()
    assert not list(root.iter(POLYLINE))


# --- group_chat -----------------------------------------------------------------------------------------------------


class Club:
    """Processes of group_chat; files go from one person to the other through one folder."""

    def __init__(self, program: Path, folder: Path) -> None:
        self.program, self.folder = program, folder
        self.stack = ExitStack()

    def run(self, who: str, *arguments: str) -> Program:
        program = Program([self.program, *arguments], self.folder / who)
        self.stack.callback(program.stop)
        return program

    def file(self, name: str) -> str:
        return str(self.folder / name)

    def introduces(self, who: str) -> None:
        """Step 1: an identity and the file about it."""
        made = self.run(who, "me", who, self.file(f"{who}.identity"))
        made.wait_for("* written")
        assert made.process.wait(120) == 0

    def create(self, who: str, cloud: str = "Loopback_") -> Program:
        program = self.run(who, "create", who, "tea room", cloud)
        program.wait_for("* in the group")
        return program

    def invite(self, by: Program, who: str) -> None:
        by.tell(f"/invite {self.file(who)}.identity {self.file(who)}.invitation")
        by.wait_for("* written")

    def join(self, who: str, invitation: str = "") -> Program:
        program = self.run(who, "join", who, self.file(f"{invitation or who}.invitation"))
        program.wait_for("* in the group")
        return program


@pytest.fixture
def club(programs: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Club]:
    monkeypatch.setenv("PEERAPI_PNRP_PORT", str(free_range()))
    made = Club(programs["group_chat"], tmp_path)
    with made.stack:
        yield made


def test_the_steps_of_the_lesson(club: Club) -> None:
    for who in ("ben", "cleo"):
        club.introduces(who)
    ann = club.create("ann")
    for who in ("ben", "cleo"):
        club.invite(ann, who)
    ben = club.join("ben")
    assert ben.heard[0] == "* tea room, invited by ann"
    cleo = club.join("cleo")

    ann.tell("Grüße aus 東京 🎂")
    for program in (ann, ben, cleo):
        program.wait_for("ann: Grüße aus 東京 🎂")
    cleo.tell("hello")
    for program in (ann, ben, cleo):
        program.wait_for("cleo: hello")

    ben.tell("/who")
    assert {ben.wait_for("* member: ") for _ in range(3)} == {f"* member: {who}" for who in ("ann", "ben", "cleo")}
    for program in (ann, ben, cleo):
        program.leave("/quit")


def test_a_member_comes_back_and_hears_what_is_said(club: Club) -> None:
    club.introduces("ben")
    ann = club.create("ann")
    club.invite(ann, "ben")
    club.join("ben").leave("/quit")
    ann.leave("/quit")

    ann, ben = club.create("ann"), club.join("ben")
    ann.tell("back again")
    ben.wait_for("ann: back again")


def test_a_plain_member_invites_nobody(club: Club) -> None:
    for who in ("ben", "cleo"):
        club.introduces(who)
    club.invite(club.create("ann"), "ben")
    ben = club.join("ben")
    ben.tell(f"/invite {club.file('cleo.identity')} {club.file('cleo.invitation')}")
    ben.wait_for("* only administrators invite")
    assert not Path(club.file("cleo.invitation")).exists()


def test_the_invitation_of_another_opens_nothing(club: Club) -> None:
    club.introduces("ben")
    club.invite(club.create("ann"), "ben")
    mallory = club.run("mallory", "join", "mallory", club.file("ben.invitation"))
    assert mallory.process.wait(120) == 1
    assert re.search(r"joining failed: 0x8[0-9a-f]{7}", mallory.complaints())


# --- the helpers and the demo -----------------------------------------------------------------------------------------


def test_waiting_for_a_line_that_never_comes_fails_with_what_was_said(chatters: Crowd) -> None:
    ann = chatters.create("ann")
    with pytest.raises(DemoFailed, match="listening on port"):
        ann.wait_for("a miracle", seconds=0.2)


@pytest.mark.parametrize(
    ("pictures", "strokes", "last_line", "complaint"),
    [
        (["<polyline/>", "<polyline/>", "<polyline />"], 1, "bye", "boards differ"),
        (["<polyline/>"] * 3, 2, "bye", "2 strokes were drawn"),
        (["<polyline/>"] * 3, 1, "by", "same conversation"),
        (["<polyline/>"] * 3, 1, "bye", None),
    ],
)
def test_the_demo_notices_when_the_peers_do_not_agree(
    monkeypatch: pytest.MonkeyPatch, pictures: list[str], strokes: int, last_line: str, complaint: str | None
) -> None:
    monkeypatch.syspath_prepend(SAMPLES)
    demo = importlib.import_module("demo")
    people = ("alice", "bob", "carol")
    said = {peer: [*"1234", last_line if peer == "bob" else "bye"] for peer in people}
    expectation = pytest.raises(demo.DemoFailed, match=complaint) if complaint else nullcontext()
    with expectation:
        demo.compare(dict(zip(people, pictures, strict=True)), said, strokes)


def test_the_demo_draws_one_card_on_three_boards(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, SAMPLES / "demo.py", "--dir", tmp_path / "demo"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=os.environ | {"LC_ALL": "C.UTF-8"},
        encoding="utf-8",
        timeout=600,
        check=False,
    )

    assert done.returncode == 0, done.stdout
    assert "identical byte for byte" in done.stdout
    for peer in ("alice", "bob", "carol"):
        assert f"{peer} graph_chat | bob: Balloons!" in done.stdout
    assert "\x1b" not in done.stdout
    root = ElementTree.parse(tmp_path / "demo" / "birthday_card.svg").getroot()
    assert len(list(root.iter(POLYLINE))) > 90
