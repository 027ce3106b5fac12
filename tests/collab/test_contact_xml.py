"""Contact XML: what is read, and what is not."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.collab import contact_xml
from peerapi.collab.values import Contact
from peerapi.identity import pkcs7
from peerapi.identity.certificates import issue_identity
from peerapi.identity.der import Malformed
from peerapi.identity.keys import Algorithm, KeyPair
from peerapi.identity.names import peer_name
from tests.collab.test_fields import TEXT
from tests.identity.values import NOW


def person(nickname: str = "Nick", algorithm: Algorithm = Algorithm.P256) -> Contact:
    key = KeyPair.generate(algorithm)
    name = peer_name(key.public.authority, "")
    credentials = pkcs7.encode([issue_identity(key, name, str(name), NOW).encoded])
    return Contact(str(name), nickname, "Display", "e@mail", False, 0, credentials)


SOMEBODY, OTHER = person(), person()
DOCUMENT = contact_xml.write(SOMEBODY)


@given(TEXT, TEXT, TEXT)
def test_what_is_written_is_read_again(nickname: str, display: str, email: str) -> None:
    contact = SOMEBODY._replace(nickname=nickname, display_name=display, email=email)
    document = contact_xml.write(contact)
    assert document.isascii()
    assert contact_xml.read(document, NOW) == contact


@pytest.mark.parametrize("algorithm", Algorithm)
def test_keys_of_every_kind(algorithm: Algorithm) -> None:
    contact = person(algorithm=algorithm)
    assert contact_xml.read(contact_xml.write(contact), NOW) == contact


def test_watching_and_permission_are_nobodys_business() -> None:
    document = contact_xml.write(SOMEBODY._replace(watch=True, permission=1))
    assert contact_xml.read(document, NOW) == SOMEBODY


def test_a_later_minor_version_may_say_more() -> None:
    grown = DOCUMENT.replace('VERSION="1.0"', 'VERSION="1.7" more="x"')
    grown = grown.replace("<EMAIL>", "<NEW a='b'><X>1</X></NEW><EMAIL>")
    assert contact_xml.read(grown, NOW) == SOMEBODY


def test_names_may_be_missing() -> None:
    short = re.sub("<(NICKNAME|DISPLAYNAME|EMAIL)>.*</.*>", "", DOCUMENT)
    assert contact_xml.read(short, NOW) == SOMEBODY._replace(nickname="", display_name="", email="")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('VERSION="1.0"', 'VERSION="2.0"'),
        ('VERSION="1.0"', ""),
        ("PEERCONTACT", "PEERIDENTITYINFO"),
        ("</PEERCONTACT>", ""),
        ("<EMAIL>", "<!DOCTYPE x><EMAIL>"),
        ("<EMAIL>", "<?php x?><EMAIL>"),
        ("<EMAIL>", "<EMAIL>&unknown;"),
        ("<EMAIL>", "<EMAIL>&#7;"),
        ("<EMAIL>", "<EMAIL>" + "x" * 256),
        ("<EMAIL>", "<NICKNAME>again</NICKNAME><EMAIL>"),
        ("<CREDENTIALS>", "<CREDENTIALS>!"),
        pytest.param(SOMEBODY.peer_name, OTHER.peer_name, id="the name of another"),
        pytest.param(SOMEBODY.peer_name, "0.somebody", id="an unsecured name"),
        pytest.param(SOMEBODY.peer_name, "nonsense", id="no name"),
        pytest.param(SOMEBODY.peer_name, SOMEBODY.peer_name + "classifier", id="a name with a classifier"),
    ],
)
def test_what_is_no_contact_is_refused(old: str, new: str) -> None:
    assert old in DOCUMENT
    with pytest.raises(Malformed):
        contact_xml.read(DOCUMENT.replace(old, new), NOW)


def test_a_name_with_the_key_of_somebody_else_is_refused_because_of_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    forged = contact_xml.write(OTHER._replace(peer_name=SOMEBODY.peer_name))
    with monkeypatch.context() as without:
        without.setattr(contact_xml, "proved_name", lambda credentials, now: contact_xml.parse(SOMEBODY.peer_name))
        assert contact_xml.read(forged, NOW).credentials == OTHER.credentials, "the check is all that stops it"
    with pytest.raises(Malformed, match="another key"):
        contact_xml.read(forged, NOW)


def test_a_document_of_megabytes_is_not_parsed() -> None:
    with pytest.raises(Malformed, match="too long"):
        contact_xml.read(DOCUMENT + " " * contact_xml.LONGEST, NOW)


@given(st.text(max_size=300) | st.text(max_size=40).map(lambda text: DOCUMENT.replace("Nick", text)))
def test_any_text_is_a_contact_or_malformed(text: str) -> None:
    try:
        contact_xml.read(text, NOW)
    except Malformed:
        return
