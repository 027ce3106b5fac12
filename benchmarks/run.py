"""Measures, prints the table, keeps it as JSON. ``make bench`` runs this."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sqlite3
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from benchmarks.bench import Bench, BenchmarkFailed, NotHere, Row  # noqa: E402  (run as a script: needs the line above)
from benchmarks.figures import FIGURES  # noqa: E402

HEADINGS = ("figure", "reached", "limit beside it", "", "ratio", "aim", "")


def number(value: float) -> str:
    """Three digits that matter, and no more."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def cells(row: Row) -> tuple[str, ...]:
    limit = f"{number(row.limit)} {row.unit}" if row.limit is not None else ""
    ratio = f"{number(row.ratio)} x" if row.ratio is not None else ""
    met = {True: "met", False: "NOT MET", None: ""}[row.met]
    return (row.figure, f"{number(row.value)} {row.unit}", limit, row.limit_name, ratio, row.aim, met)


def table(rows: list[Row]) -> str:
    lines = [HEADINGS, *map(cells, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    lines.insert(1, tuple("-" * width for width in widths))
    right = {1, 2, 4}
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def machine() -> dict[str, object]:
    """What a reader needs to know before comparing with another run."""
    return {
        "processors": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }


def main() -> int:
    names = [figure.__name__ for figure in FIGURES]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="small counts: shows that it works, the figures mean nothing"
    )
    parser.add_argument("--only", nargs="+", choices=names, default=names, help="some of the figures")
    parser.add_argument("--dir", type=Path, default=REPOSITORY / "build" / "bench", help="where all files go")
    parser.add_argument("--json", type=Path, help="where to keep the result (default: latest.json in --dir)")
    options = parser.parse_args()

    options.dir.mkdir(parents=True, exist_ok=True)
    about, rows, failures, missing = machine(), list[Row](), list[str](), list[str]()
    with tempfile.TemporaryDirectory(prefix="programs.", dir=options.dir) as programs:
        for figure in FIGURES:
            if figure.__name__ not in options.only:
                continue
            print(f"measuring {figure.__name__} ...", file=sys.stderr, flush=True)
            folder = Path(tempfile.mkdtemp(prefix=f"{figure.__name__}.", dir=options.dir))
            try:
                rows += figure(Bench(folder, options.quick, Path(programs)))
            except NotHere as reason:
                missing.append(f"{figure.__name__}: {reason}")
            except BenchmarkFailed as problem:  # one broken figure must not cost the others
                failures.append(f"{figure.__name__}: {problem}")
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    print(table(rows))
    result = {
        "when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "quick": options.quick,
        "machine": about,
        "rows": [asdict(row) | {"ratio": row.ratio} for row in rows],
        "failures": failures,
        "not_here": missing,
    }
    path = options.json or options.dir / "latest.json"
    path.write_text(json.dumps(result, indent=2) + "\n")
    print(f"\n{'Quick run: the figures mean nothing. ' if options.quick else ''}Kept in {os.path.relpath(path)}")
    for reason in missing:
        print(f"NOT ON THIS MACHINE  {reason}", file=sys.stderr)
    for failure in failures:
        print(f"NOT MEASURED  {failure}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
