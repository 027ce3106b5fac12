"""What many members, and one who turned bad, can do to a drawing-and-guessing game: a round can be ended whatever they
say, and a node neither floods the graph nor tries without a pause."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest
import trio
import trio.testing

from peerapi import Graph, Record
from peerapi.activities import drawing_rules
from peerapi.activities.activity import Table
from peerapi.activities.drawing_records import MOST_PLAYERS, Begin, End, Guess, Play, Said, Skip, decoded
from peerapi.activities.drawing_table import LASTS, LONGEST_PAUSE, DrawingTable
from peerapi.activities.drawing_words import commitment
from peerapi.pages.requests import Refused
from tests.activities.test_drawing_rules import BEGUN, SALT, Story

MANY = [f"m{number:02}" for number in range(3 * MOST_PLAYERS)]


class Alone:
    """A table of Ann's, at which everybody's records are those of a story; what she says is in it, or not."""

    def __init__(self, story: Story, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, me: str = "ann") -> None:
        self.begun, self.me, self.story = BEGUN, me, story
        self.said: list[Said] = []
        self.takes: Callable[[Said], bool] = lambda said: True
        "Whether it comes to be among the records."
        self.refuses = False
        self._read: list[Record] = []
        monkeypatch.setenv("PEERAPI_HOME", str(tmp_path / "home"))
        self.table = DrawingTable(cast(Table, self))

    def records(self) -> Sequence[Record]:
        if len(self._read) != len(self.story.records):
            self._read = list(self.story.records)
        return self._read

    def tell_beside(self) -> None:
        """Nobody looks on."""

    async def publish(self, data: bytes, kind: UUID | None = None) -> None:
        await trio.lowlevel.checkpoint()
        said = decoded(data)
        assert said is not None, "no node takes it for anything"
        self.said.append(said)
        if self.refuses:
            raise Refused("nobody could be reached")
        if self.takes(said):
            self.story.say(self.me, said)
            self.table.note_records()

    def say(self, by: str, said: Said) -> str:
        id = self.story.say(by, said)
        self.table.note_records()
        return id

    def draws(self, after: str = "") -> str:
        """A round of this user's, in which the word is a cat."""
        self.table._secret = {"after": after, "salt": SALT, "word": "cat"}
        self.table._load = lambda: self.table._secret  # type: ignore[method-assign]
        return self.say(self.me, Begin(commitment(self.me, after, SALT, "cat"), after))

    def played(self, main: Callable[[], Any]) -> None:
        """As long as ``main`` takes, on a clock that goes by itself."""

        async def run() -> None:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self.table.run, cast(Graph, SimpleNamespace()))
                await main()
                nursery.cancel_scope.cancel()

        trio.run(run, clock=trio.testing.MockClock(autojump_threshold=0.01))

    @property
    def ends(self) -> list[End]:
        return [one for one in self.said if isinstance(one, End)]


@pytest.mark.parametrize("guessed", [False, True])
def test_attack_an_end_that_the_others_do_not_take_is_said_once(
    guessed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else who draws fills the graph with ends, for whatever reason the rules do not count them."""

    def said() -> int:
        alone = Alone(Story(), monkeypatch, tmp_path)
        alone.takes = lambda said: False
        round = alone.draws()

        async def main() -> None:
            if guessed:
                alone.say("ben", Guess(round, "cat"))
            for _ in range(50):
                await trio.sleep(1 + LASTS / 20)
                alone.table.note_records()

        alone.played(main)
        return len(alone.ends)

    assert said() == 1
    with monkeypatch.context() as unchecked:
        unchecked.setattr(DrawingTable, "_ended", property(lambda table: "", lambda table, round: None), raising=False)
        assert said() > 10


def test_an_end_that_cannot_be_said_is_tried_with_pauses_that_grow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also while others guess on, and with the guess that was right, when its user gives up meanwhile."""
    alone = Alone(Story(), monkeypatch, tmp_path)
    alone.refuses = True
    round = alone.draws()
    right = ""

    async def main() -> None:
        nonlocal right
        await trio.sleep(1)
        right = alone.say("ben", Guess(round, "Cat"))
        for number in range(30):
            await trio.sleep(10)
            alone.say("carl", Guess(round, f"guess {number}"))
        assert 8 <= len(alone.ends) <= 12, "five minutes: 1, 2, 4 ... 60 seconds"
        with pytest.raises(Refused, match="could be reached"):
            await alone.table.ask("stop", {})
        alone.refuses = False
        await trio.sleep(LONGEST_PAUSE + 1)

    alone.played(main)
    assert {(one.right, one.by) for one in alone.ends} == {(right, "ben")}
    view = alone.story.view()
    assert (view["scores"], view["cheats"], view["goes"]) == ({"ben": 2, "ann": 1}, [], False)


def test_attack_more_play_than_a_record_names_and_who_is_one_too_many_guesses_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end that names them was none for anybody: the round went on for ever, or who draws was called a cheat."""
    story = Story()
    for who in MANY:
        story.say(who, Play())
    alone = Alone(story, monkeypatch, tmp_path)
    round = alone.draws()

    async def main() -> None:
        await trio.sleep(1)
        alone.say(MANY[-1], Guess(round, "cat"))
        await trio.sleep(LASTS + 1)

    alone.played(main)
    view = story.view()
    assert (view["scores"], view["cheats"], view["refused"]) == ({MANY[-1]: 2, "ann": 1}, [], 0)
    assert not view["goes"] and len(view["players"]) == MOST_PLAYERS
    assert view["who"] == view["players"][1], "who is none of the players does not draw"


def test_attack_so_many_vote_that_a_record_cannot_name_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then nobody could begin, or the players were more than an end may name."""
    story = Story()
    for who in MANY:
        story.say(who, Skip(""))
    game = story.game()
    assert game.is_skipped and len(game.votes) == len(MANY)
    alone = Alone(story, monkeypatch, tmp_path, me=game.who)

    async def main() -> None:
        await alone.table._opened.wait()
        await alone.table.ask("begin", {"word": alone.table.view()["offers"][0]})
        await trio.sleep(LASTS + 1)

    alone.played(main)
    (begin, end) = alone.said
    assert isinstance(begin, Begin) and len(begin.votes) == MOST_PLAYERS
    view = story.view()
    assert isinstance(end, End) and not view["goes"] and view["refused"] == 0 and view["cheats"] == []
    assert len(view["players"]) == MOST_PLAYERS


def test_attack_a_thousand_proofs_that_somebody_cheats_are_told_once() -> None:
    story = Story()
    for _ in range(1000):
        story.begin("ann")
    assert story.view()["cheats"] == [{"by": "ann", "what": "has begun two rounds at once"}]
    assert len(story.game().rounds) < drawing_rules.MOST_ROUNDS
