"""The pages of a PDF as pictures; and PDFs and programs that do what they should not, first without the bound."""

from __future__ import annotations

import ctypes
import functools
import io
import os
import socket
import struct
import subprocess
import sys
from pathlib import Path

import PIL.Image
import pypdfium2
import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from peerapi.activities import pictures, renderer, rendering
from peerapi.activities.rendering import Page, rendered
from peerapi.pages.requests import Refused
from tests.activities import pdfs


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that does much else begins a process in its own time."""
    monkeypatch.setattr(rendering, "SILENT", 120.0)


def pages_of(pdf: bytes) -> list[Page]:
    async def main() -> list[Page]:
        with trio.fail_after(300):
            return await rendered(pdf)

    return trio.run(main)


def program(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """What stands in the place of the renderer, when a PDF has made it its own."""
    (folder / "renderer.py").write_text(f"import os, sys, time, json\n{text}\n")
    monkeypatch.setattr(rendering, "RENDERER", folder / "renderer.py")


def test_pages_are_pictures_with_their_text() -> None:
    first, second = pages_of(pdfs.pages("Hello there", "The end"))
    assert (first.text, second.text) == ("Hello there", "The end")
    for one in (first, second):
        assert pictures.size_of(one.picture, len(one.picture)) == (1600, 1200)
        assert len(one.picture) <= rendering.MOST_PICTURE
    assert first.picture != second.picture


# ---- PDFs ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "pdf", [b"", b"%PDF-1.7\n", b"<svg onload='alert(1)'/>", pdfs.pages("x")[:300], b"\x00" * 5000], ids=len
)
def test_what_is_no_pdf_is_a_sentence(pdf: bytes) -> None:
    with pytest.raises(Refused, match=r"this PDF cannot be shown|no pages"):
        pages_of(pdf)


def test_100_000_pages_would_be_begun_and_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    many = pdfs.one_page_many_times(100_000)
    assert len(many) < 20_000
    begun: list[int] = []

    async def some(most: int) -> None:
        with trio.CancelScope() as scope, monkeypatch.context() as unchecked:
            unchecked.setattr(rendering, "MOST_PAGES", most)

            def progress(page: int, count: int) -> None:
                begun.append(count)
                if page == 3:
                    scope.cancel()

            await rendered(many, progress)

    trio.run(some, 1 << 20)
    assert begun == [100_000] * 3
    with pytest.raises(Refused, match="up to 200 pages, and this PDF has 100,000"):
        trio.run(some, rendering.MOST_PAGES)
    assert len(begun) == 3


@pytest.mark.parametrize("size", [(100_000_000, 100_000_000), (1, 2_000_000), (2_000_000, 1)], ids=str)
def test_a_huge_page_is_a_picture_like_another(size: tuple[int, int]) -> None:
    (page,) = pages_of(pdfs.pages("Hello", size=size))
    found = pictures.size_of(page.picture, len(page.picture))
    assert found and max(found) == 1600


def test_drawn_as_large_as_it_says_a_huge_page_would_take_all_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bound of the process stops that; the check is that it is not begun."""
    found = rendering.RENDERER.read_text()
    fitted = "scale=longest / max(width, height, 1e-3)"
    assert fitted in found
    (tmp_path / "renderer.py").write_text(found.replace(fitted, "scale=1"))
    monkeypatch.setattr(rendering, "RENDERER", tmp_path / "renderer.py")
    with pytest.raises(Refused, match="cannot be shown"):
        pages_of(pdfs.pages("Hello", size=(30_000, 30_000)))


