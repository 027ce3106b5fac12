"""People on one link, on virtual time: the real machines of collaboration over a pretended network.

Everybody has a ``Nearby``, an ``OwnEndpoint`` and a ``Conversation`` for each connection; who sees what is decided by
``DeskPublisher``. Latency, loss, and people who come, leave, crash, change and block each other are the world's
doing, drawn from one seeded generator, so that a run repeats exactly.
"""

from __future__ import annotations

import argparse
import functools
import heapq
import random
import sys
from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from peerapi.address import Address
from peerapi.collab import discovery, nearby, publishing
from peerapi.collab.conversation import Came, Conversation, Ended, Left
from peerapi.collab.events import Change, CollabEvent
from peerapi.collab.nearby import Nearby
from peerapi.collab.others import Known
from peerapi.collab.own import OwnEndpoint
from peerapi.collab.publishing import Asker
from peerapi.collab.values import Contact, Item, Permission, Presence, Signin, Status
from peerapi.collab.wire import VERSION, Hello, Outcome
from peerapi.host.publisher import DeskPublisher

LOSS = 0.02
"Of datagrams."
QUICKEST, SLOWEST = 0.001, 0.02
"Seconds that something is on its way."
NOTICED = 30.0
"Seconds until a connection ends whose other side has crashed."
AGAIN = 30.0
"Seconds between two tries to watch somebody who shows nothing."
FRIENDS = 8
"Contacts that each person watches."
INTERFACE = 7
IDLE = 120.0
"Seconds of the end in which datagrams are counted."


class Side:
    """One end of a connection."""

    def __init__(self, me: Person, other: Person, *, outgoing: bool) -> None:
        self.me = me
        self.other = other
        self.peer: Side | None = None
        self.open = True
        self._arrives = 0.0
        publisher = DeskPublisher(me.desk, lambda: Asker(other.name, me.contacts.get(other.name), True))
        hello = Hello(VERSION, me.number.to_bytes(16, "big"), me.own.name, me.nickname, me.port)
        self.conversation = Conversation(publisher, hello, outgoing=outgoing)

    def flush(self) -> None:
        data = self.conversation.take_out()
        if data and self.peer is not None:
            world = self.me.world
            self._arrives = max(self._arrives, world.now + world.latency())  # a stream keeps its order
            world.later(self._arrives - world.now, functools.partial(self.peer.take, data))

    def take(self, data: bytes) -> None:
        if self.open:
            self.conversation.received(data)
            told, self.conversation.told = self.conversation.told, []
            for one in told:
                self.me.told(self, one)
            self.flush()

    def close(self) -> None:
        """Both ends, the other one when it notices."""
        self.open = False
        self.me.ended(self)


