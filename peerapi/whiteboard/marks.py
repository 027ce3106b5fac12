"""What is on a board, as payloads of records: those of samples_c/whiteboard.c and samples_c/graph_chat.c.

Numbers are little-endian, and a page is named by the ID of its record as a GUID lies in memory. Anybody can put any
bytes into a record: ``decode`` gives None for what the C programs would not draw either.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from peerapi.pages.words import FORBIDDEN, is_text, is_words
from peerapi.whiteboard.image_pieces import ImageFile

PAGE = UUID("3e0c5b7a-91d4-4f0e-a852-6d1fc03977b1")
STROKE = UUID("3e0c5b7a-91d4-4f0e-a852-6d1fc03977b2")
TEXT = UUID("3e0c5b7a-91d4-4f0e-a852-6d1fc03977b3")
IMAGE = UUID("3e0c5b7a-91d4-4f0e-a852-6d1fc03977b4")
CHAT_LINE = UUID("b6c1f0de-2a53-4c7e-9d10-5e0b7a44c318")
TYPES = (PAGE, STROKE, TEXT, IMAGE, CHAT_LINE)
LIFETIME = timedelta(days=365)
"How long a drawing stays, unless somebody takes it away."

BACKGROUND = "white"
"The colour of the paper. Drawing in it is one of the two ways to erase."
WIDTH, HEIGHT = 800, 600
NAME_BYTES = 255
MOST_DOTS = 500
MOST_WIDTH = 300
TEXT_BYTES = 1999
CHAT_UNITS = 2000
"UTF-16 units of a line of chat that a page may send; received ones are cut there."
ABOUT_BYTES = 300
"Of the words that stand for an image."
MOST_SIDE = (1 << 15) - 1
"Of an image, in board units."

_STROKE = struct.Struct("<16s16sHH")
_TEXT = struct.Struct("<16s16sHhh")
_IMAGE = struct.Struct("<16shhHHI32sH")
_COLOUR = re.compile(r"[A-Za-z0-9#]{1,15}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Page:
    name: str

    def encode(self) -> bytes:
        return self.name.encode()


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line of the pen through these points; of one point, a disc."""

    page: UUID
    colour: str
    width: int
    dots: tuple[tuple[int, int], ...]

    def encode(self) -> bytes:
        head = _STROKE.pack(self.page.bytes_le, self.colour.encode(), self.width, len(self.dots))
        return head + struct.pack(f"<{2 * len(self.dots)}h", *(number for dot in self.dots for number in dot))


@dataclass(frozen=True, slots=True)
class Text:
    """Words, of one line or several; ``at`` is where the first base line begins."""

    page: UUID
    colour: str
    size: int
    at: tuple[int, int]
    words: str

    def encode(self) -> bytes:
        return _TEXT.pack(self.page.bytes_le, self.colour.encode(), self.size, *self.at) + self.words.encode()


@dataclass(frozen=True, slots=True)
class Image:
    """A picture file on a page; ``at`` is its upper left corner, ``size`` how wide and how high it is shown."""

    page: UUID
    at: tuple[int, int]
    size: tuple[int, int]
    file: ImageFile
    about: str
    "What stands for it where it is not seen; may be empty."

    def encode(self) -> bytes:
        maker = self.file.maker.encode()
        head = _IMAGE.pack(self.page.bytes_le, *self.at, *self.size, self.file.length, self.file.sha256, len(maker))
        return head + maker + self.about.encode()


@dataclass(frozen=True, slots=True)
class ChatLine:
    words: str

    def encode(self) -> bytes:
        return self.words.encode("utf-16-le")


Mark = Stroke | Text | Image
Content = Page | Mark | ChatLine


def decode(kind: UUID, data: bytes) -> Content | None:
    """What a record of that type says; None when it is unsound."""
    try:
        return _DECODERS[kind](data)
    except (ValueError, struct.error):
        return None


def is_colour(text: str) -> bool:
    """A name or #rrggbb. Which names there are is the browser's business."""
    return _COLOUR.fullmatch(text) is not None


def _page(data: bytes) -> Page:
    return Page(_words(data, NAME_BYTES))


def _stroke(data: bytes) -> Stroke:
    page, colour, width, count = _STROKE.unpack_from(data)
    if not 0 < count <= MOST_DOTS or not 0 < width <= MOST_WIDTH:
        raise ValueError
    numbers = struct.unpack(f"<{2 * count}h", data[_STROKE.size :])
    return Stroke(UUID(bytes_le=page), _colour(colour), width, tuple(zip(numbers[::2], numbers[1::2], strict=True)))


def _text(data: bytes) -> Text:
    page, colour, size, x, y = _TEXT.unpack_from(data)
    if not 0 < size <= MOST_WIDTH:
        raise ValueError
    words = data[_TEXT.size :].decode()
    if not is_text(words, TEXT_BYTES):
        raise ValueError
    return Text(UUID(bytes_le=page), _colour(colour), size, (x, y), words)


def _image(data: bytes) -> Image:
    page, x, y, wide, high, length, sha256, named = _IMAGE.unpack_from(data)
    maker, about = data[_IMAGE.size : _IMAGE.size + named].decode(), data[_IMAGE.size + named :].decode()
    file = ImageFile(maker, length, sha256)
    if not (0 < wide <= MOST_SIDE and 0 < high <= MOST_SIDE and len(maker.encode()) == named and file.is_sound):
        raise ValueError
    if about and not is_words(about, ABOUT_BYTES):
        raise ValueError
    return Image(UUID(bytes_le=page), (x, y), (wide, high), file, about)


def _line(data: bytes) -> ChatLine:
    words = data[: 2 * CHAT_UNITS].decode("utf-16-le", "replace")
    return ChatLine(FORBIDDEN.sub("?", words))


def _words(data: bytes, most: int) -> str:
    text = data.decode()
    if not is_words(text, most):
        raise ValueError
    return text


_DECODERS: dict[UUID, Callable[[bytes], Content]] = {
    PAGE: _page, STROKE: _stroke, TEXT: _text, IMAGE: _image, CHAT_LINE: _line,
}  # fmt: skip


def _colour(field: bytes) -> str:
    text, end, _ = field.partition(b"\0")
    if not end or not is_colour(text.decode("latin-1")):
        raise ValueError
    return text.decode("latin-1")
