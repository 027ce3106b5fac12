"""Files on the disk: shared, received, resumed, refused."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from peerapi.files import folders
from peerapi.files.content import PIECE, count, length
from peerapi.files.shelf import Incoming, Shelf, Unusable
from tests.files.made import content_of, some_bytes

DATA = some_bytes(3 * PIECE + 99)
CONTENT = content_of(DATA)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    (tmp_path / "shelf").mkdir()
    return Shelf(tmp_path / "shelf", tmp_path / "received")


def received(shelf: Shelf, name: str, data: bytes = DATA) -> Path:
    content = content_of(data)
    incoming = shelf.incoming(content.id, content.size)
    incoming.listed(content)
    for piece in range(count(content.size)):
        incoming.write(piece, data[piece * PIECE : piece * PIECE + length(content.size, piece)])
    return incoming.finish(name).path


def left(tmp_path: Path) -> list[str]:
    return sorted(path.name for folder in ("shelf", "received") for path in (tmp_path / folder).glob("*"))


def test_what_is_shared_stays_where_it_is_and_is_known_another_time(shelf: Shelf, tmp_path: Path) -> None:
    path = tmp_path / "holi:day.png"
    path.write_bytes(DATA)
    seen: list[int] = []
    held = shelf.share(path, progress=seen.append)
    assert (held.content, held.name, seen[-1]) == (CONTENT, "holi_day.png", len(DATA))
    assert held.piece(3) == DATA[3 * PIECE :]
    again = Shelf(tmp_path / "shelf", tmp_path / "received")
    assert again.held(CONTENT.id) is None
    again.load()
    assert again.held(CONTENT.id) == held
    path.write_bytes(DATA[:-1] + b"x")
    assert held.piece(3) is None and held.piece(0) == DATA[:PIECE]  # not what was shared is given, but nothing
    changed = Shelf(tmp_path / "shelf", tmp_path / "received")
    changed.load()
    assert changed.held(CONTENT.id) is None
    shelf.forget(CONTENT.id)
    assert path.exists() and shelf.held(CONTENT.id) is None and left(tmp_path) == []


def test_what_cannot_be_shared_says_why(shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Unusable, match="pipe is no file"):
        shelf.share(tmp_path / "pipe")
    with pytest.raises(Unusable, match="is no file"):
        shelf.share(tmp_path)
    with pytest.raises(FileNotFoundError):
        shelf.share(tmp_path / "gone")
    path = tmp_path / "grows"
    path.write_bytes(DATA)
    with pytest.raises(Unusable, match="changed while it was read"):
        shelf.share(path, progress=lambda size: path.write_bytes(DATA + b"more") if size == len(DATA) else None)
    with path.open("ab") as file:
        file.truncate(1 << 40)
    with pytest.raises(Unusable, match="more than 32 GiB"):
        shelf.share(path)
    assert left(tmp_path) == []


def test_bytes_of_a_page_are_a_file_that_goes_when_it_is_no_longer_shared(shelf: Shelf, tmp_path: Path) -> None:
    draft = shelf.draft()
    for begin in range(0, len(DATA), 1000):
        draft.write(DATA[begin : begin + 1000])
    held = draft.end("../card.png")
    assert (held.content, held.name) == (CONTENT, "_._card.png")
    assert stat.S_IMODE(held.path.stat().st_mode) == 0o600
    shelf.forget(CONTENT.id)
    dropped = shelf.draft()
    dropped.write(b"some")
    dropped.drop()
    assert left(tmp_path) == []


def test_what_a_killed_program_has_left_half_is_gone_the_next_time(shelf: Shelf, tmp_path: Path) -> None:
    """A film of some gigabytes of which a part was dropped in would take its room for ever."""
    whole = shelf.draft()
    whole.write(DATA)
    held = whole.end("film.bin")
    shelf.draft().write(DATA)
    (tmp_path / "shelf" / "x.123.part").write_bytes(b"hashes")
    before = len(left(tmp_path))
    again = Shelf(tmp_path / "shelf", tmp_path / "received")
    coming = again.draft()
    again.load()  # as when the page drops a file in at once
    assert (len(left(tmp_path)), again.held(CONTENT.id)) == (before - 1, held)
    coming.write(DATA[:5])
    assert coming.end("other.bin").piece(0) == DATA[:5]
    assert held.path.read_bytes() == DATA


def test_a_received_file_has_its_name_takes_no_other_s_place_and_is_not_to_be_run(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "received").mkdir()
    (tmp_path / "received" / "card (2).png").symlink_to(tmp_path / "elsewhere")
    first, second = received(shelf, "card.png"), received(shelf, "card.png", DATA[::-1])
    assert [path.name for path in (first, second)] == ["card.png", "card (3).png"]
    assert (first.read_bytes(), second.read_bytes()) == (DATA, DATA[::-1])
    assert stat.S_IMODE(first.stat().st_mode) == 0o600
    assert not (tmp_path / "elsewhere").exists()
    assert [one for one in left(tmp_path) if one.endswith("part")] == []


def test_a_file_system_without_links(shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", refused)
    names = [received(shelf, "card.png", data).name for data in (DATA, DATA[::-1])]
    assert names == ["card.png", "card (2).png"]


def test_what_has_come_before_a_break_counts_as_far_as_it_is_right(shelf: Shelf, tmp_path: Path) -> None:
    first = shelf.incoming(CONTENT.id, CONTENT.size)
    assert (first.content, first.have) == (None, b"")
    first.listed(CONTENT)
    first.write(0, DATA[:PIECE])
    first.write(3, DATA[3 * PIECE :])
    first.write(2, bytes(PIECE))  # as after a power failure
    with pytest.raises(Unusable, match="just being fetched"):
        shelf.incoming(CONTENT.id, CONTENT.size)
    first.close()
    second = Shelf(tmp_path / "shelf", tmp_path / "received").incoming(CONTENT.id, CONTENT.size)
    assert (second.content, second.have) == (CONTENT, bytes([1, 0, 0, 1]))
    second.discard()
    assert left(tmp_path) == []


def test_a_full_disk_is_a_sentence_and_nothing_stays(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with (
        monkeypatch.context() as unchecked
    ):  # without the room being asked for, a disk is filled to the last byte first
        unchecked.setattr(Incoming, "_make_room", lambda _: None)
        half = shelf.incoming(CONTENT.id, CONTENT.size)
        half.write(0, DATA[:PIECE])
        assert half.path.exists()
        with monkeypatch.context() as broken:
            broken.setattr(os, "pwrite", full)
            with pytest.raises(Unusable, match="not enough room on the disk"):
                half.write(1, DATA[PIECE : 2 * PIECE])
        assert left(tmp_path) == []
    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(Unusable, match="not enough room on the disk"):
        shelf.incoming(CONTENT.id, CONTENT.size)
    assert left(tmp_path) == []


def test_a_planted_link_is_not_followed(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "received").mkdir()
    victim = tmp_path / "victim"
    victim.write_text("precious", encoding="utf-8")
    (tmp_path / "received" / f".{CONTENT.id.hex()[:32]}.part").symlink_to(victim)
    with pytest.raises(OSError, match="symbolic link"):
        shelf.incoming(CONTENT.id, CONTENT.size)
    assert victim.read_text(encoding="utf-8") == "precious"


def test_the_one_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv(folders.VARIABLE, str(tmp_path / "chosen"))
    assert folders.received() == tmp_path / "chosen"
    monkeypatch.delenv(folders.VARIABLE)
    monkeypatch.setenv("PEERAPI_HOME", str(tmp_path / "data"))
    assert folders.received() == tmp_path / "data" / "received"
    monkeypatch.delenv("PEERAPI_HOME")
    assert folders.received() == tmp_path / "Downloads" / "peerapi"
    (tmp_path / ".config").mkdir()
    (tmp_path / ".config" / "user-dirs.dirs").write_text('XDG_DOWNLOAD_DIR="$HOME/Geladen"\n', encoding="utf-8")
    assert folders.received() == tmp_path / "Geladen" / "peerapi"
