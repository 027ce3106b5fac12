"""Which revocations count, whatever comes first, and what it costs to find out."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.grouping import revocations
from peerapi.grouping.members import Members
from peerapi.grouping.membership import MAX_LINKS, MembershipChain
from peerapi.grouping.revocations import Revocation, Revocations, stands_above
from tests.grouping.values import ADMINISTRATOR, INVITING, MODERN, NOW, creator, line, member, name


def _people() -> dict[str, MembershipChain]:
    return {
        "carol": creator(MODERN),
        "ada": member(MODERN, "ada", ADMINISTRATOR),
        "abe": member(MODERN, "abe", ADMINISTRATOR),
        "eve": member(MODERN, "eve", ADMINISTRATOR, "ada", ADMINISTRATOR),
        "alice": member(MODERN, "alice"),
        "dave": member(MODERN, "dave", by="ivan", by_role=INVITING),
    }


def _asked_anew(known: Sequence[Revocation], chain: MembershipChain) -> int | None:
    """The rules as they are written down, with nothing remembered."""
    found = []
    for depth, certificate in enumerate(chain.certificates[1:], 1):
        for one in known:
            if one.authority == certificate.public_key.authority and stands_above(one.by, depth, certificate):
                end = None if one.by is None else _asked_anew(known, one.by)
                if end is None or one.made < end:
                    found.append(one.since)
    return min(found, default=None)


_NAMES = ["carol", "ada", "abe", "eve", "alice", "dave"]
_made = st.lists(
    st.tuples(
        st.sampled_from([None, "carol", "ada", "abe", "eve"]),
        st.sampled_from(_NAMES),
        st.integers(0, 3),
        st.integers(0, 3),
        st.booleans(),
    ),
    max_size=10,
)


@given(_made, st.randoms(use_true_random=False))
def test_all_nodes_agree_whatever_the_order(
    told: list[tuple[str | None, str, int, int, bool]], order: random.Random
) -> None:
    people = _people()
    all_of_them = [
        (
            Revocation(
                bytes((number,)) * 16,
                (1, NOW),
                name(MODERN, whom).authority,
                NOW + since,
                NOW + made,
                None if by is None else people[by],
            ),
            gone,
        )
        for number, (by, whom, since, made, gone) in enumerate(told)
    ]
    left = [one for one, gone in all_of_them if not gone]
    wanted = [_asked_anew(left, chain) for chain in people.values()]
    inputs = [(one, False) for one, _ in all_of_them] + [(one, True) for one, gone in all_of_them if gone]
    for _ in range(2):
        order.shuffle(inputs)
        known = Revocations()
        for one, deleted in inputs:
            known.add(one) if not deleted else known.withdraw(one.id, (2, NOW))
            known.since(people["dave"])  # what is remembered has to be forgotten in time
        assert [known.since(chain) for chain in people.values()] == wanted
    if all(by is not None for by, *_ in told):
        assert wanted[0] is None  # nobody but the group itself removes its creator


def test_who_was_revoked_earlier_by_somebody_who_was_not_revokes_nobody() -> None:
    people = _people()
    known = Revocations()
    assert known.add(Revocation(b"1" * 16, (1, NOW), name(MODERN, "alice").authority, NOW, NOW + 5, people["eve"]))
    assert known.since(people["alice"]) == NOW
    assert known.add(Revocation(b"2" * 16, (1, NOW), name(MODERN, "eve").authority, NOW + 5, NOW, people["ada"]))
    assert known.since(people["alice"]) is None
    assert known.withdraw(b"2" * 16, (2, NOW)) == name(MODERN, "eve").authority
    assert known.since(people["alice"]) == NOW


def _all_revoke_all_below(people: Sequence[str], times: int) -> tuple[list[MembershipChain], list[Revocation]]:
    """A line of administrators of whom each revokes all below it ``times`` times, for a time that never comes."""
    chains = list(line(MODERN, people).above())
    numbers = iter(range(1 << 30))
    made = [
        Revocation(
            next(numbers).to_bytes(16, "big"), (1, NOW), chains[below].name.authority, (1 << 62) - turn, NOW + turn, by
        )
        for at, by in enumerate(chains)
        for below in range(at + 1, len(chains))
        for turn in range(times)
    ]
    return chains, made


@pytest.mark.parametrize(("links", "times"), [(6, 1), (12, 3), (MAX_LINKS, 1), (MAX_LINKS, 20)])
def test_the_cost_of_a_chain_of_revocations_grows_with_their_makers_only(
    monkeypatch: pytest.MonkeyPatch, links: int, times: int
) -> None:
    asked = 0

    def counted(*args: object) -> bool:
        nonlocal asked
        asked += 1
        return stands_above(*args)  # type: ignore[arg-type]

    chains, made = _all_revoke_all_below([f"line {number}" for number in range(links - 1)], times)
    assert chains[-1].links == links
    known = Revocations()
    random.Random(1).shuffle(made)
    for one in made:
        known.add(one)
    monkeypatch.setattr(revocations, "stands_above", counted)
    assert known.since(chains[-1]) == (1 << 62) - (times - 1)
    pairs = links * (links - 1) // 2  # of who revokes and who is revoked
    assert pairs <= asked <= 2 * pairs
    before = asked
    for chain in chains:  # all of it is known now
        known.since(chain)
    assert asked == before


def test_without_what_is_remembered_a_chain_of_revocations_costs_more_than_anybody_has(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Forgetful(dict[bytes, int | None]):
        def __contains__(self, _: object) -> bool:
            return False

    asked = 0

    def counted(*args: object) -> bool:
        nonlocal asked
        asked += 1
        return stands_above(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(revocations, "stands_above", counted)
    costs = []
    for links in (6, 9):
        chains, made = _all_revoke_all_below([f"line {number}" for number in range(links - 1)], 1)
        known = Revocations()
        known._judged = Forgetful()
        for one in made:
            known.add(one)
        asked = 0
        known.since(chains[-1])
        costs.append(asked)
    assert costs[1] > 4 * costs[0]  # a polynomial of the second degree would make it 2.4 times as much


def test_a_member_that_nobody_revokes_is_asked_about_at_no_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revocations, "stands_above", None)
    members = Members(name(MODERN, "club"))
    chain = member(MODERN, "alice")
    assert not members.revoked(chain, NOW)
    assert members.revoke(Revocation(bytes(16), (1, NOW), name(MODERN, "bob").authority, NOW, NOW, None))
    assert not members.revoked(chain, NOW)
