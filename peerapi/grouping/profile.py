"""The two ways in which a group can be secured. One is chosen when the group is made, and for good.

*modern*: TLS 1.3 in which both sides show a certificate, P-256 or Ed25519, SHA-256. *ms-ppsec*: what MS-PPSEC
publishes, RSA with SHA-1 (MD5 in groups of version 1.0). There is no negotiation: the profile follows from the kind of
the group's key, the key from the group's peer name, and everything that is read has to be of that profile.
"""

from __future__ import annotations

from dataclasses import dataclass

from peerapi.identity.certificates import Certificate
from peerapi.identity.extensions import CLIENT_AUTHENTICATION, PEER_AUTHENTICATION, SERVER_AUTHENTICATION
from peerapi.identity.keys import Algorithm, Profile

Version = tuple[int, int]
"Major, minor: the Group Security version (MS-PPSEC 1.7)."
BATCHES: Version = (2, 1)
"""From this version on, records that are published together may have one signature. It is the group's, from its making
on: in one of version 2.0 nobody signs so, and who knows 2.0 only is told that an invitation is of another."""


@dataclass(frozen=True)
class GroupProfile:
    """What a profile decides."""

    kind: Profile
    "The kind of all keys of the group and of its members."
    algorithm: Algorithm
    "How the group's key is made when the caller brings none."
    versions: tuple[Version, ...]
    "Group Security versions; the last is the one that is written."
    usages: tuple[str, ...]
    "Extended key usage of certificates that are issued."

    def fits(self, certificate: Certificate) -> bool:
        """Whether the key in a certificate is of this profile; who signs is a key of the same chain."""
        return certificate.public_key.profile is self.kind


MODERN = GroupProfile(
    Profile.MODERN,
    Algorithm.P256,
    ((2, 0), BATCHES),
    (PEER_AUTHENTICATION, SERVER_AUTHENTICATION, CLIENT_AUTHENTICATION),
)
PUBLISHED = GroupProfile(
    Profile.MS_PPSEC,
    Algorithm.RSA,
    ((1, 0), (1, 1)),
    (PEER_AUTHENTICATION, SERVER_AUTHENTICATION),
)
PROFILES = {profile.kind: profile for profile in (MODERN, PUBLISHED)}
