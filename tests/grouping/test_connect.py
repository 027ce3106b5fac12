"""Group Connect between two ends in one process."""

from __future__ import annotations

import pytest

from peerapi.graphing.framing import frame
from peerapi.grouping.connect import State
from peerapi.grouping.refusal import Refusal, Refused
from peerapi.identity.keys import Profile
from tests.grouping.values import BOTH, INVITING, PASSWORD, Pair, carol, exchange, member, name, security

both = pytest.mark.parametrize("profile", BOTH, ids=lambda profile: profile.value)


@both
def test_two_members_prove_their_membership_to_each_other(profile: Profile) -> None:
    pair = Pair(security(profile, "alice", member(profile, "alice")), carol(profile)).run()
    assert pair.complete
    assert pair.called.peer is not None and pair.called.peer.name == name(profile, "alice")
    assert pair.caller.peer is not None and pair.caller.peer.name == name(profile, "carol")


@both
def test_messages_of_the_graph_travel_both_ways_in_frames(profile: Profile) -> None:
    pair = Pair(security(profile, "alice", member(profile, "alice")), carol(profile)).run()
    frames = frame(b"\0\0\0\x0c\x10\x02\0\0abcd") + frame(bytes(50_000), 16348)
    assert exchange(pair.caller, pair.called, frames) == frames
    assert exchange(pair.called, pair.caller, frames) == frames


@both
def test_a_joiner_with_the_password_becomes_a_member(profile: Profile) -> None:
    joiner = security(profile, "bob", password=PASSWORD, knows_properties=False)
    inviter = security(profile, "ivan", member(profile, "ivan", INVITING))
    pair = Pair(joiner, inviter).run()
    assert pair.complete
    assert joiner.chain is not None and joiner.chain.name == name(profile, "bob")
    assert joiner.chain.leaf.subject == "Bob"
    assert pair.called.peer is not None and pair.called.peer.chain.leaf.encoded == joiner.chain.leaf.encoded


@both
def test_a_wrong_password_is_refused_and_counted(profile: Profile) -> None:
    inviter = security(profile, "ivan", member(profile, "ivan", INVITING))
    with pytest.raises(Refused) as caught:
        Pair(security(profile, "bob", password="guess", knows_properties=False), inviter).run()
    assert caught.value.reason is Refusal.PASSWORD
    assert inviter.refused[Refusal.PASSWORD] == inviter.guard.failed == 1
    assert State.FAILED is not None
