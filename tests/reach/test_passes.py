"""Passes: narrower ones are made offline, wider ones by nobody."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.reach import passes
from peerapi.reach.refusal import Refusal, Refused

SECRET, OTHER = b"a" * 32, b"b" * 32
ID = b"i" * 16
CAVEATS = st.dictionaries(st.sampled_from(["expiry", "seats", "rate", "month"]), st.integers(100, (1 << 64) - 1))


def refusal(secret: bytes, granted: bytes, now: int = 50) -> Refusal:
    with pytest.raises(Refused) as caught:
        passes.verify(secret, granted, now)
    return caught.value.reason


@given(CAVEATS, CAVEATS)
def test_a_narrower_pass_allows_no_more_than_either(first: dict[str, int], second: dict[str, int]) -> None:
    grant = passes.verify(SECRET, passes.narrowed(passes.issue(SECRET, ID, **first), **second), 50)

    def least(name: str) -> int | None:
        return min((one[name] for one in (first, second) if name in one), default=None)

    assert grant.identifier == ID
    assert grant.expiry == least("expiry")
    assert grant.rate == least("rate")
    assert min((one.most for one in grant.seats), default=None) == least("seats")
    assert min((one.most for one in grant.months), default=None) == least("month")


def test_narrower_passes_of_one_share_its_account() -> None:
    whole = passes.issue(SECRET, ID, seats=16)
    accounts = [passes.verify(SECRET, passes.narrowed(whole, seats=2, rate=n), 50).seats for n in (1, 2)]
    assert accounts[0][0] == accounts[1][0]
    assert accounts[0][0].most == 16
    apart = [passes.verify(SECRET, passes.narrowed(whole, expiry=n, seats=2), 50).seats for n in (99, 98)]
    assert apart[0][0] == apart[1][0]
    assert apart[0][1].key != apart[1][1].key


def test_attack_a_pass_of_somebody_else_and_one_that_was_widened(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forged, and with its last caveat taken away or made larger."""
    good = passes.issue(SECRET, ID, seats=16, month=1000)
    size = passes._CAVEAT.size
    head, body, tag = good[:18], good[18:-32], good[-32:]
    forged = passes.issue(OTHER, ID)
    shorter = head[:17] + b"\x01" + body[:-size] + tag
    larger = head + body[:-8] + b"\xff" * 8 + tag
    attacks = [forged, shorter, larger]
    with monkeypatch.context() as patch:
        patch.setattr(passes, "_same", lambda tag, claimed: True)
        found = [passes.verify(SECRET, one, 50) for one in attacks]
        assert found[0].seats == ()
        assert found[1].months == ()
        assert found[2].months[0].most == (1 << 64) - 1
    assert [refusal(SECRET, one) for one in attacks] == [Refusal.PASS] * 3


def test_a_pass_that_has_expired_and_what_is_none() -> None:
    granted = passes.issue(SECRET, ID, expiry=100)
    assert passes.verify(SECRET, granted, 99).expiry == 100
    assert refusal(SECRET, granted, 100) is Refusal.EXPIRED
    assert refusal(SECRET, b"") is Refusal.PASS
    assert refusal(SECRET, granted + b"\0") is Refusal.PASS
    with pytest.raises(ValueError):
        passes.narrowed(b"nothing")
    with pytest.raises(ValueError):
        passes.issue(SECRET, b"short")


def test_a_caveat_that_this_version_does_not_know_is_not_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    import enum

    with monkeypatch.context() as patch:
        patch.setattr(passes, "Kind", enum.IntEnum("Kind", {"WEEKDAYS": 9}))
        later = passes.issue(SECRET, ID, weekdays=1)
    assert refusal(SECRET, later) is Refusal.PASS


def test_a_chain_ends_somewhere() -> None:
    granted = passes.issue(SECRET, ID)
    for _ in range(passes.MOST_CAVEATS):
        granted = passes.narrowed(granted, seats=1)
    assert len(granted) == passes.LARGEST
    with pytest.raises(ValueError):
        passes.narrowed(granted, seats=1)


@given(st.binary(max_size=300))
def test_any_bytes_are_no_pass(data: bytes) -> None:
    assert refusal(SECRET, data) is Refusal.PASS
