"""A real Chromium, and what a person does with it at a board."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SHAPES = "[...document.querySelectorAll('#drawn > *')].map(one => [one.tagName, one.textContent, " + (
    "...['stroke', 'stroke-width', 'points', 'x', 'y', 'font-size', 'fill'].map(name => one.getAttribute(name))])"
)

# Every piece of news comes to the page, and every request leaves it, by itself and up to so many milliseconds late: a
# test that asserts more than what it waited for fails then. 0: nothing is held up.
LATENESS = float(os.environ.get("PEERAPI_PAGE_LATENESS", "0"))
LATE = """(() => {
  const Prompt = WebSocket, promptly = fetch;
  const pause = () => new Promise((resolve) => setTimeout(resolve, LATENESS * Math.random()));
  window.fetch = async (...asked) => {
    await pause();
    return promptly(...asked);
  };
  // Actions one after the other, each after a pause of its own; a crowd of them does not wait for each other.
  class Queue {
    #last = Promise.resolve();
    #length = 0;
    add(action) {
      this.#length += 1;
      this.#last = this.#last.then(async () => {
        if (this.#length <= 20) await pause();
        this.#length -= 1;
        action();
      });
    }
  }
  window.WebSocket = class extends Prompt {
    #in = new Queue();
    #out = new Queue();
    set onmessage(hear) {
      super.onmessage = ({ data }) => {
        const news = JSON.parse(data);
        for (const one of Array.isArray(news) ? news.map((one) => [one]) : [news]) {
          this.#in.add(() => hear({ data: JSON.stringify(one) }));
        }
      };
    }
    set onclose(hear) {
      super.onclose = (event) => this.#in.add(() => hear(event));
    }
    send(data) {
      this.#out.add(() => super.send(data));
    }
  };
})()""".replace("LATENESS", str(LATENESS))


def chromium() -> str | None:
    """Debian's; its name elsewhere."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@contextmanager
def browsing() -> Iterator[Browser]:
    """A browser with a folder of its own, which is gone afterwards."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), headless=True, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def browser_of(playwright: Playwright, before: Sequence[str], script: Path) -> Browser:
    """A browser on another machine. ``before``: what runs programs there; ``script``: a file that is written for it."""
    script.write_text(f'#!/bin/sh\nexec {" ".join(before)} {chromium()} "$@"\n', encoding="ascii")
    script.chmod(0o700)
    return playwright.chromium.launch(executable_path=script, headless=True, args=FLAGS)


class Person:
    """Somebody at the page of a board. Whatever the browser's console says is kept."""

    def __init__(self, browser: Browser, url: str, **context: Any) -> None:
        self.context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **context})
        self.context.set_default_timeout(90_000)
        if LATENESS:
            self.context.add_init_script(LATE)
        self.page: Page = self.context.new_page()
        self.console: list[str] = []
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.console.append(str(error)))
        self.page.goto(url)
        self.page.wait_for_function("() => document.querySelector('#status').textContent.startsWith('You are')")

    def _heard(self, message: ConsoleMessage) -> None:
        self.console.append(f"{message.type}: {message.text}")

    def take(self, tool: str, colour: str | None = None, width: int | None = None) -> None:
        """Choose with the mouse."""
        if colour:
            self.page.locator(f"#colours input[value='{colour}']").click()
        if width:
            self.page.locator(f"#widths input[value='{width}']").click()
        self.page.locator(f"#tools input[value={tool}]").click()

    def spot(self, x: float, y: float) -> tuple[float, float]:
        """Where on the screen a point of the paper is."""
        box = self.page.locator("#paper").bounding_box()
        assert box
        return box["x"] + x * box["width"] / 800, box["y"] + y * box["height"] / 600

    def draw(self, *points: tuple[float, float], up: bool = True) -> None:
        """Press, move and let go."""
        mouse = self.page.mouse
        mouse.move(*self.spot(*points[0]))
        mouse.down()
        for point in points[1:]:
            mouse.move(*self.spot(*point))
        if up:
            mouse.up()

    def write(self, x: float, y: float, words: str) -> None:
        self.take("text")
        self.page.mouse.click(*self.spot(x, y))
        self.page.keyboard.type(words)
        self.page.keyboard.press("Enter")

    def say(self, words: str) -> None:
        self.page.locator("#words").fill(words)
        self.page.locator("#words").press("Enter")

    def shapes(self) -> list[list[str | None]]:
        """What the paper shows, in order: names and attributes of its elements."""
        found: list[list[str | None]] = self.page.evaluate(SHAPES)
        return found

    def wait_for_marks(self, count: int) -> None:
        self.page.wait_for_function("count => document.querySelectorAll('#drawn > *').length === count", arg=count)

    def wait_for_words(self, selector: str, words: str) -> None:
        self.page.locator(selector, has_text=words).first.wait_for()

    def told(self, words: str) -> None:
        """What the page has said last, which is seen for some seconds only."""
        self.page.locator("#toast", has_text=words).wait_for(state="attached")

    def picture(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=path)


class Fingers:
    """Fingers on the screen of somebody who has a touchscreen."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self._session = person.context.new_cdp_session(person.page)

    def touch(self, kind: str, *points: tuple[float, float]) -> None:
        """``kind``: touchStart, touchMove or touchEnd; ``points``: where on the paper the fingers are then."""
        spots = [
            {"id": number, **dict(zip("xy", self._person.spot(*point), strict=True))}
            for number, point in enumerate(points)
        ]
        self._session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": spots})


def begin(person: Person, name: str) -> None:
    """A new page."""
    person.page.fill("#page-name", name)
    person.page.press("#page-name", "Enter")
    person.page.wait_for_selector(f"#tabs button[aria-current]:text-is('{name}')")
