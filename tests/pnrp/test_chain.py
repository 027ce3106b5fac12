"""Delegation (2.2.3.5.1.5.1, 3.1.5.10)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from peerapi.identity import pkcs7
from peerapi.identity.certificates import Certificate, issue
from peerapi.identity.extensions import CertificateType, Extensions
from peerapi.identity.keys import Algorithm, KeyPair
from peerapi.identity.names import PeerName
from peerapi.pnrp import ids
from peerapi.pnrp.chain import (
    ROLE_ADMIN,
    ROLE_INVITING_MEMBER,
    ROLE_MEMBER,
    check_chain,
    may_delegate,
    may_delegate_everything,
)
from peerapi.pnrp.cpa import Cpa
from peerapi.ring.refusal import Refusal, Refused

NOW = 134_000_000_000_000_000
DAY = 24 * 3600 * 10_000_000
OWNER, MIDDLE, DELEGATE, STRANGER = (KeyPair.generate(Algorithm.ED25519) for _ in range(4))
NAME = PeerName(OWNER.public.authority, "fish")


@pytest.mark.parametrize(
    ("delegator", "admin", "legal", "illegal", "everything"),
    [
        ((), True, ["", "fish"], [], True),
        ((), False, ["", "fish"], [], True),
        (("", "fish"), True, ["", "fish", "ham"], [], True),
        (("", "fish"), False, ["", "fish"], ["fish food"], False),
        (("fish", "cheese"), True, ["fish", "fish food", "cheese", "cheese-like"], ["ham", ""], False),
        (("fish", "cheese"), False, ["fish", "cheese"], ["fish food", "cheese-like"], False),
    ],
)
def test_the_published_examples(
    delegator: tuple[str, ...], admin: bool, legal: list[str], illegal: list[str], everything: bool
) -> None:
    assert all(may_delegate(classifier, delegator, admin=admin) for classifier in legal)
    assert not any(may_delegate(classifier, delegator, admin=admin) for classifier in illegal)
    assert may_delegate_everything(delegator, admin=admin) is everything


def certificate(signer: KeyPair, holder: KeyPair, **changes: object) -> Certificate:
    """A certificate of the chain: ``signer`` gives ``holder`` the classifier "fish"."""
    extensions = Extensions(
        CertificateType.ROOT if signer is holder else CertificateType.MEMBER,
        subject_name=PeerName(holder.public.authority, "x"),
        issuer_name=PeerName(signer.public.authority, "x"),
        group=NAME,
        roles=None if signer is holder else (ROLE_MEMBER,),
        classifiers=None if signer is holder else ("fish",),
    )
    times = {key: changes.pop(key, default) for key, default in (("not_before", NOW - DAY), ("not_after", NOW + DAY))}
    return issue(
        signer,
        holder.public,
        replace(extensions, **changes),
        subject="holder",
        issuer="signer",
        **times,  # type: ignore[arg-type]
    )


def cpa(key: KeyPair = DELEGATE) -> Cpa:
    return Cpa(
        not_after=NOW,
        service_location=0,
        public_key=key.public.spki,
        authority=ids.authority_hash(OWNER.public.spki),
        classifier_hash=ids.classifier_hash("fish"),
    )


def check(*certificates: Certificate, classifier: str | None = "fish", key: KeyPair = DELEGATE) -> None:
    check_chain(pkcs7.encode([one.encoded for one in certificates]), cpa(key), classifier, NOW)


ROOT = certificate(OWNER, OWNER)
GIVEN = certificate(OWNER, DELEGATE)


def test_a_delegate_may_publish_what_it_was_given() -> None:
    check(ROOT, GIVEN)


def test_a_delegate_may_pass_on_what_it_was_given() -> None:
    check(ROOT, certificate(OWNER, MIDDLE), certificate(MIDDLE, DELEGATE))


def test_an_admin_may_pass_on_and_publish_what_begins_with_it() -> None:
    first = certificate(OWNER, MIDDLE, roles=(ROLE_ADMIN,))
    second = certificate(MIDDLE, DELEGATE, roles=(ROLE_INVITING_MEMBER,), classifiers=("fish food",))
    check(ROOT, first, second, classifier="fish food today")


def refused(*certificates: Certificate, classifier: str | None = "fish", key: KeyPair = DELEGATE) -> str:
    with pytest.raises(Refused) as caught:
        check(*certificates, classifier=classifier, key=key)
    assert caught.value.why is Refusal.CHAIN
    return str(caught.value)


BROKEN = {
    "no certificate": (),
    "the first is no root": (GIVEN,),
    "the root is of another name": (certificate(STRANGER, STRANGER), certificate(STRANGER, DELEGATE)),
    "ends at another key": (ROOT, certificate(OWNER, MIDDLE)),
    "a link is missing": (ROOT, certificate(MIDDLE, DELEGATE)),
    "signed by a stranger": (
        ROOT,
        certificate(STRANGER, DELEGATE, issuer_name=PeerName(OWNER.public.authority, "x")),
    ),
    "issuer and subject differ": (ROOT, certificate(OWNER, DELEGATE, issuer_name=PeerName("0", "y"))),
    "no longer valid": (ROOT, certificate(OWNER, DELEGATE, not_after=NOW - 1)),
    "not yet valid": (ROOT, certificate(OWNER, DELEGATE, not_before=NOW + DAY, not_after=NOW + 2 * DAY)),
    "another peer name": (ROOT, certificate(OWNER, DELEGATE, group=PeerName(OWNER.public.authority, "other"))),
    "no peer name": (certificate(OWNER, OWNER, group=None), certificate(OWNER, DELEGATE, group=None)),
    "a second root": (ROOT, certificate(OWNER, DELEGATE, type=CertificateType.ROOT)),
    "no roles": (ROOT, certificate(OWNER, DELEGATE, roles=None)),
    "no classifiers": (ROOT, certificate(OWNER, DELEGATE, classifiers=None)),
    "more than the delegator has": (
        ROOT,
        certificate(OWNER, MIDDLE),
        certificate(MIDDLE, DELEGATE, classifiers=("fish food",)),
    ),
    "everything from somebody who has some": (
        ROOT,
        certificate(OWNER, MIDDLE, roles=(ROLE_ADMIN,)),
        certificate(MIDDLE, DELEGATE, roles=(ROLE_ADMIN,), classifiers=()),
    ),
}


@pytest.mark.parametrize("certificates", BROKEN.values(), ids=BROKEN)
def test_a_broken_chain_is_refused(certificates: tuple[Certificate, ...]) -> None:
    refused(*certificates)


def test_a_classifier_that_was_not_given_is_refused() -> None:
    assert "classifier" in refused(ROOT, GIVEN, classifier="fish food")


def test_a_chain_without_the_classifier_proves_nothing() -> None:
    assert "classifier" in refused(ROOT, GIVEN, classifier=None)


@pytest.mark.parametrize("data", [b"", b"0", bytes(100), b"\x30\x80" + bytes(50)])
def test_bytes_that_are_no_chain_are_refused(data: bytes) -> None:
    with pytest.raises(Refused) as caught:
        check_chain(data, cpa(), "fish", NOW)
    assert caught.value.why is Refusal.CHAIN


def test_every_changed_byte_of_a_chain_is_refused_or_changes_nothing_that_is_signed() -> None:
    whole = pkcs7.encode([ROOT.encoded, GIVEN.encoded])
    for position in range(0, len(whole), 7):
        damaged = bytearray(whole)
        damaged[position] ^= 0x40
        try:
            check_chain(bytes(damaged), cpa(), "fish", NOW)
        except Refused:
            continue
        assert [one for one in (ROOT.encoded, GIVEN.encoded) if one not in bytes(damaged)] == []
