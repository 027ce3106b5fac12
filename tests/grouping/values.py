"""Groups, members, records and connections for tests. Keys are made once; nothing here reads a clock or a generator."""

from __future__ import annotations

import functools
import random
from collections.abc import Sequence

from peerapi.graphing.codec.records import Record, record_id
from peerapi.graphing.draft import Draft
from peerapi.grouping import password as passwords
from peerapi.grouping.channel import Credential
from peerapi.grouping.connect import Connection
from peerapi.grouping.membership import Issuer, MembershipChain, found_group, issue_root
from peerapi.grouping.own_membership import Owner
from peerapi.grouping.profile import PROFILES
from peerapi.grouping.properties import Authentication, GroupProperties
from peerapi.grouping.provider import GroupSecurity
from peerapi.grouping.roles import Role
from peerapi.identity.certificates import issue_identity
from peerapi.identity.keys import Algorithm, KeyPair, Profile
from peerapi.identity.names import PeerName, peer_name
from tests.identity.values import DAY, NOW

MODERN, PUBLISHED = Profile.MODERN, Profile.MS_PPSEC
BOTH = (MODERN, PUBLISHED)
HOUR = 3600 * 10_000_000
SECOND = 10_000_000
CHAT = bytes.fromhex("c0ffee00c0ffee00c0ffee00c0ffee00")
"A record type of an application."
PASSWORD = "open sesame"
ADMINISTRATOR, INVITING, MEMBER = Role.ADMINISTRATOR, Role.INVITING_MEMBER, Role.MEMBER


@functools.cache
def key(profile: Profile, who: str) -> KeyPair:
    """Modern keys take turns between P-256 and Ed25519."""
    if profile is PUBLISHED:
        return KeyPair.generate(Algorithm.RSA, 1024)
    return KeyPair.generate(Algorithm.ED25519 if len(who) % 2 else Algorithm.P256)


def name(profile: Profile, who: str) -> PeerName:
    return peer_name(key(profile, who).public.authority, who)


@functools.cache
def credential(profile: Profile, who: str) -> Credential:
    pair = key(profile, who)
    return Credential(pair, issue_identity(pair, name(profile, who), who.title(), NOW), NOW)


@functools.cache
def owner(profile: Profile, group: str = "club") -> Owner:
    pair = key(profile, group)
    return Owner(pair, issue_root(pair, name(profile, group), "The Club", NOW))


@functools.cache
def creator(profile: Profile, group: str = "club", who: str = "carol") -> MembershipChain:
    """The creator's membership, right under the root."""
    one = owner(profile, group)
    return found_group(one.key, one.root, credential(profile, who).identity, NOW)


def issuer(profile: Profile, who: str, chain: MembershipChain) -> Issuer:
    return Issuer.member(key(profile, who), chain)


def member(
    profile: Profile, who: str, role: Role = MEMBER, by: str = "carol", by_role: Role = ADMINISTRATOR
) -> MembershipChain:
    """A membership that carol, or somebody whom carol has made a member, has issued; always the same one."""
    return _member(profile, who, role, by, by_role)


@functools.cache
def _member(profile: Profile, who: str, role: Role, by: str, by_role: Role) -> MembershipChain:
    above = creator(profile) if by == "carol" else member(profile, by, by_role)
    one = credential(profile, who)
    return issuer(profile, by, above).issue(one.key.public, one.name, who.title(), (role,), NOW)


def line(profile: Profile, people: Sequence[str], role: Role = ADMINISTRATOR) -> MembershipChain:
    """A chain: carol, then ``people`` each made a member by the one before."""
    chain, last = creator(profile), "carol"
    for who in people:
        one = credential(profile, who)
        chain = issuer(profile, last, chain).issue(one.key.public, one.name, who, (role,), NOW)
        last = who
    return chain


@functools.cache
def password_check(profile: Profile) -> str | passwords.Verifier:
    if profile is PUBLISHED:
        return passwords.hash_string(PASSWORD)
    return passwords.Verifier.of(PASSWORD, bytes(range(16)))


