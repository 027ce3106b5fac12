"""Keys and certificates for OpenSSL, which reads them from files only: files that no disk ever holds."""

from __future__ import annotations

import base64
import os
import tempfile


def pem(label: str, data: bytes) -> bytes:
    """DER as OpenSSL reads it from a file."""
    return f"-----BEGIN {label}-----\n{base64.encodebytes(data).decode()}-----END {label}-----\n".encode()


class SecretFile:
    """A path under which OpenSSL, which takes nothing else, finds some bytes: in memory where there is such a thing."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def __enter__(self) -> str:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._fd = os.memfd_create("tls", os.MFD_CLOEXEC) if hasattr(os, "memfd_create") else -1
        path = f"/proc/self/fd/{self._fd}"
        if self._fd < 0 or not os.path.exists(path):
            self._folder = tempfile.TemporaryDirectory()  # mode 0700
            path = os.path.join(self._folder.name, "tls")
            self._close()
            self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        os.write(self._fd, self._data)
        return path

    def __exit__(self, *_: object) -> None:
        self._close()
        if self._folder is not None:
            self._folder.cleanup()

    def _close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
