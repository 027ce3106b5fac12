"""Message framing (MS-PPGRH 2.2.1.1): how messages are cut to travel over TCP, and put together again.

::

    | Frame Size (2) | payload | Frame Size (2) | payload | ...

Frame Size counts the payload only (reading A1). A message is one or more frames, and a frame never holds parts of two
messages (reading A5). A message says its own size in its first four bytes, which is how its last frame is known.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping

from peerapi.graphing.codec import _messages
from peerapi.graphing.codec.wire import MalformedMessage, MessageTooLong

DEFAULT_FRAME_SIZE = 16379
"Default of 2.2, in payload bytes."

LARGEST_FRAME_SIZE = 32768
"Max Frame Size may not be set above this (3.1.1)."

DEFAULT_MAX_MESSAGE = 62_914_560 + (1 << 20)
"The largest record (60 MB of payload and attributes, 2.2.3.1) plus room for everything around it."

VERSION = 0x10
"Version of every message (2.2.1.2)."

HEADER_SIZE = 8
"PEER_MESSAGE (2.2.1.2)."

_FRAME_SIZE = struct.Struct(">H")
_HEADER = struct.Struct(">IBB")  # Message Size, Version, Message Type
_WHOLE_HEADER = _FRAME_SIZE.size + HEADER_SIZE


def frame(message: bytes, size: int = DEFAULT_FRAME_SIZE) -> bytes:
    """``message`` as one or more frames of at most ``size`` payload bytes each."""
    if not 1 <= size <= LARGEST_FRAME_SIZE:
        raise ValueError(f"frame size {size} is outside 1..{LARGEST_FRAME_SIZE}")
    return _messages.frames((message,), size)


class Deframer:
    """Turns the bytes of one direction of a connection into messages.

    ``max_frame`` and ``max_message`` are payload sizes in bytes. Both may be assigned at any time and hold from the
    next header on: a node allows little before a connection is authenticated and more afterwards. ``sizes`` has what is
    allowed to messages of some types less than others, where they come in several frames. Memory is bounded by one
    message of ``max_message`` and one frame, and grows only with bytes that really came.

    With ``singly`` set, ``feed`` gives one message and keeps what is behind it: what a message means may decide how
    what follows has to be read.

    Once ``feed`` has raised, the stream has lost its rhythm: every later call raises again.
    """

    __slots__ = (
        "_broken",
        "_held",
        "_message",
        "_missing",
        "_needed",
        "buffered",
        "max_frame",
        "max_message",
        "singly",
        "sizes",
    )

    def __init__(
        self,
        max_frame: int = DEFAULT_FRAME_SIZE,
        max_message: int = DEFAULT_MAX_MESSAGE,
        *,
        sizes: Mapping[int, int] = {},
        singly: bool = False,
    ) -> None:
        self.max_frame = max_frame
        self.max_message = max_message
        self.sizes = sizes
        self.singly = singly
        self._held = bytearray()  # the beginning of a frame whose rest has not come
        self._needed = 0  # no use looking at _held again before it is that long
        self._message: io.BytesIO | None = None  # the earlier frames of a message cut into several
        self._missing = 0  # payload bytes that complete _message; 0 while its header is incomplete
        self._broken: str | None = None
        self.buffered = 0
        "Bytes held back because their frame or message is incomplete."

    @property
    def is_idle(self) -> bool:
        """Nothing is half received: the stream may end here without loss."""
        return not self._held and self._message is None

    @property
    def broken(self) -> bool:
        """``feed`` has raised: nothing that comes can be understood any longer."""
        return self._broken is not None

    def rest(self) -> bytes:
        """What has come behind the latest message, which is not kept any longer."""
        rest = bytes(self._held)
        self._held.clear()
        self._needed = 0
        self._count()
        return rest

    def _count(self) -> None:
        self.buffered = len(self._held) + (0 if self._message is None else self._message.tell())

    def feed(self, data: bytes) -> list[bytes]:
        """The messages that ``data`` completes, each whole, with its header.

        MalformedMessage: a frame of size 0 or above ``max_frame``; a message smaller than its header, above
        ``max_message`` or of another version; a frame that runs past the end of its message. Told as soon as the
        bytes show it. Messages complete before that point are in the exception's ``before``.
        """
        if self._broken is not None:
            raise MalformedMessage(self._broken)
        if self._held:
            self._held += data
            if len(self._held) < self._needed:
                self._count()
                return []
            data = bytes(self._held)
            self._held.clear()
        messages: list[bytes] = []
        try:
            position = self._parse(data, messages)
        except MalformedMessage as error:
            self._broken = str(error)
            self._count()
            error.before = tuple(messages)
            raise
        if position < len(data):
            self._held += memoryview(data)[position:]
        if self._held or self._message is not None or self.buffered:
            self._count()
        return messages

    def _parse(self, data: bytes, messages: list[bytes]) -> int:
        """Consume whole frames; return where the first incomplete one begins, and set ``_needed`` for it."""
        position = 0
        length = len(data)
        max_frame = self.max_frame
        while True:
            if messages and self.singly:
                self._needed = 0
                return position
            if (
                self._message is None and not self.singly
            ):  # the hot path: messages that are one frame each, and here completely
                position = _messages.split(data, position, messages, max_frame, self.max_message)
            if position + 2 > length:
                self._needed = 2
                return position
            (size,) = _FRAME_SIZE.unpack_from(data, position)
            if not 1 <= size <= max_frame:
                raise MalformedMessage(f"Frame Size {size} is outside 1..{max_frame}")
            start = position + 2
            end = start + size
            if end > length:
                self._needed = 2 + size
                if self._message is None and size >= HEADER_SIZE:
                    if length - start >= HEADER_SIZE:  # do not wait for bytes that cannot be good
                        self._check_fit(size, self._message_size(data, start))
                    else:
                        self._needed = _WHOLE_HEADER
                return position
            message = self._add_frame(data, start, size)
            if message is not None:
                messages.append(message)
            position = end

    def _add_frame(self, data: bytes, start: int, size: int) -> bytes | None:
        """One more frame of a message in several; the message when this was its last."""
        if self._message is None:
            self._message = io.BytesIO()  # grows by doubling and hands its buffer out without a copy
            self._missing = 0
        whole = self._message
        if self._missing:
            self._check_fit(size, self._missing)
            whole.write(memoryview(data)[start : start + size])
            self._missing -= size
            if self._missing:
                return None
        else:
            whole.write(memoryview(data)[start : start + size])
            have = whole.tell()
            if have < HEADER_SIZE:
                return None
            message_size = self._message_size(whole.getvalue(), 0) if have != size else self._message_size(data, start)
            self._check_fit(have, message_size)
            self._missing = message_size - have
            if self._missing:
                return None
        self._message = None
        return whole.getvalue()

    def _message_size(self, data: bytes, start: int) -> int:
        size, version, kind = _HEADER.unpack_from(data, start)
        if version != VERSION:
            raise MalformedMessage(f"version {version:#04x}")
        most = min(self.max_message, self.sizes.get(kind, self.max_message))
        if size < HEADER_SIZE:
            raise MalformedMessage(f"Message Size {size}")
        if size > most:
            raise MessageTooLong(f"Message Size {size} of type {kind:#04x}, where {most} are allowed")
        return int(size)

    @staticmethod
    def _check_fit(size: int, room: int) -> None:
        if size > room:
            raise MalformedMessage(f"a frame of {size} bytes where its message has {room} left")
