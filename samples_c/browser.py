"""The demo's card in a web browser: ``peerapi whiteboard`` joins the graph, and the page is opened or photographed."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import sys
import urllib.request
from pathlib import Path

from processes import DemoFailed, Program

from peerapi.pages.page_file import open_in_browser, page_file

PAGE = re.compile(r"  page +(http://\S+)")
WITHOUT_WINDOW = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]


def somebody_watches() -> bool:
    """A person sits before it, and has not said CI=true."""
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("CI", "") in ("", "0", "false")


def missing() -> str | None:
    """What a board in a browser needs and is not there."""
    lacks = [name for name in ("quart_trio", "hypercorn") if importlib.util.find_spec(name) is None]
    return f"{' and '.join(lacks)}: pip install quart-trio hypercorn" if lacks else None


class Board(Program):
    """Dora's, who joins with a browser."""

    def __init__(self, graph: str, port: str, folder: Path) -> None:
        arguments = ["--join", f"{graph}@[::1]:{port}", "--name", "dora", "--here"]
        self.pages = folder / "dora" / "pages"
        super().__init__([sys.executable, "-m", "peerapi", "whiteboard", *arguments], folder / "dora")
        found = PAGE.match(self.wait_for("  page"))
        if not found:
            raise DemoFailed("the board names no page")
        self.url = found[1]

    def picture(self) -> str:
        with urllib.request.urlopen(f"{self.url}board.svg", timeout=10) as answer:
            return str(answer.read().decode())

    def open(self) -> None:
        """For the person; until Enter is pressed."""
        with page_file(self.pages, self.url) as page:
            open_in_browser(page)
            input(f"\nThe card is open at {self.url}\nDraw on it; the three still listen. Enter ends the demo. ")

    def photograph(self, path: Path, strokes: int) -> bool:
        """The page as an image; False when no browser is there to make it."""
        browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
        if browser is None or importlib.util.find_spec("playwright") is None:
            return False
        from playwright.sync_api import sync_playwright

        with sync_playwright() as playwright:
            window = playwright.chromium.launch(executable_path=browser, args=WITHOUT_WINDOW)
            page = window.new_page(viewport={"width": 1280, "height": 800})
            page.goto(self.url)
            page.wait_for_function(f"() => document.querySelectorAll('#drawn > *').length === {strokes}")
            page.fill("#words", "Thank you all!")
            page.press("#words", "Enter")
            page.wait_for_selector("#lines li")
            page.screenshot(path=path)
            window.close()
        return True
