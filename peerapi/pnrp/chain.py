"""Delegation (MS-PNRP 1.3.2, 2.2.3.5, 3.1.5.10): who may publish a name that another key owns.

A chain begins with a self-signed certificate of the name's own key and ends with one for the key that signed the CPA;
each names the classifiers that its holder may pass on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from itertools import pairwise

from peerapi.identity import pkcs7
from peerapi.identity.certificates import Certificate, decode
from peerapi.identity.der import Malformed
from peerapi.identity.extensions import CertificateType
from peerapi.pnrp import ids
from peerapi.pnrp.cpa import Cpa
from peerapi.ring.refusal import Refusal, Refused

ChainCheck = Callable[[bytes, Cpa, str | None, int], None]
"``check(chain, cpa, classifier, now)``; Refused (``Refusal.CHAIN``) when it does not lead to the CPA's key."

ROLE_ADMIN = bytes.fromhex("04387127aa56450a8ce54f565c6790f4")
ROLE_MEMBER = bytes.fromhex("f12dc4c708574ca093fcb1bb19a3d8c2")
ROLE_INVITING_MEMBER = bytes.fromhex("dd15f41ffc4e4922b0354c06a754d01d")
_MAY_EXTEND = {ROLE_ADMIN, ROLE_INVITING_MEMBER}


def may_delegate(classifier: str, delegator: Collection[str], *, admin: bool) -> bool:
    """Whether ``classifier`` is a legal delegate (2.2.3.5.1.5.1). ``admin``: roleAdmin or roleInvitingMember."""
    if not delegator:
        return True
    if admin:
        return any(classifier.startswith(one) for one in delegator)
    return classifier in delegator


def may_delegate_everything(delegator: Collection[str], *, admin: bool) -> bool:
    """Whether an empty list, which stands for all classifiers, is a legal delegate."""
    return not delegator or (admin and "" in delegator)


def check_chain(chain: bytes, cpa: Cpa, classifier: str | None, now: int) -> None:
    """All of 3.1.5.10, and that each certificate is signed by the one before, which is not said there (reading N8).

    ``classifier`` is that of the AUTHORITY_BUFFER, ``now`` UTC in FILETIME units.
    """
    try:
        certificates = [decode(encoded) for encoded in pkcs7.decode(chain)]
    except Malformed as error:
        raise Refused(Refusal.CHAIN, str(error)) from error
    if not certificates:
        raise Refused(Refusal.CHAIN, "no certificate")
    first, last = certificates[0], certificates[-1]
    _require(all(one.valid_at(now) for one in certificates), "not valid now")
    _require(first.extensions.type is CertificateType.ROOT, "the first certificate is no root")
    _require(first.signed_by(first.public_key), "the first certificate is not self-signed")
    _require(ids.authority_hash(first.public_key.spki) == cpa.authority, "the name belongs to another key")
    _require(last.public_key.spki == cpa.public_key, "the CPA is signed by another key")
    _require(last.extensions.group is not None and last.extensions.group == first.extensions.group, "another peer name")
    for previous, one in pairwise(certificates):
        _check_link(previous, one)
    if classifier is None:
        _require(cpa.classifier_hash is None, "the classifier is missing")
    allowed = last.extensions.classifiers or ()
    _require(may_delegate(classifier or "", allowed, admin=_may_extend(last)), "a classifier that was not delegated")


def _check_link(previous: Certificate, one: Certificate) -> None:
    extensions = one.extensions
    _require(extensions.type is CertificateType.MEMBER, "a second root")
    _require(one.signed_by(previous.public_key), "not signed by the certificate before")
    issuer = extensions.issuer_name
    _require(issuer is not None and issuer == previous.extensions.subject_name, "issuer and subject differ")
    _require(bool(extensions.roles) and extensions.classifiers is not None, "roles or classifiers are missing")
    delegator = previous.extensions.classifiers or ()
    admin = _may_extend(one)
    classifiers = extensions.classifiers or ()
    if classifiers:
        _require(
            all(may_delegate(each, delegator, admin=admin) for each in classifiers), "classifiers beyond the delegation"
        )
    else:
        _require(may_delegate_everything(delegator, admin=admin), "all classifiers, from somebody who has some")


def _may_extend(certificate: Certificate) -> bool:
    return bool(_MAY_EXTEND.intersection(certificate.extensions.roles or ()))


def _require(truth: bool, detail: str) -> None:
    if not truth:
        raise Refused(Refusal.CHAIN, detail)
