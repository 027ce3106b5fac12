"""EXTENDED_PAYLOAD (2.2.3.3, 3.1.5.8)."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.pnrp import keys
from peerapi.pnrp.algorithms import ED25519, MODERN, PUBLISHED, RSA_SHA1, Algorithm, Profile
from peerapi.pnrp.payload import ExtendedPayload, decode_payload, encode_payload, validate_payload
from peerapi.ring.refusal import Refusal, Refused
from peerapi.ring.wire import MalformedMessage
from tests.pnrp.keyring import ALL, signer
from tests.pnrp.strategies import nonces, pnrp_ids
from tests.support.strategies import texts, u64

NOW = 134_000_000_000_000_000
NONCE = b"n" * 16


def make(content: bytes | str = b"data") -> ExtendedPayload:
    return ExtendedPayload(NOW, 0x0102, NONCE, content)


def validate(data: bytes, algorithm: Algorithm = ED25519, profile: Profile = MODERN, **changes: object) -> bytes | str:
    arguments: dict[str, object] = {"now": NOW, "nonce": NONCE, "pnrp_id": 0x0102}
    key = signer(algorithm).public_key_der
    return validate_payload(data, public_key=key, profile=profile, verify=keys.verify, **(arguments | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(("profile", "algorithm"), ALL)
@pytest.mark.parametrize("content", [b"x", bytes(4096), "x", "é" * 2047])
def test_a_signed_payload_is_valid(profile: Profile, algorithm: Algorithm, content: bytes | str) -> None:
    data = encode_payload(make(content), signer(algorithm), profile)
    assert validate(data, algorithm, profile) == content


@pytest.mark.parametrize("content", [b"", bytes(4097), "", "x" * 2048, "a\0b"])
def test_an_empty_or_too_large_payload_is_not_encoded(content: bytes | str) -> None:
    with pytest.raises(ValueError):
        encode_payload(make(content), signer(ED25519), MODERN)


def test_the_published_layout() -> None:
    data = encode_payload(make("ab"), signer(RSA_SHA1), PUBLISHED)
    assert data[:2] == len(data).to_bytes(2, "little")
    assert data[2:6] == b"\0\x02\0\0"
    assert data[6:8] == (74 + 8).to_bytes(2, "little")
    assert data[8:16] == NOW.to_bytes(8, "little")
    assert data[16:48] == b"\x02\x01" + bytes(30)
    assert data[48:64] == NONCE
    assert data[64:74] == b"\x01\0" + (10 + 8).to_bytes(2, "little") + b"\x02\0\0\x80" + b"\x08\0"
    assert data[74:82] == b"\0\0" + b"a\0b\0\0\0"
    assert data[82:90] == b"\x88\0\x80\0\x04\x80\0\0"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"now": NOW + 1}, Refusal.EXPIRED),
        ({"pnrp_id": 5}, Refusal.PNRP_ID),
        ({"nonce": bytes(16)}, Refusal.NONCE),
    ],
)
def test_a_payload_for_another_time_place_or_question_is_refused(changes: dict[str, object], why: Refusal) -> None:
    data = encode_payload(make(), signer(ED25519), MODERN)
    with pytest.raises(Refused) as caught:
        validate(data, **changes)
    assert caught.value.why is why


def test_a_payload_signed_by_another_key_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        validate(encode_payload(make(), signer(ED25519, 1), MODERN))
    assert caught.value.why is Refusal.SIGNATURE


def test_every_changed_byte_is_noticed() -> None:
    data = encode_payload(make(), signer(ED25519), MODERN)
    for position in range(len(data)):
        damaged = bytearray(data)
        damaged[position] ^= 1
        with pytest.raises(Refused):
            validate(bytes(damaged))


@given(st.builds(ExtendedPayload, u64, pnrp_ids, nonces, st.binary(min_size=1, max_size=99) | texts(1, 40)))
def test_decoding_undoes_encoding(payload: ExtendedPayload) -> None:
    assert decode_payload(encode_payload(payload, signer(ED25519), MODERN), ED25519)[0] == payload


@given(st.binary(max_size=300), st.data())
def test_any_bytes_are_a_payload_or_malformed(raw: bytes, data: st.DataObject) -> None:
    damaged = bytearray(encode_payload(make("text"), signer(ED25519), MODERN))
    damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    for candidate in (raw, bytes(damaged)):
        with suppress(MalformedMessage):
            decode_payload(candidate, ED25519)
