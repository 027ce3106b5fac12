"""Doors of a shared group: what a program asks of who holds the group, and what it is told."""

from __future__ import annotations

from peerapi.collab import local
from peerapi.collab.fields import Field, Malformed, decode, encode
from peerapi.sharing import operations
from peerapi.sharing.forms import MAX_FRAME


def _has_one_encoding(form: Field[object], body: bytes) -> None:
    try:
        value = decode(form, body)
    except Malformed:
        return
    written = encode(form, value)
    assert decode(form, written) == value
    assert len(written) <= len(body)


def asked(data: bytes) -> None:
    """Questions and answers are read or refused, and mean the same when they are written again."""
    try:
        frames = local.Frames(MAX_FRAME).feed(data)
    except Malformed:
        return
    for one in frames:
        operation = operations.OPERATIONS.get(one.kind)
        if operation is not None:
            _has_one_encoding(operation.takes, one.body)
            _has_one_encoding(operation.gives, one.body)


def told(data: bytes) -> None:
    """The same for what is told without being asked."""
    try:
        frames = local.Frames(MAX_FRAME).feed(data)
    except Malformed:
        return
    for one in frames:
        try:
            value = operations.read_told(one.kind, one.body)
        except Malformed:
            continue
        assert encode(operations.TELLS[one.kind], value) == one.body


TARGETS = {"shared-asked": asked, "shared-told": told}
