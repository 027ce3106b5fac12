"""What a node of a Distributed Routing Table reads.

Besides the errors, what must hold is that nobody is made to flood a third, and that a node keeps its own keys whatever
a stranger says.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from peerapi.address import Address
from peerapi.drt import buffer, messages
from peerapi.drt.asking import Ask
from peerapi.drt.border import SecurityMode, Settings
from peerapi.drt.fields import Credentials, Veil
from peerapi.drt.node import Node
from peerapi.moment import SECOND, Moment
from peerapi.ring.authority import Answer
from peerapi.ring.message_values import Ack, Advertise, Flood, Inquire, Lookup, Message, Request, Solicit
from peerapi.ring.outputs import SendDatagram
from peerapi.ring.route_entry import RouteEntry
from peerapi.ring.scope import Scope
from peerapi.ring.wire import MalformedMessage
from tests.drt.providers import OpenProvider

VERSION = (1, 0)
HERE = Address(b"\xfd" + bytes(14) + b"\x01", 3600)
STRANGER = Address(b"\xfd" + bytes(14) + b"\x02", 3601)
NOW = 134_000_000_000_000_000
PROBE = 68
"Bytes of the one question that a source may be asked before it has proved its address (docs/pnrp.md, P5)."
_MODES = tuple(SecurityMode)
_ROUTE = RouteEntry(5, STRANGER.port, (STRANGER.ip,))
_WHO = Credentials(b"anybody", b"signature", b"key")
_VEIL = Veil(b"none", {0xA1: _ROUTE.encode(VERSION, "little"), 0xA0: b"\0\0\0\x08\0\x9d\0\x12"})


def _mode(data: bytes) -> SecurityMode:
    return _MODES[data[0] % 3] if data else SecurityMode.RESOLVE


def message(data: bytes) -> None:
    """A datagram, the first byte says in which mode: what is decoded can be sent again and means the same."""
    mode, data = _mode(data), data[1:]
    try:
        received = messages.decode(data, VERSION, mode)
    except MalformedMessage:
        return
    if isinstance(received.message, messages.Piece):
        return
    again = messages.encode(received.message, VERSION, mode, received.credentials, received.veil)
    assert messages.decode(again, VERSION, mode) == received


def answer(data: bytes) -> None:
    """The buffer of an AUTHORITY, the first byte says in which mode."""
    mode, data = _mode(data), data[1:]
    try:
        found, veil = buffer.decode(data, VERSION, mode)
    except MalformedMessage:
        return
    assert buffer.decode(buffer.encode(found, VERSION, veil), VERSION, mode) == (found, veil)


def node(data: bytes) -> None:
    """Datagrams of a stranger, each with two bytes of length, to a node that holds a key; the first byte says in which
    mode. It sends the stranger no more than it got, but for the one question, and knows its own key afterwards."""
    mode, data = _mode(data), data[1:]
    table = Node(Settings(VERSION, mode), Scope.GLOBAL, random=random.Random(1))
    provider = OpenProvider()
    now, sent, received = 0.0, 0, 0

    def carry_out() -> None:
        nonlocal sent
        while outputs := table.take_outputs():
            for output in outputs:
                if isinstance(output, SendDatagram):
                    sent += len(output.data)
                elif isinstance(output, Ask):
                    table.answered(output.token, output.carry_out(provider))

    table.at(Moment(NOW, now)).open((HERE,))
    table.register(bytes(32), b"data", None)
    carry_out()
    sent = 0
    while len(data) >= 2:
        size = int.from_bytes(data[:2], "big") % 2048
        one, data = data[2 : 2 + size], data[2 + size :]
        now += 0.01
        received += len(one)
        table.at(Moment(NOW + int(now * SECOND), now)).received(one, STRANGER)
        carry_out()
        assert len(table.pending) <= 1024
    assert table.registrations.holds(0)
    assert sent <= 3 * received + 4 * PROBE, "a stranger is sent more than it sent"


def _of_every_kind() -> list[Message]:
    return [
        Solicit(1, bytes(20), _ROUTE),
        Advertise(2, 1, (5, 6), bytes(20)),
        Request(3, bytes(16), (5,)),
        Flood(4, 0, _ROUTE, None, (STRANGER,)),
        Flood(5, 0, None, b"revocation"),
        Inquire(6, 0, True, True, True, bytes(16)),
        Ack(7, 1, True),
        Lookup(8, 5, 0, (STRANGER,), route=_ROUTE),
    ]


def _messages() -> list[bytes]:
    seeds = []
    for number, mode in enumerate(_MODES):
        for one in _of_every_kind():
            signed = mode is not SecurityMode.RESOLVE and isinstance(one, Request | Inquire | Lookup)
            veiled = mode is SecurityMode.CONFIDENTIAL and isinstance(one, Flood | Lookup)
            who, veil = (_WHO if signed else None), (_VEIL if veiled else messages.NO_VEIL)
            seeds.append(bytes([number]) + messages.encode(one, VERSION, mode, who, veil))
    return seeds


def _answers() -> list[bytes]:
    whole = Answer(True, True, True, b"chain", "ab", b"data", _ROUTE, b"cpa")
    veil = Veil(b"none", buffer.hidden(whole, VERSION))
    return [b"\0" + buffer.encode(whole, VERSION), b"\2" + buffer.encode(whole, VERSION, veil)]


def _stories() -> list[bytes]:
    """Every message once, one after the other, in each mode."""
    stories = []
    for number in range(len(_MODES)):
        mine = [one[1:] for one in _messages() if one[0] == number]
        stories.append(bytes([number]) + b"".join(len(one).to_bytes(2, "big") + one for one in mine))
    return stories


TARGETS: dict[str, Callable[[bytes], None]] = {"table-message": message, "table-answer": answer, "table-node": node}
SEEDS: dict[str, Callable[[], list[bytes]]] = {
    "table-message": _messages,
    "table-answer": _answers,
    "table-node": _stories,
}
