"""The short form of ``make long-document``, of which the figures are; how fast it is here depends on the machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.activities.document.long import measured

pytestmark = pytest.mark.long(minutes=1.5)


def test_it_is_the_same_everywhere_and_nothing_is_lost(tmp_path: Path) -> None:
    """Three write at random, of whom one is offline for a while and another one is killed, twice."""
    report = measured(tmp_path, keys=900, writers=3, rounds=2)
    assert (report["same"], report["lost"], report["refused"]) == (True, [], 0)
    assert (report["kills"], report["partitions"]) == (2, 2)
    assert report["keys"] >= 900 and report["characters"] > 500
