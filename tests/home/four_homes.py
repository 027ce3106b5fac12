"""The evening of docs/evening.md: four people at home, two of them behind routers that keep callers out, each at their
home page in a real browser. They see who is there, a card opens at all, they draw and talk; then a document, slides,
two games and a picture. ``python -m tests.home.four_homes`` plays it, and says how long a stroke, a key and a caret are
on their way; with a folder it leaves pictures there.

For root: homes are network namespaces (tests/support/homes.py).
"""

from __future__ import annotations

import contextlib
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from samples_c.card import DRAWINGS
from tests.activities import pdfs
from tests.home.homes import AtHome, HomeProcess
from tests.home.test_drawing import choose, draw, strokes
from tests.home.test_presentations import SEEN
from tests.relay.between_homes import with_relays
from tests.relay.process import ROOT, RelayProcess
from tests.support.collab import stop_host
from tests.support.homes import House, Kind, internet
from tests.whiteboard.browser import browser_of

NAMES = ("Anna", "Ben", "Cleo", "Dora")
KINDS = (Kind.PUBLIC, Kind.SYMMETRIC, Kind.CONE, Kind.PUBLIC, Kind.PUBLIC)
"The relay's house, and theirs."
DELAY = 0.0125
"Seconds from each house to the others: 50 ms there and back by way of the relay."
TIMES = 30
"A figure is the median of so many."
LIMIT, FAR_LIMIT = 50.0, 150.0
"Milliseconds until it is on the other's screen, without a delay and with DELAY."
LOOK = 5
"Milliseconds between two looks whether it has come: to look in every frame has a page painted that rests."
NOTED = "window.noted ??= []; window.noted.push(performance.timeOrigin + performance.now())"
HEAR = f"([selector, event]) => document.querySelector(selector).addEventListener(event, () => {{ {NOTED} }}, true)"
SEE = f"""([selector, whole]) => new MutationObserver(() => {{ {NOTED} }}).observe(
    document.querySelector(selector), {{ childList: true, subtree: whole, attributes: whole, characterData: whole }})"""
SEE_TEXT = f"""() => {{
    const field = document.querySelector('#text');
    let before = field.value;
    setInterval(() => {{ if (field.value !== before) {{ before = field.value; {NOTED} }} }}, 1);
}}"""


class Guest(AtHome):
    """Somebody at home, with a browser there."""

    def __init__(self, program: HomeProcess, browser: Browser, house: House, name: str) -> None:
        super().__init__(browser, program, name)
        self.house = house
        self.program = program
        self.name = name

    def to_home(self) -> None:
        self.page.goto(self.program.url)
        self.wait_for_words("#status", f"You are {self.name}")

    def card(self) -> str:
        """Their contact's card, as they would mail it."""
        self.page.click("details summary")
        self.page.click("#card")
        text: str = self.page.wait_for_function("() => document.querySelector('#card-text').value").json_value()
        self.page.keyboard.press("Escape")
        return text

    def add(self, card: str) -> None:
        self.page.fill("#their-card", card)
        self.page.click("#add button")

    def draw_part(self, whose: str, before: int) -> None:
        """One part of the card, by a page of a process at this home; ``before``: marks that there are already."""
        command = [*self.house.before, sys.executable, str(ROOT / "tools" / "two_homes.py"), "--draw"]
        subprocess.run([*command, self.page.url, whose, str(before)], check=True, timeout=300)

    def take_part(self, activity: str) -> None:
        """From the board's talk at home."""
        self.press("Chat at For Emma")
        self.listed("#activities", "begun by Anna")
        self.press(f"Take part in {activity} of Anna")
        self.page.wait_for_url("**/activities/*/")


