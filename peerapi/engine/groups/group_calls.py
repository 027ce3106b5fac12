"""What an application asks of an open group, beside what it asks of the group's graph: members, properties,
memberships, and going online. ``group.Group`` is this with all that follows from what happens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import NamedTuple

from peerapi.address import Address
from peerapi.engine.graphs.driver import Driver
from peerapi.engine.groups.finder import Finder, State
from peerapi.engine.groups.group_records import GroupRecords
from peerapi.engine.runtime import moment
from peerapi.errors import (
    ChainTooLong,
    GraphNotReady,
    IdentityNotFound,
    InvalidArgument,
    InvalidRecord,
    NotAuthorized,
)
from peerapi.graphing.draft import Draft
from peerapi.graphing.events import StatusChanged
from peerapi.graphing.machine.node_list import NodeEntry
from peerapi.grouping.configuration import Configuration, export_configuration
from peerapi.grouping.events import group_status
from peerapi.grouping.invitation import invite_by_password, invite_member
from peerapi.grouping.membership import MAX_LINKS, MembershipChain
from peerapi.grouping.properties import GroupProperties
from peerapi.grouping.provider import GroupSecurity
from peerapi.grouping.revocation import REVOCATION
from peerapi.grouping.roles import Role
from peerapi.identity.certificates import Certificate
from peerapi.identity.keys import PublicKey
from peerapi.identity.names import PeerName, parse
from peerapi.moment import SECOND
from peerapi.store.groups import StoredGroup


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


class GroupCalls:
    """The calls; whoever has them brings the parts that are asked."""

    security: GroupSecurity
    stored: StoredGroup
    driver: Driver
    records: GroupRecords
    finder: Finder

    # Going online -----------------------------------------------------------------------------------------------------

    def connect(self) -> None:
        """By the group's name; see ``Finder.connect``."""
        self._go_online(self.finder.connect)

    def connect_to(self, addresses: Iterable[Address]) -> None:
        """By these members; see ``Finder.connect_to``."""
        self._go_online(partial(self.finder.connect_to, addresses))

    def _go_online(self, work: Callable[[], None]) -> None:
        """Whoever asks waits to hear of it, also where another program or handle has asked before, and nothing
        changes."""
        known = self.status() if self.finder.state is State.ONLINE else 0
        work()
        if known:
            self.driver.notify(StatusChanged(known))

    def resume(self) -> None:
        """Try the password again; see ``Finder.resume``."""
        self.finder.resume()

    def prefer_port(self, port: int) -> None:
        """Listen there from the next ``connect`` on, or elsewhere if it is taken."""
        self.finder.port = port

    def try_password(self, password: str) -> None:
        """Join by this password at the next ``connect``."""
        self.security.password = password

    # Questions --------------------------------------------------------------------------------------------------------

    @property
    def friendly_name(self) -> str:
        return self.stored.friendly_name

    @property
    def owned(self) -> bool:
        """The identity has created the group."""
        return self.security.owner is not None

    @property
    def chain(self) -> MembershipChain | None:
        """The membership of the identity."""
        return self.security.chain

    def utc(self, peer_time: int) -> int:
        """Peer time as this machine's UTC. Raises GraphNotReady."""
        self.require_ready()
        return self.driver.graph.clock.utc(peer_time)

    def peer_time(self, utc: int) -> int:
        """The other way round."""
        self.require_ready()
        return self.driver.graph.clock.peer_time(utc)

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

    def add_record(self, draft: Draft, seed: bytes = b"") -> bytes:
        """Publish a record of the application in this identity's name; ``seed``: see ``Publication.add``. Raises what
        ``Driver.add_record`` does, NotAuthorized, InvalidRecordExpiration, InvalidRecord."""
        if draft.type in self.security.hidden:
            raise InvalidRecord("A type of the group's own records.")
        if draft.creator_id is not None or draft.modified_by is not None:
            draft = draft._replace(creator_id=None, modified_by=None)
        return self.driver.add_record(draft, seed)

    def add_records(self, drafts: Sequence[Draft], seeds: Sequence[bytes] = ()) -> list[bytes]:
        """Many of them, all or none. Raises the same, and InvalidArgument for a type of the group's own records."""
        if any(draft.type in self.security.hidden for draft in drafts):
            raise InvalidArgument("A type of the group's own records.")
        return self.driver.add_records(drafts, seeds)

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
