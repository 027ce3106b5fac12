"""The Member List (MS-PPSEC 3.1.1): memberships that are known, and which of them were revoked.

Which of somebody's memberships are kept: ``memberships``. Which revocations count: ``revocations``.
"""

from __future__ import annotations

from collections.abc import Iterator

from peerapi.graphing.clock import TOLERANCE
from peerapi.grouping.membership import MembershipChain
from peerapi.grouping.memberships import Memberships
from peerapi.grouping.revocations import Revocation, Revocations
from peerapi.identity.names import PeerName


class Members:
    """All memberships of one group that this node has seen, however it came to see them."""

    def __init__(self, group: PeerName) -> None:
        self.group = group
        self._chains: dict[str, Memberships] = {}
        self._said: dict[bytes, MembershipChain] = {}  # record ID -> what it says
        self.revocations = Revocations()

    def __iter__(self) -> Iterator[MembershipChain]:
        """The best membership of every member."""
        return (memberships.best[0] for memberships in self._chains.values())

    def __len__(self) -> int:
        return len(self._chains)

    def add(self, chain: MembershipChain, *, shown: bool = False, source: bytes = b"") -> list[MembershipChain]:
        """Take in a proved chain, which proves those above its member too; what of that was new.

        ``shown``: the member itself has proved with its key that it uses this membership. ``source``: the ID of the
        record that says so, and all that it says; without one, a connection has proved it to this process.
        """
        if chain.group != self.group:
            raise ValueError("a member of another group")
        before = self._said.get(source)
        if source:
            self._said[source] = chain
        new = []
        for one in chain.above():
            memberships = self._chains.setdefault(str(one.name), Memberships())
            if memberships.add(one, shown=shown and one is chain, source=source):
                new.append(one)
        if before is not None:
            self._withdraw(source, before, besides=frozenset(chain.marks))
        return new

    def forget(self, source: bytes) -> None:
        """The record that told of a membership is gone."""
        before = self._said.pop(source, None)
        if before is not None:
            self._withdraw(source, before, besides=frozenset())

    def forget_records(self) -> None:
        """Forget what records say; what connections have proved to this process stays."""
        for source in list(self._said):
            self.forget(source)
        self.revocations.clear()

    def _withdraw(self, source: bytes, chain: MembershipChain, *, besides: frozenset[bytes]) -> None:
        for one in chain.above():
            name = str(one.name)
            if one.mark not in besides and self._chains[name].withdraw(one, source):
                del self._chains[name]

    def has_room(self, chain: MembershipChain) -> bool:
        """Whether a membership that its member has not shown is known or would be kept."""
        kept = self._chains.get(str(chain.name))
        return kept is None or kept.has_room(chain)

    def knows(self, name: str) -> bool:
        return name in self._chains

    def of(self, name: str) -> tuple[MembershipChain, ...]:
        """The memberships of one member, the best first."""
        memberships = self._chains.get(name)
        return () if memberships is None else memberships.best

    def find(self, name: str, serial: bytes) -> MembershipChain | None:
        """The best membership with a serial number."""
        return next((chain for chain in self.of(name) if chain.serial == serial), None)

    def current(self, name: str, now: int) -> MembershipChain | None:
        """The best membership that is good for a connection now."""
        return next((chain for chain in self.of(name) if self.good(chain, now)), None)

    def good(self, chain: MembershipChain, now: int) -> bool:
        """Whether a membership is good for a connection at ``now``, by this machine's own UTC."""
        return chain.not_before <= now <= chain.not_after and not self.barred(chain, now)

    def barred(self, chain: MembershipChain, now: int) -> bool:
        """Whether a revocation keeps a member from connecting at ``now`` (UTC).

        Its moment is peer time, which may be ahead of UTC by ``TOLERANCE``, so it counts that much earlier here: a
        clock that lags does not keep the door open.
        """
        return self.revoked(chain, now + TOLERANCE)

    def good_until(self, chain: MembershipChain) -> int:
        """When a membership stops to be good for a connection (UTC): a revocation may be dated ahead."""
        since = self.revocations.since(chain)
        return chain.not_after if since is None else min(chain.not_after, since - TOLERANCE)

    # Revocation ------------------------------------------------------------------------------------------------------

    def revoke(self, revocation: Revocation) -> bool:
        """Take in a revocation; False when it is known in this or a later version."""
        return self.revocations.add(revocation)

    def reinstate(self, record_id: bytes, version: tuple[int, int]) -> str | None:
        """The record of a revocation was deleted, known or not yet; the authority that it was about."""
        return self.revocations.withdraw(record_id, version)

    def would_count(self, revocation: Revocation, chain: MembershipChain) -> bool:
        """Whether a revocation of the member of ``chain`` takes that membership away."""
        return self.revocations.counts(revocation, chain.links, chain.leaf)

    def revoked(self, chain: MembershipChain, moment: int) -> bool:
        """Whether the membership was revoked at ``moment`` (peer time)."""
        since = self.revocations.since(chain)
        return since is not None and since <= moment
