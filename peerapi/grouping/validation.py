"""Which records a group accepts (MS-PPSEC 3.1.7.1, 3.1.7.2, 2.2.5.3).

A record is judged by what it says itself and by what is known of memberships, not by the clock: so all nodes that know
the same come to the same answer, whenever a record reaches them. Only one that is dated into the future is refused
until then.

Who may touch what: ``record_rules``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from peerapi.errors import InvalidGroupProperties, InvalidPeerName, PeerError
from peerapi.graphing.clock import FAR_AHEAD
from peerapi.graphing.codec.internal_records import GraphInfo
from peerapi.graphing.codec.records import (
    GRAPH_INFO,
    GRAPH_TYPES,
    MEMBERSHIP,
    SECURITY_PROPERTIES,
    Record,
    Summary,
    encode_record,
    record_of,
    summarize,
)
from peerapi.graphing.codec.wire import MalformedMessage
from peerapi.graphing.conflict import Verdict, resolve
from peerapi.grouping import relay_pass, signatures
from peerapi.grouping.members import Members
from peerapi.grouping.membership import MembershipChain
from peerapi.grouping.profile import GroupProfile, Version
from peerapi.grouping.properties import GroupProperties, decode_membership
from peerapi.grouping.record_rules import operation, rule_of, standing
from peerapi.grouping.refusal import Refusal
from peerapi.grouping.relay_pass import RELAY_PASS
from peerapi.grouping.revocation import REVOCATION, RevocationPayload
from peerapi.grouping.revocations import Revocation
from peerapi.grouping.signatures import SecurityData, verify
from peerapi.identity.certificates import Certificate
from peerapi.identity.keys import Profile, PublicKey
from peerapi.identity.names import PeerName, parse

GROUP_RECORDS = frozenset((MEMBERSHIP, SECURITY_PROPERTIES, REVOCATION, RELAY_PASS))
"Types that an application cannot publish in a group."
PROPERTIES_MISSING = "properties"
"What a deferred record waits for, when it is not the name of a member."


class Invalid(Exception):
    """The record is not acceptable, and never will be."""

    def __init__(self, reason: Refusal, detail: str = "") -> None:
        super().__init__(f"{reason.name}: {detail or reason.value}")
        self.reason = reason


class Deferred(Exception):
    """The record cannot be judged until something else has come."""

    def __init__(self, awaited: str) -> None:
        super().__init__(awaited)
        self.awaited = awaited


class Author(NamedTuple):
    """Who has last touched a record, as far as its certificate says."""

    chain: MembershipChain | None
    "None: the group itself."
    public_key: PublicKey
    not_before: int
    not_after: int

    @property
    def administrator(self) -> bool:
        return self.chain is not None and self.chain.administrator


@dataclass
class Knowledge:
    """What records are judged by."""

    group: PeerName
    profile: GroupProfile
    members: Members
    root: Certificate | None = None
    properties: GroupProperties | None = None
    properties_id: bytes | None = None

    founding: Version | None = None
    "The version of a group that is being made here, before its properties are there to say it."

    @functools.cached_property
    def group_id(self) -> str:
        """The group's peer name as records have it."""
        return str(self.group)

    @property
    def version(self) -> Version:
        """The version by which this node signs."""
        if self.properties is not None:
            return self.properties.version
        return self.founding or self.profile.versions[-1]

    @property
    def versions(self) -> tuple[Version, ...]:
        """The versions by which records may have been signed, the likeliest first.

        Before the properties have come, any of the profile; the last modern one takes all that those before it take.
        In a group of version 1.0 records with SHA-1, the hash of 1.1, are taken too: earlier releases of this library
        signed the first ones so.
        """
        known, profile = self.properties, self.profile
        if profile.kind is Profile.MODERN:
            return (self.version if known is not None else profile.versions[-1],)
        if known is None or known.version == profile.versions[0]:
            return profile.versions
        return (known.version,)


