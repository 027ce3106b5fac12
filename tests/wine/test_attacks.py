"""Programs of Windows that call at odd moments, from odd places, with odd memory: each call ends, and as documented."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support import native
from tests.support.wine import COMPILER, Wine, missing

pytestmark = pytest.mark.long

SOURCE = Path(__file__).with_name("attacks.c")
FLAGS = ("-Wextra", "-Wno-missing-field-initializers", "-Werror")

if not missing():

    @pytest.fixture(scope="module")
    def program(wine: Wine) -> Path:
        """The program, and the DLL beside it."""
        made = wine.compile(SOURCE, *FLAGS)
        command = [COMPILER, "-shared", "-DMODULE", *FLAGS, str(SOURCE), "-lp2p", "-lp2pgraph"]
        subprocess.run([*command, "-o", str(made.with_name("module.dll"))], check=True, timeout=300)
        return made

    @pytest.mark.parametrize("asked", ["first", "odd", "exceptions", "fibers", "given-back"])
    def test_what_programs_may_do(wine: Wine, program: Path, tmp_path: Path, asked: str) -> None:
        done = wine.run(program, asked, cwd=tmp_path, env={"PEERAPI_HOME": str(tmp_path / "home")})
        assert (done.stdout.split(), done.stderr, done.returncode) == (["ok"], "", 0)

    def test_who_asks_after_the_end_of_the_threads_is_refused_and_does_not_wait_for_them(
        wine: Wine, program: Path, tmp_path: Path
    ) -> None:
        done = wine.run(program, "ending", cwd=tmp_path, env={"PEERAPI_HOME": str(tmp_path / "home")})
        refused = f"{native.code('PEER_E_NOT_INITIALIZED'):08x}"
        assert (done.stdout.split(), done.stderr, done.returncode) == (["ok", *[refused] * 3], "", 3)

    def test_a_home_that_the_program_has_set_itself_is_the_one(wine: Wine, program: Path, tmp_path: Path) -> None:
        home = tmp_path / "zu Hause bei Änne"
        env = {
            "PEERAPI_HOME": str(tmp_path / "another"),
            "ELSEWHERE": f"Z:{home}".replace("/", "\\"),
            "LC_ALL": "C.UTF-8",
        }
        home.mkdir()
        done = wine.run(program, "environment", cwd=tmp_path, env=env)
        assert (done.stdout.split(), done.stderr, done.returncode) == (["ok"], "", 0)
        assert list(home.rglob("*.db")) or any(home.iterdir())
        assert not (tmp_path / "another").exists()
