from __future__ import annotations

from pathlib import Path

import pytest

from peerapi.cli import conformance_api
from tests.support.once import once


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The conformance program, built as the command builds it, and without a warning."""
    folder = once(tmp_path_factory, "conformance", lambda folder: conformance_api.build(folder, "gcc -Werror"))
    return folder / "conformance"
