"""What happens once, when the first call arrives: all functions behind the exported symbols are attached, though what
most programs do not need is imported and made only when one of its functions is called.

Called by start.c with the GIL held. Whatever is raised here becomes the one line on stderr that says why the engine
cannot start. What is imported here is paid by the first call of every program, so trio, cryptography and the like
wait until they are needed.
"""

from __future__ import annotations

import contextlib
import os
import sys

import peerapi.environment as environment
import peerapi.private as private
import peerapi.process as process
import peerapi.signals as signals
from peerapi.abi import exports, library
from peerapi.errors import InvalidArgument
from peerapi.folders import fixed
from peerapi.log import VARIABLE, destination, set_up


def start(own_interpreter: bool) -> None:
    """Attaches the functions of ``peerapi.api.MODULES``.

    ``own_interpreter``: the process is not Python, we started it.
    """
    import peerapi.api

    process.refuse()
    if own_interpreter:
        signals.none_expected()
        sys.stderr = Log()
    with contextlib.suppress(OSError):  # a file that means nothing
        set_up()
    library.native().bind(InvalidArgument)
    if not own_interpreter:  # start.c sees to the others
        process.tell(library.native())
    for name in peerapi.api.AT_ONCE:
        __import__(f"peerapi.api.{name}")
    families = {start: [f"peerapi.api.{name}" for name in names] for start, names in peerapi.api.FAMILIES.items()}
    exports.attach_later(families)
    exports.attach_hooks()
    exports.attach_given(f"peerapi.api.{name}" for name in peerapi.api.GIVEN)


class Log:
    """What Python itself has to say (warnings, exceptions in threads) when stderr belongs to a C program.

    It goes to where PEERAPI_LOG says, as it is; without it it goes nowhere.
    """

    encoding = "utf-8"
    errors = "backslashreplace"

    def write(self, text: str) -> int:
        wanted = environment.variable(VARIABLE)
        if wanted:
            _, path = destination(wanted)
            with contextlib.suppress(OSError):
                if path:
                    with open(fixed(path), "ab", opener=private.opener) as file:
                        file.write(text.encode(self.encoding, self.errors))
                else:
                    os.write(2, text.encode(self.encoding, self.errors))
        return len(text)

    def flush(self) -> None:
        """Nothing of what is written is kept back."""

    def isatty(self) -> bool:
        return False
