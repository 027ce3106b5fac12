"""The rules of draw and guess, over records of anybody in any order; and what a cheat tries, first without the rule."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peerapi import Record
from peerapi.activities import drawing_rules
from peerapi.activities.activity import Begun
from peerapi.activities.drawing import DrawAndGuess
from peerapi.activities.drawing_records import (
    Begin,
    Clear,
    End,
    Guess,
    Pass,
    Play,
    Said,
    Skip,
    Stroke,
    decoded,
    encoded,
)
from peerapi.activities.drawing_rules import MOST_GUESSES, MOST_ROUNDS, MOST_STROKES, Game, judged
from peerapi.activities.drawing_words import WORDS, commitment
from peerapi.pages.requests import Refused
from tests.activities.test_drawing_records import SAID
from tests.activities.test_four_in_a_row import move

BEGUN = Begun(UUID(int=1), DrawAndGuess.kind, "activity", "ann")
GAME = DrawAndGuess()
SALT = "5a" * 16


class Story:
    """Records, one after the other, by whoever says them."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    def say(self, by: str, said: Said | bytes, at: int | None = None) -> str:
        """The ID of its record; ``at``: the time that its maker claims."""
        number = len(self.records)
        data = said if isinstance(said, bytes) else encoded(said)
        one = replace(move(by, at=number if at is None else at), id=UUID(int=1000 + number), data=data)
        self.records.append(one)
        return str(one.id)

    def begin(self, by: str, word: str = "cat", after: str = "", votes: tuple[str, ...] = (), **more: Any) -> str:
        return self.say(by, Begin(commitment(by, after, SALT, word), after, votes), **more)

    def end(
        self,
        by: str,
        round: str,
        *heard: str,
        word: str = "cat",
        right: tuple[str, str] = ("", ""),
        players: tuple[str, ...] = ("ann", "ben", "carl"),
    ) -> str:
        return self.say(by, End(round, word, SALT, heard, *right, players))

    def guess(self, by: str, round: str, words: str, **more: Any) -> str:
        return self.say(by, Guess(round, words), **more)

    def game(self) -> Game:
        return judged("ann", sorted(self.records, key=lambda one: (one.peer_time, one.id.bytes_le)))

    def view(self) -> Any:
        return GAME.view(BEGUN, sorted(self.records, key=lambda one: (one.peer_time, one.id.bytes_le)))


def one_round() -> tuple[Story, str, str]:
    """Ann has drawn a cat, Ben has guessed it; the story, the round and the end."""
    story = Story()
    for who in ("ben", "carl"):
        story.say(who, Play())
    round = story.begin("ann")
    story.say("ann", Stroke(round, 1, 0, 2, (10, 10, 20, 20)))
    wrong, right = story.guess("carl", round, "dog"), story.guess("ben", round, " Cat ")
    end = story.end("ann", round, wrong, right, right=(right, "ben"))
    return story, round, end


def test_a_round_is_drawn_guessed_and_ended_and_who_guessed_draws_next() -> None:
    story, _, end = one_round()
    view = story.view()
    assert (view["who"], view["goes"], view["scores"], view["cheats"], view["refused"]) == (
        "ben",
        False,
        {"ben": 2, "ann": 1},
        [],
        0,
    )
    assert (view["round"]["word"], view["round"]["winner"]) == ("cat", "ben")
    assert [(one["by"], one["right"], one["late"]) for one in view["round"]["guesses"]] == [
        ("carl", False, False),
        ("ben", True, False),
    ]
    second = story.begin("ben", "sun", end)
    assert story.view()["goes"] and story.game().round and story.game().rounds[1].id == second
    third = story.end("ben", second, word="sun")  # nobody has guessed: the next of the players draws
    assert (story.view()["who"], story.view()["cheats"]) == ("carl", [])
    story.say("carl", Pass(third, ("ann", "ben", "carl")))
    assert story.view()["who"] == "ann"


def test_before_its_end_nothing_of_a_round_says_its_word() -> None:
    story = Story()
    story.begin("ann", "cat")
    assert b"cat" not in b"".join(one.data for one in story.records)
    other = commitment("ann", "", "00" * 16, "cat")
    assert decoded(story.records[0].data) == Begin(commitment("ann", "", SALT, "cat"), "")
    assert other not in story.records[0].data.decode()  # a list of words hashed without the salt finds nothing
    assert story.view()["round"]["word"] == ""


# ---- cheats that are refused -----------------------------------------------------------------------------------------

