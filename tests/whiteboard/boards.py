"""Boards as people start them: ``peerapi whiteboard`` in a process of its own, and what it prints."""

from __future__ import annotations

import re
import signal
import sys
from pathlib import Path

from samples_c.processes import Program

PEERAPI = [sys.executable, "-m", "peerapi", "whiteboard"]
URL = re.compile(r"  page +(http://\S+)")
INVITATION = re.compile(r"  invitation +(\S+)")


class BoardProcess(Program):
    """One running ``peerapi whiteboard``; its page is at ``url``."""

    def __init__(self, home: Path, *arguments: str | Path, inviting: bool = True, said: str | None = None) -> None:
        super().__init__([*PEERAPI, "--here", *map(str, arguments)], home)
        if said is not None:
            assert self.process.stdin
            self.process.stdin.write(said)
            self.process.stdin.close()
        self.url = self._printed(URL)
        self.invitation = self._printed(INVITATION) if inviting else ""

    def _printed(self, pattern: re.Pattern[str]) -> str:
        found = pattern.fullmatch(self.wait_for(lambda line: pattern.fullmatch(line) is not None))
        assert found
        return found[1]

    def end(self) -> None:
        """Ctrl-C. It ends with 0, and has complained of nothing."""
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(60)
        self.reader.join(60)
        assert (code, self.complaints()) == (0, "")
        self.stop()


def new_board(home: Path, name: str, title: str = "Birthday card") -> BoardProcess:
    return BoardProcess(home, "--new", title, "--name", name)


def joined(home: Path, name: str, invitation: str) -> BoardProcess:
    return BoardProcess(home, "--join", "-", "--name", name, said=invitation)
