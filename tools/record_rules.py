"""Print the rules of ``peerapi/grouping/record_rules.py`` into docs/grouping.md, between their markers."""

from __future__ import annotations

from pathlib import Path

from peerapi.grouping.record_rules import markdown

PAGE = Path(__file__).resolve().parents[1] / "docs/grouping.md"
BEGIN, END = "<!-- record rules: tools/record_rules.py -->\n", "<!-- end of record rules -->\n"


def parts(page: str) -> tuple[str, str, str]:
    """The page before the table, the table, and what follows."""
    before, _, rest = page.partition(BEGIN)
    table, _, after = rest.partition(END)
    return before, table, after


if __name__ == "__main__":
    before, _, after = parts(PAGE.read_text(encoding="utf-8"))
    PAGE.write_text(f"{before}{BEGIN}{markdown()}{END}{after}", encoding="utf-8")
