"""What a picture file is, by its own first bytes: PNG, JPEG, WebP or GIF, and how many pixels it would have.

These four are nothing but pixels. SVG and HTML are none of them, so nothing in a received file is run in a page's
place, whatever somebody calls it. A file of a few bytes may claim to be a picture of a gigabyte: it is read here,
before any browser unpacks it, how large it is. Forms: PNG (third edition, 11.2.1), JPEG (ITU T.81, B.2.2), WebP
(RFC 9649), GIF (89a, 17 to 20).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

HEAD = 1 << 20
"Bytes of the beginning in which the size stands, if it is to be found."
MOST_PIXELS = 100_000_000
MOST_SIDE = 1 << 16
PNG, JPEG, WEBP, GIF = "image/png", "image/jpeg", "image/webp", "image/gif"
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"Markers of JPEG that begin a frame."
_SEGMENTS = frozenset({0xC4, 0xCC, 0xDB, 0xDC, 0xDD, *range(0xE0, 0xF0), 0xFE})
"""Markers of JPEG before a frame that a length and so many bytes follow. What is none of these is refused: a decoder
looks for the next marker behind it, which may be within what a length here would pass over."""


class Unshown(Exception):
    """A file that is not shown; ``str()`` says why."""


@dataclass(frozen=True, slots=True)
class Look:
    """A picture file: its media type and its pixels."""

    kind: str
    wide: int
    high: int


def look(head: bytes) -> Look:
    """What begins so. Raises Unshown."""
    try:
        kind, wide, high = _read(head)
    except (struct.error, IndexError):
        raise Unshown("it is not a whole picture") from None
    if not 0 < wide <= MOST_SIDE or not 0 < high <= MOST_SIDE or wide * high > MOST_PIXELS:
        raise Unshown(f"it says to have {wide:,} by {high:,} pixels, and up to {MOST_PIXELS:,} are shown")
    return Look(kind, wide, high)


def _read(head: bytes) -> tuple[str, int, int]:
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        length, name, wide, high = struct.unpack_from(">I4sII", head, 8)
        if (length, name) != (13, b"IHDR"):
            raise Unshown("it is not a whole picture")
        return PNG, wide, high
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG, *_jpeg(head)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP, *_webp(head)
    if head.startswith((b"GIF87a", b"GIF89a")):
        return GIF, *_gif(head)
    raise Unshown("it is no PNG, JPEG, WebP or GIF picture")


def _jpeg(head: bytes) -> tuple[int, int]:
    at = 2
    while True:
        if head[at] != 0xFF:
            raise Unshown("it is not a whole picture")
        marker = head[at + 1]
        if marker == 0xFF:  # filling
            at += 1
        elif marker in _FRAMES:
            high, wide = struct.unpack_from(">HH", head, at + 5)
            return wide, high
        elif marker in _SEGMENTS:
            at += 2 + max(2, struct.unpack_from(">H", head, at + 2)[0])
        else:
            raise Unshown("it is not a whole picture")


def _webp(head: bytes) -> tuple[int, int]:
    chunk = head[12:16]
    if len(head) < 30:
        raise Unshown("it is not a whole picture")
    if chunk == b"VP8X":
        return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
    if chunk == b"VP8L":
        (bits,) = struct.unpack_from("<I", head, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8 ":
        wide, high = struct.unpack_from("<HH", head, 26)
        return wide & 0x3FFF, high & 0x3FFF
    raise Unshown("it is not a whole picture")


def _gif(head: bytes) -> tuple[int, int]:
    """The screen, and its first frame where that is larger: a browser makes room for both."""
    wide, high, flags = struct.unpack_from("<HHB", head, 6)
    at = 13 + _colours(flags)
    while head[at] == 0x21:  # extensions
        at += 2
        while head[at]:
            at += 1 + head[at]
        at += 1
    if head[at] != 0x2C:
        raise Unshown("it is not a whole picture")
    left, top, frame_wide, frame_high = struct.unpack_from("<HHHH", head, at + 1)
    return max(wide, left + frame_wide), max(high, top + frame_high)


def _colours(flags: int) -> int:
    """Bytes of a table of colours."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0
