"""Texts that people type, as a record and a page can hold them."""

from __future__ import annotations

import re

FORBIDDEN = re.compile("[\x00-\x1f\x7f\ufffe\uffff]")
"Control characters, and the two that no XML document can hold."
_MOST_LINES = 50


def is_text(text: str, most_bytes: int) -> bool:
    """Lines of words, some of them empty."""
    lines = text.split("\n")
    return len(lines) <= _MOST_LINES and any(lines) and is_words(text.replace("\n", " "), most_bytes)


def is_words(text: str, most_bytes: int) -> bool:
    """One line, and not empty."""
    try:
        return 0 < len(text.encode()) <= most_bytes and FORBIDDEN.search(text) is None
    except UnicodeEncodeError:
        return False
