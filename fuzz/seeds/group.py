"""What groups read. Keys and serial numbers are fixed, so the same seeds come out each time."""

from __future__ import annotations

import functools
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from unittest import mock

from fuzz.seeds.keys import ed25519, rsa
from peerapi.graphing.codec import records
from peerapi.graphing.codec.records import Record
from peerapi.graphing.events import RecordChange
from peerapi.grouping import configuration, password
from peerapi.grouping.batches import leaf_hash, places
from peerapi.grouping.channel import Credential
from peerapi.grouping.configuration import Configuration
from peerapi.grouping.invitation import invite_by_password, invite_member
from peerapi.grouping.membership import Issuer, MembershipChain, found_group, issue_root
from peerapi.grouping.messages import (
    Challenge,
    Hello,
    Join,
    Message,
    MyGmc,
    OldChallenge,
    OldJoin,
    OldProof,
    Password,
    Proof,
    YourGmc,
    encode,
)
from peerapi.grouping.own_membership import Owner
from peerapi.grouping.profile import PROFILES
from peerapi.grouping.properties import Authentication, GroupProperties, encode_membership
from peerapi.grouping.provider import GroupSecurity
from peerapi.grouping.revocation import REVOCATION, RevocationPayload
from peerapi.grouping.roles import Role
from peerapi.identity.certificates import Certificate, issue_identity
from peerapi.identity.keys import KeyPair, Profile
from peerapi.identity.names import peer_name

NOW = 134_000_000_000_000_000
HOUR = 3600 * 10_000_000
MODERN, PUBLISHED = Profile.MODERN, Profile.MS_PPSEC
TYPE = bytes(15) + b"\x78"
SECRET = "open sesame"


def cheap_seed(text: str, *_: object) -> bytes:
    """In the place of ``password._seed``: what scrypt takes a third of a second for."""
    return text.encode().ljust(32, b"\0")[:32]


def _verifier() -> password.Verifier:
    """Of SECRET, where the seed of a password is cheap."""
    with mock.patch.object(password, "_seed", cheap_seed):
        half = password.private_half(SECRET, bytes(16), password.COST)
    return password.Verifier(password.COST, bytes(16), half.public_key().public_bytes_raw())


