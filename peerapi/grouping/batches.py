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

from peerapi.grouping import _batches
from peerapi.grouping._batches import place_parts as place_parts

HASH_SIZE = 32
MAX_BATCH = 32
"Records under one signature, at most, when this node signs: one more level would save less than its hash costs."
MAX_LEAVES = 0xFFFF
LEAF, _NODE = b"\0", b"\1"
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
        leaves, index, path, rest = place_parts(data, 0)
        return cls(leaves, index, path), rest

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


class KnownNodes:
    """Nodes of one tree, whose root was signed, each with the path that leads from it to the root: a record that leads
    to one of them need not go on. The neighbors on the path of each record are known with it, so the records of a batch
    take one hash of a node each on the average, and not one on each level."""

    def __init__(self) -> None:
        self._nodes: dict[tuple[int, int], tuple[bytes, bytes]] = {}
        "By the index, and that of the last one, on the level where it has a neighbor."

    def lead_on(self, leaves: int, index: int, path: bytes, leaf: bytes) -> bool:
        """Whether the record of this hash stands in this place; False may mean that nothing is known yet."""
        return _batches.lead_on(self._nodes, leaves, index, path, leaf)

    def learn(self, leaves: int, index: int, path: bytes, leaf: bytes, root: bytes) -> None:
        """A record was found to stand in this place, in the tree with this root."""
        self._nodes[0, 0] = root, b""
        self.lead_on(leaves, index, path, leaf)


def leaf_hash(*parts: bytes | memoryview) -> bytes:
    """Of a record, in as many pieces as its bytes are in."""
    hashed = hashlib.sha256(LEAF)
    for part in parts:
        hashed.update(part)
    return hashed.digest()


def places(leaves: Sequence[bytes]) -> tuple[bytes, list[bytes]]:
    """What has to be signed for a batch of records with these hashes, two at least, and the place of each, encoded."""
    count = len(leaves)
    if not 2 <= count <= MAX_LEAVES:
        raise ValueError(f"a batch of {count}")
    levels = [list(leaves)]
    while len(below := levels[-1]) > 1:
        levels.append([_node(below[at], below[at + 1]) for at in range(0, len(below) - 1, 2)])
        if len(below) & 1:
            levels[-1].append(below[-1])  # it has its neighbor further up
    paths = [b""]
    for below in reversed(levels[:-1]):
        alone = len(below) - 1 if len(below) & 1 else -1
        paths = [paths[at >> 1] if at == alone else below[at ^ 1] + paths[at >> 1] for at in range(len(below))]
    found = [_PLACE.pack(count, index) + path for index, path in enumerate(paths)]
    return _CONTEXT + _ROOT.pack(count, levels[-1][0]), found


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"".join((_NODE, left, right))).digest()
