"""docs/two-homes.png, the picture of docs/reach.md: one card, and the pages of two people behind two symmetric routers.

make two-homes (root: homes are network namespaces)
"""

from __future__ import annotations

import base64
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "samples_c"), str(ROOT / "tools")]

import card  # noqa: E402  (run as a script: needs the line above)
import screenshot  # noqa: E402
from playwright.sync_api import Playwright, sync_playwright  # noqa: E402

from samples_c.processes import Program  # noqa: E402
from tests.relay.between_homes import DELAY, with_relays  # noqa: E402
from tests.relay.process import RelayProcess  # noqa: E402
from tests.support.homes import House, Kind, internet  # noqa: E402
from tests.whiteboard.boards import PEERAPI  # noqa: E402
from tests.whiteboard.browser import Person, browser_of  # noqa: E402
from tests.whiteboard.wire import websocket  # noqa: E402

SIDE = """<body style="margin:0;display:flex;gap:24px;padding:24px;background:#e2e8f0;font:600 20px system-ui">
{}</body>"""
FIGURE = """<figure style="margin:0"><figcaption style="padding:0 0 10px">{}</figcaption>
<img style="width:860px;border-radius:8px;box-shadow:0 2px 12px #0004" src="data:image/png;base64,{}"></figure>"""


def marks(whose: str) -> int:
    """Of one person's part of the card."""
    return sum(line.split()[0] in ("stroke", "wipe") for line in card.DRAWINGS[whose])


def drawn(url: str, whose: str, before: int) -> None:
    """Draw one person's part of the card on a page; in a process of its own, in the home of the page. ``before``: marks
    that others have made, of which this page hears, too."""
    with websocket(url) as page:
        screenshot.draw(page, page.wait_for("page")["id"], card.DRAWINGS[whose])
        for _ in range(before):
            page.wait_for("mark")


class Home:
    """One of the two, with a browser in it."""

    def __init__(self, playwright: Playwright, house: House, folder: Path, name: str, *words: str) -> None:
        self.house, self.name = house, name
        self.board = Program([*house.before, *PEERAPI, *words, "--name", name], folder / name)
        self.url = self.board.wait_for("  page ").split()[1]
        browser = browser_of(playwright, house.before, folder / f"browser-{name}")
        self.person = Person(browser, self.url, viewport={"width": 1240, "height": 760})

    def draw(self, whose: str, before: int) -> None:
        command = [*self.house.before, sys.executable, __file__, "--draw", self.url, whose, str(before)]
        subprocess.run(command, check=True, timeout=120)


def picture(path: Path) -> None:
    """Anna founds a card behind one router, Ben joins with the word of the invitation behind another one."""
    kinds = (Kind.PUBLIC, Kind.SYMMETRIC, Kind.SYMMETRIC)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        middle, here, there = stack.enter_context(internet("card", *kinds, delay=DELAY))
        where = f"--address={middle.public_address}:4443"
        relay = RelayProcess(folder / "relay", ("--port=4443", where, "--bind=0.0.0.0"), middle.before)
        stack.callback(relay.kill)
        playwright = stack.enter_context(sync_playwright())
        with with_relays(relay.word):
            anna = Home(playwright, here, folder, "Anna", "--new", "Birthday card")
        stack.callback(anna.board.stop)
        invitation = anna.board.wait_for("  invitation ").split()[1]
        with with_relays(""):
            ben = Home(playwright, there, folder, "Ben", "--join", invitation)
        stack.callback(ben.board.stop)
        homes = (anna, ben)
        count = 0
        for home, whose in ((anna, "alice"), (ben, "bob"), (anna, "carol")):
            home.draw(whose, count)
            count += marks(whose)
            for other in homes:
                other.person.wait_for_marks(count)
        for home, words in ((anna, "Happy birthday, Dora!"), (ben, "From all of us, across two routers.")):
            home.person.say(words)
        for home in homes:
            home.person.wait_for_words("#lines li", "across two routers")
            home.person.page.wait_for_function("() => document.querySelectorAll('#graph line').length === 1")
            home.person.page.mouse.move(0, 0)
        shots = [(home.name, base64.b64encode(home.person.page.screenshot()).decode()) for home in homes]
        figures = "".join(FIGURE.format(f"{name}, at home behind a symmetric router", shot) for name, shot in shots)
        page = anna.person.context.new_page()
        page.set_viewport_size({"width": 1792, "height": 630})
        page.set_content(SIDE.format(figures))
        page.screenshot(path=path)


def main() -> None:
    if sys.argv[1:2] == ["--draw"]:
        drawn(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        picture(ROOT / "docs" / "two-homes.png")


if __name__ == "__main__":
    main()
