"""The relays that this user knows, as one more member of the global cloud: it is asked for names, as PNRP is.

Names are posted there by who has a seat (``relay_posts``, ``engine.groups.finder``); what is found is checked as any
answer of PNRP.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from peerapi.engine.clouds.member import Query
from peerapi.engine.clouds.network import Plan
from peerapi.engine.reach.known_words import relay_words
from peerapi.engine.runtime import Engine, moment
from peerapi.engine.workers import in_thread
from peerapi.identity.names import PeerName
from peerapi.log import Log
from peerapi.pnrp.outputs import Failure, Found, Resolved
from peerapi.ring.refusal import Refusal, Refused
from peerapi.store.data_folder import data_folder

if TYPE_CHECKING:
    from peerapi.reach.seats import Known

PATIENCE = 8.0
"Seconds for all relays that are asked at once."
MOST_RELAYS = 4
"That are asked."
log = Log("engine.reach")


def are_known() -> bool:
    """Whether this user knows any relay."""
    return bool(relay_words(data_folder()))


class RelayNotices:
    """Asks all relays at once."""

    def __init__(self, plan: Plan, engine: Engine) -> None:
        """``plan``: of the global cloud, whether there are seeds or not."""
        self.plan = plan
        self.refused: Counter[Refusal] = Counter()
        "What relays have shown and was not true, by reason."
        self._engine = engine
        self._numbers = itertools.count(1)
        self._watchers: dict[int, Callable[[Resolved], None]] = {}

    def resolve(self, query: Query, timeout: float, watcher: Callable[[Resolved], None]) -> int:
        """Begin to ask; ``watcher`` is told of the end, on the engine's thread and without a lock. Any thread."""
        number = next(self._numbers)
        self._watchers[number] = watcher
        self._engine.post(partial(self._begin, number, query, min(timeout, PATIENCE)))
        return number

    def cancel(self, handle: int) -> None:
        """Nobody is told of the end. Any thread."""
        self._watchers.pop(handle, None)

    def may_come_later(self, resolved: Resolved, most: int, seconds: float) -> bool:
        """A relay knows at once what it knows."""
        return False

    def look_around(self) -> None:
        """There is nobody to greet."""

    def later(self, seconds: float, work: Callable[[], object]) -> None:
        """Never asked for, since nothing comes later."""

    def _begin(self, number: int, query: Query, patience: float) -> None:
        assert self._engine.nursery is not None
        self._engine.nursery.start_soon(self._ask_all, number, query, patience)

    async def _ask_all(self, number: int, query: Query, patience: float) -> None:
        import trio

        from peerapi.engine.reach.known import relays

        found: dict[bytes, Found] = {}
        reached: list[bool] = []
        try:
            with trio.move_on_after(patience):
                async with trio.open_nursery() as nursery:
                    for known in relays(data_folder())[:MOST_RELAYS]:
                        nursery.start_soon(self._ask, known, query.name, found, reached)
        except Exception as error:  # of one relay; what others have said is good
            self._engine.report(error)
        watcher = self._watchers.pop(number, None)
        if watcher is not None:
            failure = None if found else Failure.NOT_FOUND if reached else Failure.UNREACHABLE
            watcher(Resolved(number, tuple(found.values()), failure, ()))

    async def _ask(self, known: Known, name: PeerName, found: dict[bytes, Found], reached: list[bool]) -> None:
        from peerapi.engine.reach.looking import look
        from peerapi.pnrp.notice import key_of
        from peerapi.reach.refusal import Refused as NotAnswered

        try:
            shown = await look(known, key_of(name))
        except (OSError, NotAnswered) as error:
            log.info("the relay %s is asked in vain for a name: %s", known.access.endpoint, error)
            return
        reached.append(True)
        for data in shown:
            one = await in_thread(self._read, data, name)
            if one is not None:
                found.setdefault(one.public_key, one)

    def _read(self, data: bytes, name: PeerName) -> Found | None:
        from peerapi.pnrp import keys, notice
        from peerapi.pnrp.chain import check_chain

        profile = self.plan.profile
        try:
            return notice.read(data, name, profile=profile, verify=keys.verify, check_chain=check_chain, now=moment())
        except Refused as error:
            self.refused[error.why] += 1
            return None
