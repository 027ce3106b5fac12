"""Other graphs under the security of a group that another program of the person has open.

The keys are this person's, whichever program has them. What the group knows of its members is asked of the holder, and
asked again whenever members or properties have changed; judging and proving is then done here.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence

from peerapi.engine.graphs.driver import Driver
from peerapi.engine.graphs.registrations import AnyEvent, Registration
from peerapi.engine.groups.kept import member_quota
from peerapi.engine.sharing.access import Access
from peerapi.engine.sharing.threads import start
from peerapi.errors import GraphShuttingDown, InvalidArgument, PeerError
from peerapi.graphing.codec.records import decode_record
from peerapi.graphing.events import Event
from peerapi.graphing.link import Link
from peerapi.graphing.security import ConnectionSecurity
from peerapi.grouping.changes import MemberRevoked, Recheck
from peerapi.grouping.events import GroupEventType
from peerapi.grouping.provider import GroupSecurity
from peerapi.grouping.reserved import Reserved, security_of
from peerapi.identity.keys import Profile
from peerapi.log import Log
from peerapi.sharing import operations as ops
from peerapi.signals import deferred

log = Log("sharing")


class OtherGraphs:
    """The graphs of this process that one shared group guards."""

    def __init__(self, access: Access, make: Callable[[], GroupSecurity]) -> None:
        """``make`` gives the group's security with this person's keys; it knows nobody else yet."""
        self.drivers: list[Driver] = []
        self._access = access
        self._make = make
        self._lock = threading.Lock()
        self._security: GroupSecurity | None = None
        self._news: Registration | None = None

    def add(self, driver: Driver, reserved: Reserved) -> None:
        """Take charge of a graph that is about to be opened, with record types that are ``reserved`` there. Raises
        InvalidArgument, and why nothing can be known."""
        with self._lock:
            security = self._security or self._make()
            if driver.graph.peer_id != str(security.credential.name):
                raise InvalidArgument(
                    "A graph under a group's security belongs to the identity that has the group open."
                )
            if security.credential.profile is Profile.MS_PPSEC:
                raise InvalidArgument("The published signature does not say which graph it is for.")
            if self._security is None:
                wanted = {GroupEventType.MEMBER_CHANGED: None, GroupEventType.PROPERTY_CHANGED: None}
                self._news = Registration(wanted, self._changed)
                self._access.register(self._news)
                self._learn(security)
                self._security = security
        driver.graph.limit_creators(member_quota(), [str(security.group)])
        driver.secure_by(security_of(security, reserved), self, keeps_own_records=False)
        self.drivers.append(driver)

    def _changed(self) -> None:
        """Something has changed; the thread that says so waits for nothing."""
        if self._news is not None:
            self._news.queue.clear()
        with contextlib.suppress(PeerError):
            start("peerapi members", self._follow)

    def _follow(self) -> None:
        with self._lock:
            security = self._security
            if security is None:
                return
            try:
                self._learn(security)
            except PeerError as error:
                log.info("%s: its members are not known: %s", security.group, error)
                return
        self._judge_again()

    def _learn(self, security: GroupSecurity) -> None:
        """What the group's own records say now."""
        told = self._access.ask(ops.GROUP_RECORDS, None)
        records = [(decode_record(one.wire), one.wire) for one in told]
        proofs = {record.id: one.proof for (record, _), one in zip(records, told, strict=True)}
        security.load(records, proofs.get)

    # What the graphs tell (registrations.GroupHooks) ------------------------------------------------------------------

    def translate(self, event: Event) -> Sequence[AnyEvent]:
        return (event,)

    @deferred
    def after_input(self) -> None:
        security = self._security
        if security is not None and security.has_changes:
            for change in security.take_changes():
                if isinstance(change, Recheck | MemberRevoked):
                    with contextlib.suppress(PeerError):
                        start("peerapi members", self._judge_again)

    def _judge_again(self) -> None:
        """More is known of the members: end the connections that ought not to be, judge the records that wait."""
        for driver in list(self.drivers):
            with contextlib.suppress(GraphShuttingDown):
                driver.input(driver.graph.end_refused)
                driver.input(driver.graph.validate_deferred, ())

    def handshake_ended(self, link: Link, connection: ConnectionSecurity) -> None:
        """The graph's own event tells of it."""
