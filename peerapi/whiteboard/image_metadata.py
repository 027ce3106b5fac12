"""What a camera or a program has written into a picture file beside its pixels: it is taken out before others get the
file.

A photograph says where and when it was taken, with which camera, and by whom; some hold a film or a second photograph
behind their end. None of that is seen on a board, and everybody there would have it. What has to do with how the pixels
look stays: colour profiles, and which side is up. Forms: Exif (CIPA DC-008, 4.6), JPEG (ITU T.81, B.1.1), PNG (third
edition, 5.3 and 11.3), WebP (RFC 9649).
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator

from peerapi.whiteboard.image_kinds import JPEG, PNG, WEBP

_ORIENTATION = 0x0112
_SHORT = 3
_EXIF = b"Exif\0\0"
_APP1, _SCAN, _END, _COMMENT = 0xE1, 0xDA, 0xD9, 0xFE
_LOOKS = ((0xE0, b"JFIF\0"), (0xE2, b"ICC_PROFILE\0"), (0xEE, b"Adobe"))
"Segments of JPEG for applications without which the pixels would look otherwise, and how they begin."
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"In the pixels of a JPEG file: what is none of them."
_WORDS = frozenset({b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"})
_HAS_EXIF, _HAS_XMP = 0x08, 0x04
"Flags of VP8X."


def without_metadata(data: bytes, kind: str) -> bytes:
    """The picture file of that media type without it; the very same bytes where there is none, and where the file is
    not built as it should be."""
    take = {JPEG: _jpeg, PNG: _png, WEBP: _webp}.get(kind)
    try:
        return data if take is None else take(data)
    except (struct.error, IndexError):
        return data


def _jpeg(data: bytes) -> bytes:
    kept, at, up = [], 2, 1
    while (marker := data[at + 1]) != _SCAN:
        if data[at] != 0xFF:
            return data
        if marker == 0xFF:  # filling
            at += 1
            continue
        end = at + 2 + struct.unpack_from(">H", data, at + 2)[0]
        body = data[at + 4 : end]
        is_for_programs = 0xE0 <= marker <= 0xEF or marker == _COMMENT
        if not is_for_programs or any(marker == one and body.startswith(begin) for one, begin in _LOOKS):
            kept.append(data[at:end])
        elif marker == _APP1 and body.startswith(_EXIF):
            up = _orientation(body[len(_EXIF) :])
        at = end
    first = 1 if kept and kept[0][1] == 0xE0 else 0  # JFIF comes before everything
    if up != 1:
        body = _EXIF + _only(up)
        kept.insert(first, struct.pack(">BBH", 0xFF, _APP1, len(body) + 2) + body)
    return b"".join((data[:2], *kept, data[at : _end_of_pixels(data, at)]))


def _end_of_pixels(data: bytes, scan: int) -> int:
    """Where a JPEG file is over, whose first scan begins there; all of it where it does not say so."""
    at = scan
    while (found := _MARKER.search(data, at)) is not None:
        marker, at = data[found.start() + 1], found.end()
        if marker == _END:
            return at
        at += struct.unpack_from(">H", data, at)[0]
    return len(data)


def _png(data: bytes) -> bytes:
    kept, at, up = [data[:8]], 8, 1
    while True:
        length, name = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if name == b"eXIf":
            up = _orientation(data[at + 8 : end - 4])
        if name == b"IDAT" and up != 1:
            body = b"eXIf" + _only(up)
            kept.append(struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body)))
            up = 1
        if name not in _WORDS:
            kept.append(data[at:end])
        if name == b"IEND" or end >= len(data):
            return b"".join((*kept, data[end:]))
        at = end


def _webp(data: bytes) -> bytes:
    kept, up = [], 1
    for name, body in _chunks(data):
        if name == b"EXIF":
            up = _orientation(body.removeprefix(_EXIF))
        elif name != b"XMP ":
            kept.append((name, body))
    if len(kept) == sum(1 for _ in _chunks(data)):
        return data
    if up != 1:
        kept.append((b"EXIF", _only(up)))
    parts = []
    for name, body in kept:
        if name == b"VP8X":
            flags = body[0] & ~(_HAS_EXIF | _HAS_XMP) | (_HAS_EXIF if up != 1 else 0)
            body = bytes([flags]) + body[1:]
        parts.append(name + struct.pack("<I", len(body)) + body + bytes(len(body) % 2))
    whole = b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(whole) + 4) + b"WEBP" + whole


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at + 8 <= len(data):
        name, length = struct.unpack_from("<4sI", data, at)
        yield name, data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _orientation(exif: bytes) -> int:
    """Which side is up, 1 to 8: 1 where that is not said."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None:
        return 1
    try:
        (at,) = struct.unpack_from(f"{order}I", exif, 4)
        (count,) = struct.unpack_from(f"{order}H", exif, at)
        for number in range(count):
            tag, kind, many, value = struct.unpack_from(f"{order}HHIH", exif, at + 2 + 12 * number)
            if (tag, kind, many) == (_ORIENTATION, _SHORT, 1):
                return value if 1 <= value <= 8 else 1
    except struct.error:
        pass
    return 1


def _only(orientation: int) -> bytes:
    """Exif that says nothing else."""
    return b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, _ORIENTATION, _SHORT, 1, orientation, 0, 0)
