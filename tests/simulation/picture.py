"""The graph's shape over time as one SVG: a row of portraits, and curves of what happened between them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from html import escape

from tests.simulation.scenario import Report, Sample, Shape

PANEL = 300
MARGIN = 20
COLUMNS = 4
CURVES = 110
COLORS = ("#27548a", "#b1442c", "#4b7f36", "#8a5a9e", "#a3831f")
Point = tuple[float, float]


def draw(report: Report) -> str:
    """The whole picture."""
    rows = math.ceil(len(report.shapes) / COLUMNS)
    width = COLUMNS * PANEL + MARGIN
    top = 40
    height = top + rows * (PANEL + MARGIN) + 3 * (CURVES + MARGIN)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"',
        ' font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>',
        f'<text x="{MARGIN}" y="24" font-size="16">{report.nodes} nodes, seed {report.seed}: '
        f"{escape(', '.join(report.trouble) or 'no trouble')}</text>",
    ]
    for n, shape in enumerate(report.shapes):
        x, y = MARGIN + n % COLUMNS * PANEL, top + n // COLUMNS * (PANEL + MARGIN)
        parts.append(f'<g transform="translate({x},{y})">{_portrait(shape)}</g>')
    y = top + rows * (PANEL + MARGIN)
    curves: list[tuple[str, Callable[[Sample], float]]] = [
        ("nodes alive", lambda sample: sample.living),
        ("components", lambda sample: sample.components),
        ("mean number of neighbors", lambda sample: sample.neighbors),
    ]
    for n, (title, value) in enumerate(curves):
        points = [(sample.at, value(sample)) for sample in report.samples]
        place = f"translate({MARGIN},{y + n * (CURVES + MARGIN)})"
        parts.append(f'<g transform="{place}">{_curve(title, points, width - 2 * MARGIN, report.shapes)}</g>')
    parts.append("</svg>\n")
    return "".join(parts)


# ---- Portraits -------------------------------------------------------------------------------------------------------


def _portrait(shape: Shape) -> str:
    pieces = _pieces(shape.edges)
    title = f"{shape.title} ({shape.at:.0f} s, {len(shape.edges)} nodes, {len(pieces)} pieces)"
    parts = [f'<text x="0" y="12">{escape(title)}</text>']
    for color, piece, center, radius in _places(pieces):
        positions = _radial(piece, shape.edges, center, radius)
        lines = [
            f"M{positions[one][0]:.1f} {positions[one][1]:.1f}L{positions[other][0]:.1f} {positions[other][1]:.1f}"
            for one in piece
            for other in shape.edges[one]
            if one < other
        ]
        size = max(1.0, 4.0 - math.log10(len(shape.edges)))
        parts.append(f'<path d="{"".join(lines)}" stroke="{color}" stroke-width="0.4" opacity="0.5" fill="none"/>')
        dots = [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size:.1f}"/>' for x, y in positions.values()]
        parts.append(f'<g fill="{color}">{"".join(dots)}</g>')
    return "".join(parts)


def _pieces(edges: dict[str, list[str]]) -> list[list[str]]:
    """Connected pieces, the largest first."""
    unseen = dict.fromkeys(edges)
    pieces = []
    while unseen:
        piece = list(_levels(edges, next(iter(unseen))))
        pieces.append(piece)
        for name in piece:
            del unseen[name]
    return sorted(pieces, key=len, reverse=True)


def _places(pieces: list[list[str]]) -> Iterable[tuple[str, list[str], Point, float]]:
    """The largest piece in the middle, the others along the bottom."""
    middle = (PANEL / 2 - 10, PANEL / 2 + 5)
    for n, piece in enumerate(pieces):
        color = COLORS[n % len(COLORS)]
        if n == 0:
            yield color, piece, middle, PANEL / 2 - 30
        else:
            radius = max(2.0, (PANEL / 5) * math.sqrt(len(piece) / len(pieces[0])))
            yield color, piece, (10.0 + (n - 1) % 20 * 14, PANEL - 8.0 - (n - 1) // 20 * 10), min(radius, 20.0)


def _radial(piece: list[str], edges: dict[str, list[str]], center: Point, radius: float) -> dict[str, Point]:
    """A tree of shortest ways from the best connected node, laid out on circles."""
    root = max(piece, key=lambda name: (len(edges[name]), name))
    levels = _levels(edges, root)
    children: dict[str, list[str]] = {name: [] for name in levels}
    for name, (_, parent) in levels.items():
        if parent is not None:
            children[parent].append(name)
    leaves = dict.fromkeys(levels, 0)
    for name in reversed(list(levels)):
        leaves[name] = max(1, sum(leaves[child] for child in children[name]))
    deepest = max(1, *(depth for depth, _ in levels.values())) if len(levels) > 1 else 1
    positions: dict[str, Point] = {}
    spans = {root: (0.0, 2 * math.pi)}
    for name, (depth, _) in levels.items():
        start, end = spans[name]
        angle, distance = (start + end) / 2, radius * depth / deepest
        positions[name] = (center[0] + distance * math.cos(angle), center[1] + distance * math.sin(angle))
        for child in children[name]:
            share = (end - spans[name][0]) * leaves[child] / leaves[name]
            spans[child] = (start, start + share)
            start += share
    return positions


def _levels(edges: dict[str, list[str]], root: str) -> dict[str, tuple[int, str | None]]:
    """Depth and parent of every node that can be reached, nearest first."""
    found: dict[str, tuple[int, str | None]] = {root: (0, None)}
    queue = [root]
    for name in queue:
        for other in edges[name]:
            if other not in found:
                found[other] = (found[name][0] + 1, name)
                queue.append(other)
    return found


# ---- Curves ----------------------------------------------------------------------------------------------------------


def _curve(title: str, points: list[Point], width: float, shapes: list[Shape]) -> str:
    if not points:
        return ""
    end = max(at for at, _ in points) or 1.0
    top = max(value for _, value in points) or 1.0
    marks = "".join(
        f'<path d="M{shape.at / end * width:.1f} 16V{CURVES}" stroke="#ccc" stroke-dasharray="2 3"/>'
        for shape in shapes
    )
    line = " ".join(f"{at / end * width:.1f},{CURVES - value / top * (CURVES - 20):.1f}" for at, value in points)
    return (
        f'<text y="12">{escape(title)}, up to {top:g}</text>{marks}<path d="M0 {CURVES}H{width}" stroke="#999"/>'
        f'<polyline points="{line}" fill="none" stroke="{COLORS[0]}" stroke-width="1.2"/>'
    )
