"""Threads of a program that has its signals for itself."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable

from peerapi.errors import OutOfMemory


def start(name: str, work: Callable[..., object], *args: object) -> None:
    """Have ``work`` done by a thread that gets no signals and keeps no process alive. Raises OutOfMemory."""
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        threading.Thread(target=work, args=args, name=name, daemon=True).start()
    except RuntimeError as error:
        raise OutOfMemory(f"There can be no thread: {error}.") from error
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
