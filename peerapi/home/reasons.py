"""What is said at the home page of a failure. Nothing of the server is loaded for that."""

from __future__ import annotations

import contextlib

from peerapi.pages.requests import Refused
from peerapi.whiteboard.opening import EXPECTED
from peerapi.whiteboard.reasons import sentence


def expected(error: BaseException) -> str | None:
    """What is said of a failure that is none of the program: of the first of several. None for others."""
    with contextlib.suppress(StopIteration):
        if isinstance(error, BaseExceptionGroup):
            return next(said for one in error.exceptions if (said := expected(one)) is not None)
        if isinstance(error, Refused):
            return str(error)
        if isinstance(error, EXPECTED):
            return sentence(error)
    return None
