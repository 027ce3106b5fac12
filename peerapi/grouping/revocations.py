"""Which memberships were revoked, and since when.

Whether a revocation counts is asked again and again instead of once, because memberships and revocations arrive in any
order and every node has to come to the same answer. It counts

- when the group itself has made it, or
- when an administrator has, who was not revoked before that, and who stands above the one revoked: whoever is no
  administrator is below every administrator who did not receive its own membership from there, and among administrators
  only those with a shorter chain are above.

A chain is revoked with any of its links: an issuer that is no longer trusted might have made new members of itself.

What an answer costs is bounded by how much is known, not by how it hangs together. A link of a chain is judged once
until something changes, however many chains it is in and however often it is asked about. Revocations of one member by
one administrator count as one, since all that matters of them is the earliest moment named by those that were made in
time.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter

from peerapi.grouping.membership import MembershipChain
from peerapi.grouping.roles import Role, parse
from peerapi.identity.certificates import Certificate

_GROUP = b""
_MADE = attrgetter("made")


@dataclass(frozen=True)
class Revocation:
    """One revocation that has been proved to come from an administrator or from the group."""

    id: bytes
    "The ID of its record."
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


class _Maker:
    """The revocations of one member that one administrator, or the group, has made."""

    def __init__(self, by: MembershipChain | None) -> None:
        self.by = by
        self._all: dict[bytes, Revocation] = {}  # record ID -> revocation
        self._useful: list[Revocation] = []
        """Each was made later than the one before, and names an earlier moment: whatever a revocation made before one
        of them says, that one says more."""

    def add(self, revocation: Revocation) -> bool:
        """Whether it may change an answer."""
        self._all[revocation.id] = revocation
        return self._use(revocation)

    def _use(self, revocation: Revocation) -> bool:
        useful = self._useful
        at = bisect_right(useful, revocation.made, key=_MADE)
        if at and useful[at - 1].since <= revocation.since:
            return False
        end = at
        while end < len(useful) and useful[end].since >= revocation.since:
            end += 1
        if at and useful[at - 1].made == revocation.made:
            at -= 1
        useful[at:end] = [revocation]
        return True

    def drop(self, revocation: Revocation) -> bool:
        """Forget a revocation; whether there are none of that member any longer."""
        del self._all[revocation.id]
        if revocation in self._useful:
            self._useful.clear()
            for each in sorted(self._all.values(), key=_MADE):
                self._use(each)
        return not self._all

    def since(self, end: int | None) -> int | None:
        """The earliest moment that is named by one made before ``end``."""
        count = len(self._useful) if end is None else bisect_left(self._useful, end, key=_MADE)
        return self._useful[count - 1].since if count else None


class Revocations:
    """All revocations that are known in one group."""

    def __init__(self) -> None:
        self._known: dict[bytes, Revocation] = {}  # record ID -> revocation
        self._of: dict[str, dict[bytes, _Maker]] = {}  # authority -> mark of the maker's membership -> what it made
        self._withdrawn: dict[bytes, tuple[int, int]] = {}  # record ID -> version of its deletion
        self._judged: dict[bytes, int | None] = {}  # mark of a chain -> since when it is worth nothing

    def __iter__(self) -> Iterator[Revocation]:
        return iter(self._known.values())

    def __len__(self) -> int:
        return len(self._known)

    def get(self, record_id: bytes) -> Revocation | None:
        return self._known.get(record_id)

    def add(self, revocation: Revocation) -> bool:
        """Take in a revocation; False when a newer version of its record is known, or its deletion: whoever has kept
        the old one can send it again."""
        if self._withdrawn.get(revocation.id, (0, 0)) >= revocation.version:
            return False
        before = self._known.get(revocation.id)
        if before is not None:
            if before.version >= revocation.version:
                return False
            self._drop(before)  # it may have been about somebody else
        self._known[revocation.id] = revocation
        maker = self._of.setdefault(revocation.authority, {}).setdefault(_mark(revocation), _Maker(revocation.by))
        if maker.add(revocation):
            self._judged.clear()
        return True

    def withdraw(self, record_id: bytes, version: tuple[int, int]) -> str | None:
        """The record of a revocation was deleted, known or not yet; the authority that it was about."""
        self._withdrawn[record_id] = max(version, self._withdrawn.get(record_id, (0, 0)))
        known = self._known.get(record_id)
        if known is None or known.version >= version:
            return None
        self._drop(known)
        return known.authority

    def forget(self, record_id: bytes) -> None:
        """Forget whatever this record has said."""
        self._withdrawn.pop(record_id, None)
        known = self._known.get(record_id)
        if known is not None:
            self._drop(known)

    def _drop(self, revocation: Revocation) -> None:
        del self._known[revocation.id]
        makers = self._of[revocation.authority]
        if makers[_mark(revocation)].drop(revocation):
            del makers[_mark(revocation)]
            if not makers:
                del self._of[revocation.authority]
        self._judged.clear()

    def clear(self) -> None:
        self._known.clear()
        self._of.clear()
        self._withdrawn.clear()
        self._judged.clear()

    # Judging ----------------------------------------------------------------------------------------------------------

    def since(self, chain: MembershipChain) -> int | None:
        """The peer time from which on the membership is worth nothing."""
        if not self._known:
            return None
        judged = self._judged
        mark = chain.mark
        if mark in judged:
            return judged[mark]
        since: int | None = None
        for depth, (mark, certificate) in enumerate(zip(chain.marks, chain.certificates[1:], strict=True), 1):
            if mark not in judged:
                judged[mark] = _earlier(since, self._link_since(depth, certificate))
            since = judged[mark]
        return since

    def _link_since(self, depth: int, certificate: Certificate) -> int | None:
        """The same for one link, as if those above it were good."""
        found: int | None = None
        for maker in self._of.get(certificate.public_key.authority, {}).values():
            if stands_above(maker.by, depth, certificate):
                # Ends: all links above an administrator are administrators, so this asks about shorter and shorter
                # chains.
                end = None if maker.by is None else self.since(maker.by)
                found = _earlier(found, maker.since(end))
        return found

    def counts(self, revocation: Revocation, depth: int, certificate: Certificate) -> bool:
        """Whether a revocation, known here or not, takes a link away."""
        by = revocation.by
        if not stands_above(by, depth, certificate):
            return False
        end = None if by is None else self.since(by)
        return end is None or revocation.made < end


def stands_above(by: MembershipChain | None, depth: int, certificate: Certificate) -> bool:
    """Whether ``by`` may revoke the holder of the certificate that is so many links below the group."""
    if by is None:
        return True
    if any(certificate.public_key == above.public_key for above in by.certificates):
        return False  # nobody removes those from whom its own membership comes, nor itself
    return by.links < depth or Role.ADMINISTRATOR not in parse(certificate.extensions.roles or ())


def _mark(revocation: Revocation) -> bytes:
    return _GROUP if revocation.by is None else revocation.by.mark


def _earlier(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)
