"""Processes of a table, some of which are killed: the short form of ``make table-kills``, which measures how soon."""

from __future__ import annotations

import time

import pytest

from tests.drt.kills import Table

pytestmark = pytest.mark.long


def test_keys_are_found_after_processes_were_killed() -> None:
    table = Table(8)
    try:
        assert _found(table)
        for _ in range(2):
            table.kill(2)
            assert _found(table)
            table.grow(2)
    finally:
        table.close()


def _found(table: Table) -> bool:
    """All keys are found, some time soon."""
    end = time.monotonic() + 120
    while table.searches(3).share < 1.0:
        assert time.monotonic() < end
    return True
