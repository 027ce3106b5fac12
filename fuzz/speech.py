"""What a stranger of a plain graph says: each message of the protocol, valid by itself, chosen by a step's bytes.

``Speaker`` knows what the node knows, so that messages are about records that are there, and about now.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fuzz.steps import Step
from peerapi.address import Address
from peerapi.graphing.codec import messages as codec
from peerapi.graphing.codec import records
from peerapi.graphing.codec.internal_records import ContactPayload, PresencePayload, SignaturePayload
from peerapi.graphing.codec.messages import Message
from peerapi.graphing.codec.records import CONTACT, GRAPH_INFO, LAST_VERSION, PRESENCE, SIGNATURE, Record
from peerapi.moment import LAST_TIME, SECOND
from tests.graphing.machines import CHAT, GRAPH, OUTSIDE, Stranger, address
from tests.graphing.pair import OTHER, info

NAMES = ("mallory", "eve", "bob", "alice", "x" * 255)
TYPES = (CHAT, OTHER, GRAPH_INFO, SIGNATURE, CONTACT, PRESENCE)
PLACES = (OUTSIDE, address(1), address(2), address(77), Address(bytes(15) + b"\1", 1000), Address(bytes(16), 0))
DATES = (0, 1, -1, 20 * 60 + 1, 86_400, 90_000, 60, 3)
"Seconds from now."


def dated(step: Step, now: int) -> int:
    choice = step.byte()
    if choice == 255:
        return LAST_TIME
    return max(0, now + DATES[choice % len(DATES)] * SECOND)


def chosen(step: Step, known: Mapping[bytes, bytes]) -> bytes:
    """The ID of a record that is here, or of none."""
    choice = step.byte()
    return bytes(16) if choice == 255 or not known else sorted(known)[choice % len(known)]


class Speaker:
    """One stranger's next message."""

    def __init__(self, step: Step, stranger: Stranger, known: Mapping[bytes, bytes], now: int) -> None:
        """``known``: the node's records by ID. ``now``: its peer time."""
        self._step = step
        self._stranger = stranger
        self._known = known
        self._now = now

    def anything(self) -> Message:
        return self._step.pick(SPEECHES)(self)

    # Of links ---------------------------------------------------------------------------------------------------------

    def auth_info(self) -> Message:
        return codec.AuthInfo(codec.ConnectionType.NEIGHBOR, GRAPH, self._step.pick(NAMES))

    def connect(self) -> Message:
        step = self._step
        addresses = self._places()
        return codec.Connect(
            node_id=self._stranger.node_id,
            addresses=addresses,
            update=step.seldom() and bool(addresses),
            direct=step.seldom(),
            neighbor_list=bool(step.byte() & 1),
        )

    def welcome(self) -> Message:
        return codec.Welcome(self._stranger.node_id, self._date(), self._places(), self._stranger.name)

    def refuse(self) -> Message:
        return codec.Refuse(self._step.pick(list(codec.RefuseCode)), self._places())

    def disconnect(self) -> Message:
        return codec.Disconnect(self._step.pick(list(codec.DisconnectReason)), self._places())

    def point_to_point(self) -> Message:
        return codec.PointToPoint(data_type=self._step.pick((CHAT, records.PING)), payload=self._step.rest())

    # Of synchronization -----------------------------------------------------------------------------------------------

    def solicit_new(self) -> Message:
        kind = (self._step.pick(TYPES),)
        return self._step.pick((codec.SolicitNew(), codec.SolicitNew(include=kind), codec.SolicitNew(exclude=kind)))

    def solicit_time(self) -> Message:
        return codec.SolicitTime(self._date(), include=(self._step.pick(TYPES),) if self._step.byte() & 1 else ())

    def solicit_hash(self) -> Message:
        step = self._step
        entries = [
            codec.HashInfo(step.pick((bytes(16), b"\1" * 16)), self._date(), self._id()) for _ in range(step.byte() % 4)
        ]
        return codec.SolicitHash(entries=tuple(entries))

    def advertise(self) -> Message:
        step = self._step
        pairs = tuple((self._id(), step.byte()) for _ in range(step.byte() % 3))
        boundary = codec.HashBoundary(0, bytes(16), self._date(), self._id(), len(pairs))
        return codec.Advertise((boundary,) * (step.byte() % 2), pairs)

    def request(self) -> Message:
        return codec.Request(tuple((self._id(), self._step.byte()) for _ in range(self._step.byte() % 4)))

    def sync_end(self) -> Message:
        return codec.SyncEnd(final=not self._step.byte() & 1)

    # Of records -------------------------------------------------------------------------------------------------------

    def ack(self) -> Message:
        step = self._step
        return codec.Ack(tuple((self._id(), bool(step.byte() & 1)) for _ in range(step.byte() % 4)))

    def flood(self) -> Message:
        """A record: a new one of somebody's, or the next version of one that is here."""
        step = self._step
        known = self._known.get(self._id()) if step.byte() & 1 else None
        if known is not None:
            base = records.decode_record(known)
            version = step.pick((base.version + 1, base.version, LAST_VERSION, max(1, base.version - 1)))
        else:
            base = self._fresh(step.pick(TYPES), step.pick(NAMES), step.byte())
            version = step.pick((1, 2, LAST_VERSION))
        return codec.Flood(self._changed(base, min(version, LAST_VERSION)))

    def _fresh(self, kind: bytes, creator: str, number: int) -> Record:
        place = (PLACES[number % 4],)
        payload = {
            GRAPH_INFO: lambda: info(creator_id=creator, comment=f"{number}").encode(),
            SIGNATURE: lambda: SignaturePayload(number).encode(),
            CONTACT: lambda: ContactPayload(number, number, place).encode(),
            PRESENCE: lambda: PresencePayload(number, None, place).encode(),
        }.get(kind, lambda: b"%d" % number)()
        id_ = records.FIXED_IDS.get(kind) or records.record_id(creator, bytes([number % 8]) * 16)
        return Record(kind, id_, 1, creator, self._now, self._now + 300 * SECOND, self._now, GRAPH, payload)

    def _changed(self, base: Record, version: int) -> bytes:
        step = self._step
        modification = max(base.creation, min(self._date(), LAST_TIME - 2))
        expiration = max(modification + 1, min(LAST_TIME, self._date() + 100 * SECOND))
        deleted = step.seldom()
        touched = modification != base.creation or bool(step.byte() & 1)
        values: dict[str, Any] = {
            **{name: getattr(base, name) for name in base.__slots__},
            "version": version,
            "modification": modification,
            "expiration": expiration,
            "modified_by": step.pick((self._stranger.name, base.creator_id)) if touched and version > 1 else None,
            "deleted": deleted,
        }
        if deleted:
            values["payload"] = b""
        return records.encode_record(Record(**values))

    # Choices ----------------------------------------------------------------------------------------------------------

    def _date(self) -> int:
        return dated(self._step, self._now)

    def _places(self) -> tuple[Address, ...]:
        return (self._step.pick(PLACES),) * (self._step.byte() % 3)

    def _id(self) -> bytes:
        return chosen(self._step, self._known)


SPEECHES = (
    Speaker.connect,
    Speaker.welcome,
    Speaker.refuse,
    Speaker.disconnect,
    Speaker.solicit_new,
    Speaker.solicit_time,
    Speaker.solicit_hash,
    Speaker.advertise,
    Speaker.request,
    Speaker.sync_end,
    Speaker.ack,
    Speaker.point_to_point,
    Speaker.auth_info,
)
