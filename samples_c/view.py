"""Terminal output of the demo: lines with the name of the process they come from, and small pictures of the boards."""

from __future__ import annotations

import re
import shutil
import sys
import threading
import time
from itertools import pairwise

COLOURS = {"alice": "35", "bob": "32", "carol": "36"}


class Terminal:
    """Prints plainly; colours and a moving progress line only where a person looks at it."""

    def __init__(self) -> None:
        self.begun = time.monotonic()
        self.person = sys.stdout.isatty()
        self.lock = threading.Lock()  # lines of six processes arrive on six threads
        self.strokes = dict.fromkeys(COLOURS, 0)
        if hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(errors="replace")  # a terminal without these characters must not end the demo

    def step(self, text: str) -> None:
        print(f"\n[{time.monotonic() - self.begun:5.1f} s] {text}", flush=True)

    def line(self, peer: str, program: str, text: str) -> None:
        with self.lock:
            print(f"  {self.paint(peer, f'{peer:>6} {program:<10}')} | {text}", flush=True)

    def progress(self, peer: str, strokes: int) -> None:
        """How much ``peer`` sees by now. One line that overwrites itself; nothing in a log."""
        with self.lock:
            self.strokes[peer] = strokes
            if self.person and any(self.strokes.values()):
                print(f"\r  {self.seen()}\x1b[K", end="", flush=True)

    def end_of_progress(self) -> None:
        with self.lock:
            print(f"\r  {self.seen()}\x1b[K" if self.person else f"  {self.seen()}", flush=True)

    def seen(self) -> str:
        return "   ".join(self.paint(peer, f"{peer} sees {count:3} strokes") for peer, count in self.strokes.items())

    def paint(self, peer: str, text: str) -> str:
        return f"\x1b[{COLOURS[peer]}m{text}\x1b[0m" if self.person else text

    def boards(self, pictures: dict[str, str]) -> None:
        """Side by side, each as wide as there is room for."""
        columns = max(24, min(48, (shutil.get_terminal_size((120, 40)).columns - 4) // len(pictures) - 2))
        rows = [rasterise(svg, columns) for svg in pictures.values()]
        print("  " + "  ".join(self.paint(peer, f"{peer} has:".ljust(columns)) for peer in pictures))
        for parts in zip(*rows, strict=True):
            print("  " + "  ".join(parts))


def rasterise(svg: str, columns: int) -> list[str]:
    """The picture in characters of 2 x 4 dots. A dot is set where a stroke that is not white lies on top."""
    wide, scale = columns * 2, columns * 2 / 800
    high = int(600 * scale) // 4 * 4
    dots = [[False] * wide for _ in range(high)]
    for colour, width, points in re.findall(r"<polyline stroke='([^']*)' stroke-width='(\d+)' points='([^']*)'", svg):
        corners = [(float(x), float(y)) for x, y in (point.split(",") for point in points.split())]
        radius = max(int(width) * scale / 2, 0.6)
        for (ax, ay), (bx, by) in pairwise(corners):
            steps = max(1, int(max(abs(bx - ax), abs(by - ay)) * scale * 2))
            for step in range(steps + 1):
                x, y = (ax + (bx - ax) * step / steps) * scale, (ay + (by - ay) * step / steps) * scale
                for row in range(max(0, int(y - radius)), min(high, int(y + radius) + 2)):
                    for column in range(max(0, int(x - radius)), min(wide, int(x + radius) + 2)):
                        if (column - x) ** 2 + (row - y) ** 2 <= radius**2:
                            dots[row][column] = colour not in ("white", "mistyrose", "lavenderblush")
    return ["".join(braille(dots, row, column) for column in range(0, wide, 2)) for row in range(0, high, 4)]


def braille(dots: list[list[bool]], row: int, column: int) -> str:
    """One character of Unicode's braille block, whose bits count the dots column by column, but the lowest row last."""
    bits = ((0, 0), (1, 0), (2, 0), (0, 1), (1, 1), (2, 1), (3, 0), (3, 1))
    return chr(0x2800 + sum(dots[row + down][column + right] << bit for bit, (down, right) in enumerate(bits)))
