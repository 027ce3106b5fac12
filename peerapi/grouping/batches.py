"""Merkle trees over records that are signed together (RFC 9162, section 2.1, with SHA-256).

One signature stands for a batch: it covers the root of the tree whose leaves are the records, and how many there are.
Beside each record travel its place in the tree and the hashes that lead from it to the root (``Place``), so that each
proves itself alone, to whoever gets it, by whatever path.

For one leaf, of one tree, there is one such proof: nobody but the signer can make another form of a record's security
data, which might take the place of the first.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from peerapi.graphing.codec.wire import MalformedMessage

HASH_SIZE = 32
MAX_BATCH = 32
"Records under one signature, at most, when this node signs: one more level would save less than its hash costs."
MAX_LEAVES = 0xFFFF
_LEAF, _NODE = b"\0", b"\1"
_PLACE = struct.Struct(">HH")  # leaves, index
_ROOT = struct.Struct(">H32s")  # leaves, root
_CONTEXT = b"peerapi group batch 1\0"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stands in the tree of its batch: the inclusion proof of RFC 9162, section 2.1.3.1::

        | leaves (2) | index (2) | hashes, from the leaf's neighbor up (32 each) |

    Numbers are big-endian; how many hashes there are follows from the numbers."""

    leaves: int
    index: int
    path: bytes

    def encode(self) -> bytes:
        return _PLACE.pack(self.leaves, self.index) + self.path

    @classmethod
    def decode(cls, data: bytes) -> tuple[Place, bytes]:
        """The place at the front of ``data``, and what follows. Raises MalformedMessage."""
        if len(data) < _PLACE.size:
            raise MalformedMessage("no place in a batch")
        leaves, index = _PLACE.unpack_from(data)
        if leaves < 2 or index >= leaves:
            raise MalformedMessage(f"place {index} of {leaves}")
        end = _PLACE.size + HASH_SIZE * _path_length(index, leaves)
        if len(data) < end:
            raise MalformedMessage("a path of a batch that ends too early")
        return cls(leaves, index, data[_PLACE.size : end]), data[end:]

    def signed(self, leaf: bytes) -> bytes:
        """What the signature covers when the record of that hash stands here (section 2.1.3.2)."""
        index, last, path, hashed = self.index, self.leaves - 1, self.path, leaf
        for start in range(0, len(path), HASH_SIZE):
            other = path[start : start + HASH_SIZE]
            if index & 1 or index == last:
                hashed = _node(other, hashed)
                while not index & 1 and index:
                    index, last = index >> 1, last >> 1
            else:
                hashed = _node(hashed, other)
            index, last = index >> 1, last >> 1
        return _CONTEXT + _ROOT.pack(self.leaves, hashed)


def leaf_hash(*parts: bytes | memoryview) -> bytes:
    """Of a record, in as many pieces as its bytes are in."""
    hashed = hashlib.sha256(_LEAF)
    for part in parts:
        hashed.update(part)
    return hashed.digest()


def places(leaves: Sequence[bytes]) -> tuple[bytes, list[Place]]:
    """What has to be signed for a batch of records with these hashes, two at least, and the place of each."""
    count = len(leaves)
    if not 2 <= count <= MAX_LEAVES:
        raise ValueError(f"a batch of {count}")
    paths: list[list[bytes]] = [[] for _ in leaves]
    root = _collect(leaves, 0, count, paths)
    found = [Place(count, index, b"".join(path)) for index, path in enumerate(paths)]
    return _CONTEXT + _ROOT.pack(count, root), found


def _collect(leaves: Sequence[bytes], start: int, end: int, paths: list[list[bytes]]) -> bytes:
    """The root over some of the leaves; puts to the path of each what is needed up to it."""
    count = end - start
    if count == 1:
        return leaves[start]
    middle = start + _split(count)
    left, right = _collect(leaves, start, middle, paths), _collect(leaves, middle, end, paths)
    for index in range(start, middle):
        paths[index].append(right)
    for index in range(middle, end):
        paths[index].append(left)
    return _node(left, right)


def _split(count: int) -> int:
    """The largest power of two below ``count``."""
    return 1 << (count - 1).bit_length() - 1


def _path_length(index: int, leaves: int) -> int:
    length = 0
    while leaves > 1:
        left = _split(leaves)
        if index < left:
            leaves = left
        else:
            index, leaves = index - left, leaves - left
        length += 1
    return length


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"".join((_NODE, left, right))).digest()
