"""Why the last call of a thread failed, as a sentence: what PeerxGetLastErrorText answers, and the log says.

An HRESULT is one of a few for many mistakes. The engine's exceptions say more, and where a parameter or a field of a
struct is wrong, its name is known as well: from the place in the generated source at which the exception was raised.
Nothing of this costs a call that succeeds anything.
"""

from __future__ import annotations

import os
import re
import threading
from types import TracebackType
from typing import NamedTuple

from peerapi.errors import PeerError
from peerapi.log import Log

log = Log("api")
_HERE = os.path.dirname(os.path.abspath(__file__))
_NAME = re.compile(r"\b[as]\d+\b")
_NULL = re.compile(r"if not ([as]\d+):")


class Source(NamedTuple):
    """Generated source, and what its variables are called in the headers."""

    lines: list[str]
    names: dict[str, str]


class _Last(threading.local):
    text = ""


_sources: dict[str, Source] = {}
_last = _Last()


def generated(file: str, lines: list[str], names: dict[str, str]) -> None:
    """Remember source that was made for a function or a struct; ``file``: what its code objects are called by."""
    _sources[file] = Source(lines, names)


def last() -> str:
    """The sentence for the last failure in this thread; empty when there was none."""
    return _last.text


def remember(function: str, error: BaseException, hresult: int) -> None:
    """Keep the sentence for a failed call of this thread."""
    name = error.name if isinstance(error, PeerError) else type(error).__name__
    _last.text = f"{function}: {name} (0x{hresult & 0xFFFFFFFF:08X}): {_sentence(error)}"
    log.debug("%s", _last.text)


def _sentence(error: BaseException) -> str:
    told = isinstance(error, PeerError) and error.args[0] != (type(error).__doc__ or "").strip()
    text = str(error).strip().replace("\n", " ") or (type(error).__doc__ or "").strip()
    where, is_null = _place(error.__traceback__)
    if where and is_null and not told:
        return f"{where} is NULL."
    return f"{where}: {text}" if where else text


def _place(trace: TracebackType | None) -> tuple[str, bool]:
    """Which parameter, or field of it, a generated function complained of, and whether by its being NULL. Nothing when
    the exception came from beyond the conversions: from the function itself."""
    found: list[str] = []
    is_null = False
    while trace is not None:
        code = trace.tb_frame.f_code
        source = _sources.get(code.co_filename)
        if source is None and os.path.dirname(code.co_filename) != _HERE:
            return "", False
        if source is not None:
            names, is_null = _at(trace, source)
            found += [names] if names else []
        trace = trace.tb_next
    return "->".join(found), is_null


def _at(trace: TracebackType, source: Source) -> tuple[str, bool]:
    """The names in the expression that was being evaluated; those of the condition above a ``raise``."""
    positions = list(trace.tb_frame.f_code.co_positions())
    line, end_line, column, end_column = positions[trace.tb_lasti // 2]
    if line is None or line != end_line:
        return "", False
    text = source.lines[line - 1]
    null = None
    if text.lstrip().startswith("raise"):
        text = source.lines[line - 2]
        null = _NULL.match(text.lstrip())
    else:
        text = text[column:end_column]
    wanted = dict.fromkeys(source.names[name] for name in _NAME.findall(text) if name in source.names)
    return ", ".join(wanted), null is not None
