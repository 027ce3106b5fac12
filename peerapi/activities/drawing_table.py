"""A drawing-and-guessing game that is open here: the word of this node's user, and whether a guess is right.

The word is kept on disk until its round is over, readable by this user alone, so that who draws can end the round also
when the program was started anew.
"""

from __future__ import annotations

import contextlib
import json
import math
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import trio

from peerapi import Graph, PeerError, Record, private
from peerapi.activities.activity import Beside, Table
from peerapi.activities.drawing_records import MOST_HEARD, Begin, End, Guess, encoded
from peerapi.activities.drawing_rules import MOST_ROUNDS, Game, Round, enough, judged
from peerapi.activities.drawing_words import WORDS, commitment, is_right
from peerapi.files import folders
from peerapi.pages.requests import Refused

LASTS = 180.0
"Seconds after which whoever draws ends the round, if nobody has guessed the word."
OFFERED = 3
"Words to choose from."
OPENING = 10.0
"Seconds in which the game is opened, for who asks at once."
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"Seconds before an end that could not be said is tried again, twice as many each time."


class DrawingTable(Beside):
    answers = frozenset({"begin", "stop"})

    def __init__(self, table: Table) -> None:
        self._table = table
        self._read: Sequence[Record] | None = None
        self._known: Game | None = None
        self._news = trio.Event()
        self._opened = trio.Event()
        self._ending = trio.Lock()
        self._secret: dict[str, str] = {}
        "``after``, ``salt`` and ``word`` of the round that this user has begun last."
        self._offers: tuple[str, list[str]] = "", []
        "After which turn, and the words."
        self._heard: tuple[str, list[str]] = "", []
        "In which round, and the guesses in the order in which they have come here."
        self._right: tuple[str, str] = "", ""
        "The first of them that was right, and who has made it."
        self._since: tuple[str, float] = "", math.inf
        "Which round of this user's goes on, and since when."
        self._not_before, self._pause = -math.inf, FIRST_PAUSE
        "When its end is tried again, where it could not be said."
        self._ended = ""
        "Of which round the end was said last: once, whatever the others make of it."

    async def run(self, graph: Graph) -> None:
        self._secret = await trio.to_thread.run_sync(self._load)
        self._opened.set()
        while True:
            await self._hear()
            with trio.move_on_at(self._due):
                await self._news.wait()
            self._news = trio.Event()

    def note_records(self) -> None:
        self._news.set()

    def view(self) -> Mapping[str, Any]:
        """``word``: the one that this user draws; ``offers``: those from which to choose when it is their turn."""
        game = self._game()
        mine = self._mine(game)
        return {"word": "" if mine is None else self._secret["word"], "offers": self._offered(game)}

    async def ask(self, what: str, fields: Mapping[str, Any]) -> None:
        with trio.move_on_after(OPENING):
            await self._opened.wait()
        if not self._opened.is_set():
            raise Refused("the game is still being opened")
        async with self._ending:
            game = self._game()
            if what == "stop":
                await self._end(game)
            elif fields["word"] in self._offered(game):
                await self._begin(game, fields["word"])
            else:
                raise Refused("it is not your turn")

    async def _begin(self, game: Game, word: str) -> None:
        votes = enough(game.turn, game.votes) if game.is_skipped else ()
        secret = {"after": game.turn.id, "salt": secrets.token_hex(16), "word": word}
        try:
            await trio.to_thread.run_sync(self._save, secret)  # before anybody knows of the round
        except (OSError, PeerError) as error:
            raise Refused(f"the word could not be kept on this machine: {error}") from error
        self._secret = secret
        committed = commitment(self._table.me, secret["after"], secret["salt"], word)
        await self._table.publish(encoded(Begin(committed, secret["after"], votes)))
        self._news.set()

    # ---- the end of a round ----

    async def _hear(self) -> None:
        """Take the guesses that have come, and end the round with the first that is right, or when its time is over."""
        async with self._ending:
            game = self._game()
            mine = self._mine(game)
            if mine is None:
                self._since = "", math.inf
                return
            if self._since[0] != mine.id:
                self._since = mine.id, trio.current_time()
                self._heard, self._right = (mine.id, []), ("", "")
                self._not_before, self._pause = -math.inf, FIRST_PAUSE
                self._table.tell_beside()
            self._listen(mine)
            if trio.current_time() >= self._due:
                try:
                    await self._end(game)
                except Refused:  # nobody could be reached just now
                    self._not_before = trio.current_time() + self._pause
                    self._pause = min(2 * self._pause, LONGEST_PAUSE)

    @property
    def _due(self) -> float:
        """When the round is to be ended, in seconds of trio's clock."""
        return max(self._not_before, self._since[1] + (0 if self._right[0] else LASTS))

    def _listen(self, mine: Round) -> None:
        heard = self._heard[1]
        for one in mine.guesses:
            if self._right[0] or len(heard) >= MOST_HEARD:
                return
            if one.id not in heard and isinstance(one.said, Guess):
                heard.append(one.id)
                if is_right(one.said.words, self._secret["word"]):
                    self._right = one.id, one.by

    async def _end(self, game: Game) -> None:
        """Raises Refused."""
        mine = self._mine(game)
        if mine is None:
            raise Refused("you do not draw just now")
        is_known = self._heard[0] == mine.id
        heard, right = (tuple(self._heard[1]), self._right) if is_known else ((), ("", ""))
        end = End(mine.id, self._secret["word"], self._secret["salt"], heard, *right, game.players)
        await self._table.publish(encoded(end))
        self._ended = mine.id
        self._table.tell_beside()
        await trio.to_thread.run_sync(self._forget)

    # ---- what is known ----

    def _game(self) -> Game:
        records = self._table.records()
        if self._known is None or records is not self._read:
            self._read, self._known = records, judged(self._table.begun.by, records)
        return self._known

    def _mine(self, game: Game) -> Round | None:
        """The round that goes on, when this user draws in it and the word is here."""
        found, me = game.round, self._table.me
        if found is None or found.drawer != me or not self._secret or found.id == self._ended:
            return None
        secret = self._secret
        is_its = commitment(me, found.after, secret["salt"], secret["word"]) == found.commitment
        return found if is_its else None

    def _offered(self, game: Game) -> list[str]:
        is_turn = game.who == self._table.me and (game.round is None or game.is_skipped)
        if not self._opened.is_set() or not is_turn or len(game.rounds) >= MOST_ROUNDS:
            return []
        if self._offers[0] != game.turn.id or not self._offers[1]:
            self._offers = game.turn.id, secrets.SystemRandom().sample(WORDS, OFFERED)
        return self._offers[1]

    # ---- the word on disk ----

    def _path(self) -> Path:
        return folders.activity(self._table.begun.graph_id, self._table.me) / "word.json"

    def _load(self) -> dict[str, str]:
        try:
            found: Any = json.loads(self._path().read_bytes())
        except (OSError, ValueError, PeerError):
            self._forget()
            return {}
        fields = ("after", "salt", "word")
        is_sound = isinstance(found, dict) and all(isinstance(found.get(one), str) for one in fields)
        return {one: found[one] for one in fields} if is_sound else {}

    def _save(self, secret: dict[str, str]) -> None:
        """Raises OSError."""
        private.replace(self._path(), json.dumps(secret))

    def _forget(self) -> None:
        """Leave nothing of it behind."""
        with contextlib.suppress(OSError, PeerError):
            path = self._path()
            path.unlink(missing_ok=True)
            path.parent.rmdir()
