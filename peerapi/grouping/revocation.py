"""Revocation records: beyond MS-PPSEC, an administrator or the group itself takes a membership away.

::

    | 1 (1) | since, peer time (8) | authority of the member's peer names (20) | reason, UTF-8 |

Big-endian. A revocation is a record like any other, signed and flooded; which ones count is the business of
``members``. It lasts until it expires, or until whoever made it, or the group itself, deletes it.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from peerapi.graphing.codec.wire import MalformedMessage
from peerapi.identity.names import is_secure_authority

REVOCATION = bytes.fromhex("5d1f2c6b93f84a7eb0c46e9a0f7d31c5")
"Record type. Reserved in a group, like those of MS-PPSEC 2.2.3."
MAX_REASON = 1024
"Bytes."
_HEAD = struct.Struct(">BQ20s")
_VERSION = 1


@dataclass(frozen=True, slots=True)
class RevocationPayload:
    """Who is revoked, and from when on."""

    authority: str
    since: int
    reason: str = ""
    "The reason, for people."

    def encode(self) -> bytes:
        reason = self.reason.encode()
        if len(reason) > MAX_REASON or not is_secure_authority(self.authority):
            raise ValueError("a reason too long, or no authority")
        return _HEAD.pack(_VERSION, self.since, bytes.fromhex(self.authority)) + reason

    @classmethod
    def decode(cls, data: bytes) -> RevocationPayload:
        """Raises MalformedMessage."""
        if not _HEAD.size <= len(data) <= _HEAD.size + MAX_REASON:
            raise MalformedMessage(f"a revocation of {len(data)} bytes")
        version, since, authority = _HEAD.unpack_from(data)
        if version != _VERSION:
            raise MalformedMessage(f"a revocation of version {version}")
        try:
            return cls(authority.hex(), since, data[_HEAD.size :].decode())
        except UnicodeDecodeError as error:
            raise MalformedMessage("a reason that is not UTF-8") from error
