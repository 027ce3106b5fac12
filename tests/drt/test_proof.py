"""The encoded CPA: its bytes as the text has them, and that anything else is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.address import Address
from peerapi.drt import proof
from peerapi.drt.border import REVOKED
from peerapi.errors import InvalidMessage

KEY, NONCE = bytes(range(32)), bytes(range(100, 116))
OWNER = proof.Owner("1.2.840.113549.1.1.1", bytes.fromhex("0500"), b"k" * 140)
SAID = proof.Proof((6, 101), KEY, NONCE, OWNER, (Address(bytes(15) + b"\x01", 5000),))
BY_HAND = (
    "00 8200" + "53" * 128 + "06 65 01 00 2000" + KEY.hex() + "1000" + NONCE.hex()
    # PUBLIC_KEY: sizes of the algorithm, its parameters and the key, a reserved byte
    + "14 0200 8c00 00" + b"1.2.840.113549.1.1.1".hex() + "0500" + "6b" * 140
    # one service address of 18 bytes: the port, the address
    + "0100 1200 1388" + "00" * 15 + "01"
)  # fmt: skip


def test_a_proof_has_the_bytes_of_the_text() -> None:
    covered: list[bytes] = []

    def sign(data: bytes) -> bytes:
        covered.append(data)
        return b"S" * 128

    encoded = proof.encode(SAID, sign)
    assert encoded == bytes.fromhex(BY_HAND)
    assert covered == [encoded[131:]]
    assert proof.decode(encoded) == proof.Signed(SAID, encoded[131:], b"S" * 128)


def test_a_revocation_is_signed_as_one() -> None:
    """The flag lies before what the text has signed: without it in the signature, any proof could be made a
    revocation."""
    plain = proof.encode(SAID, lambda covered: b"")
    revoked = proof.encode(SAID._replace(flags=REVOKED), lambda covered: b"")
    assert revoked == b"\1" + plain[1:]
    assert proof.decode(revoked).signed == b"\1" + proof.decode(plain).signed


@pytest.mark.parametrize("cut", [0, 1, 2, 130, 131, 140, 180, 200, 210, -19, -1])
def test_a_proof_that_ends_early_is_refused(cut: int) -> None:
    with pytest.raises(InvalidMessage):
        proof.decode(bytes.fromhex(BY_HAND)[:cut])


@pytest.mark.parametrize(
    ("at", "byte"), [(133, 2), (134, 1), (135, 31), (169, 15), (131 + 56, 0), (1, 0), (2, 1), (-20, 17), (-22, 99)]
)
def test_other_sizes_and_profiles_are_refused(at: int, byte: int) -> None:
    damaged = bytearray.fromhex(BY_HAND)
    damaged[at] = byte
    with pytest.raises(InvalidMessage):
        proof.decode(bytes(damaged))


addresses = st.builds(Address, st.binary(min_size=16, max_size=16), st.integers(1024, 65535), st.just(0), st.just(0))
proofs = st.builds(
    proof.Proof,
    st.tuples(st.integers(0, 255), st.integers(0, 255)),
    st.binary(min_size=32, max_size=32),
    st.binary(min_size=16, max_size=16),
    st.builds(
        proof.Owner, st.from_regex(r"[0-9.]{0,30}", fullmatch=True), st.binary(max_size=40), st.binary(max_size=99)
    ),
    st.lists(addresses, max_size=20).map(tuple),
    st.sampled_from([0, REVOKED]),
)


@given(proofs, st.binary(max_size=200))
def test_what_is_read_is_what_was_written(said: proof.Proof, signature: bytes) -> None:
    found = proof.decode(proof.encode(said, lambda covered: signature))
    assert (found.proof, found.signature) == (said, signature)


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        found = proof.decode(data)
    except InvalidMessage:
        return
    assert proof.decode(proof.encode(found.proof, lambda covered: found.signature)).proof == found.proof
