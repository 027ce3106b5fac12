"""AUTHORITY_BUFFER (MS-PNRP and MC-DRT 2.2.2.6.1) as a value, and its way in pieces of 1188 bytes."""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

from peerapi.address import Address
from peerapi.ring.message_values import Authority
from peerapi.ring.route_entry import RouteEntry
from peerapi.ring.wire import MalformedMessage

FRAGMENT_SIZE = 1188
"Bytes of AUTHORITY_BUFFER in one AUTHORITY (MS-PNRP 3.2.5.10)."
LARGEST_BUFFER = 0x91E4
"Size of an AUTHORITY_BUFFER (2.2.2.6)."


class Answer(NamedTuple):
    """What one node says about an ID."""

    not_found: bool = False
    "N: the requested Validate ID is not registered at the sender."
    leaf_set: bool = False
    "L: the sender does not know the target, which would be in its leaf set."
    busy: bool = False
    "B: the sender cannot handle a LOOKUP now."
    chain: bytes | None = None
    "A certificate chain, not yet validated."
    classifier: str | None = None
    payload: bytes | None = None
    "The extended payload, not yet validated."
    route: RouteEntry | None = None
    cpa: bytes | None = None
    "The encoded CPA, not yet validated."


def pieces(buffer: bytes, message_id: int, acked: int) -> list[Authority]:
    """The AUTHORITY messages of a buffer, all with the same header (MS-PNRP 3.2.5.10)."""
    size = len(buffer)
    return [
        Authority(message_id, acked, size, offset, buffer[offset : offset + FRAGMENT_SIZE])
        for offset in range(0, size, FRAGMENT_SIZE)
    ]


def check_piece(size: int, offset: int, length: int, error: type[Exception]) -> None:
    """2.2.2.6 and MS-PNRP 3.2.5.10: whole pieces but for the last, which ends where the buffer ends."""
    if not 0 < size <= LARGEST_BUFFER or not 0 <= offset < size or offset % FRAGMENT_SIZE:
        raise error(f"AUTHORITY of size {size} at offset {offset}")
    if length != min(FRAGMENT_SIZE, size - offset):
        raise error(f"AUTHORITY fragment of {length} bytes at {offset} of {size}")


MOST_ANSWERS = 2
"Buffers that answer one message, kept at a time."


class Reassembly:
    """The Reassembly List (3.1.1): buffers of which some fragments have come.

    Only fragments that answer a pending message get here, and ``most`` buffers at a time are kept. The oldest gives
    way; before that the older of two that answer one message (our first try, and our second), so no node makes us
    forget what others have begun to say.
    """

    def __init__(self, most: int = 32) -> None:
        self._most = most
        self._parts: OrderedDict[tuple[bytes, int, int], tuple[int, int, dict[int, bytes]]] = OrderedDict()
        "By source and Message ID: Size, Acked Message ID and the fragments by offset."

    def __len__(self) -> int:
        return len(self._parts)

    def add(self, message: Authority, source: Address) -> bytes | None:
        """The whole buffer once its last fragment is there. MalformedMessage: fragments do not fit together, and are
        given up."""
        if message.size <= FRAGMENT_SIZE:
            return message.fragment
        key = (source.ip, source.port, message.message_id)
        standing = self._parts.get(key)
        if standing is None:
            same = [k for k, (_, acked, _) in self._parts.items() if acked == message.acked and k[:2] == key[:2]]
            if len(same) >= MOST_ANSWERS:
                del self._parts[same[0]]
            while len(self._parts) >= self._most:
                self._parts.popitem(last=False)
            standing = self._parts[key] = (message.size, message.acked, {})
        size, acked, parts = standing
        if size != message.size or acked != message.acked:
            del self._parts[key]
            raise MalformedMessage(f"AUTHORITY fragments of sizes {size} and {message.size}")
        parts[message.offset] = message.fragment
        if len(parts) < -(-size // FRAGMENT_SIZE):
            return None
        del self._parts[key]
        return b"".join(parts[offset] for offset in sorted(parts))

    def forget(self, acked: int) -> None:
        """Give up what has come in answer to that message (3.1.6.3)."""
        for key in [key for key, (_, standing, _) in self._parts.items() if standing == acked]:
            del self._parts[key]
