"""What PNRP and the identity manager read: datagrams, certified addresses, SSDP, certificates, exports, names.

Keys and serial numbers are fixed, so the same seeds come out each time.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from unittest import mock

from fuzz.seeds.keys import ed25519, rsa
from peerapi.address import Address
from peerapi.identity import export, pkcs7
from peerapi.identity.certificates import Certificate, issue, issue_identity
from peerapi.identity.extensions import CertificateType, Extensions
from peerapi.identity.keys import KeyPair
from peerapi.identity.names import PeerName, peer_name
from peerapi.identity.xml import identity_info
from peerapi.pnrp import ids, messages, ssdp
from peerapi.pnrp.algorithms import MODERN, PUBLISHED, Profile
from peerapi.pnrp.authority import AuthorityBuffer, fragments
from peerapi.pnrp.chain import ROLE_ADMIN, ROLE_MEMBER
from peerapi.pnrp.cpa import AppEndpoint, Cpa, encode_cpa
from peerapi.pnrp.keys import KeySigner
from peerapi.pnrp.payload import ExtendedPayload, encode_payload
from peerapi.ring.route_entry import RouteEntry
from peerapi.ring.scope import Scope
from peerapi.store import identities

NOW = 134_000_000_000_000_000
HOUR = 3600 * 10_000_000
PASSWORD = "correct horse"
NONCE = bytes(range(16))
HOME = Address.parse("fd00::1", 3540)
STRANGER = Address.parse("fd00::66", 6000)
FRIEND = Address.parse("fd00::77", 7000)
LOCATION = 77
CONTENTS: tuple[bytes | str, ...] = (b"some payload", "Grüße")
KEYS = {MODERN.name: ed25519("owner"), PUBLISHED.name: rsa(0)}
DELEGATE = ed25519("delegate")


def name(profile: Profile, key: KeyPair | None = None) -> PeerName:
    return peer_name((key or KEYS[profile.name]).public.authority, "fish")


def signer(profile: Profile) -> KeySigner:
    return KeySigner(KEYS[profile.name].private)


def unsigned(profile: Profile) -> Cpa:
    """A certified address of the profile's key, before it is signed."""
    key = KEYS[profile.name].public
    return Cpa(
        not_after=NOW + HOUR,
        service_location=LOCATION,
        public_key=key.spki,
        nonce=NONCE,
        authority=ids.authority_hash(key.spki),
        classifier_hash=ids.classifier_hash("fish"),
        friendly_name="a comment",
        service_addresses=(FRIEND,),
        endpoints=(AppEndpoint(FRIEND.ip, 80), AppEndpoint(HOME.ip, 443, 17)),
        has_payload=True,
    )


@functools.cache
def cpas(profile: Profile) -> tuple[bytes, ...]:
    """All that the key has signed."""
    first = unsigned(profile)
    variants = (
        first,
        replace(first, friendly_name=None, endpoints=(), nonce=bytes(16), revoke=True, has_payload=False),
        replace(first, authority=None),
        replace(first, not_after=NOW - HOUR),
    )
    return tuple(encode_cpa(one, signer(profile), profile) for one in variants)


@functools.cache
def payloads(profile: Profile) -> tuple[bytes, ...]:
    pnrp_id = unsigned(profile).pnrp_id
    made = (ExtendedPayload(NOW + HOUR, pnrp_id, NONCE, content) for content in CONTENTS)
    return tuple(encode_payload(one, signer(profile), profile) for one in made)


@functools.cache
def chain() -> tuple[Certificate, ...]:
    """The owner of a name lets another key publish it."""
    owner = KEYS[MODERN.name]
    group = name(MODERN)
    root = Extensions(
        CertificateType.ROOT,
        subject_name=PeerName(owner.public.authority, "x"),
        issuer_name=PeerName(owner.public.authority, "x"),
        group=group,
    )
    member = replace(
        root,
        type=CertificateType.MEMBER,
        subject_name=PeerName(DELEGATE.public.authority, "x"),
        roles=(ROLE_MEMBER, ROLE_ADMIN),
        classifiers=("fish", "ham"),
    )
    times = {"not_before": NOW - HOUR, "not_after": NOW + HOUR}
    with mock.patch("secrets.token_bytes", random.Random(1).randbytes):
        return (
            issue(owner, owner.public, root, subject="owner", issuer="owner", **times),
            issue(owner, DELEGATE.public, member, subject="delegate", issuer="owner", **times),
        )


def delegated() -> Cpa:
    """What the delegate publishes."""
    return replace(unsigned(MODERN), public_key=DELEGATE.public.spki)


@functools.cache
def identity_certificates() -> tuple[Certificate, ...]:
    with mock.patch("secrets.token_bytes", random.Random(2).randbytes):
        return tuple(
            issue_identity(key, peer_name(key.public.authority, "chat"), "Alice", NOW) for key in KEYS.values()
        )


ROUTE = RouteEntry(unsigned(MODERN).pnrp_id, FRIEND.port, (FRIEND.ip, HOME.ip))


def buffer() -> AuthorityBuffer:
    return AuthorityBuffer(
        leaf_set=True,
        chain=pkcs7.encode(one.encoded for one in chain()),
        classifier="fish",
        payload=payloads(MODERN)[0],
        route=ROUTE,
        cpa=cpas(MODERN)[0],
    )


