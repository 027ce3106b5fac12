"""One open group: its graph, its security, and what has to follow from what they say.

The graph's machine and the security are asked with the graph's lock held, and tell what has happened. ``after_input``
then does the rest, without a lock: it tells the application, keeps the membership on disk and in the graph, ends
connections, has waiting records judged, and connects. On the engine's thread that is handed to another one, since it
may write files and sign names.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from peerapi.engine.graphs.driver import Driver
from peerapi.engine.graphs.node import Node
from peerapi.engine.graphs.registrations import AnyEvent
from peerapi.engine.groups.finder import Finder
from peerapi.engine.groups.group_calls import GroupCalls
from peerapi.engine.groups.group_records import GroupRecords
from peerapi.engine.groups.relay_passes import RelayPasses
from peerapi.engine.workers import in_thread
from peerapi.errors import (
    GraphShuttingDown,
    InvalidArgument,
)
from peerapi.graphing.events import (
    ConnectionChanged,
    ConnectionRequired,
    Event,
    NodeChanged,
    PropertyChanged,
    StatusChanged,
    Synchronized,
)
from peerapi.graphing.link import Link
from peerapi.graphing.machine.quotas import Quota
from peerapi.graphing.security import ConnectionSecurity
from peerapi.grouping.changes import (
    Change,
    MemberChanged,
    MemberRevoked,
    MembershipGained,
    PropertiesChanged,
    Recheck,
    RelayPassed,
)
from peerapi.grouping.connect import Connection, State
from peerapi.grouping.events import AuthenticationFailed, MemberChange, MemberEvent, group_status
from peerapi.grouping.provider import GroupSecurity
from peerapi.grouping.reserved import Reserved, security_of
from peerapi.identity.keys import Profile
from peerapi.signals import deferred
from peerapi.store.groups import StoredGroup

if TYPE_CHECKING:
    from peerapi.engine.clouds.clouds import Clouds


class Sharing(Protocol):
    """Lets other programs of this person use the group through this process."""

    @property
    def programs(self) -> int:
        """How many do."""

    def end(self) -> None:
        """Let go of all of them: the group is closed, and whoever is left opens it."""


class Face(Protocol):
    """Something that stands for a group, and has handles of its own."""

    def leave(self) -> None:
        """No handle of it lives any longer."""


class Group(GroupCalls):
    """One group that this process has open, for one of its user's identities."""

    def __init__(
        self,
        node: Node,
        driver: Driver,
        security: GroupSecurity,
        stored: StoredGroup,
        cloud: str,
        clouds: Callable[[], Clouds],
        keep: Callable[[StoredGroup], None],
        quota: Quota,
    ) -> None:
        """``driver``: of the group's graph, which is not open yet; ``quota``: what each member may have here; ``keep``
        writes down what has changed of ``stored``."""
        self.security = security
        self.stored = stored
        self.handles = 1
        "How often it is open in this process."
        self.sharing: Sharing | None = None
        "What lets other programs take part, as long as it is open."
        self.faces: list[Face] = []
        "What stood for it in this process while another program had it open."
        self.driver = driver
        self.records = GroupRecords(driver.graph, security, driver.report)
        self.finder = Finder(node, driver, security, cloud, clouds, self.wake)
        self.relay_passes = RelayPasses(driver, security, cloud, self._look)
        driver.given_relays = self.relay_passes.given
        self.graphs: list[Driver] = []
        "Other graphs under this group's security."
        self._engine = node.engine
        self._keep = keep
        self._quota = quota
        self._news = False
        self._following_up = threading.Lock()
        self._shown_status = 0
        driver.graph.limit_creators(quota, [str(self.name)])
        driver.secure_by(security, self, keeps_own_records=True)

    @property
    def taken(self) -> Group:
        """The group that this process has open: itself."""
        return self

    @property
    def programs(self) -> int:
        """How many other programs share it."""
        return self.sharing.programs if self.sharing is not None else 0

    def leave(self) -> None:
        """One does not leave what is one's own; it is closed."""

    @property
    def in_c(self) -> object:
        """See ``Driver.in_c``."""
        return self.driver.in_c

    def prepare_other(self, driver: Driver, reserved: Reserved) -> None:
        """Take charge of another graph that this group's security guards, with record types that are ``reserved``
        there. Raises InvalidArgument."""
        if driver.graph.peer_id != str(self.security.credential.name):
            raise InvalidArgument("A graph under a group's security belongs to the identity that has the group open.")
        if self.security.credential.profile is Profile.MS_PPSEC:
            raise InvalidArgument("The published signature does not say which graph it is for.")
        driver.graph.limit_creators(self._quota, [str(self.name)])
        driver.secure_by(security_of(self.security, reserved), _OtherGraph(self), keeps_own_records=False)
        self.graphs.append(driver)

    # What the graph and the security tell (registrations.GroupHooks) --------------------------------------------------

    def translate(self, event: Event) -> Sequence[AnyEvent]:
        """A graph's events as a group's; the graph's lock is held."""
        match event:
            case StatusChanged(status):
                self._news = True
                shown = group_status(status)
                before, self._shown_status = self._shown_status, shown
                return () if shown == before else (StatusChanged(shown),)
            case NodeChanged(change, _, peer_id):
                return (MemberEvent(MemberChange(int(change)), peer_id),)
            case ConnectionChanged():
                self._news = True
                self.finder.saw(event)
                return (event,)
            case ConnectionRequired():
                self._news = True
                self.finder.ask()
                return ()
            case PropertyChanged() | Synchronized():
                return ()
        return (event,)

    def handshake_ended(self, link: Link, connection: ConnectionSecurity) -> None:
        """A connection has ended in its handshake. A caller that had sent its password got no answer to it."""
        if link.outgoing and isinstance(connection, Connection) and connection.state is State.PASSWORD_SENT:
            self.finder.pause()
            self.driver.notify(AuthenticationFailed())

    def _look(self) -> None:
        """There is something to be done, when the input that calls this is over."""
        self._news = True

    def wake(self) -> None:
        """Have it looked after what is to be done; any thread."""
        self._news = True
        self.after_input()

    @deferred
    def after_input(self) -> None:
        if self._news or self.security.has_changes:
            if self._engine.on_loop():
                self.driver.spawn(self._follow_up_elsewhere)
            else:
                self._follow_up()

    async def _follow_up_elsewhere(self) -> None:
        await in_thread(self._follow_up)

    def _follow_up(self) -> None:
        """One thread at a time; who comes meanwhile has left its news for the one that is here."""
        while self._news or self.security.has_changes:
            if not self._following_up.acquire(blocking=False):
                return
            try:
                self._news = False
                for change in self.security.take_changes():
                    self._follow(change)
                self.driver.input(self.records.keep_membership)
                self.finder.proceed()
                self.relay_passes.keep()
            except GraphShuttingDown:
                return
            except Exception as error:
                self._engine.report(error)
            finally:
                self._following_up.release()

    def _follow(self, change: Change) -> None:
        notify = self.driver.notify
        match change:
            case MemberChanged(name, joined):
                notify(MemberEvent(MemberChange.JOINED if joined else MemberChange.UPDATED, name))
            case PropertiesChanged():
                properties = self.security.properties
                if properties is not None and properties.friendly_name != self.stored.friendly_name:
                    self._store(friendly_name=properties.friendly_name)
                notify(PropertyChanged())
            case MembershipGained() if self.security.chain is not None:
                self._store(chain=self.security.chain.encode())
            case MemberRevoked(authority):
                for driver in (self.driver, *self.graphs):
                    driver.input(driver.graph.end_refused)
                for chain in list(self.security.members):
                    if chain.name.authority == authority:
                        notify(MemberEvent(MemberChange.LEFT, str(chain.name)))
            case RelayPassed():
                self.finder.sit()
            case Recheck(record_ids):
                for driver in (self.driver, *self.graphs):
                    driver.input(driver.graph.validate_deferred, record_ids)

    def _store(self, **changes: Any) -> None:
        self.stored = self.stored._replace(**changes)
        self._keep(self.stored)


class _OtherGraph:
    """Looks after a graph that only has the group's security."""

    def __init__(self, group: Group) -> None:
        self._group = group

    def translate(self, event: Event) -> Sequence[AnyEvent]:
        return (event,)

    @deferred
    def after_input(self) -> None:
        if self._group.security.has_changes:
            self._group.after_input()

    def handshake_ended(self, link: Link, connection: ConnectionSecurity) -> None:
        """The graph's own event tells of it."""