Cheat = Callable[[Story, str], object]
IN_A_ROUND: dict[str, Cheat] = {
    "drawing out of turn": lambda story, round: story.say("carl", Stroke(round, 5, 1, 1, (1, 1, 2, 2))),
    "clearing another's drawing": lambda story, round: story.say("carl", Clear(round, 9)),
    "guessing in one's own round": lambda story, round: story.guess("ann", round, "cat"),
    "beginning in another's round": lambda story, round: story.begin("carl", "sun", round),
    "beginning in another's turn": lambda story, round: story.begin("carl", "sun", ""),
    "a second round at once": lambda story, round: story.begin("ann", "sun", round),
    "ending another's round": lambda story, round: story.end("carl", round, right=("", "")),
    "giving on another's turn": lambda story, round: story.say("carl", Pass(round, ("ann", "ben", "carl"))),
    "an end with other players": lambda story, round: story.end("ann", round, players=("ben", "ann")),
    "an end with a player who is not there": lambda story, round: story.end("ann", round, players=("ann", "eve")),
    "points for oneself": lambda story, round: story.end("ann", round, right=(str(UUID(int=1)), "ann")),
    "votes of oneself": lambda story, round: story.begin(
        "ben", "sun", round, (story.say("ben", Skip("")), story.say("ben", Skip("")))
    ),
}


def going_on() -> tuple[Story, str]:
    """Ann draws, and it goes on; Ben and Carl are players since the round before."""
    story, _, end = one_round()
    last = story.say("ben", Pass(end, ("ann", "ben", "carl")))
    last = story.say("carl", Pass(last, ("ann", "ben", "carl")))
    return story, story.begin("ann", "cat", last)


@pytest.mark.parametrize("cheat", IN_A_ROUND)
def test_a_cheat_is_refused_and_counted(cheat: str) -> None:
    story, round = going_on()
    before, count = story.view(), len(story.records)
    assert before["refused"] == 0
    IN_A_ROUND[cheat](story, round)
    after = story.view()
    assert after["refused"] == 1
    votes = sum(isinstance(decoded(one.data), Skip) for one in story.records[count:])
    assert after == {**before, "refused": 1} and len(story.records) == count + 1 + votes


@pytest.mark.parametrize("cheat", ["beginning in another's round", "ending another's round"])
def test_a_turn_that_is_none_counts_without_the_rule(cheat: str, monkeypatch: pytest.MonkeyPatch) -> None:
    story, round = going_on()
    before = story.view()
    IN_A_ROUND[cheat](story, round)
    with monkeypatch.context() as unchecked:
        unchecked.setattr(drawing_rules, "against", lambda *_: "")
        assert {**story.view(), "refused": 0} != before


def test_who_has_not_the_turn_begins_no_round(monkeypatch: pytest.MonkeyPatch) -> None:
    story, _, end = one_round()
    before = story.view()
    story.begin("carl", "sun", end)
    with monkeypatch.context() as unchecked:
        unchecked.setattr(drawing_rules, "against", lambda *_: "")
        assert (story.view()["who"], story.view()["goes"]) == ("carl", True)
    assert story.view() == {**before, "refused": 1}


def test_a_stroke_and_a_guess_of_the_wrong_one_count_without_the_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    for cheat, where in (("drawing out of turn", "strokes"), ("guessing in one's own round", "guesses")):
        story, round = going_on()
        before = len(story.view()["round"][where])
        IN_A_ROUND[cheat](story, round)
        with monkeypatch.context() as unchecked:
            unchecked.setattr(drawing_rules, "may_add", lambda *_: True)
            assert len(story.view()["round"][where]) == before + 1
        assert len(story.view()["round"][where]) == before


def test_a_late_guess_is_shown_as_late_and_gets_nothing() -> None:
    story, round, _ = one_round()
    before = story.view()
    story.guess("carl", round, "cat", at=-1)  # whatever time it claims
    after = story.view()
    assert (after["scores"], after["who"], after["cheats"]) == (before["scores"], before["who"], [])
    assert [one["late"] for one in after["round"]["guesses"] if one["by"] == "carl"] == [True, False]


# ---- lies about the word ---------------------------------------------------------------------------------------------


