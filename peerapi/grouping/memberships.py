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

from peerapi.grouping.membership import MembershipChain

MAX_SHOWN = 16
"Memberships of one member that it has shown itself: renewals, changes of role. The oldest give way."
MAX_ISSUED = 64
"Memberships of one member that others have issued, and that it has not shown."


class Memberships:
    """All that is kept of one member."""

    def __init__(self) -> None:
        self.best: tuple[MembershipChain, ...] = ()
        "All of them, the best first."
        self._shown: dict[bytes, MembershipChain] = {}
        self._issued: dict[bytes, MembershipChain] = {}

    def add(self, chain: MembershipChain, *, shown: bool) -> bool:
        """Take in a membership; whether it was not known, and is kept."""
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
