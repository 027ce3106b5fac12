"""A stroke's way from the mouse at one screen to another screen."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from benchmarks.bench import Bench, BenchmarkFailed, NotHere, Row

PROBE = """() => {
    window.moved = [];
    document.getElementById('paper').addEventListener('pointermove', (event) => {
        moved.push(performance.timeOrigin + event.timeStamp);
    }, true);
    window.shown = [];
    const live = document.getElementById('live');
    new MutationObserver(() => requestAnimationFrame(() => {
        const dots = live.querySelector('polyline')?.getAttribute('points').split(' ').length - 1;
        if (dots) shown.push([performance.timeOrigin + performance.now(), dots]);
    })).observe(live, { childList: true, subtree: true, attributes: true, attributeFilter: ['points'] });
}"""
"""In a page: when the browser got a movement of the mouse; how many dots of a line in the making each frame shows. Both
are milliseconds of the machine's clock."""


def stroke_latency(bench: Bench) -> Iterator[Row]:
    """Two boards, a page at each: from a movement of the mouse here to the frame that shows its dot there."""
    moved, shown = _draw(bench, 60 if bench.quick else 400)
    delays = sorted(_delays(moved, shown))
    if len(delays) < 20:
        raise BenchmarkFailed(f"board: only {len(delays)} of {len(moved)} movements could be followed")
    p50, p99 = statistics.median(delays), delays[int(0.99 * len(delays))]
    frame = 1000 / 60
    name = "one frame of a screen of 60 Hz"
    yield Row("whiteboard: mouse here -> frame there, p50", p50, "ms", frame, name, "< 50 ms", p50 < 50)
    yield Row("whiteboard: mouse here -> frame there, p99", p99, "ms", frame, name)


MANY = """() => {
    document.getElementById('paper').addEventListener('pointerup', (event) => { window.up = event.timeStamp; }, true);
    window.stood = [];
    const seen = () => requestAnimationFrame(() => setTimeout(() => stood.push(performance.now() - up)));
    new MutationObserver(seen).observe(document.getElementById('drawn'), { childList: true });
}"""
"""In a page: milliseconds from the end of each stroke to the frame that shows it stored."""
WHOLE = (
    "count => document.documentElement.whiteboard?.settled && document.querySelectorAll('#drawn > *').length >= count"
)


def many_strokes(bench: Bench) -> Iterator[Row]:
    """A board on which much has been drawn: until its page is there, and until a stroke on it is."""
    count = 1000 if bench.quick else 50_000
    try:
        from tests.whiteboard.browser import Person, browsing, chromium
        from tests.whiteboard.test_big_board import big_board
    except ImportError as error:
        raise NotHere(f"the whiteboard is looked at with {error.name}, which is not installed") from error
    if chromium() is None:
        raise NotHere("the whiteboard is looked at in Chromium, which is not installed")
    with big_board("graph", bench.folder / "many", count) as board, browsing() as browser:
        person = Person(browser, board.url)
        person.context.set_default_timeout(300_000)
        person.page.wait_for_function(WHOLE, arg=count)
        loads = []
        for _ in range(3):
            began = time.monotonic()
            person.page.reload()
            person.page.wait_for_function(WHOLE, arg=count, polling=100)
            loads.append(time.monotonic() - began)
        person.page.evaluate(MANY)
        for number in range(10):
            person.draw((100, 100 + 9 * number), (200, 200), (300, 300))
            person.page.wait_for_function("count => stood.length >= count", arg=number + 1, polling=20)
        stood: list[float] = person.page.evaluate("() => stood")
        person.context.close()
    load, stroke = statistics.median(loads), statistics.median(stood)
    yield Row(f"whiteboard: {count:,} strokes, the page is loaded", load, "s", aim="< 4 s", met=load < 4)
    yield Row(f"whiteboard: {count:,} strokes, one more stands", stroke, "ms", aim="< 100 ms", met=stroke < 100)


def _draw(bench: Bench, count: int) -> tuple[list[float], list[Any]]:
    """A zigzag of so many movements, each to a dot of its own."""
    try:
        from tests.whiteboard.boards import joined, new_board
        from tests.whiteboard.browser import Person, browsing, chromium
    except ImportError as error:
        raise NotHere(f"the whiteboard is looked at with {error.name}, which is not installed") from error
    if chromium() is None:
        raise NotHere("the whiteboard is looked at in Chromium, which is not installed")
    with ExitStack() as stack:
        here = new_board(bench.folder / "here", "Here")
        stack.callback(here.stop)
        there = joined(bench.folder / "there", "There", here.invitation)
        stack.callback(there.stop)
        browser = stack.enter_context(browsing())
        drawing, looking = Person(browser, here.url), Person(browser, there.url)
        drawing.wait_for_words("#people li", "There")
        for person in (drawing, looking):
            person.page.evaluate(PROBE)
        dots = [(100 + 4 * (n % 150), 100 + 20 * (n // 150) + n % 2 * 9) for n in range(count)]
        drawing.draw(*dots, up=False)
        looking.page.wait_for_function("count => (shown.at(-1) ?? [0, 0])[1] === count", arg=count)
        moved: list[float] = drawing.page.evaluate("() => moved")
        shown: list[Any] = looking.page.evaluate("() => shown")
        drawing.page.mouse.up()
        return moved, shown


def _delays(moved: list[float], shown: list[Any]) -> Iterator[float]:
    """Of each movement until the first frame that shows its dot. The first movement came before the pen was down."""
    frames = iter(shown)
    at, dots = next(frames)
    for number, when in enumerate(moved[1:], start=2):
        while dots < number:
            at, dots = next(frames)
        yield at - when
