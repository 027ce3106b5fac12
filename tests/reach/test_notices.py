"""Notices: kept for a while, in a bounded room, and no flood takes the places of others for long."""

from __future__ import annotations

import pytest

from peerapi.reach import notices
from peerapi.reach.notices import Notices
from peerapi.reach.passes import Account
from peerapi.reach.refusal import Refused

KEY, OTHER_KEY = b"k" * 32, b"o" * 32


def test_who_asks_gets_the_newest_first_and_nothing_that_has_ended() -> None:
    kept = Notices()
    kept.post(b"a", KEY, 100, b"first", 0.0)
    kept.post(b"b", KEY, 100, b"second", 1.0)
    kept.post(b"a", KEY, 100, b"first again", 2.0)
    assert kept.look(KEY, 50.0) == [b"first again", b"second"]
    assert kept.look(b"x" * 32, 50.0) == []
    assert kept.look(KEY, 101.5) == [b"first again"]
    assert kept.look(KEY, 200.0) == []
    assert (len(kept), kept.size) == (0, 0)
    kept.post(b"a", KEY, 1_000_000, b"long", 0.0)
    assert kept.look(KEY, notices.LONGEST + 1.0) == []


def test_only_so_many_are_shown() -> None:
    kept = Notices()
    for number in range(100):
        kept.post(bytes([number]), KEY, 100, bytes([number]), 0.0)
    assert kept.look(KEY, 1.0) == [bytes([number]) for number in range(99, 79, -1)]


def test_attack_a_flood_of_notices(monkeypatch: pytest.MonkeyPatch) -> None:
    """One poster without end takes all the room; with the bound eight, and the others' stay."""

    def flood(kept: Notices) -> int:
        kept.post(b"honest", KEY, 3600, b"here", 0.0)
        posted = 0
        for number in range(5_000):
            try:
                kept.post(b"mallory", number.to_bytes(32, "big"), 3600, bytes(1000), 0.0)
                posted += 1
            except Refused:
                pass
        return posted

    with monkeypatch.context() as patch:
        patch.setattr(notices, "EACH", 1 << 30)
        kept = Notices(room=1 << 20)
        assert flood(kept) == 5_000
        assert kept.look(KEY, 1.0) == []
    kept = Notices(room=1 << 20)
    assert flood(kept) == notices.EACH
    assert kept.look(KEY, 1.0) == [b"here"]


def test_attack_new_seats_in_turn_hide_a_name_and_take_the_room() -> None:
    """A seat costs a key and some hashes, and is given back at once. Where notices counted for seats alone, one account
    would have as many as it likes; as it is, those of one seat, and the others' are shown before its second one."""

    def flood(kept: Notices, accounts: list[Account]) -> None:
        kept.post(b"honest", KEY, 3600, b"here", 0.0, [Account(b"honest's", 1)])
        kept.post(b"honest", OTHER_KEY, 3600, b"here too", 0.0, [Account(b"honest's", 1)])
        for number in range(2_000):
            kept.post(number.to_bytes(8, "big"), KEY, 3600, bytes(1000), 1.0, accounts)

    kept = Notices(room=1 << 20)
    flood(kept, [])
    assert kept.look(KEY, 2.0) == [bytes(1000)] * notices.MOST_SHOWN and kept.look(OTHER_KEY, 2.0) == []
    kept = Notices(room=1 << 20)
    flood(kept, [Account(b"mallory's", 1)])
    assert len(kept) == 2 + notices.EACH
    assert kept.look(KEY, 2.0) == [bytes(1000), b"here"] + [bytes(1000)] * 7
    assert kept.look(OTHER_KEY, 2.0) == [b"here too"]
    kept = Notices(room=1 << 20)
    flood(kept, [Account(b"mallory's", 100), Account(b"one that mallory has made of it", 3)])
    assert len(kept) == 2 + 3 * notices.EACH
    assert b"here" in kept.look(KEY, 2.0)


def test_members_who_share_an_account_are_all_shown() -> None:
    kept = Notices()
    for number in range(12):
        kept.post(bytes([number]), KEY, 100, bytes([number]), float(number), [Account(b"the group's", 16)])
    kept.post(b"another", KEY, 5, b"soon over", 12.0, [Account(b"another's", 1)])
    members = [bytes([number]) for number in range(11, -1, -1)]
    assert kept.look(KEY, 13.0) == [b"soon over", *members]
    assert kept.look(KEY, 18.0) == members
    assert kept.look(KEY, 105.5) == members[:6] and len(kept) == 6
    assert (kept.look(KEY, 120.0), len(kept), kept.size) == ([], 0, 0)


def test_the_room_is_bounded_also_for_many_posters() -> None:
    kept = Notices(room=100_000)
    for number in range(1_000):
        kept.post(number.to_bytes(8, "big"), number.to_bytes(32, "big"), 3600, bytes(1000), 0.0)
        assert kept.size <= 100_000
    assert kept.look((999).to_bytes(32, "big"), 1.0) != []
    assert kept.look((0).to_bytes(32, "big"), 1.0) == []


def test_places_come_back_when_notices_end() -> None:
    kept = Notices()
    for number in range(notices.EACH):
        kept.post(b"a", number.to_bytes(32, "big"), 10, b"", 0.0)
    with pytest.raises(Refused):
        kept.post(b"a", KEY, 10, b"", 9.0)
    kept.post(b"a", KEY, 10, b"", 10.0)
    assert len(kept) == 1
