from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.support import wine as windows
from tests.support.once import once

Build = Callable[[str], Path]
CONSOLE = ("-municode", "-Wno-format", "-Wno-unknown-pragmas")


@pytest.fixture(scope="session")
def wine(tmp_path_factory: pytest.TempPathFactory) -> windows.Wine:
    """Programs under Wine, against DLLs that are as new as their sources."""
    windows.build()
    shim = once(tmp_path_factory, "shim for Wine", windows.precompile)
    return windows.Wine(tmp_path_factory.mktemp("wine"), shim)


@pytest.fixture(scope="session")
def sample(wine: windows.Wine) -> Build:
    """``sample(name)``: a file that runs a sample, for everybody as a program of Windows."""
    return lambda name: wine.script(wine.compile(ROOT / "samples_c" / f"{name}.c", *CONSOLE))


@pytest.fixture(scope="session")
def mixed(wine: windows.Wine, sample_of: Build) -> Build:
    """``mixed(name)``: a file that runs a sample, for some people as a program of Windows."""
    return lambda name: wine.script(wine.compile(ROOT / "samples_c" / f"{name}.c", *CONSOLE), sample_of(name))
