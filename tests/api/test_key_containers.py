"""Key containers, names and certificates that programs make (wincrypt.h)."""

from __future__ import annotations

import stat
from pathlib import Path

from tests.conftest import RunC

PROGRAM = Path(__file__).parents[1] / "c" / "key_containers.c"


def test_containers_keys_names_and_certificates(run_c: RunC, tmp_path: Path) -> None:
    for word in ("first", "second"):
        run = run_c(PROGRAM.read_text(encoding="utf-8"), [word], env={"PEERAPI_HOME": str(tmp_path)})
        assert (run.stdout.splitlines(), run.stderr, run.returncode) == (["good"], "", 0)
    (left,) = (tmp_path / "containers").glob("*.keys")  # that of the certificate without a provider
    assert stat.S_IMODE(left.stat().st_mode) == 0o600
