"""The rules of a drawing-and-guessing game: what its records mean together, whoever has made them.

The turns are a chain: each one names the one that it follows. Whoever has the turn begins a round with a commitment to
its word, draws, and ends it with the word, which everybody checks against the commitment, and with the guess that was
right first, which everybody has. Next draws who has guessed it, else the next of the players. Of two turns that follow
the same one those count in which more people take part, then those that go on longer, then the earlier; whoever makes
two of them is shown as a cheat, because their own signed records prove it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from peerapi import Record
from peerapi.activities.drawing_records import (
    MOST_HEARD,
    MOST_PLAYERS,
    Begin,
    Clear,
    End,
    Guess,
    One,
    Pass,
    Play,
    Skip,
    Stroke,
    read,
)
from peerapi.activities.drawing_words import WORDS, commitment, is_right

MOST_ROUNDS = 12
MOST_STROKES = 300
"Records of strokes of one round."
MOST_GUESSES = 40
"Of one member in one round."
MOST_TURNS = 200
FOR_GUESSING, FOR_DRAWING = 2, 1
"Points of who guesses first, and of who has drawn what was guessed."


class Turn(NamedTuple):
    """How it stands after a record of the chain, or at the beginning: ``one`` None."""

    one: One | None
    who: str
    "Who draws: now, when a round has begun, else next."
    players: tuple[str, ...]
    rounds: int
    turns: int

    @property
    def id(self) -> str:
        return "" if self.one is None else self.one.id

    @property
    def is_round(self) -> bool:
        return self.one is not None and isinstance(self.one.said, Begin)


@dataclass
class Round:
    """One that was begun."""

    id: str
    drawer: str
    commitment: str
    after: str
    strokes: list[Stroke] = field(default_factory=list)
    cleared: int = -1
    "Strokes up to that number are gone."
    guesses: list[One] = field(default_factory=list)
    "In the order of their records."
    end: One | None = None
    lie: str = ""
    "What is wrong with its end; nobody gets a point then."

    @property
    def drawn(self) -> list[Stroke]:
        """What is to be seen, in its order."""
        return sorted((one for one in self.strokes if one.number > self.cleared), key=lambda one: one.number)

    @property
    def winner(self) -> str:
        return self.end.said.by if self.end is not None and isinstance(self.end.said, End) and not self.lie else ""


@dataclass
class Game:
    """The game as it stands."""

    turn: Turn
    rounds: list[Round] = field(default_factory=list)
    scores: dict[str, int] = field(default_factory=dict)
    cheats: list[tuple[str, str]] = field(default_factory=list)
    "Who, and what they have done."
    votes: dict[str, str] = field(default_factory=dict)
    "Who has voted that whoever has the turn is not there -> the record."
    waiting: list[str] = field(default_factory=list)
    "Who has come since the players were told."
    refused: int = 0

    @property
    def round(self) -> Round | None:
        """The one that goes on."""
        return self.rounds[-1] if self.turn.is_round else None

    @property
    def is_over(self) -> bool:
        return not self.turn.is_round and self.turn.rounds >= MOST_ROUNDS

    @property
    def players(self) -> tuple[str, ...]:
        return (*self.turn.players, *self.waiting)[:MOST_PLAYERS]

    @property
    def is_skipped(self) -> bool:
        """Whether so many have voted that the turn is the next one's."""
        return is_enough(self.turn, self.votes)

    @property
    def who(self) -> str:
        """Who draws, now or next."""
        return after(with_voters(self.turn, self.votes), self.turn.who) if self.is_skipped else self.turn.who


# ---- turns -----------------------------------------------------------------------------------------------------------


def after(players: Sequence[str], who: str) -> str:
    """The next of them."""
    return players[(players.index(who) + 1) % len(players)] if who in players else players[0]


def with_voters(turn: Turn, voters: Sequence[str] | dict[str, str]) -> tuple[str, ...]:
    return (*turn.players, *sorted(set(voters) - set(turn.players)))[:MOST_PLAYERS]


def needed(turn: Turn) -> int:
    """Votes by which the turn is given on: more than half of the other players'."""
    return max(0, len(turn.players) - 1) // 2 + 1


def is_enough(turn: Turn, voters: Sequence[str] | dict[str, str]) -> bool:
    """Where nobody else is a player yet, anybody may vote."""
    others = set(turn.players) - {turn.who}
    return len(set(voters) & others if others else set(voters) - {turn.who}) >= needed(turn)


