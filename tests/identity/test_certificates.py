"""Identity certificates and the extensions of MS-PPSEC 2.2.5."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import pytest
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st

from peerapi.identity import der, pkcs7
from peerapi.identity.certificates import (
    CLOCK_SKEW,
    FOREVER,
    Certificate,
    InvalidCertificate,
    decode,
    identity_certificate,
    issue,
    issue_identity,
)
from peerapi.identity.der import Malformed, Reader
from peerapi.identity.extensions import (
    CLIENT_AUTHENTICATION,
    PEER_AUTHENTICATION,
    SERVER_AUTHENTICATION,
    CertificateType,
    Extensions,
)
from peerapi.identity.keys import Algorithm, KeyPair
from peerapi.identity.names import parse, peer_name
from tests.identity.values import AUTHORITY, DAY, NOW, certificate, classifiers, key, name, peer_names
from tests.support.strategies import mutated

PEERNET = "1.3.6.1.4.1.311.44."
ALGORITHMS = pytest.mark.parametrize("algorithm", Algorithm)


def made(
    extensions: Extensions, signer: KeyPair | None = None, *, subject: str = "Alice", issuer: str = "Alice"
) -> Certificate:
    pair = signer or key()
    return issue(
        pair, key().public, extensions, subject=subject, issuer=issuer, not_before=NOW - DAY, not_after=NOW + DAY
    )


def idc(**changes: object) -> Extensions:
    return replace(Extensions(CertificateType.IDENTITY, subject_name=name(), identity_flags=0), **changes)  # type: ignore[arg-type]


# ---- what is made ----


@ALGORITHMS
def test_an_identity_certificate_is_proved_by_itself(algorithm: Algorithm) -> None:
    found = identity_certificate(certificate(algorithm).encoded, NOW)
    assert found == certificate(algorithm)
    assert found.extensions.subject_name == found.extensions.issuer_name == name(pair=key(algorithm))
    assert (found.subject, found.issuer, found.public_key) == ("Alice", "Alice", key(algorithm).public)


@ALGORITHMS
def test_other_software_reads_it(algorithm: Algorithm) -> None:
    theirs = x509.load_der_x509_certificate(certificate(algorithm).encoded)
    assert theirs.version is x509.Version.v3
    assert [value.value for value in theirs.subject] == ["Alice"]
    usage = theirs.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    more = [] if algorithm is Algorithm.RSA else [CLIENT_AUTHENTICATION]
    assert [oid.dotted_string for oid in usage] == [PEER_AUTHENTICATION, SERVER_AUTHENTICATION, *more]


def test_the_published_profile_signs_with_sha1_and_the_modern_one_does_not() -> None:
    names = {a: x509.load_der_x509_certificate(certificate(a).encoded).signature_algorithm_oid._name for a in Algorithm}
    assert names == {
        Algorithm.RSA: "sha1WithRSAEncryption",
        Algorithm.P256: "ecdsa-with-SHA256",
        Algorithm.ED25519: "ed25519",
    }


def test_the_extensions_have_the_published_identifiers_and_values() -> None:
    theirs = x509.load_der_x509_certificate(certificate(Algorithm.RSA).encoded).extensions
    values = {one.oid.dotted_string: one for one in theirs}
    unknown = {oid: one.value.value for oid, one in values.items() if isinstance(one.value, x509.UnrecognizedExtension)}
    assert unknown == {
        PEERNET + "0.1": bytes.fromhex("0404 03000000"),
        PEERNET + "0.4": bytes.fromhex("0404 01000200"),
        PEERNET + "2.2": bytes.fromhex("0404 00000000"),
    }
    assert {oid for oid, one in values.items() if one.critical} == {PEERNET + "0.1", PEERNET + "0.4"}
    (other,) = theirs.get_extension_for_class(x509.SubjectAlternativeName).value
    assert isinstance(other, x509.OtherName)
    assert other.type_id.dotted_string == PEERNET + "0.2"
    assert Reader(other.value).take(der.UNIVERSAL_STRING).decode("utf-32-be") == f"{name(pair=key(Algorithm.RSA))}\0"


def test_a_serial_number_has_16_bytes_and_is_random() -> None:
    serials = {issue_identity(key(), name(), "Alice", NOW).serial for _ in range(20)}
    assert len(serials) == 20
    assert {len(serial) for serial in serials} == {16}


def test_an_identity_certificate_is_valid_from_a_day_ago_without_an_end() -> None:
    found = certificate()
    assert (found.not_before, found.not_after) == (NOW - CLOCK_SKEW, FOREVER)
    assert found.valid_at(NOW - CLOCK_SKEW) and found.valid_at(FOREVER) and not found.valid_at(NOW - CLOCK_SKEW - 1)


def test_a_subject_may_have_255_characters() -> None:
    assert decode(issue_identity(key(), name(), "ü" * 255, NOW).encoded).subject == "ü" * 255
    for wrong in ("", "x" * 256):
        with pytest.raises(ValueError, match="friendly names"):
            issue_identity(key(), name(), wrong, NOW)


def test_no_certificate_is_made_for_the_name_of_another_key() -> None:
    with pytest.raises(ValueError, match="another key"):
        issue_identity(key(), peer_name(AUTHORITY, "chat"), "Alice", NOW)


guids = st.binary(min_size=16, max_size=16)
any_extensions = st.builds(
    Extensions,
    st.sampled_from(CertificateType),
    st.none() | peer_names,
    st.none() | peer_names,
    st.lists(st.sampled_from([PEER_AUTHENTICATION, SERVER_AUTHENTICATION]), unique=True).map(tuple),
    st.none() | st.integers(0, (1 << 32) - 1),
    st.none() | st.integers(0, (1 << 32) - 1),
    st.none() | peer_names,
    st.none() | st.lists(guids, min_size=1, max_size=3).map(tuple),
    st.none() | st.lists(classifiers, max_size=3).map(tuple),
)


@given(any_extensions)
def test_extensions_come_back(extensions: Extensions) -> None:
    assert Extensions.decode(Reader(extensions.encode()).inside(der.SEQUENCE)) == extensions


def test_role_guids_are_written_as_they_are_printed() -> None:
    role = bytes.fromhex("04387127aa56450a8ce54f565c6790f4")
    assert der.sequence(der.octets(role)) in Extensions(CertificateType.MEMBER, roles=(role,)).encode()


# ---- what does not prove an identity ----

WRONG = {
    "another type": idc(type=CertificateType.MEMBER),
    "flags": idc(identity_flags=1),
    "not for peers": idc(usages=(SERVER_AUTHENTICATION,)),
    "not for servers": idc(usages=(PEER_AUTHENTICATION,)),
    "no peer name": idc(subject_name=None),
    "an unsecured peer name": idc(subject_name=parse("0.chat")),
    "the peer name of another key": idc(subject_name=peer_name(AUTHORITY, "chat")),
    "another issuer's peer name": idc(issuer_name=name("other")),
}


@pytest.mark.parametrize("extensions", WRONG.values(), ids=WRONG.keys())
def test_a_certificate_that_is_not_an_identitys_is_refused(extensions: Extensions) -> None:
    identity_certificate(made(idc()).encoded, NOW)
    with pytest.raises(InvalidCertificate):
        identity_certificate(made(extensions).encoded, NOW)


def test_a_certificate_signed_by_somebody_else_is_refused() -> None:
    for signer in (key(number=1), key(Algorithm.RSA), key(Algorithm.ED25519)):
        with pytest.raises(InvalidCertificate, match="signature"):
            identity_certificate(made(idc(), signer).encoded, NOW)


def test_a_certificate_with_another_issuer_is_refused() -> None:
    with pytest.raises(InvalidCertificate, match="issuer"):
        identity_certificate(made(idc(), issuer="Bob").encoded, NOW)


@pytest.mark.parametrize("moment", [NOW - DAY - 10_000_000, NOW + DAY + 10_000_000])
def test_a_certificate_is_refused_outside_its_time(moment: int) -> None:
    with pytest.raises(InvalidCertificate, match="now"):
        identity_certificate(made(idc()).encoded, moment)


# ---- what is no certificate ----


def rebuilt(old: bytes, new: bytes, algorithm: Algorithm = Algorithm.P256) -> bytes:
    """A certificate in which one value was replaced by another of the same length, signed again."""
    signed = certificate(algorithm).signed
    assert signed.count(old) >= 1 and len(old) == len(new)
    return resigned(signed.replace(old, new), algorithm)


def resigned(signed: bytes, algorithm: Algorithm = Algorithm.P256) -> bytes:
    found = certificate(algorithm)
    return der.sequence(signed, found.signature_algorithm, der.bits(key(algorithm).sign(signed)))


def test_rebuilding_changes_nothing_but_what_was_replaced() -> None:
    assert identity_certificate(rebuilt(b"Alice", b"Alicf"), NOW).subject == "Alicf"


BROKEN = {
    "version 2": (bytes.fromhex("a003020102"), bytes.fromhex("a003020101")),
    "an unknown certificate type": (bytes.fromhex("040403000000"), bytes.fromhex("040404000000")),
    "another certificate version": (bytes.fromhex("040401000200"), bytes.fromhex("040401000300")),
    "an unknown critical extension": (der.oid(PEERNET + "0.1"), der.oid(PEERNET + "0.9")),
    "an extension twice": (der.oid("2.5.29.18"), der.oid("2.5.29.17")),
    "another signature algorithm inside": (
        certificate().signature_algorithm,
        certificate().signature_algorithm[:-1] + b"\x03",
    ),
}


@pytest.mark.parametrize("change", BROKEN.values(), ids=BROKEN.keys())
def test_a_certificate_against_the_rules_is_malformed(change: tuple[bytes, bytes]) -> None:
    with pytest.raises(Malformed):
        decode(rebuilt(*change))


@pytest.mark.parametrize("size", [1, 15, 17])
def test_a_serial_number_of_another_length_is_malformed(size: int) -> None:
    content = Reader(certificate().signed).take(der.SEQUENCE)
    old = der.tlv(der.INTEGER, certificate().serial)
    other = der.sequence(content.replace(old, der.tlv(der.INTEGER, b"\x41" * size), 1))
    with pytest.raises(Malformed):
        decode(resigned(other))


def test_the_zero_at_the_end_of_a_string_may_be_missing() -> None:
    with_zero = Extensions(CertificateType.MEMBER, classifiers=("fish",)).encode()
    text, short = der.text(der.UNIVERSAL_STRING, "fish\0"), der.text(der.UNIVERSAL_STRING, "fish")
    head = der.oid(PEERNET + "0.3")

    def names(value: bytes) -> bytes:
        return der.octets(der.sequence(der.tlv(0xA0, head, der.tlv(0xA0, value))))

    assert names(text) in with_zero
    extensions = Reader(with_zero).take(der.SEQUENCE)
    at = extensions.index(names(text)) - len(der.oid(PEERNET + "3.5")) - 3
    last = der.sequence(der.oid(PEERNET + "3.5"), der.tlv(der.BOOLEAN, b"\xff"), names(short))
    found = Extensions.decode(Reader(extensions[: at - 2] + last))
    assert found.classifiers == ("fish",)


@pytest.mark.parametrize("subject", ["2.5.29.17", "2.5.29.7"])
@pytest.mark.parametrize("issuer", ["2.5.29.18", "2.5.29.8"])
def test_alternative_names_may_have_either_of_their_identifiers(subject: str, issuer: str) -> None:
    """RFC 2459 has 17 and 18 below 2.5.29; 7 and 8 are their elder forms, which wincrypt.h calls by the names that the
    texts use."""
    signed = certificate().signed.replace(der.oid("2.5.29.17"), der.oid(subject))
    found = identity_certificate(resigned(signed.replace(der.oid("2.5.29.18"), der.oid(issuer))), NOW)
    assert found.extensions.subject_name == found.extensions.issuer_name == name()


def test_one_alternative_name_under_both_identifiers_is_malformed() -> None:
    with pytest.raises(Malformed, match="two extensions"):
        decode(rebuilt(der.oid("2.5.29.18"), der.oid("2.5.29.7")))


def test_a_certificate_that_is_too_long_is_malformed() -> None:
    with pytest.raises(Malformed, match="too long"):
        decode(bytes(20_000))


@settings(max_examples=300)
@given(mutated(st.sampled_from([certificate(algorithm).encoded for algorithm in Algorithm])))
def test_a_damaged_certificate_proves_nothing(data: bytes) -> None:
    originals = [certificate(algorithm).encoded for algorithm in Algorithm]
    with contextlib.suppress(Malformed, InvalidCertificate):
        assert identity_certificate(data, NOW).encoded in originals


# ---- PKCS #7 ----


@given(st.lists(st.sampled_from([certificate(algorithm).encoded for algorithm in Algorithm]), min_size=1, max_size=25))
def test_pkcs7_gives_the_certificates_back(certificates: list[bytes]) -> None:
    assert pkcs7.decode(pkcs7.encode(certificates)) == certificates


def test_other_software_reads_the_pkcs7() -> None:
    from cryptography.hazmat.primitives.serialization.pkcs7 import load_der_pkcs7_certificates

    (found,) = load_der_pkcs7_certificates(pkcs7.encode([certificate().encoded]))
    assert found == x509.load_der_x509_certificate(certificate().encoded)


@pytest.mark.parametrize("count", [0, 26])
def test_pkcs7_holds_1_to_25_certificates(count: int) -> None:
    with pytest.raises(Malformed):
        pkcs7.decode(pkcs7.encode([certificate().encoded] * count))


@given(mutated(st.just(pkcs7.encode([certificate().encoded]))))
def test_damaged_pkcs7_is_read_or_malformed(data: bytes) -> None:
    with contextlib.suppress(Malformed):
        pkcs7.decode(data)
