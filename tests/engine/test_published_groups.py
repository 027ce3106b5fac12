"""Groups in the published formats, live: which version they are of, and what that means for records (MS-PPSEC 3.1.4.1,
2.2.4.1)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import load_der_public_key

from peerapi.graphing.codec.records import SIGNATURE, Record, decode_record
from peerapi.graphing.events import RecordChange
from peerapi.graphing.security import Validity
from peerapi.grouping.properties import Authentication
from peerapi.grouping.refusal import Refusal
from peerapi.grouping.signatures import SecurityData, sign
from peerapi.identity.keys import Algorithm, KeyPair, Profile
from tests.engine.people import Person, World
from tests.engine.support import draft, until
from tests.grouping.values import PUBLISHED, creator, key, member, name, record, security

MD5, SHA1 = 16, 20
PASSWORD: dict[str, Any] = {"authentication": Authentication(3), "password": "candles"}


def person(world: World, who: str) -> Person:
    return world.person(who, KeyPair.generate(Algorithm.RSA, 1024))


def records(one: Person) -> list[Record]:
    """All that its database holds, the graph's and the group's own records among them."""
    database = one.driver.graph.database

    def read() -> list[bytes | None]:
        found = database.abstracts(0, database.last_seq, database.count())
        return [database.wire(one.id) for one in found]

    return [decode_record(wire) for wire in one.driver.input(read) if wire is not None]


def signers(one: Person) -> dict[str, bytes]:
    """The public keys of all who may have signed, by peer name."""
    security = one.group.security
    known = {str(chain.name): chain.public_key.spki for chain in security.members}
    root = security._knowledge.root
    assert root is not None
    return {**known, str(security.group): root.public_key.spki}


def hash_sizes(one: Person) -> dict[bytes, int]:
    """How long the hash in each record's signature is, by record type."""
    keys = signers(one)
    found = {}
    for signed in records(one):
        data = SecurityData.decode(signed.security_data, Profile.MS_PPSEC)
        public = load_der_public_key(keys[signed.modified_by or signed.creator_id])
        hashed = public.recover_data_from_signature(data.signature, padding.PKCS1v15(), None)  # type: ignore[union-attr]
        found[signed.type] = len(hashed)
    return found


@pytest.mark.parametrize(("wish", "size"), [({}, MD5), (PASSWORD, SHA1)], ids=["version 1.0", "version 1.1"])
def test_every_record_of_a_group_is_signed_as_its_version_has_it_from_the_first_on(
    world: World, wish: dict[str, Any], size: int
) -> None:
    """1.0 is for certificates alone and signs with MD5, 1.1 is for passwords too and signs with SHA-1."""
    alice = person(world, "alice").create(published=True, **wish)
    said = alice.driver.add_record(draft(b"hello"))
    bob = person(world, "bob")
    bob.join(alice.invitation_for(bob)).connect(alice)
    answered = bob.driver.add_record(draft(b"hello yourself"))
    until(lambda: alice.driver.graph.database.get(answered), "the answer")
    until(lambda: SIGNATURE in hash_sizes(alice), "the graph's signature")
    assert bob.driver.record(said).id == said
    sizes = hash_sizes(alice)
    assert len(sizes) >= 5
    assert set(sizes.values()) == {size}, sizes
    assert set(hash_sizes(bob).values()) == {size}


def test_a_group_of_an_earlier_release_whose_first_records_bear_the_other_hash_is_still_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its graph info and its properties were signed with SHA-1, all that followed with MD5."""
    monkeypatch.setattr("peerapi.grouping.provider.GroupSecurity.found", lambda self, version: None)
    alice = person(world, "alice").create(published=True)
    assert set(hash_sizes(alice).values()) == {MD5, SHA1}
    bob = person(world, "bob")
    bob.join(alice.invitation_for(bob)).connect(alice)
    said = alice.driver.add_record(draft(b"hello"))
    until(lambda: bob.driver.graph.database.get(said), "the record")
    assert bob.group.properties().version == (1, 0)


def test_in_a_group_of_version_1_1_a_signature_over_md5_is_refused() -> None:
    """Its records are signed with SHA-1, and nothing weaker is taken once that is known."""
    alice, club = name(PUBLISHED, "alice"), name(PUBLISHED, "club")
    chain = member(PUBLISHED, "alice")
    here = security(PUBLISHED, "carol", creator(PUBLISHED), owns=True)
    here.met(chain)
    one = record(alice, group=club)
    for version, judged in (((1, 1), Validity.VALID), ((1, 0), Validity.INVALID)):
        signed = sign(key(PUBLISHED, "alice"), one, version, chain.serial, chain.serial)
        assert here.validate(replace(one, security_data=signed), RecordChange.ADDED) is judged
    assert here.refused[Refusal.SIGNATURE] == 1
