"""A group that another program of the same person has open, with the calls that a ``Group`` has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from peerapi.address import Address
from peerapi.engine.graphs.driver import Driver
from peerapi.engine.groups.group import Group
from peerapi.engine.groups.group_calls import CredentialInfo, Member
from peerapi.engine.sharing.access import Access
from peerapi.engine.sharing.other_graphs import OtherGraphs
from peerapi.engine.sharing.shared_driver import SharedDriver
from peerapi.errors import InvalidArgument
from peerapi.graphing.draft import Draft
from peerapi.grouping.events import group_status
from peerapi.grouping.membership import MembershipChain
from peerapi.grouping.properties import GroupProperties
from peerapi.grouping.provider import GroupSecurity
from peerapi.grouping.reserved import Reserved
from peerapi.grouping.roles import Role
from peerapi.grouping.validation import GROUP_RECORDS
from peerapi.identity.certificates import Certificate
from peerapi.identity.names import parse
from peerapi.sharing import operations as ops
from peerapi.sharing import values
from peerapi.store.groups import StoredGroup


class SharedGroup:
    """One group, as long as this program has it open; after a takeover this process may be its holder."""

    in_c = None
    programs = 0
    "Other programs that share it through this process; there are none until it is taken over."

    def __init__(self, access: Access, stored: StoredGroup, security: Callable[[], GroupSecurity]) -> None:
        """``security`` gives the group's security with this person's keys, for other graphs."""
        self.access = access
        self.stored = stored
        self.name = parse(stored.group)
        self.identity = parse(stored.identity)
        self.handles = 1
        self.driver = SharedDriver(access)
        self.taken: Group | None = None
        "The group itself, from when this process begins to take it over."
        self._others = OtherGraphs(access, security)
        self._chain: tuple[bytes, MembershipChain | None] = b"", None

    def leave(self) -> None:
        """No handle of it lives any longer."""
        self.access.close()

    # Going online -----------------------------------------------------------------------------------------------------

    def connect(self) -> None:
        self.access.ask(ops.CONNECT, None)

    def connect_to(self, addresses: Iterable[Address]) -> None:
        self.access.ask(ops.CONNECT_TO, tuple(addresses))

    def resume(self) -> None:
        self.access.ask(ops.RESUME, None)

    def prefer_port(self, port: int) -> None:
        self.access.ask(ops.PREFER_PORT, port)

    def try_password(self, password: str) -> None:
        self.access.ask(ops.TRY_PASSWORD, password)

    # Questions --------------------------------------------------------------------------------------------------------

    @property
    def friendly_name(self) -> str:
        state = self.access.state
        return self.stored.friendly_name if state is None else state.friendly_name

    @property
    def cloud(self) -> str:
        """Where it lives, as the holder has told it last."""
        state = self.access.state
        return self.stored.cloud if state is None else state.cloud

    @property
    def owned(self) -> bool:
        return self.access.ask(ops.STATE, None).owned

    @property
    def chain(self) -> MembershipChain | None:
        """The membership of the identity, as the holder has told it last."""
        if self.access.local is not None:
            return self.access.local.chain
        encoded = b"" if self.access.state is None else self.access.state.chain
        if encoded != self._chain[0]:
            self._chain = encoded, MembershipChain.read(encoded, self.name)
        return self._chain[1]

    def require_ready(self) -> None:
        self.access.ask(ops.REQUIRE_READY, None)

    def utc(self, peer_time: int) -> int:
        self.require_ready()
        return self.driver.graph.clock.utc(peer_time)

    def peer_time(self, utc: int) -> int:
        self.require_ready()
        return self.driver.graph.clock.peer_time(utc)

    def status(self) -> int:
        return group_status(self.access.ask(ops.STATE, None).status)

    def properties(self) -> GroupProperties:
        return self.access.ask(ops.PROPERTIES, None)

    def members(self, name: str | None = None) -> list[Member]:
        found = self.access.ask(ops.MEMBERS, name)
        return [Member(one.name, MembershipChain.read(one.chain, self.name), one.node, one.present) for one in found]

    def refusals(self) -> str:
        return self.access.ask(ops.REFUSALS, None)

    # Changing ---------------------------------------------------------------------------------------------------------

    def add_record(self, draft: Draft, seed: bytes = b"") -> bytes:
        return self.driver.add_record(draft, seed)

    def add_records(self, drafts: Sequence[Draft], seeds: Sequence[bytes] = ()) -> list[bytes]:
        if any(draft.type in GROUP_RECORDS for draft in drafts):
            raise InvalidArgument("A type of the group's own records.")
        return self.driver.add_records(drafts, seeds)

    def update_record(self, draft: Draft) -> None:
        self.driver.update_record(draft)

    def delete_record(self, record_id: bytes) -> None:
        self.driver.delete_record(record_id)

    def set_properties(self, properties: GroupProperties) -> None:
        self.access.ask(ops.SET_PROPERTIES, properties)

    def invite(self, invitee: Certificate, roles: Sequence[Role], expiration: int | None) -> str:
        wanted = tuple(role.value for role in roles)
        return self.access.ask(ops.INVITE, values.Invitee(invitee.encoded, wanted, expiration))

    def invite_by_password(self) -> str:
        return self.access.ask(ops.INVITE_BY_PASSWORD, None)

    def issue(self, name: str, info: CredentialInfo | None, *, publish: bool) -> str:
        said = None
        if info is not None:
            key = None if info.public_key is None else info.public_key.spki
            said = values.Credential(info.friendly_name, key, info.not_before, info.not_after, info.roles)
        return self.access.ask(ops.ISSUE, values.Issue(name, said, publish))

    def revoke(self, name: str, reason: str) -> bytes:
        return self.access.ask(ops.REVOKE, values.Revocation(name, reason))

    def export_config(self, password: str) -> str:
        return self.access.ask(ops.EXPORT_CONFIG, password)

    # Other graphs -----------------------------------------------------------------------------------------------------

    @property
    def graphs(self) -> list[Driver]:
        """Other graphs of this process under this group's security."""
        return self._others.drivers

    def prepare_other(self, driver: Driver, reserved: Reserved) -> None:
        """Take charge of another graph that this group's security guards, with record types that are ``reserved``
        there. Raises InvalidArgument."""
        self._others.add(driver, reserved)


OpenGroup = Group | SharedGroup
"A group that this program has open, whoever serves it."
