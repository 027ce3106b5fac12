"""Notices of names at relays: what a relay sees of one, and what it cannot make others believe."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.address import Address
from peerapi.identity.names import PeerName, peer_name
from peerapi.moment import SECOND, Moment
from peerapi.pnrp import ids, keys, notice, proofs
from peerapi.pnrp.algorithms import MODERN, PUBLISHED, Signer, Verify
from peerapi.pnrp.chain import check_chain
from peerapi.pnrp.notice import Named
from peerapi.pnrp.outputs import Found
from peerapi.ring.refusal import Refusal, Refused

NOW = Moment(134_000_000_000_000_000, 5.0)
NONCE = bytes(range(12))
SEAT = Address.parse("2001:2f:c633:640a:769a:bd4a:9e69:86e5", 443)
HOME = Address.parse("198.51.100.7", 4001)
OWNER, STRANGER = keys.generate(MODERN), keys.generate(MODERN)


def name_of(signer: Signer, classifier: str = "participant") -> PeerName:
    return peer_name(ids.authority_hash(signer.public_key_der).hex(), classifier)


NAME = name_of(OWNER)


def made(name: PeerName = NAME, signer: Signer = OWNER, chain: bytes | None = None) -> bytes:
    return notice.make(Named(name, signer, "Birthday card", chain), (SEAT, HOME), NOW, NONCE, MODERN)


def read(data: bytes, name: PeerName = NAME, now: Moment = NOW, verify: Verify = keys.verify) -> Found:
    return notice.read(data, name, profile=MODERN, verify=verify, check_chain=check_chain, now=now)


def test_who_knows_the_name_finds_where_it_is_reached() -> None:
    found = read(made())
    assert [(one.ip, one.port) for one in found.endpoints] == [(SEAT.ip, SEAT.port), (HOME.ip, HOME.port)]
    assert (found.friendly_name, found.public_key) == ("Birthday card", OWNER.public_key_der)


def test_a_relay_sees_nothing_of_it() -> None:
    data = made()
    parts = (bytes.fromhex(NAME.authority), "Birthday card".encode("utf-16-le"), OWNER.public_key_der[-32:])
    for seen in (data, notice.key_of(NAME)):
        for part in (*parts, SEAT.ip, HOME.ip, HOME.ip[12:], b"participant"):
            assert part not in seen
            assert part[::-1] not in seen
    assert notice.key_of(NAME) != notice.key_of(name_of(OWNER, "another"))
    with pytest.raises(Refused) as caught:
        read(data, name_of(OWNER, "another"))
    assert caught.value.why is Refusal.SYNTAX


def test_attack_somebody_else_names_himself_under_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever knows the name can seal a notice; the key of the name nobody else has."""
    forged = made(NAME, STRANGER)
    check: Any = proofs.validate_cpa
    with monkeypatch.context() as patch:
        patch.setattr(proofs, "validate_cpa", lambda data, **how: check(data, **{**how, "delegated": True}))
        assert read(forged).public_key == STRANGER.public_key_der
    with pytest.raises(Refused) as caught:
        read(forged)
    assert caught.value.why is Refusal.AUTHORITY


def test_attack_a_chain_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    forged = made(NAME, STRANGER, b"no certificates")
    assert notice.read(
        forged, NAME, profile=MODERN, verify=keys.verify, check_chain=lambda *_: None, now=NOW
    ).endpoints, "it would be believed"
    with pytest.raises(Refused) as caught:
        read(forged)
    assert caught.value.why is Refusal.CHAIN


def test_attack_a_notice_that_is_shown_again_later() -> None:
    data = made()
    late = Moment(NOW.utc + notice.SECONDS * SECOND + 1, 5.0)
    assert read(data, now=Moment(late.utc - 1, 5.0)).endpoints
    with pytest.raises(Refused) as caught:
        read(data, now=late)
    assert caught.value.why is Refusal.EXPIRED


@given(st.data())
def test_what_a_relay_changes_is_no_notice(data: st.DataObject) -> None:
    good = made()
    at = data.draw(st.integers(0, len(good) - 1))
    changed = bytearray(good)
    changed[at] ^= data.draw(st.integers(1, 255))
    for bad in (bytes(changed), good[:at]):
        with pytest.raises(Refused):
            read(bad)


def test_what_no_relay_would_take_is_not_made() -> None:
    with pytest.raises(ValueError, match="bytes"):
        made(chain=bytes(notice.LARGEST))
    with pytest.raises(ValueError, match="says where"):
        notice.make(Named(NAME, OWNER, None, None), (), NOW, NONCE, MODERN)
    with pytest.raises(ValueError, match="profile"):
        notice.make(Named(NAME, OWNER, None, None), (SEAT,), NOW, NONCE, PUBLISHED)
