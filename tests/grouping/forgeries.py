"""Certificates that nobody should have made."""

from __future__ import annotations

from dataclasses import replace

from peerapi.grouping.membership import issue_root
from peerapi.grouping.roles import Role
from peerapi.identity.certificates import Certificate, issue
from peerapi.identity.extensions import CertificateType, Extensions
from peerapi.identity.keys import Profile
from tests.grouping.values import DAY, MEMBER, NOW, key, name


def forged(
    profile: Profile,
    who: str,
    above: Certificate,
    signer: str,
    role: Role = MEMBER,
    group: str = "club",
    classifiers: tuple[str, ...] = ("participant",),
) -> Certificate:
    """A certificate that says it stands below ``above``, signed by anybody."""
    return issue(
        key(profile, signer),
        key(profile, who).public,
        Extensions(
            CertificateType.MEMBER,
            subject_name=name(profile, who),
            issuer_name=above.extensions.subject_name,
            grouping_flags=0,
            group=name(profile, group),
            roles=(role.value,),
            classifiers=classifiers,
        ),
        subject=who,
        issuer=above.subject,
        not_before=NOW - DAY,
        not_after=NOW + DAY,
    )


def own_root(profile: Profile, who: str) -> Certificate:
    """The root of somebody who says that it is the club."""
    pair = key(profile, who)
    mine = issue_root(pair, name(profile, who), "The Club", NOW)
    extensions = replace(mine.extensions, group=name(profile, "club"), subject_name=name(profile, "club"))
    return issue(pair, pair.public, extensions, subject="x", issuer="x", not_before=NOW - DAY, not_after=NOW + DAY)
