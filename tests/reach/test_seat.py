"""Seat addresses: what they are made of, and that only the owner of the key has one."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.address import Address
from peerapi.reach import seat
from peerapi.reach.seat import RelayEndpoint
from tests.reach.lab import ENDPOINT, key, own_seat

IP4 = st.binary(min_size=4, max_size=4)


def test_a_seat_address_by_hand() -> None:
    modifier, spki = bytes(16), b"a key"
    digest = hashlib.sha256(b"peerapi seat 1\0" + bytes((198, 51, 100, 10)) + b"\x01\xbb" + modifier + spki).digest()
    found = seat.address_of(ENDPOINT, modifier, spki)
    assert found.ip == bytes.fromhex("2001002fc633640a") + digest[:8]
    assert str(found) == f"[{found.host}]:443"
    assert found.host.startswith("2001:2f:c633:640a:")


@given(IP4, st.integers(1, 65535), st.binary(min_size=8, max_size=8))
def test_an_address_names_its_relay(ip: bytes, port: int, digest: bytes) -> None:
    address = Address(seat.PREFIX + ip + digest, port)
    assert seat.is_seat(address)
    assert seat.relay_of(address) == RelayEndpoint(ip, port)
    assert seat.relay_of(address).address.host == seat.relay_of(address).host


@given(st.binary(min_size=16, max_size=16))
def test_other_addresses_are_no_seats(ip: bytes) -> None:
    assert seat.is_seat(Address(ip, 1)) == (ip[:4] == seat.PREFIX)


def test_the_owner_proves_it_and_nobody_else() -> None:
    own, other = own_seat(1), own_seat(2)
    assert own.modifier != bytes(16)
    assert seat.proves(own.address, own.modifier, own.spki)
    assert not seat.proves(own.address, own.modifier, other.spki)
    assert not seat.proves(own.address, other.modifier, own.spki)
    assert not seat.proves(own.address._replace(port=444), own.modifier, own.spki)
    assert not seat.proves(other.address, own.modifier, own.spki)
    assert not seat.proves(own.address, own.modifier + b"\0", own.spki)
    for bit in range(8 * 16):
        ip = (int.from_bytes(own.address.ip, "big") ^ 1 << bit).to_bytes(16, "big")
        assert not (ip[:4] == seat.PREFIX and seat.proves(Address(ip, own.address.port), own.modifier, own.spki))


def test_attack_a_forger_who_does_not_do_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the second hash an address could be met in 2**64 tries; with it each of them costs 2**16 more."""
    spki = key(3).public.spki
    lazy = next(
        modifier
        for modifier in (number.to_bytes(16, "big") for number in range(1, 100))
        if not seat._is_worked_for(ENDPOINT, modifier, spki)
    )
    address = seat.address_of(ENDPOINT, lazy, spki)
    with monkeypatch.context() as patch:
        patch.setattr(seat, "_is_worked_for", lambda *_: True)
        assert seat.proves(address, lazy, spki)
    assert not seat.proves(address, lazy, spki)


def test_the_search_goes_on_from_any_start() -> None:
    spki = key(1).public.spki
    last = b"\xff" * 16
    found = seat.find_modifier(ENDPOINT, spki, last)
    assert found != bytes(16)
    assert seat.proves(seat.address_of(ENDPOINT, found, spki), found, spki)


@pytest.mark.parametrize(
    ("ip", "port", "public"),
    [
        ((198, 51, 100, 10), 443, True),
        ((10, 0, 0, 1), 3540, True),
        ((127, 0, 0, 1), 443, False),
        ((0, 0, 0, 0), 443, False),
        ((169, 254, 169, 254), 443, False),
        ((224, 0, 0, 1), 443, False),
        ((255, 255, 255, 255), 443, False),
        ((198, 51, 100, 10), 25, False),
        ((198, 51, 100, 10), 80, False),
    ],
)
def test_where_an_address_of_others_may_send_a_node(ip: tuple[int, ...], port: int, public: bool) -> None:
    assert RelayEndpoint(bytes(ip), port).is_public is public
