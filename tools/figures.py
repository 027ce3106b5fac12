"""The README's table of figures, from build/bench/latest.json: ``make bench``, then ``python tools/figures.py``."""

from __future__ import annotations

import json
from pathlib import Path

ROOT = Path(__file__).parents[1]
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"


def main() -> None:
    """Replace what stands between the marks."""
    result = json.loads((ROOT / "build" / "bench" / "latest.json").read_text(encoding="utf-8"))
    lines = ["| figure | reached | limit beside it | ratio | aim |", "| --- | ---: | --- | ---: | --- |"]
    for row in result["rows"]:
        limit = f"{row['limit']:,.4g} {row['unit']}, {row['limit_name']}" if row["limit"] else ""
        ratio = f"{row['ratio']:.3g} x" if row["ratio"] else ""
        aim = f"{row['aim']}{'' if row['met'] else ', not met'}" if row["aim"] else ""
        lines.append(f"| {row['figure']} | {row['value']:,.4g} {row['unit']} | {limit} | {ratio} | {aim} |")
    machine = result["machine"]
    lines += ["", f"{result['when'][:10]}, Python {machine['python']}, SQLite {machine['sqlite']}."]
    readme = ROOT / "README.md"
    before, _, rest = readme.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    readme.write_text(f"{before}{BEGIN}\n" + "\n".join(lines) + f"\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
