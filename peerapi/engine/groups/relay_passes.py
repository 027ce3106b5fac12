"""Passes for relays that members of a group give each other: who knows a relay lets the others have seats there, so
that each of them can be called, and not only the one who has been given the relay's word.

What is given is narrower than what its giver has (``reach.passes``): it ends after two weeks, and is for half as many
seats as a relay usually allows. It is renewed in the second half of its life, and deleted when its giver knows no relay
any longer. Only who knows no relay himself, and has not switched relays off, uses what he is given.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

import peerapi.environment as environment
from peerapi.engine.graphs.driver import Driver
from peerapi.engine.reach.known_words import relay_words
from peerapi.errors import PeerError
from peerapi.graphing.codec.records import Record, creator_key, decode_record
from peerapi.graphing.codec.wire import MalformedMessage
from peerapi.graphing.draft import Draft
from peerapi.grouping import relay_pass
from peerapi.grouping.properties import Options
from peerapi.grouping.provider import GroupSecurity
from peerapi.grouping.relay_pass import RELAY_PASS
from peerapi.identity.keys import Profile
from peerapi.log import Log
from peerapi.moment import SECOND
from peerapi.store.data_folder import data_folder

if TYPE_CHECKING:
    from peerapi.reach.seats import Known

VARIABLE = "PEERAPI_SHARE_RELAY"
"0: no member is given a pass by this program."
LIFETIME = 14 * 24 * 3600 * SECOND
SEATS = 64
"For all members who know no relay: a seat each, for the group and for each activity in it."
LOOK_AGAIN = 12 * 3600.0
"Seconds between two looks at one's own record."
MOST_USED = 2
"Relays of others at which there is a seat at the same time: as many as of one's own."
log = Log("engine.group")


class RelayPasses:
    """Those of one group, given and used."""

    def __init__(self, driver: Driver, security: GroupSecurity, cloud: str, wake: Callable[[], None]) -> None:
        """``wake`` has ``keep`` called soon; it is called inside an input."""
        self._driver = driver
        self._security = security
        self._wake = wake
        self._wanted = cloud.partition("_")[0] == "Global" and security.credential.profile is Profile.MODERN
        self.due = True
        "It is time for ``keep``."

    # Giving -----------------------------------------------------------------------------------------------------------

    def keep(self) -> None:
        """Have the others know a pass for the relay that this user knows first, while this node is there for all; not
        on the engine's thread, and without a lock."""
        graph, security = self._driver.graph, self._security
        properties = security.properties
        if not self._wanted or not self.due or not graph.addresses or not graph.synchronized or properties is None:
            return
        if Options.MEMBER_DATA_OPTIONAL in properties.options and not security.acted:
            return
        self.due = False
        try:
            self._driver.input(self._publish, self._first())
        except PeerError as error:
            log.info("no pass for a relay is given to %s: %s", security.group, error)

    @staticmethod
    def _first() -> Known | None:
        if environment.variable(VARIABLE, "1") == "0" or not relay_words(data_folder()):
            return None
        from peerapi.engine.reach.known import relays

        return next(iter(relays(data_folder())), None)

    def _publish(self, known: Known | None) -> None:
        """Inside an input."""
        graph, chain = self._driver.graph, self._security.chain
        graph.timers.set("relay pass", graph.now.elapsed + LOOK_AGAIN, self._look_again)
        own = self._own()
        if known is None or chain is None:
            if own is not None:
                graph.publication.delete(own.id)
            return
        if own is not None and is_settled(own, known, graph.peer_time):
            return
        from peerapi.reach import word

        draft = Draft(
            type=RELAY_PASS,
            id=bytes(16) if own is None else own.id,
            expiration=min(graph.peer_time + LIFETIME, chain.not_after),
            data=relay_pass.encode(word.write(narrowed(known, graph.now.utc))),
        )
        if own is None:
            graph.publication.add(draft)
        else:
            graph.publication.update(draft._replace(expiration=max(draft.expiration or 0, own.expiration)))

    def _look_again(self) -> None:
        self.due = True
        self._wake()

    def _own(self) -> Record | None:
        graph = self._driver.graph
        ids = graph.database.ids(type=RELAY_PASS, creator_key=creator_key(graph.peer_id), now=graph.peer_time)
        wire = graph.database.wire(ids[:16]) if ids else None
        return None if wire is None else decode_record(wire)

    # Using ------------------------------------------------------------------------------------------------------------

    def given(self) -> list[Known]:
        """The relays for which others have given passes, those of most members first. Any thread, without a lock."""
        graph = self._driver.graph
        if not self._wanted:
            return []
        now = graph.peer_time
        rows = self._driver.read(lambda graph: graph.database.of_type(RELAY_PASS))
        found: dict[object, Known] = {}
        givers: Counter[object] = Counter()
        for creator, record in {one.creator_id: one for one in (decode_record(row.wire) for row in rows)}.items():
            known = _read(record)
            if known is not None and creator != graph.peer_id and record.expiration > now:
                found.setdefault(known.access.endpoint, known)
                givers[known.access.endpoint] += 1
        return [found[endpoint] for endpoint, _ in givers.most_common(MOST_USED)]


def narrowed(known: Known, now: int) -> Known:
    """A relay with the pass for others. ``now``: UTC. Raises ValueError: it cannot be narrowed any further."""
    from peerapi.reach import passes

    if not known.granted:  # a relay for everybody
        return known
    return known._replace(granted=passes.narrowed(known.granted, expiry=now + LIFETIME, seats=SEATS))


def _read(record: Record) -> Known | None:
    """The relay that a record names, if it may be called for that: others have named it."""
    from peerapi.reach import word

    try:
        known = word.read(relay_pass.decode(record.payload))
    except (MalformedMessage, word.NotARelay):
        return None
    return known if known.access.endpoint.is_public else None


def is_settled(record: Record, known: Known, now: int) -> bool:
    """Whether a record of one's own says what it should, for long enough. ``now``: peer time."""
    from peerapi.reach import word

    try:
        there = word.read(relay_pass.decode(record.payload))
    except (MalformedMessage, word.NotARelay):
        return False
    same = word.write(there._replace(granted=b"")) == word.write(known._replace(granted=b""))
    return same and now < (record.modification + record.expiration) // 2
