"""A TCP relay on ::1 that counts what passes, for figures about bytes on the wire."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator


class Relay:
    """Connections to ``port`` go on to another port; ``bytes`` passed so far, both ways."""

    def __init__(self, onward: int) -> None:
        self.onward = onward
        self.bytes = 0
        self._lock = threading.Lock()
        self._listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("::1", self.onward))
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(1 << 18):
                other.sendall(data)
                with self._lock:
                    self.bytes += len(data)
        for sock in (one, other):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._listener.close()


@contextlib.contextmanager
def relay(onward: int) -> Iterator[Relay]:
    made = Relay(onward)
    try:
        yield made
    finally:
        made.close()
