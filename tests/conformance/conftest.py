from __future__ import annotations

from pathlib import Path

import pytest

from peerapi.cli import conformance_api


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The conformance program, built as the command builds it."""
    return conformance_api.build(tmp_path_factory.mktemp("conformance"))
