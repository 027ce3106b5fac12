"""Every path through the modules in C that this folder is about, for the sanitizers."""

from __future__ import annotations

import contextlib
import os
import signal
import tempfile
from pathlib import Path

from peerapi import _process, _signals

MODULES = (_process, _signals)


def exercise() -> None:
    _exercise_descriptors()
    _exercise_signals()


def _exercise_signals() -> None:
    def work(number: int, *, often: int = 1) -> int:
        for _ in range(often):
            signal.raise_signal(signal.SIGUSR1)
            signal.raise_signal(signal.SIGUSR2)
        return 1 // number

    def complain(number: int, frame: object) -> None:
        raise InterruptedError(number)

    deferred = _signals.deferred(work)
    calls = (lambda: deferred(1), lambda: deferred(0, often=3), lambda: deferred(), lambda: deferred.nothing)
    kept = [signal.signal(number, complain) for number in (signal.SIGUSR1, signal.SIGUSR2)]
    try:
        for _ in range(50):
            for call in calls:
                with contextlib.suppress(InterruptedError):  # the second of two comes when the first is seen to
                    with contextlib.suppress(InterruptedError, ZeroDivisionError, TypeError, AttributeError):
                        call()
                    for _ in range(9):
                        len(())
    finally:
        for number, handler in zip((signal.SIGUSR1, signal.SIGUSR2), kept, strict=True):
            with contextlib.suppress(InterruptedError):
                signal.signal(number, handler)
    with contextlib.suppress(TypeError):
        _signals.deferred()


def _exercise_descriptors() -> None:
    with tempfile.TemporaryDirectory() as folder:
        descriptors = [os.open(Path(folder, "lock"), os.O_RDWR | os.O_CREAT) for _ in range(200)]
        for descriptor in descriptors:
            _process.close_in_child(descriptor)
            _process.close_in_child(descriptor)
        assert _process.lock(descriptors[0], 0)
        assert not _process.lock(descriptors[1], 12)
        assert _process.is_locked(descriptors[1])
        child = os.fork()
        if child == 0:
            left = 0
            for descriptor in descriptors:
                with contextlib.suppress(OSError):
                    os.fstat(descriptor)
                    left += 1
            os._exit(left)
        assert os.waitpid(child, 0)[1] == 0
        os.close(descriptors[5])
        for descriptor in descriptors:
            _process.keep_in_child(descriptor)
        for descriptor in (-1, 1 << 40, "x", descriptors[5]):
            with contextlib.suppress(OSError, ValueError, TypeError, OverflowError):
                _process.close_in_child(descriptor)
            with contextlib.suppress(OSError, ValueError, TypeError, OverflowError):
                _process.lock(descriptor, 0)
        with contextlib.suppress(TypeError):
            _process.lock(1)
        _process.never_free([])
        descriptors.pop(5)
        for descriptor in descriptors:
            os.close(descriptor)
