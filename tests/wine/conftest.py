from __future__ import annotations

import pytest

from tests.support import wine as windows


@pytest.fixture(scope="session")
def wine(tmp_path_factory: pytest.TempPathFactory) -> windows.Wine:
    """Programs under Wine, against DLLs that are as new as their sources."""
    windows.build()
    return windows.Wine(tmp_path_factory.mktemp("wine"))
