"""Attacks by memberships that somebody issues for others, and by second encodings of what others have signed."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from peerapi.graphing.codec.records import MEMBERSHIP, Record, decode_record, encode_record
from peerapi.graphing.events import RecordChange
from peerapi.graphing.graph import Graph
from peerapi.graphing.machine import archive
from peerapi.graphing.security import Validity
from peerapi.grouping import own_membership, signatures
from peerapi.grouping.changes import MembershipGained
from peerapi.grouping.members import Members
from peerapi.grouping.membership import MembershipChain
from peerapi.grouping.memberships import MAX_ISSUED, Memberships, worth
from peerapi.grouping.properties import encode_membership
from peerapi.grouping.provider import GroupSecurity
from peerapi.grouping.refusal import Refusal
from peerapi.grouping.roles import Role
from peerapi.grouping.signatures import SERIAL_SIZE
from peerapi.identity import der, keys
from peerapi.identity.certificates import decode
from peerapi.identity.keys import Profile
from peerapi.moment import Moment
from peerapi.store.database import Database
from tests.grouping.attacks import Attack, Outcome, Table, proven, replaced
from tests.grouping.test_validation import forced, made, secured
from tests.grouping.values import (
    ADMINISTRATOR,
    BOTH,
    DAY,
    HOUR,
    INVITING,
    MEMBER,
    MODERN,
    NOW,
    carol,
    credential,
    from_draft,
    issuer,
    member,
    name,
    security,
)
from tests.support.signatures import other_encoding

TABLE = Table()
attack = TABLE.attack
ADDED, VALID = RecordChange.ADDED, Validity.VALID
YEAR = 365 * DAY
both = pytest.mark.parametrize("profile", BOTH, ids=lambda profile: profile.value)


def issued(
    profile: Profile, who: str, by: str, above: MembershipChain, roles: tuple[Role, ...], begin: int
) -> MembershipChain:
    one = credential(profile, who)
    return issuer(profile, by, above).issue(one.key.public, one.name, who, roles, NOW, not_before=begin)


def published(by: GroupSecurity, chain: MembershipChain, seed: int = 1, now: int = NOW) -> Record:
    """A Membership record about somebody, by who has issued it."""
    payload = encode_membership(by._knowledge.version, chain.encode())
    made_by = str(by.credential.name)
    return forced(
        by,
        replace(
            made(by.credential.profile, "bob", type=MEMBERSHIP, payload=payload, seed=seed, now=now), creator_id=made_by
        ),
    )


# ---- Silencing -------------------------------------------------------------------------------------------------------


def the_best_only(self: Memberships, chain: MembershipChain, *, shown: bool, source: bytes = b"") -> bool:
    """What counts is what looks best, whoever says so."""
    if chain in self.best:
        return False
    self.best = tuple(sorted((*self.best, chain), key=worth, reverse=True)[:MAX_ISSUED])
    return chain in self.best


@attack(
    "an inviting member issues so many memberships for somebody that its own is forgotten",
    replaced(Memberships, "add", the_best_only),
    refused=Refusal.CROWDED,
)
def _(profile: Profile) -> Outcome:
    at = carol(profile)
    own = member(profile, "bob")
    bob = security(profile, "bob", own)
    at.met(own)
    chain = member(profile, "ivan", INVITING)
    at.met(chain)
    ivan = security(profile, "ivan", chain)
    for number in range(MAX_ISSUED, -1, -1):
        better = issued(profile, "bob", "ivan", chain, (INVITING,), NOW + YEAR + number * HOUR)
        at.validate(published(ivan, better, seed=number), ADDED)
    return Outcome(at.validate(secured(bob, made(profile, "bob")), ADDED) is not VALID, at)


def ada(profile: Profile) -> GroupSecurity:
    return security(profile, "ada", member(profile, "ada", ADMINISTRATOR))


def told(profile: Profile, chain: MembershipChain, now: int = NOW) -> GroupSecurity:
    """Bob's node, after ada has published a membership for it."""
    bob = security(profile, "bob", member(profile, "bob"))
    bob.met(member(profile, "ada", ADMINISTRATOR))
    assert bob.validate(published(ada(profile), chain, now=now), ADDED) is VALID
    return bob


