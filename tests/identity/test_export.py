"""PEERIDENTITYEXPORT: out, in, and what must not come in."""

from __future__ import annotations

import base64

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import PrivateFormat, pkcs12
from hypothesis import given, settings
from hypothesis import strategies as st

from peerapi.errors import InvalidArgument
from peerapi.identity import der, export, fragments
from peerapi.identity.certificates import Certificate, decode, issue
from peerapi.identity.der import Reader
from peerapi.identity.export import MOST_ROUNDS, ROUNDS, export_identity, import_identity, write_pfx
from peerapi.identity.extensions import CertificateType, Extensions
from peerapi.identity.keys import Algorithm, KeyPair
from peerapi.identity.names import PeerName
from tests.identity.values import NOW, certificate, key, name
from tests.support import facts
from tests.support.strategies import mutated

FACTS = facts.load("records_and_xml.json")["identity_export_xml"]
DT = 'xmlns:dt="urn:schemas-microsoft-com:datatypes" dt:dt="bin.base64"'
PASSWORD = "correct horse"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few rounds, for tests that export much."""
    monkeypatch.setattr(export, "ROUNDS", 100)


def published(
    pair: KeyPair | None = None, data: bytes | None = None, peer: PeerName | None = None, password: str = PASSWORD
) -> str:
    """An export as Windows makes it: RSA, triple DES, SHA-1, 2,000 rounds, and white space as the page prints it."""
    pair = pair or key(Algorithm.RSA)
    data = data or certificate(Algorithm.RSA).encoded
    peer = peer or name(pair=pair)
    old = (
        PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(2000)
        .key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
        .hmac_hash(hashes.SHA1())
        .build(password.encode())
    )
    theirs = x509.load_der_x509_certificate(data)
    pfx = pkcs12.serialize_key_and_certificates(b"identity", pair.private, theirs, None, old)
    lines = base64.encodebytes(pfx).decode().replace("\n", "\r\n")
    return (
        f'<PEERIDENTITYEXPORT VERSION="1.0">\r\n   <PEERNAME>{peer}</PEERNAME>\r\n'
        f"   <DATA {DT}>\r\n{lines}   </DATA>\r\n</PEERIDENTITYEXPORT>\r\n"
    )


@pytest.mark.parametrize("algorithm", Algorithm)
@pytest.mark.parametrize("password", ["x", "pässwörd 😀", "long " * 100])
@pytest.mark.usefixtures("quick")
def test_an_identity_comes_back_with_its_password(algorithm: Algorithm, password: str) -> None:
    pair, found = key(algorithm), certificate(algorithm)
    imported = import_identity(export_identity(name(pair=pair), pair, found.encoded, password), password, NOW)
    assert (imported.name, imported.friendly_name, imported.certificate) == (name(pair=pair), "Alice", found)
    assert imported.key.pkcs8() == pair.pkcs8()


@pytest.mark.usefixtures("quick")
def test_the_document_is_the_published_one() -> None:
    document = export_identity(name("R&D"), key(), certificate(classifier="R&D").encoded, PASSWORD)
    head = f'<PEERIDENTITYEXPORT VERSION="1.0"><PEERNAME>{key().public.authority}.R&amp;D</PEERNAME><DATA {DT}>'
    assert document.startswith(head)
    assert [tag for tag, _ in fragments.read(document, FACTS["root"])] == FACTS["children_per_export_page"]


def test_a_published_export_is_taken_over() -> None:
    imported = import_identity(published(), PASSWORD, NOW)
    assert imported.name == name(pair=key(Algorithm.RSA))
    assert imported.certificate == certificate(Algorithm.RSA)


def test_the_element_names_of_the_import_page_are_taken_too() -> None:
    document = published().replace("PEERNAME>", "IDENTITY>").replace("DATA", "IDENTITYDATA")
    assert import_identity(document, PASSWORD, NOW).name == name(pair=key(Algorithm.RSA))


def test_a_certificate_that_names_no_peer_is_made_anew() -> None:
    pair = key(Algorithm.RSA)
    imported = import_identity(published(data=nameless(pair).encoded, peer=name("games", pair)), PASSWORD, NOW)
    assert imported.certificate.extensions.subject_name == imported.name == name("games", pair)
    assert imported.friendly_name == "Bob"


def nameless(pair: KeyPair, signer: KeyPair | None = None) -> Certificate:
    extensions = Extensions(CertificateType.IDENTITY)
    return issue(
        signer or pair, pair.public, extensions, subject="Bob", issuer="Bob", not_before=NOW, not_after=NOW + 10**12
    )


# ---- the encryption ----


def numbers(data: bytes) -> list[int]:
    """All INTEGERs of the readable part of a PFX."""
    found = []
    pending = [Reader(data)]
    while pending:
        reader = pending.pop()
        while reader:
            tag = reader.peek()
            if tag & 0x20:
                pending.append(reader.inside(tag))
            elif tag == der.INTEGER:
                found.append(reader.integer())
            else:
                content = reader.take(tag)
                if tag == der.OCTET_STRING and len(content) > 300 and content[:2] == b"\x30\x82":
                    pending.append(Reader(content))
    return found


def test_passwords_are_expensive_to_try_in_every_place() -> None:
    rounds = [number for number in numbers(write_pfx(key(), certificate().encoded, PASSWORD)) if number > 64]
    assert rounds == [ROUNDS] * 3  # certificate, key and MAC
    assert ROUNDS >= 600_000


@pytest.mark.usefixtures("quick")
def test_the_private_key_is_not_readable() -> None:
    data = write_pfx(key(), certificate().encoded, PASSWORD)
    secret = key().private.private_numbers().private_value.to_bytes(32, "big")
    assert secret in key().pkcs8()
    assert secret not in data
    assert b"Alice" in certificate().encoded
    assert b"Alice" not in data


@pytest.mark.usefixtures("quick")
def test_two_exports_differ() -> None:
    assert write_pfx(key(), certificate().encoded, PASSWORD) != write_pfx(key(), certificate().encoded, PASSWORD)


@pytest.mark.usefixtures("quick")
def test_other_software_opens_it() -> None:
    theirs = pkcs12.load_pkcs12(write_pfx(key(), certificate().encoded, PASSWORD), PASSWORD.encode())
    assert theirs.key.private_numbers() == key().private.private_numbers()  # type: ignore[union-attr]


@pytest.mark.parametrize("rounds", [MOST_ROUNDS + 1, -1])
def test_a_file_that_asks_for_too_many_rounds_is_refused_before_any_is_made(
    rounds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pkcs12, "load_key_and_certificates", None)
    inner = der.sequence(der.octets(bytes(80)), der.integer(rounds))
    for data in (der.sequence(der.integer(3), der.integer(rounds)), der.sequence(der.octets(inner))):
        with pytest.raises(InvalidArgument, match="rounds"):
            import_identity(with_data(data), PASSWORD, NOW)


def with_data(data: bytes) -> str:
    return fragments.write("PEERIDENTITYEXPORT", [("PEERNAME", str(name())), ("DATA", data)])


# ---- what is refused ----


@pytest.mark.parametrize("password", ["", "x", PASSWORD + " ", PASSWORD.upper()])
def test_a_wrong_password_is_refused(password: str) -> None:
    with pytest.raises(InvalidArgument):
        import_identity(published(), password, NOW)


def test_an_empty_password_is_refused() -> None:
    with pytest.raises(InvalidArgument):
        export_identity(name(), key(), certificate().encoded, "")


def test_a_name_that_xml_cannot_carry_is_refused() -> None:
    with pytest.raises(InvalidArgument):
        export_identity(name("\x01"), key(), certificate(classifier="\x01").encoded, PASSWORD)


GOOD = published()
ALTERED = {
    "cut": GOOD[: len(GOOD) // 2],
    "nothing": "",
    "another version": GOOD.replace('VERSION="1.0"', 'VERSION="2.0"'),
    "no version": GOOD.replace(' VERSION="1.0"', ""),
    "another root": GOOD.replace("PEERIDENTITYEXPORT", "PEERIDENTITYINFO"),
    "another classifier": GOOD.replace(".chat<", ".chaos<"),
    "another authority": GOOD.replace(f"<PEERNAME>{key(Algorithm.RSA).public.authority}", "<PEERNAME>" + "0" * 40),
    "an unsecured name": GOOD.replace(f"<PEERNAME>{key(Algorithm.RSA).public.authority}", "<PEERNAME>0"),
    "no name": GOOD.replace(f"<PEERNAME>{name(pair=key(Algorithm.RSA))}</PEERNAME>", ""),
    "an empty name": GOOD.replace(f"{name(pair=key(Algorithm.RSA))}", ""),
    "no data": GOOD[: GOOD.index("<DATA")] + "</PEERIDENTITYEXPORT>",
    "empty data": GOOD[: GOOD.index("<DATA")] + f"<DATA {DT}></DATA></PEERIDENTITYEXPORT>",
    "data of another type": GOOD.replace("bin.base64", "bin.hex"),
    "name and data of both pages": GOOD.replace("PEERNAME>", "IDENTITY>"),
    "one more element": GOOD.replace("</DATA>", "</DATA><MORE/>"),
    "one more attribute": GOOD.replace("<PEERNAME>", '<PEERNAME a="b">'),
    "a comment": GOOD.replace("<DATA", "<!-- --><DATA"),
}


@pytest.mark.parametrize("document", ALTERED.values(), ids=ALTERED.keys())
def test_an_altered_export_is_refused(document: str) -> None:
    assert document != GOOD
    with pytest.raises(InvalidArgument):
        import_identity(document, PASSWORD, NOW)


_, _PFX = fragments.read(GOOD, "PEERIDENTITYEXPORT")[1]
assert isinstance(_PFX, bytes)


@settings(max_examples=60, deadline=None)
@given(mutated(st.just(_PFX)))
def test_altered_data_is_refused_or_means_the_same(data: bytes) -> None:
    document = fragments.write("PEERIDENTITYEXPORT", [("PEERNAME", str(name(pair=key(Algorithm.RSA)))), ("DATA", data)])
    try:
        imported = import_identity(document, PASSWORD, NOW)
    except InvalidArgument:
        return
    assert imported.key.public == key(Algorithm.RSA).public
    assert imported.certificate == certificate(Algorithm.RSA)


@given(st.binary(max_size=100))
def test_any_data_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidArgument):
        import_identity(with_data(data), PASSWORD, NOW)


REFUSED = {
    "a certificate of another kind": lambda pair: issue(
        pair,
        pair.public,
        Extensions(CertificateType.ROOT, subject_name=name(pair=pair)),
        subject="A",
        issuer="A",
        not_before=NOW,
        not_after=NOW + 10**12,
    ),
    "a nameless certificate signed by another key": lambda pair: nameless(pair, key(Algorithm.RSA, 1)),
    "a certificate for another peer name": lambda pair: certificate(Algorithm.RSA, "other"),
}


@pytest.mark.parametrize("make", REFUSED.values(), ids=REFUSED.keys())
def test_a_certificate_that_does_not_belong_to_the_name_is_refused(make) -> None:  # type: ignore[no-untyped-def]
    pair = key(Algorithm.RSA)
    assert decode(make(pair).encoded)
    with pytest.raises(InvalidArgument):
        import_identity(published(pair, make(pair).encoded), PASSWORD, NOW)


def test_a_pfx_without_a_key_is_refused() -> None:
    theirs = x509.load_der_x509_certificate(certificate().encoded)
    how = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(100).build(PASSWORD.encode())
    with pytest.raises(InvalidArgument):
        import_identity(
            with_data(pkcs12.serialize_key_and_certificates(None, None, None, [theirs], how)), PASSWORD, NOW
        )
