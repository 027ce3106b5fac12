"""Documents in files are read in whichever encoding the program that wrote them had."""

from __future__ import annotations

from pathlib import Path

import pytest

from peerapi.cli.documents import document

TEXT = '<?xml version="1.0"?><INVITATION>Grüße</INVITATION>'


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-le") + b"\0\0",
    ],
    ids=["UTF-8", "UTF-8 with its mark", "UTF-16", "UTF-16, big-endian", "a binary stream's", "with its zero"],
)
def test_a_document_is_the_same_in_any_encoding(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "file").write_bytes(data)
    assert document(tmp_path / "file") == TEXT


def test_no_more_is_read_than_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * 100)
    assert len(document(tmp_path / "file", 10)) == 11


def test_what_is_no_text_is_no_exception(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"\xff\xfe\xff")
    assert document(tmp_path / "file")
