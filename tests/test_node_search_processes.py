"""A search of all nodes over processes, as ``benchmarks/search_nodes.py`` measures it: fewer, and without a clock."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.search_nodes import complete, nodes, with_two_gone

pytestmark = pytest.mark.long


def test_all_matches_of_all_and_then_one_is_killed_and_one_is_silent(tmp_path: Path) -> None:
    with nodes(tmp_path, 5, 60) as started:
        complete(started, 10)
        with_two_gone(started)
