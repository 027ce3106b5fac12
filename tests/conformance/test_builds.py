"""The conformance program builds with every compiler that is asked for, and what it needs on Windows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from peerapi.cli import conformance_api
from tests.conformance import windows
from tests.support.once import once

pytestmark = pytest.mark.long

NEEDED = {"P2P.dll", "P2PGRAPH.dll", "WS2_32.dll", "KERNEL32.dll", "msvcrt.dll"}
"KERNEL32.dll is what the C runtime stands on: a program with nothing but an empty main needs both."


def test_it_builds_with_clang_and_no_warning(tmp_path: Path) -> None:
    conformance_api.build(tmp_path, "clang -Werror")


def test_it_builds_with_gcc_and_no_warning(program: Path) -> None:
    """``program`` is built with -Werror."""
    assert program.exists()


def test_the_exe_has_no_warning_and_needs_nothing_more(tmp_path_factory: pytest.TempPathFactory) -> None:
    program = once(tmp_path_factory, "conformance for Windows", windows.build) / windows.NAME
    listed = windows.silently("x86_64-w64-mingw32-objdump", "-p", program)
    assert set(re.findall(r"DLL Name: (\S+)", listed)) <= NEEDED


def test_a_compiler_that_complains_is_heard(tmp_path: Path) -> None:
    with pytest.raises(conformance_api.ConformanceFailed, match="no-such-flag"):
        conformance_api.build(tmp_path, "gcc --no-such-flag")
