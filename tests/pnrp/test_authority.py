"""AUTHORITY_BUFFER (2.2.2.6.1), its fragments and their reassembly (3.2.5.10, 3.1.5.6)."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.address import Address
from peerapi.pnrp.authority import AuthorityBuffer, fragments
from peerapi.pnrp.messages import Authority, decode
from peerapi.ring.authority import Reassembly
from peerapi.ring.route_entry import RouteEntry
from peerapi.ring.wire import MalformedMessage
from tests.pnrp.strategies import buffers

SOURCE = Address(bytes(15) + b"\x01", 3540)
OTHER = Address(bytes(15) + b"\x01", 3541)


def authority(data: bytes) -> Authority:
    message = decode(data)
    assert isinstance(message, Authority)
    return message


@given(buffers)
def test_decoding_undoes_encoding(buffer: AuthorityBuffer) -> None:
    assert AuthorityBuffer.decode(buffer.encode()) == buffer


@given(st.binary(max_size=200))
def test_any_bytes_are_a_buffer_or_malformed(data: bytes) -> None:
    for prefix in (b"", bytes.fromhex("0040000600000000")):
        with suppress(MalformedMessage):
            AuthorityBuffer.decode(prefix + data)


@given(buffers, st.data())
def test_a_damaged_buffer_is_a_buffer_or_malformed(buffer: AuthorityBuffer, data: st.DataObject) -> None:
    raw = bytearray(buffer.encode())
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    with suppress(MalformedMessage):
        AuthorityBuffer.decode(bytes(raw))


def test_bytes_are_those_of_the_published_layout() -> None:
    buffer = AuthorityBuffer(
        not_found=True,
        leaf_set=True,
        classifier="ab",
        payload=b"p",
        route=RouteEntry(1, 3540, (bytes(16),)),
        cpa=b"cpa",
    )
    printed = (
        "00400006" "02010000" "00850010" "0002" "000c" "0084" "0002" "00610062" "005a0005" "70000000" "009a003a"
        + "00" * 31 + "01" + "04000dd40001" + "00" * 16 + "0000" + "009b0007" + "637061"
    )  # fmt: skip
    assert buffer.encode().hex() == printed


def test_a_buffer_has_at_most_37348_bytes() -> None:
    AuthorityBuffer(chain=bytes(37348 - 12)).encode()
    with pytest.raises(ValueError):
        AuthorityBuffer(chain=bytes(37348 - 11)).encode()


@pytest.mark.parametrize(("size", "count"), [(8, 1), (1188, 1), (1189, 2), (2000, 2), (2376, 2), (37348, 32)])
def test_fragments_are_1188_bytes_but_for_the_last(size: int, count: int) -> None:
    buffer = random.Random(size).randbytes(size)
    parts = [authority(data) for data in fragments(buffer, 5, 6)]
    assert len(parts) == count
    assert all(len(part.fragment) == 1188 for part in parts[:-1])
    assert {(part.message_id, part.acked, part.size) for part in parts} == {(5, 6, size)}
    random.Random(1).shuffle(parts)
    reassembly = Reassembly()
    results = [reassembly.add(part, SOURCE) for part in (*parts[:-1], *parts[:-1], parts[-1])]
    assert results[-1] == buffer
    assert results[:-1] == [None] * (2 * count - 2)
    assert len(reassembly) == 0


def test_fragments_of_two_sources_are_not_mixed() -> None:
    first, second = (authority(data) for data in fragments(bytes(2000), 5, 6))
    reassembly = Reassembly()
    assert reassembly.add(first, SOURCE) is None
    assert reassembly.add(second, OTHER) is None
    assert len(reassembly) == 2


def test_fragments_that_disagree_about_the_size_are_given_up() -> None:
    reassembly = Reassembly()
    reassembly.add(authority(fragments(bytes(2000), 5, 6)[0]), SOURCE)
    with pytest.raises(MalformedMessage):
        reassembly.add(authority(fragments(bytes(2001), 5, 6)[1]), SOURCE)
    assert len(reassembly) == 0


def test_a_timeout_forgets_what_has_come() -> None:
    reassembly = Reassembly()
    reassembly.add(authority(fragments(bytes(2000), 5, 6)[0]), SOURCE)
    reassembly.add(authority(fragments(bytes(2000), 7, 8)[0]), SOURCE)
    reassembly.forget(6)
    assert len(reassembly) == 1


def test_only_so_many_buffers_are_kept_at_a_time() -> None:
    reassembly = Reassembly(most=4)
    for number in range(20):
        reassembly.add(authority(fragments(bytes(2000), number, number)[0]), SOURCE)
    assert len(reassembly) == 4


def test_attack_one_node_begins_so_many_answers_that_another_ones_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (authority(data) for data in fragments(bytes(2000), 5, 6))

    def answered() -> bool:
        reassembly = Reassembly(most=4)
        reassembly.add(first, SOURCE)
        for number in range(20):
            reassembly.add(authority(fragments(bytes(2000), number, 7)[0]), OTHER)
        return reassembly.add(second, SOURCE) is not None

    with monkeypatch.context() as patch:
        patch.setattr("peerapi.ring.authority.MOST_ANSWERS", 100)
        assert not answered()
    assert answered()
