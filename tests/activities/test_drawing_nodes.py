"""Draw and guess at three members, each a node of its graph: a cheat's record counts nowhere, all see who lies."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
import trio

from peerapi import Graph
from peerapi.activities import drawing_rules, drawing_table
from peerapi.activities.drawing import DrawAndGuess
from peerapi.activities.drawing_records import Begin, End, Guess, Said, Stroke, encoded
from peerapi.activities.drawing_table import DrawingTable
from peerapi.activities.drawing_words import WORDS, commitment
from peerapi.pages.requests import Refused
from peerapi.store.data_folder import data_folder
from tests.activities.test_nodes import Member, played, three

SALT = "00" * 16


def table(member: Member, id: UUID) -> DrawingTable:
    found = member.running(id).beside
    assert isinstance(found, DrawingTable)
    return found


async def offered(member: Member, id: UUID) -> list[str]:
    """The words from which somebody may choose, as soon as it is their turn."""
    running = member.running(id)
    with running.broadcast.subscribe() as news:
        while not table(member, id).view()["offers"]:
            await news.receive()
    return list(table(member, id).view()["offers"])


async def forge(member: Member, id: UUID, said: Said) -> None:
    """A program that somebody has changed asks no rules."""
    graph: Graph | None = member.running(id)._graph
    assert graph is not None
    await graph.add(DrawAndGuess.record, encoded(said))


async def begun(ann: Member, *others: Member) -> UUID:
    await ann.until(lambda: ann.beside.is_ready)
    game = await ann.beside.begin(DrawAndGuess.kind)
    for other in others:
        assert (await other.listed(1))[0]["title"] == "Draw and guess"
        await other.beside.open(game)
        await other.running(game)._has_read.wait()
    return game


def test_who_guesses_first_gets_the_points_and_draws_next(tmp_path: Path) -> None:
    async def main() -> None:
        async with three(tmp_path) as (ann, ben, carl):
            game = await begun(ann, ben, carl)
            words = await offered(ann, game)
            assert len(words) == 3 and set(words) <= set(WORDS)
            with pytest.raises(Refused, match="not your turn"):
                await ben.running(game).ask("begin", {"word": words[0]})
            with pytest.raises(Refused, match="not your turn"):
                other = next(word for word in WORDS if word not in words)
                await ann.running(game).ask("begin", {"word": other})
            await ann.running(game).ask("begin", {"word": words[0]})
            assert table(ann, game).view() == {"word": words[0], "offers": []}
            await ann.running(game).ask("draw", {"color": 0, "width": 1, "dots": [1, 2, 3, 4]})
            for member in (ben, carl):
                view = await member.sees(game, lambda view: view["round"] and view["round"]["strokes"])
                assert (view["round"]["word"], table(member, game).view()) == ("", {"word": "", "offers": []})
                records = member.running(game).records()
                assert f'"{words[0]}"'.encode() not in b"".join(one.data for one in records)
            await carl.running(game).ask("guess", {"words": "a mouse on a bicycle"})
            await ben.running(game).ask("guess", {"words": words[0].upper()})
            for member in (ann, ben, carl):
                view = await member.sees(game, lambda view: view["round"]["word"])
                me = ben.running(game).me
                assert (view["round"]["winner"], view["who"], view["scores"][me]) == (me, me, 2)
                assert (view["cheats"], view["refused"]) == ([], 0)
            word = (await offered(ben, game))[0]
            await ben.running(game).ask("begin", {"word": word})
            assert list((data_folder() / "activities").glob("*/word.json"))
            await ben.running(game).ask("stop", {})
            assert list((data_folder() / "activities").iterdir()) == []  # nothing is left of a word that was said
            view = await ann.sees(game, lambda view: view["round"]["word"] == word)
            assert (view["round"]["winner"], len(view["players"])) == ("", 3)
            with pytest.raises(Refused, match="do not draw"):
                await ben.running(game).ask("stop", {})

    played(main)


def test_cheats_count_nowhere_and_who_lies_about_the_word_is_shown_by_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        async with three(tmp_path) as (ann, ben, carl):
            game = await begun(ann, ben, carl)
            me = ann.running(game).me
            await forge(ann, game, Begin(commitment(me, "", SALT, "cat"), ""))
            round = (await carl.sees(game, lambda view: view["goes"]))["round"]["id"]
            await ben.sees(game, lambda view: view["goes"])
            before = carl.running(game).state()["view"]
            await forge(ben, game, Stroke(round, 1, 3, 3, (0, 0, 1000, 750)))
            await forge(ben, game, Begin(commitment(ben.running(game).me, "", SALT, "sun"), ""))
            await forge(ben, game, End(round, "cat", SALT, (), "", "", (me,)))
            await forge(ann, game, Guess(round, "cat"))
            for member in (ann, ben, carl):
                view = await member.sees(game, lambda view: view["refused"] == 4)
                assert view == {**before, "refused": 4}
            with monkeypatch.context() as unchecked:
                unchecked.setattr(drawing_rules, "may_add", lambda *_: True)
                shown = carl.running(game).state()["view"]["round"]
                assert len(shown["strokes"]) == len(shown["guesses"]) == 1

            # Carl has guessed it, and Ann says that it was another word.
            await carl.running(game).ask("guess", {"words": "cat"})
            view = await ann.sees(game, lambda view: view["players"][1:])
            await forge(ann, game, End(round, "sun", SALT, (), "", "", tuple(view["players"])))
            for member in (ann, ben, carl):
                view = await member.sees(game, lambda view: view["cheats"])
                assert [one["by"] for one in view["cheats"]] == [me]
                assert "another word than the one of the beginning" in view["cheats"][0]["what"]
                assert view["scores"] == {} and not view["goes"]

    played(main)


def test_a_round_that_nobody_guesses_ends_and_its_word_outlives_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        async with three(tmp_path) as (ann, ben, _):
            game = await begun(ann, ben)
            word = (await offered(ann, game))[0]
            await ann.running(game).ask("begin", {"word": word})
            again = DrawingTable(ann.running(game))  # the program was started anew
            assert again.view()["word"] == ""
            monkeypatch.setattr(drawing_table, "LASTS", 0.0)
            async with trio.open_nursery() as nursery:
                graph = ann.running(game)._graph
                assert graph is not None
                nursery.start_soon(again.run, graph)
                view = await ben.sees(game, lambda view: view["round"] and view["round"]["word"])
                nursery.cancel_scope.cancel()
            assert (view["round"]["word"], view["round"]["winner"], view["cheats"]) == (word, "", [])

    played(main)
