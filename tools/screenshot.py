"""The pictures of the pages: docs/whiteboard.png, three people at one board, as Anna's browser shows it,
docs/home.png, Anna's home page while Cleo invites her, and docs/document.png, what Anna and Ben write.

.venv/bin/python tools/screenshot.py            all, or the names of some: board, home, document
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "samples_c")]

import card  # noqa: E402  (run as a script: needs the line above)

from tests.home.homes import AtHome, home_of  # noqa: E402
from tests.home.test_documents import Writer, together  # noqa: E402
from tests.support.ports import free_range  # noqa: E402
from tests.whiteboard.boards import joined, new_board  # noqa: E402
from tests.whiteboard.browser import Person, browsing  # noqa: E402
from tests.whiteboard.wire import Socket, websocket  # noqa: E402

Kind = TypeVar("Kind", bound=AtHome)
TALK = (
    ("Anna", "It is Dora's birthday. I take the cake!"),
    ("Ben", "Balloons!"),
    ("Cleo", "And I write."),
    ("Ben", "Oh no! That was the cat."),
    ("Anna", "Erased. Happy birthday, Dora!"),
)


def draw(page: Socket, number: str, commands: list[str]) -> int:
    """The demo's drawing, by its commands for the C whiteboard."""
    colour, width, strokes = "black", 3, 0
    for command in commands:
        word, *rest = command.split()
        if word == "pen":
            colour, width = rest[0], int(rest[1])
        elif word in ("stroke", "wipe"):
            dots = [[int(part) for part in dot.split(",")] for dot in rest]
            drawn = "white" if word == "wipe" else colour
            page.do("stroke", page=number, live=f"s{strokes}", colour=drawn, width=width, dots=dots)
            page.wait_for("mark")
            strokes += 1
    return strokes


def main() -> None:
    pictures = {"board": board, "home": home, "document": document}
    for name in sys.argv[1:] or pictures:
        pictures[name]()


@contextmanager
def at_home(kind: type[Kind], **looks: dict[str, Any]) -> Iterator[list[Kind]]:
    """People at their home pages, with nobody else near by; how the page of each looks."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        os.environ |= {"PEERAPI_COLLAB_PORT": str(free_range()), "PEERAPI_PNRP_PORT": str(free_range())}
        os.environ |= {"PEERAPI_MAP": "0", "XDG_RUNTIME_DIR": str(folder)}
        browser = stack.enter_context(browsing())
        yield [
            kind(browser, stack.enter_context(home_of(folder / name.lower())), name, **look)
            for name, look in looks.items()
        ]


def document() -> None:
    with at_home(Writer, Anna={}, Ben={}) as (anna, ben):
        together(anna, ben, "Dora is forty")
        begun = "# Lemon cake\n\nFor **twelve** people. It keeps for three days.\n\n- six eggs\n- 300 g of flour\n"
        anna.put(begun)
        ben.reads(begun)
        more = "- two lemons, their peel and their juice\n- 250 g of sugar"
        ben.page.keyboard.press("Control+End")
        ben.put(more)
        anna.reads(begun + more)
        anna.page.click("#authors")
        anna.wait_for_words("#writers li", "Ben")
        ben.page.keyboard.press("Control+Home")
        for key in (*["ArrowDown"] * 2, *["ArrowRight"] * 26):
            ben.page.keyboard.press(key)
        for _ in "keeps for three days":
            ben.page.keyboard.press("Shift+ArrowRight")
        ben.page.keyboard.press("Control+Alt+m")
        ben.page.keyboard.type("Not at our place!")
        ben.page.keyboard.press("Control+Enter")
        anna.wait_for_words("#comment-list li", "Not at our place!")
        ben.page.wait_for_selector("#commenting", state="hidden")
        ben.page.focus("#text")
        ben.page.keyboard.press("Control+End")
        anna.page.focus("#text")
        anna.wait_for_words(".whose", "Ben")
        anna.wait_for_words("#status", "Ben writes, too")
        anna.picture(ROOT / "docs" / "document.png")


def home() -> None:
    looks: dict[str, dict[str, Any]] = {"Anna": {"device_scale_factor": 1.5}, "Ben": {}, "Cleo": {}}
    with at_home(AtHome, **looks) as (anna, ben, cleo):
        for one, other in ((anna, "Ben"), (ben, "Anna"), (anna, "Cleo"), (cleo, "Anna")):
            one.press(f"Make {other} a contact")
        ben.page.fill("#mood", "baking")
        ben.page.press("#mood", "Enter")
        for title in ("Summer house", "Dora is forty"):
            anna.begin(title)
        anna.press("Close Summer house")
        anna.press("Invite somebody to Dora is forty")
        anna.press("Ask Ben to come")
        ben.page.locator("#waiting .main").click()
        ben.page.wait_for_url("**/boards/*/")
        anna.page.keyboard.press("Escape")
        anna.wait_for_words("#people li", "Ben")
        for person, words in ((anna, "I take the cake!"), (ben, "Balloons!"), (anna, "Who asks Cleo?")):
            person.say(words)
            anna.wait_for_words("#lines li", words)
        cleo.begin("A song for Dora")
        cleo.press("Invite somebody to A song for Dora")
        cleo.press("Ask Anna to come")
        anna.wait_for_words("#waiting li", "A song for Dora")
        anna.wait_for_words("#contacts li", "baking")
        anna.page.wait_for_function("() => !document.querySelector('#toast').matches('.shown')")
        anna.picture(ROOT / "docs" / "home.png")
        anna.press("Decline the invitation of Cleo")
        cleo.told("Anna does not come")


def board() -> None:
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        anna = new_board(home / "anna", "Anna")
        boards = {"Anna": anna}
        for name in ("Ben", "Cleo"):
            boards[name] = joined(home / name, name, anna.invitation)
        pages = {}
        for name, board in boards.items():
            stack.callback(board.stop)
            pages[name] = stack.enter_context(websocket(board.url))
            number = pages[name].wait_for("page")["id"]
        browser = stack.enter_context(browsing())
        person = Person(browser, anna.url, device_scale_factor=1.5, viewport={"width": 1240, "height": 760})
        strokes = sum(
            draw(page, number, drawing) for page, drawing in zip(pages.values(), card.DRAWINGS.values(), strict=True)
        )
        for name, words in TALK:
            pages[name].do("say", words=words)
            person.wait_for_words("#lines li", words)
        person.wait_for_marks(strokes)
        person.take("pen", "crimson", 6)
        person.page.wait_for_function("() => document.querySelectorAll('#graph line').length === 3")
        person.page.mouse.move(0, 0)
        person.picture(ROOT / "docs" / "whiteboard.png")


if __name__ == "__main__":
    main()