@dataclass(frozen=True)
class Judged:
    """What a valid record teaches."""

    chain: MembershipChain | None = None
    shown: bool = False
    "Its member has published it itself."
    properties: GroupProperties | None = None
    revocation: Revocation | None = None


NOTHING = Judged()


def judge(
    record: Record,
    knowledge: Knowledge,
    wire: bytes = b"",
    *,
    stored: Summary | None = None,
    now: int | None = None,
) -> Judged:
    """Accept a record that has come, as ``wire`` if that is known. ``stored``: the one that it wants to replace;
    ``now``: peer time, None: whenever. Raises Invalid, Deferred."""
    check_place(record, knowledge, wire, stored)
    _require(now is None or record.modification <= now + FAR_AHEAD, Refusal.AHEAD, "dated into the future")
    try:
        data = SecurityData.decode(record.security_data, knowledge.profile.kind)
    except MalformedMessage as error:
        raise Invalid(Refusal.UNSIGNED, str(error)) from error
    chain = _carried(record, knowledge) if record.type == MEMBERSHIP else None
    author = _author(record, data, knowledge, chain)
    check_author(record, author, knowledge)
    for version in knowledge.versions:
        if verify(author.public_key, record, version, data, wire):
            break
    else:
        raise Invalid(Refusal.SIGNATURE)
    return check_content(record, author, knowledge, chain)


def examination(wire: bytes, knowledge: Knowledge) -> Callable[[], None] | None:
    """What takes long about judging a long record, its signature, to be called ahead and with no lock held. None: it
    is one of the group's or graph's own, which are short, or will be refused or deferred without."""
    try:
        summary = summarize(wire)
        if summary.type in GROUP_RECORDS or summary.type in GRAPH_TYPES:
            return None
        record = record_of(wire, summary._replace(payload_size=0))
        data = SecurityData.decode(record.security_data, knowledge.profile.kind)
        author = _author(record, data, knowledge, None)
        check_author(record, author, knowledge)
    except (Invalid, Deferred, MalformedMessage):
        return None
    return signatures.examination(author.public_key, knowledge.versions, data, wire)


def check_place(record: Record, knowledge: Knowledge, wire: bytes, stored: Summary | None) -> None:
    """Whether the record may take the place of the one that is there. Raises Invalid."""
    if stored is not None:
        received = summarize(wire or encode_record(record))
        verdict = resolve(received, stored, owner=str(knowledge.group).encode("utf-16-be"))
        _require(verdict is not Verdict.ANOTHER, Refusal.TYPE, "another type or creator")


def check_author(record: Record, author: Author, knowledge: Knowledge) -> None:
    """What concerns who has touched the record, and when. Raises Invalid, Deferred."""
    group, kind = knowledge.group_id, record.type
    if kind in GROUP_RECORDS or knowledge.profile.kind is Profile.MS_PPSEC:
        # The published signature says nothing about the graph; what the group itself needs has its place in one only.
        _require(record.graph_id == group, Refusal.CONTENT, "in another graph")
    chain, _, not_before, not_after = author
    _require(record.modification >= not_before, Refusal.PERIOD, "made before the membership")
    _require(record.expiration <= not_after, Refusal.PERIOD, "lasts longer than the membership")
    if chain is not None and knowledge.members.revoked(chain, record.modification):
        raise Invalid(Refusal.REVOKED)
    rule, done, administrator = rule_of(kind), operation(record), chain is not None and chain.administrator
    by = standing(record, group=group, by_group=chain is None, administrator=administrator)
    permitted = rule.permits(done, by)
    _require(permitted, Refusal.NOT_OWNER, "" if permitted else f"{done.value} {rule.name}")
    if rule.longest is not None:
        lasts = record.expiration - record.modification
        _require(lasts <= rule.longest, Refusal.PERIOD, f"lasts too long for {rule.name}")
    if kind == GRAPH_INFO and not administrator:
        _check_info(record, knowledge)


