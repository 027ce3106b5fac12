"""People at a board for a while, as people are: they draw, write, erase, turn pages, talk, go offline and come back.

    .venv/bin/python -m tests.whiteboard.soak --deeds 5000 --seed 7

Whatever a browser's console or a board's stderr says in the meantime is a failure, and in the end all boards are equal.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
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
PATIENCE = 60


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


def soak(browser: Browser, folder: Path, deeds: int, seed: int) -> list[dict[str, int]]:
    """Two people who do ``deeds`` things between them, and of whom the second leaves altogether and comes again after
    half of them. What each has done how often. Raises AssertionError."""
    with ExitStack() as stack:
        anna = new_board(folder / "anna", "Anna")
        stack.callback(anna.stop)
        ben = joined(folder / "ben", "Ben", anna.invitation)
        stack.callback(ben.stop)
        chance = random.Random(seed)
        people = [Visitor(browser, board, chance) for board in (anna, ben)]
        done = []
        for half in range(2):
            for _ in range(deeds // 2):
                chance.choice(people).act()
                assert [person.console for person in people] == [[], []], "the console has said something"
            if half == 0:
                done.append(people[1].done)
                people[1].context.close()
                ben.end()
                ben = joined(folder / "ben", "Ben", anna.invitation)
                stack.callback(ben.stop)
                people[1] = Visitor(browser, ben, chance)
        for person in people:
            if not person.online:
                person.comes_or_goes()
        wait_until_equal(anna, ben)
        assert [person.console for person in people] == [[], []], "the console has said something"
        for person, board in zip(people, (anna, ben), strict=True):
            person.context.close()
            board.end()
        return [*done, *(person.done for person in people)]


def wait_until_equal(one: BoardProcess, other: BoardProcess) -> None:
    """Until both have the same picture, twice in a row: what is still on its way does not change it any more."""
    same, deadline = 0, time.monotonic() + PATIENCE
    while same < 2:
        pictures = {ask(f"{board.url}board.svg")[2] for board in (one, other)}
        same = same + 1 if len(pictures) == 1 else 0
        assert time.monotonic() < deadline, "the boards differ"
        time.sleep(0.1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--deeds", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, browsing() as browser:
        for done in soak(browser, Path(folder), options.deeds, options.seed):
            print(done)
    print("Nothing was said that should not be, and both boards are equal.")


if __name__ == "__main__":
    main()
