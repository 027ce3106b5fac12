"""Home pages as people start them: ``peerapi home`` in a process of its own."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator

from samples_c.processes import Program
from tests.support.collab import stop_host
from tests.whiteboard.boards import URL
from tests.whiteboard.browser import Person

PEERAPI = [sys.executable, "-m", "peerapi"]


class HomeProcess(Program):
    """One running ``peerapi home``; its page is at ``url``."""

    def __init__(self, home: Path, *more: str, before: Sequence[str] = ()) -> None:
        """``before``: what runs programs on its machine; without one it keeps to this one."""
        where = [] if before else ["--here"]
        super().__init__([*before, *PEERAPI, "home", "--no-browser", *where, *more], home)
        self.home = home
        found = URL.fullmatch(self.wait_for(lambda line: URL.fullmatch(line) is not None))
        assert found
        self.url = found[1]

    def end(self) -> None:
        """Ctrl-C. It ends with 0, and has complained of nothing."""
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(60)
        self.reader.join(60)
        assert (code, self.complaints()) == (0, "")
        self.stop()


@contextmanager
def home_of(folder: Path) -> Iterator[HomeProcess]:
    """Somebody's home page, as long as the block lasts."""
    made = HomeProcess(folder)
    try:
        yield made
        made.end()
    finally:
        made.stop()
        stop_host(folder)


class AtHome(Person):
    """Somebody at their home page."""

    def __init__(self, browser: Browser, home: HomeProcess, name: str = "", **context: object) -> None:
        super().__init__(browser, home.url, **context)
        if name:
            self.rename(name)

    def rename(self, name: str) -> None:
        self.page.fill("#name", name)
        self.page.press("#name", "Enter")
        self.page.wait_for_function(
            "name => document.querySelector('#status').textContent === `You are ${name}`", arg=name
        )

    def begin(self, title: str) -> None:
        """A new board, whose talk is shown beside."""
        self.page.fill("#new-title", title)
        self.page.press("#new-title", "Enter")
        self.page.locator("#talk-title", has_text=title).wait_for()

    def press(self, label: str) -> None:
        """The button, or the way, with that name for who cannot see it."""
        self.page.locator(f"[aria-label='{label}']").first.click()

    def listed(self, where: str, words: str) -> Locator:
        """The item of a list with these words, as soon as it is there."""
        found = self.page.locator(f"{where} li", has_text=words).first
        found.wait_for()
        return found
