"""PNRP IDs (1.3.1.2, 3.1.4.4.1), written out by hand from the formulas."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.identity.names import PeerName, secure_authority
from peerapi.pnrp import ids
from tests.pnrp.strategies import pnrp_ids


def test_p2p_id_of_an_unsecured_name() -> None:
    classifier = hashlib.sha1("MyApplication".encode("utf-16-le")).digest()
    expected = hashlib.sha1(classifier + bytes(20) + classifier + b"PNRP").digest()[:16]
    assert ids.p2p_id(ids.NO_AUTHORITY, ids.classifier_hash("MyApplication")).to_bytes(16, "big") == expected


def test_authority_of_a_secure_name_is_the_hash_of_its_key() -> None:
    key = b"a public key"
    name = PeerName(secure_authority(key), "x")
    assert bytes.fromhex(name.authority) == ids.authority_hash(key)


def test_names_and_places_have_their_halves() -> None:
    number = ids.pnrp_id(5, ids.service_location(6, 7))
    assert number == 5 << 128 | 6 << 64 | 7
    assert ids.p2p_part(number) == 5


def test_goo_is_the_number_of_the_text() -> None:
    assert int.from_bytes(ids.GOO, "big") == 0x504E5250


@pytest.mark.parametrize(("prefix", "suffix"), [(-1, 0), (1 << 64, 0), (0, 1 << 64)])
def test_halves_of_a_service_location_have_64_bits(prefix: int, suffix: int) -> None:
    with pytest.raises(ValueError):
        ids.service_location(prefix, suffix)


def test_the_number_space_is_circular() -> None:
    assert ids.distance(0, ids.MASK) == 1
    assert ids.distance(ids.HALF, 0) == ids.HALF


@given(pnrp_ids, pnrp_ids, st.integers(0, ids.MASK))
def test_distance_is_the_same_both_ways_and_wherever_zero_lies(one: int, other: int, shift: int) -> None:
    assert ids.distance(one, other) == ids.distance(other, one) <= ids.HALF
    assert ids.distance((one + shift) & ids.MASK, (other + shift) & ids.MASK) == ids.distance(one, other)
