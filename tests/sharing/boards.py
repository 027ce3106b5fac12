"""The board in a browser as one of several programs of a person: what is said at its page are records of the group."""

from __future__ import annotations

import subprocess
import threading
import time
from pathlib import Path

from samples_c.processes import Program
from tests.whiteboard.boards import PEERAPI, URL
from tests.whiteboard.wire import Socket, websocket

PATIENCE = 120.0
SLOWEST = 0.01
"Seconds between two lines, at least: a page may not ask for more than some hundred things a second."


class Board:
    """``peerapi whiteboard open``, and at its page somebody who talks all the time. See ``programs.Sharing``.

    A line is acknowledged when the page is told that it is done; its words are then a line in the file ``acked``.
    """

    kind = "board"

    def __init__(self, home: Path, title: str, env: dict[str, str], acked: Path, pause: float) -> None:
        port = f"PEERAPI_PNRP_PORT={env['PEERAPI_PNRP_PORT']}"
        self._program = Program(["/usr/bin/env", port, *PEERAPI, "open", title], home)
        self._acked = acked
        self._pause = max(pause, SLOWEST)
        self._started, self._quiet, self._stopped = threading.Event(), threading.Event(), threading.Event()
        self._heard: set[str] = set()
        self._refused: list[str] = []
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def process(self) -> subprocess.Popen[str]:
        """See Sharing: ``env`` has become the board."""
        return self._program.process

    def started(self) -> None:
        """See Sharing."""
        self._wait_for(self._started)

    def stop_adding(self) -> None:
        """See Sharing."""
        self._quiet.set()

    def stopped(self) -> None:
        """See Sharing."""
        self._wait_for(self._stopped)

    def known(self, count: int) -> int:
        """See Sharing: the page is told of all lines."""
        end = time.monotonic() + PATIENCE
        while len(self._heard) < count and self._thread.is_alive() and time.monotonic() < end:
            self._thread.join(0.1)
        self._program.process.terminate()
        assert self._program.process.wait(PATIENCE) == 0
        self.close()
        return len(self._heard)

    def close(self) -> None:
        """See Sharing: while the board was there it has refused nothing, and complained of nothing."""
        self._thread.join(PATIENCE)
        assert (self._refused, self._program.complaints()) == ([], "")
        self._program.stop()

    def _wait_for(self, event: threading.Event) -> None:
        end = time.monotonic() + PATIENCE
        while not event.wait(0.1):
            assert self._thread.is_alive(), f"{self._failure!r} {self._program.complaints()}"
            assert time.monotonic() < end, self._program.complaints()

    def _run(self) -> None:
        """Thread: until the board is gone."""
        try:
            found = URL.fullmatch(self._program.wait_for(lambda line: URL.fullmatch(line) is not None, PATIENCE))
            assert found is not None
            with websocket(found[1]) as page, self._acked.open("a", encoding="utf-8") as acked:
                while self._hears(page) != "whole":
                    pass
                self._started.set()
                number = 0
                while not self._quiet.is_set():
                    number += 1
                    words = f"board-{self.process.pid}-{number}"
                    page.do("say", words=words, number=number)
                    while self._hears(page) != "done":
                        pass
                    acked.write(words + "\n")
                    acked.flush()
                    time.sleep(self._pause)  # which makes the load, and waits for nothing
                self._stopped.set()
                while True:
                    self._hears(page)
        except BaseException as failure:
            self._failure = failure

    def _hears(self, page: Socket) -> str:
        """What kind of news comes next."""
        news = page.next()
        if news["is"] == "line":
            self._heard.add(news["id"])
        if news["is"] == "refused":
            self._refused.append(news["why"])
        return str(news["is"])
