"""Valid beginnings for what nodes say to each other about files."""

from __future__ import annotations

from collections.abc import Callable

from peerapi.files.content import PIECE, Content, Hashing, length
from peerapi.files.messages import Ask, Hashes, Holds, List, No, Piece, Reason, Want, encode
from peerapi.files.names import plain

DATA = bytes(PIECE) + b"the end"


def content() -> Content:
    hashing = Hashing()
    hashing.feed(DATA)
    return hashing.end()


CONTENT = content()


def messages() -> list[bytes]:
    """One of each kind; the answers are those by which the file comes whole."""
    file = CONTENT.id
    return [
        *(encode(one) for one in (Ask(file), List(file, 0), Want(file, 1), No(file, Reason.BUSY))),
        encode(Holds(file, CONTENT.size)),
        encode(Hashes(file, 0, CONTENT.hashes)),
        *(encode(Piece(file, one, DATA[one * PIECE :][: length(CONTENT.size, one)])) for one in (1, 0)),
    ]


def _stories() -> list[bytes]:
    """Messages, each behind its length in three bytes."""
    said = messages()
    framed = [len(one).to_bytes(3, "big") + one for one in said]
    return [b"".join(framed[4:]), b"".join(framed)]


SEEDS: dict[str, Callable[[], list[bytes]]] = {
    "file-message": messages,
    "file-fetch": _stories,
    "file-name": lambda: [plain(name).encode() for name in ("holiday.png", "../con", "a" * 300)],
}
