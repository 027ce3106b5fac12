"""Three people draw one birthday card and talk about it: six processes of the two C samples, without a server.

alice creates both graphs, bob joins through alice, carol joins through bob and need not know of alice. Dora gets her
card in a web browser; with CI=true, or where nobody watches, that is an image. Exits with 0 when all boards are the
same, byte for byte, and with 1 when anything went wrong.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import browser
import card
from processes import DemoFailed, Program, build, free_ports
from view import Terminal

PEOPLE = ("alice", "bob", "carol")
BOARD = re.compile(r"\* board: (\d+) pages, (\d+) strokes")
LISTED = re.compile(r"\d+\. ")


def start_everybody(
    terminal: Terminal, stack: ExitStack, program: Path, folder: Path, graph: str, ports: list[str]
) -> dict[str, Program]:
    """A process of ``program`` for each person, in a chain: each joins through the one before."""
    started: dict[str, Program] = {}
    before = ""
    for peer, port in zip(PEOPLE, ports, strict=True):
        role = ["join", graph, peer, "::1", before, port] if before else ["create", graph, peer, port]
        picture = [folder / f"{peer}.svg"] if program.name == "whiteboard" else []

        def show(line: str, peer: str = peer) -> None:
            if board := BOARD.match(line):
                terminal.progress(peer, int(board[2]))
            elif not LISTED.match(line):
                terminal.line(peer, program.name, line)

        started[peer] = Program([program, *picture, *role], folder / peer, show)
        stack.callback(started[peer].stop)
        started[peer].wait_for("* synchronized")
        before = port
    return started


def say(chats: dict[str, Program], peer: str, text: str) -> None:
    """``peer`` types a line. Everybody has to see it before the next one is typed: so all see the same conversation."""
    chats[peer].tell(text)
    for chat in chats.values():
        chat.wait_for(f"{peer}: {text}")


def wait_for_strokes(terminal: Terminal, boards: dict[str, Program], expected: int) -> None:
    """Until every board shows so many strokes."""
    for board in boards.values():
        board.wait_for(f"* board: 1 pages, {expected} strokes")
    terminal.end_of_progress()


def draw_together(terminal: Terminal, boards: dict[str, Program]) -> int:
    """All three draw at the same time. Returns how many strokes there are then."""
    boards["alice"].tell(f"page {card.PAGE}")
    for board in boards.values():
        board.wait_for("* board: 1 pages")
    for peer in PEOPLE[1:]:
        boards[peer].tell(f"page {card.PAGE}")
    todo = {peer: list(drawing) for peer, drawing in card.DRAWINGS.items()}
    while any(todo.values()):
        for peer, commands in todo.items():
            boards[peer].tell(*commands[:2])
            del commands[:2]
        time.sleep(0.04)  # a hand needs time for a stroke, and people like to watch
    expected = sum(map(card.strokes, card.DRAWINGS.values()))
    wait_for_strokes(terminal, boards, expected)
    return expected


def erase_scribble(terminal: Terminal, boards: dict[str, Program], chats: dict[str, Program], strokes: int) -> None:
    """carol's cat walks over the board; alice looks for that stroke and deletes its record."""
    boards["carol"].tell(*card.SCRIBBLE)
    wait_for_strokes(terminal, boards, strokes + 1)
    say(chats, "carol", "Oh no! That was the cat.")
    boards["alice"].tell("list")
    found = boards["alice"].wait_for(lambda line: "carol: black 12" in line)
    terminal.line("alice", "whiteboard", f"{found}   <- this one goes")
    boards["alice"].tell(f"erase {found.split('.')[0]}")
    wait_for_strokes(terminal, boards, strokes)
    say(chats, "alice", "Erased. Happy birthday, Dora!")


def give_card(terminal: Terminal, stack: ExitStack, folder: Path, port: str, picture: str, strokes: int) -> str:
    """Dora joins with a browser, and has the same picture. What else there is to look at, in words."""
    lacks = browser.missing()
    if lacks:
        terminal.step(f"Dora cannot open it in a browser here. There is no {lacks}")
        return ""
    terminal.step("Dora joins with a web browser: peerapi whiteboard --join ...")
    board = browser.Board("birthday-card", port, folder)
    stack.callback(board.stop)
    wait_until(lambda: board.picture() == picture, "Dora's board is the same, byte for byte")
    if browser.somebody_watches():
        board.open()
    elif board.photograph(folder / "board.png", strokes):
        return f", and Dora's browser in {path(folder)}/board.png"
    return ""


def wait_until(is_so: Callable[[], bool], what: str, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise DemoFailed(f"waited {seconds:.0f} s in vain until {what}")
        time.sleep(0.05)


def path(folder: Path) -> str:
    return f"./{folder.relative_to(Path.cwd())}" if folder.is_relative_to(Path.cwd()) else str(folder)


def compare(pictures: dict[str, str], said: dict[str, list[str]], strokes: int) -> None:
    """Raises DemoFailed unless all have the same picture of so many strokes, and have read the same five lines."""
    if len(set(pictures.values())) != 1:
        raise DemoFailed("the boards differ")
    if any(picture.count("<polyline") != strokes for picture in pictures.values()):
        raise DemoFailed(f"{strokes} strokes were drawn, but that is not what the boards show")
    if any(lines != said["alice"] for lines in said.values()) or len(said["alice"]) != 5:
        raise DemoFailed(f"not all have read the same conversation: {said}")


def demo(terminal: Terminal, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    terminal.step("Compiling samples_c/graph_chat.c and samples_c/whiteboard.c ...")
    chat_program, board_program = build("graph_chat", folder), build("whiteboard", folder)

    with ExitStack() as stack:
        terminal.step("alice opens a chat room; bob joins through alice, carol through bob.")
        ports = list(map(str, free_ports(6)))
        chats = start_everybody(terminal, stack, chat_program, folder, "birthday-chat", ports[:3])
        say(chats, "alice", "It is Dora's birthday. Shall we draw her a card? I take the cake.")
        say(chats, "bob", "Balloons!")
        say(chats, "carol", "And I write: Happy Birthday.")

        terminal.step("The same for the whiteboard, each with a picture of its own.")
        boards = start_everybody(terminal, stack, board_program, folder, "birthday-card", ports[3:])
        terminal.step("All three draw at once.")
        strokes = draw_together(terminal, boards)
        erase_scribble(terminal, boards, chats, strokes)

        pictures = {peer: (folder / f"{peer}.svg").read_text(encoding="utf-8") for peer in PEOPLE}
        said = {peer: [line for line in chat.heard if line[0] != "*"] for peer, chat in chats.items()}
        compare(pictures, said, strokes)
        shown = give_card(terminal, stack, folder, ports[3], pictures["alice"], strokes)

        terminal.step("All leave. What has each of them seen?")
        for program in boards.values():
            program.leave("quit")
        for program in chats.values():
            program.leave("/quit")

    terminal.boards(pictures)
    (folder / "birthday_card.svg").write_text(pictures["alice"], encoding="utf-8")
    terminal.step(f"Three boards, identical byte for byte: 1 page, {strokes} strokes; 5 lines of chat, read by all.")
    print(f"\nThe card is in {path(folder)}/birthday_card.svg{shown}.")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = Path(__file__).resolve().parent.parent / "build" / "demo"
    parser.add_argument(
        "--dir", type=Path, default=default, help="where programs, databases and pictures go; emptied first"
    )
    try:
        demo(Terminal(), parser.parse_args().dir.resolve())
    except DemoFailed as problem:
        print(f"\nThe demo failed: {problem}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as problem:
        print(f"\nThe demo failed: {problem}\nIs the library built? (make build)", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
