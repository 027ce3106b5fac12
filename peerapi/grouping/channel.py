"""TLS on memory buffers, and the frames in which its bytes travel over a graph's connection.

Each side proves its identity by a self-signed certificate that no authority has signed. The ``ssl`` module can ask a
client for a certificate only together with anchors that have to verify it, so the one certificate that the client shows
becomes, for its own connection, the only anchor. It is known beforehand: in the modern profile the client sends it
ahead in the clear (``Preamble``; it holds no more than the peer name in AUTH_INFO and the key behind it), since TLS 1.3
hides it; in the published profile it is read out of the handshake, where TLS 1.2 shows it. What becomes of a
certificate is decided elsewhere, by what TLS has proved: that the other side holds its key. Anchors decide nothing.

After the handshake the plain bytes are those of a graph without security, frames included. In the modern profile all
that is ready is encrypted together; in the published one each frame by itself and without its inner length.
"""

from __future__ import annotations

import struct
import warnings
from importlib import import_module
from typing import TYPE_CHECKING

from peerapi.graphing.codec.framing import LARGEST_FRAME_SIZE
from peerapi.identity import der
from peerapi.identity.certificates import MAX_CERTIFICATE, Certificate, issue_identity
from peerapi.identity.extensions import CLIENT_AUTHENTICATION
from peerapi.identity.keys import KeyPair, Profile
from peerapi.identity.names import PeerName
from peerapi.secret_file import SecretFile, pem

if TYPE_CHECKING:
    import ssl

_MAGIC = b"peerapi group connect 1\0"
_FRAME = struct.Struct(">H")
_RECORD = struct.Struct(">BHH")  # content type, version, length
_HANDSHAKE = 22
_CERTIFICATE = 11
_IGNORE_CRITICAL = 0x10
"X509_V_FLAG_IGNORE_CRITICAL: the extensions of MS-PPSEC are critical, and unknown to TLS."
_NO_CHECK_TIME = 0x200000
"X509_V_FLAG_NO_CHECK_TIME: time is checked where it is a parameter."
_PUBLISHED_CIPHERS = "ALL:!aNULL:!eNULL:!PSK:!SRP:@SECLEVEL=0"
"1024 bits and SHA-1 are below every other level."
_READ = 1 << 16
MAX_FRAMES = 8192
"""Until both sides are through. Usually a TLS record is one frame, and a handshake has some twenty; but frames may end
anywhere."""


class ChannelFailed(Exception):
    """The other side does not speak TLS as it should, shows no certificate, or has ended the connection."""


class Credential:
    """An identity with its key, ready to be shown in TLS handshakes."""

    def __init__(self, key: KeyPair, identity: Certificate, now: int, magic: bytes = _MAGIC) -> None:
        """``identity``: the certificate (IDC) of ``key``, proved. ``magic``: what a connection of the modern profile
        begins with, by which those of groups are told from others."""
        import_module("ssl")  # the first connection does not wait for it
        name = identity.extensions.subject_name
        assert name is not None and identity.public_key == key.public
        self.key = key
        self.magic = magic
        self.identity = identity
        self.name: PeerName = name
        self.certificate = identity
        "What is shown; friendly names are nobody's business in the modern profile, which shows it in the clear."
        if key.profile is Profile.MODERN:
            self.certificate = issue_identity(key, name, str(name), now)
        self._client: ssl.SSLContext | None = None

    @property
    def profile(self) -> Profile:
        return self.key.profile

    def channel(self, *, outgoing: bool) -> Channel:
        """One end of a new connection."""
        if not outgoing:
            return Channel(_context(self, server=True), self, outgoing=False)
        if self._client is None:
            self._client = _context(self, server=False)
        return Channel(self._client, self, outgoing=True)


def _context(credential: Credential, *, server: bool) -> ssl.SSLContext:
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if server else ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED if server else ssl.CERT_NONE  # a client is always shown one
    context.verify_flags = ssl.VerifyFlags(_IGNORE_CRITICAL | _NO_CHECK_TIME)
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION | ssl.OP_NO_TICKET
    if credential.profile is Profile.MODERN:
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_3
        if server:
            context.num_tickets = 0
    else:
        context.set_ciphers(_PUBLISHED_CIPHERS)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    with SecretFile(
        pem("CERTIFICATE", credential.certificate.encoded) + pem("PRIVATE KEY", credential.key.pkcs8())
    ) as path:
        context.load_cert_chain(path)
    return context


