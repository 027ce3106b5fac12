"""Some pairs of homes, each with the way by which they come together: the short form of ``make reach-lab``.

Homes are network namespaces (tests/support/homes.py): where they cannot be made the test is not collected, and the
header of the test run says why.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from peerapi.path_kind import PathKind
from peerapi.reach.direct import WINDOW
from tests.reach_lab import ALL, Outcome, lab, picture, table
from tests.support.homes import PATHS, Kind, missing

pytestmark = pytest.mark.long
PAIRS = [(Kind(one[0]), Kind(one[1])) for one in ("CM", "SM", "PG", "PV", "CC", "VV", "SC", "CG")]
"Of each way two."
PATIENT = 60.0
"Seconds for a connection that must come about, on a machine that has much to do."

if not missing(*Kind):

    def test_pairs_of_homes_come_together_by_the_way_of_the_table(tmp_path: Path) -> None:
        with lab("short", tmp_path, PAIRS) as made:
            for pair in PAIRS:
                one = made.meet(pair, WINDOW if PATHS[pair] is PathKind.RELAYED else PATIENT)
                assert one.is_right, one


def test_the_table_and_its_picture_show_every_pair() -> None:
    outcomes = [Outcome(pair, PATHS[pair], 1.25, 1.5, 4000) for pair in ALL]
    assert table(outcomes).count("1.2 s") == 36
    drawn = picture(outcomes)
    assert drawn.count("<rect") == 36
    assert "22 of 36" in drawn


def test_a_pair_that_goes_another_way_or_leaves_records_at_the_relay_is_shown() -> None:
    punched = Outcome((Kind.CONE, Kind.CONE), PathKind.PUNCHED, 1.0, 1.0, 4000)
    assert punched.is_right
    assert not punched._replace(path=PathKind.RELAYED).is_right
    assert not punched._replace(relayed=300_000).is_right
    assert not punched._replace(path=None).is_right
    assert " !" in table([punched._replace(path=None)])