@both
def test_attack_an_administrator_hands_out_a_membership_that_begins_in_a_year(
    profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = issued(profile, "bob", "ada", member(profile, "ada", ADMINISTRATOR), (INVITING,), NOW + YEAR)
    with monkeypatch.context() as patch:
        patch.setattr(own_membership, "EARLY", 2 * YEAR)
        assert told(profile, later).chain == later, "harmless even without the check"
    bob = told(profile, later)
    assert bob.chain == member(profile, "bob")
    assert secured(bob, made(profile, "bob")).security_data


@both
def test_a_member_whose_membership_goes_with_its_issuer_goes_back_to_the_one_it_had(profile: Profile) -> None:
    """Ada may issue bob a membership as good as the one that carol gave him; he loses nothing when she is revoked."""
    hers = issued(profile, "bob", "ada", member(profile, "ada", ADMINISTRATOR), (MEMBER,), NOW)
    bob = told(profile, hers)
    assert bob.chain == hers
    at = carol(profile)
    for chain in (member(profile, "ada", ADMINISTRATOR), member(profile, "bob"), hers):
        at.met(chain)
    revoked = from_draft(at.revocation_draft(str(name(profile, "ada")), NOW), at)
    revocation = secured(at, revoked)
    bob.take_changes()
    assert bob.validate(revocation, ADDED) is VALID
    assert bob.chain == member(profile, "bob")
    assert MembershipGained() in bob.take_changes()
    assert at.validate(secured(bob, made(profile, "bob", now=NOW + 1)), ADDED) is VALID


def test_a_record_under_a_membership_that_was_revoked_stands_by_another_one_of_its_member() -> None:
    hers = issued(MODERN, "bob", "ada", member(MODERN, "ada", ADMINISTRATOR), (MEMBER,), NOW)
    not_told = security(MODERN, "bob", hers)
    late = secured(not_told, made(MODERN, "bob", now=NOW + 1))
    for chains, expected in (((hers,), Validity.INVALID), ((hers, member(MODERN, "bob")), VALID)):
        at = carol(MODERN)
        for chain in (member(MODERN, "ada", ADMINISTRATOR), *chains):
            at.met(chain)
        secured(at, from_draft(at.revocation_draft(str(name(MODERN, "ada")), NOW), at))
        assert at.validate(late, ADDED) is expected


# ---- One encoding of a signature -------------------------------------------------------------------------------------


def in_the_other_encoding(record: Record) -> Record:
    at = 1 + 2 * SERIAL_SIZE
    data = record.security_data
    return replace(record, security_data=data[:at] + other_encoding(data[at:]))


def dave(at: GroupSecurity) -> Record:
    """A record of dave's, who has a P-256 key."""
    node = security(MODERN, "dave", member(MODERN, "dave"))
    at.met(member(MODERN, "dave"))
    return secured(node, made(MODERN, "dave"))


@attack(
    "a member makes a second signature of somebody else's, and with it another record",
    replaced(keys, "is_canonical", lambda _: True),
    refused=Refusal.SIGNATURE,
    profiles=(MODERN,),
)
def _(profile: Profile) -> Outcome:
    at = carol(profile)
    record = dave(at)
    assert at.validate(record, ADDED) is VALID
    return Outcome(at.validate(in_the_other_encoding(record), ADDED) is VALID, at)


def test_attack_second_encodings_of_certificates_are_no_second_memberships() -> None:
    """The signature of a certificate is in two encodings, so a chain of n links is in two to the power of n."""
    at = Members(name(MODERN, "club"))
    chain = member(MODERN, "dave", by="ivan", by_role=INVITING)
    assert chain.issuer.public_key.algorithm is keys.Algorithm.P256
    at.add(chain)
    one = chain.leaf
    changed = der.sequence(one.signed, one.signature_algorithm, der.bits(other_encoding(one.signature)))
    assert changed != one.encoded
    again = MembershipChain.proved([*(each.encoded for each in chain.certificates[:-1]), changed], chain.group)
    assert again == chain and again.mark == chain.mark
    assert at.add(again) == []
    assert decode(changed).encoded == one.encoded


def test_records_in_the_other_encoding_that_an_earlier_version_has_kept_are_good_after_opening(
    tmp_path: Path,
) -> None:
    """Application records and the group's own, a revocation among them; and other nodes take them from here."""
    now = Moment(NOW + 10, 1.0)
    group, me = str(name(MODERN, "club")), str(name(MODERN, "carol"))
    first = security(MODERN, "abel", member(MODERN, "abel", ADMINISTRATOR), group="club")
    assert first.credential.key.algorithm is keys.Algorithm.P256
    first.met(member(MODERN, "bob"))
    own = secured(first, made(MODERN, "abel"))
    revocation = secured(first, from_draft(first.revocation_draft(str(name(MODERN, "bob")), NOW), first, seed=2))
    path = tmp_path / "old"
    database = Database.open(path)
    graph = Graph(group, me, database, random=random.Random(1))
    graph.secure_by(carol(MODERN), keeps_own_records=True)
    graph.security.met(member(MODERN, "abel", ADMINISTRATOR))  # type: ignore[union-attr]
    for record in (own, revocation):
        row = graph.publication._row(record, False)
        database.put(row._replace(wire=encode_record(in_the_other_encoding(record))))
    database.close()

    database = Database.open(path)
    node = carol(MODERN)
    node.met(member(MODERN, "abel", ADMINISTRATOR))
    node.met(member(MODERN, "bob"))
    graph = Graph(group, me, database, random=random.Random(1))
    graph.secure_by(node, keeps_own_records=True)
    graph.at(now).open()
    assert database.fact(archive.RESTORED) == 1
    assert database.wire(own.id) == encode_record(own)
    assert database.wire(revocation.id) == encode_record(revocation)
    assert node.members.revoked(member(MODERN, "bob"), NOW + 1)
    assert node.refused.total() == 0
    assert node.validate(decode_record(database.wire(own.id) or b""), ADDED) is VALID
    database.close()


def test_what_is_not_the_other_encoding_is_left_as_it_is() -> None:
    at = carol(MODERN)
    for record in (dave(at), secured(at, made(MODERN, "carol"))):  # P-256, Ed25519
        wire = encode_record(record)
        assert signatures.restored(wire) == wire
    unsigned = encode_record(made(MODERN))
    assert signatures.restored(unsigned) == unsigned


# ---- All of them -----------------------------------------------------------------------------------------------------


@TABLE.parametrized()
def test_an_attack(attack: Attack, profile: Profile) -> None:
    proven(attack, profile)
