"""Hops against the size of the cloud, on a logarithmic axis, as an SVG: the same rows give the same picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 60, 20, 50, 50
POINT, FIT, GRID = "#27548a", "#b1442c", "#dddddd"


class Line(NamedTuple):
    """Mean hops as ``first`` + ``slope`` for each factor of ten."""

    first: float
    slope: float

    def at(self, nodes: float) -> float:
        return self.first + self.slope * math.log10(nodes)


def fit(points: Sequence[tuple[int, float]]) -> Line:
    """The straight line nearest to (nodes, hops) over the logarithm of nodes (least squares)."""
    logs = [math.log10(nodes) for nodes, _ in points]
    hops = [hop for _, hop in points]
    middle, mean = sum(logs) / len(logs), sum(hops) / len(hops)
    spread = sum((x - middle) ** 2 for x in logs)
    slope = sum((x - middle) * (y - mean) for x, y in zip(logs, hops, strict=True)) / spread if spread else 0.0
    return Line(mean - slope * middle, slope)


def draw(points: Sequence[tuple[int, float]]) -> str:
    """``points``: (nodes, mean hops) of each run."""
    line = fit(points)
    most = max(4, math.ceil(max(hops for _, hops in points)))
    decades = range(1, math.ceil(math.log10(max(nodes for nodes, _ in points))) + 1)

    def x(nodes: float) -> float:
        return LEFT + (math.log10(nodes) - decades[0]) / (decades[-1] - decades[0] or 1) * (WIDTH - LEFT - RIGHT)

    def y(hops: float) -> float:
        return HEIGHT - BOTTOM - hops / most * (HEIGHT - TOP - BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"',
        ' font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>\n',
        f'<text x="{LEFT}" y="24" font-size="16">Hops of a resolution, 10 to {points[-1][0]:,} nodes</text>\n',
        f'<text x="{LEFT}" y="42">line: {line.first:.2f} + {line.slope:.2f} log10(nodes)</text>\n',
    ]
    for hops in range(most + 1):
        parts.append(f'<path stroke="{GRID}" d="M{LEFT} {y(hops):.1f}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y(hops) + 4:.1f}" text-anchor="end">{hops}</text>\n')
    for decade in decades:
        parts.append(f'<path stroke="{GRID}" d="M{x(10**decade):.1f} {TOP}V{HEIGHT - BOTTOM}"/>')
        parts.append(
            f'<text x="{x(10**decade):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{10**decade:,}</text>\n'
        )
    low, high = points[0][0], points[-1][0]
    parts.append(
        f'<path stroke="{FIT}" stroke-width="2" '
        f'd="M{x(low):.1f} {y(line.at(low)):.1f}L{x(high):.1f} {y(line.at(high)):.1f}"/>\n'
    )
    parts += [f'<circle cx="{x(nodes):.1f}" cy="{y(hops):.1f}" r="4" fill="{POINT}"/>\n' for nodes, hops in points]
    parts.append(f'<text x="{WIDTH // 2}" y="{HEIGHT - 10}" text-anchor="middle">nodes</text>\n')
    parts.append(
        f'<text transform="translate(16,{HEIGHT // 2})rotate(-90)" text-anchor="middle">mean hops</text>\n</svg>\n'
    )
    return "".join(parts)