def test_of_scripts_there_is_nothing_but_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is nothing that could run them where it is drawn, and they do not come to who looks on."""
    (page,) = pages_of(pdfs.with_scripts())
    assert pdfs.SCRIPT[:9] in pdfs.with_scripts()
    assert (page.text, b"app.alert" in page.picture, b"JavaScript" in page.picture) == ("Hello", False, False)
    assert "V8" not in pypdfium2.PDFIUM_INFO.flags and "XFA" not in pypdfium2.PDFIUM_INFO.flags


# ---- what reads them -------------------------------------------------------------------------------------------------


@functools.cache
def small(size: tuple[int, int] = (4, 3)) -> bytes:
    """A sound picture."""
    made = io.BytesIO()
    PIL.Image.new("RGB", size, "blue").save(made, "WEBP", quality=50)
    return made.getvalue()


def saying(picture: bytes, *, count: int = 1, size: int | None = None, text: str = "'x'") -> str:
    """A program that says that it has pages."""
    return (
        f"sys.stdin.buffer.read()\ndata = {picture!r}\nout = sys.stdout.buffer\n"
        f"out.write(json.dumps(dict(pages={count})).encode() + b'\\n')\n"
        f"said = json.dumps(dict(picture={len(picture) if size is None else size}, text={text}))\n"
        "out.write(said.encode() + b'\\n' + data)\nout.flush()\n"
    )


FAILURES = {
    "it crashes": "os.abort()",
    "it crashes in the midst": saying(small(), count=2) + "os.abort()",
    "it ends": "",
    "it says no JSON": "print('[' * 3000)",
    "it says something else": "print('[1]')",
    "it says a number that is none": "print(json.dumps(dict(pages='5')))",
    "it claims a picture of 4 GB": saying(b"", size=1 << 32),
    "it gives no picture": saying(b"<svg onload='alert(1)'/>"),
    "its text is none": saying(small(), text="5"),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_a_renderer_that_fails_is_a_sentence(failure: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, monkeypatch, saying(small()))
    assert pages_of(b"%PDF") == [Page(small(), "x")]  # what stands in its place is heard
    program(tmp_path, monkeypatch, FAILURES[failure])
    with pytest.raises(Refused, match="what reads it has failed over it"):
        pages_of(b"%PDF")


def test_a_line_without_an_end_would_be_taken_in_and_is_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, monkeypatch, "sys.stdout.write(json.dumps(dict(pages=0, more='x' * 500_000)) + '\\n')")
    with monkeypatch.context() as unchecked, pytest.raises(Refused, match="no pages"):  # it was read to its end
        unchecked.setattr(rendering, "MOST_LINE", 1 << 30)
        pages_of(b"%PDF")
    with pytest.raises(Refused, match="failed over it"):
        pages_of(b"%PDF")


def test_a_renderer_that_never_ends_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, monkeypatch, f"open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(1000)")
    monkeypatch.setattr(rendering, "bound", lambda process: None)  # or it could not write the file
    monkeypatch.setattr(rendering, "SILENT", 3600.0)

    async def main() -> None:
        with trio.move_on_after(0):  # nobody has to wait for it either
            await rendered(b"%PDF")
        running = trio.Event()

        async def wait(*, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
            with trio.CancelScope() as scope, pytest.raises(Refused, match="takes too long"):
                task_status.started()
                await rendered(b"%PDF")
            running.set()
            assert not scope.cancelled_caught

        monkeypatch.setattr(rendering, "SILENT", 2.0)
        async with trio.open_nursery() as nursery:
            await nursery.start(wait)
        assert running.is_set()

    trio.run(main)
    if (tmp_path / "pid").exists():
        assert not Path(f"/proc/{(tmp_path / 'pid').read_text()}").exists()


def test_memory_that_a_renderer_takes_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes as much as it likes without the bound."""
    program(tmp_path, monkeypatch, f"sys.stdin.buffer.read()\nmuch = bytes({rendering.MEMORY})\n" + saying(small()))
    with pytest.raises(Refused, match="failed over it"):
        pages_of(b"%PDF")
    monkeypatch.setattr(rendering, "bound", lambda process: None)
    assert pages_of(b"%PDF") == [Page(small(), "x")]


def test_a_renderer_writes_no_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trap = tmp_path / "trap"
    program(tmp_path, monkeypatch, f"data = sys.stdin.buffer.read()\nopen({str(trap)!r}, 'wb').write(data)")
    with pytest.raises(Refused):
        pages_of(b"%PDF")
    assert trap.read_bytes() == b""
    monkeypatch.setattr(rendering, "bound", lambda process: None)
    with pytest.raises(Refused):
        pages_of(b"%PDF")
    assert trap.read_bytes() == b"%PDF"


def test_a_renderer_that_says_a_little_now_and_then_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound of its silence never comes to pass, and that of the processor's time neither."""
    drip = "while True:\n sys.stdout.write(' ')\n sys.stdout.flush()\n time.sleep(0.05)\n"
    program(tmp_path, monkeypatch, drip)
    monkeypatch.setattr(rendering, "WHOLE", 2.0)
    with pytest.raises(Refused, match="takes too long"):
        pages_of(b"%PDF")


