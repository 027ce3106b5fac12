"""What a group tells its application (PEER_GROUP_EVENT_DATA), besides what its graph does."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from peerapi.graphing.events import Status


class GroupEventType(enum.IntEnum):
    """PEER_GROUP_EVENT_TYPE. The first six are events of the graph with the same numbers."""

    STATUS_CHANGED = 1
    PROPERTY_CHANGED = 2
    RECORD_CHANGED = 3
    DIRECT_CONNECTION = 4
    NEIGHBOR_CONNECTION = 5
    INCOMING_DATA = 6
    MEMBER_CHANGED = 8
    CONNECTION_FAILED = 10
    AUTHENTICATION_FAILED = 11


class MemberChange(enum.IntEnum):
    """PEER_MEMBER_CHANGE_TYPE."""

    CONNECTED = 1
    DISCONNECTED = 2
    UPDATED = 3
    JOINED = 4
    LEFT = 5


@dataclass(frozen=True, slots=True)
class MemberEvent:
    """A member is here, is gone, has joined, has another membership, or has none any longer."""

    change: MemberChange
    name: str
    type = GroupEventType.MEMBER_CHANGED


@dataclass(frozen=True, slots=True)
class GroupConnectionFailed:
    """Nobody could be connected."""

    reason: int
    "HRESULT"
    type = GroupEventType.CONNECTION_FAILED


@dataclass(frozen=True, slots=True)
class AuthenticationFailed:
    """The password was not accepted."""

    type = GroupEventType.AUTHENTICATION_FAILED


GroupEvent = MemberEvent | GroupConnectionFailed | AuthenticationFailed


def group_status(status: int) -> int:
    """PEER_GROUP_STATUS of a graph's status. Neighbors count once the database is complete: a program that hears of
    them goes on to read it."""
    shown = Status(status) & Status.LISTENING
    if Status.HAS_CONNECTIONS | Status.SYNCHRONIZED in Status(status):
        shown |= Status.HAS_CONNECTIONS
    return int(shown)
