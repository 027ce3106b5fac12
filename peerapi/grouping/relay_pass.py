"""Relay pass records: beyond MS-PPSEC, a member lets the others have seats at a relay that it may use (docs/reach.md).

``u8 version | the relay's word, ASCII``. What a word says is the affair of ``reach.word``. A group does not read it.
"""

from __future__ import annotations

from peerapi.graphing.codec.wire import MalformedMessage

RELAY_PASS = bytes.fromhex("a2f0c9d4517b4e8c9a36e2b8d07f4c11")
"Record type. Reserved in a group, like those of MS-PPSEC 2.2.3."
LARGEST = 1024
"Bytes."
_VERSION = 1


def encode(word: str) -> bytes:
    """Raises ValueError: too long, or not ASCII."""
    made = bytes([_VERSION]) + word.encode("ascii")
    if len(made) > LARGEST:
        raise ValueError(f"a relay pass of {len(made)} bytes")
    return made


def decode(data: bytes) -> str:
    """The word. Raises MalformedMessage."""
    if not 1 < len(data) <= LARGEST or data[0] != _VERSION or not data.isascii():
        raise MalformedMessage(f"no relay pass, {len(data)} bytes")
    return data[1:].decode("ascii")
