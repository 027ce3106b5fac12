"""Key pairs of both profiles."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from peerapi.identity import der, keys
from peerapi.identity.certificates import decode
from peerapi.identity.keys import Algorithm, KeyPair, Profile, PublicKey, UnsuitableKey
from tests.identity.values import certificate, key
from tests.support import facts
from tests.support.signatures import other_encoding

DATA = b"what is signed"


def private_bytes(private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, password: bytes = b"") -> bytes:
    how = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, how)


def test_the_kind_of_key_decides_the_profile() -> None:
    assert {algorithm: key(algorithm).profile for algorithm in Algorithm} == {
        Algorithm.P256: Profile.MODERN,
        Algorithm.ED25519: Profile.MODERN,
        Algorithm.RSA: Profile.MS_PPSEC,
    }


def test_a_new_key_is_p256() -> None:
    assert KeyPair.generate().algorithm is Algorithm.P256


def test_an_rsa_key_has_2048_bits_unless_told() -> None:
    assert KeyPair.generate(Algorithm.RSA).private.key_size == 2048
    assert (
        key(Algorithm.RSA).private.key_size
        == 1024
        == facts.load("records_and_xml.json")["identity_limits"]["min_key_bits"]
    )


@pytest.mark.parametrize("algorithm", Algorithm)
def test_a_signature_is_verified_with_the_public_half(algorithm: Algorithm) -> None:
    signature = key(algorithm).sign(DATA)
    assert key(algorithm).public.verify(signature, DATA)
    assert not key(algorithm).public.verify(signature, DATA + b"!")
    assert not key(algorithm).public.verify(signature[:-1] + bytes((signature[-1] ^ 1,)), DATA)
    assert not key(algorithm, 1).public.verify(signature, DATA)


def test_the_published_profile_signs_with_pkcs1_and_sha1() -> None:
    pair = key(Algorithm.RSA)
    pair.private.public_key().verify(pair.sign(DATA), DATA, padding.PKCS1v15(), hashes.SHA1())


def test_the_modern_profile_signs_with_sha256() -> None:
    pair = key(Algorithm.P256)
    pair.private.public_key().verify(pair.sign(DATA), DATA, ec.ECDSA(hashes.SHA256()))


@pytest.mark.parametrize("algorithm", Algorithm)
def test_a_pair_comes_back_from_its_bytes(algorithm: Algorithm) -> None:
    again = KeyPair.load(key(algorithm).pkcs8())
    assert again.public == key(algorithm).public
    assert again.algorithm is algorithm


@pytest.mark.parametrize(
    ("algorithm", "bits"), [(Algorithm.RSA, n) for n in (512, 1023, 1025, 8200)] + [(Algorithm.P256, 256)]
)
def test_a_size_that_there_is_not_is_refused(algorithm: Algorithm, bits: int) -> None:
    with pytest.raises(UnsuitableKey):
        KeyPair.generate(algorithm, bits)


def test_another_curve_is_refused() -> None:
    with pytest.raises(UnsuitableKey):
        KeyPair.load(private_bytes(ec.generate_private_key(ec.SECP384R1())))


def test_a_key_that_wants_a_password_is_refused() -> None:
    with pytest.raises(UnsuitableKey):
        KeyPair.load(private_bytes(key().private, b"password"))


@given(st.binary(max_size=60))
def test_any_bytes_are_a_key_or_unsuitable(data: bytes) -> None:
    with pytest.raises(UnsuitableKey):
        KeyPair.load(data)
    with pytest.raises(UnsuitableKey):
        PublicKey(data)


def test_a_second_encoding_of_a_public_key_is_refused() -> None:
    public = key().private.public_key()
    compressed = public.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    spki = key().public.spki
    other = spki.replace(b"\x03\x42\x00" + point, b"\x03\x22\x00" + compressed)
    other = bytes((0x30, len(other) - 2)) + other[2:]
    assert serialization.load_der_public_key(other) == public
    with pytest.raises(UnsuitableKey):
        PublicKey(other)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_an_ed25519_key_of_another_size_is_none(size: int) -> None:
    """OpenSSL answers some of these with an error that it calls internal."""
    inner = der.octets(bytes(size))
    with pytest.raises(UnsuitableKey):
        KeyPair.load(der.sequence(der.integer(0), der.sequence(der.oid("1.3.101.112")), der.octets(inner)))


@given(st.binary(max_size=40))
def test_an_ecdsa_signature_has_one_encoding(data: bytes) -> None:
    signature = key().sign(data)
    assert keys.is_canonical(signature) and keys.canonical(signature) == signature
    second = other_encoding(signature)
    key().public._key.verify(second, data, ec.ECDSA(hashes.SHA256()))  # it is as good
    assert not keys.is_canonical(second) and keys.canonical(second) == signature
    assert key().public.verify(signature, data)
    assert not key().public.verify(second, data)


NUMBERS = st.integers(1, 8 * 32).flatmap(lambda bits: st.integers(1 << (bits - 1), (1 << bits) - 1))
"Of every length: each begins in DER as it has to."


@given(NUMBERS.filter(lambda r: r < keys.P256_ORDER), NUMBERS.filter(lambda s: s <= keys.LARGEST_S))
def test_a_larger_s_is_made_smaller_without_a_library_as_with_it(r: int, s: int) -> None:
    assert keys._smaller(encode_dss_signature(r, keys.P256_ORDER - s)) == encode_dss_signature(r, s)


@given(st.binary(max_size=80))
def test_what_is_no_ecdsa_signature_is_left_alone_and_refused(data: bytes) -> None:
    keys.canonical(data)
    assert not key().public.verify(data, DATA)


def test_certificates_of_earlier_versions_are_read_in_the_one_encoding() -> None:
    made = certificate()
    old = der.sequence(made.signed, made.signature_algorithm, der.bits(other_encoding(made.signature)))
    assert decode(old) == made
    assert decode(old).signed_by(key().public)
