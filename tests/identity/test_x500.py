"""Names in certificates, and certificates made here, as the library ``cryptography`` reads them."""

from __future__ import annotations

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from peerapi.identity import certificate_making, x500
from peerapi.identity.certificate_making import ToBeSigned
from peerapi.identity.der import Malformed
from tests.support.authority import rsa_key

KEY = rsa_key()
NOW = 133_500_000_000_000_000


def subject(name: bytes) -> list[str]:
    """What another reader finds in a Name, most of it ``C=DE`` and the like."""
    said = ToBeSigned(2, b"\x01", name, NOW, NOW + 10**9, name, certificate_making.spki(KEY))
    made = x509.load_der_x509_certificate(certificate_making.signed(said, certificate_making.SHA256_RSA, KEY))
    return [f"{one.oid.dotted_string}={one.value}" for part in made.subject.rdns for one in part]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("CN=node", ["2.5.4.3=node"]),
        (" cn = a node ,O=Ours", ["2.5.4.3=a node", "2.5.4.10=Ours"]),
        ('CN="Ours, ""the"" one"; C=DE', ['2.5.4.3=Ours, "the" one', "2.5.4.6=DE"]),
        ("CN=\u00e4 + OU=x", ["2.5.4.11=x", "2.5.4.3=\u00e4"]),
        ("OID.2.5.4.3=node,2.5.4.10=Ours", ["2.5.4.3=node", "2.5.4.10=Ours"]),
        ("E=a@b.example", ["1.2.840.113549.1.9.1=a@b.example"]),
    ],
)
def test_a_name_of_text(text: str, found: list[str]) -> None:
    assert sorted(subject(x500.parse(text))) == sorted(found)
    assert subject(x500.parse(text, reverse=True)) == subject(x500.parse(text))[::-1] or "+" in text


@pytest.mark.parametrize(
    "text", ["", "node", "CN=", "X=node", 'CN="node', 'CN="a" b', "E=\u00e4", "CN=a,,O=b", "9.1=x"]
)
def test_text_that_is_no_name(text: str) -> None:
    with pytest.raises(Malformed):
        x500.parse(text)


@given(st.text(max_size=40))
def test_any_text_is_a_name_or_none(text: str) -> None:
    try:
        name = x500.parse(text)
    except (Malformed, UnicodeEncodeError):
        return
    assert name[:1] == b"\x30"


@given(st.binary(max_size=40))
def test_a_serial_number_is_positive_and_has_twenty_bytes_at_most(given: bytes) -> None:
    assert 0 < certificate_making.serial_number(given) < 1 << 159
