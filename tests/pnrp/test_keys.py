"""Real keys: what one profile signs the other does not read, and nothing raises over bad signatures."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from peerapi.identity.keys import P256_ORDER
from peerapi.pnrp import keys
from peerapi.pnrp.algorithms import ED25519, MODERN, P256_SHA256, PUBLISHED, Algorithm, Profile
from tests.pnrp.keyring import ALL, signer


@pytest.mark.parametrize(("profile", "algorithm"), ALL)
def test_a_signature_has_its_published_size_and_verifies(profile: Profile, algorithm: Algorithm) -> None:
    key = signer(algorithm)
    assert profile.of_key(key.public_key_der) is algorithm
    signature = key.sign(b"data")
    assert len(signature) == algorithm.signature_size
    assert keys.verify(algorithm.name, key.public_key_der, signature, b"data")
    assert not keys.verify(algorithm.name, key.public_key_der, signature, b"other")


@pytest.mark.parametrize(("profile", "algorithm"), ALL)
def test_a_key_is_of_one_profile_only(profile: Profile, algorithm: Algorithm) -> None:
    with pytest.raises(ValueError):
        (MODERN if profile is PUBLISHED else PUBLISHED).of_key(signer(algorithm).public_key_der)


@given(st.sampled_from(ALL), st.sampled_from(ALL), st.binary(max_size=140), st.binary(max_size=100))
def test_no_bytes_are_a_signature(
    one: tuple[Profile, Algorithm], other: tuple[Profile, Algorithm], signature: bytes, damage: bytes
) -> None:
    key = signer(one[1]).public_key_der
    assert not keys.verify(other[1].name, key, signature, b"data")
    assert not keys.verify(other[1].name, damage, signature, b"data")
    assert not keys.verify("none", key, signature, b"data")


def test_a_stored_key_signs_again() -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    stored = private.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    again = keys.load(stored)
    assert keys.verify("p256-sha256", again.public_key_der, again.sign(b"x"), b"x")


def test_a_key_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError):
        keys.KeySigner(rsa.generate_private_key(public_exponent=65537, key_size=2048))


def test_modern_keys_are_ed25519_unless_said_otherwise() -> None:
    assert keys.generate(MODERN).algorithm is ED25519


@given(st.binary(max_size=40))
def test_an_ecdsa_signature_has_one_encoding(data: bytes) -> None:
    key = signer(P256_SHA256)
    signature = key.sign(data)
    second = signature[:32] + (P256_ORDER - int.from_bytes(signature[32:], "big")).to_bytes(32, "big")
    assert keys.verify("p256-sha256", key.public_key_der, signature, data)
    assert not keys.verify("p256-sha256", key.public_key_der, second, data)