def enough(turn: Turn, votes: dict[str, str]) -> tuple[str, ...]:
    """Of the votes (who -> the record) as many as a record names, the players' first: by them the turn is given on."""
    voters = sorted(votes, key=lambda who: (who not in turn.players, who))
    return tuple(sorted(votes[who] for who in voters[:MOST_PLAYERS]))


class _Facts:
    """What was said, by what it is about."""

    def __init__(self, said: Sequence[One]) -> None:
        self.by_id = {one.id: one for one in said}
        self.order = {one.id: place for place, one in enumerate(said)}
        self.following: dict[str, list[One]] = {}
        self.guesses: dict[str, list[One]] = {}
        self.votes: dict[str, dict[str, str]] = {}
        self.present: list[str] = []
        for one in said:
            match one.said:
                case Begin(after=place) | Pass(after=place) | End(round=place):
                    self.following.setdefault(place, []).append(one)
                case Guess(round=place):
                    self.guesses.setdefault(place, []).append(one)
                case Skip(after=place):
                    self.votes.setdefault(place, {}).setdefault(one.by, one.id)
            if isinstance(one.said, Play | Guess) and one.by not in self.present:
                self.present.append(one.by)

    def turn_after(self, turn: Turn, one: One) -> Turn | None:
        """How it stands after a record that follows that turn; None when it may not."""
        reason = against(turn, one, self)
        if reason:
            return None
        match one.said:
            case Begin(votes=votes):
                voters = [self.by_id[vote].by for vote in votes]
                return Turn(one, one.by, with_voters(turn, voters), turn.rounds + 1, turn.turns + 1)
            case End(right=right, by=by, players=players):
                who = by if right and by in players else after(players, turn.who)
                return Turn(one, who, players, turn.rounds, turn.turns + 1)
            case Pass(players=players):
                return Turn(one, after(players, turn.who), players, turn.rounds, turn.turns + 1)
        return None


def against(turn: Turn, one: One, facts: _Facts) -> str:
    """Why a record cannot follow that turn; empty when it can."""
    if turn.turns >= MOST_TURNS:
        return "the game is over"
    match one.said:
        case Begin(votes=votes):
            if turn.rounds >= MOST_ROUNDS:
                return "the game is over"
            if not votes:
                return "two rounds at once" if turn.is_round else "it is another one's turn" * (one.by != turn.who)
            found = [facts.by_id.get(vote) for vote in votes]
            cast = [vote for vote in found if vote is not None and vote.said == Skip(turn.id)]
            voters = [vote.by for vote in cast]
            if len(cast) != len(votes) or not is_enough(turn, voters):
                return "those votes are not enough"
            return "it is another one's turn" * (one.by != after(with_voters(turn, voters), turn.who))
        case End(right=right, by=by, players=players):
            if not turn.is_round or one.by != turn.who:
                return "only who draws ends a round"
            if bool(right) != bool(by) or by == turn.who:  # whoever guesses it need not be one of so many players
                return "nobody of them has guessed"
            return _against_players(turn, players, facts)
        case Pass(players=players):
            if turn.is_round or one.by != turn.who:
                return "it is another one's turn"
            return _against_players(turn, players, facts) or "there is nobody else" * (len(players) < 2)
    return "that is no turn"


def _against_players(turn: Turn, players: tuple[str, ...], facts: _Facts) -> str:
    if players[: len(turn.players)] != turn.players or len(set(players)) != len(players):
        return "those are other players"
    return "" if set(players[len(turn.players) :]) <= set(facts.present) else "that is no player"


# ---- the game --------------------------------------------------------------------------------------------------------


def judged(beginner: str, records: Sequence[Record]) -> Game:
    """The game that counts, and what was refused."""
    said, refused = read(records)
    facts = _Facts(said)
    cheats: list[tuple[str, str]] = []
    chain = _chain(Turn(None, beginner, (beginner,), 0, 0), facts, cheats)
    game = Game(chain[-1], refused=refused, cheats=cheats)
    rounds: dict[str, Round] = {}
    for turn in chain[1:]:
        assert turn.one is not None
        match turn.one.said:
            case Begin(commitment=committed, after=place):
                rounds[turn.id] = Round(turn.id, turn.one.by, committed, place)
            case End(round=place):
                rounds[place].end = turn.one
    counted = {turn.id for turn in chain}
    for one in said:
        game.refused += not _placed(one, rounds, facts, counted)
    for found in rounds.values():
        _score(found, game, facts)
    game.rounds = list(rounds.values())
    game.votes = {by: vote for by, vote in facts.votes.get(game.turn.id, {}).items() if by != game.turn.who}
    game.waiting = [one for one in facts.present if one not in game.turn.players]
    return game