def ended(word: str = "cat", *, begun: str = "cat", guesses: tuple[str, ...] = (), right: int | None = None) -> Story:
    """A round of Ann's with these guesses of Ben's, all of them heard, of which she calls one right."""
    story = Story()
    story.say("ben", Play())
    round = story.begin("ann", begun)
    heard = [story.guess("ben", round, words) for words in guesses]
    called = ("", "") if right is None else (heard[right], "ben")
    story.end("ann", round, *heard, word=word, right=called, players=("ann", "ben"))
    return story


LIES = {
    "another word than that of the beginning": (ended("sun"), "another word"),
    "another word, which a friend has guessed": (ended("sun", guesses=("sun",), right=0), "another word"),
    "a word that is none": (ended("xyzzy", begun="xyzzy"), "none of the game's"),
    "a wrong guess is right": (ended(guesses=("dog",), right=0), "called a guess right"),
    "a right guess is passed over": (ended(guesses=("cat",)), "passed over"),
    "an earlier one is passed over": (ended(guesses=("cat", "cat"), right=1), "passed over"),
}


@pytest.mark.parametrize("lie", LIES)
def test_who_lies_about_the_word_is_shown_as_a_cheat(lie: str, monkeypatch: pytest.MonkeyPatch) -> None:
    story, what = LIES[lie]
    view = story.view()
    ((by, said),) = [(one["by"], one["what"]) for one in view["cheats"]]
    assert by == "ann" and what in said and what in view["round"]["lie"]
    assert (view["scores"], view["round"]["winner"]) == ({}, "")
    assert not view["goes"]  # the game goes on
    with monkeypatch.context() as unchecked:
        unchecked.setattr(drawing_rules, "lies", lambda *_: iter(()))
        assert story.view()["cheats"] == []


def test_an_honest_end_is_no_lie() -> None:
    assert ended(guesses=("dog", "CAT"), right=1).view()["scores"] == {"ben": 2, "ann": 1}
    assert ended(guesses=("dog",)).view()["cheats"] == []


def test_who_changes_the_word_by_a_second_beginning_is_shown_as_a_cheat() -> None:
    """The one counts in which others have guessed, whatever time the second one claims."""
    story = Story()
    story.say("ben", Play())
    first = story.begin("ann", "cat")
    story.guess("ben", first, "dog")
    second = story.begin("ann", "sun", at=-5)
    story.end("ann", second, word="sun", players=("ann", "ben"))
    view = story.view()
    assert view["round"]["id"] == first
    assert view["cheats"] == [{"by": "ann", "what": "has begun two rounds at once"}]
    assert view["refused"] == 2


def test_two_ends_of_one_round_are_a_cheat_s() -> None:
    story, round, _ = one_round()
    story.end("ann", round)
    assert story.view()["cheats"] == [{"by": "ann", "what": "has ended a turn twice"}]
    assert story.view()["who"] == "ben"


def test_two_who_play_on_by_themselves_do_not_take_the_game_from_more() -> None:
    """A line of turns in which fewer take part does not count, however long it is."""
    story, _, end = one_round()
    second = story.begin("ben", "sun", end)
    for who in ("ann", "carl"):
        story.guess(who, second, "moon")
    last = end
    for drawer, other in (("ben", "ann"), ("ann", "ben"), ("ben", "ann")):
        round = story.begin(drawer, "fox", last, at=1)
        right = story.guess(other, round, "fox")
        last = story.end(drawer, round, right, word="fox", right=(right, other))
    assert story.game().turn.id == second
    assert {one["by"] for one in story.view()["cheats"]} == {"ben"}


# ---- who is not there ------------------------------------------------------------------------------------------------


def test_the_turn_of_who_is_not_there_is_given_on_by_more_than_half_of_the_others() -> None:
    story, round = going_on()
    first = story.say("ben", Skip(round))
    assert (story.view()["who"], story.view()["votes"], story.view()["needed"]) == ("ann", ["ben"], 2)
    story.begin("ben", "sun", round, (first,))
    assert story.view()["refused"] == 1  # one of two is not enough
    second = story.say("carl", Skip(round))
    assert (story.view()["who"], story.view()["goes"]) == ("ben", False)
    begun = story.begin("ben", "sun", round, (first, second))
    view = story.view()
    assert (view["round"]["id"], view["goes"], view["who"], view["cheats"]) == (begun, True, "ben", [])
    story.end("ann", round)  # too late
    assert story.view()["round"]["id"] == begun


def test_before_there_are_players_anybody_may_vote() -> None:
    story = Story()
    vote = story.say("ben", Skip(""))
    assert story.view()["who"] == "ben"
    round = story.begin("ben", "sun", "", (vote,))
    assert story.view()["round"]["id"] == round