class Person:
    """A user with a host, and a program that watches all contacts it meets."""

    def __init__(self, world: World, number: int) -> None:
        self.world = world
        self.number = number
        self.name = f"person {number}"
        self.nickname = f"P{number}"
        self.ip = bytes.fromhex("fe80") + number.to_bytes(14, "big")
        self.port = 0
        self.alarm = 0
        "Which of those that were set is the one that counts."
        self.own = OwnEndpoint(f"machine {number}")
        self.contacts: dict[str, Contact] = {}
        self.watched: set[str] = set()
        self.machine = Nearby(world.random)
        self.desk: Any = SimpleNamespace(
            own=self.own,
            book=SimpleNamespace(export=lambda name, now: f"<card>{number}</card>"),
            applications=SimpleNamespace(offered=lambda: [], visible=lambda id_: None),
            settings=SimpleNamespace(get=lambda: SimpleNamespace(invitations="")),
        )
        self.calls: dict[str, Side] = {}
        "Connections that this person has made."
        self.served: list[Side] = []
        self.known: dict[str, Known] = {}
        self.heard: Counter[str] = Counter()
        "Events about people near by."

    @property
    def here(self) -> bool:
        return bool(self.port)

    # ---- coming and going ----

    def sign_in(self) -> None:
        self.port = self.world.next_port()
        self.own.sign_in(Signin.NEAR_ME)
        self.machine.sign_in(self.nickname, self.own.name, self.port, self.world.now)
        self.carry_out()
        self.set_alarm()

    def sign_out(self) -> None:
        self.own.sign_out(Signin.NEAR_ME)
        self.machine.sign_out()
        self.carry_out()
        self.port = 0
        for side in [*self.calls.values(), *self.served]:
            side.conversation.bye()
            side.flush()
            side.open = False
        self.forget()

    def crash(self) -> None:
        """Without a word; a new host will know nothing."""
        for side in [*self.calls.values(), *self.served]:
            side.open = False
            if side.peer is not None:
                self.world.later(NOTICED, side.peer.close)
        self.own.sign_out(Signin.NEAR_ME)
        self.machine = Nearby(self.world.random)
        self.port = 0
        self.forget()

    def forget(self) -> None:
        self.calls.clear()
        self.served.clear()
        self.known.clear()

    # ---- what changes ----

    def change(self, events: list[CollabEvent]) -> None:
        for side in list(self.served):
            for event in events:
                side.conversation.changed(event)
            side.flush()

    def permit(self, name: str, permission: Permission) -> None:
        self.contacts[name] = self.contacts[name]._replace(permission=permission)
        for side in list(self.served):
            side.conversation.permissions_changed()
            side.flush()

    def rename(self, nickname: str) -> None:
        self.nickname = nickname
        self.machine.change(nickname, self.own.name, self.world.now)
        self.carry_out()
        self.set_alarm()

    # ---- near by ----

    def received(self, data: bytes, source: Address) -> None:
        if self.here:
            waits = len(self.machine._later)
            self.machine.received(data, source, self.world.now)
            self.carry_out()
            if len(self.machine._later) != waits:
                self.set_alarm()

    def tick(self, alarm: int) -> None:
        if self.here and self.alarm == alarm:
            self.machine.tick(self.world.now)
            self.carry_out()
            self.set_alarm()

    def set_alarm(self) -> None:
        due = self.machine.next_tick()
        if due is not None:
            self.alarm += 1
            self.world.later(due - self.world.now, functools.partial(self.tick, self.alarm))

    def carry_out(self) -> None:
        outputs, self.machine.outputs = self.machine.outputs, []
        events, self.machine.events = self.machine.events, []
        source = Address(self.ip, self.port, 0, INTERFACE)
        for data, target in outputs:
            self.world.send(data, source, target)
        for event in events:
            self.heard[Change(event.content.change).name] += 1
            if event.content.change == Change.ADDED:
                self.world.later(
                    self.world.latency(), functools.partial(self.call, event.content.person.endpoint.address)
                )

    # ---- connections ----

    def call(self, address: Address) -> None:
        """As a program does that wants to know who has come."""
        other = self.world.at(address)
        if not self.here:
            return
        if other is None or other.port != address.port:
            self.machine.unreachable(address)
            self.carry_out()
        elif other.name in self.watched:
            side, peer = Side(self, other, outgoing=True), Side(other, self, outgoing=False)
            side.peer, peer.peer = peer, side
            old = self.calls.get(other.name)
            if old is not None:
                old.close()
            self.calls[other.name] = side
            other.served.append(peer)
            self.watch(side)
            peer.flush()

    def watch(self, side: Side) -> None:
        if side.open:
            self.known[side.other.name] = Known(Address(side.other.ip, side.other.port), "", side.other.name)
            side.conversation.watch()
            side.flush()

    def told(self, side: Side, what: object) -> None:
        known = self.known.get(side.other.name)
        match what:
            case Came(_, datum, gone) if known is not None:
                known.take(datum, gone=gone, contact=None)
            case Ended(_, outcome) if known is not None:
                known.live = outcome == Outcome.DONE
                if outcome != Outcome.DONE:
                    self.world.later(AGAIN, functools.partial(self.watch, side))
            case Left():
                side.close()

    def ended(self, side: Side) -> None:
        if self.calls.get(side.other.name) is side:
            del self.calls[side.other.name]
            known = self.known.pop(side.other.name, None)
            if known is not None:
                known.lost(None)
        if side in self.served:
            self.served.remove(side)


