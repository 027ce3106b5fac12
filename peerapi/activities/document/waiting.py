"""What members have written and is not in the text yet, above all because it stands on what is not there: each run
waits for one unit, and each removal for what it removes. What comes is looked at once, however much waits.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from peerapi.activities.document import updates
from peerapi.activities.document._updates import ready
from peerapi.activities.document.halves import Halves
from peerapi.activities.document.updates import Range, Section, Update

HELD_ITEM, HELD_RANGE = 320, 160
"Bytes of memory that an item and a range have here, about; in an update they have as few as four and two."


class Ready(NamedTuple):
    """Items of one client that can be in the text now."""

    writer: str
    client: int
    begin: int
    after: int
    size: int
    "How many items."
    items: bytes
    "They, encoded one behind the other."


class _Run:
    """A section of an update that is not all in the text."""

    __slots__ = ("awaited", "data", "next", "of", "section")

    def __init__(self, of: _Record, data: bytes, section: Section) -> None:
        self.of, self.data, self.section = of, data, section
        self.next = 0
        "The index of the first item that is not in the text."
        self.awaited: tuple[int, int] | None = None
        "A client, and how many of its units there have to be."


class _Record:
    """One record's update, as long as something of it waits."""

    __slots__ = ("key", "runs", "weight", "writer")

    def __init__(self, key: object, update: Update) -> None:
        self.key, self.writer = key, update.writer
        self.runs = dict.fromkeys(_Run(self, update.data, one) for one in update.sections)
        self.weight = len(update.data) + HELD_ITEM * sum(one.size for one in update.sections)


class _Awaiting:
    """The runs that wait for units of one client, by how many there have to be."""

    def __init__(self) -> None:
        self._runs: dict[int, dict[_Run, None]] = {}
        self._counts: list[int] = []

    def add(self, count: int, run: _Run) -> None:
        if count not in self._runs:
            self._runs[count] = {}
            heapq.heappush(self._counts, count)
        self._runs[count][run] = None

    def remove(self, count: int, run: _Run) -> None:
        runs = self._runs.get(count, {})
        runs.pop(run, None)
        if not runs:
            self._runs.pop(count, None)
        if len(self._counts) > 2 * len(self._runs) + 16:
            self._counts = sorted(self._runs)

    def there(self, count: int) -> list[_Run]:
        """Those that wait no longer."""
        found: list[_Run] = []
        while self._counts and self._counts[0] <= count:
            found += self._runs.pop(heapq.heappop(self._counts), {})
        return found


class Waiting:
    """What waits, of all members. ``clocks`` is how many units of each client are in the text."""

    def __init__(self) -> None:
        self._records: dict[object, _Record] = {}
        self._going: dict[_Run, None] = {}
        "Those to be looked at."
        self._awaiting: dict[int, _Awaiting] = {}
        self._removals: dict[int, dict[str, list[Range]]] = {}
        "Client -> member -> what of that client they have removed and is not there; in order, none over another."
        self._touched: dict[int, None] = {}
        "Clients whose removals are to be looked at."
        self._weights: Counter[str] = Counter()
        self._halves = Halves()

    def weight(self, writer: str) -> int:
        """Bytes of memory that wait of one member, about."""
        return self._weights[writer]

    @property
    def total(self) -> int:
        return self._weights.total()

    @property
    def is_going(self) -> bool:
        """Whether there is something to be looked at."""
        return bool(self._going or self._touched)

    def add(self, key: object, update: Update) -> None:
        """An update under the key of an earlier form of it, whose rest does not count any more."""
        before = self._records.get(key)
        if before is not None:
            self._forget(before)
        if update.sections:
            record = self._records[key] = _Record(key, update)
            self._weights[record.writer] += record.weight
            self._going.update(record.runs)
        by_client: dict[int, list[Range]] = {}
        for one in update.deletions:
            by_client.setdefault(one[0], []).append(one)
        for client, ranges in by_client.items():
            self._keep(client, update.writer, [*self._removals.get(client, {}).get(update.writer, ()), *ranges])
            self._touched[client] = None

    def forget(self, writer: str) -> None:
        """Nothing of that member is waited for any longer."""
        for record in [one for one in self._records.values() if one.writer == writer]:
            self._forget(record)
        for client in list(self._removals):
            self._keep(client, writer, [])

    def next(self, clocks: dict[int, int], most: int) -> Ready | None:
        """Some of what can be in the text now, of one run: so many items at most. ``there`` is to be told when it
        is."""
        while self._going:
            run, _ = self._going.popitem()
            section, begin = run.section, clocks.get(run.section.client, 0)
            first, run.next, missing = ready(section.rows, run.next, section.client, begin, clocks, most)
            if run.next == section.size:
                self._end(run)
            elif missing is None:
                self._going[run] = None
            else:
                self._awaiting.setdefault(missing[0], _Awaiting()).add(missing[1], run)
                run.awaited = missing
            if first < run.next:
                self._halves.learn(run.data, section, first, run.next, begin)
                items = self._halves.taken(run.data, section, first, run.next, begin)
                after = section.item(run.next - 1).after
                return Ready(run.of.writer, section.client, begin, after, run.next - first, items)
        return None

    def there(self, client: int, count: int) -> None:
        """So many units of a client are in the text."""
        awaiting = self._awaiting.get(client)
        if awaiting is not None:
            for run in awaiting.there(count):
                run.awaited = None
                self._going[run] = None
        if client in self._removals:
            self._touched[client] = None

    def removals(self, clocks: Mapping[int, int]) -> list[Range]:
        """What was removed and is there, told once."""
        found: list[Range] = []
        for client in self._touched:
            known = clocks.get(client, 0)
            for writer, ranges in list(self._removals.get(client, {}).items()):
                if ranges[0][1] < known:
                    ready = [one for one in ranges if one[1] < known]
                    rest = ranges[len(ready) :]
                    _, begin, length = ready[-1]
                    if begin + length > known:
                        ready[-1] = client, begin, known - begin
                        rest = [(client, known, begin + length - known), *rest]
                    found += ready
                    self._keep(client, writer, rest)
        self._touched.clear()
        return self._halves.whole(found)

    def learn(self, update: Update) -> None:
        """What this member has written is in the text."""
        for section in update.sections:
            self._halves.learn(update.data, section, 0, section.size, section.begin)

    def _keep(self, client: int, writer: str, ranges: list[Range]) -> None:
        by_writer = self._removals.setdefault(client, {})
        self._weights[writer] -= HELD_RANGE * len(by_writer.pop(writer, ()))
        united = updates.united(ranges)
        if united:
            by_writer[writer] = united
            self._weights[writer] += HELD_RANGE * len(united)
        elif not by_writer:
            del self._removals[client]

    def _forget(self, record: _Record) -> None:
        for run in list(record.runs):
            if run.awaited is not None:
                self._awaiting[run.awaited[0]].remove(run.awaited[1], run)
            self._going.pop(run, None)
            self._end(run)

    def _end(self, run: _Run) -> None:
        """Nothing of it waits."""
        record = run.of
        record.runs.pop(run, None)
        if not record.runs and self._records.get(record.key) is record:
            del self._records[record.key]
            self._weights[record.writer] -= record.weight
