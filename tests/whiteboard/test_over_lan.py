"""The page of another machine, over plain http: no secure context, so a browser keeps some of its functions back."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Browser

from samples_c.processes import Program
from tests.support.namespaces import two_hosts
from tests.whiteboard.boards import PEERAPI
from tests.whiteboard.browser import FLAGS, Person, chromium

COPIED = """() => {
    window.copied = [];
    document.addEventListener('copy', () => copied.push(getSelection().toString() || document.activeElement.value));
}"""


def test_a_page_that_another_machine_has_opened_is_drawn_and_written_on(browser: Browser, tmp_path: Path) -> None:
    with two_hosts("lan") as (host, other), ExitStack() as stack:
        words = ["--graph", "--new", "Card", "--name", "Anna", "--bind", f"[{host.global_address}]"]
        board = Program([*host.before, *PEERAPI, *words], tmp_path / "home")
        stack.callback(board.stop)
        url = board.wait_for("  page ").split()[1]
        there = tmp_path / "browser"
        there.write_text(f'#!/bin/sh\nexec {" ".join(other.before)} {chromium()} "$@"\n')
        there.chmod(0o755)
        phone = browser.browser_type.launch(executable_path=there, headless=True, args=FLAGS)
        stack.callback(phone.close)
        person = Person(phone, url)
        assert person.page.evaluate("() => [isSecureContext, 'randomUUID' in crypto]") == [False, False]
        person.take("pen")
        person.draw((100, 100), (200, 200), (300, 100))
        person.wait_for_marks(1)
        person.write(100, 300, "from another machine")
        person.wait_for_marks(2)
        person.say("hello")
        person.wait_for_words("#lines", "hello")
        person.page.fill("#page-name", "Second")
        person.page.press("#page-name", "Enter")
        person.page.wait_for_selector("#tabs button[aria-current]:text-is('Second')")
        person.page.evaluate(COPIED)
        person.page.click("#invite")
        person.page.click("#copy")
        person.page.wait_for_function("() => window.copied.length > 0")
        assert "peerapi whiteboard --join " in person.page.evaluate("() => copied[0]")
        told = "Cross-Origin-Opener-Policy header has been ignored"  # by the browser, of every such page
        assert [line for line in person.console if told not in line] == []
