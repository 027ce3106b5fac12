"""The birthday card that the demo draws: commands for ``whiteboard``, one list for each of three people.

The page is 800 wide and 600 high. A stroke has round ends, so a stroke of one point is a disc, and a short thick one is
a cake.
"""

from __future__ import annotations

import math

PAGE = "For Dora"

Point = tuple[float, float]

# Letters as lines on a grid that is 4 wide and 6 high, y downwards.
LETTERS: dict[str, list[list[Point]]] = {
    "A": [[(0, 6), (2, 0), (4, 6)], [(0.8, 4), (3.2, 4)]],
    "B": [
        [(0, 6), (0, 0), (2.6, 0), (3.6, 0.8), (3.6, 2.2), (2.6, 3), (0, 3)],
        [(2.6, 3), (4, 3.9), (4, 5.1), (2.8, 6), (0, 6)],
    ],
    "D": [[(0, 6), (0, 0), (2.2, 0), (4, 2), (4, 4), (2.2, 6), (0, 6)]],
    "H": [[(0, 0), (0, 6)], [(4, 0), (4, 6)], [(0, 3), (4, 3)]],
    "I": [[(1, 0), (3, 0)], [(2, 0), (2, 6)], [(1, 6), (3, 6)]],
    "P": [[(0, 6), (0, 0), (2.8, 0), (4, 1), (4, 2.4), (2.8, 3.4), (0, 3.4)]],
    "R": [[(0, 6), (0, 0), (2.8, 0), (4, 1), (4, 2.2), (2.8, 3.2), (0, 3.2)], [(2, 3.2), (4, 6)]],
    "T": [[(0, 0), (4, 0)], [(2, 0), (2, 6)]],
    "Y": [[(0, 0), (2, 3), (4, 0)], [(2, 3), (2, 6)]],
}


def line(command: str, points: list[Point]) -> str:
    return " ".join([command, *(f"{round(x)},{round(y)}" for x, y in points)])


def pen(colour: str, width: int) -> str:
    return f"pen {colour} {width}"


def wave(left: float, right: float, y: float, height: float, bends: int) -> list[Point]:
    steps = bends * 8
    return [(left + (right - left) * i / steps, y + height * math.sin(math.pi * i / 4)) for i in range(steps + 1)]


def cake() -> list[str]:
    """What alice draws: three layers with icing, and five candles."""
    drawing = [pen("lightsteelblue", 16), line("stroke", [(240, 540), (560, 540)])]
    layers = [("sienna", 70, 500, 285, 515), ("peru", 60, 438, 315, 485), ("burlywood", 50, 386, 345, 455)]
    for colour, thick, y, left, right in layers:
        drawing += [pen(colour, thick), line("stroke", [(left, y), (right, y)])]
    for icing, (_, thick, y, left, right) in zip(("mistyrose", "lavenderblush", "white"), layers, strict=True):
        drawing += [
            pen(icing, 9),
            line("stroke", wave(left - 20, right + 20, y - thick / 2 + 8, 6, 5 + (right - left) // 60)),
        ]
    for number, colour in enumerate(("hotpink", "mediumseagreen", "dodgerblue", "mediumpurple", "tomato")):
        x = 350.0 + 25 * number
        drawing += [pen(colour, 9), line("stroke", [(x, 356), (x, 318)])]
        drawing += [pen("orange", 15), line("stroke", [(x, 300), (x, 294)])]
        drawing += [pen("gold", 7), line("stroke", [(x, 302)])]
    return drawing


def balloons() -> list[str]:
    """What bob draws: six balloons, whose shine is wiped out of them in the colour of the paper, and confetti."""
    drawing = []
    places = [
        ("crimson", 110, 290),
        ("royalblue", 190, 240),
        ("gold", 150, 370),
        ("limegreen", 690, 290),
        ("darkorange", 610, 240),
        ("orchid", 650, 370),
    ]
    for colour, x, y in places:
        knot = (150, 560) if x < 400 else (650, 560)
        drawing += [pen("gray", 2), line("stroke", [(x, y + 40), ((x + knot[0]) / 2 + 8, (y + knot[1]) / 2), knot])]
        drawing += [pen(colour, 78), line("stroke", [(x, y - 3), (x, y + 5)])]
        drawing += [pen(colour, 12), line("stroke", [(x, y + 46)])]
        drawing += [pen("black", 8), line("wipe", [(x - 20, y - 14), (x - 13, y - 23), (x - 5, y - 26)])]
    confetti = ("crimson", "gold", "limegreen", "dodgerblue", "orchid", "darkorange")
    for number in range(24):
        left = 40 + number * 31.3
        top = 190 + (number * 83) % 60 if number % 2 else 570 - (number * 29) % 40
        drawing += [pen(confetti[number % 6], 6), line("stroke", [(left, top), (left + (number * 7) % 9 - 4, top + 5)])]
    return drawing


def lettering() -> list[str]:
    """What carol draws: the words, each letter in a colour of its own. Then something happens to her."""
    drawing = []
    colours = ("crimson", "darkorange", "goldenrod", "seagreen", "royalblue", "mediumorchid")
    for word, left, top, scale in (("HAPPY", 265, 30, 9.0), ("BIRTHDAY", 178, 112, 9.0)):
        for number, letter in enumerate(word):
            drawing.append(pen(colours[number % 6], 9))
            for points in LETTERS[letter]:
                drawing.append(line("stroke", [(left + 57 * number + x * scale, top + y * scale) for x, y in points]))
    return drawing


SCRIBBLE = [pen("black", 12), line("stroke", [(230, 330), (600, 560), (260, 520), (580, 320), (330, 590), (520, 280)])]
"""What carol's cat adds, and alice takes away again."""

DRAWINGS = {"alice": cake(), "bob": balloons(), "carol": lettering()}


def strokes(drawing: list[str]) -> int:
    return sum(not command.startswith("pen") for command in drawing)
