"""Group Connect messages as bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.graphing.codec.wire import MalformedMessage
from peerapi.grouping.messages import (
    Challenge,
    Hello,
    Join,
    Message,
    MyGmc,
    OldChallenge,
    OldJoin,
    OldProof,
    Password,
    Proof,
    YourGmc,
    decode,
    encode,
)
from peerapi.identity.keys import Profile
from tests.grouping.values import MODERN, PUBLISHED


def _bytes(size: int) -> st.SearchStrategy[bytes]:
    return st.binary(min_size=size, max_size=size)


_data = st.binary(max_size=60)
_shared = st.one_of(st.just(Hello()), st.builds(MyGmc, _data), st.builds(YourGmc, _data))
_published = _shared | st.builds(Password, st.just(b"") | st.binary(min_size=20, max_size=20))
_modern = (
    _shared
    | st.builds(Join, _data)
    | st.builds(Challenge, st.integers(0, 255), _bytes(16), _bytes(32), _bytes(32))
    | st.builds(Proof, _bytes(32), _bytes(80))
    | st.builds(OldJoin, _data)
    | st.builds(OldChallenge, st.integers(0, 255), _bytes(16), _bytes(32))
    | st.builds(OldProof, _bytes(32), _bytes(64))
)
_packets = st.tuples(st.just(PUBLISHED), st.lists(_published, max_size=4)) | st.tuples(
    st.just(MODERN), st.lists(_modern, max_size=4)
)


@given(_packets)
def test_messages_survive(packet: tuple[Profile, list[Message]]) -> None:
    profile, messages = packet
    data = encode(messages)
    assert decode(data, profile) == (messages, len(data))


@given(_packets)
def test_what_has_not_come_is_waited_for(packet: tuple[Profile, list[Message]]) -> None:
    profile, messages = packet
    data = encode(messages)
    for cut in range(len(data)):
        found, taken = decode(data[:cut], profile)
        assert taken <= cut and found == messages[: len(found)]
        assert encode(found) == data[:taken]


@given(st.sampled_from([MODERN, PUBLISHED]), st.binary(max_size=80))
def test_any_bytes_are_messages_or_malformed(profile: Profile, data: bytes) -> None:
    try:
        messages, taken = decode(data, profile)
    except MalformedMessage:
        return
    assert encode(messages) == data[:taken]


def test_published_bytes() -> None:
    """MS-PPSEC 2.2.2.1 to 2.2.2.4: the length in MyGMC is little-endian, the others are not."""
    assert encode([Hello()]).hex() == "00000100"
    assert encode([MyGmc(b"abc")]).hex() == "000103000000616263"
    assert encode([YourGmc(b"abc")]).hex() == "000200000003616263"
    assert encode([Password()]).hex() == "000500000000"


@pytest.mark.parametrize(
    ("profile", "data"),
    [
        (PUBLISHED, encode([Join(b"x")])),
        (PUBLISHED, encode([Challenge(16, bytes(16), bytes(32), bytes(32))])),
        (MODERN, encode([Password()])),
        (PUBLISHED, bytes.fromhex("0003")),
        (PUBLISHED, bytes.fromhex("00000200")),
        (PUBLISHED, bytes.fromhex("00000101")),
        (PUBLISHED, bytes.fromhex("000500000013")),
        (PUBLISHED, bytes.fromhex("000101000200")),
        (MODERN, bytes.fromhex("0001ffffffff")),
        (MODERN, bytes.fromhex("400300000001")),
        (MODERN, bytes.fromhex("400600000060")),
    ],
)
def test_what_can_become_no_message_is_malformed_at_once(profile: Profile, data: bytes) -> None:
    with pytest.raises(MalformedMessage):
        decode(data, profile)
