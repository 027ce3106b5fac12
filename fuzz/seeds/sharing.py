"""Valid beginnings for the doors of a shared group."""

from __future__ import annotations

from collections.abc import Callable

from peerapi.address import LOOPBACK, Address
from peerapi.collab import local
from peerapi.graphing.draft import Draft
from peerapi.graphing.events import (
    ConnectionChanged,
    ConnectionStatus,
    IncomingData,
    PropertyChanged,
    RecordChange,
    RecordChanged,
    StatusChanged,
)
from peerapi.grouping.events import AuthenticationFailed, GroupConnectionFailed, MemberChange, MemberEvent
from peerapi.sharing import operations as ops
from peerapi.sharing import values

HERE = Address(LOOPBACK, 4711)
DRAFT = Draft(bytes(range(16)), bytes(16), 1, None, None, "<attributes/>", 5, b"data")
STANDING = values.Standing(True, 5, 6, "ben", HERE)
STATE = values.State(
    3, 7, -5, "club", "Loopback_", b"chain", True, None, (HERE,), (STANDING,), True, False, (HERE,), ()
)
EVENTS = (
    RecordChanged(RecordChange.ADDED, bytes(16), bytes(range(16))),
    StatusChanged(3),
    PropertyChanged(),
    ConnectionChanged(True, ConnectionStatus.FAILED, 1, 2, 3, 0x80072AF9),
    IncomingData(4, bytes(16), b"data"),
    MemberEvent(MemberChange.JOINED, "ben"),
    GroupConnectionFailed(0x80072AF9),
    AuthenticationFailed(),
)


def _asked() -> list[bytes]:
    wanted = (values.Wanted(3, (bytes(16),)), values.Wanted(1, None))
    return [
        local.asked(ops.GREET, 1, values.Greeting(ops.VERSION, "ann", "club", None)),
        local.asked(ops.ADD, 2, values.Addition(DRAFT, bytes(16), True)),
        local.asked(ops.ADD_MANY, 3, values.Additions((DRAFT, DRAFT), (bytes(16), bytes(16)), False)),
        local.asked(ops.DELETE, 4, values.Deletion(bytes(16), False)),
        local.asked(ops.RECORD_IDS, 5, values.Query(bytes(16), "ann")),
        local.asked(ops.ISSUE, 6, values.Issue("ben", values.Credential("Ben", b"key", 1, 2, (bytes(16),)), True)),
        local.asked(ops.CONNECT_TO, 7, (HERE, HERE)),
        local.asked(ops.SEND, 8, values.Sent(1, bytes(16), b"data")),
        local.asked(ops.REGISTER, 9, values.Registering(1, wanted, 7)),
    ]


def _told() -> list[bytes]:
    return [ops.told(ops.TOLD_STATE, STATE), ops.told(ops.TOLD_EVENTS, values.Told(1, 2, EVENTS))]


SEEDS: dict[str, Callable[[], list[bytes]]] = {"shared-asked": _asked, "shared-told": _told}
