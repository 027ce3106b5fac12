"""What this node itself is in its group: who has the group's key, and when a node goes over to another membership."""

from __future__ import annotations

from dataclasses import dataclass

from peerapi.grouping.channel import Credential
from peerapi.grouping.members import Members
from peerapi.grouping.membership import MembershipChain
from peerapi.grouping.revocations import Revocation
from peerapi.identity.certificates import Certificate
from peerapi.identity.keys import KeyPair
from peerapi.moment import SECOND

EARLY = 3600 * SECOND
"So much later (FILETIME units) than the record that brings it a membership may begin: clocks of issuers differ."


@dataclass(frozen=True)
class Owner:
    """The group's own key; its creator has it."""

    key: KeyPair
    root: Certificate


def another(members: Members, credential: Credential, moment: int) -> MembershipChain | None:
    """The best membership of this node that is good at a moment."""
    found = members.current(str(credential.name), moment)
    return found if found is not None and found.public_key == credential.key.public else None


def replaces(issued: MembershipChain, own: MembershipChain | None, members: Members, moment: int) -> bool:
    """Whether a node that has the membership ``own`` goes over to a newer one that was published for it at ``moment``.

    One that has not begun (peer time may be behind the clock of the issuer), or that was revoked, is worth nothing
    now, whoever has issued it. A poorer one it takes from those only who might as well revoke the one that it has:
    others, administrators of the same rank among them, could get rid of it in this way.
    """
    if not issued.by_administrator or not members.good(issued, max(moment, issued.not_before)):
        return False
    if issued.not_before > moment + EARLY:
        return False
    if own is None:
        return True
    if issued.leaf.not_before <= own.leaf.not_before:
        return False
    if issued.may_issue >= own.may_issue and issued.not_after >= own.not_after:
        return True
    by = None if issued.links == 1 else list(issued.above())[-2]
    return members.would_count(Revocation(bytes(16), (1, 0), own.name.authority, 0, 0, by), own)