@contextlib.contextmanager
def guests(folder: Path, delay: float) -> Iterator[list[Guest]]:
    """All four, each at their home page; they know one relay."""
    with ExitStack() as stack:
        middle, *houses = stack.enter_context(internet("evening", *KINDS, delay=delay))
        where = f"--address={middle.public_address}:4443"
        relay = RelayProcess(folder / "relay", ("--port=4443", where, "--bind=0.0.0.0"), middle.before)
        stack.callback(relay.kill)
        playwright = stack.enter_context(sync_playwright())
        made = []
        for house, name in zip(houses, NAMES, strict=True):
            with with_relays(relay.word):
                program = HomeProcess(folder / name, before=house.before)
            stack.callback(stop_host, program.home)
            stack.callback(program.stop)
            browser = browser_of(playwright, house.before, folder / f"browser-{name}")
            stack.callback(browser.close)
            made.append(Guest(program, browser, house, name))
        yield made
        for one in made:
            assert one.console == [], (one.name, one.console)
            one.context.close()
            one.program.end()


class Evening:
    """What happens, one after the other."""

    def __init__(self, people: list[Guest], folder: Path, pictures: Path | None) -> None:
        self.people = people
        self.cake = folder / "cake.png"
        self.slides = folder / "year.pdf"
        self.pictures = pictures

    def picture(self, who: Guest, name: str, only: str = "") -> None:
        """``only``: a part of the page."""
        if self.pictures is not None:
            who.page.mouse.move(0, 0)
            who.page.evaluate(
                "() => { for (const one of document.querySelectorAll('details')) one.open = false; scrollTo(0, 0) }"
            )
            path = self.pictures / f"evening-{name}.png"
            if only:
                who.page.locator(only).screenshot(path=path)
            else:
                who.picture(path)

    def become_contacts(self) -> None:
        """Everybody has mailed everybody their card; all see who is there."""
        cards = {one.name: one.card() for one in self.people}
        for one in self.people:
            for other in self.people:
                if other is not one:
                    one.add(cards[other.name])
                    one.listed("#contacts", other.name)
        for one in self.people:
            for other in self.people:
                if other is not one:
                    one.page.locator("#contacts li", has_text=other.name).filter(has_text="online").wait_for()
        self.people[1].page.fill("#mood", "back from work")
        self.people[1].page.press("#mood", "Enter")
        self.people[0].wait_for_words("#contacts li", "back from work")
        self.picture(self.people[0], "who-is-there")

    def open_card(self) -> None:
        """Anna begins a board and asks the others, who say yes: it opens at all."""
        anna, *others = self.people
        anna.begin("For Emma")
        anna.press("Invite somebody to For Emma")
        for other in others:
            anna.press(f"Ask {other.name} to come")
        for other in others:
            other.listed("#waiting", "For Emma")
            if other.name == "Cleo":
                self.picture(other, "invited")
            other.press("Come to For Emma with Anna")
            other.page.wait_for_url("**/boards/*/")
        anna.page.keyboard.press("Escape")
        for other in others:
            anna.listed("#board-list", other.name)
        anna.press("Draw on For Emma")
        anna.page.wait_for_url("**/boards/*/")

    def draw(self) -> None:
        """One part each, and a line each."""
        count = 0
        for who, whose in zip(self.people, DRAWINGS, strict=False):
            who.draw_part(whose, count)
            count += sum(line.split()[0] in ("stroke", "wipe") for line in DRAWINGS[whose])
            for one in self.people:
                one.wait_for_marks(count)
        for who, words in zip(
            self.people, ("Her favourite colours!", "And a candle", "I do the sun", "Lovely."), strict=True
        ):
            who.say(words)
        for one in self.people:
            one.wait_for_words("#lines li", "Lovely.")
            one.wait_for_words("#lines li", "And a candle")
        self.people[1].page.locator("#paper").screenshot(path=self.cake)
        self.picture(self.people[3], "card")

    def write(self) -> None:
        """A letter, by all at once."""
        anna, *others = self.people
        for one in self.people:
            one.to_home()
        anna.press("Chat at For Emma")
        anna.press("Begin Document")
        anna.page.wait_for_url("**/activities/*/")
        anna.page.wait_for_selector("#text:not([readonly])")
        anna.page.focus("#text")
        greeting = "# Dear Emma,\n\nall of us wish you a **happy birthday**.\n\n"
        anna.page.keyboard.type(greeting)
        written = greeting
        for other in others:
            other.take_part("Document")
            other.page.wait_for_selector("#text:not([readonly])")
            reads(other, written)  # whose end is where the next line begins
            other.page.focus("#text")
            other.page.keyboard.press("Control+End")
            written = f"- {other.name} comes on Sunday\n"
            other.page.keyboard.type(written)
        for one in self.people:
            for other in others:
                reads(one, f"{other.name} comes on Sunday")
        self.picture(anna, "document")

    def show(self) -> None:
        """Anna shows slides, the others follow, and Dora asks."""
        anna, *others = self.people
        for one in self.people:
            one.to_home()
        anna.press("Chat at For Emma")
        anna.press("Begin Presentation")
        anna.page.wait_for_url("**/activities/*/")
        anna.wait_for_words("#status", "Drop a PDF")
        for other in others:
            other.take_part("Presentation")
        self.slides.write_bytes(pdfs.pages("Emma's year", "In spring: a bicycle", "In autumn: a tooth is gone"))
        anna.page.set_input_files("#chooser", str(self.slides))
        for one in self.people:
            one.page.wait_for_function(SEEN, arg="Page 1 of 3")
        anna.page.click("#next")
        for one in self.people:
            one.page.wait_for_function(SEEN, arg="Page 2 of 3")
        others[-1].page.fill("#question", "Was that in the park?")
        others[-1].page.press("#question", "Enter")
        anna.listed("#questions", "Dora: Was that in the park?")
        others[-1].listed("#questions", "Was that in the park?")
        self.picture(others[-1], "slides")

    def guess(self) -> None:
        """Anna draws, the others guess."""
        anna, ben, cleo, _ = self.people
        for one in self.people:
            one.to_home()
        anna.press("Chat at For Emma")
        anna.press("Begin Draw and guess")
        anna.page.wait_for_url("**/activities/*/")
        anna.wait_for_words("#status", "It is your turn: choose a word")
        for other in self.people[1:]:
            other.take_part("Draw and guess")
            other.wait_for_words("#status", "Anna draws next")
        secret = choose(anna)
        anna.page.select_option("#color", label="red")
        draw(anna, (0.3, 0.4), (0.7, 0.4), (0.7, 0.8), (0.3, 0.8), (0.3, 0.4), (0.5, 0.15), (0.7, 0.4))
        strokes(cleo, 1)
        cleo.page.fill("#guess", "a house with a nose")
        cleo.page.press("#guess", "Enter")
        for one in self.people:
            one.listed("#guesses", "a house with a nose")
        self.picture(cleo, "guess")
        ben.page.fill("#guess", secret)
        ben.page.press("#guess", "Enter")
        for one in (anna, cleo):
            one.wait_for_words("#status", f"Ben has guessed it: {secret}")

    def play(self) -> None:
        """Anna and Ben play, the others look on."""
        anna, ben, *others = self.people
        for one in self.people:
            one.to_home()
        anna.press("Chat at For Emma")
        anna.press("Begin Four in a row")
        anna.page.wait_for_url("**/activities/*/")
        anna.wait_for_words("#status", "Your turn")
        for one in (ben, *others):
            one.take_part("Four in a row")
        for number, column in enumerate((4, 4, 3, 3, 2, 2, 1)):
            mover = (anna, ben)[number % 2]
            mover.wait_for_words("#status", "Your turn")
            mover.page.click(f".four button:nth-child({column})")
            for one in self.people:
                one.page.wait_for_function(
                    "count => document.querySelectorAll('.four .one, .four .two').length === count", arg=number + 1
                )
        others[0].wait_for_words("#status", "Anna has won")
        self.picture(others[0], "game")

    def give_a_picture(self) -> None:
        """Ben has the card as a picture, and the others fetch it."""
        _, ben, *others = self.people
        anna = self.people[0]
        for one in self.people:
            one.to_home()
        anna.press("Chat at For Emma")
        anna.press("Begin Files")
        anna.page.wait_for_url("**/activities/*/")
        ben.take_part("Files")
        ben.wait_for_words("#status", "what you fetch is saved in")
        ben.page.set_input_files("#chooser", [str(self.cake)])
        for other in others:
            other.take_part("Files")
            other.listed("#files", "cake.png")
            other.press("Fetch cake.png")
            other.page.locator("[aria-label='Save cake.png']").wait_for()
            received = other.program.home / "received" / "cake.png"
            assert received.read_bytes() == self.cake.read_bytes()
        self.picture(others[1], "files", "#activity")


