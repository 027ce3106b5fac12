"""``benchmarks/run.py --quick`` measures everything with small counts. Its table is looked at here, never its speed."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.bench import Row
from benchmarks.run import table
from tests.support import wine

pytestmark = pytest.mark.long(minutes=5)

REPOSITORY = Path(__file__).parents[1]
EXPECTED = [
    "first call (PeerGraphStartup)",
    "start-up to a created graph",
    "trivial call (PeerGraphGetItemCount), mean",
    "GetRecord and FreeData, median",
    "AddRecord (200 B), no neighbor, median",
    "AddRecord (200 B), one neighbor, median",
    "AddRecord (200 B), one neighbor, p99",
    "flood: add -> event -> GetRecord, p50",
    "flood: add -> event -> GetRecord, p99",
    "flood p50 in paced ping-pongs",
    "A to B, one commit per add, sustained",
    "memory of a node, no records",
    "whiteboard: mouse here -> frame there, p50",
    "whiteboard: 1,000 strokes, one more stands",
    "group flood: add -> event -> GetRecord, p50",
    "group, A to B, sustained",
    "group: handshakes, both ends on one processor",
    "group: signing a record (200 B)",
    "group: judging a record (200 B)",
    "host: ready, started by a program",
    "call through the host, p50",
    "presence: change here -> event there, p50",
    "memory of a host, its share of libraries",
    "table: searches a second, all at once",
    "table: one of these searches, p50",
    "board, the others gone: of one processor",
    "graph, the others gone: of one processor",
    "group, the others gone: of one processor",
    "cloud, the others gone: of one processor",
]


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Path]:
    folder = tmp_path_factory.mktemp("bench")
    command = [sys.executable, str(REPOSITORY / "benchmarks" / "run.py"), "--quick", "--dir", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, timeout=1200, check=False), folder


def test_a_quick_run_measures_every_figure(quick: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    done, folder = quick
    assert done.returncode == 0, done.stderr
    kept = json.loads((folder / "latest.json").read_text())
    assert kept["failures"] == []
    assert kept["not_here"] == [] or wine.missing()
    figures = {row["figure"]: row for row in kept["rows"]}
    assert set(EXPECTED) <= figures.keys()
    assert all(row["value"] > 0 for row in figures.values() if row["unit"] != "/min")
    for other, here in (("redis", shutil.which("redis-server")), ("pyzmq", importlib.util.find_spec("zmq"))):
        for figure in ("flood p50", "A to B, sustained"):
            assert (f"{figure}: beside {other}" in figures) == bool(here)
    assert all(
        figures[f"{kind}, the others gone: calls"]["value"] >= 0 for kind in ("board", "group", "graph", "cloud")
    )


def test_without_a_browser_the_other_figures_are_measured(tmp_path: Path) -> None:
    """What is missing is said, and is no failure."""
    programs, folder = tmp_path / "programs", tmp_path / "bench"
    programs.mkdir()
    for path in (path for place in os.get_exec_path() for path in Path(place).glob("*")):
        if "chrom" not in path.name and not (programs / path.name).exists():
            (programs / path.name).symlink_to(path)
    command = [sys.executable, str(REPOSITORY / "benchmarks" / "run.py"), "--quick", "--dir", str(folder)]
    command += ["--only", "stroke_latency", "startup"]
    env = {**os.environ, "PATH": str(programs)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=1200, check=False, env=env)
    assert done.returncode == 0, done.stderr
    assert "NOT ON THIS MACHINE  stroke_latency: the whiteboard is looked at in Chromium" in done.stderr
    kept = json.loads((folder / "latest.json").read_text())
    assert kept["failures"] == []
    assert len(kept["not_here"]) == 1
    assert {row["figure"].partition(":")[0] for row in kept["rows"]} >= {"first call (PeerGraphStartup)"}
    assert "whiteboard" not in done.stdout


def test_every_kept_figure_is_a_line_of_the_printed_table(
    quick: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    done, folder = quick
    kept = json.loads((folder / "latest.json").read_text())
    for row in kept["rows"]:
        assert any(line.startswith(row["figure"]) for line in done.stdout.splitlines()), row["figure"]


def test_a_run_leaves_no_databases_behind(quick: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    _, folder = quick
    assert [path.name for path in folder.iterdir()] == ["latest.json"]


def test_a_figure_that_misses_its_aim_says_so() -> None:
    lines = table(
        [
            Row("slow", 20, "us", 4, "a limit", "< 10 us", met=False),
            Row("fast", 12345.6, "/s", 30000, "another limit", ">= 0.4 x", met=True),
            Row("plain", 0.25, "MB"),
        ]
    ).splitlines()
    slow, fast, plain = lines[2:]
    assert slow.split()[-2:] == ["NOT", "MET"]
    assert "5 x" in slow
    assert "12,346 /s" in fast
    assert fast.endswith("met")
    assert plain.split() == ["plain", "0.25", "MB"]
    assert "x" not in plain