def _trust(context: ssl.SSLContext, certificate: bytes) -> None:
    """Let a certificate of a client verify itself.

    Identity certificates of the published profile are not meant for clients (MS-PPSEC 2.2.5.1); OpenSSL's own trusted
    form overrides that.
    """
    import ssl

    auxiliary = der.sequence(der.sequence(der.oid(CLIENT_AUTHENTICATION)))
    try:
        with SecretFile(pem("TRUSTED CERTIFICATE", certificate + auxiliary)) as path:
            context.load_verify_locations(cafile=path)
    except ssl.SSLError as error:
        raise ChannelFailed("not a certificate") from error


class Frames:
    """Cuts a stream into the payloads of frames (MS-PPGRH 2.2.1.1)."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The payloads that ``data`` completes. Raises ChannelFailed."""
        self._held += data
        held = bytes(self._held)
        payloads = []
        position = 0
        while position + 2 <= len(held):
            (size,) = _FRAME.unpack_from(held, position)
            if not 1 <= size <= LARGEST_FRAME_SIZE:
                raise ChannelFailed(f"a frame of {size} bytes")
            end = position + 2 + size
            if end > len(held):
                break
            payloads.append(held[position + 2 : end])
            position = end
        del self._held[:position]
        return payloads


class Channel:
    """One end of a TLS connection: bytes of the transport on one side, plain bytes on the other.

    ``ready`` once the handshake is over; ``remote`` is then the certificate (DER) whose key the other side holds.
    """

    def __init__(self, context: ssl.SSLContext, credential: Credential, *, outgoing: bool) -> None:
        import ssl

        self._context = context
        self._credential = credential
        self._outgoing = outgoing
        self._modern = credential.profile is Profile.MODERN
        self._frames = Frames()
        self._in = ssl.MemoryBIO()
        self._out = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_side=not outgoing)
        self._anchored = outgoing
        self._shown = _Shown()
        "The handshake of the client so far, until its certificate is found."
        self._frames_left: int | None = MAX_FRAMES
        self._record_left = 0
        "Bytes that the TLS record at hand still lacks, when a frame ended within it."
        self.ready = False
        self.remote = b""

    def start(self) -> bytes:
        """What the side that called sends first."""
        ahead = b""
        if self._modern:
            ahead = _framed(self._credential.magic + self._credential.certificate.encoded)
        self._handshake()
        return ahead + self._outgoing_frames()

    def receive(self, data: bytes) -> tuple[bytes, list[bytes]]:
        """Bytes of the transport: (bytes to send, plain packets). Raises ChannelFailed.

        One packet for each frame that held something; during the handshake none.
        """
        packets = []
        try:
            payloads = self._frames.feed(data)
            if self._frames_left is not None:
                self._frames_left -= len(payloads)
                if self._frames_left < 0:
                    raise ChannelFailed("a handshake in too many pieces")
            if self._frames_left is None and self._modern:  # frames mean nothing there: all at once
                payloads = [b"".join(payloads)] if payloads else []
            for payload in payloads:
                if not self._anchored and not self._anchor(payload):
                    continue
                self._in.write(payload if self._modern or not self.ready else self._one_record(payload))
                if not self.ready:
                    self._handshake()
                if self.ready:
                    packet = self._read()
                    if packet:
                        packets.append(packet)
        except ChannelFailed:
            raise
        except OSError as error:  # ssl.SSLError is one
            raise ChannelFailed(str(error)) from error
        return self._outgoing_frames(), packets

    def proved(self) -> None:
        """Both sides know who is there: from now on as many frames may come as the other side likes."""
        self._frames_left = None

    def seal(self, packet: bytes) -> bytes:
        """Plain bytes as frames for the transport."""
        self._tls.write(packet)
        return self._outgoing_frames()

    def seal_frames(self, frames: bytes) -> bytes:
        """Whole frames of the graph, as they would travel without security, as frames for the transport."""
        if self._modern:
            return self.seal(frames)
        view = memoryview(frames)
        position = 0
        while position < len(frames):
            (size,) = _FRAME.unpack_from(frames, position)
            self._tls.write(view[position + 2 : position + 2 + size])
            position += 2 + size
        return self._outgoing_frames()

    def open_frames(self, packets: list[bytes]) -> bytes:
        """What ``seal_frames`` was given, from the packets that came."""
        return b"".join(packets) if self._modern else b"".join(map(_framed, packets))

    # Within -----------------------------------------------------------------------------------------------------------

    def _handshake(self) -> None:
        import ssl

        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return
        remote = self._tls.getpeercert(binary_form=True)
        if not remote:
            raise ChannelFailed("no certificate")
        self.remote = remote
        self.ready = True

    def _one_record(self, payload: bytes) -> bytes:
        """What of a frame belongs to its TLS record: bytes behind it are to be ignored (MS-PPSEC 3.2.7.3)."""
        if not self._record_left:
            if len(payload) < _RECORD.size:
                raise ChannelFailed("a frame without a TLS record")
            _, _, length = _RECORD.unpack_from(payload)
            self._record_left = _RECORD.size + length
        taken = payload[: self._record_left]
        self._record_left -= len(taken)
        return taken

    def _read(self) -> bytes:
        import ssl

        parts: list[bytes] = []
        while True:
            try:
                part = self._tls.read(_READ)
            except ssl.SSLWantReadError:
                return b"".join(parts)
            if not part:
                raise ChannelFailed("the other side has ended the connection")
            parts.append(part)

    def _outgoing_frames(self) -> bytes:
        """Each TLS record is one frame."""
        data = self._out.read()
        if not data:
            return b""
        parts: list[bytes] = []
        position = 0
        while position < len(data):
            _, _, length = _RECORD.unpack_from(data, position)
            size = _RECORD.size + length
            parts.append(_FRAME.pack(size))
            parts.append(data[position : position + size])
            position += size
        return b"".join(parts)

    def _anchor(self, payload: bytes) -> bool:
        """Find out which certificate the client is going to show; whether the payload is one for TLS."""
        if self._modern:
            certificate = payload.removeprefix(self._credential.magic)
            if certificate == payload or len(certificate) > MAX_CERTIFICATE:
                raise ChannelFailed("not the beginning of a connection of this profile")
            _trust(self._context, certificate)
            self._anchored = True
            return False
        found = self._shown.feed(payload)
        if found is not None:
            if found:
                _trust(self._context, found)
            self._anchored = True
        elif self._shown.size > 2 * MAX_CERTIFICATE:
            raise ChannelFailed("a handshake that is too long")
        return True


