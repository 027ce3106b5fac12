"""Certified peer addresses (2.2.3.1, 3.1.5.7), with real keys of both profiles."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.address import Address
from peerapi.pnrp import ids, keys
from peerapi.pnrp.algorithms import ED25519, MODERN, PUBLISHED, RSA_SHA1, Algorithm, Profile
from peerapi.pnrp.cpa import NO_NONCE, AppEndpoint, Cpa, decode_cpa, encode_cpa, validate_cpa
from peerapi.ring.refusal import Refusal, Refused
from peerapi.ring.wire import MalformedMessage
from tests.pnrp.keyring import ALL, other_profile, signer
from tests.pnrp.strategies import app_endpoints, endpoints, friendly_names, hashes, nonces
from tests.support.strategies import u64

NOW = 134_000_000_000_000_000
NONCE = b"n" * 16
SERVICE = Address(bytes(15) + b"\x01", 3540)


def make(algorithm: Algorithm = ED25519, **changes: object) -> Cpa:
    key = signer(algorithm).public_key_der
    cpa = Cpa(
        not_after=NOW + 1,
        service_location=0x0102030405060708090A0B0C0D0E0F10,
        public_key=key,
        nonce=NONCE,
        authority=ids.authority_hash(key),
        classifier_hash=ids.classifier_hash("chat"),
        service_addresses=(SERVICE,),
        endpoints=(AppEndpoint(SERVICE.ip, 80, 6),),
    )
    return replace(cpa, **changes)  # type: ignore[arg-type]


def refusal(data: bytes, profile: Profile = MODERN, **changes: object) -> Refusal:
    arguments: dict[str, object] = {"verify": keys.verify, "now": NOW, "nonce": NONCE, "pnrp_id": make().pnrp_id}
    with pytest.raises(Refused) as caught:
        validate_cpa(data, profile=profile, **(arguments | changes))  # type: ignore[arg-type]
    return caught.value.why


def signed(cpa: Cpa, algorithm: Algorithm = ED25519, profile: Profile = MODERN) -> bytes:
    return encode_cpa(cpa, signer(algorithm), profile)


@pytest.mark.parametrize(("profile", "algorithm"), ALL)
def test_a_signed_cpa_is_valid(profile: Profile, algorithm: Algorithm) -> None:
    cpa = make(algorithm)
    data = signed(cpa, algorithm, profile)
    assert validate_cpa(data, profile=profile, verify=keys.verify, now=NOW, nonce=NONCE, pnrp_id=cpa.pnrp_id) == cpa


@pytest.mark.parametrize(("profile", "algorithm"), ALL)
def test_every_changed_byte_is_noticed(profile: Profile, algorithm: Algorithm) -> None:
    data = signed(make(algorithm), algorithm, profile)
    for position in range(0, len(data), 3):
        damaged = bytearray(data)
        damaged[position] ^= 1
        with pytest.raises(Refused):
            validate_cpa(bytes(damaged), profile=profile, verify=keys.verify, now=NOW, nonce=NONCE)


def test_the_published_layout() -> None:
    cpa = make(RSA_SHA1, friendly_name="hi")
    data = signed(cpa, RSA_SHA1, PUBLISHED)
    key = signer(RSA_SHA1).public_key_der
    assert int.from_bytes(data[:2], "little") == len(data)
    assert data[2:6] == bytes((0, 2, 0, 4))
    assert data[6:8] == bytes((0x10 | 0x08 | 0x04, 0))
    assert data[8:16] == cpa.not_after.to_bytes(8, "little")
    assert data[16:32] == bytes.fromhex("100f0e0d0c0b0a090807060504030201")
    assert data[32:48] == NONCE
    assert cpa.authority is not None
    assert data[48:68] == cpa.authority[::-1]
    assert data[68:88] == cpa.classifier_hash
    assert data[88:94] == b"\x04\x00h\0i\0"
    assert data[94:98] == b"\x01\x00\x12\x00"
    assert data[98:116] == b"\x0d\xd4" + SERVICE.ip
    assert data[116:120] == b"\x01\x00" + (4 + 6 + 20).to_bytes(2, "little")
    assert data[120:126] == b"\x01\x00\x00\x00\x14\x00"
    assert data[126:146] == SERVICE.ip + b"\x00\x50" + b"\x06\x00"
    assert data[146:155] == (9 + 20 + 140).to_bytes(2, "little") + b"\x14\x00" + b"\0\0" + b"\x8c\x00" + b"\0"
    assert data[155:175] == b"1.2.840.113549.1.1.1"
    assert data[175:315] == key[-140:]
    assert data[315:323] == b"\x88\x00\x80\x00\x04\x80\x00\x00"
    assert len(data) == 323 + 128


def test_a_cpa_of_the_other_profile_is_refused() -> None:
    for profile, algorithm in ALL:
        data = signed(make(algorithm), algorithm, profile)
        assert refusal(data, other_profile(profile)) is Refusal.SYNTAX


def test_an_expired_cpa_is_refused() -> None:
    data = signed(make())
    assert refusal(data, now=NOW + 2) is Refusal.EXPIRED
    validate_cpa(data, profile=MODERN, verify=keys.verify, now=NOW + 1, nonce=NONCE)


def test_a_cpa_made_for_another_question_is_refused() -> None:
    assert refusal(signed(make()), nonce=b"x" * 16) is Refusal.NONCE


def test_a_cpa_for_another_place_is_refused() -> None:
    assert refusal(signed(make()), pnrp_id=make().pnrp_id + 1) is Refusal.PNRP_ID


def test_a_name_of_somebody_else_is_refused() -> None:
    forged = make(authority=ids.authority_hash(b"the victim's key"))
    assert refusal(signed(forged), pnrp_id=forged.pnrp_id) is Refusal.AUTHORITY


def test_a_signature_of_somebody_else_is_refused() -> None:
    data = encode_cpa(make(), signer(ED25519, 1), MODERN)
    assert refusal(data) is Refusal.SIGNATURE


def test_a_revocation_is_no_answer_and_an_answer_no_revocation() -> None:
    revocation = signed(make(revoke=True, nonce=NO_NONCE, endpoints=()))
    assert refusal(revocation, nonce=NO_NONCE) is Refusal.SYNTAX
    assert refusal(signed(make(nonce=NO_NONCE)), nonce=NO_NONCE, revoke=True) is Refusal.SYNTAX
    assert validate_cpa(revocation, profile=MODERN, verify=keys.verify, now=NOW, revoke=True).revoke


def test_an_unsecured_name_has_no_authority_and_any_key() -> None:
    cpa = make(authority=None)
    assert cpa.pnrp_id >> 128 == ids.p2p_id(bytes(20), ids.classifier_hash("chat"))
    assert validate_cpa(signed(cpa), profile=MODERN, verify=keys.verify, now=NOW, nonce=NONCE) == cpa


def test_a_name_without_classifier_has_no_classifier_hash() -> None:
    cpa = make(classifier_hash=None)
    assert cpa.pnrp_id >> 128 == ids.p2p_id(cpa.authority or b"", ids.classifier_hash(""))
    assert decode_cpa(signed(cpa), MODERN).cpa == cpa


BAD: list[dict[str, object]] = [
    {"authority": None, "classifier_hash": None},
    {"service_addresses": ()},
    {"service_addresses": (SERVICE,) * 5},
    {"endpoints": (AppEndpoint(SERVICE.ip, 1),) * 11},
    {"friendly_name": ""},
    {"friendly_name": "x" * 40},
    {"revoke": True},
    {"nonce": b"short"},
    {"service_location": 1 << 128},
]


@pytest.mark.parametrize("changes", BAD, ids=str)
def test_what_the_layout_forbids_is_not_encoded(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        signed(make(**changes))


def test_a_key_of_another_profile_is_not_encoded() -> None:
    with pytest.raises(ValueError):
        signed(make(RSA_SHA1), RSA_SHA1, MODERN)


def test_a_friendly_name_may_come_as_utf8() -> None:
    data = bytearray(signed(make(friendly_name="hi", authority=None, endpoints=())))
    data[6] |= 0x02
    assert decode_cpa(bytes(data), MODERN).cpa.friendly_name == "h\0i\0"


@given(
    st.builds(
        Cpa,
        not_after=u64,
        service_location=st.integers(0, (1 << 128) - 1),
        public_key=st.just(signer(ED25519).public_key_der),
        nonce=nonces,
        authority=hashes,
        classifier_hash=st.none() | hashes,
        friendly_name=st.none() | friendly_names,
        service_addresses=st.lists(endpoints, min_size=1, max_size=4).map(tuple),
        endpoints=st.lists(app_endpoints, max_size=10).map(tuple),
        revoke=st.just(False),
        has_payload=st.booleans(),
    )
)
def test_decoding_undoes_encoding(cpa: Cpa) -> None:
    assert decode_cpa(signed(cpa), MODERN).cpa == cpa


@given(st.binary(max_size=300), st.sampled_from(ALL))
def test_any_bytes_are_a_cpa_or_malformed(tail: bytes, kind: tuple[Profile, Algorithm]) -> None:
    head = (len(tail) + 48).to_bytes(2, "little") + bytes((0, 2, 0, 4, 0x0C, 0)) + bytes(40)
    for data in (tail, head + tail):
        with suppress(MalformedMessage):
            decode_cpa(data, kind[0])


@given(st.data())
def test_a_damaged_cpa_is_a_cpa_or_malformed(data: st.DataObject) -> None:
    raw = bytearray(signed(make()))
    for _ in range(data.draw(st.integers(1, 3))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    with suppress(MalformedMessage):
        decode_cpa(bytes(raw), MODERN)
