"""Files that come whole: in any order, from several sources, after breaks; with sources that lie, and without."""

from __future__ import annotations

import hashlib
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peerapi.files import fetching, serving
from peerapi.files.content import HASH, PIECE, Content, count, file_id, length
from peerapi.files.fetching import PATIENCE, WINDOW, Fetch, Send, Store
from peerapi.files.messages import (
    Ask,
    Hashes,
    Holds,
    List,
    Message,
    No,
    Piece,
    Reason,
    Want,
    decode,
    encode,
)
from peerapi.files.serving import MOST_WAITING, Serving, TooMuch
from tests.files.made import Change, Getting, Giver, content_of, got, some_bytes

SIZES = [0, 1, PIECE - 1, PIECE, PIECE + 1, 5 * PIECE + 77]
DATA = some_bytes(3 * PIECE + 99)


@pytest.mark.parametrize("size", SIZES)
def test_a_file_comes_whole(size: int) -> None:
    data = some_bytes(size)
    getting = got(data, Giver(data))
    assert getting.fetch.done and getting.stored == data and getting.dropped == {}
    assert getting.fetch.bytes_left == 0 and getting.fetch.deadline is None
    assert content_of(data).id == file_id(size, content_of(data).hashes)


def test_the_id_is_of_the_size_and_the_pieces() -> None:
    assert (
        content_of(b"abc").id.hex()
        == hashlib.sha256(b"peerapi file 1\0" + (3).to_bytes(8, "big") + hashlib.sha256(b"abc").digest()).hexdigest()
    )
    assert len({content_of(data).id for data in (b"", b"a", b"a\0", some_bytes(PIECE), some_bytes(PIECE + 1))}) == 5


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1 << 30), pieces=st.integers(1, 20), sources=st.integers(1, 4), broken=st.integers(0, 3))
def test_in_any_order_from_any_sources_of_which_some_go(seed: int, pieces: int, sources: int, broken: int) -> None:
    chance = random.Random(seed)
    data = some_bytes(pieces * PIECE - chance.randrange(PIECE), seed)
    content = content_of(data)
    getting = Getting(Fetch(content.id, content.size), content.size, {n: Giver(data) for n in range(sources)})
    getting.run(chance, chance.randrange(4 * pieces))
    for number in range(min(broken, sources - 1)):
        getting.fetch.gone(number, getting.now)
        getting.dropped[number] = "gone"
    getting.run(chance)
    assert getting.fetch.done and getting.stored == data


def test_it_goes_on_after_a_break_with_what_is_there() -> None:
    data = some_bytes(9 * PIECE + 5)
    content = content_of(data)
    have = bytes([1, 0, 1, 1, 0, 1, 1, 1, 1, 0])
    getting = Getting(Fetch(content.id, content.size, content, have), content.size, {1: Giver(data)})
    assert getting.fetch.bytes_left == 2 * PIECE + 5
    getting.run()
    assert getting.fetch.done
    assert [one.piece for one in getting.asked if isinstance(one, Want)] == [1, 4, 9]
    assert not any(isinstance(one, List) for one in getting.asked)


def test_a_window_of_pieces_is_on_its_way_and_a_slow_disk_holds_the_source_back() -> None:
    data = some_bytes(30 * PIECE)
    giver = Giver(data)
    fetch = Fetch(giver.content.id, giver.content.size)
    fetch.came(1, 0)
    kept: list[Store] = []
    while True:
        outputs, fetch.outputs = fetch.outputs, []
        kept += [one for one in outputs if isinstance(one, Store)]
        sends = [one for one in outputs if isinstance(one, Send)]
        if not sends:
            break
        for one in sends:
            for answer in giver.answers(one.message):
                fetch.received(1, answer, 0)
    assert len(kept) == WINDOW  # of which none is stored
    fetch.stored(1, kept[0].piece, 1)
    assert [one.message for one in fetch.outputs if isinstance(one, Send)] == [Want(giver.content.id, WINDOW)]


def test_who_gives_nothing_any_more_is_let_go_and_another_asked() -> None:
    silent, lively = Giver(DATA, lambda data: None), Giver(DATA)
    getting = Getting(Fetch(silent.content.id, len(DATA)), len(DATA), {1: silent})
    getting.run()
    assert getting.fetch.deadline == PATIENCE
    getting.fetch.late(PATIENCE - 1)
    getting.run()
    assert getting.dropped == {}
    getting.now = PATIENCE
    getting.fetch.late(PATIENCE)
    getting.run()
    assert getting.dropped == {1: "does not answer any more"} and getting.fetch.deadline is None
    getting.givers[2] = lively
    getting.fetch.came(2, getting.now)
    getting.run()
    assert getting.stored == DATA


def test_who_was_idle_for_long_is_not_late_with_what_somebody_else_owed() -> None:
    giver = Giver(DATA)
    fetch = Fetch(giver.content.id, len(DATA), giver.content, bytes([1, 1, 1, 0]))
    for source in (1, 2):
        fetch.came(source, 0)
        fetch.received(source, encode(Holds(giver.content.id, len(DATA))), 0)
    fetch.gone(1, 1000)  # it alone was asked
    assert fetch.outputs[-1] == Send(2, Want(giver.content.id, 3))
    fetch.late(1001)
    assert isinstance(fetch.outputs[-1], Send)