def what_counts(record: Record) -> tuple[object, ...]:
    """All of a record, of no type of the group or graph itself, that ``check_author`` asks about, and that says by whom
    it is signed: what is true of one is true of another one with the same."""
    return (
        record.type,
        record.creator_id,
        record.modified_by,
        record.modification,
        record.expiration,
        record.graph_id,
        record.deleted,
    )


def _check_info(record: Record, knowledge: Knowledge) -> None:
    """There is one such record, with an ID that names nobody: who says that it has created it gains nothing."""
    if knowledge.properties is None:
        raise Deferred(PROPERTIES_MISSING)
    try:
        info = GraphInfo.decode(record.payload)
    except MalformedMessage as error:
        raise Invalid(Refusal.CONTENT, str(error)) from error
    if info != knowledge.properties.graph_info():
        raise Deferred(PROPERTIES_MISSING)  # newer properties may be on their way


def check_content(record: Record, author: Author, knowledge: Knowledge, chain: MembershipChain | None) -> Judged:
    """What concerns the records of the group itself. Raises Invalid."""
    if record.type == MEMBERSHIP:
        if chain is None:
            chain = _carried(record, knowledge)
        publisher = author.chain
        assert publisher is not None
        own = publisher.name == chain.name and publisher.public_key == chain.public_key
        issued = chain.issuer.public_key == publisher.public_key
        _require(own or issued or publisher.administrator, Refusal.NOT_OWNER, "somebody else's membership")
        room = own or knowledge.members.has_room(chain)
        _require(room, Refusal.CROWDED, "one of too many memberships from one issuer")
        return Judged(chain=chain, shown=own)
    if record.type == SECURITY_PROPERTIES:
        return Judged(properties=_properties(record, knowledge))
    if record.type == REVOCATION and not record.deleted:
        return Judged(revocation=_revocation(record, author.chain))
    if record.type == RELAY_PASS and not record.deleted:
        try:
            relay_pass.decode(record.payload)
        except MalformedMessage as error:
            raise Invalid(Refusal.CONTENT, str(error)) from error
    return NOTHING


def recall(record: Record, knowledge: Knowledge, proof: Callable[[bytes], bytes | None]) -> Judged:
    """What a record of the group itself has taught, which was judged before it came into the database. ``proof``: the
    membership under which it was made, if that was kept. Raises Invalid, Deferred."""
    by = record.modified_by or record.creator_id
    if record.type == MEMBERSHIP:
        chain = _carried(record, knowledge)
        return Judged(chain=chain, shown=by == str(chain.name))
    if record.type == SECURITY_PROPERTIES:
        return Judged(properties=_properties(record, knowledge))
    if record.deleted or record.type == RELAY_PASS:
        return NOTHING
    if by == str(knowledge.group):
        return Judged(revocation=_revocation(record, None))
    kept = proof(record.id)
    if kept is not None:
        return Judged(revocation=_revocation(record, _proved(kept, knowledge)))
    try:  # of an earlier version, which kept none
        serial = SecurityData.decode(record.security_data, knowledge.profile.kind).modifier_serial
    except MalformedMessage as error:
        raise Invalid(Refusal.UNSIGNED, str(error)) from error
    return Judged(revocation=_revocation(record, _chain(secure_name(by), serial, record, knowledge, None)))


def _revocation(record: Record, by: MembershipChain | None) -> Revocation:
    try:
        payload = RevocationPayload.decode(record.payload)
    except MalformedMessage as error:
        raise Invalid(Refusal.CONTENT, str(error)) from error
    version = (record.version, record.modification)
    return Revocation(record.id, version, payload.authority, payload.since, record.modification, by)


def _properties(record: Record, knowledge: Knowledge) -> GroupProperties:
    _require(not record.deleted, Refusal.CONTENT, "deleted properties")
    known = knowledge.properties
    if knowledge.properties_id is not None:
        _require(record.id == knowledge.properties_id, Refusal.CONTENT, "second properties")
    try:
        properties = GroupProperties.decode(record.payload)
        if known is not None:
            known.check_change(properties)
    except (MalformedMessage, InvalidGroupProperties) as error:
        raise Invalid(Refusal.CONTENT, str(error)) from error
    _require(properties.group == knowledge.group, Refusal.CONTENT, "the properties of another group")
    _require(properties.version in knowledge.profile.versions, Refusal.CONTENT, "the properties of the other profile")
    return properties


