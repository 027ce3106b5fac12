"""A picture of a conformance run: a bar for each family, cut into what pages say, what is a guess, and what fails."""

from __future__ import annotations

from peerapi.cli.conformance_results import Fact, Results, families

WIDTH, LEFT, ROW, BAR = 720, 110, 34, 20
KINDS = (("on a page", "#2f6f4f"), ("a guess", "#8fb996"), ("does not hold", "#b3392f"))


def _kind(fact: Fact) -> int:
    if not fact.holds:
        return 2
    return 1 if fact.guess else 0


def svg(results: Results) -> str:
    """The picture; widths are proportional to the number of facts of the largest family."""
    rows = []
    for family in families(results):
        of = [fact for fact in results.facts if fact.family == family]
        counted = [sum(_kind(fact) == kind for fact in of) for kind in range(3)]
        rows.append((family, counted, len({fact.page for fact in of})))
    most = max(sum(counted) for _, counted, _ in rows)
    scale = (WIDTH - LEFT - 170) / most
    height = ROW * (len(rows) + 1) + 20
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        'font-family="sans-serif" font-size="13">',
        "<title>Facts of the API that the conformance kit asks, by family</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
    ]
    for index, (family, counted, pages) in enumerate(rows):
        top = 12 + index * ROW
        parts.append(f'<text x="{LEFT - 10}" y="{top + 15}" text-anchor="end">{family}</text>')
        left = float(LEFT)
        for (_, color), count in zip(KINDS, counted, strict=True):
            if count:
                wide = count * scale
                parts.append(f'<rect x="{left:.1f}" y="{top}" width="{wide:.1f}" height="{BAR}" fill="{color}"/>')
                left += wide
        parts.append(f'<text x="{left + 8:.1f}" y="{top + 15}">{sum(counted)} facts, {pages} pages</text>')
    left = float(LEFT)
    for name, color in KINDS:
        top = 12 + len(rows) * ROW
        parts.append(f'<rect x="{left:.0f}" y="{top}" width="14" height="14" fill="{color}"/>')
        parts.append(f'<text x="{left + 20:.0f}" y="{top + 12}">{name}</text>')
        left += 140
    return "\n".join([*parts, "</svg>", ""])
