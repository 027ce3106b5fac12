"""A board between two homes behind symmetric routers: the short form of ``python -m tests.relay.between_homes``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.relay.between_homes import measure
from tests.support.homes import Kind, missing

pytestmark = pytest.mark.long

if not missing(Kind.PUBLIC, Kind.SYMMETRIC):

    def test_a_pasted_word_joins_two_homes_and_a_change_of_network_does_not_part_them(tmp_path: Path) -> None:
        found = measure(tmp_path)
        assert found.first_stroke > 0
        assert found.live_again > 0
