"""The security of one group, as one of its members sees it: a graph security provider of our own (MS-PPSEC 1.3.2).

``GroupSecurity`` is asked about records (``validate``, ``secure``) and makes the ends of connections (``connection``):
it is a ``graphing.security.GraphSecurity``, a value like the graph's machine. It reads no clock, opens nothing and
calls nobody, so it may be asked with a graph's lock held. What its owner has to hear or do collects in ``changes``.

Handshakes run outside of all locks of graphs, and several graphs may have the same security. So what it knows has a
lock of its own, which is given to it, held for moments only, and taken after that of a graph.

One ``GroupSecurity`` may guard several graphs. What the group needs to know of itself (memberships, properties,
revocations) has its place in the graph that bears the group's name only.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from peerapi.errors import InvalidArgument, InvalidRecord, NotAuthorized, PeerError
from peerapi.graphing.clock import horizon
from peerapi.graphing.codec.records import MEMBERSHIP, SECURITY_PROPERTIES, Record, Summary, encode_record, summarize
from peerapi.graphing.draft import Draft
from peerapi.graphing.events import RecordChange
from peerapi.graphing.security import Validity
from peerapi.grouping import drafts, record_rules, signatures, validation
from peerapi.grouping.awaited import Awaited
from peerapi.grouping.changes import (
    Change,
    MemberChanged,
    MemberRevoked,
    MembershipGained,
    MembershipWanted,
    PropertiesChanged,
    Recheck,
    RelayPassed,
)
from peerapi.grouping.channel import Credential
from peerapi.grouping.connect import Connection
from peerapi.grouping.connection_ends import PasswordEntry, Peer
from peerapi.grouping.locking import locked
from peerapi.grouping.members import Members
from peerapi.grouping.membership import Issuer, MembershipChain
from peerapi.grouping.own_membership import Owner, another, replaces
from peerapi.grouping.password import PasswordThrottle
from peerapi.grouping.profile import BATCHES, PROFILES, Version
from peerapi.grouping.properties import Authentication, GroupProperties
from peerapi.grouping.refusal import PUBLISHING, Refusal
from peerapi.grouping.relay_pass import RELAY_PASS
from peerapi.grouping.revocation import REVOCATION
from peerapi.grouping.sieve import RecordSieve
from peerapi.grouping.standing import StandingRecords
from peerapi.grouping.validation import PROPERTIES_MISSING, Author, Deferred, Invalid, Judged, Knowledge
from peerapi.identity.keys import KeyPair, Profile
from peerapi.identity.names import PeerName, parse, proves
from peerapi.store.database import Row

LOADED = (MEMBERSHIP, SECURITY_PROPERTIES, REVOCATION, RELAY_PASS)
"The order in which records are taken from the database: what others rest on comes first."
FRAME_SIZE = 16348
"Max Frame Size of a group's connections (3.1.4.1): with what TLS adds it still fits into a record of TLS."


class GroupSecurity:
    """Records and connections of one identity in one group."""

    hidden = validation.GROUP_RECORDS
    frame_size = FRAME_SIZE

    def __init__(
        self,
        group: PeerName,
        credential: Credential,
        *,
        random: Callable[[int], bytes],
        chain: MembershipChain | None = None,
        owner: Owner | None = None,
        password: str | None = None,
        throttle: PasswordThrottle | None = None,
        lock: contextlib.AbstractContextManager[Any] | None = None,
    ) -> None:
        """``random``: so many random bytes. ``password``: to join by when there is no ``chain``. ``lock``: one that may
        be taken again by who has it; none where there is one thread only."""
        if chain is not None and (chain.public_key != credential.key.public or chain.name != credential.name):
            raise ValueError("somebody else's membership")
        if owner is not None and not proves(owner.key.public.spki, group):
            raise ValueError("the key of another group")
        self.group = group
        self.credential = credential
        self._own_id = str(credential.name)
        self.random = random
        self.chain: MembershipChain | None = None
        self.owner = owner
        self.password = password
        self.throttle = throttle or PasswordThrottle()
        self.lock = lock or contextlib.nullcontext()
        self.members = Members(group)
        self.refused: Counter[Refusal] = Counter()
        "How many connections and records were refused, by reason."
        self.acted = False
        "This node has published something, so that others want to know its membership."
        self._changes: list[Change] = []
        self._awaited = Awaited()
        self._standing = StandingRecords()
        self._knowledge = Knowledge(group, PROFILES[credential.profile], self.members)
        if owner is not None:
            self._knowledge.root = owner.root
        if chain is not None:
            self.accept_membership(chain)
            self._changes.clear()

    def found(self, version: Version) -> None:
        """The group is being made: from its first record on it is of this version (3.1.4.1, 2.2.4.1)."""
        self._knowledge.founding = version

    @property
    def owner_id(self) -> bytes:
        return str(self.group).encode("utf-16-be")

    @property
    def properties(self) -> GroupProperties | None:
        """What the group's key says of it, once that is known."""
        return self._knowledge.properties

    @property
    def properties_id(self) -> bytes | None:
        """The ID of the record that they come from."""
        return self._knowledge.properties_id

    @property
    def has_changes(self) -> bool:
        """Something has changed and was not taken yet."""
        return bool(self._changes)

    @locked
    def take_changes(self) -> list[Change]:
        """What has happened since the last call."""
        changes, self._changes = self._changes, []
        return changes

    # Connections ------------------------------------------------------------------------------------------------------

    def connection(self, *, outgoing: bool, expected: str | None = None) -> Connection:
        """One end of a new connection. ``expected``: the peer ID in AUTH_INFO: the caller's, or the one wanted."""
        return Connection(self, outgoing=outgoing, expected=expected)

    @locked
    def refuses(self, peer: Peer, now: int) -> bool:
        """Whether a connection to ``peer`` must not go on: it was revoked, or has expired and was not renewed by this
        machine's own UTC."""
        return not self.members.good(peer.chain, now) and self.members.current(str(peer.name), now) is None

    @locked
    def good_until(self, peer: Peer) -> int:
        """When the last membership of ``peer`` that is known ends, or begins to be revoked."""
        return max(self.members.good_until(chain) for chain in (peer.chain, *self.members.of(str(peer.name))))

    @locked
    def revoked(self, chain: MembershipChain, now: int) -> bool:
        return self.members.barred(chain, now)

    @locked
    def current_membership(self, name: str, now: int) -> MembershipChain | None:
        """The best membership of somebody that is good now."""
        return self.members.current(name, now)

    @locked
    def may_try_password(self, now: int) -> bool:
        return self.throttle.open(now)

    @locked
    def wrong_password(self, now: int) -> None:
        self.throttle.failure(now)

    @property
    def password_entry(self) -> PasswordEntry | None:
        properties = self.properties
        if properties is None or properties.password is None:
            return None
        if Authentication.PASSWORD not in properties.authentication:
            return None
        return PasswordEntry(properties.password, properties.password_role)

    @locked
    def count_refusal(self, reason: Refusal) -> None:
        self.refused[reason] += 1

    @locked
    def met(self, chain: MembershipChain) -> None:
        self._learn(chain, shown=True)

    @locked
    def joined(self, chain: MembershipChain) -> None:
        self.accept_membership(chain)
        self._changes.append(MembershipGained())

    @locked
    def accept_membership(self, chain: MembershipChain) -> None:
        """Use a membership of this node: from an invitation, a password, or a renewal."""
        self.chain = chain
        self._learn(chain, shown=True)

    # Records (RecordSecurity) -----------------------------------------------------------------------------------------

    @locked
    def validate(
        self,
        record: Record,
        change: RecordChange,
        wire: bytes = b"",
        *,
        stored: Summary | None = None,
        now: int | None = None,
    ) -> Validity:
        """3.1.7.2. What ``change`` the record makes here plays no part."""
        try:
            judged = validation.judge(record, self._knowledge, wire, stored=stored, now=now)
        except Invalid as error:
            self.refused[error.reason] += 1
            return Validity.INVALID
        except Deferred as error:
            self._awaited.wait(error.awaited, record.id)
            return Validity.DEFERRED
        is_the_group_s = record.type in validation.GROUP_RECORDS
        if is_the_group_s and self._standing.take(summarize(wire or encode_record(record)), horizon(now)):
            self._adopt(record, judged)
        return Validity.VALID

    @locked
    def sieve(self, make: Callable[[bytes], Row], has_room: Callable[[bytes], bool], now: int) -> RecordSieve | None:
        if self.credential.profile is not Profile.MODERN:
            return None
        return RecordSieve(self._knowledge, self.lock, make, has_room, now)

    @locked
    def examination(self, wire: bytes) -> Callable[[], None] | None:
        return validation.examination(wire, self._knowledge)

    @staticmethod
    def forget_examined(wire: bytes) -> None:
        signatures.forget_examined(wire)

    @locked
    def secure(self, record: Record, change: RecordChange, wire: bytes = b"") -> bytes:
        """3.1.7.1. Raises NotAuthorized, InvalidRecordExpiration, InvalidRecord."""
        key, serial, judged = self._checked(record)
        data = signatures.sign(key, record, self._knowledge.version, self._creator_serial(record, serial), serial, wire)
        if record.type in validation.GROUP_RECORDS:
            self._standing.put(summarize(encode_record(replace(record, security_data=data))))
            self._adopt(record, judged)
        self._act(record)
        return data

    @locked
    def secure_many(self, batch: list[tuple[Record, bytes]]) -> list[bytes]:
        """``secure`` for new records that are published together (``signatures.sign_batch``)."""
        unsigned, known = list[signatures.Unsigned](), dict[object, tuple[KeyPair, bytes, bytes]]()
        for record, wire in batch:
            if record.type in record_rules.RULES:  # each may change what the next one is judged by
                return [self.secure(record, RecordChange.ADDED, wire) for record, wire in batch]
            about = validation.what_counts(record)
            if about not in known:
                key, serial, _ = self._checked(record)
                known[about] = key, self._creator_serial(record, serial), serial
            unsigned.append(signatures.Unsigned(record, *known[about][1:], wire))
        if len({each[0] for each in known.values()}) != 1:
            return [self.secure(record, RecordChange.ADDED, wire) for record, wire in batch]
        self._act(batch[0][0])
        return signatures.sign_batch(key, self._knowledge.version, unsigned)

    @locked
    def secure_alike(self, like: Record, wires: list[bytes]) -> list[bytes] | None:
        """``secure_many`` where only expiration times, IDs and contents differ. An application's rule asks nothing of
        the latter, and who may make what expires last may make the others."""
        version = self._knowledge.version
        if self.credential.profile is not Profile.MODERN or version < BATCHES or like.type in record_rules.RULES:
            return None
        try:
            key, serial, _ = self._checked(like)
        except PeerError:
            return None
        self._act(like)
        return signatures.sign_alike(key, self._creator_serial(like, serial), serial, wires)

    def _act(self, record: Record) -> None:
        """This node is about to publish something."""
        if not self.acted and record.type != MEMBERSHIP:
            self.acted = True
            self._changes.append(MembershipWanted())

    def _checked(self, record: Record) -> tuple[KeyPair, bytes, Judged]:
        """By which key and certificate a record is published, and what it teaches. Raises NotAuthorized,
        InvalidRecordExpiration, InvalidRecord."""
        author, key, serial = self._author(record)
        try:
            validation.check_author(record, author, self._knowledge)
            judged = validation.check_content(record, author, self._knowledge, None)
        except Invalid as error:
            raise PUBLISHING.get(error.reason, InvalidRecord)(str(error)) from error
        except Deferred as error:
            raise NotAuthorized("Only administrators change the graph's properties.") from error
        return key, serial, judged

    def restored(self, wire: bytes) -> bytes:
        """Raises MalformedMessage."""
        return signatures.restored(wire) if self.credential.profile is Profile.MODERN else wire

    @locked
    def load(self, records: Iterable[tuple[Record, bytes]], proof: Callable[[bytes], bytes | None]) -> None:
        """Take in what the database holds: the group's own records, in any order, with their bytes, which were judged
        before. What was learned from records that are not there, because they could not be kept, is forgotten."""
        self._standing.clear()
        self.members.forget_records()
        self._knowledge.properties, self._knowledge.properties_id = None, None
        for record, wire in sorted(records, key=lambda one: LOADED.index(one[0].type)):
            self._standing.put(summarize(wire))
            try:
                judged = validation.recall(record, self._knowledge, proof)
            except (Invalid, Deferred):  # what an earlier version took in
                continue
            self._adopt(record, judged)
        self._changes.clear()
        self._awaited.clear()

    @locked
    def proof(self, record_id: bytes) -> bytes | None:
        """The membership under which an administrator has made a revocation."""
        revocation = self.members.revocations.get(record_id)
        return None if revocation is None or revocation.by is None else revocation.by.encode()

    @locked
    def forget(self, record_id: bytes) -> None:
        if self._standing.remove(record_id):
            self.members.forget(record_id)
            self.members.revocations.forget(record_id)
            if record_id == self._knowledge.properties_id:
                self._knowledge.properties, self._knowledge.properties_id = None, None

    def _author(self, record: Record) -> tuple[Author, KeyPair, bytes]:
        """Who signs a record that this node publishes."""
        toucher = record.modified_by or record.creator_id
        owner, chain = self.owner, self.chain
        if toucher == self._knowledge.group_id:
            if owner is None:
                raise NotAuthorized("Only who has the group's key may do that.")
            root = owner.root
            return Author(None, root.public_key, root.not_before, root.not_after), owner.key, root.serial
        if chain is None:
            raise NotAuthorized("This node is no member yet.")
        if toucher != self._own_id:
            raise NotAuthorized("Records are published in one's own name.")
        if not self.members.good(chain, record.modification):  # it has not begun yet, or went with its issuer
            chain = another(self.members, self.credential, record.modification) or chain
        return Author(chain, chain.public_key, chain.not_before, chain.not_after), self.credential.key, chain.serial

    def _creator_serial(self, record: Record, serial: bytes) -> bytes:
        if record.modified_by in (None, record.creator_id):
            return serial
        if record.creator_id == str(self.group) and self._knowledge.root is not None:
            return self._knowledge.root.serial
        known = self.members.of(record.creator_id)
        if not known and self.credential.profile is Profile.MS_PPSEC:
            raise InvalidRecord("Nothing is known of its creator, whose certificate the record has to name.")
        return known[0].serial if known else bytes(16)

    def _adopt(self, record: Record, judged: Judged) -> None:
        if judged.chain is not None:
            self._learn(judged.chain, shown=judged.shown, source=record.id)
            mine = judged.chain.name == self.credential.name
            if mine and replaces(judged.chain, self.chain, self.members, record.modification):
                self._use(judged.chain)  # issued anew, and published for this node to pick up
        if judged.properties is not None:
            self._knowledge.properties, self._knowledge.properties_id = judged.properties, record.id
            self._changes.append(PropertiesChanged())
            self._recheck(PROPERTIES_MISSING)
        if record.type == RELAY_PASS:
            self._changes.append(RelayPassed())
        if record.type == REVOCATION:
            self.members.revocations.forget(record.id)
        if judged.revocation is not None and self.members.revoke(judged.revocation):
            self._changes.append(MemberRevoked(judged.revocation.authority))
            self._fall_back(record.modification)

    def _use(self, chain: MembershipChain) -> None:
        self.accept_membership(chain)
        self._changes.append(MembershipGained())

    def _fall_back(self, moment: int) -> None:
        """When the membership in use went with its issuer, another one of this node's may still be good."""
        if self.chain is None or not self.members.revoked(self.chain, moment):
            return
        if (other := another(self.members, self.credential, moment)) is not None:
            self._use(other)

    def _learn(self, chain: MembershipChain, *, shown: bool, source: bytes = b"") -> None:
        if self._knowledge.root is None:
            self._knowledge.root = chain.root
            self._recheck(PROPERTIES_MISSING)
        joined = {str(one.name) for one in chain.above() if not self.members.knows(str(one.name))}
        for one in self.members.add(chain, shown=shown, source=source):
            self._changes.append(MemberChanged(str(one.name), str(one.name) in joined))
            self._recheck(str(one.name))

    def _recheck(self, awaited: str) -> None:
        if found := self._awaited.came(awaited):
            self._changes.append(Recheck(found))

    # What this node publishes of its own accord -----------------------------------------------------------------------

    @locked
    def membership_draft(self, now: int, chain: MembershipChain | None = None, record_id: bytes | None = None) -> Draft:
        """The Membership record of this node, or the one for ``chain``; with ``record_id`` its renewal.

        ``now`` is peer time. Raises NotAuthorized (no member).
        """
        if self.chain is None:
            raise NotAuthorized("This node is no member yet.")
        lifetime = self.properties.membership_lifetime if self.properties is not None else 0
        return drafts.membership(self._knowledge.version, chain or self.chain, self.chain, lifetime, now, record_id)

    def properties_draft(self, properties: GroupProperties, record_id: bytes | None = None) -> Draft:
        """The Security Properties record; with ``record_id`` the next version of it.

        Raises NotAuthorized (not the group's creator), InvalidGroupProperties.
        """
        if self.owner is None:
            raise NotAuthorized("Only the group's creator changes its properties.")
        if self.properties is not None:
            self.properties.check_change(properties)
        return drafts.properties(properties, self.group, self.owner, record_id)

    @locked
    def revocation_draft(self, name: str, now: int, *, since: int | None = None, reason: str = "") -> Draft:
        """The record that takes the membership of ``name`` away, from ``since`` (peer time, now) on.

        The group's key is used when it is here, an administrator's otherwise. Raises NotAuthorized (no administrator,
        or not above that member), InvalidArgument, NotFound (not a member).
        """
        if self.members.of(name) and parse(name).authority == self.credential.name.authority:
            raise InvalidArgument("Nobody revokes itself.")
        since = now if since is None else since
        return drafts.revocation(self.members, name, self.owner or self.chain, self.group, now, since, reason)

    def issuer(self) -> Issuer:
        """Who makes new members here: this member. Raises NotAuthorized (no member, or one that may not)."""
        if self.chain is None or not self.chain.may_issue:
            raise NotAuthorized("This member may not issue memberships.")
        return Issuer.member(self.credential.key, self.chain)