def reads(one: Guest, words: str) -> None:
    """As soon as that is in the document."""
    one.page.wait_for_function("words => document.querySelector('#text').value.includes(words)", arg=words)


def between(source: Page, target: Page, act: Callable[[int], None]) -> float:
    """Milliseconds (median) from what is noted at one page to what follows at another. ``act`` does it once."""
    delays = []
    for page in (source, target):
        page.evaluate("() => { window.noted = [] }")
    for number in range(TIMES):
        act(number)
        began = source.wait_for_function(
            "count => window.noted?.[count - 1]", arg=number + 1, polling=LOOK
        ).json_value()
        seen = target.wait_for_function(
            "at => window.noted?.find(one => one >= at)", arg=began, polling=LOOK
        ).json_value()
        delays.append(seen - began)
    return statistics.median(delays)


def stroke_delay(source: Guest, target: Guest) -> float:
    """From the lifting of the pen to the stroke on the other's paper."""
    for one in (source, target):
        one.to_home()
        one.press("Draw on For Emma")
        one.page.wait_for_url("**/boards/*/")
        one.wait_for_words("#people li", target.name)
        one.page.locator("#drawn > *").first.wait_for(state="attached")
    source.take("pen")
    source.page.evaluate(HEAR, ["#paper", "pointerup"])
    target.page.evaluate(SEE, ["#drawn", False])
    return between(source.page, target.page, lambda number: source.draw((20 + 10 * number, 20), (25 + 10 * number, 60)))


