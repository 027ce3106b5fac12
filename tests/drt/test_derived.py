"""The derived-key security provider, with keys of both profiles, and attacks of which each works without its check."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from peerapi.address import Address
from peerapi.drt import chains, derived, proof
from peerapi.drt.border import NO_NONCE, REVOKED, Secured, SecurityMode
from peerapi.drt.derived import Credential, DerivedKeyProvider
from peerapi.errors import CapabilityMismatch, InvalidCertificateChain, InvalidKey, InvalidMessage, PeerError
from peerapi.identity import certificate_making, pkcs7, x500
from peerapi.identity.certificate_making import ToBeSigned
from tests.support.authority import NOW, YEAR, Issued, ed25519_key, p256_key, rsa_key

EPOCH = 116444736000000000
HERE = (Address(bytes(15) + b"\1", 5000),)
NONCE = b"n" * 16
KEYS: dict[str, Callable[[], Any]] = {"published": rsa_key, "modern": p256_key}


def now() -> int:
    return EPOCH + int(NOW.timestamp()) * 10_000_000


@functools.cache
def root(profile: str) -> Issued:
    return Issued("Root", KEYS[profile]())


def member(profile: str, name: str = "node", **more: Any) -> Issued:
    return root(profile).member(name, KEYS[profile](), **more)


def provider(profile: str, local: Issued | None, beside: tuple[Issued, ...] = ()) -> DerivedKeyProvider:
    made = DerivedKeyProvider(root(profile).der, now)
    if local is not None:
        made.use(made.credential(local.der, local.key, [one.der for one in beside]))
    return made


def key_of(issued: Issued) -> bytes:
    spki = issued.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(spki).digest()


def secured(by: DerivedKeyProvider, key: bytes, nonce: bytes = NONCE, flags: int = 0) -> Secured:
    return by.secure_and_pack(None, (1, 0), flags, key, None if flags else b"payload", HERE, nonce)


both = pytest.mark.parametrize("profile", list(KEYS))


@both
def test_a_key_is_proved_to_whoever_has_the_root(profile: str) -> None:
    issued = member(profile)
    key = key_of(issued)
    mine, other = provider(profile, issued), provider(profile, None)
    mine.register_key(key, b"payload", None)
    with pytest.raises(InvalidKey):
        mine.register_key(b"x" * 32, b"payload", None)
    found = other.validate_and_unpack(secured(mine, key), NONCE)
    assert (found.key, found.payload, found.addresses, found.version) == (key, b"payload", HERE, (1, 0))
    revoked = secured(mine, key, NO_NONCE, REVOKED)
    assert other.validate_and_unpack(Secured(revoked.address_payload), NO_NONCE).flags == REVOKED


@pytest.mark.parametrize("algorithm", list(certificate_making.SIGNATURES))
def test_certificates_are_signed_as_the_published_profile_has_it_and_as_today(algorithm: str) -> None:
    names = [x500.parse(f"CN={name}") for name in ("Root", "node")]
    keys = [rsa_key(), rsa_key(), rsa_key()]
    begin, end = now() - 10**12, now() + 10**12

    def issued(subject: bytes, key: Any, signer: Any) -> bytes:
        said = ToBeSigned(2, b"", names[0], begin, end, subject, certificate_making.spki(key))
        return certificate_making.signed(said, algorithm, signer)

    own_root = issued(names[0], keys[0], keys[0])
    node, forged = issued(names[1], keys[1], keys[0]), issued(names[1], keys[1], keys[2])
    mine = DerivedKeyProvider(own_root, now)
    mine.use(mine.credential(node, keys[1], []))
    other = DerivedKeyProvider(own_root, now)
    other.validate_credential(mine.serialized_credential())
    with pytest.raises(InvalidCertificateChain):
        other.validate_credential(pkcs7.encode([forged]))


@both
def test_messages_are_signed_and_encrypted(profile: str) -> None:
    mine, other = provider(profile, member(profile)), provider(profile, member(profile))
    identifier, signature = mine.sign((b"one", b"two"))
    other.verify((b"one", b"two"), mine.serialized_credential(), identifier, signature)
    with pytest.raises(InvalidMessage):
        other.verify((b"one", b"TWO"), mine.serialized_credential(), identifier, signature)
    token, sealed = other.encrypt(mine.serialized_credential(), (b"secret", b"", b"s" * 16))
    assert not any(part and part in b"".join(sealed) for part in (b"secret", b"s" * 16))
    assert mine.decrypt(token, None, sealed) == (b"secret", b"", b"s" * 16)
    with pytest.raises(InvalidMessage):
        other.decrypt(token, None, sealed)


def test_the_published_layout_has_the_sizes_of_the_text() -> None:
    mine = provider("published", member("published"))
    identifier, signature = mine.sign((b"one",))
    token, _ = mine.encrypt(mine.serialized_credential(), (b"",))
    assert (len(signature), signature[:2], len(identifier)) == (130, b"\x82\0", 6 + 20 + 2 + 140)
    assert len(token) == 128  # 68 bytes, wrapped


def test_several_certificates_lead_to_the_root_by_authorities_only() -> None:
    between = Issued("Between", p256_key(), root("modern"))
    issued = between.member("node", p256_key())
    mine, other = provider("modern", issued, (between,)), provider("modern", None)
    assert len(pkcs7.decode(mine.serialized_credential())) == 2
    other.validate_credential(mine.serialized_credential())
    with pytest.raises(InvalidCertificateChain):
        provider("modern", issued)


def test_ed25519_signs_and_is_of_no_use_where_something_is_encrypted() -> None:
    mine = provider("modern", root("modern").member("node", ed25519_key()))
    mine.check_mode(SecurityMode.MEMBERSHIP)
    with pytest.raises(CapabilityMismatch):
        mine.check_mode(SecurityMode.CONFIDENTIAL)
    identifier, signature = mine.sign((b"one",))
    provider("modern", None).verify((b"one",), mine.serialized_credential(), identifier, signature)
    with pytest.raises(CapabilityMismatch):
        provider("modern", None).check_mode(SecurityMode.MEMBERSHIP)


def test_an_owner_who_has_shown_the_chain_need_not_show_it_again() -> None:
    issued = member("modern")
    mine, other = provider("modern", issued), provider("modern", None)
    without = secured(mine, key_of(issued))._replace(chain=None)
    with pytest.raises(InvalidCertificateChain):
        other.validate_and_unpack(without, NONCE)
    other.validate_and_unpack(secured(mine, key_of(issued)), NONCE)
    assert other.validate_and_unpack(without, NONCE).key == key_of(issued)


# ---- attacks ---------------------------------------------------------------------------------------------------------


def works_without(monkeypatch: pytest.MonkeyPatch, check: tuple[Any, str, Any], attack: Callable[[], object]) -> None:
    """An attack is good where one check is gone, and is refused with it."""
    with monkeypatch.context() as without:
        without.setattr(*check)
        attack()
    with pytest.raises(PeerError):
        attack()


@both
def test_a_stranger_is_refused(profile: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whose authority is another one, of the same name."""
    stranger = Issued("Root", KEYS[profile]()).member("stranger", KEYS[profile]())
    theirs = Credential(chains.spki_of(stranger.der), stranger.key, (stranger.der,))

    def attack() -> None:
        mine, other = DerivedKeyProvider(root(profile).der, now), provider(profile, None)
        mine.use(theirs)
        other.validate_and_unpack(secured(mine, key_of(stranger)), NONCE)
        other.verify((b"x",), mine.serialized_credential(), *mine.sign((b"x",)))

    works_without(monkeypatch, (chains, "_signed", lambda certificate, issuer: True), attack)


