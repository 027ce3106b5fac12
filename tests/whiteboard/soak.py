"""People at a board for a while, as people are: they draw, write, erase, select, copy, turn pages, talk, go offline and
come back.

    make soak MINUTES=20
    .venv/bin/python -m tests.whiteboard.soak --minutes 20 --people 4 --seed 7

Whatever a browser's console or a board's stderr says in the meantime is a failure, and in the end all boards are equal.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Browser

from tests.whiteboard.boards import BoardProcess, joined, new_board
from tests.whiteboard.browser import Person, browsing
from tests.whiteboard.wire import ask

COLOURS = ("black", "crimson", "gold", "mediumseagreen", "dodgerblue", "hotpink")
WIDTHS = (3, 6, 12, 24)
WORDS = ("Lovely!", "Who paints the dog?", "🎂", "Grüße", "<b>not bold</b>", "more balloons")
FIGURES = ("line", "arrow", "rectangle", "ellipse")
NAMES = ("Anna", "Ben", "Cleo", "Dora")
LEAVES_AFTER = 200
"Things that are done until the last one leaves, and comes again."
PATIENCE = 120


class Visitor(Person):
    """Does one thing after the other, each drawn at random."""

    def __init__(self, browser: Browser, board: BoardProcess, random: random.Random) -> None:
        super().__init__(browser, board.url)
        self.random = random
        self.online = True
        self.done: dict[str, int] = {}

    def act(self) -> None:
        deeds: list[tuple[int, Callable[[], object]]] = [
            (10, self.draws),
            (2, self.wipes),
            (2, self.erases),
            (2, self.undoes),
            (2, self.writes),
            (3, self.talks),
            (1, self.begins_a_page),
            (2, self.turns),
            (1, self.replays),
            (1, self.types),
            (3, self.draws_a_figure),
            (1, self.sticks_a_note),
            (3, self.selects_and_changes),
            (2, self.points),
            (1, self.goes_about),
            (1, self.comes_or_goes),
        ]
        deed = self.random.choices([deed for _, deed in deeds], [weight for weight, _ in deeds])[0]
        deed()
        self.done[deed.__name__] = self.done.get(deed.__name__, 0) + 1

    def draws(self) -> None:
        self.take("pen", self.random.choice(COLOURS), self.random.choice(WIDTHS))
        self.draw(*self.path(12))

    def wipes(self) -> None:
        self.take("wipe")
        self.draw(*self.path(6))

    def erases(self) -> None:
        self.take("erase")
        self.draw(*self.path(6))

    def undoes(self) -> None:
        self.page.click("#undo")

    def writes(self) -> None:
        self.write(self.random.randint(50, 500), self.random.randint(80, 550), self.random.choice(WORDS))

    def talks(self) -> None:
        self.say(self.random.choice(WORDS))

    def begins_a_page(self) -> None:
        if self.page.locator("#tabs button").count() < 6:
            self.page.fill("#page-name", f"Page {self.random.randint(1, 99)}")
            self.page.press("#page-name", "Enter")

    def turns(self) -> None:
        tabs = self.page.locator("#tabs button")
        tabs.nth(self.random.randrange(tabs.count())).click()

    def replays(self) -> None:
        self.page.click("#replay")
        self.page.click("#replay")

    def types(self) -> None:
        self.take("pen")
        self.page.focus("#paper")
        for key in ("Space", "ArrowRight", "ArrowDown", "Space"):
            self.page.keyboard.press(key)

    def draws_a_figure(self) -> None:
        self.page.select_option("#figure", self.random.choice(FIGURES))
        self.draw(*self.path(2))

    def sticks_a_note(self) -> None:
        self.page.select_option("#figure", "note")
        self.page.mouse.click(*self.spot(self.random.uniform(50, 600), self.random.uniform(50, 400)))
        if self.page.locator("#writing").count():
            self.page.keyboard.type(self.random.choice(WORDS))
            self.page.keyboard.press("Enter")

    def selects_and_changes(self) -> None:
        """What is somebody else's does not change, which the page says."""
        self.take("move")
        self.draw(*self.path(3))
        for key in self.random.sample(("Control+c", "Control+v", "Control+d", "ArrowLeft", "+", "Escape"), 2):
            self.page.locator("#paper").focus()
            self.page.keyboard.press(key)

    def points(self) -> None:
        for point in self.path(20):
            self.page.mouse.move(*self.spot(*point))

    def goes_about(self) -> None:
        self.page.click(self.random.choice(("#larger", "#smaller")))
        if self.page.is_enabled("#whole"):
            self.page.click("#whole")

    def comes_or_goes(self) -> None:
        self.page.click("#online")
        self.online = not self.online
        self.page.wait_for_selector(f"#online[aria-checked={str(self.online).lower()}]")

    def path(self, length: int) -> list[tuple[float, float]]:
        x, y = self.random.uniform(60, 740), self.random.uniform(60, 540)
        points = [(x, y)]
        for _ in range(length):
            x = min(780, max(20, x + self.random.uniform(-60, 60)))
            y = min(580, max(20, y + self.random.uniform(-60, 60)))
            points.append((x, y))
        return points