def datagrams() -> tuple[bytes, ...]:
    """One or more of each of the eight messages."""
    lookup = messages.Lookup(1, 5, 7, (STRANGER, FRIEND), messages.Criteria.ANY_PEERNAME, 0, ROUTE, 128, True)
    simple: tuple[messages.Message, ...] = (
        messages.Solicit(1, bytes(20), ROUTE, messages.SolicitType.ANY),
        messages.Solicit(2, bytes(20)),
        messages.Advertise(3, 2, (5, 7), bytes(20)),
        messages.Request(4, NONCE, (5, 7)),
        messages.Flood(5, 7, ROUTE, None, (STRANGER,)),
        messages.Flood(6, 7, None, cpas(MODERN)[1], (STRANGER,), True),
        messages.Inquire(7, 5, cpa=True, payload=True, chain=True, nonce=NONCE),
        messages.Inquire(8, 0),
        messages.Ack(9, 5, True),
        lookup,
    )
    return (*map(messages.encode, simple), *fragments(buffer().encode(), 10, 7))


def _both() -> Iterator[tuple[bytes, Profile]]:
    yield b"\0", MODERN
    yield b"\1", PUBLISHED


def _cpas() -> Iterator[bytes]:
    for prefix, profile in _both():
        yield from (prefix + one for one in cpas(profile))


def _payloads() -> Iterator[bytes]:
    for prefix, profile in _both():
        yield from (prefix + one for one in payloads(profile))


def _buffers() -> Iterator[bytes]:
    yield buffer().encode()
    yield AuthorityBuffer(not_found=True).encode()
    yield AuthorityBuffer(busy=True, route=ROUTE).encode()


def _ssdp() -> Iterator[bytes]:
    link = Address.parse("fe80::1", 3540)
    yield ssdp.search(Scope.LINK_LOCAL)
    yield ssdp.response(Scope.LINK_LOCAL, link, "0f0e0d0c-1234-4321-8888-000000000001")
    yield ssdp.alive(Scope.LINK_LOCAL, link, "0f0e0d0c-1234-4321-8888-000000000001")
    yield ssdp.byebye(Scope.LINK_LOCAL, "0f0e0d0c-1234-4321-8888-000000000001")


def _conversations() -> Iterator[bytes]:
    """Several datagrams, each after its length."""
    for size in (1, 3, 20):
        for start in range(0, len(datagrams()), size):
            part = datagrams()[start : start + size]
            yield b"".join(len(one).to_bytes(2, "big") + one for one in part)


def _chains() -> Iterator[bytes]:
    yield pkcs7.encode(one.encoded for one in chain())
    yield pkcs7.encode(one.encoded for one in chain()[1:])


def _certificates() -> Iterator[bytes]:
    yield from (one.encoded for one in (*identity_certificates(), *chain()))


@functools.cache
def exports() -> tuple[str, ...]:
    """Of both kinds of keys, and cheap to open."""
    with mock.patch.object(export, "ROUNDS", 20), mock.patch("secrets.token_bytes", random.Random(3).randbytes):
        return tuple(
            export.export_identity(peer_name(key.public.authority, "chat"), key, certificate.encoded, PASSWORD)
            for key, certificate in zip(KEYS.values(), identity_certificates(), strict=True)
        )


def _infos() -> Iterator[bytes]:
    yield from (identity_info(one.encoded).encode() for one in identity_certificates())


def _keys() -> Iterator[bytes]:
    for key in KEYS.values():
        yield key.pkcs8()
        yield key.public.spki


def _files() -> Iterator[bytes]:
    for key, certificate in zip(KEYS.values(), identity_certificates(), strict=True):
        text = str(peer_name(key.public.authority, "chat"))
        yield identities.encode(identities.StoredIdentity(text, "Alice", key.pkcs8(), certificate.encoded))


NAMES = ("0.chat", "0.JohnDoe", "0.a.b-c", "0.München", "0.x" + "y" * 100, "a" * 40 + ".chat", "1" * 40 + ".")
HOST_NAMES = (
    "chat.pnrp.net",
    "JohnDoe.pnrp.net.",
    "xn--mnchen-3ya.pnrp.net",
    "chat.p" + "1" * 40 + ".pnrp.net",
    "a" * 40 + ".pnrp.net",
)

SEEDS: dict[str, Callable[[], list[bytes]]] = {
    "pnrp-message": lambda: list(datagrams()),
    "cpa": lambda: list(_cpas()),
    "pnrp-payload": lambda: list(_payloads()),
    "authority": lambda: list(_buffers()),
    "chain": lambda: list(_chains()),
    "ssdp": lambda: list(_ssdp()),
    "cloud": lambda: list(_conversations()),
    "certificate": lambda: list(_certificates()),
    "identity-export": lambda: [one.encode() for one in exports()],
    "identity-info": lambda: list(_infos()),
    "identity-file": lambda: list(_files()),
    "key": lambda: list(_keys()),
    "peer-name": lambda: [one.encode() for one in NAMES],
    "host-name": lambda: [one.encode() for one in HOST_NAMES],
}
