"""What all tests share: the built library, and C programs compiled against it."""

from __future__ import annotations

import gc
import hashlib
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import settings

from peerapi.cli import config
from samples_c.processes import build
from tests.support.once import once
from tests.support.ports import free_range

ROOT = Path(__file__).parents[1]
os.environ["PEERAPI_MAP"] = "0"
"No test asks the router of this machine for anything; those with routers of their own say so."
# Tables follow it, and readline, once a process has loaded it, gives it to all that this one starts, as to our workers.
os.environ.pop("COLUMNS", None)
# nohup has SIGHUP ignored, a shell without job control SIGINT of what it starts beside itself; programs inherit that.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
# A generated example may take as long as the machine takes; what else the environment chooses stays.
settings.register_profile("any machine", settings(), deadline=None)
settings.load_profile("any machine")

RunC = Callable[..., "subprocess.CompletedProcess[str]"]


def pytest_report_header() -> list[str]:
    """What this machine cannot do, and which tests therefore are not there."""
    from tests import test_disk, test_overlays, windows_shim
    from tests.relay import test_fronts
    from tests.support import homes, namespaces, wine

    without = {
        "network namespaces (test_namespaces)": namespaces.missing(),
        "homes behind routers (test_homes)": homes.missing(homes.Kind.MAPPED, homes.Kind.SYMMETRIC),
        "an overlay (test_overlays)": test_overlays.missing(),
        "nginx in front of a relay (test_fronts)": test_fronts.missing("nginx"),
        "Caddy in front of a relay (test_fronts)": test_fronts.missing("caddy"),
        "a small disk": test_disk.missing(),
        "Wine (tests/wine)": wine.missing(),
        "a screen for Wine (tests/wine/test_window)": wine.without_screen(),
        "the SDK's samples (test_windows_programs, test_console_programs)": windows_shim.missing(),
        "the SDK's pages (test_console_programs)": windows_shim.missing_pages(),
    }
    return [f"not tested without {what}: {why}" for what, why in without.items() if why]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first, so that no process of several is left with it in the end."""
    items.sort(key=lambda item: -_minutes(item))


def _minutes(item: pytest.Item) -> float:
    """What the file's mark says, or half a minute; 0 without one."""
    mark = item.get_closest_marker("long")
    return mark.kwargs.get("minutes", 0.5) if mark else 0


def pytest_collection_finish() -> None:
    """Ten thousand tests are never garbage: what a test has collected is then its own."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def library() -> Path:
    """Path of libpeerapi.so.0 in the source tree, built first when a source is newer."""
    subprocess.run([sys.executable, str(ROOT / "build_ffi.py")], check=True, timeout=300)
    return config.library_folder() / "libpeerapi.so.0"


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """No test touches the user's own graphs and keys, or meets others in the loopback cloud or near by: neither
    the user's programs, nor tests that run beside it."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PEERAPI_HOME", str(folder))
        environment.setenv("PEERAPI_PNRP_PORT", str(free_range()))
        environment.setenv("PEERAPI_COLLAB_PORT", str(free_range()))
        yield folder


@pytest.fixture(scope="session")
def sample_of(library: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """``sample_of(name)``: a program of samples_c, compiled as a person would, with -Wall -Wextra -Werror."""

    def sample_of(name: str) -> Path:
        return once(tmp_path_factory, f"sample {name}", lambda folder: build(name, folder)) / name

    return sample_of


@pytest.fixture(scope="session")
def compile_c(library: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """``compile_c(source, *flags, bare=False)``: the program, compiled as the README says; the same text is compiled
    once.

    A ``bare`` one knows nothing of our headers and is not linked against the library. Processes that run tests beside
    one another have these programs in common.
    """
    answers = config.answers()

    def compile_c(source: str, *flags: str, bare: bool = False) -> Path:
        def compile_it(folder: Path) -> None:
            (folder / "program.c").write_text(source, encoding="utf-8")
            before, after = ("", "-ldl") if bare else (answers["--cflags"], answers["--libs"])
            command = ["gcc", "-O1", "-Wall", *shlex.split(before), str(folder / "program.c")]
            command += ["-o", str(folder / "program"), *flags, *shlex.split(after)]
            subprocess.run(command, check=True, timeout=300)

        name = hashlib.sha256("\0".join((source, str(bare), *flags)).encode()).hexdigest()[:16]
        return once(tmp_path_factory, name, compile_it) / "program"

    return compile_c


@pytest.fixture(scope="session")
def run_c(compile_c: Callable[..., Path]) -> RunC:
    """``run_c(source, args=(), env={}, flags=(), cwd=None, timeout=300, bare=False)``: compiles and runs; asks for
    nothing of the result.

    The environment is exactly ``env``: empty unless a test says otherwise.
    """

    def run_c(
        source: str,
        args: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        flags: Sequence[str] = (),
        cwd: Path | None = None,
        timeout: float = 300,
        bare: bool = False,
    ) -> subprocess.CompletedProcess[str]:
        program = compile_c(source, *flags, bare=bare)
        return subprocess.run(
            [str(program), *args],
            env=dict(env or {}),
            cwd=cwd,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    return run_c
