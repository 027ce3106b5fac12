"""Membership: a chain of certificates from the group's root (GRC) to a member (GMC), as a value that has been proved.

::

    GRC  --signs-->  GMC of the creator  --signs-->  GMC of a member  ...  at most 24 of them

MS-PPSEC 2.2.5, 3.1.7.5; MS-PNRP 2.2.3.5, 3.1.5.10. The group's peer name is the hash of the key in the root, so the
name alone says which root is right. A ``MembershipChain`` exists only when everything but time has been checked, and
``validated`` checks time too; results are remembered, because every node meets the same chains again and again.

A member is valid as long as everybody above it in the chain: a link that outlives its issuer gains nothing.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from peerapi.errors import (
    ChainTooLong,
    CircularChain,
    InvalidClassifierProperty,
    InvalidCredential,
    InvalidCredentialInfo,
    InvalidRoleProperty,
    InvalidTimePeriod,
    NotAuthorized,
)
from peerapi.grouping import roles as role_rules
from peerapi.grouping.profile import PROFILES, GroupProfile
from peerapi.grouping.roles import Role
from peerapi.identity import pkcs7
from peerapi.identity.certificates import CLOCK_SKEW, FOREVER, Certificate, decode, issue
from peerapi.identity.der import Malformed
from peerapi.identity.extensions import (
    PEER_AUTHENTICATION,
    SERVER_AUTHENTICATION,
    CertificateType,
    Extensions,
)
from peerapi.identity.keys import KeyPair, PublicKey
from peerapi.identity.names import MAX_FRIENDLY_NAME, PeerName, is_text, proves
from peerapi.moment import SECOND

MAX_LINKS = 24
"Membership certificates in a chain; with the root 25, the limit of MS-PNRP 2.2.3.5."
MAX_ENCODED = 128 * 1024
"Bytes of a chain; the texts have no limit. 25 certificates with RSA keys of 8192 bits fit."


@dataclass(frozen=True)
class MembershipChain:
    """A proved membership; made by ``proved``, ``validated``, ``found_group`` and ``Issuer.issue`` only."""

    certificates: tuple[Certificate, ...]
    "The root first, the member last; at least two."
    profile: GroupProfile
    not_before: int
    "The latest beginning of all links, FILETIME units."
    not_after: int
    "The earliest end of all links."
    roles: frozenset[Role]

    @classmethod
    def validated(cls, encoded: Sequence[bytes], group: PeerName, now: int) -> MembershipChain:
        """The membership that DER certificates, root first, prove at ``now``.

        Raises what ``proved`` raises, and InvalidTimePeriod when a link has expired or is not valid yet.
        """
        chain = cls.proved(encoded, group)
        chain.require_valid(now)
        return chain

    @classmethod
    def proved(cls, encoded: Sequence[bytes], group: PeerName) -> MembershipChain:
        """The same, whatever the time.

        Raises ChainTooLong, CircularChain, InvalidRoleProperty, InvalidClassifierProperty, InvalidCredential (all
        else that can be wrong).
        """
        return _proved(tuple(encoded), group)

    @classmethod
    def read(cls, data: bytes, group: PeerName | None) -> MembershipChain:
        """``proved`` from PKCS #7; ``group`` None: whichever group it is for. Raises the same."""
        if len(data) > MAX_ENCODED:
            raise ChainTooLong(f"A chain of {len(data)} bytes.")
        try:
            encoded = pkcs7.decode(data)
            if group is None:
                group = decode(encoded[0]).extensions.group
        except Malformed as error:
            raise InvalidCredential(str(error)) from error
        if group is None:
            raise InvalidCredential("A root that names no group.")
        return cls.proved(encoded, group)

    def require_valid(self, now: int) -> None:
        """Raises InvalidTimePeriod."""
        if not self.not_before <= now <= self.not_after:
            raise InvalidTimePeriod("The membership has expired." if now > self.not_after else "Not yet a member.")

    def encode(self) -> bytes:
        """PKCS #7."""
        return pkcs7.encode(certificate.encoded for certificate in self.certificates)

    def above(self) -> Iterator[MembershipChain]:
        """The memberships that this one rests on, the creator's first, and itself."""
        for count in range(2, len(self.certificates)):
            certificates = self.certificates[:count]
            roles = role_rules.parse(certificates[-1].extensions.roles or ())
            yield _chain(certificates, self.profile, roles)
        yield self

    @functools.cached_property
    def marks(self) -> tuple[bytes, ...]:
        """A hash for each membership certificate, over it and all above it."""
        mark, marks = hashlib.sha256(self.root.encoded).digest(), []
        for certificate in self.certificates[1:]:
            mark = hashlib.sha256(mark + hashlib.sha256(certificate.encoded).digest()).digest()
            marks.append(mark)
        return tuple(marks)

    @property
    def mark(self) -> bytes:
        """A hash of the whole chain: who has the same one has been told the same."""
        return self.marks[-1]

    @property
    def root(self) -> Certificate:
        return self.certificates[0]

    @property
    def leaf(self) -> Certificate:
        return self.certificates[-1]

    @property
    def issuer(self) -> Certificate:
        return self.certificates[-2]

    @property
    def group(self) -> PeerName:
        assert self.root.extensions.group is not None
        return self.root.extensions.group

    @property
    def name(self) -> PeerName:
        """The member's peer name."""
        return _subject(self.leaf)

    @property
    def issuer_name(self) -> PeerName:
        return _subject(self.issuer)

    @property
    def serial(self) -> bytes:
        """Of the member's certificate, 16 bytes."""
        return self.leaf.serial

    @property
    def public_key(self) -> PublicKey:
        return self.leaf.public_key

    @property
    def links(self) -> int:
        """How many membership certificates there are: 1 for whom the group itself has made a member."""
        return len(self.certificates) - 1

    @functools.cached_property
    def administrator(self) -> bool:
        return Role.ADMINISTRATOR in self.roles

    @property
    def by_administrator(self) -> bool:
        """Whether the group itself or an administrator has issued it."""
        return self.links == 1 or Role.ADMINISTRATOR in role_rules.parse(self.issuer.extensions.roles or ())

    @property
    def may_issue(self) -> frozenset[Role]:
        """The roles that the member may give to others."""
        return role_rules.issuable(self.roles)


