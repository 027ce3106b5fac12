"""The short form of ``soak``; PEERAPI_SOAK_DEEDS=5000 makes it the long one."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import Browser

from tests.whiteboard.soak import soak

DEEDS = int(os.environ.get("PEERAPI_SOAK_DEEDS", "30"))


def test_people_at_a_board_for_a_while_leave_nothing_on_console_or_stderr(browser: Browser, tmp_path: Path) -> None:
    done = soak(browser, tmp_path, DEEDS, seed=4)
    assert sum(sum(one.values()) for one in done) == DEEDS
