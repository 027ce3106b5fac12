"""A program that has more rights than who starts it does not let that user's environment decide anything."""

from __future__ import annotations

import ast
import os
import pwd
import shutil
import subprocess
import sysconfig
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from peerapi import environment
from peerapi.store.data_folder import data_folder

ROOT = Path(__file__).parents[1]
NOBODY = "65534"
PROGRAM = """
#include <windows.h>
#include <p2p.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    PEER_VERSION_DATA version;
    PEER_PNRP_CLOUD_INFO *clouds = NULL;
    ULONG count = 0;
    HRESULT graph = PeerGraphStartup(PEER_GRAPH_VERSION, &version), names = PeerPnrpStartup(PNRP_VERSION);
    printf("%d %08x %08x %08x\\n", geteuid() == 0 && getuid() != 0, (unsigned)graph, (unsigned)names,
           (unsigned)PeerPnrpGetCloudInfo(&count, &clouds));
    return 0;
}
"""
INTRUDER = "import posix\nposix.write(1, b'code of the user, euid %d\\n' % posix.geteuid())\n"


def test_only_one_module_asks_the_environment() -> None:
    """The command line and the wire kit are programs of their own, and start others."""
    guilty = set()
    for path in (ROOT / "peerapi").rglob("*.py"):
        if path.name != "environment.py" and not {"cli", "conformance_wire"} & set(path.parts):
            names = {node.attr for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)}
            if names & {"environ", "getenv", "environb", "expanduser", "expandvars"} and path.name != "folders.py":
                guilty.add(str(path))
    assert guilty == set()
    own = "".join(path.read_text() for room in ("abi", "win32") for path in (ROOT / "peerapi" / room).glob("*.c"))
    assert own.count(" getenv(") == 1, "GetEnvironmentVariable asks for its program; all else is secure_getenv"


def test_the_home_is_the_owner_s_where_a_program_has_more_rights(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PEERAPI_HOME", str(tmp_path / "chosen"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert data_folder() == tmp_path / "chosen"
    monkeypatch.setattr(environment, "has_more_rights", lambda: True)
    assert data_folder() == Path(pwd.getpwuid(os.geteuid()).pw_dir, ".local", "share", "peerapi")


def test_an_ordinary_process_has_no_more_rights_than_its_user() -> None:
    assert environment.has_more_rights.__wrapped__() is False


def _place() -> str | None:
    """A folder where a setuid program is honored and everybody comes."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        return None
    places = ("/tmp", "/var/tmp", "/usr/local")
    return next((each for each in places if os.path.isdir(each) and not os.statvfs(each).f_flag & os.ST_NOSUID), None)


if _place() is not None:  # only root makes a program that runs as root

    @pytest.fixture
    def folder() -> Iterator[Path]:
        with tempfile.TemporaryDirectory(dir=_place()) as made:
            Path(made).chmod(0o755)
            yield Path(made)

    @pytest.fixture
    def intruder(folder: Path) -> Path:
        """A Python of the user's own, whose standard library says that it runs."""
        version = f"python{sysconfig.get_python_version()}"
        library, ours = folder / "mine" / "lib" / version, Path(sysconfig.get_paths()["stdlib"])
        library.mkdir(parents=True)
        for package in ("encodings", "collections", "importlib"):
            shutil.copytree(ours / package, library / package)
        for module in ours.glob("*.py"):
            shutil.copy(module, library)
        (library / "re").mkdir()
        (library / "re" / "__init__.py").write_text(INTRUDER)
        (folder / "mine" / "bin").mkdir()
        shutil.copy("/bin/true", folder / "mine" / "bin" / version)
        subprocess.run(["chmod", "-R", "a+rX", folder / "mine"], check=True)
        return folder / "mine" / "bin" / version

    @pytest.fixture
    def program(compile_c: Callable[..., Path], folder: Path) -> Path:
        shutil.copy(compile_c(PROGRAM), folder / "program")
        (folder / "program").chmod(0o755)
        return folder / "program"

    def run(program: Path, *, as_nobody: bool, **variables: str) -> str:
        user = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups") if as_nobody else ()
        done = subprocess.run(
            [*user, str(program)], env=variables, cwd="/", capture_output=True, text=True, timeout=300, check=False
        )
        return done.stdout

    def test_a_setuid_program_runs_no_code_of_who_starts_it(program: Path, intruder: Path) -> None:
        assert "code of the user, euid 0" in run(program, as_nobody=False, PEERAPI_PYTHON=str(intruder))
        program.chmod(0o4755)
        assert run(program, as_nobody=True, PEERAPI_PYTHON=str(intruder)) == "1 00000000 00000000 00000000\n"

    def test_a_setuid_program_takes_no_advice_from_who_starts_it(program: Path) -> None:
        """With names in a profile that there is not, nothing goes; such a variable stands for all."""
        refused = run(program, as_nobody=False, PEERAPI_PNRP_PROFILE="none")
        assert refused.startswith("0 00000000 ") and refused != "0 00000000 00000000 00000000\n"
        program.chmod(0o4755)
        assert run(program, as_nobody=True, PEERAPI_PNRP_PROFILE="none") == "1 00000000 00000000 00000000\n"
