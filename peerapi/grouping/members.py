"""The Member List (MS-PPSEC 3.1.1): memberships that are known, and which of them were revoked.

Whether a revocation counts is asked again and again instead of once, because memberships and revocations arrive in any
order and every node has to come to the same answer. It counts

- when the group itself has made it, or
- when an administrator has, who was not revoked before that, and who stands above the one revoked: whoever is no
  administrator is below every administrator who did not receive its own membership from there, and among administrators
  only those with a shorter chain are above.

A chain is revoked with any of its links: an issuer that is no longer trusted might have made new members of itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from peerapi.graphing.clock import TOLERANCE
from peerapi.grouping.membership import MembershipChain
from peerapi.grouping.roles import Role, parse
from peerapi.identity.certificates import Certificate
from peerapi.identity.names import PeerName

MAX_CHAINS = 8
"Memberships kept of one member: renewals, changes of role."


@dataclass(frozen=True)
class Revocation:
    """One revocation that has been proved to come from an administrator or from the group."""

    id: bytes
    "Of its record."
    version: tuple[int, int]
    "Version and modification time of its record."
    authority: str
    "Authority of the peer names of who is revoked."
    since: int
    "Peer time; records from then on are refused, and so is who connects."
    made: int
    "Peer time at which it was made."
    by: MembershipChain | None
    "None: the group itself."


class Members:
    """All memberships of one group that this node has seen, however it came to see them."""

    def __init__(self, group: PeerName) -> None:
        self.group = group
        self._chains: dict[str, list[MembershipChain]] = {}
        self._revocations: dict[str, dict[bytes, Revocation]] = {}  # authority -> record ID -> revocation
        self._withdrawn: dict[bytes, tuple[int, int]] = {}  # record ID -> version of its deletion

    def __iter__(self) -> Iterator[MembershipChain]:
        """The best membership of every member."""
        return (chains[0] for chains in self._chains.values())

    def __len__(self) -> int:
        return len(self._chains)

    def add(self, chain: MembershipChain) -> list[MembershipChain]:
        """Take in a proved chain, which proves those above its member too; what of that was new."""
        if chain.group != self.group:
            raise ValueError("a member of another group")
        return [one for one in chain.above() if self._add(one)]

    def _add(self, chain: MembershipChain) -> bool:
        chains = self._chains.setdefault(str(chain.name), [])
        if any(known.leaf.encoded == chain.leaf.encoded for known in chains):
            return False
        chains.append(chain)
        # Whoever may issue can also make worthless memberships for somebody else: they must not push out better ones.
        chains.sort(key=_worth, reverse=True)
        del chains[MAX_CHAINS:]
        return any(known is chain for known in chains)

    def known(self, name: str) -> bool:
        return name in self._chains

    def of(self, name: str) -> tuple[MembershipChain, ...]:
        """The memberships of one member, the best first."""
        return tuple(self._chains.get(name, ()))

    def find(self, name: str, serial: bytes) -> MembershipChain | None:
        """The membership with a serial number."""
        return next((chain for chain in self._chains.get(name, ()) if chain.serial == serial), None)

    def current(self, name: str, now: int) -> MembershipChain | None:
        """The best membership that is good for a connection now."""
        return next((chain for chain in self._chains.get(name, ()) if self.good(chain, now)), None)

    def good(self, chain: MembershipChain, now: int) -> bool:
        """Whether a membership is good for a connection at ``now``, by this machine's own UTC."""
        return chain.not_before <= now <= chain.not_after and not self.barred(chain, now)

    def barred(self, chain: MembershipChain, now: int) -> bool:
        """Whether a revocation keeps a member from connecting at ``now`` (UTC).

        Its moment is peer time, which may be ahead of UTC by ``TOLERANCE``, so it counts that much earlier here: a
        clock that lags does not keep the door open.
        """
        return self.revoked(chain, now + TOLERANCE)

    # Revocation ------------------------------------------------------------------------------------------------------

    def revoke(self, revocation: Revocation) -> bool:
        """Take in a revocation; False when a newer version of its record is known, or its deletion: whoever has kept
        the old one can send it again."""
        if self._withdrawn.get(revocation.id, (0, 0)) >= revocation.version:
            return False
        before = self.revocation(revocation.id)
        if before is not None:
            if before.version >= revocation.version:
                return False
            del self._revocations[before.authority][before.id]  # it may have been about somebody else
        self._revocations.setdefault(revocation.authority, {})[revocation.id] = revocation
        return True

    def reinstate(self, record_id: bytes, version: tuple[int, int]) -> str | None:
        """The record of a revocation was deleted, known or not yet; the authority that it was about."""
        self._withdrawn[record_id] = max(version, self._withdrawn.get(record_id, (0, 0)))
        for authority, known in self._revocations.items():
            if record_id in known and known[record_id].version < version:
                del known[record_id]
                return authority
        return None

    def forget_revocations(self) -> None:
        self._revocations.clear()
        self._withdrawn.clear()

    def revocations(self) -> Iterator[Revocation]:
        for known in self._revocations.values():
            yield from known.values()

    def revocation(self, record_id: bytes) -> Revocation | None:
        return next((known[record_id] for known in self._revocations.values() if record_id in known), None)

    def would_count(self, revocation: Revocation, chain: MembershipChain) -> bool:
        """Whether a revocation of the member of ``chain`` takes that membership away."""
        return self._counts(revocation, chain.links, chain.leaf)

    def revoked(self, chain: MembershipChain, moment: int) -> bool:
        """Whether the membership was revoked at ``moment`` (peer time)."""
        if not self._revocations:
            return False
        since = self.revoked_since(chain)
        return since is not None and since <= moment

    def revoked_since(self, chain: MembershipChain) -> int | None:
        """The peer time from which on the membership is worth nothing."""
        found = [
            revocation.since
            for depth, certificate in enumerate(chain.certificates[1:], 1)
            for revocation in self._revocations.get(certificate.public_key.authority, {}).values()
            if self._counts(revocation, depth, certificate)
        ]
        return min(found, default=None)

    def _counts(self, revocation: Revocation, depth: int, certificate: Certificate) -> bool:
        by = revocation.by
        if by is None:
            return True
        if any(certificate.public_key == above.public_key for above in by.certificates):
            return False  # nobody removes those from whom its own membership comes, nor itself
        if Role.ADMINISTRATOR in parse(certificate.extensions.roles or ()) and by.links >= depth:
            return False
        # Ends: all links above an administrator are administrators, so this asks about shorter and shorter chains.
        return not self.revoked(by, revocation.made)


def _worth(chain: MembershipChain) -> tuple[bool, int, int, int]:
    return (chain.administrator, len(chain.may_issue), chain.not_after, chain.not_before)