def _subject(certificate: Certificate) -> PeerName:
    name = certificate.extensions.subject_name
    if name is None:
        raise InvalidCredential("A certificate without the peer name of its holder.")
    return name


# ---- proving ---------------------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=2048)
def _proved(encoded: tuple[bytes, ...], group: PeerName) -> MembershipChain:
    if len(encoded) < 2:
        raise InvalidCredential("A chain has a root and a member.")
    if len(encoded) > MAX_LINKS + 1:
        raise ChainTooLong
    try:
        certificates = tuple(map(_decoded, encoded))
    except Malformed as error:
        raise InvalidCredential(str(error)) from error
    root = certificates[0]
    _check_root(root, group)
    if len({certificate.public_key for certificate in certificates}) != len(certificates):
        raise CircularChain
    profile = PROFILES[root.public_key.profile]
    holder = frozenset(Role)  # MS-PPSEC 2.2.5.2.3: under the root any role is valid
    for previous, one in pairwise(certificates):
        holder = _check_link(previous, one, profile, holder)
    return _chain(certificates, profile, holder)


def _chain(certificates: tuple[Certificate, ...], profile: GroupProfile, roles: frozenset[Role]) -> MembershipChain:
    return MembershipChain(
        certificates,
        profile,
        max(certificate.not_before for certificate in certificates),
        min(certificate.not_after for certificate in certificates),
        roles,
    )


_decoded = functools.lru_cache(maxsize=2048)(decode)
"Chains of one group share most of their certificates."


@functools.lru_cache(maxsize=4096)
def _signed(encoded: bytes, spki: bytes) -> bool:
    return _decoded(encoded).signed_by(PublicKey(spki))


def _check_root(root: Certificate, group: PeerName) -> None:
    extensions = root.extensions
    _require(extensions.type is CertificateType.ROOT, "the first certificate is no group root")
    _require(group.secure and extensions.group == group == extensions.subject_name, "the root of another group")
    _require(proves(root.public_key.spki, group), "the name of the group belongs to another key")
    _require(not extensions.grouping_flags, "grouping flags that are not 0")
    _require(_between_peers(root), "not made for use between peers")
    _require(_signed(root.encoded, root.public_key.spki), "the root is not self-signed")


def _check_link(
    previous: Certificate, one: Certificate, profile: GroupProfile, holder: frozenset[Role]
) -> frozenset[Role]:
    """One certificate below another, whose holder has the roles ``holder``; the roles that it gives."""
    extensions = one.extensions
    _require(extensions.type is CertificateType.MEMBER, "not a membership certificate")
    _require(profile.fits(one), "a key of the other profile")
    _require(extensions.group == previous.extensions.group, "a certificate of another group")
    _require(not extensions.grouping_flags, "grouping flags that are not 0")
    _require(_between_peers(one), "not made for use between peers")
    _require(proves(one.public_key.spki, _subject(one)), "the peer name belongs to another key")
    _require(extensions.issuer_name == _subject(previous), "the issuer is not the certificate before")
    roles = role_rules.parse(extensions.roles or ())
    if not roles <= role_rules.issuable(holder):
        raise InvalidRoleProperty("A role that the issuer may not give.")
    if extensions.classifiers is None or not role_rules.may_delegate(
        extensions.classifiers, previous.extensions.classifiers or (), extends=roles != {Role.MEMBER}
    ):
        raise InvalidClassifierProperty
    _require(_signed(one.encoded, previous.public_key.spki), "not signed by the certificate before")
    return roles


