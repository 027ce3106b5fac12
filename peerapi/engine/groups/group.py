"""One open group: its graph, its security, and what has to follow from what they say.

The graph's machine and the security are asked with the graph's lock held, and tell what has happened. ``after_input``
then does the rest, without a lock: it tells the application, keeps the membership on disk and in the graph, ends
connections, has waiting records judged, and connects. On the engine's thread that is handed to another one, since it
may write files and sign names.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from peerapi.engine.graphs.driver import Driver
from peerapi.engine.graphs.node import Node
from peerapi.engine.graphs.registrations import AnyEvent
from peerapi.engine.groups.finder import Finder
from peerapi.engine.groups.group_records import GroupRecords
from peerapi.engine.runtime import moment
from peerapi.engine.workers import in_thread
from peerapi.errors import (
    ChainTooLong,
    GraphNotReady,
    GraphShuttingDown,
    IdentityNotFound,
    InvalidArgument,
    InvalidRecord,
    NotAuthorized,
)
from peerapi.graphing.draft import Draft
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
from peerapi.graphing.machine.node_list import NodeEntry
from peerapi.graphing.machine.quotas import Quota
from peerapi.graphing.security import ConnectionSecurity
from peerapi.grouping.changes import Change, MemberChanged, MemberRevoked, MembershipGained, PropertiesChanged, Recheck
from peerapi.grouping.configuration import Configuration, export_configuration
from peerapi.grouping.connect import Connection, State
from peerapi.grouping.events import AuthenticationFailed, MemberChange, MemberEvent, group_status
from peerapi.grouping.invitation import invite_by_password, invite_member
from peerapi.grouping.membership import MAX_LINKS, MembershipChain
from peerapi.grouping.properties import GroupProperties
from peerapi.grouping.provider import GroupSecurity
from peerapi.grouping.revocation import REVOCATION
from peerapi.grouping.roles import Role
from peerapi.identity.certificates import Certificate
from peerapi.identity.keys import Profile, PublicKey
from peerapi.identity.names import PeerName, parse
from peerapi.moment import SECOND
from peerapi.signals import deferred
from peerapi.store.groups import StoredGroup

if TYPE_CHECKING:
    from peerapi.engine.clouds.clouds import Clouds


class Member(NamedTuple):
    """Somebody who belongs to the group."""

    name: str
    chain: MembershipChain
    node: NodeEntry | None
    "Where it is, when it is here and wants to be seen."
    present: bool


class CredentialInfo(NamedTuple):
    """What a new membership shall say; None: what the one before says, or the widest there is."""

    friendly_name: str | None
    public_key: PublicKey | None
    not_before: int
    "UTC, 0: not given."
    not_after: int
    roles: tuple[bytes, ...]


class Group:
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
        "How often it is open."
        self.driver = driver
        self.records = GroupRecords(driver.graph, security, driver.report)
        self.finder = Finder(node, driver, security, cloud, clouds, self.wake)
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
    def in_c(self) -> object:
        """See ``Driver.in_c``."""
        return self.driver.in_c

    def prepare_other(self, driver: Driver) -> None:
        """Take charge of another graph that this group's security guards. Raises InvalidArgument."""
        if driver.graph.peer_id != str(self.security.credential.name):
            raise InvalidArgument("A graph under a group's security belongs to the identity that has the group open.")
        if self.security.credential.profile is Profile.MS_PPSEC:
            raise InvalidArgument("The published signature does not say which graph it is for.")
        driver.graph.limit_creators(self._quota, [str(self.name)])
        driver.secure_by(self.security, _OtherGraph(self), keeps_own_records=False)
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
            case Recheck(record_ids):
                for driver in (self.driver, *self.graphs):
                    driver.input(driver.graph.validate_deferred, record_ids)

    def _store(self, **changes: Any) -> None:
        self.stored = self.stored._replace(**changes)
        self._keep(self.stored)

    # Questions --------------------------------------------------------------------------------------------------------

    @property
    def name(self) -> PeerName:
        return self.security.group

    @property
    def identity(self) -> PeerName:
        return self.security.credential.name

    def require_ready(self) -> None:
        """Raises GraphNotReady, GraphShuttingDown."""
        self.driver.read(lambda graph: graph.require_ready())

    def status(self) -> int:
        """PEER_GROUP_STATUS."""
        return self.driver.read(lambda graph: group_status(int(graph.status)))

    def properties(self) -> GroupProperties:
        """Raises GraphNotReady until they are known."""
        properties = self.driver.read(lambda graph: self.security.properties)
        if properties is None:
            raise GraphNotReady
        return properties

    def members(self, name: str | None = None) -> list[Member]:
        """Everybody whose membership is known and good, this node's own identity first; or one of them."""
        with self.security.lock:
            now, known = moment().utc, self.security.members
            chains = {str(each.name): good for each in known if (good := known.current(str(each.name), now))}
        nodes = self.driver.read(lambda graph: list(graph.topology.presence.values()))
        places = {entry.peer_id: entry for entry in reversed(nodes)}
        own = str(self.identity)
        graph = self.driver.graph
        here = bool(graph.addresses or graph.neighbors)
        places[own] = NodeEntry(bytes(16), graph.node_id, own, graph.addresses, graph.topology.attributes)
        found = [
            Member(member, chain, places.get(member), here if member == own else member in places)
            for member, chain in chains.items()
            if name in (None, member)
        ]
        return sorted(found, key=lambda member: member.name != own)

    # Changing ---------------------------------------------------------------------------------------------------------

    def add_record(self, draft: Draft) -> bytes:
        """Publish a record of the application in this identity's name. Raises what ``Driver.add_record`` does,
        NotAuthorized, InvalidRecordExpiration, InvalidRecord."""
        if draft.type in self.security.hidden:
            raise InvalidRecord("A type of the group's own records.")
        if draft.creator_id is not None or draft.modified_by is not None:
            draft = draft._replace(creator_id=None, modified_by=None)
        return self.driver.add_record(draft)

    def update_record(self, draft: Draft) -> None:
        """Raises the same, and RecordNotFound."""
        if self.driver.record(draft.id).type in self.security.hidden:
            raise NotAuthorized("The group itself keeps such records.")
        self.driver.update_record(draft._replace(modified_by=None))

    def delete_record(self, record_id: bytes) -> None:
        """Raises RecordNotFound, NotAuthorized. Deleting a revocation takes it back."""
        kind = self.driver.record(record_id).type
        if kind == REVOCATION:
            self.driver.input(self.records.take_back, record_id)
        elif kind in self.security.hidden:
            raise NotAuthorized("Such records are never deleted.")
        else:
            self.driver.delete_record(record_id, local=False)

    def set_properties(self, properties: GroupProperties) -> None:
        """Raises GraphNotReady, NotAuthorized, InvalidGroupProperties."""
        self.driver.input(self.records.change_properties, properties)

    def invite(self, invitee: Certificate, roles: Sequence[Role], expiration: int | None) -> str:
        """The invitation for an identity. Raises GraphNotReady, NotAuthorized, InvalidTimePeriod, ..."""
        self.require_ready()
        properties = self.properties()
        name = invitee.extensions.subject_name
        assert name is not None
        chain = self.security.issuer().issue(
            invitee.public_key, name, invitee.subject, roles, moment().utc, not_after=expiration
        )
        return invite_member(chain, properties)

    def invite_by_password(self) -> str:
        """Raises GraphNotReady, NotAuthorized (may not invite), InvalidArgument (a group without a password),
        ChainTooLong (who joins here would stand too far from the group's creator)."""
        self.require_ready()
        properties = self.properties()
        self.security.issuer()
        chain = self.security.chain
        if chain is not None and chain.links >= MAX_LINKS:
            raise ChainTooLong
        if properties.password is None:
            raise InvalidArgument("The group has no password.")
        return invite_by_password(properties)

    def issue(self, name: str, info: CredentialInfo | None, *, publish: bool) -> str:
        """A new membership for somebody, as an invitation; ``publish``: for the member to pick up in the group.

        Raises GraphNotReady, NotAuthorized, IdentityNotFound (no member, and no ``info``), InvalidArgument,
        InvalidCredentialInfo, InvalidTimePeriod.
        """
        self.require_ready()
        properties = self.properties()
        chain = self._issued(parse(name), info)
        if publish:
            self.driver.input(self.records.publish_membership, chain)
        return invite_member(chain, properties)

    def _issued(self, name: PeerName, info: CredentialInfo | None) -> MembershipChain:
        now, own = moment().utc, self.security.chain
        if own is None or not own.administrator:
            raise NotAuthorized("Only administrators issue credentials.")
        with self.security.lock:
            members = self.security.members
            # Whoever may invite can make memberships for somebody that begin in a year, or promise more.
            known = [chain for chain in members.of(str(name)) if chain.not_before <= now]
            before = members.current(str(name), now) or (known[0] if known else None)
        if info is None and before is None:
            raise IdentityNotFound("Nothing is known of that identity, and nothing was said.")
        friendly = (info and info.friendly_name) or (before.leaf.subject if before else "")
        public_key = (info and info.public_key) or (before.public_key if before else None)
        if public_key is None:
            raise InvalidArgument("The public key is missing.")
        roles = [Role(role) for role in info.roles] if info and info.roles else list(before.roles if before else ())
        latest = max((chain.leaf.not_before for chain in known), default=0)
        if info is not None and info.not_before and info.not_before <= latest:
            raise InvalidArgument("The new membership has to begin after the one before.")
        not_before = info.not_before if info and info.not_before else max(now, latest + SECOND) if known else None
        not_after = info.not_after if info and info.not_after else None
        return self.security.issuer().issue(
            public_key, name, friendly, roles or [Role.MEMBER], now, not_before=not_before, not_after=not_after
        )

    def revoke(self, name: str, reason: str) -> bytes:
        """Take a membership away; the ID of the record that says so. Raises GraphNotReady, NotFound, NotAuthorized,
        InvalidArgument."""
        self.require_ready()
        now = self.driver.graph.clock.peer_time(moment().utc)
        draft = self.security.revocation_draft(name, now, reason=reason)
        return self.driver.input(self.records.publish, draft)

    def export_config(self, password: str) -> str:
        """The membership for another machine. Raises InvalidArgument, NotAuthorized (no member yet)."""
        chain, owner = self.security.chain, self.security.owner
        if chain is None:
            raise NotAuthorized("This node is no member yet.")
        configuration = Configuration(chain, self.finder.cloud, None if owner is None else owner.key)
        return export_configuration(configuration, password, self.security.random)

    def refusals(self) -> str:
        """Which connections and records were refused, for people: a line for each reason."""
        counted = sorted((reason.name, count, reason.value) for reason, count in self.security.refused.items())
        graph = self.driver.graph
        beneath = (
            ("OUTDATED", graph.flooding.outdated, "older than the record that is here"),
            ("NODE_ID", graph.connections.claimed, "the node ID of a neighbor that is here"),
            ("CROWDED", graph.connections.crowded, "a place of somebody who had several, for who had fewer"),
        )
        counted += [line for line in beneath if line[1]]
        quotas = self.driver.graph.quotas
        if quotas is not None and quotas.refused:
            counted.append(
                ("QUOTA", quotas.refused, "its creator has as many records or bytes here as a member may have")
            )
        return "".join(f"{name} {count}: {why}\n" for name, count, why in counted)


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
