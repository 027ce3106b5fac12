"""A node of this library with one deviation in it: ``python -m tests.conformance_wire.planted NAME``.

Each deviation is patched in before the node is made, in the process that runs it. The kit, in another process, has to
notice it by what it sees on the wire.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import trio

from peerapi.cli import conformance_node
from peerapi.graphing import state
from peerapi.graphing.codec import attributes, link_messages, message_values, messages
from peerapi.graphing.codec.wire import MalformedMessage
from peerapi.graphing.conflict import Verdict
from peerapi.graphing.machine import connections, flooding, reception, synchronization
from peerapi.grouping import connect
from peerapi.pnrp import messages as pnrp_messages
from peerapi.pnrp import publisher
from peerapi.ring import authority

Change = Callable[[bytes], bytes]


def _sent(kind: type, change: Change) -> None:
    """Messages of one kind are changed on their way out."""
    encode = messages._ENCODERS[kind]
    messages._ENCODERS[kind] = lambda message: change(encode(message))


def _put(at: int, raw: bytes) -> Change:
    return lambda data: data[:at] + raw + data[at + len(raw) :]


def _turned(at: int, size: int) -> Change:
    return lambda data: data[:at] + data[at : at + size][::-1] + data[at + size :]


def _pnrp_sent(kind: type, change: Change) -> None:
    encode = pnrp_messages._ENCODERS[kind]
    pnrp_messages._ENCODERS[kind] = lambda message: change(encode(message))


def _set(owner: Any, name: str, value: Any) -> None:
    setattr(owner, name, value)


def _older_wins() -> None:
    resolve = state.resolve
    turned = {Verdict.NEW: Verdict.OLD, Verdict.OLD: Verdict.NEW}

    def reverse(*given: Any, **named: Any) -> Verdict:
        verdict = resolve(*given, **named)
        return turned.get(verdict, verdict)

    state.resolve = reverse


def _large_frames() -> None:
    begin = state.GraphState.__post_init__

    def begin_with_large_frames(self: Any) -> None:
        begin(self)
        self.frame_size = 20_000

    _set(state.GraphState, "__post_init__", begin_with_large_frames)


def _late_by_one() -> None:
    on_solicit = synchronization.Synchronization.on_solicit

    def late(self: Any, link: Any, message: Any) -> None:
        if isinstance(message, message_values.SolicitTime):
            message = replace(message, modification_time=message.modification_time + 1)
        on_solicit(self, link, message)

    _set(synchronization.Synchronization, "on_solicit", late)


def _no_update() -> None:
    _set(connections.Connections, "_moved", lambda self, link, message: None)


def _stays_open() -> None:
    take = reception.Reception._take

    def forgiving(self: Any, link: Any, message: bytes) -> None:
        try:
            take(self, link, message)
        except MalformedMessage:
            return

    _set(reception.Reception, "_take", forgiving)


def _wanting_acks(message: pnrp_messages.Flood) -> pnrp_messages.Flood:
    fields = {name: getattr(message, name) for name in ("message_id", "validate", "route", "revoke", "flooded")}
    return pnrp_messages.Flood(**fields, no_ack=False)


def _always_acks() -> None:
    on_flood = publisher.Publisher.on_flood

    def insisting(self: Any, message: Any, source: Any, data: bytes) -> None:
        on_flood(self, _wanting_acks(message), source, data)

    _set(publisher.Publisher, "on_flood", insisting)


def _small_fragments() -> None:
    _set(authority, "FRAGMENT_SIZE", 1000)


def _group_sent(change: Change) -> None:
    """Packets of Group Connect are changed on their way out."""
    encode = connect.encode
    _set(connect, "encode", lambda several: change(encode(several)))


DEVIATIONS: dict[str, tuple[str, Callable[[], None]]] = {
    "peer time little-endian": (
        "the Peer Time of a WELCOME is a FILETIME",
        lambda: _sent(message_values.Welcome, _turned(16, 8)),
    ),
    "reserved byte set": ("Reserved2 of a WELCOME is zero", lambda: _sent(message_values.Welcome, _put(25, b"\1"))),
    "header field set": (
        "in a CONNECT that is sent, Reserved is zero",
        lambda: _sent(message_values.Connect, _put(6, b"\0\1")),
    ),
    "wrong refusal": (
        "the REFUSE to a node that is a neighbor on another connection has Error Code",
        lambda: _sent(message_values.Refuse, _put(8, b"\1")),
    ),
    "no final bit": ("F of a final SYNC_END is set", lambda: _sent(message_values.SyncEnd, _put(8, b"\xff"))),
    "no acknowledgement": (
        "a FLOOD with a new record is acknowledged",
        lambda: _set(flooding, "encode_acks", lambda acks: []),
    ),
    "always useful": (
        "a record that is already present is acknowledged as not useful",
        lambda: _set(flooding, "encode_acks", lambda acks: messages.encode_acks([(id, True) for id, _ in acks])),
    ),
    "older wins": ("wins when it comes second", _older_wins),
    "off by one tick": ("SOLICIT_TIME from the second: that", _late_by_one),
    "frames too large": (
        "no frame that is sent is larger than 16379 bytes",
        _large_frames,
    ),
    "malformed messages forgiven": ("a SOLICIT_NEW of 11 bytes, one too few, ends the connection", _stays_open),
    "update not heeded": ("addresses of a later CONNECT with Update take the place", _no_update),
    "reserved attributes taken": (
        "a record whose attributes have the reserved name peerrecordid is dropped",
        lambda: _set(attributes, "RESERVED_NAMES", frozenset()),
    ),
    "port little-endian": (
        "a WELCOME to who has asked for neighbors names a neighbor's address",
        lambda: _set(
            link_messages, "encode_in6", lambda several: b"".join(_turned(2, 2)(link_in6(one)) for one in several)
        ),
    ),
    "nonce not copied": ("HashedNonce of an ADVERTISE is that", lambda: _pnrp_sent(pnrp_messages.Advertise, _nonce)),
    "fragments of 1000 bytes": (
        "every fragment but the last has 1188 bytes",
        _small_fragments,
    ),
    "acknowledged against the wish": ("a FLOOD with D set is not acknowledged", _always_acks),
    "unknown ID acknowledged": (
        "N of the ACK of a FLOOD is set when",
        lambda: _pnrp_sent(pnrp_messages.Ack, lambda data: data[:20]),
    ),
    "length of MyGMC big-endian": (
        "GMC Length of MyGMC is little-endian",
        lambda: _group_sent(lambda data: _turned(6, 4)(data) if data[4:6] == b"\0\1" else data),
    ),
    "another version of Group Connect": (
        "a member's Hello and MyGMC are answered by Hello",
        lambda: _group_sent(_put(3, b"\1")),
    ),
    "any password taken": (
        "a wrong password ends the connection",
        lambda: _set(connect.passwords, "same", lambda one, other: True),
    ),
}
"Name: part of the name of a fact that has to deviate, and what plants the deviation."

_encode_in6 = link_messages.encode_in6


def link_in6(address: Any) -> bytes:
    return _encode_in6([address])


def _nonce(data: bytes) -> bytes:
    return data[:-20] + bytes(20)


if __name__ == "__main__":
    DEVIATIONS[sys.argv[1]][1]()
    trio.run(conformance_node.main)
