"""The firewall that programs for Windows ask, and what C++ programs write as Microsoft's compiler has it."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

from peerapi.cli import config

PROGRAM = Path(__file__).parent / "c" / "firewall.cpp"


def test_the_firewall_is_off_and_stays_so(library: Path, tmp_path: Path) -> None:
    answers = config.answers()
    command = [
        "g++",
        "-std=c++17",
        "-DPEERAPI_S_UN",
        "-Wall",
        "-Wextra",
        "-Werror",
        *shlex.split(answers["--cflags"]),
        str(PROGRAM),
    ]
    program = tmp_path / "firewall"
    subprocess.run([*command, "-o", str(program), *shlex.split(answers["--libs"])], check=True, timeout=120)
    run = subprocess.run([program], capture_output=True, text=True, timeout=120, check=False)
    assert (run.stdout, run.stderr, run.returncode) == ("good\n", "", 0)
