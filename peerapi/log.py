"""What the library says of its own work, by the standard logging module: loggers ``peerapi`` and below.

A Python program that has set up logging hears of it there. Any program is written to where ``PEERAPI_LOG`` says,
``level[:file]``: ``info`` (to stderr), ``debug:/var/log/peers.log``. Levels are those of the logging module: ``error``
(what must not happen), ``warning`` (what goes on, but not as it should), ``info`` (graphs and connections that come and
go), ``debug`` (failed calls with their reasons, every try to connect). A file alone is ``error``. Nothing is printed by
default, and a program that wants no log does not pay for the module. Who has asked for a log and gets none, since the
file cannot be written or the level is none, is told so on stderr, once.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from typing import TYPE_CHECKING, Any

import peerapi.private as private
from peerapi.environment import variable
from peerapi.folders import fixed
from peerapi.text import printable

if TYPE_CHECKING:
    import logging
    from io import TextIOWrapper

VARIABLE = "PEERAPI_LOG"
LEVELS = ("debug", "info", "warning", "error", "critical")
FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_set_up = ""
"The value of the variable that was set up."
_handlers: list[logging.Handler] = []
"Those that the variable has brought."


def destination(text: str) -> tuple[str, str]:
    """(level, file) of a value of the variable; no file: stderr."""
    level, _, path = text.partition(":")
    if level.lower() in LEVELS:
        return level.lower(), path
    return "error", text


def set_up() -> None:
    """Have the loggers write to where ``PEERAPI_LOG`` says; asked anew whenever it says something else."""
    global _set_up
    text = variable(VARIABLE)
    if text == _set_up:
        return
    import logging

    _set_up = text
    logger = logging.getLogger("peerapi")
    while _handlers:
        handler = _handlers.pop()
        logger.removeHandler(handler)
        handler.close()
    if not text:
        return
    level, path = destination(text)
    if path == text and is_word(text):
        _complain(f"{text!r} is none of the levels {', '.join(LEVELS)}; errors are written to a file of that name")
    wanted: int = getattr(logging, level.upper())
    made: logging.Handler
    if path:

        class PrivateFile(logging.FileHandler):
            """What is written there may say of a user's doings; so it is the user's only."""

            def _open(self) -> TextIOWrapper:
                return open(self.baseFilename, "a", encoding="utf-8", errors=self.errors, opener=private.opener)

        made = PrivateFile(fixed(path), encoding="utf-8", errors="backslashreplace", delay=True)
        why = unwritable(made.baseFilename)
        if why:
            _complain(f"{path!r} cannot be written: {why}; nothing is logged there")
    else:
        made = logging.StreamHandler(_StandardError())
    made.setFormatter(logging.Formatter(FORMAT))
    made.setLevel(wanted)
    logger.addHandler(made)
    logger.setLevel(min(wanted, logger.level or wanted))
    _handlers.append(made)


def is_word(text: str) -> bool:
    """Whether a value looks like a level and not like a file: letters only."""
    return text.isalpha()


def unwritable(path: str) -> str:
    """Why no file can be written there, or an empty string. Nothing is made or opened by asking."""
    folder = os.path.dirname(path)
    if os.path.isdir(path):
        return os.strerror(errno.EISDIR)
    if not os.path.isdir(folder):
        return os.strerror(errno.ENOENT if not os.path.exists(folder) else errno.ENOTDIR)
    there = path if os.path.exists(path) else folder
    return "" if os.access(there, os.W_OK, effective_ids=True) else os.strerror(errno.EACCES)


def _complain(sentence: str) -> None:
    _StandardError().write(printable(f"peerapi: {VARIABLE}: {sentence}") + "\n")


class _StandardError:
    """The process's standard error as it is, whatever stands for it in Python."""

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError):
            os.write(2, text.encode("utf-8", "backslashreplace"))
        return len(text)

    def flush(self) -> None:
        """Nothing is kept back."""


class Log:
    """One logger. Asking it costs next to nothing while nobody listens."""

    def __init__(self, name: str) -> None:
        self._name = f"peerapi.{name}"

    def wants(self, level: str) -> bool:
        """Whether anybody listens to this level: worth putting the words together."""
        if not _set_up and "logging" not in sys.modules:
            return False
        import logging

        logger = logging.getLogger(self._name)  # without a handler it would write to stderr, which is the program's
        return logger.hasHandlers() and logger.isEnabledFor(getattr(logging, level.upper()))

    def _say(self, level: str, text: str, *values: Any) -> None:
        if self.wants(level):
            import logging

            with contextlib.suppress(OSError):  # the file cannot be opened; the work goes on
                said = printable(text % values if values else text)  # some of it was written by others
                logging.getLogger(self._name).log(getattr(logging, level.upper()), "%s", said)

    def debug(self, text: str, *values: Any) -> None:
        self._say("debug", text, *values)

    def info(self, text: str, *values: Any) -> None:
        self._say("info", text, *values)

    def warning(self, text: str, *values: Any) -> None:
        self._say("warning", text, *values)

    def error(self, text: str, *values: Any) -> None:
        self._say("error", text, *values)
