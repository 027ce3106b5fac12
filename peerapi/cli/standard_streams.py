"""Standard input, output and error as whoever has started the command gave them: closed ones, and what cannot be
written."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import Any


class StreamClosed(OSError):
    """Something was to be read from standard input, or written to standard output, and whoever has started the command
    has closed it: what is not there is not the same as nothing."""


class _ClosedStream(io.FileIO):
    """A standard stream that is closed. It has its number, so that no file and no connection of the command gets it."""

    def __init__(self, called: str, mode: str) -> None:
        super().__init__(os.open(os.devnull, os.O_RDWR), mode)  # takes the lowest number that is free
        self._called = called

    def readinto(self, buffer: Any, /) -> int:
        raise StreamClosed(f"{self._called} is closed.")

    def readall(self) -> bytes:
        raise StreamClosed(f"{self._called} is closed.")

    def write(self, data: Any, /) -> int:
        raise StreamClosed(f"{self._called} is closed.")


def open_standard_streams() -> None:
    """Those that whoever starts the command has closed are there: who needs standard input or output fails, and what is
    said on standard error goes nowhere."""
    if sys.stdin is None:
        sys.stdin = io.TextIOWrapper(io.BufferedReader(_ClosedStream("Standard input", "r")), encoding="utf-8")
    if sys.stdout is None:
        sys.stdout = io.TextIOWrapper(io.BufferedWriter(_ClosedStream("Standard output", "w")), encoding="utf-8")
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_RDWR), "w", encoding="utf-8")


def forget_output() -> None:
    """What could not be written is not tried again when the interpreter ends."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if sys.__stdout__ is None:
            sys.stdout = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8")
