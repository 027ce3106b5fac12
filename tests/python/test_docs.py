"""docs/python.md and README.md: every example in Python runs, and prints what the page says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.collab import stop_host
from tests.support.ports import free_range

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "python.md"
BLOCK = re.compile(
    r"^## (?P<title>[^\n]+)$|^```python\n(?P<program>.*?)^```\n(?:```text\n(?P<output>.*?)^```$)?", re.M | re.S
)


def examples() -> list[tuple[str, str, str]]:
    """(Heading, program, output) of each."""
    found, title = [], ""
    for match in BLOCK.finditer(PAGE.read_text(encoding="utf-8")):
        if match["title"]:
            title = match["title"]
        else:
            found.append((title, match["program"], match["output"] or ""))
    return found


def test_the_page_has_examples() -> None:
    assert len(examples()) > 8
    assert all(output for _, _, output in examples())


@pytest.mark.parametrize(("title", "program", "output"), examples(), ids=[title for title, _, _ in examples()])
def test_an_example_does_what_the_page_says(title: str, program: str, output: str, tmp_path: Path) -> None:
    env = {"PEERAPI_HOME": str(tmp_path)}
    env |= {name: str(free_range()) for name in ("PEERAPI_PNRP_PORT", "PEERAPI_COLLAB_PORT")}
    try:
        run = subprocess.run(
            [sys.executable, "-c", program], env=env, capture_output=True, text=True, timeout=300, check=False
        )
    finally:
        stop_host(tmp_path)
    assert (run.stdout, run.stderr, run.returncode) == (output, "", 0)


def test_the_example_in_the_readme_runs(tmp_path: Path) -> None:
    (example,) = BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8").partition("## From Python")[2])[:1]
    run = subprocess.run(
        [sys.executable, "-c", example[1]],
        env={"PEERAPI_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.stdout.startswith("Record(type=UUID(")
    assert "data=b'hello', attributes={'Owner': 'Alice'}" in run.stdout
    assert run.stderr == ""