# ---- sources that lie ------------------------------------------------------------------------------------------------


def lie(kind: type[Holds | Hashes | Piece], change: Change) -> Change:
    """Changes the messages of one kind."""
    return lambda data: change(data) if isinstance(decode(data), kind) else data


def flipped(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


def test_a_wrong_piece_would_be_in_the_file_and_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    liar = Giver(DATA, lie(Piece, flipped))
    with monkeypatch.context() as unchecked:
        unchecked.setattr(Fetch, "_is_right", lambda *_: True)
        harmed = got(DATA, liar)
        assert harmed.fetch.done and harmed.stored != DATA
    getting = got(DATA, liar, Giver(DATA))
    assert getting.dropped == {0: "has sent a piece that is not the file's"}
    assert getting.fetch.done and getting.stored == DATA


def test_hashes_of_another_file_would_be_believed_and_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who lies about all hashes gives another file of that size, piece by piece in good order."""
    other = Giver(some_bytes(len(DATA), 2))
    other_id, other.content = other.content.id, content_of(other.data)
    wanted = content_of(DATA)

    def as_wanted(data: bytes) -> bytes:
        return data[:2] + wanted.id + data[34:]

    class Liar(Giver):
        def answers(self, message: Message) -> list[bytes]:
            asked = decode(encode(message)[:2] + other_id + encode(message)[34:])
            return [as_wanted(data) for data in super().answers(asked)]

    liar = Liar(other.data)
    with monkeypatch.context() as unchecked:
        unchecked.setattr(Fetch, "_is_whole", lambda *_: True)
        assert got(DATA, liar).stored == other.data
    getting = got(DATA, liar, Giver(DATA))
    assert getting.dropped == {0: "has told hashes that are not the file's"}
    assert getting.stored == DATA


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lie(Holds, lambda data: encode(Holds(data[2:34], 1 << 34))), "has a file of another size than was said"),
        (lie(Hashes, lambda data: encode(Hashes(data[2:34], 1, data[38:]))), "tells hashes that nobody has asked for"),
        (lie(Hashes, lambda data: data + bytes(HASH)), "tells hashes that nobody has asked for"),
        (lie(Piece, lambda data: data[:-1]), "has sent a piece of another length"),
        (lie(Piece, lambda data: data[:37] + bytes([data[37] ^ 0x40]) + data[38:]), "sends what nobody has asked for"),
        (lie(Piece, lambda data: data[:2] + bytes(32) + data[34:]), "speaks of another file"),
        (lie(Piece, lambda data: encode(Want(data[2:34], 0))), "asks where it should answer"),
        (lie(Piece, lambda data: encode(No(data[2:34], Reason.CHANGED))), "has another file there by now"),
        (lie(Piece, lambda data: encode(Holds(data[2:34], len(DATA)))), "says twice that it has the file"),
        (lambda data: b"x", "says what nobody understands (a message about files has another length)"),
    ],
)
def test_every_other_lie_ends_with_its_source_and_the_file_comes_from_another(change: Change, why: str) -> None:
    getting = got(DATA, Giver(DATA, change), Giver(DATA))
    assert getting.dropped == {0: why}
    assert getting.fetch.done and getting.stored == DATA


def test_who_never_ends_is_let_go_with_the_first_piece_too_many() -> None:
    giver = Giver(DATA)
    getting = got(DATA, giver)
    for _ in range(3):
        getting.fetch.received(0, encode(Piece(giver.content.id, 0, DATA[:PIECE])), 1)
    getting.run()
    assert getting.dropped == {0: "sends what nobody has asked for"}


# ---- who asks for too much -------------------------------------------------------------------------------------------


def test_questions_that_wait_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    content = Content(len(DATA), content_of(DATA).hashes)
    question = encode(Want(content.id, 0))
    with monkeypatch.context() as unchecked:
        unchecked.setattr(Serving, "_is_full", lambda _: False)
        endless = Serving(lambda file: content)
        for _ in range(10 * MOST_WAITING):
            endless.received(question)
    bounded = Serving(lambda file: content)
    for _ in range(MOST_WAITING):
        bounded.received(question)
    with pytest.raises(TooMuch, match="asks for too much at once"):
        bounded.received(question)
    assert 4 * fetching.WINDOW == serving.MOST_WAITING


def test_what_is_not_for_that_connection_is_not_given() -> None:
    content = content_of(DATA)
    serve = Serving(lambda file: content if file == content.id else None)
    asked = (Ask(bytes(32)), Want(bytes(32), 0), Want(content.id, count(content.size)), List(content.id, 4))
    for question in asked:
        serve.received(encode(question))
        waiting = serve.next()
        assert waiting == question
        assert serve.answer(question) == No(question.file, Reason.NOT_HERE)
    serve.received(encode(Piece(content.id, 0, b"an answer is passed over")))
    assert serve.next() is None
    with pytest.raises(TooMuch, match="asks for what nobody understands"):
        serve.received(b"\1\3")
    assert serve.answer(Want(content.id, 3)) == (content, 3)
    assert length(content.size, 3) == 99
