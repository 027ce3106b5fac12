"""The names that this process has registered, as notices at the relays that its user knows (docs/relay.md, Notices).

A relay keeps notices for who has a seat. So the process takes one of its own, where nobody is called, under a key that
is not kept: with the process its names are gone, too.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from peerapi.address import Address
from peerapi.engine.addresses import interface_addresses
from peerapi.engine.clouds.member import Publication
from peerapi.engine.clouds.network import plans
from peerapi.engine.runtime import Engine, SystemRandom, moment
from peerapi.engine.workers import in_thread
from peerapi.identity.names import PeerName
from peerapi.log import Log
from peerapi.pnrp.algorithms import Signer
from peerapi.pnrp.cpa import MOST_ENDPOINTS, AppEndpoint
from peerapi.store.data_folder import data_folder

if TYPE_CHECKING:
    import trio

    from peerapi.engine.reach.sitting import Control
    from peerapi.reach.frames import Post
    from peerapi.reach.seat import Seat
    from peerapi.reach.seats import Known, Ringing
    from peerapi.reach.seats import Seats as SeatMachine

MOST_NAMES = 8
"Names of one process that are posted: a relay keeps no more of one seat."
log = Log("engine.reach")


def posted(
    name: PeerName,
    signer: Signer,
    where: Sequence[Address | AppEndpoint],
    comment: str | None = None,
    payload: bytes | str | None = None,
) -> Post | None:
    """A name with the places that it leads to, as relays keep it for now. None: nobody can be told of it."""
    from peerapi.pnrp import notice
    from peerapi.reach.frames import Post

    named = notice.Named(name, signer, comment, None, payload)
    try:
        made = notice.make(named, where, moment(), os.urandom(notice.NONCE_SIZE), plans()[-1].profile)
    except ValueError as error:  # no address, a key of the other profile, too much text
        log.info("a name is not posted at relays: %s", error)
        return None
    return Post(notice.key_of(name), notice.SECONDS, made)


class PostedName:
    """One registered name at the relays."""

    def __init__(self, posts: RelayPosts, name: PeerName, signer: Signer, publication: Publication) -> None:
        self._posts = posts
        self._name = name
        self._signer = signer
        self._publication = publication

    def update(self, publication: Publication) -> None:
        """Post other data; any thread."""
        self._publication = publication
        self._posts.post(self)

    def withdraw(self) -> None:
        """Have it nowhere any longer; any thread."""
        self._posts.withdraw(self)

    @property
    def key(self) -> bytes:
        """Under which relays keep it."""
        from peerapi.pnrp import notice

        return notice.key_of(self._name)

    def notice(self) -> Post | None:
        """What is posted. None: nothing of it leads here from elsewhere."""
        return posted(self._name, self._signer, self._endpoints(), self._publication.comment, self._publication.payload)

    def _endpoints(self) -> tuple[AppEndpoint, ...]:
        """What the program has said; else the addresses of this machine that mean the same everywhere."""
        publication = self._publication
        if publication.endpoints is not None:
            return publication.endpoints
        public = [one.ip for one, _ in interface_addresses() if one.is_public]
        return tuple(AppEndpoint(ip, publication.port) for ip in public[:MOST_ENDPOINTS])


class RelayPosts:
    """All names of this process that are posted, and the seats that it has for that."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._names: dict[PostedName, None] = {}
        self.controls: list[Control] = []
        "One for each relay at which there is a seat at the same time."
        self._scope: trio.CancelScope | None = None
        self._begun = self._stopped = False

    def post(self, name: PostedName) -> None:
        """Have a name posted, soon and from time to time; any thread."""
        with self._lock:
            if name not in self._names and len(self._names) >= MOST_NAMES:
                log.warning("a name is posted at no relay: there are %d already", MOST_NAMES)
                return
            self._names[name] = None
            begun, self._begun = self._begun, True
        self._engine.post(self._post if begun else self._begin)

    def withdraw(self, name: PostedName) -> None:
        """Have a name posted no longer; any thread."""
        with self._lock:
            if self._names.pop(name, name) is name:
                return
        self._engine.post(partial(self._withdraw, name.key), hurry=False)

    def close(self) -> None:
        """Take all names back, and give the seats up; any thread."""
        with self._lock:
            self._stopped = True
            self._names.clear()
        self._engine.post(self._stop, hurry=False)

    def network_changed(self, here: frozenset[bytes], slept: float) -> None:
        """See ``network_watch.Follower``."""
        for control in self.controls:
            control.network_changed(here, slept)

    # Engine thread ----------------------------------------------------------------------------------------------------

    def _made(self) -> list[Post]:
        return [made for one in list(self._names) if (made := one.notice()) is not None]

    def _post(self) -> None:
        for control in self.controls:
            control.post()

    def _withdraw(self, key: bytes) -> None:
        for control in self.controls:
            control.withdraw(key)

    def _stop(self) -> None:
        self._engine.network_watch.leave(self)
        for control in self.controls:
            control.stop()
        if self._scope is not None:
            self._scope.cancel()

    def _begin(self) -> None:
        assert self._engine.nursery is not None
        self._engine.nursery.start_soon(self._run)

    async def _run(self) -> None:
        """Task: keep a seat at up to two relays."""
        import trio

        from peerapi.engine.reach.known import relays
        from peerapi.engine.reach.seat_files import passing_seats
        from peerapi.engine.reach.sitting import AT_ONCE, Control
        from peerapi.reach.seats import Seats

        known = relays(data_folder())
        own = await in_thread(passing_seats, [one.access.endpoint for one in known])
        with trio.CancelScope() as self._scope:
            if self._stopped:
                return
            chance = SystemRandom()

            def seat_at(one: Known) -> Seat:
                return own[one.access.endpoint]

            for first in range(min(AT_ONCE, len(known))):
                machine = Seats(known[first::AT_ONCE], seat_at, chance)
                machine.notices = self._made
                self.controls.append(Control(machine, _nothing, _nothing, partial(_deny, machine)))
            self._engine.network_watch.follow(self)
            async with trio.open_nursery() as nursery:
                for control in self.controls:
                    nursery.start_soon(control.run)


def _nothing() -> None:
    """Who comes and goes at these seats is told to nobody."""


def _deny(machine: SeatMachine, ringing: Ringing) -> None:
    """Nobody is called here."""
    machine.deny(ringing.token)