def _between_peers(certificate: Certificate) -> bool:
    return {PEER_AUTHENTICATION, SERVER_AUTHENTICATION}.issubset(certificate.extensions.usages)


def _require(truth: bool, detail: str) -> None:
    if not truth:
        raise InvalidCredential(detail)


# ---- issuing ---------------------------------------------------------------------------------------------------------


def issue_root(key: KeyPair, group: PeerName, friendly_name: str, now: int) -> Certificate:
    """The group's root certificate (GRC), valid from a day ago on, without an end."""
    if not proves(key.public.spki, group):
        raise ValueError("the name of the group belongs to another key")
    shown = friendly_name or str(group)
    return issue(
        key,
        key.public,
        Extensions(
            CertificateType.ROOT,
            subject_name=group,
            usages=PROFILES[key.profile].usages,
            grouping_flags=0,
            group=group,
        ),
        subject=shown,
        issuer=shown,
        not_before=now - CLOCK_SKEW,
        not_after=FOREVER,
    )


class Issuer:
    """Somebody who can make members: a member with its key, or the group itself with its own."""

    def __init__(self, key: KeyPair, certificates: tuple[Certificate, ...], roles: Collection[Role]) -> None:
        """Use ``member`` or ``group``. ``certificates`` end with the one of ``key``."""
        if certificates[-1].public_key != key.public:
            raise ValueError("another key")
        self._key = key
        self._certificates = certificates
        self._roles = roles

    @classmethod
    def member(cls, key: KeyPair, chain: MembershipChain) -> Issuer:
        return cls(key, chain.certificates, chain.roles)

    @classmethod
    def group(cls, key: KeyPair, root: Certificate) -> Issuer:
        return cls(key, (root,), tuple(Role))

    def issue(
        self,
        subject: PublicKey,
        name: PeerName,
        friendly_name: str,
        roles: Collection[Role],
        now: int,
        *,
        not_before: int | None = None,
        not_after: int | None = None,
    ) -> MembershipChain:
        """A new membership of ``name`` under this one; FILETIME units, cut to seconds.

        Without limits of time it begins a day ago, for slow clocks, and lasts as long as the issuer's.
        Raises NotAuthorized (roles), ChainTooLong, CircularChain, InvalidTimePeriod, InvalidCredentialInfo.
        """
        above = self._certificates
        beginning = max(certificate.not_before for certificate in above)
        end = min(certificate.not_after for certificate in above)
        profile = PROFILES[self._key.profile]
        if not beginning <= now <= end:
            raise NotAuthorized("The issuer's own membership is not valid now.")
        if not roles:
            raise InvalidCredentialInfo("No role.")
        if not set(roles) <= role_rules.issuable(self._roles):
            raise NotAuthorized("A role that the issuer may not give.")
        if len(above) > MAX_LINKS:
            raise ChainTooLong
        if subject in [certificate.public_key for certificate in above]:
            raise CircularChain
        if subject.profile is not profile.kind or not proves(subject.spki, name):
            raise InvalidCredentialInfo("The name belongs to another key, or the key to the other profile.")
        if not is_text(friendly_name, MAX_FRIENDLY_NAME):
            raise InvalidCredentialInfo("The friendly name is longer than 255 characters.")
        not_before = _seconds(max(now - CLOCK_SKEW, beginning) if not_before is None else not_before)
        not_after = _seconds(end if not_after is None else not_after)
        if not _seconds(beginning) <= not_before < not_after <= end or not_after <= now:
            raise InvalidTimePeriod("A membership lies within that of its issuer and ends in the future.")
        parent = above[-1]
        certificate = issue(
            self._key,
            subject,
            Extensions(
                CertificateType.MEMBER,
                subject_name=name,
                issuer_name=_subject(parent),
                usages=profile.usages,
                grouping_flags=0,
                group=above[0].extensions.group,
                roles=tuple(role.value for role in Role if role in roles),
                classifiers=role_rules.classifiers(roles),
            ),
            subject=friendly_name or str(name),
            issuer=parent.subject,
            not_before=not_before,
            not_after=not_after,
        )
        return _chain((*above, certificate), profile, frozenset(roles))


def found_group(key: KeyPair, root: Certificate, creator: Certificate, now: int) -> MembershipChain:
    """The membership of a group's creator, an administrator under the root (MS-PPSEC 3.1.7.5).

    ``creator`` is its proved identity certificate. Raises InvalidCredentialInfo when its key is of the other profile.
    """
    return Issuer.group(key, root).issue(
        creator.public_key, _subject(creator), creator.subject, (Role.ADMINISTRATOR,), now
    )


def _seconds(moment: int) -> int:
    return moment - moment % SECOND
