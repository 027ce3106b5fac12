"""The activity that docs/activities.md shows how to write does what the page says."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from peerapi.activities.activity import Activity
from peerapi.pages.requests import Refused
from tests.activities.test_four_in_a_row import BEGUN, move

PAGE = (Path(__file__).parents[2] / "docs" / "activities.md").read_text(encoding="utf-8")
PYTHON, SCRIPT = re.findall(r"```(?:python|js)\n(.*?)```", PAGE, re.DOTALL)
ANN, BEN = (replace(move(name), id=UUID(int=number)) for number, name in enumerate(("ann", "ben")))


def wishes() -> Activity:
    found: dict[str, Any] = {}
    exec(compile(PYTHON, "docs/activities.md", "exec"), found)
    made: Activity = found["Wishes"]()
    return made


def test_it_has_at_most_60_lines() -> None:
    assert len([line for line in (PYTHON + SCRIPT).splitlines() if line.strip()]) <= 60


def test_who_comes_second_is_refused_and_what_is_unsound_passed_over() -> None:
    activity = wishes()
    what, asked = activity.language.read('{"do": "wish", "words": "candles"}')
    wish = replace(ANN, data=activity.data(BEGUN, [], "ann", what, asked))
    take = json.dumps({"do": "take", "id": str(ANN.id)})
    taken = replace(BEN, data=activity.data(BEGUN, [wish], "ben", *activity.language.read(take)))
    late = replace(BEN, id=UUID(int=9), creator="carl", data=taken.data)
    unsound = [replace(BEN, id=UUID(int=10), data=data) for data in (b"", b"[]", b"{", b'{"words": 5, "id": 5}')]
    for records in ([wish, taken, late, *unsound], [*unsound, taken, wish, late]):
        (one,) = activity.view(BEGUN, records)["wishes"]
        assert (one["words"], one["by"], one["taken"]) == ("candles", "ann", "ben")
        with pytest.raises(Refused, match="somebody has that already"):
            activity.data(BEGUN, records, "carl", *activity.language.read(take))
