"""TLS 1.3 on memory buffers, as a layer: plain bytes on one side, those of the connection on the other.

Certificates are not verified by authorities here, except where a relay has a host name: who is there is decided by the
key that TLS has proved.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from peerapi.reach.refusal import Refusal, Refused
from peerapi.secret_file import SecretFile, pem

if TYPE_CHECKING:
    import ssl

_READ = 1 << 16
MAX_HANDSHAKE = 64 << 10
"Bytes until the handshake is over; one has some 2 KiB."


def server_context(certificate: bytes, key: bytes) -> ssl.SSLContext:
    """For who is called. ``certificate``: DER, ``key``: DER PrivateKeyInfo."""
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.num_tickets = 0
    with SecretFile(pem("CERTIFICATE", certificate) + pem("PRIVATE KEY", key)) as path:
        context.load_cert_chain(path)
    return context


@functools.cache
def client_context(*, by_name: bool) -> ssl.SSLContext:
    """For who calls. ``by_name``: the system's authorities say whose certificate it is; otherwise the caller looks."""
    import ssl

    if by_name:
        return ssl.create_default_context()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class TlsLayer:
    """One end of TLS over some connection. Not for two threads at once."""

    def __init__(self, context: ssl.SSLContext, *, server: bool, host: str | None = None) -> None:
        import ssl

        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_side=server, server_hostname=host)
        self._budget = MAX_HANDSHAKE
        self.ready = False

    def start(self) -> bytes:
        """What the side that called sends first."""
        self._handshake()
        return self._out.read()

    def handshake(self, data: bytes) -> bytes:
        """Bytes of the connection until ``ready``; what to send. Raises Refused."""
        import ssl

        self._budget -= len(data)
        if self._budget < 0:
            raise Refused(Refusal.TLS)
        self._in.write(data)
        try:
            self._handshake()
        except ssl.SSLError as error:
            raise Refused(Refusal.TLS, _sentence(error)) from error
        return self._out.read()

    def _handshake(self) -> None:
        import ssl

        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return
        self.ready = True

    @property
    def certificate(self) -> bytes:
        """The other side's, DER; empty when it has shown none."""
        return self._tls.getpeercert(binary_form=True) or b""

    def encrypt(self, plain: bytes) -> bytes:
        """Bytes for the connection. Raises OSError."""
        self._tls.write(plain)
        return self._out.read()

    def decrypt(self, data: bytes) -> bytes:
        """Plain bytes of what has come; there may be none yet. Raises Refused, also at the end of the connection."""
        import ssl

        self._in.write(data)
        parts: list[bytes] = []
        while True:
            try:
                part = self._tls.read(_READ)
            except ssl.SSLWantReadError:
                return b"".join(parts)
            except ssl.SSLError as error:
                raise Refused(Refusal.TLS, _sentence(error)) from error
            if not part:
                raise Refused(Refusal.TLS, "the other side has ended the connection")
            parts.append(part)

    def owed(self) -> bytes:
        """What TLS itself has to say."""
        return self._out.read()


def _sentence(error: ssl.SSLError) -> str:
    return f"{Refusal.TLS.value} ({error.reason or error.strerror or type(error).__name__})"
