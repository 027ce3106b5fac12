"""Draw and guess: one draws a word, the others guess it, and whoever guesses first draws next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from peerapi import Record
from peerapi.activities.activity import Activity, Begun, Beside, Table
from peerapi.activities.drawing_records import (
    COLORS,
    HIGH,
    MOST_DOTS,
    MOST_WORDS,
    WIDE,
    WIDTHS,
    Clear,
    End,
    Guess,
    Pass,
    Play,
    Said,
    Skip,
    Stroke,
    encoded,
)
from peerapi.activities.drawing_rules import MOST_GUESSES, MOST_ROUNDS, MOST_STROKES, Game, Round, judged, needed
from peerapi.activities.drawing_table import DrawingTable
from peerapi.activities.drawing_words import WORDS
from peerapi.pages.requests import Language, Refused, a_line, a_number, one_of, several


class DrawAndGuess(Activity):
    kind = "draw-and-guess"
    title = "Draw and guess"
    record = UUID("3e0c5b7a-91d4-4f0e-a852-6d1fc03977d4")
    script = "drawing.js"
    language = Language(
        {
            "begin": {"word": "word"},
            "stop": {},
            "play": {},
            "pass": {},
            "skip": {},
            "draw": {"color": "color", "width": "width", "dots": "dots"},
            "clear": {},
            "guess": {"words": "words"},
        },
        {
            "word": one_of(*WORDS),
            "color": a_number(0, COLORS - 1),
            "width": a_number(1, WIDTHS),
            "dots": several(a_number(0, WIDE), 2, 2 * MOST_DOTS),
            "words": a_line(MOST_WORDS),
        },
        {"words": f"a guess is one line of up to {MOST_WORDS} letters"},
    )

    def view(self, begun: Begun, records: Sequence[Record]) -> Mapping[str, Any]:
        """``who`` draws, now or next; ``round``: the one that goes on, or the last; so many ``votes`` are ``needed`` by
        which the turn is given on."""
        game = judged(begun.by, records)
        return {
            "players": list(game.players),
            "who": game.who,
            "over": game.is_over,
            "number": len(game.rounds),
            "most": MOST_ROUNDS,
            "round": _shown(game.rounds[-1]) if game.rounds else None,
            "goes": game.round is not None and not game.is_skipped,
            "votes": list(game.votes),
            "needed": needed(game.turn),
            "scores": game.scores,
            "cheats": [{"by": by, "what": what} for by, what in game.cheats],
            "refused": game.refused,
        }

    def data(self, begun: Begun, records: Sequence[Record], me: str, what: str, fields: Mapping[str, Any]) -> bytes:
        return encoded(_said(judged(begun.by, records), me, what, fields))

    def beside(self, table: Table) -> Beside:
        return DrawingTable(table)


def _shown(found: Round) -> dict[str, Any]:
    end = found.end.said if found.end is not None and isinstance(found.end.said, End) else None
    return {
        "id": found.id,
        "drawer": found.drawer,
        "strokes": [[one.color, one.width, *one.dots] for one in found.drawn],
        "guesses": [
            {
                "by": one.by,
                "words": one.said.words,
                "right": end is not None and not found.lie and end.right == one.id,
                "late": end is not None and one.id not in end.heard,
            }
            for one in found.guesses
            if isinstance(one.said, Guess)
        ],
        "word": "" if end is None else end.word,
        "lie": found.lie,
        "winner": found.winner,
    }


def _said(game: Game, me: str, what: str, fields: Mapping[str, Any]) -> Said:
    """What a request says. Raises Refused."""
    found = game.round
    if what == "play":
        if me in game.players:
            raise Refused("you are among the players already")
        return Play()
    if what == "pass":
        if found is not None or me != game.turn.who:
            raise Refused("it is not your turn")
        if len(game.players) < 2:
            raise Refused("nobody else is there yet who could draw")
        return Pass(game.turn.id, game.players)
    if what == "skip":
        if me == game.turn.who:
            raise Refused("it is your own turn")
        if me in game.votes or game.is_over:
            raise Refused("you have said so already")
        return Skip(game.turn.id)
    if found is None:
        raise Refused("no round goes on")
    if what == "guess":
        if me == found.drawer:
            raise Refused("you draw, and the others guess")
        if sum(one.by == me for one in found.guesses) >= MOST_GUESSES:
            raise Refused(f"you have guessed {MOST_GUESSES} times in this round")
        return Guess(found.id, fields["words"])
    if me != found.drawer:
        raise Refused("it is another one's turn to draw")
    number = 1 + max([found.cleared, *(one.number for one in found.strokes)])
    if what == "clear":
        return Clear(found.id, max(0, number - 1))
    dots = tuple(fields["dots"])
    if len(dots) % 2 or max(dots[1::2]) > HIGH:
        raise Refused("that is not on the paper")
    if len(found.strokes) >= MOST_STROKES:
        raise Refused(f"a drawing has up to {MOST_STROKES} strokes")
    return Stroke(found.id, number, fields["color"], fields["width"], dots)
