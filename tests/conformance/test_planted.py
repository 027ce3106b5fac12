"""Deviations planted in a copy of the library are noticed, each by the sections that are about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance import planted


@pytest.mark.parametrize("name", planted.DEVIATIONS)
def test_a_deviation_is_noticed(name: str, program: Path, tmp_path: Path) -> None:
    assert planted.notice(program, planted.DEVIATIONS[name], tmp_path / "copy")


def test_there_are_thirty_of_many_kinds() -> None:
    assert len(planted.DEVIATIONS) >= 30
    assert len({deviation.kind for deviation in planted.DEVIATIONS.values()}) >= 8