def _framed(payload: bytes) -> bytes:
    return _FRAME.pack(len(payload)) + payload


class _Shown:
    """Finds the first certificate in the readable part of a TLS 1.2 handshake.

    Nothing depends on this being right but whether the handshake of an honest client succeeds.
    """

    def __init__(self) -> None:
        self.size = 0
        "Bytes that have come."
        self._records = bytearray()
        self._handshake = bytearray()

    def feed(self, data: bytes) -> bytes | None:
        """The certificate; empty if there is none, None: not yet. What has been passed is not looked at again."""
        self.size += len(data)
        records, handshake = self._records, self._handshake
        records += data
        readable_ends = False
        while len(records) >= _RECORD.size:
            kind, _, length = _RECORD.unpack_from(records)
            if kind != _HANDSHAKE:  # what follows is encrypted; a certificate came before it, or never comes
                readable_ends = True
                break
            if len(records) < _RECORD.size + length:
                break
            handshake += records[_RECORD.size : _RECORD.size + length]
            del records[: _RECORD.size + length]
        while len(handshake) >= 4:
            size = int.from_bytes(handshake[1:4], "big")
            if len(handshake) < 4 + size:
                break
            if handshake[0] == _CERTIFICATE:
                first = int.from_bytes(handshake[7:10], "big")
                return bytes(handshake[10 : 10 + first]) if size > 6 and first <= size - 6 else b""
            del handshake[: 4 + size]
        return b"" if readable_ends else None