class World:
    """See the module's text."""

    def __init__(self, people: int, seed: int) -> None:
        self.random = random.Random(seed)
        self.now = 0.0
        self.datagrams = 0
        self._queue: list[tuple[float, int, Callable[[], object]]] = []
        self._count = 0
        self._ports = 0
        self.people = [Person(self, number) for number in range(1, people + 1)]
        self._at = {person.ip: person for person in self.people}
        for person in self.people:
            others = [one for one in self.people if one is not person]
            for friend in self.random.sample(others, min(FRIENDS, len(others))):
                person.watched.add(friend.name)
                allowed = self.random.choice(list(Permission))
                friend.contacts[person.name] = Contact(person.name, person.nickname, "", "", True, allowed, b"")

    # ---- the network ----

    def latency(self) -> float:
        return self.random.uniform(QUICKEST, SLOWEST)

    def next_port(self) -> int:
        self._ports += 1
        return 10_000 + self._ports % 50_000

    def at(self, address: Address) -> Person | None:
        return self._at.get(address.ip)

    def send(self, data: bytes, source: Address, target: Address | None) -> None:
        self.datagrams += 1
        reached = [one for one in self.people if one.ip != source.ip] if target is None else [self._at[target.ip]]
        for person in reached:
            if self.random.random() >= LOSS:
                self.later(self.latency(), functools.partial(person.received, data, source))

    # ---- time ----

    def later(self, seconds: float, work: Callable[[], object]) -> None:
        self._count += 1
        heapq.heappush(self._queue, (self.now + max(0.0, seconds), self._count, work))

    def run(self, seconds: float) -> None:
        end = self.now + seconds
        while self._queue and self._queue[0][0] <= end:
            self.now, _, work = heapq.heappop(self._queue)
            work()
        self.now = end

    # ---- what people do ----

    def disturb(self) -> None:
        """One thing that happens to somebody."""
        person = self.random.choice(self.people)
        if not person.here:
            person.sign_in()
            return
        deeds = [self._presence, self._item, self._permission, self._nickname, self._leave, self._crash]
        self.random.choices(deeds, weights=[6, 6, 4, 1, 2, 1])[0](person)

    def _presence(self, person: Person) -> None:
        status = self.random.choice([Status.BUSY, Status.AWAY, Status.ONLINE])
        person.change(person.own.set_presence(Presence(status, f"at {self.now:.0f}")))

    def _item(self, person: Person) -> None:
        id_ = self.random.randrange(4).to_bytes(16, "big")
        if person.own.items(id_) and self.random.random() < 0.4:
            person.change(person.own.delete_item(id_))
        else:
            scope = self.random.choice([Signin.NEAR_ME, Signin.INTERNET, Signin.ALL])
            person.change(person.own.set_item(Item(id_, self.random.randbytes(8), scope), person))

    def _permission(self, person: Person) -> None:
        if person.contacts:
            name = self.random.choice(list(person.contacts))
            person.permit(name, self.random.choice(list(Permission)))

    def _nickname(self, person: Person) -> None:
        person.rename(f"P{person.number} at {self.now:.0f}")

    def _leave(self, person: Person) -> None:
        person.sign_out()

    def _crash(self, person: Person) -> None:
        person.crash()

    # ---- what has to be true ----

    def faults(self) -> list[str]:
        """What people see that is not so, and what they do not see that they should."""
        found = []
        here = [one for one in self.people if one.here]
        for person in here:
            near = Counter((one.nickname, one.endpoint.address.port) for one in person.machine.people())
            true = Counter((one.nickname, one.port) for one in here if one is not person)
            if near != true:
                found.append(f"{person.name} misses {list(true - near)} near by, and sees {list(near - true)}")
            for other in here:
                if other.name in person.watched:
                    found += self._watching_faults(person, other)
        return found

    @staticmethod
    def _watching_faults(person: Person, other: Person) -> list[str]:
        known = person.known.get(other.name)
        asker = Asker(person.name, other.contacts[person.name], True)
        presence = known.presence if known is not None else None
        items = dict(known.items) if known is not None else {}
        sees = publishing.may_see(asker, other.own.flags)
        true = other.own.presence if sees else None
        shown = [one for one in other.own.items() if publishing.may_see_item(asker, other.own.flags, one.scope)]
        found = []
        if presence != true:
            found.append(f"{person.name} sees {other.name} as {presence} instead of {true}")
        if items != {one.id: one for one in shown}:
            found.append(f"{person.name} sees objects of {other.name} that are not those: {items}")
        return found


def run(people: int, seed: int, minutes: int) -> Report:
    """A life of so many people, then quiet, then what they see."""
    whole = nearby.decode
    nearby.decode = functools.lru_cache(4096)(discovery.decode)  # everybody of a link reads the same bytes
    try:
        world = World(people, seed)
        for person in world.people:
            world.later(world.random.uniform(0, 60), person.sign_in)
        world.run(120)
        for _ in range(minutes * people // 4):
            world.disturb()
            world.run(60 / (people / 4))
        world.run(nearby.SILENCE + 3 * nearby.AGAIN)
        before, begun = world.datagrams, world.now
        world.run(IDLE)
        here = sum(one.here for one in world.people)
        rate = (world.datagrams - before) / (world.now - begun) * 60 / max(1, here)
        return Report(
            people, seed, here, rate, world.faults(), [dict(sorted(one.heard.items())) for one in world.people]
        )
    finally:
        nearby.decode = whole


class Report:
    """What has come of a run."""

    def __init__(
        self, people: int, seed: int, here: int, rate: float, faults: list[str], heard: list[dict[str, int]]
    ) -> None:
        self.people, self.seed, self.here, self.faults, self.heard = people, seed, here, faults, heard
        self.rate = rate
        "Datagrams that each person who is there sends in a minute in which nothing happens."

    def __str__(self) -> str:
        told = sum(sum(one.values()) for one in self.heard)
        return (
            f"{self.people} people, seed {self.seed}: {self.here} there at the end, {told} events near by, "
            f"{self.rate:.2f} datagrams/person/min idle, {len(self.faults)} faults"
        )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.people", description=__doc__)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=int, default=10, help="in which each person does something every four")
    options = parser.parse_args()
    report = run(options.people, options.seed, options.minutes)
    print(report, *report.faults, sep="\n")
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main())