def soak(browser: Browser, folder: Path, many: int, seed: int, goes_on: Callable[[int], bool]) -> list[dict[str, int]]:
    """So many people who do one thing after the other as long as it ``goes_on`` (which is asked with how many things
    were done), and of whom the last one leaves altogether now and then and comes again. What each has done how often.
    Raises AssertionError."""
    with ExitStack() as stack:
        boards = [new_board(folder / NAMES[0], NAMES[0])]
        stack.callback(boards[0].stop)
        for name in NAMES[1:many]:
            boards.append(joined(folder / name, name, boards[0].invitation))
            stack.callback(boards[-1].stop)
        chance = random.Random(seed)
        people = [Visitor(browser, board, chance) for board in boards]
        done = []
        count = 0
        while goes_on(count):
            chance.choice(people).act()
            count += 1
            assert [person.console for person in people] == [[]] * many, "the console has said something"
            if count % LEAVES_AFTER == 0:
                done.append(people[-1].done)
                people[-1].context.close()
                boards[-1].end()
                boards[-1] = joined(folder / NAMES[many - 1], NAMES[many - 1], boards[0].invitation)
                stack.callback(boards[-1].stop)
                people[-1] = Visitor(browser, boards[-1], chance)
        for person in people:
            if not person.online:
                person.comes_or_goes()
        wait_until_equal(*boards)
        assert [person.console for person in people] == [[]] * many, "the console has said something"
        for person, board in zip(people, boards, strict=True):
            person.context.close()
            board.end()
        return [*done, *(person.done for person in people)]


def wait_until_equal(*boards: BoardProcess) -> None:
    """Until all have the same picture, twice in a row: what is still on its way does not change it any more."""
    same, deadline = 0, time.monotonic() + PATIENCE
    while same < 2:
        pictures = {ask(f"{board.url}board.svg")[2] for board in boards}
        same = same + 1 if len(pictures) == 1 else 0
        assert time.monotonic() < deadline, "the boards differ"
        time.sleep(0.1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--people", type=int, choices=range(2, len(NAMES) + 1), default=len(NAMES))
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    end = time.monotonic() + 60 * options.minutes
    with tempfile.TemporaryDirectory() as folder, browsing() as browser:
        found = soak(browser, Path(folder), options.people, options.seed, lambda count: time.monotonic() < end)
    total = sum((Counter(one) for one in found), Counter[str]())
    print(", ".join(f"{name} {count}" for name, count in sorted(total.items())))
    print(f"{total.total()} things were done; nothing was said that should not be, and all boards are equal.")


if __name__ == "__main__":
    main()
