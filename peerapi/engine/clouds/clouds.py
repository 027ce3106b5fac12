"""The PNRP clouds of this process: what is registered in them and looked for.

A cloud is opened when something is first registered or looked for in it, and left when the last API of PNRP that has
used it (``PeerPnrp``, Winsock) is done.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from dataclasses import replace

from peerapi.engine.clouds.member import Member, Publication, Query
from peerapi.engine.clouds.network import GLOBAL_CLOUD, LOOPBACK_CLOUD, Plan, plans
from peerapi.engine.clouds.relay_notices import RelayNotices, are_known
from peerapi.engine.clouds.relay_posts import PostedName, RelayPosts
from peerapi.engine.clouds.search import Asked, Search
from peerapi.engine.runtime import Engine
from peerapi.errors import DuplicatePeerName, InvalidArgument, NoCloud, NotFound, PeerError, ServiceNotAvailable
from peerapi.identity.names import PeerName
from peerapi.pnrp.algorithms import Signer
from peerapi.pnrp.cloud import RESOLVE_TIMEOUT
from peerapi.pnrp.outputs import State
from peerapi.ring.scope import Scope
from peerapi.signals import deferred

ALL_LINK_CLOUDS = "PEER_PNRP_ALL_LINKS"


class Registration:
    """One name, registered in one or several clouds."""

    def __init__(self, cloud_name: str | None, publication: Publication) -> None:
        self.cloud_name = cloud_name
        self.publication = publication
        self.registered: list[tuple[Member, int]] = []
        self.posted: PostedName | None = None
        "What relays have of it."

    def update(self, publication: Publication) -> None:
        """Publish other data. InvalidArgument, and nothing has changed; NotFound when it has been withdrawn."""
        if not self.registered:
            raise NotFound("The name has been withdrawn.")
        done = []
        try:
            for member, handle in self.registered:
                member.update(handle, publication)
                done.append((member, handle))
        except BaseException:
            for member, handle in done:
                member.update(handle, self.publication)
            raise
        self.publication = publication
        if self.posted is not None:
            self.posted.update(publication)

    def withdraw(self) -> None:
        for member, handle in self.registered:
            with contextlib.suppress(NotFound):
                member.unregister(handle)
        self.registered.clear()
        if self.posted is not None:
            self.posted.withdraw()


class Membership:
    """The clouds this process has joined, for all who use them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._members: dict[Plan, Member] = {}
        self._users: set[object] = set()
        self._posts: RelayPosts | None = None

    @deferred
    def member(self, plan: Plan, user: object) -> Member:
        """A cloud, opened if it is not, and open until ``user`` and all others have left. ServiceNotAvailable."""
        with self._lock:
            member = self._members.get(plan)
            if member is None:
                member = Member(plan, self._engine)
                member.start()
                self._members[plan] = member
            self._users.add(user)
            return member

    def notices(self) -> RelayNotices:
        """The relays that this user knows, as a member of the global cloud. InvalidArgument: see ``plans``."""
        plan = replace(plans()[-1], name=GLOBAL_CLOUD, scope=Scope.GLOBAL, scope_id=0)
        return RelayNotices(plan, self._engine)

    @deferred
    def posts(self) -> RelayPosts:
        """The names of this process at the relays that its user knows."""
        with self._lock:
            if self._posts is None:
                self._posts = RelayPosts(self._engine)
            return self._posts

    def state(self, plan: Plan) -> State:
        """How this process stands to a cloud. VIRTUAL: it has not been opened."""
        with self._lock:
            member = self._members.get(plan)
        return State.VIRTUAL if member is None else member.cloud.state

    @deferred
    def leave(self, user: object) -> None:
        """The last user's leaving closes all clouds. Not on the engine's thread."""
        with self._lock:
            self._users.discard(user)
            if not self._users:
                members, self._members = list(self._members.values()), {}
                posts, self._posts = self._posts, None
                if posts is not None:
                    posts.close()
                for member in members:
                    member.close()


def _at_relays(name: PeerName, cloud_name: str | None) -> bool:
    """Whether a name has its place at relays, too: they stand beside the global cloud, and take what a key proves."""
    wanted = cloud_name is None or cloud_name.casefold() == GLOBAL_CLOUD.casefold()
    return wanted and name.secure and are_known()


