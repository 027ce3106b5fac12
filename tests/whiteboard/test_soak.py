"""The short form of ``soak``; PEERAPI_SOAK_DEEDS=5000 makes it the long one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.whiteboard.soak import NAMES, soak

pytestmark = pytest.mark.long(minutes=4)

DEEDS = int(os.environ.get("PEERAPI_SOAK_DEEDS", "24"))


def test_four_people_at_a_board_for_a_while_leave_nothing_on_console_or_stderr(
    browser: Browser, tmp_path: Path
) -> None:
    done = soak(browser, tmp_path, len(NAMES), 4, lambda count: count < DEEDS)
    assert sum(sum(one.values()) for one in done) == DEEDS
