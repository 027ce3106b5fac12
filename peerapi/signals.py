"""What must not stop half-way: while a lock of the engine is held or something is being made, a signal waits.

Ctrl-C in Python is an exception between any two instructions of the main thread, also between the taking of a lock and
the ``try`` behind it. No order of instructions is safe from that everywhere, so what has to be done in one go is
``deferred``: handlers of signals in Python, of whatever signal, are called when it is over. Such work is short, and
does not wait for other nodes.

A C program has its signals for itself: an interpreter that this library has started has no handlers.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])
_expected = True
INTERRUPTED = 130
"Exit code of what somebody has interrupted: 128 and the number of SIGINT."


def none_expected() -> None:
    """This interpreter has no handlers and will get none; what is made ``deferred`` from now on stays as it is."""
    global _expected
    _expected = False


def ending() -> list[signal.Signals]:
    """The signals that end a command that stays; nohup has SIGHUP ignored."""
    hanging_up = [signal.SIGHUP] if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN else []
    return [signal.SIGINT, signal.SIGTERM, *hanging_up]


def deferred(function: F) -> F:
    """The function, which no handler of a signal interrupts; see ``_signals.pyi``."""
    if not _expected:
        return function
    import peerapi._signals as _signals

    return _signals.deferred(function)
