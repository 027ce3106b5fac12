"""The library inside a whole process: how it ends."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PROGRAM = """
import sys
from pathlib import Path
from tests.support.native import Library
from tests.support.peers import Peers

peers = Peers(Library(Path(sys.argv[1])))
peers.start()
alice, bob = peers.pair()
alice.add()
with bob.queue(3):
    alice.add()
{ending}
"""


@pytest.mark.parametrize(
    "ending",
    ["peers.close_all(); assert peers.shutdown() == 0", "peers.shutdown()", "", "sys.exit(0)"],
    ids=["tidy", "shutdown only", "falls off the end", "exit"],
)
def test_a_python_process_ends_quietly(library: Path, tmp_path: Path, ending: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(ending=ending), str(library)],
        cwd=ROOT,
        env=dict(os.environ, PEERAPI_HOME=str(tmp_path)),
        capture_output=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
