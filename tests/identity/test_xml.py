"""PEERIDENTITYINFO, and the fragments it is made of."""

from __future__ import annotations

import base64
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.identity import fragments, pkcs7
from peerapi.identity.certificates import InvalidCertificate
from peerapi.identity.der import Malformed
from peerapi.identity.keys import Algorithm
from peerapi.identity.xml import identity_info, read_identity_info
from tests.identity.values import NOW, certificate
from tests.support import facts

FACTS = facts.load("records_and_xml.json")["identity_xml"]
DT = 'xmlns:dt="urn:schemas-microsoft-com:datatypes" dt:dt="bin.base64"'
xml_text = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\ufffe\uffff").filter(
        lambda c: c >= " " or c in "\t\n\r"
    )
)


@pytest.mark.parametrize("algorithm", Algorithm)
def test_an_identity_comes_back_from_its_document(algorithm: Algorithm) -> None:
    found = certificate(algorithm)
    assert read_identity_info(identity_info(found.encoded), NOW) == found


def test_the_document_is_the_published_one() -> None:
    document = identity_info(certificate().encoded)
    data = base64.b64encode(pkcs7.encode([certificate().encoded])).decode()
    assert document == f'<PEERIDENTITYINFO VERSION="1.0"><IDC {DT}>{data}</IDC></PEERIDENTITYINFO>'
    assert document.startswith(f'<{FACTS["root"]} VERSION="{FACTS["root_attribute"]["VERSION"]}"><{FACTS["child"]} ')


def test_a_bare_certificate_is_taken_too() -> None:
    document = fragments.write("PEERIDENTITYINFO", [("IDC", certificate().encoded)])
    assert read_identity_info(document, NOW) == certificate()


def test_white_space_as_the_page_prints_it_is_taken() -> None:
    document = (
        identity_info(certificate().encoded).replace("><", ">\r\n   <").replace('bin.base64">', 'bin.base64">\r\n  ')
    )
    assert read_identity_info(document, NOW) == certificate()


GOOD = identity_info(certificate().encoded)
DATA = base64.b64encode(certificate().encoded).decode()
BAD = {
    "nothing": "",
    "not XML": "hello",
    "cut": GOOD[:-5],
    "another root": GOOD.replace("PEERIDENTITYINFO", "PEERIDENTITY"),
    "another version": GOOD.replace('"1.0"', '"1.1"'),
    "no version": GOOD.replace(' VERSION="1.0"', ""),
    "more attributes": GOOD.replace(' VERSION="1.0"', ' VERSION="1.0" more="1"'),
    "a namespace": GOOD.replace(" VERSION", ' xmlns="urn:x" VERSION'),
    "another child": GOOD.replace("IDC", "GMC"),
    "two children": GOOD.replace("</IDC>", f"</IDC><IDC {DT}>{DATA}</IDC>"),
    "no child": '<PEERIDENTITYINFO VERSION="1.0"></PEERIDENTITYINFO>',
    "a child in the child": GOOD.replace("</IDC>", "<X/></IDC>"),
    "a child without type": GOOD.replace(' dt:dt="bin.base64"', ""),
    "a child of another type": GOOD.replace("bin.base64", "bin.hex"),
    "another namespace for the type": GOOD.replace("urn:schemas-microsoft-com:datatypes", "urn:other"),
    "text between": GOOD.replace("<IDC", "text<IDC"),
    "not base64": GOOD.replace("</IDC>", "!</IDC>"),
    "a comment": GOOD.replace("<IDC", "<!-- --><IDC"),
    "a processing instruction": GOOD.replace("<IDC", "<?x y?><IDC"),
    "a DOCTYPE": "<!DOCTYPE PEERIDENTITYINFO>" + GOOD,
    "an entity": '<!DOCTYPE x [<!ENTITY e "x">]>' + GOOD,
    "half a surrogate pair": GOOD + "\ud800",
    "no certificate": fragments.write("PEERIDENTITYINFO", [("IDC", b"")]),
    "two certificates": fragments.write("PEERIDENTITYINFO", [("IDC", pkcs7.encode([certificate().encoded] * 2))]),
}


@pytest.mark.parametrize("document", BAD.values(), ids=BAD.keys())
def test_another_document_is_refused(document: str) -> None:
    assert document != GOOD
    with pytest.raises(Malformed):
        read_identity_info(document, NOW)


def test_a_certificate_that_proves_nothing_is_refused() -> None:
    with pytest.raises(InvalidCertificate):
        read_identity_info(GOOD, 0)


@given(st.lists(st.tuples(st.sampled_from("AB"), xml_text | st.binary()), max_size=3))
def test_texts_and_bytes_come_back_from_a_fragment(children: list[tuple[str, str | bytes]]) -> None:
    assert fragments.read(fragments.write("ROOT", children), "ROOT") == children


@pytest.mark.parametrize("text", ["\x01", "\x1f", "\ufffe", "\uffff"])
def test_a_text_that_xml_cannot_carry_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        fragments.write("ROOT", [("A", text)])


@given(st.text("<>/ROTA ='\"&;x!-[]?\0\n", max_size=60))
def test_any_text_is_read_or_malformed(text: str) -> None:
    with contextlib.suppress(Malformed):
        fragments.read(text, "ROOT")
