"""Files beside a board: dropped in by one at the home page, fetched by another, each in a real browser."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from peerapi.files.content import PIECE
from tests.files.made import some_bytes
from tests.home.homes import AtHome, HomeProcess
from tests.whiteboard.wire import ask

pytestmark = pytest.mark.long

PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SCRIPTED = b"<!doctype html><title>owned</title><script>document.title = 'run'</script>"

SHORT_ONES_SOONER = """() => {
  const read = Blob.prototype.arrayBuffer;
  Blob.prototype.arrayBuffer = async function () {
    if (this.size > 1000) await new Promise((resolve) => setTimeout(resolve, 50));
    return read.call(this);
  };
}"""
"The browser reads the last few bytes of a file before the many that it was asked for first, as it may."


def open_files(person: AtHome) -> None:
    person.page.wait_for_url("**/activities/*/")
    person.wait_for_words("#status", "what you fetch is saved in")


def add(person: AtHome, *paths: Path) -> None:
    person.page.set_input_files("#chooser", [str(path) for path in paths])


def test_what_one_drops_in_another_fetches_and_nothing_of_it_runs(
    anna: AtHome, ben: AtHome, homes: list[HomeProcess], tmp_path: Path
) -> None:
    anna.begin("Holiday")
    anna.press("Invite somebody to Holiday")
    word = anna.page.wait_for_function("() => document.querySelector('#word').value").json_value()
    anna.page.keyboard.press("Escape")
    ben.page.fill("#pasted", word)
    ben.page.press("#pasted", "Enter")
    ben.wait_for_words("#board-list li", "with Anna (direct)")
    anna.press("Begin Files")
    open_files(anna)
    anna.page.evaluate(SHORT_ONES_SOONER)
    long = some_bytes(12 * PIECE + 7)
    for name, data in (("sun.png", PICTURE), ("film:1.bin", long), ("trap.png", SCRIPTED)):
        (tmp_path / name).write_bytes(data)
        add(anna, tmp_path / name)
        anna.listed("main", name.replace(":", "_"))
    ben.press("Chat at Holiday")
    ben.listed("#activities", "begun by Anna")
    ben.press("Take part in Files of Anna")
    open_files(ben)
    for name in ("sun.png", "film_1.bin", "trap.png"):
        ben.press(f"Fetch {name}")
        ben.page.locator(f"[aria-label='Save {name}']").wait_for()
    received = homes[1].home / "received"
    assert {path.name: path.read_bytes() for path in received.iterdir()} == {
        "sun.png": PICTURE,
        "film_1.bin": long,
        "trap.png": SCRIPTED,
    }
    assert ben.page.locator(".thumbnail").count() == 1
    ben.page.wait_for_function("() => document.querySelector('.thumbnail').naturalWidth === 1")
    anna.listed("#files", "Ben has it")

    # What the page gives is saved: it is an attachment without a type, and no browser makes a page of it.
    link = ben.page.locator("[aria-label='Save trap.png']").get_attribute("href")
    assert link
    url = ben.page.evaluate("link => new URL(link, location.href).href", link)
    status, headers, body = ask(url)
    assert (status, body.encode()) == (200, SCRIPTED)
    assert headers["content-type"] == "application/octet-stream" and headers["x-content-type-options"] == "nosniff"
    assert headers["content-disposition"] == "attachment; filename*=UTF-8''trap.png"
    with ben.page.expect_download() as saving:
        ben.press("Save trap.png")
    assert Path(saving.value.path()).read_bytes() == SCRIPTED
    for other in (url.replace(link, "kept/" + "0" * 64), url.replace(link, "kept/..%2f..%2fx"), url + "0"):
        assert ask(other)[0] == 404
    assert ask(url, {"Origin": "http://evil.example"})[0] == 403

    ben.page.fill("#search", "FILM")
    ben.page.wait_for_function("() => document.querySelectorAll('#files li').length === 1")
    anna.press("Withdraw sun.png")
    anna.page.wait_for_function("() => !document.querySelector('#files').textContent.includes('Ben, you')")


def test_axe_finds_nothing_serious_at_files_that_are_used_by_keys(
    browser: Browser, homes: list[HomeProcess], tmp_path: Path
) -> None:
    anna = AtHome(browser, homes[0], "Anna", bypass_csp=True)
    anna.begin("Only mine")
    anna.press("Begin Files")
    open_files(anna)
    (tmp_path / "sun.png").write_bytes(PICTURE)
    add(anna, tmp_path / "sun.png")
    anna.page.locator("[aria-label='Withdraw sun.png']").wait_for()
    found = Axe().run(anna.page).response["violations"]
    serious = [one for one in found if one["impact"] in ("serious", "critical")]
    assert [(one["id"], one["help"], [node["html"] for node in one["nodes"]]) for one in serious] == []
    anna.page.focus("[aria-label='Withdraw sun.png']")
    anna.page.keyboard.press("Enter")
    anna.page.wait_for_function("() => !document.querySelector('#files li')")
    anna.context.close()
