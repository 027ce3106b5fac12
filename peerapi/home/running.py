"""The one home page of a user that runs: others of this user's programs find it, and hand an invitation over to it.

Who runs holds a lock for life, and writes the page's address into a file that only its user can read.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, Message, RejectConnection, Request, TextMessage

from peerapi import private
from peerapi.pages.listener import InvalidOption

PATIENCE = 30.0
"Seconds for the other program to begin, and to answer."
READ = 64 << 10


class Elsewhere(Exception):
    """Another process of this user has the home page; its argument is the page's address."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url


@contextmanager
def alone(folder: Path) -> Iterator[Path]:
    """Be the one, as long as the block lasts; the file for the page's address. Raises Elsewhere, InvalidOption (the
    other one does not say where it is), OSError."""
    private.make_folder(folder, folder.parent)
    address = folder / "running.json"
    with (folder / "lock").open("a") as lock:
        deadline = time.monotonic() + PATIENCE
        while not _locked(lock.fileno()):
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                raise Elsewhere(str(json.loads(address.read_text(encoding="utf-8"))["url"]))
            if time.monotonic() > deadline:
                raise InvalidOption("another home page of this user is starting, and does not come to an end with it")
            time.sleep(0.05)
        address.unlink(missing_ok=True)  # of one that was killed
        try:
            yield address
        finally:
            address.unlink(missing_ok=True)


def tell_where(address: Path, url: str) -> None:
    """Have others of this user's programs find the page. Raises OSError."""
    private.replace(address, json.dumps({"url": url}))


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def hand_over(url: str, word: str) -> None:
    """Have the home page at an address open the board of an invitation; it tells its user what comes of that. Raises
    OSError when it cannot be reached, InvalidOption when it refuses."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=PATIENCE) as connection:
        protocol = WSConnection(ConnectionType.CLIENT)
        origin = [(b"Origin", f"http://{parts.netloc}".encode())]
        connection.sendall(protocol.send(Request(host=parts.netloc, target=f"{parts.path}live", extra_headers=origin)))
        said = ""
        while data := connection.recv(READ):
            protocol.receive_data(data)
            for event in protocol.events():
                if isinstance(event, AcceptConnection):
                    asked: Message[str] = TextMessage(json.dumps({"do": "join", "word": word, "number": 1}))
                    connection.sendall(protocol.send(asked))
                elif isinstance(event, RejectConnection):
                    raise ConnectionRefusedError(f"the home page answers {event.status_code}")
                elif isinstance(event, TextMessage):
                    said += event.data
                    if event.message_finished:
                        for news in json.loads(said):
                            if news["is"] == "done":
                                return
                            if news["is"] == "refused":
                                raise InvalidOption(news["why"])
                        said = ""
    raise ConnectionResetError("the home page has ended the connection")