def _carried(record: Record, knowledge: Knowledge) -> MembershipChain:
    """The membership in a Membership record, proved, and as good as the record is long."""
    _require(not record.deleted, Refusal.CONTENT, "a deleted membership")
    try:
        version, encoded = decode_membership(record.payload)
    except MalformedMessage as error:
        raise Invalid(Refusal.CONTENT, str(error)) from error
    chain = _proved(encoded, knowledge)
    _require(version in knowledge.profile.versions, Refusal.CONTENT, "the membership of another version")
    if knowledge.properties is not None:
        _require(version == knowledge.properties.version, Refusal.CONTENT, "the membership of another version")
    return chain


def _proved(encoded: bytes, knowledge: Knowledge) -> MembershipChain:
    try:
        return MembershipChain.read(encoded, knowledge.group)
    except PeerError as error:
        raise Invalid(Refusal.MEMBERSHIP, f"{error.name}: {error}") from error


# ---- Authors ---------------------------------------------------------------------------------------------------------


def _author(record: Record, data: SecurityData, knowledge: Knowledge, carried: MembershipChain | None) -> Author:
    creator = secure_name(record.creator_id)
    toucher = creator if record.modified_by is None else secure_name(record.modified_by)
    if knowledge.profile.kind is Profile.MS_PPSEC and toucher != creator:  # the text asks for both certificates
        _find(creator, data.creator_serial, record, knowledge, carried)
    return _find(toucher, data.modifier_serial, record, knowledge, carried)


@functools.lru_cache(maxsize=1024)
def secure_name(text: str) -> PeerName:
    """The name of a member or of a group, as a record has it. Raises Invalid."""
    try:
        name = parse(text)
    except InvalidPeerName as error:
        raise Invalid(Refusal.CONTENT, str(error)) from error
    _require(name.secure and str(name) == text, Refusal.CONTENT, "not a secure peer name")
    return name


def _find(
    name: PeerName, serial: bytes, record: Record, knowledge: Knowledge, carried: MembershipChain | None
) -> Author:
    if name == knowledge.group:
        root = knowledge.root
        if root is None:
            raise Deferred(PROPERTIES_MISSING)
        # A root may be made anew with the same key; the published text wants the certificate that is named.
        _require(knowledge.profile.kind is Profile.MODERN or serial == root.serial, Refusal.SIGNATURE, "another root")
        return Author(None, root.public_key, root.not_before, root.not_after)
    chain = _chain(name, serial, record, knowledge, carried)
    return Author(chain, chain.public_key, chain.not_before, chain.not_after)


def _chain(
    name: PeerName, serial: bytes, record: Record, knowledge: Knowledge, carried: MembershipChain | None
) -> MembershipChain:
    text = str(name)
    kept = knowledge.members.of(text)
    if len(kept) == 1 and carried is None and (kept[0].serial == serial or knowledge.profile.kind is Profile.MODERN):
        return kept[0]  # whatever it is worth, which ``check_author`` asks: there is no other
    known = list(kept)
    if carried is not None:
        known += [one for one in carried.above() if one.name == name]
    named = [one for one in known if one.serial == serial]
    if knowledge.profile.kind is Profile.MODERN:
        # A renewed membership replaces the one under which older records were signed. The key is the same and the
        # signature covers the graph, so whichever membership allows the record will do. The one that is named may be
        # there with another line of issuers than its member has.
        named += known
    for one in named:
        if (
            one.not_before <= record.modification
            and record.expiration <= one.not_after
            and not knowledge.members.revoked(one, record.modification)
        ):
            return one
    if named:
        return named[0]
    raise Deferred(text)


def _require(truth: bool, reason: Refusal, detail: str = "") -> None:
    if not truth:
        raise Invalid(reason, detail)