def test_a_game_ends() -> None:
    story, last = Story(), ""
    for number in range(MOST_ROUNDS):
        round = story.begin("ann", WORDS[number], last)
        last = story.end("ann", round, word=WORDS[number], players=("ann",))
    assert story.view()["over"] and story.view()["cheats"] == []
    story.begin("ann", "sun", last)
    assert story.view()["refused"] == 1


# ---- requests --------------------------------------------------------------------------------------------------------


def test_requests_are_said_or_refused() -> None:
    story, round = going_on()
    stroke = {"color": 1, "width": 2, "dots": [1, 2, 3, 4]}

    def data(me: str, what: str, fields: dict[str, Any] | None = None) -> Said | None:
        return decoded(GAME.data(BEGUN, story.records, me, what, fields or {}))

    assert data("ann", "draw", stroke) == Stroke(round, 0, 1, 2, (1, 2, 3, 4))
    story.say("ann", Stroke(round, 0, 1, 2, (1, 2)))
    assert data("ann", "clear") == Clear(round, 0)
    story.say("ann", Clear(round, 0))
    assert story.view()["round"]["strokes"] == []
    assert data("ann", "draw", stroke) == Stroke(round, 1, 1, 2, (1, 2, 3, 4))
    assert data("ben", "guess", {"words": "dog"}) == Guess(round, "dog")
    assert data("dora", "play") == Play()
    assert data("ben", "skip") == Skip(round)
    refused: list[tuple[str, str, dict[str, Any], str]] = [
        ("ann", "guess", {"words": "cat"}, "the others guess"),
        ("ben", "draw", stroke, "another one's turn"),
        ("ben", "clear", {}, "another one's turn"),
        ("ann", "draw", {**stroke, "dots": [1]}, "not on the paper"),
        ("ann", "draw", {**stroke, "dots": [1, 900]}, "not on the paper"),
        ("ben", "play", {}, "already"),
        ("ben", "pass", {}, "not your turn"),
        ("ann", "skip", {}, "your own turn"),
    ]
    for me, what, fields, why in refused:
        with pytest.raises(Refused, match=why):
            data(me, what, fields)
    with pytest.raises(Refused, match="no round"):
        GAME.data(BEGUN, [], "ben", "guess", {"words": "x"})
    with pytest.raises(Refused, match="nobody else"):
        GAME.data(BEGUN, [], "ann", "pass", {})


def test_strokes_and_guesses_of_a_round_are_bounded() -> None:
    story, round = going_on()
    for number in range(MOST_STROKES + 2):
        story.say("ann", Stroke(round, number, 0, 1, (1, 1)))
    for _ in range(MOST_GUESSES + 2):
        story.guess("ben", round, "dog")
    view = story.view()
    drawn, guessed = view["round"]["strokes"], view["round"]["guesses"]
    assert (len(drawn), len(guessed), view["refused"]) == (MOST_STROKES, MOST_GUESSES, 4)
    for me, what, fields in (
        ("ann", "draw", {"color": 0, "width": 1, "dots": [1, 1]}),
        ("ben", "guess", {"words": "x"}),
    ):
        with pytest.raises(Refused):
            GAME.data(BEGUN, story.records, me, what, fields)


# ---- whatever comes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"", b"{}", b'{"is": "play", "more": 1}'])
def test_what_is_unsound_is_passed_over_and_counted(data: bytes) -> None:
    story, _, _ = one_round()
    before = story.view()
    story.say("eve", data)
    assert story.view() == {**before, "refused": 1}


@settings(max_examples=60)
@given(st.randoms(), st.integers(0, 3))
def test_the_order_in_which_records_come_does_not_matter(chance: random.Random, cheats: int) -> None:
    story, round = going_on()
    for cheat in chance.sample(list(IN_A_ROUND), cheats):
        IN_A_ROUND[cheat](story, round)
    before = story.view()
    chance.shuffle(story.records)
    assert story.view() == before


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.sampled_from(["ann", "ben", "eve"]), st.binary(max_size=80) | SAID.map(encoded)), max_size=8)
)
def test_whatever_comes_the_game_stands(more: list[tuple[str, bytes]]) -> None:
    story, _, _ = one_round()
    before = story.view()
    for by, data in more:
        story.say(by, data)
    after = story.view()
    assert (after["scores"], after["round"]["word"], after["who"]) == (before["scores"], "cat", before["who"])
