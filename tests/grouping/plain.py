"""What ``_batches.c`` does, in plain Python."""

from __future__ import annotations

import hashlib

from peerapi.graphing.codec.wire import MalformedMessage

HASH = 32
Nodes = dict[tuple[int, int], tuple[bytes, bytes]]


def path_length(index: int, leaves: int) -> int:
    """RFC 9162, section 2.1.3.1: how many hashes prove a leaf."""
    if leaves == 1:
        return 0
    left = 1 << (leaves - 1).bit_length() - 1
    return 1 + (path_length(index, left) if index < left else path_length(index - left, leaves - left))


def place_parts(data: bytes, at: int) -> tuple[int, int, bytes, bytes]:
    """Leaves, index, path, and what follows."""
    data = data[at:]
    leaves, index = int.from_bytes(data[:2], "big"), int.from_bytes(data[2:4], "big")
    if len(data) < 4 or leaves < 2 or index >= leaves:
        raise MalformedMessage("no place")
    end = 4 + HASH * path_length(index, leaves)
    if len(data) < end:
        raise MalformedMessage("no path")
    return leaves, index, data[4:end], data[end:]


def lead_on(nodes: Nodes, leaves: int, index: int, path: bytes, leaf: bytes) -> bool:
    """Whether a record leads to a known node; then those on its way are known, too."""
    met: Nodes = {}
    last, at, hashed = leaves - 1, 0, leaf
    while True:
        while index == last and index and not index & 1:
            index, last = index >> 1, last >> 1
        known = nodes.get((index, last))
        if known is not None:
            if known != (hashed, path[at:]):
                return False
            nodes.update(met)
            return True
        if not last or len(path) - at < HASH:
            return False
        other, at = path[at : at + HASH], at + HASH
        met[index, last] = hashed, other + path[at:]
        met[index ^ 1, last] = other, hashed + path[at:]
        hashed = hashlib.sha256(b"\1" + (other + hashed if index & 1 else hashed + other)).digest()
        index, last = index >> 1, last >> 1
