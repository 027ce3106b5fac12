"""Picture files for the tests, made by Pillow, and files that only say that they are some."""

from __future__ import annotations

import hashlib
import io
import random
import struct

from PIL import Image as Pillow

from peerapi.whiteboard.image_pieces import ImageFile

SVG = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(1)</script></svg>"
HTML = b"<!doctype html><script>alert(1)</script>"
HALVES = (255, 0, 0), (0, 0, 255)
"Colours of the left and the right half of a picture."


def made(form: str = "PNG", size: tuple[int, int] = (40, 20)) -> bytes:
    """A picture in halves."""
    wide, high = size
    found = Pillow.new("RGB", size, HALVES[0])
    found.paste(HALVES[1], (wide // 2, 0, wide, high))
    out = io.BytesIO()
    found.save(out, form, quality=95)
    return out.getvalue()


def large(length: int) -> bytes:
    """A picture of so many bytes: what is behind the end of a PNG is not looked at."""
    picture = made()
    return picture + random.Random(length).randbytes(length - len(picture))


def bomb(wide: int, high: int) -> bytes:
    """The beginning of a PNG that would have so many pixels."""
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIBBBBB", 13, b"IHDR", wide, high, 8, 6, 0, 0, 0) + bytes(99)


def file_of(maker: str, data: bytes) -> ImageFile:
    return ImageFile(maker, len(data), hashlib.sha256(data).digest())
