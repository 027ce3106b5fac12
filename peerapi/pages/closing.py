"""What somebody at a terminal reads while a program with a page leaves the others, which may take a while."""

from __future__ import annotations

import sys


def say_closing() -> None:
    """At once, so that nobody thinks that Ctrl-C was not heard; a log of standard error has no use for it."""
    if sys.stderr.isatty():
        print("closing ...", file=sys.stderr, flush=True)
