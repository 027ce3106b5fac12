"""Doors of files: a message, all that one source says of a file, and what a file is called."""

from __future__ import annotations

from fuzz.seeds.files import CONTENT, DATA
from peerapi.files.content import PIECE
from peerapi.files.fetching import Drop, Fetch, Send, Store
from peerapi.files.messages import Malformed, decode, encode, is_question
from peerapi.files.names import MOST_BYTES, is_plain, plain
from peerapi.files.serving import MOST_WAITING, Serving, TooMuch


def message(data: bytes) -> None:
    """It is refused, or means the same when it is written again."""
    try:
        found = decode(data)
    except Malformed:
        return
    assert encode(found) == data


def fetch(data: bytes) -> None:
    """Whatever a source says, nothing but the file is stored, and every piece once; who asks is answered in bounds."""
    fetching = Fetch(CONTENT.id, CONTENT.size)
    serving = Serving(lambda file: CONTENT if file == CONTENT.id else None)
    fetching.came(1, 0.0)
    stored: set[int] = set()
    dropped = waiting = 0
    while data:
        size = int.from_bytes(data[:3], "big")
        said, data = data[3 : 3 + size], data[3 + size :]
        fetching.received(1, said, 0.0)
        for one in fetching.outputs:
            if isinstance(one, Store):
                assert one.data == DATA[one.piece * PIECE :][:PIECE] and one.piece not in stored
                stored.add(one.piece)
            assert not isinstance(one, Send) or is_question(encode(one.message))
            dropped += isinstance(one, Drop)
        fetching.outputs.clear()
        try:
            serving.received(said)
            waiting += is_question(said)
        except TooMuch:
            continue
    assert dropped <= 1 and waiting <= MOST_WAITING
    while (question := serving.next()) is not None:
        serving.answer(question)


def name(data: bytes) -> None:
    """Whatever it is, what is made of it is a name of one file."""
    made = plain(data.decode("utf-8", "surrogateescape"))
    assert is_plain(made) and "/" not in made and 0 < len(made.encode()) <= MOST_BYTES


TARGETS = {"file-message": message, "file-fetch": fetch, "file-name": name}
