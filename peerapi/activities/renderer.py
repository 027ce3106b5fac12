"""A program of its own, which makes pictures of the pages of a PDF and may fail in any way it likes: ``rendering``.

It imports nothing of peerapi, so that as little as can be is loaded where a hostile PDF is read. The PDF comes on
standard input, and it writes to standard output: a line of JSON with the number of pages, then for each page a line of
JSON with the size of its picture and its text, and the picture, WebP. When something is wrong, a line says ``error``.
"""

import ctypes
import io
import json
import struct
import sys
from typing import Any

QUALITIES = (82, 65, 45, 25)
"Of a picture, the first with which it is small enough."


_CREATE, _RESTRICT, _NO_NEW_PRIVILEGES = 444, 446, 38
"Two calls of the kernel, which have one number on all machines, and one of prctl(2)."
_FILES, _TRUNCATE, _TCP, _SCOPES = 0x1FF3, 0x4000, 0b11, 0b11
"""All of Landlock (landlock(7)) but reading: to write, make and remove files, and to start programs; to make a file
shorter; to bind and to connect; to reach others' abstract sockets, and to send signals."""


def renounce() -> int:
    """Give up for good what is not needed to read a PDF, as far as this kernel knows of it; its version of Landlock,
    below 1 where it has none."""
    system = ctypes.CDLL(None)
    version: int = system.syscall(_CREATE, None, ctypes.c_size_t(0), 1)
    if version < 1:
        return version
    wanted = struct.pack("3Q", _FILES | (_TRUNCATE if version >= 3 else 0), _TCP, _SCOPES)
    size = 8 if version < 4 else 16 if version < 6 else 24
    rules = system.syscall(_CREATE, wanted, ctypes.c_size_t(size), 0)
    if rules < 0 or system.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) or system.syscall(_RESTRICT, rules, 0):
        return 0
    return version


def say(**fields: Any) -> None:
    sys.stdout.buffer.write(json.dumps(fields).encode() + b"\n")


def encoded(image: Any, most_bytes: int) -> bytes:
    """As WebP, worse or smaller where it would be too long."""
    while True:
        for quality in QUALITIES:
            made = io.BytesIO()
            image.save(made, "WEBP", quality=quality, method=4)
            if made.tell() <= most_bytes:
                return made.getvalue()
        image = image.resize((max(1, image.width * 2 // 3), max(1, image.height * 2 // 3)))


def main(most_pages: int, longest: int, most_bytes: int, most_text: int) -> None:
    import PIL.Image
    import pypdfium2

    renounce()
    PIL.Image.MAX_IMAGE_PIXELS = None  # nothing is opened with it, and what it is given has a bounded size
    try:
        document = pypdfium2.PdfDocument(sys.stdin.buffer.read())
        count = len(document)
    except pypdfium2.PdfiumError:
        say(error="it is no PDF, a damaged one, or one with a password")
        return
    say(pages=count)
    if not 0 < count <= most_pages:
        return
    for number in range(count):
        try:
            page = document[number]
            width, height = page.get_size()
            bitmap = page.render(scale=longest / max(width, height, 1e-3), may_draw_forms=False)
            image = bitmap.to_pil().convert("RGB")
            text = page.get_textpage().get_text_bounded()[:most_text]
        except (pypdfium2.PdfiumError, ValueError, OSError):
            say(error=f"page {number + 1} cannot be shown")
            return
        picture = encoded(image.crop((0, 0, min(image.width, longest), min(image.height, longest))), most_bytes)
        say(picture=len(picture), text=text)
        sys.stdout.buffer.write(picture)
        sys.stdout.buffer.flush()
        bitmap.close()
        page.close()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
