"""Four in a row: seven columns of six places, and whoever has four beside one another has won.

A move is a record that has the columns of the whole game so far, its own at the end. It counts where it goes on from a
game that the other player has published, and is the turn of who made it; everything else is refused by every node, and
counted. Of two moves that go on from the same game the one counts that the other player has answered, and before that
the earlier one. A move that was seen stays, whatever its maker does to the record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from peerapi import Record
from peerapi.activities.activity import Activity, Begun
from peerapi.pages.requests import Language, Refused, a_number

COLUMNS, ROWS, WINNING = 7, 6, 4
Game = tuple[int, ...]
"The columns of the moves, in their order."


class Standing(NamedTuple):
    """How a game stands that counts."""

    game: Game
    players: tuple[str, ...]
    "Those who have moved: who has begun, and who has answered."


class FourInARow(Activity):
    kind = "four-in-a-row"
    title = "Four in a row"
    record = UUID("3e0c5b7a-91d4-4f0e-a852-6d1fc03977c1")
    script = "four_in_a_row.js"
    language = Language({"move": {"column": "column"}}, {"column": a_number(0, COLUMNS - 1)})

    def view(self, begun: Begun, records: Sequence[Record]) -> Mapping[str, Any]:
        """``cells``: 0, or 1 and 2 for the players, column by column from below; ``turn``: the peer who moves next,
        empty for whoever is the second one, None when it is over."""
        standing, refused = judged(begun.by, records)
        row = winning(standing.game)
        over = bool(row) or len(standing.game) == COLUMNS * ROWS
        players = [begun.by, *standing.players[1:2]]
        turn = (len(standing.game) % 2) if not over else None
        return {
            "cells": [(cell + 1 if cell is not None else 0) for column in columns(standing.game) for cell in column],
            "players": players,
            "turn": None if turn is None else players[turn] if turn < len(players) else "",
            "winner": players[(len(standing.game) - 1) % 2] if row else None,
            "row": [column * ROWS + place for column, place in row],
            "refused": refused,
        }

    def data(self, begun: Begun, records: Sequence[Record], me: str, what: str, fields: Mapping[str, Any]) -> bytes:
        standing, _ = judged(begun.by, records)
        reason = against(begun.by, standing, me, fields["column"])
        if reason:
            raise Refused(reason)
        return bytes([*standing.game, fields["column"]])


def judged(beginner: str, records: Sequence[Record]) -> tuple[Standing, int]:
    """How the game stands that counts, and how many records were refused."""
    counting: dict[Game, Standing] = {(): Standing((), ())}
    best = counting[()]
    refused = 0
    for record in sorted(records, key=lambda one: len(one.data)):  # of one length they stay in their order
        game = tuple(record.data)
        before = counting.get(game[:-1]) if 0 < len(game) <= COLUMNS * ROWS else None
        if before is None or against(beginner, before, record.creator, game[-1]):
            refused += 1
        elif game not in counting:
            counting[game] = Standing(game, (*before.players, record.creator)[:2])
            best = max(best, counting[game], key=lambda one: len(one.game))
    return best, refused


def against(beginner: str, standing: Standing, mover: str, column: int) -> str:
    """Why somebody cannot move there; empty when they can."""
    turn = len(standing.game) % 2
    players = standing.players or (beginner,)
    if winning(standing.game):
        return "the game is over"
    if (mover != players[turn]) if turn < len(players) else (mover == beginner):
        return "it is not your turn"
    if not 0 <= column < COLUMNS or standing.game.count(column) >= ROWS:
        return "there is no room in that column"
    return ""


def columns(game: Game) -> list[list[int | None]]:
    """Whose each place is, of the first player's (0) and the second's; from below."""
    found: list[list[int | None]] = [[None] * ROWS for _ in range(COLUMNS)]
    for number, column in enumerate(game):
        found[column][found[column].index(None)] = number % 2
    return found


def winning(game: Game) -> list[tuple[int, int]]:
    """The places of the row that the last move has made, column and height; empty when it has made none."""
    if not game:
        return []
    places = columns(game)
    column, height = game[-1], game.count(game[-1]) - 1
    player = places[column][height]
    for right, up in ((1, 0), (0, 1), (1, 1), (1, -1)):
        row = [(column, height)]
        for way in (1, -1):
            x, y = column + way * right, height + way * up
            while 0 <= x < COLUMNS and 0 <= y < ROWS and places[x][y] == player:
                row.append((x, y))
                x, y = x + way * right, y + way * up
        if len(row) >= WINNING:
            return sorted(row)
    return []
