"""People near by: who says so, since when, and what we say ourselves. Sans-IO: datagrams and times come in and go out.

A person here is a claim: anybody can send an announcement. It becomes more only by a connection, on which a key is
proved. What claims can do is bounded: the number of people, of people per sender, and of answers per second; a person
is believed only from where they were first heard, and one who has left does not come back under the same ID.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

from peerapi.address import Address
from peerapi.collab.discovery import Action, Announcement, decode, encode
from peerapi.collab.events import Change, CollabEvent, CollabEventType, PeopleChanged
from peerapi.collab.fields import Malformed
from peerapi.collab.values import Endpoint, Person

MOST_PEOPLE = 1000
MOST_PER_SENDER = 4
MOST_PER_MACHINE = 16
"People at one address of a link. At ::1 there are sixteen senders at most."
MOST_PER_SECOND = 250
"Datagrams that are looked at in each second."
MOST_OF_ONE_SENDER = 20
"Of these, those that come from one address, so that nobody makes others unheard."
MOST_ANSWERS = 2
"Answers that wait to be sent to one address: who asks more often is answered no more often."
MOST_GONE = 2000
"IDs of people who have left that are remembered."
AGAIN = 60.0
"Seconds after which somebody who is there says Hello again, a tenth more or less. A question would be answered by all."
SILENCE = 5.5 * AGAIN
"Seconds after which somebody who is not heard is gone."
APP_MAX_DELAY = 0.5
"Seconds within which a Hello is repeated and a Probe answered, at random (WS-Discovery, appendix I)."
QUESTIONS = (2.0, 6.0)
"Seconds within which a Probe is repeated, at random."
ANSWERS_PER_SECOND = 100
"Of all who are near by together, as far as each can tell: many take longer than APP_MAX_DELAY."


class Random(Protocol):
    def randbytes(self, n: int, /) -> bytes: ...
    def random(self) -> float: ...


class Datagram(NamedTuple):
    """Something to send. ``target`` None: to all."""

    data: bytes
    target: Address | None


@dataclass
class _Claim:
    person: Person
    source: Address
    heard: float
    version: int


class _Later(NamedTuple):
    """Something to send at a time, about ourselves as we are then. ``probe``: the message ID of what is answered."""

    at: float
    action: Action
    message_id: bytes
    probe: bytes | None = None
    target: Address | None = None


class Nearby:
    """What is heard and said on one scope, while the user is signed in near me."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._me: Announcement | None = None
        self._claims: dict[bytes, _Claim] = {}
        self._gone: OrderedDict[bytes, None] = OrderedDict()
        self._later: list[_Later] = []
        self._again_at = 0.0
        self._second = -1
        self._looked = 0
        "Datagrams of this second that were looked at."
        self._looked_of: Counter[object] = Counter()
        "The same, by who has sent them."
        self.outputs: list[Datagram] = []
        self.events: list[CollabEvent] = []
        self.dropped = 0
        "Datagrams that were malformed, too many, or not to be believed."

    # ---- ourselves ----

    def sign_in(self, nickname: str, endpoint_name: str, port: int, now: float) -> None:
        """Be there, with an ID that is new each time."""
        person = self._random.randbytes(16)
        self._gone.clear()
        self._me = Announcement(Action.HELLO, person, person, nickname, endpoint_name, port)
        self.greet(now)

    def greet(self, now: float) -> None:
        """Say Hello and ask who is there, a few times: a link that has just come may lose what is said first."""
        if self._me is None:
            return
        self._hello(now)
        probe = Announcement(Action.PROBE, self._new_id())
        self._send(probe, None)
        for seconds in QUESTIONS:
            at = now + seconds * (0.5 + 0.5 * self._random.random())
            self._later.append(_Later(at, Action.PROBE, probe.message_id))

    def change(self, nickname: str, endpoint_name: str, now: float) -> None:
        """Be called otherwise."""
        if self._me is not None and (nickname, endpoint_name) != (self._me.nickname, self._me.endpoint_name):
            called = replace(self._me, nickname=nickname, endpoint_name=endpoint_name, version=self._me.version + 1)
            self._me = called
            self._hello(now)

    def cut_off(self) -> None:
        """The link is gone, and everybody there with it."""
        for id_ in list(self._claims):
            self._leave(id_)
        self._me = None

    def sign_out(self) -> None:
        """Be gone. Who is near by is not known any more."""
        if self._me is not None:
            self._send(Announcement(Action.BYE, self._new_id(), self._me.person), None)
        self._me = None
        self._claims.clear()
        self._later.clear()

    def _hello(self, now: float) -> None:
        me = self._me
        assert me is not None
        message_id = self._say_hello(me, now)
        self._later.append(_Later(now + APP_MAX_DELAY * self._random.random(), Action.HELLO, message_id))

    def _say_hello(self, me: Announcement, now: float) -> bytes:
        hello = replace(me, message_id=self._new_id())
        self._send(hello, None)
        self._again_at = now + AGAIN * (0.9 + 0.2 * self._random.random())
        return hello.message_id

    # ---- others ----

    def people(self) -> list[Person]:
        """Who is near by, as they say."""
        return [claim.person for claim in self._claims.values()]

    def received(self, data: bytes, source: Address, now: float) -> None:
        """A datagram."""
        if self._me is None:
            return
        if not self._has_time(source, now):
            self.dropped += 1
            return
        try:
            announcements = decode(data)
        except Malformed:
            self.dropped += 1
            return
        for one in announcements[:MOST_PER_SENDER]:
            self._take(one, source, now)

    def _take(self, one: Announcement, source: Address, now: float) -> None:
        assert self._me is not None
        if one.action is Action.PROBE:
            self._answer(one, source, now)
            return
        if one.person == self._me.person:
            return
        claim = self._claims.get(one.person)
        if claim is not None and not self._is_the_same(claim, source):
            self.dropped += 1
        elif one.action is Action.BYE:
            if claim is not None:
                self._leave(one.person)
                self._gone[one.person] = None
                if len(self._gone) > MOST_GONE:
                    self._gone.popitem(last=False)
        elif claim is None:
            self._arrive(one, source, now)
        else:
            claim.heard = now
            if self._is_older(claim, one):
                return
            person, claim.version = _person(one, source), one.version
            if person != claim.person:
                claim.person = person
                self._tell(Change.UPDATED, person)

    def _answer(self, probe: Announcement, source: Address, now: float) -> None:
        """Tell who asks that this user is there, after a moment, so that not all answer at once."""
        if len(self._later) >= MOST_PER_SECOND or not self._may_ask(source):
            self.dropped += 1
            return
        delay = max(APP_MAX_DELAY, len(self._claims) / ANSWERS_PER_SECOND) * self._random.random()
        self._later.append(_Later(now + delay, Action.MATCHES, self._new_id(), probe.message_id, source))

    def _arrive(self, one: Announcement, source: Address, now: float) -> None:
        if self._has_left(one.person) or not self._has_room(source):
            self.dropped += 1
            return
        claim = _Claim(_person(one, source), source, now, one.version)
        self._claims[one.person] = claim
        self._tell(Change.ADDED, claim.person)

    def _leave(self, id_: bytes) -> None:
        claim = self._claims.pop(id_)
        self._tell(Change.DELETED, claim.person)

    def unreachable(self, address: Address) -> None:
        """A connection to somebody was refused: they are not there."""
        for id_, claim in list(self._claims.items()):
            if claim.person.endpoint.address == address:
                self._leave(id_)

    # ---- what is not believed ----

    def _has_time(self, source: Address, now: float) -> bool:
        """Whether another datagram is looked at in this second."""
        if int(now) != self._second:
            self._second, self._looked, self._looked_of = int(now), 0, Counter()
        sender = _machine(source)
        if self._looked_of[sender] >= MOST_OF_ONE_SENDER or self._looked >= MOST_PER_SECOND:
            return False
        self._looked += 1
        self._looked_of[sender] += 1
        return True

    def _may_ask(self, source: Address) -> bool:
        """Whether a Probe is answered: an address that others have put into it is not flooded with answers."""
        return sum(one.target == source for one in self._later) < MOST_ANSWERS

    @staticmethod
    def _is_the_same(claim: _Claim, source: Address) -> bool:
        """Whether a sender speaks for itself; others may repeat what it has said."""
        return claim.source == source

    @staticmethod
    def _is_older(claim: _Claim, one: Announcement) -> bool:
        """Whether an announcement was said before the one that is believed, and was only longer on its way."""
        return one.version < claim.version

    def _has_left(self, person: bytes) -> bool:
        """Whether somebody has said goodbye, and so is not there again under the same ID."""
        return person in self._gone

    def _has_room(self, source: Address) -> bool:
        """Whether one more person of a sender is believed."""
        theirs = sum(claim.source == source for claim in self._claims.values())
        there = sum(_machine(claim.source) == _machine(source) for claim in self._claims.values())
        return len(self._claims) < MOST_PEOPLE and theirs < MOST_PER_SENDER and there < MOST_PER_MACHINE

    # ---- time ----

    def tick(self, now: float) -> None:
        """What has become due."""
        if self._me is None:
            return
        due = [one for one in self._later if one.at <= now]
        self._later = [one for one in self._later if one.at > now]
        for one in due:
            if one.action is Action.PROBE:
                self._send(Announcement(Action.PROBE, one.message_id), None)
            else:
                self._send(replace(self._me, action=one.action, message_id=one.message_id), one.target, one.probe)
        for id_, claim in list(self._claims.items()):
            if now - claim.heard > SILENCE:
                self._leave(id_)
        if now >= self._again_at:
            self._say_hello(self._me, now)

    def next_tick(self) -> float | None:
        """When something becomes due; None while signed out."""
        if self._me is None:
            return None
        silent = [claim.heard + SILENCE + 0.01 for claim in self._claims.values()]
        return min([self._again_at, *(one.at for one in self._later), *silent])

    # ---- within ----

    def _new_id(self) -> bytes:
        return self._random.randbytes(16)

    def _send(self, announcement: Announcement, target: Address | None, probe: bytes | None = None) -> None:
        self.outputs.append(Datagram(encode(announcement, probe), target))

    def _tell(self, change: Change, person: Person) -> None:
        content = PeopleChanged(change, person)
        self.events.append(CollabEvent(CollabEventType.PEOPLE_NEAR_ME_CHANGED, content))


def _machine(source: Address) -> object:
    """Who has sent something, as far as one can tell: at ::1 that is a port, on a link the address of a machine."""
    return source if source.is_loopback else source.ip


def _person(one: Announcement, source: Address) -> Person:
    """Where somebody is says the source of the datagram, not its content."""
    return Person(one.nickname, Endpoint(Address(source.ip, one.port, 0, source.scope), one.endpoint_name), one.person)