class Clouds:
    """All clouds, as one API of PNRP uses them."""

    def __init__(self, membership: Membership) -> None:
        self._membership = membership
        self._lock = threading.Lock()
        self._registrations: set[Registration] = set()
        self._searches: set[Search] = set()

    def chosen(self, cloud_name: str | None) -> list[Plan]:
        """The clouds that a name stands for, compared without case; None: all of them.

        Where ``Global_`` or links are not set up, the loopback cloud stands in for them, so that programs that ask for
        them work on one machine. NoCloud, InvalidArgument.
        """
        available = plans()
        if cloud_name is None:
            return list(available)
        wanted = cloud_name.casefold()
        found = [plan for plan in available if plan.name.casefold() == wanted]
        if wanted == ALL_LINK_CLOUDS.casefold():
            found = [plan for plan in available if plan.is_link]
        if not found and wanted in (GLOBAL_CLOUD.casefold(), ALL_LINK_CLOUDS.casefold()):
            found = [plan for plan in available if plan.name == LOOPBACK_CLOUD]
        if not found:
            raise NoCloud(f"There is no cloud {cloud_name}; there are {', '.join(plan.name for plan in available)}.")
        return found

    def state(self, plan: Plan) -> State:
        """How this process stands to a cloud."""
        return self._membership.state(plan)

    @deferred
    def member(self, plan: Plan) -> Member:
        """A cloud, opened if it is not. ServiceNotAvailable."""
        return self._membership.member(plan, self)

    @deferred
    def register(
        self,
        name: PeerName,
        signer: Signer | None,
        cloud_name: str | None,
        publication: Publication,
        *,
        at_relays: bool = True,
    ) -> Registration:
        """Make a name known in the clouds that ``cloud_name`` stands for, and with the global one at the relays that
        the user knows. When it stands for several, one that takes the name is enough. ``at_relays`` False: whoever
        registers it posts it by a seat of its own. NoCloud, InvalidArgument, DuplicatePeerName, ServiceNotAvailable."""
        registration = Registration(cloud_name, publication)
        problem: PeerError | None = None
        for plan in self.chosen(cloud_name):
            try:
                member = self.member(plan)
                registration.registered.append((member, member.register(name, signer, publication)))
            except (InvalidArgument, DuplicatePeerName, ServiceNotAvailable) as error:
                problem = problem or error
        if not registration.registered and problem is not None:
            raise problem
        # A group's name is posted with its graph's seat (``engine.groups.finder``), where its members are called.
        if at_relays and signer is not None and publication.chain is None and _at_relays(name, cloud_name):
            registration.posted = PostedName(self._membership.posts(), name, signer, publication)
            registration.posted.update(publication)
        with self._lock:
            self._registrations = {one for one in self._registrations if one.registered} | {registration}
        return registration

    @deferred
    def search(
        self,
        query: Query,
        cloud_name: str | None,
        changed: Callable[[], object] = lambda: None,
        timeout: float = RESOLVE_TIMEOUT,
    ) -> Search:
        """Look for a name; for Search.wait, or for ``take`` after each ``changed``. Relays that are known are asked
        with the global cloud."""
        search = Search(query, changed)
        asked: list[Asked] = [self._membership.notices()] if _at_relays(query.name, cloud_name) else []
        for plan in self.chosen(cloud_name):
            try:
                member = self.member(plan)
            except ServiceNotAvailable:
                if not asked:
                    raise
            else:
                asked.append(member)
                if not len(member.cloud.cache):
                    member.look_around()
        with self._lock:
            self._searches = {one for one in self._searches if not one.ended} | {search}
        search.start(asked, timeout)
        return search

    @deferred
    def close_all(self) -> None:
        """This API is done: its names are withdrawn and its searches ended."""
        with self._lock:
            registrations, self._registrations = self._registrations, set()
            searches, self._searches = self._searches, set()
        for search in searches:
            search.cancel()
        for registration in registrations:
            registration.withdraw()
        self._membership.leave(self)
