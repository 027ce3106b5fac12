"""Whether bytes that a member gives are a picture that a page may show: WebP of its simplest form, of a bounded size.

A picture is decoded by the browser of everybody who looks on. So nothing but pixels comes to it, and not more of them
than a page of a presentation has: a file of a few bytes may claim to be a picture of a gigabyte. The form is that of
RFC 9649: ``RIFF``, the size, ``WEBP``, then one chunk ``VP8 `` and nothing else (no animation, no metadata, no
profile), whose frame header (RFC 6386, 9.1) has the width and the height.
"""

from __future__ import annotations

import struct

LONGEST = 2048
"Pixels of each side, at most."
_HEAD = struct.Struct("<4sI4s4sI3s3sHH")
HEAD = _HEAD.size
"Bytes at the beginning that say what it is."


def size_of(head: bytes, length: int) -> tuple[int, int] | None:
    """Width and height of a picture of ``length`` bytes that begins so; None when it is none that is shown."""
    if len(head) < HEAD or length < HEAD:
        return None
    riff, whole, webp, kind, chunk, frame, code, width, height = _HEAD.unpack_from(head)
    if (riff, webp, kind, code) != (b"RIFF", b"WEBP", b"VP8 ", b"\x9d\x01\x2a"):
        return None
    padded = chunk + chunk % 2
    if whole + 8 != length or padded + 20 != length or frame[0] & 1:  # a key frame has 0 there
        return None
    width, height = width & 0x3FFF, height & 0x3FFF
    return (width, height) if 0 < width <= LONGEST and 0 < height <= LONGEST else None
