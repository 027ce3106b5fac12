"""Certificates and stores of wincrypt.h, in a C program."""

from pathlib import Path

import pytest

from tests.conftest import RunC
from tests.support.authority import Issued, p256_key, rsa_key

PROGRAM = Path(__file__).parents[1] / "c" / "certificates.c"


@pytest.mark.parametrize(
    ("key", "oid", "size"), [(rsa_key, "1.2.840.113549.1.1.1", 140), (p256_key, "1.2.840.10045.2.1", 65)]
)
def test_a_program_reads_its_pfx_and_handles_stores(
    run_c: RunC, tmp_path: Path, key: object, oid: str, size: int
) -> None:
    assert callable(key)
    root = Issued("Root", key())
    node = root.member("a node", key())
    file = tmp_path / "node.pfx"
    file.write_bytes(node.pfx("secret", [root]))
    run = run_c(PROGRAM.read_text(encoding="utf-8"), [str(file)], env={"PEERAPI_HOME": str(tmp_path)})
    lines = [f"{len(one.der)} bytes, version 2, key {oid} of {size} bytes, 1 extensions" for one in (node, root)]
    assert (run.stdout.splitlines(), run.stderr, run.returncode) == ([*lines, "good"], "", 0)