def writing_delays(source: Guest, target: Guest) -> tuple[float, float]:
    """From a key to the letter on the other's page, and from a move of the caret to that."""
    for one in (source, target):
        one.to_home()
    source.press("Chat at For Emma")
    source.press("Take part in Document of Anna")
    target.take_part("Document")
    for one in (source, target):
        one.page.wait_for_url("**/activities/*/")
        one.page.wait_for_selector("#text:not([readonly])")
        one.page.focus("#text")
        one.page.keyboard.press("Control+Home")
    source.page.evaluate(HEAR, ["#text", "input"])
    target.page.evaluate(SEE_TEXT)
    key = between(source.page, target.page, lambda number: source.page.keyboard.type("x"))
    for one in (source, target):
        one.page.reload()
        one.page.wait_for_selector("#text:not([readonly])")
    source.page.focus("#text")
    source.page.evaluate(HEAR, ["#text", "keydown"])
    target.page.evaluate(SEE, ["#activity", True])

    def move(number: int) -> None:
        source.page.keyboard.press("ArrowLeft" if number % 2 else "ArrowRight")

    return key, between(source.page, target.page, move)


def main() -> int:
    delay = DELAY if "--delay" in sys.argv else 0.0
    wanted = [one for one in sys.argv[1:] if not one.startswith("--")]
    with tempfile.TemporaryDirectory() as folder, guests(Path(folder), delay) as people:
        evening = Evening(people, Path(folder), Path(wanted[0]) if wanted else None)
        evening.become_contacts()
        evening.open_card()
        evening.draw()
        evening.write()
        evening.show()
        evening.play()
        evening.guess()
        evening.give_a_picture()
        source, target = people[0], people[1]
        stroke = stroke_delay(source, target)
        key, caret = writing_delays(source, target)
    limit = FAR_LIMIT if delay else LIMIT
    network = f"{4 * delay * 1000:.0f} ms of network there and back by the relay"
    print(f"Anna's at Ben's, both behind routers, p50 of {TIMES}, {network}")
    for what, took in (("stroke", stroke), ("key", key), ("caret", caret)):
        print(f"{what:8} {took:6.1f} ms (limit {limit:.0f})")
    return int(max(stroke, key, caret) > limit)


if __name__ == "__main__":
    raise SystemExit(main())