def test_a_renderer_that_cannot_be_started_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """As when there are as many processes as there may be: it was a traceback on the terminal."""

    async def fails(*args: object, **more: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(trio.lowlevel, "open_process", fails)
    with pytest.raises(Refused, match="cannot be shown just now"):
        pages_of(b"%PDF")


def test_a_page_of_letters_that_are_long_in_json_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever pieces its line comes in."""
    words = "\U0001f600" * rendering.MOST_TEXT
    in_pieces = saying(small(), text=repr(words)).replace(
        "out.write(said.encode() + b'\\n' + data)",
        "out.write(said.encode())\nout.flush()\ntime.sleep(0.5)\nout.write(b'\\n' + data)",
    )
    program(tmp_path, monkeypatch, in_pieces)
    assert pages_of(b"%PDF") == [Page(small(), words)]


ATTEMPTS = """
import os, signal, socket, sys, importlib.util
spec = importlib.util.spec_from_file_location("renderer", sys.argv[1])
renderer = importlib.util.module_from_spec(spec)
spec.loader.exec_module(renderer)
folder, port, victim = sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
os.chdir(folder)
version = renderer.renounce() if sys.argv[5] == "renounce" else 0

def connect():
    socket.create_connection(("127.0.0.1", port), 10).close()

attempts = {
    "read": lambda: open("kept").read(),
    "write": lambda: open("kept", "a").close(),
    "make": lambda: open("made", "x").close(),
    "remove": lambda: os.unlink("removed"),
    "rename": lambda: os.rename("moved", "moved away"),
    "shorten": lambda: os.truncate("kept", 0),
    "start": lambda: os.posix_spawn("/bin/true", ["true"], {}),
    "connect": connect,
    "signal": lambda: os.kill(victim, 0),
}
done = []
for name, attempt in attempts.items():
    try:
        attempt()
        done.append(name)
    except OSError:
        pass
print(version, *done)
"""


def landlock() -> int:
    """The version that this kernel has; a process that asks renounces nothing."""
    return int(ctypes.CDLL(None).syscall(renderer._CREATE, None, ctypes.c_size_t(0), 1))


def attempted(folder: Path, how: str) -> tuple[int, set[str]]:
    for name in ("kept", "removed", "moved"):
        (folder / name).write_text("x")
    (folder / "made").unlink(missing_ok=True)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        where = str(rendering.RENDERER), str(folder), str(listener.getsockname()[1]), str(os.getpid()), how
        command = [sys.executable, "-I", "-c", ATTEMPTS, *where]
        said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout.split()
    return int(said[0]), set(said[1:])


if landlock() >= 6:

    def test_attack_a_pdf_that_has_made_the_renderer_its_own_changes_and_reaches_nothing(tmp_path: Path) -> None:
        """It has the rights of whoever shows the PDF, but for those that the renderer gives up before it reads it."""
        anything = {"read", "write", "make", "remove", "rename", "shorten", "start", "connect", "signal"}
        assert attempted(tmp_path, "keep")[1] == anything
        assert attempted(tmp_path, "renounce") == (landlock(), {"read"})


def test_where_something_is_missing_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    rendering.check()
    monkeypatch.setitem(sys.modules, "pypdfium2", None)
    monkeypatch.setattr(rendering.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(Refused, match=r"pip install 'peerapi\[slides\]'"):
        rendering.check()


# ---- pictures --------------------------------------------------------------------------------------------------------


def test_pictures_as_they_are_made_are_shown() -> None:
    for size in ((1, 1), (3, 5), (1600, 900), (pictures.LONGEST, 1)):
        assert pictures.size_of(small(size), len(small(size))) == size


def bomb(width: int, height: int) -> bytes:
    """A few bytes that claim to be so large a picture."""
    made = bytearray(small())
    struct.pack_into("<HH", made, 26, width, height)
    return bytes(made)


def test_a_picture_that_claims_a_gigabyte_would_be_shown_and_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = bomb(16383, 16383)
    with monkeypatch.context() as unchecked:
        unchecked.setattr(pictures, "LONGEST", 1 << 20)
        assert pictures.size_of(data, len(data)) == (16383, 16383)
    assert pictures.size_of(data, len(data)) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<!doctype html><script>alert(1)</script>" + bytes(100),
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        b"%PDF-1.7" + bytes(100),
        b"GIF89a" + bytes(100),
        small() + b"<script>",
        small()[:-2],
        small()[:12] + b"VP8X" + small()[16:],
        small()[:12] + b"VP8L" + small()[16:],
        bomb(0, 5),
        bomb(5, 0),
    ],
    ids=lambda data: repr(data[:16]),
)
def test_what_is_no_picture_is_not_shown(data: bytes) -> None:
    assert pictures.size_of(data[: pictures.HEAD], len(data)) is None


@given(st.binary(max_size=60), st.integers(0, 1 << 40))
def test_whatever_comes_is_looked_at(head: bytes, length: int) -> None:
    found = pictures.size_of(head, length)
    assert found is None or max(found) <= pictures.LONGEST
