"""The language in which programs of one person share an open group (docs/grouping.md, "Several programs").

It is private to one installation and no wire format. Frames are those between a program and its host
(``collab.local``): a length, a kind, the number of a request, a body. Each operation is here once, with the forms of
what goes with the question and with the answer; ``engine.sharing.performing`` says what is done for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from peerapi.collab.fields import FLAG, GUID, NOTHING, Field, Malformed, Optional, decode, encode
from peerapi.collab.local import Operation, frame
from peerapi.graphing.machine.node_list import NodeEntry
from peerapi.sharing import forms, values

VERSION = 3
GREET = Operation(1, forms.GREETING, forms.STATE)
ADD = Operation(2, forms.ADDITION, GUID)
ADD_MANY: Operation[values.Additions, Sequence[bytes]] = Operation(3, forms.ADDITIONS, forms.Many(GUID))
UPDATE = Operation(4, forms.DRAFT, NOTHING)
DELETE = Operation(5, forms.DELETION, NOTHING)
RECORD = Operation(6, GUID, forms.ROW)
RECORDS = Operation(7, forms.IDS, forms.ROWS)
RECORD_IDS = Operation(8, forms.QUERY, forms.IDS)
SEARCH = Operation(9, forms.TEXT, forms.IDS)
STATE = Operation(10, NOTHING, forms.STATE)
PROPERTIES = Operation(11, NOTHING, forms.PROPERTIES)
SET_PROPERTIES = Operation(12, forms.PROPERTIES, NOTHING)
MEMBERS: Operation[str | None, Sequence[values.SharedMember]] = Operation(
    13, Optional(forms.NAME), forms.Many(forms.MEMBER)
)
INVITE = Operation(14, forms.INVITEE, forms.TEXT)
INVITE_BY_PASSWORD = Operation(15, NOTHING, forms.TEXT)
ISSUE = Operation(16, forms.ISSUE, forms.TEXT)
REVOKE = Operation(17, forms.REVOCATION, GUID)
EXPORT_CONFIG = Operation(18, forms.TEXT, forms.TEXT)
REFUSALS = Operation(19, NOTHING, forms.TEXT)
CONNECTIONS: Operation[None, Sequence[values.Standing]] = Operation(20, NOTHING, forms.Many(forms.STANDING))
SEND = Operation(21, forms.SENT, NOTHING)
CLOSE_DIRECT = Operation(22, forms.LONG, NOTHING)
OPEN_DIRECT = Operation(23, forms.CALLED, forms.LONG)
NODES: Operation[None, Sequence[NodeEntry]] = Operation(24, NOTHING, forms.Many(forms.NODE))
SET_ATTRIBUTES = Operation(25, Optional(forms.TEXT), NOTHING)
EXPORT = Operation(26, forms.NAME, NOTHING)
IMPORT = Operation(27, forms.NAME, NOTHING)
CONNECT = Operation(28, NOTHING, NOTHING)
CONNECT_TO = Operation(29, forms.ADDRESSES, NOTHING)
RESUME = Operation(30, NOTHING, NOTHING)
PREFER_PORT = Operation(31, forms.SHORT, NOTHING)
TRY_PASSWORD = Operation(32, forms.TEXT, NOTHING)
REGISTER = Operation(33, forms.REGISTERING, forms.LONG)
UNREGISTER = Operation(34, forms.WORD, NOTHING)
REQUIRE_READY = Operation(35, NOTHING, NOTHING)
GROUP_RECORDS: Operation[None, Sequence[values.GroupRecord]] = Operation(36, NOTHING, forms.Many(forms.GROUP_RECORD))
PATHS: Operation[None, Sequence[values.Path]] = Operation(37, NOTHING, forms.Many(forms.PATH))
MISSED = Operation(38, forms.WORD, FLAG)
SEARCH_NODES = Operation(39, forms.SEARCHING, GUID)
SEARCH_NEWS = Operation(40, GUID, forms.NEWS)
SEARCH_END = Operation(41, GUID, NOTHING)
UNSENT = Operation(42, forms.LONG, forms.LONG)
OPERATIONS: dict[int, Operation[Any, Any]] = {
    one.kind: one for one in list(globals().values()) if isinstance(one, Operation)
}
TOLD_EVENTS = 0x81
TOLD_STATE = 0x82
TELLS: dict[int, Field[Any]] = {TOLD_EVENTS: forms.TOLD, TOLD_STATE: forms.STATE}
"What who holds the group tells without being asked."


def told(kind: int, value: Any) -> bytes:
    """The frame of something that nobody has asked for."""
    return frame(kind, 0, encode(TELLS[kind], value))


def read_told(kind: int, body: bytes) -> Any:
    """Raises Malformed."""
    if kind not in TELLS:
        raise Malformed(f"0x{kind:02X} is nothing that is told")
    return decode(TELLS[kind], body)
