"""Images and the pieces of their files as records, and what a file is by its first bytes."""

from __future__ import annotations

import io
import struct
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from peerapi.pages.words import is_words
from peerapi.whiteboard import image_kinds, image_pieces
from peerapi.whiteboard.image_kinds import MOST_PIXELS, Look, Unshown, look
from peerapi.whiteboard.image_pieces import MOST_BYTES, PIECE_BYTES, ImageFile, decode_piece, encode_piece, pieces
from peerapi.whiteboard.marks import IMAGE, Image, decode
from peerapi.whiteboard.picture import svg
from tests.whiteboard.pictures import HTML, SVG, bomb, file_of, made

ID = UUID("00112233-4455-6677-8899-aabbccddeeff")
GUID = bytes.fromhex("33221100554477668899aabbccddeeff")
coordinates = st.integers(-(1 << 15), (1 << 15) - 1)
sides = st.integers(1, (1 << 15) - 1)
words = st.text(min_size=1, max_size=60).filter(lambda text: is_words(text, 300))
image_files = st.builds(ImageFile, words, st.integers(1, MOST_BYTES), st.binary(min_size=32, max_size=32))
images = st.builds(
    Image, st.uuids(), st.tuples(coordinates, coordinates), st.tuples(sides, sides), image_files, words | st.just("")
)


@given(images)
def test_an_image_is_read_as_it_was_written(image: Image) -> None:
    assert decode(IMAGE, image.encode()) == image


def test_the_bytes_are_those_of_the_table() -> None:
    image = Image(ID, (1, -2), (300, 200), ImageFile("ann", 5, bytes(range(32))), "Süß")
    numbers = bytes.fromhex("0100 feff 2c01 c800 05000000") + bytes(range(32)) + b"\3\0"
    assert image.encode() == GUID + numbers + b"ann" + "Süß".encode()
    piece = next(pieces(ImageFile("ann", 5, bytes(range(32))), b"bytes"))
    assert encode_piece(piece) == bytes(range(32)) + b"\5\0\0\0" + b"\0\0" + b"bytes"


SOUND = Image(ID, (1, 2), (3, 4), ImageFile("ann", 5, bytes(32)), "words").encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        SOUND[:30],
        SOUND[:20] + b"\0\0" + SOUND[22:],  # not wide
        SOUND[:22] + b"\xff\xff" + SOUND[24:],  # too high
        SOUND[:24] + bytes(4) + SOUND[28:],  # no bytes
        SOUND[:24] + struct.pack("<I", MOST_BYTES + 1) + SOUND[28:],
        SOUND[:60] + b"\0\0annwords",  # of nobody
        SOUND[:60] + b"\xff\xff" + SOUND[62:],  # more of a name than there is
        SOUND[:60] + b"\3\0a\nbwords",
        SOUND[:60] + b"\3\0ann\xff",
        SOUND + b"\n",
        SOUND + b"a" * 300,
    ],
)
def test_what_is_unsound_is_no_image(data: bytes) -> None:
    assert isinstance(decode(IMAGE, SOUND), Image)
    assert decode(IMAGE, data) is None


@given(st.binary(max_size=300))
def test_any_bytes_are_an_image_or_none(data: bytes) -> None:
    found = decode(IMAGE, data)
    assert found is None or found.encode() == data


