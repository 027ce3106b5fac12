"""The activities of one group: those that its members have begun, and which of them are open here."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import re
import secrets
from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import UUID

import trio

from peerapi import Address, ChangesLost, Group, PeerError, Record
from peerapi.activities.activity import Activity, Begun, Kind
from peerapi.activities.document.kind import Document
from peerapi.activities.drawing import DrawAndGuess
from peerapi.activities.files import Files
from peerapi.activities.four_in_a_row import FourInARow
from peerapi.activities.running import PLACE, Opened, Running
from peerapi.activities.slides import Presentation
from peerapi.address import parse_ip
from peerapi.pages.requests import Refused
from peerapi.pages.serving import Windows
from peerapi.whiteboard.session import Session

ACTIVITY = UUID("3e0c5b7a-91d4-4f0e-a852-6d1fc03977c0")
"Type of the records of a group that say that a member has begun an activity."
_ALL: tuple[Kind, ...] = (FourInARow(), DrawAndGuess(), Document(), Presentation(), Files())
KINDS = {one.kind: one for one in _ALL}
"All there are."
MOST, MOST_OF_ONE = 50, 200
"""Activities of one group that are shown, those begun last, where each member's last one comes before anybody's last
but one; and those of one member that are known."""
MOST_OPEN = 8
MOST_DATA = 2048
"Bytes of a record that is looked at."
MOST_ADDRESSES, MOST_PLACES = 8, 400
"Addresses that one member says for one graph, and graphs for which one member says them: the last ones count."
PAUSE = 0.2
"Seconds before a group that was just closed is looked for again."
_GRAPH_ID = re.compile("activity-(?P<chosen>[0-9a-f]{16})[0-9a-f]{32}", re.ASCII)


def graph_of(group: str, kind: str, by: str, chosen: str) -> str:
    """The graph of an activity; ``chosen`` are 16 hexadecimal digits. It can be that of no other group, kind and
    member: so nobody says of somebody else's graph that it is their own, or of another kind, and has it opened with
    other rules."""
    digest = hashlib.sha256(f"peerapi activity\0{group}\0{kind}\0{by}\0{chosen}".encode()).hexdigest()
    return f"activity-{chosen}{digest[:32]}"


class Activities:
    """``run`` has to be running; ``changed`` is called after each change of what ``listed`` says."""

    def __init__(
        self, session: Session, changed: Callable[[], None], windows: dict[UUID, Windows] | None = None
    ) -> None:
        """``windows``: those of each activity that was open when the board was open before; they show it again when it
        is opened."""
        self._session = session
        self._changed = changed
        self._group: Group | None = None
        self._in = ""
        "The name of the group."
        self._nursery: trio.Nursery | None = None
        self._begun: dict[UUID, Begun] = {}
        self._by: dict[str, dict[UUID, None]] = {}
        "Member -> what they have begun."
        self._places: dict[str, dict[str, list[Address]]] = {}
        "Member -> graph -> where they are in it."
        self._open: dict[UUID, tuple[Opened, Windows]] = {}
        self._windows = {} if windows is None else windows
        self.known = trio.Event()
        "What the group's records say has been read once."

    async def run(self) -> None:
        """Until cancelled. A plain graph has no members, and no activities."""
        while True:
            graph = await self._session.graph()
            if isinstance(graph, Group):
                async with trio.open_nursery() as nursery:
                    self._nursery, self._group, self._in = nursery, graph, graph.name
                    self._changed()
                    with contextlib.suppress(PeerError):  # it was closed: the session opens it again, or ends
                        await self._follow(graph)
                    self._group = None
                    self._open.clear()
                    self._changed()
                    nursery.cancel_scope.cancel()
            await trio.sleep(PAUSE)

    @property
    def is_ready(self) -> bool:
        """Whether one can be begun: the board is a group, and open."""
        return self._group is not None and not self._group.closed

    def listed(self) -> list[dict[str, Any]]:
        """For the page, those begun last first."""
        names = self._session.names()
        return [
            {
                "id": str(one.id),
                "title": KINDS[one.kind].title,
                "by": names.get(one.by, one.by),
                "open": one.id in self._open,
            }
            for one in self._last()
        ]

    def _last(self) -> list[Begun]:
        """Those that are shown, the last one first."""
        found, ranks = list(self._begun.values())[::-1], Counter[str]()
        ranked = []
        for number, one in enumerate(found):
            ranked.append((ranks[one.by], number))
            ranks[one.by] += 1
        return [found[number] for number in sorted(number for _, number in sorted(ranked)[:MOST])]

    def at(self, id: UUID) -> tuple[Opened, Windows] | None:
        """One that is open here."""
        return self._open.get(id)

    async def begin(self, kind: str) -> UUID:
        """Raises Refused, PeerError."""
        group = self._ready()
        if kind not in KINDS:
            raise Refused("there is no such activity")
        if isinstance(one := KINDS[kind], Document):
            one.check()
        graph = graph_of(group.name, kind, group.identity, secrets.token_hex(8))
        said = json.dumps({"kind": kind, "graph": graph})
        added = await group.add(ACTIVITY, said, expires=KINDS[kind].lifetime)
        self._take(await group.get(added))
        return await self.open(added)

    async def open(self, id: UUID) -> UUID:
        """Raises Refused, PeerError."""
        group = self._ready()
        begun = self._begun.get(id)
        if begun is None:
            raise Refused("there is no such activity any more")
        if id not in self._open:
            if len(self._open) >= MOST_OPEN:
                raise Refused(f"{MOST_OPEN} activities of this board are open already")
            running = self._made(begun, group)
            self._session.takes_part(begun.graph_id)
            windows = self._windows.setdefault(id, Windows())
            windows.begin_again()
            self._open[id] = running, windows
            assert self._nursery is not None
            try:
                await self._nursery.start(self._keep_open, id, running)
            except BaseException:
                self._open.pop(id, None)
                raise
            self._changed()
        return id

    def _made(self, begun: Begun, group: Group) -> Opened:
        """Raises Refused."""
        kind, names, here = KINDS[begun.kind], self._session.names, self._session.source.saved.here
        online = self._session.online
        if isinstance(kind, Document):
            return kind.opened(begun, group, names, here=here, online=online)
        assert isinstance(kind, Activity)
        return Running(begun, kind, group, names, here=here, online=online)

    async def _keep_open(self, id: UUID, running: Opened, *, task_status: trio.TaskStatus[None]) -> None:
        running.learn(self._places_in(running.begun.graph_id))
        await running.run(task_status=task_status)

    def _ready(self) -> Group:
        if self._group is None or self._group.closed:
            raise Refused("activities need a board that is a group, and open")
        return self._group

    # ---- what members say ----

    async def _follow(self, group: Group) -> None:
        changes = group.changes((ACTIVITY, PLACE))
        await group.wait_ready()
        while True:
            await self._read_all(group)
            self.known.set()
            try:
                async for change in changes:
                    record = await change.record()
                    if record is not None:
                        self._take(record)
                return
            except ChangesLost:
                continue

    async def _read_all(self, group: Group) -> None:
        for kind in (ACTIVITY, PLACE):
            for record in await group.records(kind):
                self._take(record)

    def _take(self, record: Record) -> None:
        """What is unsound is passed over."""
        try:
            said: Any = json.loads(record.data[: MOST_DATA + 1])  # what is longer cannot be read
            graph_id = said["graph"]
            found = _GRAPH_ID.fullmatch(graph_id)
            if found is None:
                return
            if record.type == ACTIVITY:
                kind, by = said["kind"], record.creator
                if kind in KINDS and graph_id == graph_of(self._in, kind, by, found["chosen"]):
                    self._note_begun(Begun(record.id, kind, graph_id, by))
            elif record.type == PLACE and record.creator != self._session.source.peer:
                places = [Address(parse_ip(host), _port(port)) for host, port in said["at"][:MOST_ADDRESSES]]
                self._learn(graph_id, record.creator, places)
        except (ValueError, TypeError, KeyError, RecursionError):
            return
        self._changed()

    def _note_begun(self, one: Begun) -> None:
        own = self._by.setdefault(one.by, {})
        if one.id in own or any(self._begun[other].graph_id == one.graph_id for other in own):
            return
        own[one.id], self._begun[one.id] = None, one
        if len(own) > MOST_OF_ONE:
            oldest = next(id for id in own if id not in self._open)
            del own[oldest], self._begun[oldest]

    def _learn(self, graph_id: str, member: str, addresses: list[Address]) -> None:
        places = self._places.setdefault(member, {})
        before = places.pop(graph_id, [])
        places[graph_id] = list(dict.fromkeys([*addresses, *before]))[:MOST_ADDRESSES]
        if len(places) > MOST_PLACES:
            del places[next(iter(places))]
        for running, _ in self._open.values():
            if running.begun.graph_id == graph_id:
                running.learn(self._places_in(graph_id))

    def _places_in(self, graph_id: str) -> list[Address]:
        """One of each member, then a second one of each, and so on."""
        of_members = [places[graph_id] for places in self._places.values() if graph_id in places]
        in_turn = itertools.chain.from_iterable(itertools.zip_longest(*of_members))
        return list(dict.fromkeys(one for one in in_turn if one is not None))


def _port(value: object) -> int:
    if type(value) is not int or not 0 < value < 1 << 16:
        raise ValueError("no port")
    return value