class Club:
    """A group with four people: carol has made it, ivan may invite, alice and dave are members, dave by ivan."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self._keys: dict[str, KeyPair] = {}
        with mock.patch("secrets.token_bytes", random.Random(profile.value).randbytes):
            self.name = peer_name(self.key("club").public.authority, "club")
            self.owner = Owner(self.key("club"), issue_root(self.key("club"), self.name, "The Club", NOW))
            everybody = ("carol", "ivan", "alice", "dave", "mallory")
            self.identities = {who: self._identity(who) for who in everybody}
            self.credentials = {who: Credential(self.key(who), self.identities[who], NOW) for who in everybody}
            self.chains: dict[str, MembershipChain] = {}
            self.chains["carol"] = found_group(self.owner.key, self.owner.root, self.identities["carol"], NOW)
            for who, by, role in (
                ("ivan", "carol", Role.INVITING_MEMBER),
                ("alice", "carol", Role.MEMBER),
                ("dave", "ivan", Role.MEMBER),
            ):
                issuer = Issuer.member(self.key(by), self.chains[by])
                key, name = self.key(who).public, self.credentials[who].name
                self.chains[who] = issuer.issue(key, name, who.title(), (role,), NOW)
        self.issued = {one.encoded for chain in self.chains.values() for one in chain.certificates}
        modern = profile is MODERN
        self.properties = GroupProperties(
            version=PROFILES[profile].versions[-1],
            group=self.name,
            creator=self.credentials["carol"].name,
            friendly_name="The Club",
            comment="for tests",
            authentication=Authentication(3),
            password=_verifier() if modern else password.hash_string(SECRET),
        )

    def key(self, who: str) -> KeyPair:
        if who not in self._keys:
            self._keys[who] = rsa(len(self._keys)) if self.profile is PUBLISHED else ed25519(who)
        return self._keys[who]

    def _identity(self, who: str) -> Certificate:
        key = self.key(who)
        return issue_identity(key, peer_name(key.public.authority, who), who.title(), NOW)

    def node(self, who: str, *, member: bool = True, **options: str | Owner) -> GroupSecurity:
        """The security of one of them, which knows the properties."""
        made = GroupSecurity(
            self.name,
            self.credentials[who],
            random=random.Random(who).randbytes,
            chain=self.chains[who] if member else None,
            **options,  # type: ignore[arg-type]
        )
        made._knowledge.properties = self.properties
        return made

    def record(self, by: str, number: int = 1, **changes: object) -> Record:
        """A record of ``by``, not signed."""
        author = str(self.name if by == "club" else self.credentials[by].name)
        values: dict[str, object] = {
            "type": TYPE,
            "id": records.record_id(author, bytes([number]) * 16),
            "version": 1,
            "creator_id": author,
            "creation": NOW,
            "expiration": NOW + HOUR,
            "modification": NOW,
            "graph_id": str(self.name),
            "payload": b"payload %d" % number,
            "attributes": None,
            **changes,
        }
        return Record(**values)  # type: ignore[arg-type]

    @functools.cached_property
    def signed(self) -> tuple[Record, ...]:
        """Records of all kinds, as they travel."""
        alice, carol = self.node("alice"), self.node("carol", owner=self.owner)
        carol.met(self.chains["alice"])
        carols = str(self.credentials["carol"].name)
        plain = self.record("alice", attributes='<attributes><attribute name="a" type="int">1</attribute></attributes>')
        changed = replace(plain, version=2, modified_by=carols, modification=NOW + 1, payload=b"better")
        membership = encode_membership(self.properties.version, self.chains["alice"].encode())
        revocation = RevocationPayload(self.credentials["dave"].name.authority, NOW, "why not")
        made = (
            (alice, plain),
            (carol, changed),
            (carol, replace(changed, version=3, payload=b"", attributes=None, deleted=True)),
            (alice, self.record("alice", 2, type=records.MEMBERSHIP, payload=membership)),
            (carol, self.record("club", 3, type=records.SECURITY_PROPERTIES, payload=self.properties.encode())),
            (carol, self.record("carol", 4, type=REVOCATION, payload=revocation.encode())),
        )
        return tuple(replace(one, security_data=by.secure(one, RecordChange.ADDED)) for by, one in made)


@functools.cache
def club(profile: Profile) -> Club:
    return Club(profile)


def _both() -> Iterator[tuple[bytes, Club]]:
    yield b"\0", club(MODERN)
    yield b"\1", club(PUBLISHED)


def _packets(one: Club) -> tuple[tuple[Message, ...], ...]:
    chain = one.chains["alice"].encode()
    shared: tuple[tuple[Message, ...], ...] = ((Hello(),), (Hello(), MyGmc(chain)), (YourGmc(chain),))
    if one.profile is PUBLISHED:
        return (*shared, (Hello(), Password()), (Password(bytes(20)),))
    challenge = Challenge(password.COST, bytes(16), bytes(32), b"\x09" + bytes(31))
    old = OldChallenge(password.COST, bytes(16), bytes(32))
    return (
        *shared,
        (Hello(), Join(one.identities["mallory"].encoded)),
        (Hello(), MyGmc(one.chains["ivan"].encode()), challenge),
        (Proof(b"\x09" + bytes(31), bytes(80)),),
        (Hello(), OldJoin(one.identities["mallory"].encoded)),
        (Hello(), MyGmc(one.chains["ivan"].encode()), old),
        (OldProof(bytes(32), bytes(64)),),
    )


def _messages() -> Iterator[bytes]:
    for prefix, one in _both():
        yield from (prefix + encode(packet) for packet in _packets(one))


def _chains() -> Iterator[bytes]:
    for prefix, one in _both():
        yield from (prefix + chain.encode() for chain in one.chains.values())


def _payloads() -> Iterator[bytes]:
    for _, one in _both():
        yield b"\0" + one.properties.encode()
        yield b"\1" + encode_membership(one.properties.version, one.chains["alice"].encode())
    yield b"\2" + RevocationPayload(bytes(range(20)).hex(), NOW, "wäre besser").encode()


def _invitations() -> Iterator[bytes]:
    for _, one in _both():
        yield invite_member(one.chains["alice"], one.properties).encode()
        yield invite_by_password(one.properties).encode()


@functools.cache
def configurations() -> dict[str, Configuration]:
    """Documents with and without the group's key. Made with a cheap hash: the target reads them in the same way."""
    made = {}
    with mock.patch.object(configuration, "_COST", 2):
        for _, one in _both():
            for who, key in (("carol", one.owner.key), ("alice", None)):
                told = Configuration(one.chains[who], one.properties.cloud, key)
                made[configuration.export_configuration(told, SECRET, random.Random(7).randbytes)] = told
    return made


def _records() -> Iterator[bytes]:
    for prefix, one in _both():
        yield from (prefix + records.encode_record(record) for record in one.signed)


def _conversations() -> Iterator[bytes]:
    """For ``targets.group.stranger``: the first byte says at which door, the rest is said there."""
    one = club(MODERN)
    for packet in _packets(one):
        yield from (door + encode(packet) for door in (b"\1", b"\2", b"\3"))
    yield b"\0" + one.node("alice").connection(outgoing=True).start()


def _places() -> Iterator[bytes]:
    for count in (2, 3, 9, 32):
        leaves = [leaf_hash(bytes((index,))) for index in range(count)]
        yield from (leaf + found for leaf, found in zip(leaves, places(leaves)[1], strict=True))


SEEDS: dict[str, Callable[[], list[bytes]]] = {
    "connect": lambda: list(_messages()),
    "membership": lambda: list(_chains()),
    "group-payload": lambda: list(_payloads()),
    "invitation": lambda: list(_invitations()),
    "configuration": lambda: [document.encode() for document in configurations()],
    "group-record": lambda: list(_records()),
    "group-place": lambda: list(_places()),
    "stranger": lambda: list(_conversations()),
}
