"""What the bytes of a connection go through that leads over a relay, below all security of the graph itself."""

from __future__ import annotations

from typing import Protocol


class Layer(Protocol):
    """One end of a layer. Not for two threads at once."""

    def encrypt(self, plain: bytes) -> bytes:
        """Bytes for the connection. Raises OSError."""

    def decrypt(self, data: bytes) -> bytes:
        """Plain bytes of what has come; there may be none yet. Raises whatever says that the connection is over."""
