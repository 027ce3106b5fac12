"""A relay's word: copied whole it is read, and damaged it says so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.reach import passes, word
from peerapi.reach.leg import RelayAccess
from peerapi.reach.seat import RelayEndpoint
from peerapi.reach.seats import Known

IP4 = st.binary(min_size=4, max_size=4)
HOSTS = st.one_of(st.just(""), st.from_regex(r"\A[a-z0-9][a-z0-9.-]{0,40}[a-z0-9]\Z"))
PINS = st.one_of(st.just(b""), st.binary(min_size=32, max_size=32))


@given(IP4, st.integers(1, 65535), HOSTS, PINS, st.booleans(), st.binary(max_size=passes.LARGEST))
def test_a_word_goes_and_comes(ip: bytes, port: int, host: str, pin: bytes, tls: bool, granted: bytes) -> None:
    text = word.write(Known(RelayAccess(RelayEndpoint(ip, port), host=host, pin=pin, tls=tls), granted))
    found = word.read(f"  {text[:30]}\n{text[30:]} ")
    access = found.access
    assert (access.endpoint, access.host, access.pin, access.tls) == (RelayEndpoint(ip, port), host, pin, tls)
    assert found.granted == granted


@given(st.integers(0, 200), st.integers(1, 40))
def test_a_word_that_has_lost_letters_is_not_whole(at: int, size: int) -> None:
    access = RelayAccess(RelayEndpoint(b"\x01\x02\x03\x04", 443), pin=bytes(32))
    whole = word.write(Known(access, passes.issue(bytes(32), bytes(16), seats=16)))
    at %= len(whole) - 1
    with pytest.raises(word.NotARelay):
        word.read(whole[:at] + whole[at + size :])


@given(st.text(max_size=100))
def test_any_text_is_no_word(text: str) -> None:
    with pytest.raises(word.NotARelay):
        word.read(text)
    with pytest.raises(word.NotARelay):
        word.read(word.PREFIX + text)
