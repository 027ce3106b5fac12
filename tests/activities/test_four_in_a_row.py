"""The rules of Four in a row, over records of anybody in any order; and every move that is none."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi import Record
from peerapi.activities import four_in_a_row
from peerapi.activities.activity import Begun
from peerapi.activities.four_in_a_row import COLUMNS, ROWS, FourInARow, judged, winning
from peerapi.pages.requests import Refused

BEGUN = Begun(UUID(int=1), FourInARow.kind, "activity", "ann")
GAME = FourInARow()
NOW = datetime(2026, 11, 29, tzinfo=UTC)


def move(creator: str, *columns: int, at: int = 0) -> Record:
    """A record with the columns of the whole game so far."""
    number = UUID(int=hash((creator, columns, at)) & ((1 << 128) - 1))
    kind = FourInARow.record
    return Record(kind, number, 1, creator, creator, NOW, NOW, NOW, bytes(columns), {}, False, b"", peer_time=at)


def played(*columns: int, players: tuple[str, str] = ("ann", "ben")) -> list[Record]:
    return [move(players[number % 2], *columns[: number + 1], at=number) for number in range(len(columns))]


def test_a_game_goes_on_in_turns_and_whoever_answers_is_the_other_player() -> None:
    assert GAME.view(BEGUN, [])["turn"] == "ann"
    one = GAME.view(BEGUN, played(3))
    assert (one["players"], one["turn"], one["cells"][3 * ROWS]) == (["ann"], "", 1)
    two = GAME.view(BEGUN, played(3, 3))
    assert (two["players"], two["turn"], two["cells"][3 * ROWS : 3 * ROWS + 2]) == (["ann", "ben"], "ann", [1, 2])


@pytest.mark.parametrize(
    "columns",
    [
        (0, 6, 1, 6, 2, 6, 3),
        (0, 1, 0, 1, 0, 1, 0),
        (0, 1, 1, 2, 2, 3, 2, 3, 3, 6, 3),
        (3, 2, 2, 1, 1, 0, 1, 0, 0, 6, 0),
    ],
    ids=["beside", "above", "rising", "falling"],
)
def test_four_in_a_row_win(columns: list[int]) -> None:
    records = played(*columns)
    view = GAME.view(BEGUN, records)
    assert (view["winner"], view["turn"], len(view["row"]), view["refused"]) == ("ann", None, 4, 0)
    assert [GAME.view(BEGUN, records[:count])["winner"] for count in range(len(columns))] == [None] * len(columns)
    with pytest.raises(Refused, match="over"):
        GAME.data(BEGUN, records, "ben", "move", {"column": 5})


def test_a_request_is_the_next_move_or_refused() -> None:
    assert GAME.data(BEGUN, played(3, 3), "ann", "move", {"column": 2}) == bytes([3, 3, 2])
    assert GAME.data(BEGUN, played(3), "carl", "move", {"column": 0}) == bytes([3, 0])
    for records, who, column, why in (
        (played(3), "ann", 0, "not your turn"),
        (played(3, 3), "ben", 0, "not your turn"),
        (played(3, 3), "carl", 0, "not your turn"),
        (played(*[1] * ROWS), "ann", 1, "no room"),
    ):
        with pytest.raises(Refused, match=why):
            GAME.data(BEGUN, records, who, "move", {"column": column})


CHEATS = {
    "out of turn": move("ann", 3, 3, 2, 2, 1, at=9),
    "in the place of the other": move("ann", 3, 3, 2, 0, at=9),
    "a third player": move("carl", 3, 3, 2, 0, at=9),
    "another game than was played": move("ben", 0, 0, 0, 0, at=9),
    "two at once": move("ben", 3, 3, 2, 0, 0, 0, at=9),
    "no such column": move("ben", 3, 3, 2, 7, at=9),
    "nothing": move("ben", at=9),
    "very long": move("ben", *[3] * 500, at=9),
}


@pytest.mark.parametrize("cheat", CHEATS)
def test_a_move_that_is_none_is_refused_and_counted_and_counts_without_the_rules(
    cheat: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fair = played(3, 3, 2)
    before = GAME.view(BEGUN, fair)
    after = GAME.view(BEGUN, [*fair, CHEATS[cheat]])
    assert after == {**before, "refused": 1}
    if cheat in ("in the place of the other", "a third player"):
        with monkeypatch.context() as unchecked:
            unchecked.setattr(four_in_a_row, "against", lambda *_: "")
            assert GAME.view(BEGUN, [*fair, CHEATS[cheat]])["cells"] != before["cells"]


def test_a_full_column_takes_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    full = played(*[1] * ROWS)
    assert judged("ann", [*full, move("ann", *[1] * (ROWS + 1), at=9)]) == (judged("ann", full)[0], 1)


def test_of_two_answers_the_one_counts_that_was_gone_on_with_and_before_that_the_earlier() -> None:
    first, second = move("carl", 3, 1, at=5), move("ben", 3, 0, at=6)
    assert GAME.view(BEGUN, [*played(3), first, second])["players"] == ["ann", "carl"]
    going_on = move("ann", 3, 0, 0, at=7)
    assert GAME.view(BEGUN, [*played(3), first, second, going_on])["players"] == ["ann", "ben"]
    late = replace(first, data=bytes([3, 1]), peer_time=8)
    assert GAME.view(BEGUN, [*played(3), second, late])["players"] == ["ann", "ben"]


@given(st.lists(st.integers(0, COLUMNS - 1), max_size=COLUMNS * ROWS), st.randoms())
def test_the_order_in_which_fair_moves_come_does_not_matter(wanted: list[int], chance: random.Random) -> None:
    columns: list[int] = []
    for column in wanted:
        if columns.count(column) < ROWS and not winning(tuple(columns)):
            columns.append(column)
    records = played(*columns)
    mixed = list(records)
    chance.shuffle(mixed)
    assert GAME.view(BEGUN, mixed) == GAME.view(BEGUN, records)
    assert judged("ann", mixed)[0].game == tuple(columns)
    assert judged("ann", mixed)[1] == 0


@given(
    st.lists(st.tuples(st.sampled_from(["ann", "ben", "carl"]), st.lists(st.integers(0, 9), max_size=5)), max_size=12)
)
def test_any_records_leave_a_game_that_is_fair(said: list[tuple[str, list[int]]]) -> None:
    records = [move(who, *columns, at=number) for number, (who, columns) in enumerate(said)]
    standing, refused = judged("ann", records)
    assert 0 <= refused <= len(records)
    for one, other in itertools.pairwise(range(1, len(standing.game) + 1)):
        assert not winning(standing.game[:one])
        assert len(standing.game[:other]) == one + 1
    assert all(standing.game.count(column) <= ROWS and 0 <= column < COLUMNS for column in standing.game)
    assert standing.players[:1] in ((), ("ann",))
