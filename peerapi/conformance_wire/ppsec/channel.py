"""A connection to a node of a group: AUTH_INFO in the clear, TLS in frames, Group Connect, the graph (2.1, 2.2.2)."""

from __future__ import annotations

import base64
import hashlib
import socket
import ssl
import struct
import tempfile
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs7

from peerapi.conformance_wire.bench import Bench, Deviation, NotHere, expect
from peerapi.conformance_wire.ppgrh import messages

HELLO, MY_GMC, YOUR_GMC, PASSWORD = 0x0000, 0x0001, 0x0002, 0x0005
VERSION_1_0 = b"\x01\x00"


def hello(version: bytes = VERSION_1_0) -> bytes:
    return struct.pack(">H", HELLO) + version


def my_gmc(chain: bytes, size: int | None = None) -> bytes:
    """2.2.2.2; the length is little-endian."""
    return struct.pack(">H", MY_GMC) + struct.pack("<I", len(chain) if size is None else size) + chain


def password(data: bytes = b"") -> bytes:
    """2.2.2.4; the length is big-endian."""
    return struct.pack(">HI", PASSWORD, len(data)) + data


def hash_string(text: str) -> bytes:
    """The Password Hash String (2.2.1.2) as UTF-16 with its zero."""
    digest = hashlib.sha1((text + "\0MS P2P Grouping\0").encode("utf-16-le"), usedforsecurity=False).digest()
    letters = "".join(chr(ord("a") + nibble) for byte in digest for nibble in (byte >> 4, byte & 15))
    return (letters + "\0").encode("utf-16-le")


def password_data(text: str, peer: str) -> bytes:
    raw = hash_string(text) + (peer + "\0").encode("utf-16-le")
    return hashlib.sha1(raw, usedforsecurity=False).digest()


@dataclass(frozen=True)
class Person:
    """An identity, as its own application has exported it: what this side is in the group."""

    name: str
    key: bytes
    "PKCS #8, DER."
    certificate: bytes
    "The IDC, DER."
    chain: bytes
    "The GMC chain, PKCS #7; empty for who is not invited."


def person(bench: Bench, *, member: bool) -> Person:
    """Somebody whom the driver has made for this side."""
    if not bench.target.group:
        raise NotHere("no group was named")
    made = bench.driver.do("person", member=member)
    raw = {name: base64.b64decode(made[name]) for name in ("key", "certificate", "chain")}
    return Person(made["name"], raw["key"], raw["certificate"], raw["chain"])


def certificates(chain: bytes) -> list[x509.Certificate]:
    """Those of a PKCS #7 message, the root first. Raises Deviation: it is none, or not one line."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = pkcs7.load_der_pkcs7_certificates(chain)
    except ValueError as problem:
        raise Deviation(f"no PKCS #7 of certificates: {problem}") from problem
    expect(found, "no certificate")
    return list(found)


def _pem(label: str, data: bytes) -> str:
    return f"-----BEGIN {label}-----\n{base64.encodebytes(data).decode()}-----END {label}-----\n"


class GroupLink:
    """One end; with ``accepted`` the one that was called. Frames carry TLS records; ``cut`` says how: 0 for a whole
    flight, else so many bytes."""

    def __init__(self, bench: Bench, who: Person, *, cut: int = 0, accepted: socket.socket | None = None) -> None:
        self.bench, self.who, self.cut = bench, who, cut
        target = bench.target
        self.socket = accepted or socket.create_connection((target.host, target.group_port), timeout=bench.patience)
        self.held = b""
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if accepted else ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_ciphers("ALL:!aNULL:!eNULL:@SECLEVEL=0")
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "identity.pem"
            path.touch(0o600)
            path.write_text(_pem("CERTIFICATE", who.certificate) + _pem("PRIVATE KEY", who.key))
            context.load_cert_chain(path)
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_side=accepted is not None)
        self.frames: list[int] = []
        self.auth_info = messages.auth_info(target.group, who.name)
        if accepted:
            self.auth_info = self.frame() or b""
        else:
            self.socket.sendall(messages.framed(self.auth_info))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def frame(self) -> bytes | None:
        """The payload of the next frame; None: the connection has ended. Raises Deviation: nothing comes."""
        end = time.monotonic() + self.bench.patience
        while len(self.held) < 2 or len(self.held) < 2 + int.from_bytes(self.held[:2], "big"):
            self.socket.settimeout(max(end - time.monotonic(), 0.001))
            try:
                some = self.socket.recv(65536)
            except TimeoutError:
                raise Deviation("nothing comes, and the connection is not ended") from None
            except OSError:
                return None
            if not some:
                return None
            self.held += some
        size = int.from_bytes(self.held[:2], "big")
        self.frames.append(size)
        found, self.held = self.held[2 : 2 + size], self.held[2 + size :]
        return found

    def flush(self, behind: bytes = b"") -> None:
        """What TLS has to send, in frames; ``behind``: bytes after the record that do not belong to it."""
        data = self.outgoing.read() + behind
        if data:
            try:
                self.socket.sendall(messages.framed(data, self.cut or len(data)))
            except OSError:
                return

    def shake(self) -> Self:
        """The TLS handshake. Raises Deviation: the node does not complete it."""
        while True:
            try:
                self.tls.do_handshake()
            except ssl.SSLWantReadError:
                self.flush()
            except ssl.SSLError as problem:
                raise Deviation(f"TLS: {problem}") from problem
            else:
                self.flush()
                return self
            payload = self.frame()
            if payload is None:
                raise Deviation("the connection ended during the handshake")
            self.incoming.write(payload)

    def say(self, *several: bytes, behind: bytes = b"") -> None:
        """Each as one packet: one TLS record in one frame."""
        for one in several:
            self.tls.write(one)
            self.flush(behind)

    def hear(self) -> bytes | None:
        """The plain bytes of the next frame; None: the connection has ended."""
        while True:
            payload = self.frame()
            if payload is None:
                return None
            self.incoming.write(payload)
            try:
                found = self.tls.read(1 << 16)
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLError:
                return None
            if found:
                return found

    def ends(self) -> None:
        """The node closes the connection, and has let nobody in. Raises Deviation."""
        found = self.hear()
        expect(found is None, f"{(found or b'')[:8].hex()} comes")

    def message(self, kind: int) -> bytes:
        """The next message of the graph of a kind."""
        raw = b""
        while True:
            part = self.hear()
            if part is None:
                raise Deviation(f"the connection ended before {messages.NAMES[kind]}")
            raw += part
            if len(raw) >= 8 and len(raw) >= int.from_bytes(raw[:4], "big"):
                if messages.kind_of(raw) == kind:
                    return raw
                raw = b""
