"""A word as a QR code, for a camera: drawn by segno (the extra ``home``), where that is installed."""

from __future__ import annotations

import functools
import io


@functools.lru_cache(8)
def drawn(word: str) -> str:
    """The code as an SVG document; empty without segno, and for more than a code can hold."""
    try:
        import segno
    except ModuleNotFoundError:
        return ""
    out = io.BytesIO()
    try:
        code = segno.make_qr(word, error="l", boost_error=False)
    except segno.DataOverflowError:
        return ""
    code.save(out, kind="svg", scale=4, border=4, light="#fff", xmldecl=False, svgns=True, nl=False)
    return out.getvalue().decode()
