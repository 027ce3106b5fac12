"""A program of Windows with a window, under Wine and a screen of its own, in one graph with a board in a browser."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from samples_c.processes import Program
from tests.support.wine import ROOT, Wine, missing, without_screen
from tests.whiteboard.boards import joined
from tests.whiteboard.browser import Person, browsing

pytestmark = pytest.mark.long

SAMPLE = ROOT / "wine" / "samples" / "chat_window.c"


class Keyboard:
    """Keys that somebody presses at the window with a title."""

    def __init__(self, title: str) -> None:
        deadline = time.monotonic() + 120
        found: list[str] = []
        while not found and time.monotonic() < deadline:
            found = self._run("search", "--name", title).split()
        assert found, f"no window is called {title}"
        self.window = found[-1]

    def _run(self, *words: str) -> str:
        done = subprocess.run(["xdotool", *words], capture_output=True, text=True, timeout=120, check=False)
        return done.stdout

    def press(self, *keys: str) -> None:
        """Accelerators and others, by their names of X."""
        self._run("windowfocus", "--sync", self.window, "key", *keys)

    def type(self, text: str) -> None:
        """A text."""
        self._run("windowfocus", "--sync", self.window, "type", "--delay", "30", text)


if not missing() and not without_screen():

    @pytest.fixture
    def screen(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
        """A screen that nobody sees."""
        reading, writing = os.pipe()
        command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1024x600x24", "-nolisten", "tcp"]
        with subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL) as server:
            os.close(writing)
            with os.fdopen(reading) as pipe:
                number = pipe.readline().strip()
            assert number, "Xvfb does not begin"
            monkeypatch.setenv("DISPLAY", f":{number}")
            yield f":{number}"
            server.terminate()

    @pytest.fixture
    def browser() -> Iterator[Browser]:
        with browsing() as made:
            yield made

    def test_a_window_under_wine_chats_with_a_board(
        wine: Wine, screen: str, browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        program = wine.compile(SAMPLE, "-municode", "-Wextra", "-Werror")
        for name, value in wine.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("DISPLAY", screen)
        ann = Program(wine.command(program, "create", "tea-room", "ann", "0"), tmp_path / "ann")
        ben = None
        try:
            port = ann.wait_for("* synchronized, listening on port").split()[-1]
            ben = joined(tmp_path / "ben", "Ben", f"tea-room@[::1]:{port}")
            at_ben = Person(browser, ben.url)
            keyboard = Keyboard("ann in tea-room")
            keyboard.type("Who brings the cake?")
            keyboard.press("Return")
            ann.wait_for("ann: Who brings the cake?")
            at_ben.wait_for_words("#lines li", "Who brings the cake?")
            at_ben.say("I do, 🎂 as ever")
            ann.wait_for("Ben: I do, 🎂 as ever")
            keyboard.press("ctrl+n")
            ann.wait_for("* neighbors: Ben")
            assert at_ben.console == []
            at_ben.context.close()
            keyboard.press("ctrl+q")
            assert ann.process.wait(120) == 0
            ben.end()
        finally:
            if ben is not None:
                ben.stop()
            if ann.process.poll() is None:
                ann.process.kill()
