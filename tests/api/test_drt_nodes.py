"""Two nodes in a C program, in each security mode and with each security provider: ours, and one of the program's own
that blocks, fails and calls the library."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import RunC
from tests.support.authority import Issued, p256_key, rsa_key

PROGRAM = Path(__file__).parents[1] / "c" / "drt_nodes.c"
MODES = {"resolve": "0", "membership": "1", "confidential": "2"}


def certificates(folder: Path, key: Callable[[], Any], count: int = 2) -> list[str]:
    root = Issued("Root", key())
    files = [folder / f"{name}.pfx" for name in ("first", "second", "third")[:count]]
    for file in files:
        file.write_bytes(root.member(file.stem, key()).pfx("secret", [root]))
    return [str(file) for file in files]


@pytest.mark.parametrize("whose", ["ours", "wrapped"])
@pytest.mark.parametrize("provider", ["null", "published", "modern"])
@pytest.mark.parametrize("mode", list(MODES))
def test_a_key_is_found(run_c: RunC, tmp_path: Path, mode: str, provider: str, whose: str) -> None:
    words = [MODES[mode], "null" if provider == "null" else "derived", whose]
    if provider != "null":
        words += certificates(tmp_path, rsa_key if provider == "published" else p256_key)
    run = run_c(PROGRAM.read_text(encoding="utf-8"), words, env={"PEERAPI_HOME": str(tmp_path)})
    expected = ["found", "asked", "all given back"] if whose == "wrapped" else ["found"]
    assert (run.stdout.splitlines(), run.stderr, run.returncode) == (expected, "", 0)


@pytest.mark.parametrize("whose", ["ours", "wrapped"])
@pytest.mark.parametrize("profile", ["published", "modern"])
def test_a_node_has_keys_of_several_certificates(run_c: RunC, tmp_path: Path, profile: str, whose: str) -> None:
    words = [MODES["confidential"], "derived", whose]
    words += certificates(tmp_path, rsa_key if profile == "published" else p256_key, 3)
    run = run_c(PROGRAM.read_text(encoding="utf-8"), words, env={"PEERAPI_HOME": str(tmp_path)})
    expected = ["found", "asked", "all given back"] if whose == "wrapped" else ["found"]
    assert (run.stdout.splitlines(), run.stderr, run.returncode) == (expected, "", 0)
