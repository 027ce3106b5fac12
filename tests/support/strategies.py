"""Hypothesis strategies and the profile all property tests run under.

Importing this module makes runs repeatable: examples come from the test's own name, not from chance.
"""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from peerapi.address import Address
from peerapi.graphing.codec import internal_records, messages, records

settings.register_profile(
    "peerapi",
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("peerapi")

u8 = st.integers(0, 0xFF)
u16 = st.integers(0, 0xFFFF)
u32 = st.integers(0, 0xFFFFFFFF)
u64 = st.integers(0, 0xFFFFFFFFFFFFFFFF)
guids = st.binary(min_size=16, max_size=16)


def texts(low: int = 0, high: int = 40) -> st.SearchStrategy[str]:
    """Strings without zero characters and surrogate halves; lengths in code points, astral ones among them."""
    return st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=low, max_size=high)


def tuples_of(element: st.SearchStrategy[object], most: int = 4) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(element, max_size=most).map(tuple)


addresses = st.builds(Address, ip=guids, port=u16, flow=st.just(0), scope=st.just(0))
"Addresses as PEER_IN6_ADDRESS carries them: without flow and scope."

record_addresses = st.builds(Address, ip=guids, port=u16, flow=u32, scope=st.just(0))
"Addresses as PEER_ADDRESS carries them."

abstracts = st.tuples(guids, u32)
_none = st.just(())
_some_types = st.lists(guids, min_size=1, max_size=4).map(tuple)
_one_type = st.tuples(guids)


def _solicit(kind: type, **more: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    included = _some_types if kind is messages.SolicitHash else _one_type
    return (
        st.builds(kind, include=_none, exclude=_none, **more)
        | st.builds(kind, include=included, exclude=_none, **more)
        | st.builds(kind, include=_none, exclude=_some_types, **more)
    )


_connect = {
    "node_id": u64,
    "direct": st.booleans(),
    "neighbor_list": st.booleans(),
    "friendly_name": st.none() | texts(),
}

by_kind: dict[messages.MessageType, st.SearchStrategy[Any]] = {
    messages.MessageType.AUTH_INFO: st.builds(
        messages.AuthInfo, st.sampled_from(messages.ConnectionType), texts(1), texts(1), st.none() | texts(1)
    ),
    messages.MessageType.CONNECT: st.builds(
        messages.Connect, addresses=tuples_of(addresses), update=st.just(False), **_connect
    )
    | st.builds(
        messages.Connect,
        addresses=st.lists(addresses, min_size=1, max_size=4).map(tuple),
        update=st.just(True),
        **_connect,
    ),
    messages.MessageType.WELCOME: st.builds(
        messages.Welcome, u64, u64, tuples_of(addresses), texts(), st.none() | texts()
    ),
    messages.MessageType.REFUSE: st.builds(messages.Refuse, st.sampled_from(messages.RefuseCode), tuples_of(addresses)),
    messages.MessageType.DISCONNECT: st.builds(
        messages.Disconnect, st.sampled_from(messages.DisconnectReason), tuples_of(addresses)
    ),
    messages.MessageType.SOLICIT_NEW: _solicit(messages.SolicitNew),
    messages.MessageType.SOLICIT_TIME: _solicit(messages.SolicitTime, modification_time=u64),
    messages.MessageType.SOLICIT_HASH: _solicit(
        messages.SolicitHash, entries=tuples_of(st.builds(messages.HashInfo, guids, u64, guids))
    ),
    messages.MessageType.ADVERTISE: st.builds(
        messages.Advertise,
        tuples_of(st.builds(messages.HashBoundary, u64, guids, u64, guids, u32)),
        tuples_of(abstracts),
    ),
    messages.MessageType.REQUEST: st.builds(messages.Request, tuples_of(abstracts)),
    messages.MessageType.FLOOD: st.builds(messages.Flood, st.binary(min_size=4, max_size=300)),
    messages.MessageType.SYNC_END: st.builds(messages.SyncEnd, st.booleans()),
    messages.MessageType.PT2PT: st.builds(messages.PointToPoint, guids, st.binary(max_size=100)),
    messages.MessageType.ACK: st.builds(messages.Ack, tuples_of(st.tuples(guids, st.booleans()))),
}
"Messages that can be sent, by their type."

any_message = st.one_of(*by_kind.values())


@st.composite
def mutated(draw: st.DrawFn, originals: st.SearchStrategy[bytes]) -> bytes:
    """Bytes like those of ``originals``, damaged: cut, extended, or with some bytes or numbers replaced."""
    data = bytearray(draw(originals))
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, max(0, len(data) - 1)))
        kind = draw(st.sampled_from(("cut", "extend", "byte", "u16", "u32", "insert")))
        if kind == "cut":
            del data[place:]
        elif kind == "extend":
            data += draw(st.binary(min_size=1, max_size=20))
        elif kind == "insert":
            data[place:place] = draw(st.binary(min_size=1, max_size=4))
        else:
            width = {"byte": 1, "u16": 2, "u32": 4}[kind]
            top = (1 << 8 * width) - 1
            near = st.sampled_from((0, 1, 2, top, len(data) & top, (len(data) + 1) & top)) | st.integers(0, top)
            data[place : place + width] = draw(near).to_bytes(width, "big")
    return bytes(data)


def with_right_size(data: bytes) -> bytes:
    """The same bytes with their true length as Message Size, so that damage further in is reached."""
    return len(data).to_bytes(4, "big") + data[4:]


sound_records = st.builds(
    records.Record,
    type=guids,
    id=guids,
    version=u32,
    creator_id=texts(1),
    creation=u64,
    expiration=u64,
    modification=u64,
    graph_id=texts(1),
    payload=st.binary(max_size=60),
    attributes=st.none() | texts(),
    modified_by=st.none() | texts(1),
    security_data=st.binary(max_size=20),
    deleted=st.just(False),
)
deleted_records = st.builds(
    records.Record,
    type=guids,
    id=guids,
    version=u32,
    creator_id=texts(1),
    creation=u64,
    expiration=u64,
    modification=u64,
    graph_id=texts(1),
    attributes=st.none() | texts(),
    modified_by=st.none() | texts(1),
    security_data=st.binary(max_size=20),
    deleted=st.just(True),
)
any_record = sound_records | deleted_records
"Records that the layout can carry; their times and IDs need not make sense."

graph_infos = st.builds(
    internal_records.GraphInfo,
    scope=st.sampled_from(internal_records.SCOPES),
    defer_expiration=st.booleans(),
    graph_id=texts(1),
    creator_id=texts(1),
    friendly_name=st.none() | texts(),
    comment=st.none() | texts(),
    presence_lifetime=st.just(0) | st.integers(300, 0xFFFFFFFF),
    max_presence=u32,
    max_record_size=st.just(0) | st.integers(1024, 62_914_560),
)
signature_payloads = st.builds(internal_records.SignaturePayload, u64)
contact_payloads = st.builds(internal_records.ContactPayload, u64, u64, tuples_of(record_addresses))
presence_payloads = st.builds(internal_records.PresencePayload, u64, st.none() | texts(), tuples_of(record_addresses))