@both
def test_a_member_makes_no_members(profile: str, monkeypatch: pytest.MonkeyPatch) -> None:
    issued = member(profile)
    smuggled = issued.member("smuggled", KEYS[profile]())

    def attack() -> None:
        mine = provider(profile, smuggled, (issued,))
        provider(profile, None).validate_credential(mine.serialized_credential())

    works_without(monkeypatch, (chains, "may_sign", lambda certificate: True), attack)


@both
def test_an_expired_certificate_proves_nothing(profile: str, monkeypatch: pytest.MonkeyPatch) -> None:
    issued = member(profile, begin=NOW - 2 * YEAR, end=NOW - timedelta(days=1))

    def attack() -> None:
        mine = provider(profile, issued)
        provider(profile, None).validate_and_unpack(secured(mine, key_of(issued)), NONCE)

    works_without(
        monkeypatch,
        (chains.Chains, "_judge", lambda self, data: (chains.spki_of(pkcs7.decode(data)[0]), 0, 1 << 63)),
        attack,
    )


@both
def test_a_forged_proof_is_refused(profile: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another one's proof with other addresses in it."""
    issued = member(profile)
    mine = provider(profile, issued)

    def attack() -> None:
        honest = secured(mine, key_of(issued))
        forged = honest.address_payload[:-18] + (6666).to_bytes(2, "big") + honest.address_payload[-16:]
        found = provider(profile, None).validate_and_unpack(honest._replace(address_payload=forged), NONCE)
        assert found.addresses[0].port == 6666

    works_without(monkeypatch, (DerivedKeyProvider, "_verify", lambda *given: None), attack)


def test_the_payload_of_another_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    issued = member("modern")
    mine = provider("modern", issued)

    def attack() -> None:
        honest = secured(mine, key_of(issued))
        assert honest.payload is not None
        found = provider("modern", None).validate_and_unpack(
            honest._replace(payload=honest.payload.replace(b"payload", b"forgery")), NONCE
        )
        assert found.payload == b"forgery"

    plain = DerivedKeyProvider._verify

    def proofs_only(self: Any, spki: bytes, purpose: bytes, data: bytes, signature: bytes) -> None:
        if purpose != derived._PAYLOAD:
            plain(self, spki, purpose, data, signature)

    works_without(monkeypatch, (DerivedKeyProvider, "_verify", proofs_only), attack)


@both
def test_a_proof_for_another_question_is_refused(profile: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A replay: it is good for the nonce it was made for, whoever has seen it."""
    issued = member(profile)
    mine = provider(profile, issued)
    old = secured(mine, key_of(issued), b"o" * 16)
    real = proof.decode

    def any_nonce(data: bytes) -> proof.Signed:
        found = real(data)
        return found._replace(proof=found.proof._replace(nonce=NONCE))

    def attack() -> None:
        provider(profile, None).validate_and_unpack(old._replace(payload=None), NONCE)

    works_without(monkeypatch, (proof, "decode", any_nonce), attack)


@both
def test_a_key_that_is_somebody_elses_is_refused(profile: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mine, victim = provider(profile, member(profile)), key_of(member(profile))

    def attack() -> None:
        assert provider(profile, None).validate_and_unpack(secured(mine, victim), NONCE).key == victim

    works_without(monkeypatch, (derived, "derived_key", lambda spki: victim), attack)


@both
def test_the_chain_of_another_is_refused(profile: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stranger's key and signature, a member's chain."""
    stranger = Issued("Anybody", KEYS[profile]())
    theirs = Credential(chains.spki_of(stranger.der), stranger.key, (member(profile).der,))

    def attack() -> None:
        mine = DerivedKeyProvider(root(profile).der, now)
        mine.use(theirs)
        provider(profile, None).validate_and_unpack(secured(mine, key_of(stranger)), NONCE)

    works_without(monkeypatch, (DerivedKeyProvider, "_belongs", lambda *given: None), attack)


def test_a_key_of_the_other_profile_is_refused() -> None:
    issued = root("modern").member("node", rsa_key())
    with pytest.raises(InvalidMessage):
        provider("modern", None).validate_and_unpack(secured(provider("modern", issued), key_of(issued)), NONCE)