@given(st.integers(1, 5 * PIECE_BYTES))
def test_the_pieces_are_the_file(length: int) -> None:
    data = bytes(range(256)) * (length // 256 + 1)
    file = file_of("ann", data[:length])
    found = list(pieces(file, data[:length]))
    assert b"".join(one.data for one in found) == data[:length]
    assert len(found) == file.count
    assert [decode_piece("ann", encode_piece(one)) for one in found] == found
    assert [file.size_of(one.number) for one in found] == [len(one.data) for one in found]


def test_a_file_of_two_members_is_two() -> None:
    files = [file_of("ann", b"a"), file_of("ben", b"a"), file_of("ann", b"b"), ImageFile("ann", 2, b"")]
    assert len({one.key for one in files}) == len(files)


@pytest.mark.parametrize(
    ("length", "number", "size"),
    [
        (PIECE_BYTES, 1, PIECE_BYTES),
        (PIECE_BYTES, 0xFFFF, 1),
        (PIECE_BYTES + 1, 0, PIECE_BYTES - 1),
        (PIECE_BYTES + 1, 1, 2),
        (PIECE_BYTES + 1, 1, 0),
        (0, 0, 0),
        (MOST_BYTES + 1, 0, PIECE_BYTES),
        (0xFFFFFFFF, 960, PIECE_BYTES),
    ],
)
def test_attack_more_pieces_than_a_file_has_and_of_other_sizes(
    length: int, number: int, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = struct.pack("<32sIH", bytes(32), length, number) + bytes(size)
    with monkeypatch.context() as unchecked:
        unchecked.setattr(ImageFile, "is_sound", True)
        unchecked.setattr(ImageFile, "count", 1 << 16)
        unchecked.setattr(ImageFile, "size_of", lambda self, number: size)
        assert decode_piece("eve", data) is not None
    assert decode_piece("eve", data) is None
    assert decode_piece("eve", data[:37]) is None


@given(st.binary(max_size=100))
def test_any_bytes_are_a_piece_or_none(data: bytes) -> None:
    found = decode_piece("eve", data)
    assert found is None or encode_piece(found) == data


# ---- what a file is ----


@pytest.mark.parametrize(
    ("form", "kind"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp"), ("GIF", "image/gif")]
)
def test_a_picture_is_known_by_its_first_bytes(form: str, kind: str) -> None:
    data = made(form, (321, 123))
    assert look(data) == Look(kind, 321, 123)
    assert look(data[: image_kinds.HEAD]) == Look(kind, 321, 123)
    with pytest.raises(Unshown, match="not a whole picture"):
        look(data[:14])


@pytest.mark.parametrize("data", [b"", b"BM" + bytes(60), b"%PDF-1.4", b"\0" * 99, SVG, HTML, b"\xef\xbb\xbf" + SVG])
def test_what_is_no_picture_of_the_four_kinds_is_not_shown(data: bytes) -> None:
    with pytest.raises(Unshown, match="no PNG"):
        look(data)


@pytest.mark.parametrize("size", [(50_000, 50_000), (1 << 31, 1), (65_537, 1), (0, 5)])
def test_attack_a_few_bytes_that_would_be_unpacked_to_gigabytes(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as unchecked:
        unchecked.setattr(image_kinds, "MOST_PIXELS", 1 << 64)
        unchecked.setattr(image_kinds, "MOST_SIDE", 1 << 32)
        if all(size):
            assert look(bomb(*size)) == Look("image/png", *size)
    with pytest.raises(Unshown, match="pixels"):
        look(bomb(*size))
    assert look(bomb(MOST_PIXELS // 10_000, 10_000)).wide == MOST_PIXELS // 10_000


def test_the_first_frame_of_a_gif_counts_where_it_is_larger_than_its_screen() -> None:
    data = bytearray(made("GIF", (30, 20)))
    data[6:10] = struct.pack("<HH", 1, 1)
    assert look(bytes(data)) == Look("image/gif", 30, 20)


def test_attack_a_frame_behind_what_a_decoder_does_not_pass_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """To us, FF 00 and a length would be a segment, and what is in it not looked at; to decoders it is nothing, and the
    next marker that counts is in there."""
    monkeypatch.setattr(Pillow, "MAX_IMAGE_PIXELS", None)
    hidden = bytearray(made("JPEG")[2:])
    struct.pack_into(">HH", hidden, hidden.index(b"\xff\xc0") + 5, 50_000, 60_000)
    data = b"\xff\xd8\xff\0" + struct.pack(">H", len(hidden) + 2) + bytes(hidden) + made("JPEG")[2:]
    assert Pillow.open(io.BytesIO(data)).size == (60_000, 50_000)
    with monkeypatch.context() as unchecked:
        unchecked.setattr(image_kinds, "_SEGMENTS", image_kinds._SEGMENTS | {0})
        assert look(data) == Look("image/jpeg", 40, 20)
    with pytest.raises(Unshown, match="not a whole picture"):
        look(data)


@given(st.sampled_from(["PNG", "JPEG", "WEBP", "GIF"]), st.data())
def test_a_damaged_picture_has_a_size_or_is_none(form: str, data: st.DataObject) -> None:
    whole = bytearray(made(form))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = look(bytes(whole[: data.draw(st.integers(0, len(whole)))]))
    except Unshown:
        return
    assert found.wide * found.high <= MOST_PIXELS


def test_an_image_that_is_not_here_is_a_frame_with_its_words() -> None:
    image = Image(ID, (1, 2), (30, 40), ImageFile("ann", 5, bytes(32)), "<b>")
    drawn = svg([(ID, "page")], [image])
    assert "<rect x='1' y='2' width='30' height='40' fill='lightgray'><title>&#60;b&#62;</title></rect>\n" in drawn
    assert image_pieces.PIECE_BYTES % 3 == 0  # in base64, pieces stand one behind the other