def properties(profile: Profile, role: Role = MEMBER, group: str = "club") -> GroupProperties:
    """Of a group that may be joined by password."""
    return GroupProperties(
        version=PROFILES[profile].versions[-1],
        group=name(profile, group),
        creator=name(profile, "carol"),
        friendly_name="The Club",
        authentication=Authentication(3),
        password=password_check(profile),
        password_role=role,
    )


def security(
    profile: Profile,
    who: str,
    chain: MembershipChain | None = None,
    *,
    group: str = "club",
    owns: bool = False,
    password: str | None = None,
    knows_properties: bool = True,
    role: Role = MEMBER,
) -> GroupSecurity:
    """One node of the group."""
    made = GroupSecurity(
        name(profile, group),
        credential(profile, who),
        random=random.Random(who).randbytes,
        chain=chain,
        owner=owner(profile, group) if owns else None,
        password=password,
    )
    if knows_properties:
        made._knowledge.properties = properties(profile, role, group)
        made._knowledge.properties_id = bytes(16)
    return made


def carol(profile: Profile, **options: bool) -> GroupSecurity:
    """The creator's node."""
    return security(profile, "carol", creator(profile), owns=True, **options)


# ---- Connections -----------------------------------------------------------------------------------------------------


class Pair:
    """Both ends of a connection, and the wire between them."""

    def __init__(self, caller: GroupSecurity, called: GroupSecurity) -> None:
        self.caller = caller.connection(outgoing=True, expected=None)
        self.called = called.connection(outgoing=False, expected=str(caller.credential.name))
        self.wire: list[bytes] = []
        "All that went over it."

    def run(self, now: int = NOW, later: int | None = None) -> Pair:
        """Until nobody has anything to say. Raises Refused from whichever side refuses first."""
        from peerapi.grouping.connect import State

        to_called, to_caller = self.caller.start(), b""
        while to_called or to_caller:
            self.wire += (to_called, to_caller)
            if to_called and self.called.state is not State.COMPLETE:
                to_caller, _ = self.called.receive(to_called, now)
                to_called = b""
            elif to_caller and self.caller.state is not State.COMPLETE:
                to_called, _ = self.caller.receive(to_caller, now if later is None else later)
                to_caller = b""
            else:
                break
        return self

    @property
    def complete(self) -> bool:
        return self.caller.peer is not None and self.called.peer is not None


def exchange(sender: Connection, receiver: Connection, frames: bytes) -> bytes:
    return receiver.decrypt(sender.encrypt(frames))


# ---- Records ---------------------------------------------------------------------------------------------------------


def record(
    by: PeerName,
    payload: bytes = b"hello",
    *,
    type: bytes = CHAT,
    group: PeerName,
    version: int = 1,
    seed: int = 1,
    modified_by: PeerName | None = None,
    attributes: str | None = None,
    now: int = NOW,
    expiration: int = NOW + HOUR,
    deleted: bool = False,
) -> Record:
    """A record as a graph would make it; not secured yet."""
    return Record(
        type=type,
        id=record_id(str(by), random.Random(seed).randbytes(16)),
        version=version,
        creator_id=str(by),
        creation=now,
        expiration=expiration,
        modification=now + version - 1,
        graph_id=str(group),
        payload=b"" if deleted else payload,
        attributes=attributes,
        modified_by=None if modified_by is None else str(modified_by),
        deleted=deleted,
    )


def from_draft(draft: Draft, security: GroupSecurity, now: int = NOW, seed: int = 1) -> Record:
    """The record that a graph makes of a draft."""
    creator_id = draft.creator_id or str(security.credential.name)
    return Record(
        type=draft.type,
        id=record_id(creator_id, random.Random(seed).randbytes(16)),
        version=1,
        creator_id=creator_id,
        creation=now,
        expiration=draft.expiration,
        modification=now,
        graph_id=str(security.group),
        payload=draft.data or b"",
    )


__all__ = ("DAY", "NOW")