def _chain(start: Turn, facts: _Facts, cheats: list[tuple[str, str]]) -> list[Turn]:
    """The turns that count, from the beginning on."""
    below: dict[str, list[Turn]] = {}
    order = [start]
    for turn in order:  # it grows; a record follows one other, so each comes once
        for one in facts.following.get(turn.id, ()):
            found = facts.turn_after(turn, one)
            if found is not None:
                below.setdefault(turn.id, []).append(found)
                order.append(found)
    people: dict[str, set[str]] = {}
    length: dict[str, int] = {}
    best: dict[str, Turn] = {}
    for turn in reversed(order):
        nexts = below.get(turn.id, [])
        people[turn.id] = _taking_part(turn, facts).union(*(people[one.id] for one in nexts))
        if nexts:
            best[turn.id] = max(nexts, key=lambda one: (len(people[one.id]), length[one.id], -facts.order[one.id]))
        length[turn.id] = 1 + max((length[one.id] for one in nexts), default=0)
    for turn in order:
        made = [(one.one.by, type(one.one.said)) for one in below.get(turn.id, []) if one.one and not _has_votes(one)]
        for by, kind in dict.fromkeys(made):
            cheat = by, "has begun two rounds at once" if kind is Begin else "has ended a turn twice"
            if made.count((by, kind)) > 1 and cheat not in cheats:
                cheats.append(cheat)
    chain = [start]
    while chain[-1].id in best:
        chain.append(best[chain[-1].id])
    return chain


def _has_votes(turn: Turn) -> bool:
    return turn.one is not None and isinstance(turn.one.said, Begin) and bool(turn.one.said.votes)


def _taking_part(turn: Turn, facts: _Facts) -> set[str]:
    """Who has had to do with it: has made it, voted for it, or guesses in it."""
    if turn.one is None:
        return set()
    found = {turn.one.by, *(one.by for one in facts.guesses.get(turn.id, ()))}
    if isinstance(turn.one.said, Begin):
        found |= {facts.by_id[vote].by for vote in turn.one.said.votes}
    return found


def _placed(one: One, rounds: dict[str, Round], facts: _Facts, counted: set[str]) -> bool:
    """Put a stroke or a guess where it belongs; False for what is refused."""
    match one.said:
        case Play() | Skip():
            return True
        case Begin() | End() | Pass():
            return one.id in counted
    place = one.said.round
    found = rounds.get(place)
    if found is None:
        return place not in facts.by_id  # of what its round is nothing is known yet
    if not may_add(one, found):
        return False
    match one.said:
        case Guess():
            found.guesses.append(one)
        case Stroke():
            found.strokes.append(one.said)
        case Clear(number=number):
            found.cleared = max(found.cleared, number)
    return True


def may_add(one: One, found: Round) -> bool:
    """Whether its maker may add that stroke or guess to a round."""
    if isinstance(one.said, Guess):
        return one.by != found.drawer and sum(other.by == one.by for other in found.guesses) < MOST_GUESSES
    return one.by == found.drawer and len(found.strokes) < MOST_STROKES


def _score(found: Round, game: Game, facts: _Facts) -> None:
    """Points of a round that is over, or what is wrong with its end."""
    if found.end is None:
        return
    found.lie = "".join(list(lies(found, facts))[:1])
    if found.lie:
        game.cheats.append((found.drawer, found.lie))
        return
    assert isinstance(found.end.said, End)
    if found.end.said.right in facts.by_id:
        for who, points in ((found.winner, FOR_GUESSING), (found.drawer, FOR_DRAWING)):
            game.scores[who] = game.scores.get(who, 0) + points


def lies(found: Round, facts: _Facts) -> Iterator[str]:
    """What is not true of the end of a round; nothing when all is well."""
    assert found.end is not None and isinstance(found.end.said, End)
    end = found.end.said
    if commitment(found.drawer, found.after, end.salt, end.word) != found.commitment:
        yield "has said another word than the one of the beginning"
    if end.word not in WORDS:
        yield "has drawn a word that is none of the game's"
    right = facts.by_id.get(end.right)
    if right is not None and not (
        isinstance(right.said, Guess)
        and (right.by, right.said.round) == (end.by, found.id)
        and is_right(right.said.words, end.word)
    ):
        yield "has called a guess right that is not"
    heard = list(end.heard[:MOST_HEARD])
    if end.right:
        heard = heard[: heard.index(end.right)] if end.right in heard else heard
    for one in map(facts.by_id.get, heard):
        if one is None or not isinstance(one.said, Guess) or one.by == found.drawer:
            continue
        if one.said.round == found.id and is_right(one.said.words, end.word):
            yield "has passed over a guess that was right"
