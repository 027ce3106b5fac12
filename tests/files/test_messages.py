"""What nodes say to each other about files, byte by byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.files.content import HASH, MOST_SIZE, PIECE
from peerapi.files.messages import (
    LISTED,
    MOST_PIECES,
    Ask,
    Hashes,
    Holds,
    List,
    Malformed,
    Message,
    No,
    Piece,
    Reason,
    Want,
    decode,
    encode,
    is_question,
)

FILE = bytes(range(32))
VECTORS: list[tuple[Message, str]] = [
    (Ask(FILE), "0101" + FILE.hex()),
    (List(FILE, 4096), "0102" + FILE.hex() + "00001000"),
    (Want(FILE, 258), "0103" + FILE.hex() + "00000102"),
    (Holds(FILE, 2 << 30), "0181" + FILE.hex() + "0000000080000000"),
    (Hashes(FILE, 1, b"\xaa" * 32), "0182" + FILE.hex() + "00000001" + "aa" * 32),
    (Piece(FILE, 3, b"data"), "0183" + FILE.hex() + "00000003" + b"data".hex()),
    (No(FILE, Reason.CHANGED), "0184" + FILE.hex() + "02"),
]
UNSOUND = {
    "nothing": "",
    "a part of the head": "0101" + "00" * 31,
    "version 2": "0201" + FILE.hex(),
    "an unknown kind": "0104" + FILE.hex(),
    "more than a question has": "0101" + FILE.hex() + "00",
    "less than a number": "0103" + FILE.hex() + "000001",
    "a piece that no file has": "0103" + FILE.hex() + f"{MOST_PIECES:08x}",
    "a size that no file has": "0181" + FILE.hex() + f"{MOST_SIZE + 1:016x}",
    "half a hash": "0182" + FILE.hex() + "00000001" + "aa" * 33,
    "no hash": "0182" + FILE.hex() + "00000001",
    "a piece of nothing": "0183" + FILE.hex() + "00000003",
    "no reason": "0184" + FILE.hex() + "00",
    "too many hashes": "0182" + FILE.hex() + "00000000" + "aa" * HASH * (LISTED + 1),
    "too long a piece": "0183" + FILE.hex() + "00000000" + "aa" * (PIECE + 1),
}
files = st.binary(min_size=32, max_size=32)
numbers = st.integers(0, MOST_PIECES - 1)
sound: st.SearchStrategy[Message] = st.one_of(
    st.builds(Ask, files),
    st.builds(List, files, numbers),
    st.builds(Want, files, numbers),
    st.builds(Holds, files, st.integers(0, MOST_SIZE)),
    st.builds(Hashes, files, numbers, st.integers(1, 40).map(lambda count: b"h" * HASH * count)),
    st.builds(Piece, files, numbers, st.binary(min_size=1, max_size=2000)),
    st.builds(No, files, st.sampled_from(Reason)),
)


@pytest.mark.parametrize(("message", "data"), VECTORS)
def test_vectors_by_hand(message: Message, data: str) -> None:
    assert encode(message).hex() == data
    assert decode(bytes.fromhex(data)) == message
    assert is_question(bytes.fromhex(data)) == isinstance(message, Ask | List | Want)


@pytest.mark.parametrize("data", UNSOUND.values(), ids=UNSOUND)
def test_what_is_unsound_is_refused(data: str) -> None:
    with pytest.raises(Malformed):
        decode(bytes.fromhex(data))


@given(sound)
def test_every_message_comes_back_as_it_was(message: Message) -> None:
    assert decode(encode(message)) == message


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        message = decode(data)
    except Malformed:
        return
    assert encode(message) == data
