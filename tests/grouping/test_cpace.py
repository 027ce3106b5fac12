"""CPace against the vectors of its draft (appendix B.1)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.grouping import cpace

SECRET, SESSION = b"Password", bytes.fromhex("7e4b4791d6a8ef019b936c79fb7f2c57")
CONTEXT = b"oc\x0bB_responder\x0bA_initiator"
GENERATOR = bytes.fromhex("64e8099e3ea682cfdc5cb665c057ebb514d06bf23ebc9f743b51b82242327074")
SCALARS = (
    bytes.fromhex("21b4f4bd9e64ed355c3eb676a28ebedaf6d8f17bdc365995b319097153044080"),
    bytes.fromhex("848b0779ff415f0af4ea14df9dd1d3c29ac41d836c7808896c4eba19c51ac40a"),
)
SHARES = (
    bytes.fromhex("1b02dad6dbd29a07b6d28c9e04cb2f184f0734350e32bb7e62ff9dbcfdb63d15"),
    bytes.fromhex("20cda5955f82c4931545bcbf40758ce1010d7db4db2a907013d79c7a8fcf957f"),
)
POINT = bytes.fromhex("f97fdfcfff1c983ed6283856a401de3191ca919902b323c5f950c9703df7297a")


def test_the_generator_of_the_draft() -> None:
    assert cpace.generator(SECRET, CONTEXT, SESSION) == GENERATOR


@pytest.mark.parametrize("side", [0, 1])
def test_the_shares_and_the_point_of_the_draft(side: int) -> None:
    assert cpace.share(SCALARS[side], GENERATOR) == SHARES[side]
    assert cpace._multiply(SCALARS[side], SHARES[1 - side]) == POINT


scalars = st.binary(min_size=32, max_size=32)


@given(scalars, scalars, st.binary(max_size=300), st.binary(max_size=300), st.binary(max_size=64))
def test_both_sides_have_one_key_when_they_know_one_secret(
    one: bytes, other: bytes, secret: bytes, context: bytes, session: bytes
) -> None:
    def keys(secrets: tuple[bytes, bytes]) -> set[bytes]:
        points = [cpace.generator(each, context, session) for each in secrets]
        first, second = cpace.share(one, points[0]), cpace.share(other, points[1])
        return {cpace.key(one, second, session, first, second), cpace.key(other, first, session, first, second)}

    assert len(keys((secret, secret))) == 1
    assert len(keys((secret, secret + b"?"))) == 2


@pytest.mark.parametrize(
    "share",
    [
        bytes(32),
        b"\x01" + bytes(31),
        bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
        bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
        (2**255 - 20).to_bytes(32, "little"),
    ],
    ids=["0", "1", "of order 8", "of order 8 too", "-1"],
)
def test_a_share_that_makes_the_key_known_is_refused(share: bytes) -> None:
    with pytest.raises(cpace.NoSecret):
        cpace.key(SCALARS[0], share, SESSION, SHARES[0], share)


@given(st.integers(0, 2**255 - 1))
def test_what_it_maps_to_lies_on_the_curve(u: int) -> None:
    x = cpace._map_to_curve(u)
    square = (x**3 + 486662 * x * x + x) % (2**255 - 19)
    assert pow(square, (2**255 - 20) // 2, 2**255 - 19) in (0, 1)
