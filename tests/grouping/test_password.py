"""Proofs of the group's password."""

from __future__ import annotations

import contextlib
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.errors import PasswordDoesNotMeetPolicy
from peerapi.grouping import password
from peerapi.grouping.password import PasswordThrottle, Verifier
from tests.grouping.values import MODERN, NOW, PASSWORD, PUBLISHED, SECOND, name, password_check


def test_the_published_hash_string() -> None:
    """MS-PPSEC 2.2.1.2, with the example's password."""
    raw = "password\0MS P2P Grouping\0".encode("utf-16-le")
    digits = hashlib.sha1(raw).hexdigest()
    assert password.hash_string("password") == digits.translate(str.maketrans("0123456789abcdef", "abcdefghijklmnop"))
    assert password.is_hash_string(password.hash_string("password"))


def test_the_published_password_data() -> None:
    told = password.hash_string(PASSWORD)
    who = name(PUBLISHED, "bob")
    assert password.password_data(told, who) == hashlib.sha1(f"{told}\0{who}\0".encode("utf-16-le")).digest()


@given(st.binary(max_size=100))
def test_a_published_membership_is_encrypted_with_the_password(chain: bytes) -> None:
    told, other = password.hash_string(PASSWORD), password.hash_string("another")
    data = password.encrypt_gmc(chain, told)
    assert len(data) % 16 == 0 and password.decrypt_gmc(data, told) == chain
    with contextlib.suppress(ValueError):
        assert password.decrypt_gmc(data, other) != chain


def test_the_published_key_derivation() -> None:
    """2.2.2.3, step by step."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    told = password.hash_string(PASSWORD)
    digest = hashlib.sha1((told + "\0").encode("utf-16-le")).digest()
    inner, outer = bytearray(b"\x36" * 64), bytearray(b"\x5c" * 64)
    for position, byte in enumerate(digest):
        inner[position] ^= byte
        outer[position] ^= byte
    key = (hashlib.sha1(inner).digest() + hashlib.sha1(outer).digest())[:32]
    encryptor = Cipher(algorithms.AES(key), modes.CBC(bytes(16))).encryptor()
    assert password.encrypt_gmc(b"x" * 8, told) == encryptor.update(b"x" * 8 + b"\x08" * 8) + encryptor.finalize()


def _transcript(**changes: bytes) -> bytes:
    parts = {"joining": b"j", "issuing": b"i", "challenge_nonce": bytes(32), "proof_nonce": bytes(32), **changes}
    return password.transcript(name(MODERN, "club"), **parts)


def test_a_proof_of_earlier_versions_is_accepted_for_its_own_connection_only() -> None:
    verifier = password_check(MODERN)
    assert isinstance(verifier, Verifier)
    proof = password.private_half(PASSWORD, verifier.salt, verifier.cost).sign(_transcript())
    assert verifier.accepts(_transcript(), proof)
    for part in ("joining", "issuing"):
        assert not verifier.accepts(_transcript(**{part: b"another"}), proof)
    for part in ("challenge_nonce", "proof_nonce"):
        assert not verifier.accepts(_transcript(**{part: bytes(31) + b"1"}), proof)
    other = password.transcript(name(MODERN, "other"), b"j", b"i", bytes(32), bytes(32))
    assert not verifier.accepts(other, proof)
    assert not verifier.accepts(_transcript(), bytes(64))


def test_what_members_keep_depends_on_password_and_salt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(password, "COSTS", range(20))
    one = Verifier.of(PASSWORD, bytes(16), 4)
    assert one == Verifier.of(PASSWORD, bytes(16), 4)
    assert (
        len(
            {
                one.public_key,
                Verifier.of("other", bytes(16), 4).public_key,
                Verifier.of(PASSWORD, b"s" * 16, 4).public_key,
            }
        )
        == 3
    )


@pytest.mark.parametrize(("salt", "cost"), [(b"", 16), (bytes(16), 15), (bytes(16), 20)])
def test_a_hash_that_is_too_cheap_or_too_dear_is_refused(salt: bytes, cost: int) -> None:
    with pytest.raises(ValueError, match="out of range"):
        Verifier.of(PASSWORD, salt, cost)


@pytest.mark.parametrize("text", ["", "x" * 256, "a\0b"])
def test_the_policy(text: str) -> None:
    password.check_policy("x" * 255)
    with pytest.raises(PasswordDoesNotMeetPolicy):
        password.check_policy(text)


def test_the_guard_opens_again_when_time_has_passed() -> None:
    throttle = PasswordThrottle(failures=2, period=10)
    assert throttle.open(NOW)
    throttle.failure(NOW)
    throttle.failure(NOW + 5 * SECOND)
    assert not throttle.open(NOW + 6 * SECOND) and throttle.held_up == 1
    assert throttle.open(NOW + 10 * SECOND)
    throttle.failure(NOW + 10 * SECOND)
    assert not throttle.open(NOW + 11 * SECOND)
    assert throttle.open(NOW - 1000 * SECOND)  # somebody has set the clock: better than closed for ever
