"""What is kept of the memberships of one member, so that nobody takes away what counts for somebody else.

Whoever may issue memberships can make any number for anybody, among them some that look better than the good one: with
more roles, with a later end, beginning in a year. None of them may push out what the member itself uses. So two things
are kept apart:

*shown*
    What the member has proved with its own key to be its own choice: it came with it in a connection, or has published
    it. Only what the member itself shows later takes its place.

*issued*
    Everything else. When it is too much, the issuer who has made most gives way: from the group's creator down, the
    branch with the most memberships is looked for, and the poorest one at its end goes. An issuer and all the members
    whom it has made together are one branch of whoever has made it a member, so inventing issuers gains nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from peerapi.grouping.membership import MembershipChain

MAX_SHOWN = 16
"Memberships of one member that it has shown itself: renewals, changes of role. The oldest give way."
MAX_ISSUED = 64
"Memberships of one member that others have issued, and that it has not shown."


class _Told(NamedTuple):
    """A membership of which records tell."""

    chain: MembershipChain
    sources: dict[bytes, bool]
    "Record ID -> whether the member itself has published it."

    @property
    def shown(self) -> bool:
        return any(self.sources.values())


class Memberships:
    """All that is kept of one member."""

    def __init__(self) -> None:
        self.best: tuple[MembershipChain, ...] = ()
        "All memberships, the best first."
        self._shown: dict[bytes, MembershipChain] = {}
        self._issued: dict[bytes, MembershipChain] = {}
        self._told: dict[bytes, _Told] = {}
        "What records say, by the membership."
        self._proved: dict[bytes, tuple[MembershipChain, bool]] = {}
        "What connections have proved, as far as it is kept."

    def add(self, chain: MembershipChain, *, shown: bool, source: bytes = b"") -> bool:
        """Take in a membership; whether it was not known, and is kept. ``source``: the ID of the record that says so,
        nothing for a connection."""
        if source:
            self._told.setdefault(chain.mark, _Told(chain, {})).sources[source] = shown
            return self._add(chain, shown=shown)
        known = self._proved.get(chain.mark)
        self._proved[chain.mark] = (chain, shown or (known is not None and known[1]))
        new = self._add(chain, shown=shown)
        self._proved = {mark: one for mark, one in self._proved.items() if mark in self._shown or mark in self._issued}
        return new

    def withdraw(self, chain: MembershipChain, source: bytes) -> bool:
        """A record does not say so any longer; whether nothing is left of the member."""
        told = self._told[chain.mark]
        before = told.shown
        del told.sources[source]
        if not told.sources:
            del self._told[chain.mark]
        if not told.sources or told.shown != before:
            self._choose_again()
        return not self.best

    def _choose_again(self) -> None:
        said = [(told.chain, told.shown) for told in self._told.values()] + list(self._proved.values())
        self._shown, self._issued, self.best = {}, {}, ()
        for chain, shown in sorted(said, key=lambda one: (one[0].mark, one[1])):
            self._add(chain, shown=shown)

    def _add(self, chain: MembershipChain, *, shown: bool) -> bool:
        mark = chain.mark
        known = mark in self._shown or mark in self._issued
        if mark in self._shown or (known and not shown):
            return False
        if shown:
            self._issued.pop(mark, None)
            self._shown[mark] = chain
            if len(self._shown) > MAX_SHOWN:
                del self._shown[min(self._shown, key=lambda each: _age(self._shown[each]))]
        else:
            self._issued[mark] = chain
            if len(self._issued) > MAX_ISSUED:
                del self._issued[superfluous(self._issued.values()).mark]
        self.best = tuple(sorted((*self._shown.values(), *self._issued.values()), key=worth, reverse=True))
        return not known and (mark in self._shown or mark in self._issued)

    def has_room(self, chain: MembershipChain) -> bool:
        """Whether a membership that the member has not shown is known or would be kept."""
        if len(self._issued) < MAX_ISSUED or chain.mark in self._issued or chain.mark in self._shown:
            return True
        return superfluous((*self._issued.values(), chain)) is not chain


def worth(chain: MembershipChain) -> tuple[bool, int, int, int]:
    """What makes one membership better than another, whatever the time."""
    return (chain.administrator, len(chain.may_issue), chain.not_after, chain.not_before)


def superfluous(chains: Iterable[MembershipChain]) -> MembershipChain:
    """The one that gives way: the poorest of the issuer who has most, in the branch that has most."""
    branch, level = list(chains), 1
    while True:
        parts: dict[bytes, list[MembershipChain]] = {}
        for chain in branch:
            # Its issuer at this level; nothing for what the holder of the branch has issued itself.
            above = chain.certificates[level].public_key.spki if level < chain.links else b""
            parts.setdefault(above, []).append(chain)
        above, branch = max(parts.items(), key=lambda part: (len(part[1]), part[0] != b"", part[0]))
        if not above:
            return min(branch, key=lambda chain: (worth(chain), chain.mark))
        level += 1


def _age(chain: MembershipChain) -> tuple[int, int, bytes]:
    return (chain.leaf.not_before, chain.not_after, chain.mark)
