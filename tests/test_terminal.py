"""The console functions before a terminal: tests/c/terminal.c."""

from __future__ import annotations

import fcntl
import os
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable
from pathlib import Path

from tests.test_win32 import WIDE, linked, shared

__all__ = ["linked", "shared"]


def test_keys_lines_and_colors(linked: Callable[..., Path]) -> None:
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 93, 0, 0))
    before = termios.tcgetattr(theirs)
    process = subprocess.Popen([linked("gcc", "terminal.c", *WIDE)], stdin=theirs, stdout=theirs, stderr=theirs)
    said = b""

    def says(end: bytes) -> None:
        nonlocal said
        deadline = time.monotonic() + 120
        while end not in said:
            assert select.select([ours], [], [], max(deadline - time.monotonic(), 0))[0], said
            said += os.read(ours, 4096)

    try:
        says(b"press\r\n")
        os.write(ours, b"x\r")  # no line: it comes at once
        says(b"key 120, then 13\r\n")
        says(b"password, mode 7:")
        os.write(ours, b"secret\r")
        says(b"1 8 93 columns\r\n")  # the keyboard's handle has woken it
        says("\033[0;91;40m€\033[0m".encode())
        assert process.wait(120) == 0
        assert b"secret" not in said
        assert termios.tcgetattr(theirs) == before
    finally:
        process.kill()
        os.close(ours)
        os.close(theirs)
