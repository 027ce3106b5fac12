"""The leg: a node's connection to a relay. TLS unless the relay's word says otherwise, then one HTTP request that
changes the protocol, then frames.

The request is there for what stands in front of a relay: nginx, Caddy and HAProxy pass it on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from peerapi.reach.layer import Layer as Layer
from peerapi.reach.refusal import Refusal, Refused
from peerapi.reach.seat import RelayEndpoint
from peerapi.reach.tls import TlsLayer, client_context
from peerapi.reach.upgrade import END, PATH, PROTOCOL

MOST_HEAD = 4 << 10
"Bytes of the answer to the request."


class RelayAccess:
    """How a relay is reached and known."""

    def __init__(self, endpoint: RelayEndpoint, *, host: str = "", pin: bytes = b"", tls: bool = True) -> None:
        """``host``: a name that its certificate has; ``pin``: SHA-256 of its public key; neither: any key is taken,
        since whoever is behind the relay proves himself. ``tls``: False where nobody is asked to decipher legs."""
        self.endpoint, self.host, self.pin, self.tls = endpoint, host, pin, tls


def request(access: RelayAccess) -> bytes:
    """What a node asks of a relay first."""
    host = access.host or access.endpoint.host
    lines = (
        f"GET {PATH} HTTP/1.1",
        f"Host: {host}:{access.endpoint.port}",
        "Connection: Upgrade",
        f"Upgrade: {PROTOCOL}",
    )
    return "\r\n".join(lines).encode() + END


def key_hash(certificate: bytes) -> bytes:
    """SHA-256 of the public key in a certificate (DER). Raises ValueError."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = x509.load_der_x509_certificate(certificate).public_key()
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()


class Leg:
    """The node's end. ``open`` when frames can be sent."""

    def __init__(self, access: RelayAccess) -> None:
        self._access = access
        self._tls: TlsLayer | None = None
        if access.tls:
            by_name = bool(access.host) and not access.pin
            self._tls = TlsLayer(client_context(by_name=by_name), server=False, host=access.host or None)
        self._head = b""
        self.open = False

    @property
    def layers(self) -> Sequence[Layer]:
        """What the connection goes through from now on."""
        return () if self._tls is None else (self._tls,)

    def start(self) -> bytes:
        """The first bytes for the connection."""
        return request(self._access) if self._tls is None else self._tls.start()

    def encrypt(self, plain: bytes) -> bytes:
        """Bytes for the connection."""
        return plain if self._tls is None else self._tls.encrypt(plain)

    def receive(self, data: bytes) -> tuple[bytes, bytes]:
        """Bytes of the connection: (what to send, plain bytes of an open leg). Raises Refused."""
        tls = self._tls
        answer = b""
        if tls is not None:
            if not tls.ready:
                answer, data = tls.handshake(data), b""
                if not tls.ready:
                    return answer, b""
                self._check(tls)
                answer += tls.encrypt(request(self._access))
            data = tls.decrypt(data)
            answer += tls.owed()
        if self.open:
            return answer, data
        self._head += data
        if END not in self._head:
            if len(self._head) > MOST_HEAD:
                raise Refused(Refusal.LEG)
            return answer, b""
        head, _, rest = self._head.partition(END)
        self._head = b""
        _accepted(head)
        self.open = True
        return answer, rest

    def _check(self, tls: TlsLayer) -> None:
        if self._access.pin:
            try:
                found = key_hash(tls.certificate)
            except ValueError as error:
                raise Refused(Refusal.LEG) from error
            if found != self._access.pin:
                raise Refused(Refusal.PIN)


def _accepted(head: bytes) -> None:
    """Raises Refused with what a person can do something about."""
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ", 2)
    upgraded = any(line.lower().replace(" ", "") == f"upgrade:{PROTOCOL}" for line in lines)
    if not first.startswith("HTTP/") or len(words) < 2:
        raise Refused(Refusal.LEG)
    if words[1] == "101" and upgraded:
        return
    said = "".join(c if c.isprintable() else "?" for c in first)[:100]
    portal = words[1] in ("200", "301", "302", "303", "307", "308", "511")
    why = "perhaps this network wants you to log in first" if portal else "is it a relay, and its front set up?"
    raise Refused(Refusal.LEG, f"instead of the relay somebody answers {said!r}: {why}")
