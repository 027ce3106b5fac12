"""What a program that shares a group is told of it."""

from __future__ import annotations

from typing import Any, NamedTuple

from peerapi.address import Address
from peerapi.graphing.draft import Draft
from peerapi.graphing.machine.node_list import NodeEntry
from peerapi.path_kind import PathKind
from peerapi.store.schema import Row


class Searching(NamedTuple):
    """A search of all nodes to be begun."""

    criteria: str
    max_records: int
    max_bytes: int
    milliseconds: int
    only_local: bool


class Result(NamedTuple):
    """What a search of all nodes has brought of one node."""

    answered: bool
    node_id: int
    peer_id: str
    more: bool
    rows: tuple[Row, ...]


class News(NamedTuple):
    """What a search has brought since it was asked last."""

    results: tuple[Result, ...]
    over: bool


class Greeting(NamedTuple):
    """What a program says first: its version, and the identity and the group that it means."""

    version: int
    identity: str
    group: str
    cloud: str | None
    "Where the group lives, if the program has named it."


class Standing(NamedTuple):
    """A connection that stands."""

    direct: bool
    id: int
    node_id: int
    peer_id: str
    remote: Address | None


class State(NamedTuple):
    """What a program has to know of the group without asking: sent whenever it is another one."""

    status: int
    "PEER_GRAPH_STATUS_FLAGS of the group's graph."
    node_id: int
    delta: int
    "How far peer time is behind this machine's UTC, FILETIME units."
    friendly_name: str
    cloud: str
    chain: bytes
    "The membership of the identity, PKCS #7; empty while it has none."
    owned: bool
    "The identity has created the group."
    attributes: str | None
    "Of the node."
    addresses: tuple[Address, ...]
    "Where it listens."
    connections: tuple[Standing, ...]
    online: bool
    "A program has asked to be connected."
    by_name: bool
    "So that the group's name is published and looked for."
    named: tuple[Address, ...]
    "Members whom a program has named."
    neighbors: tuple[Address, ...]
    "Where the neighbors listen."


class Addition(NamedTuple):
    """A record to be published."""

    draft: Draft
    seed: bytes
    "16 random bytes, of which the record's ID is made: whoever asks again gets no second record."
    again: bool
    "The program has asked before, and does not know with what success."


class Additions(NamedTuple):
    """Records to be published, all or none."""

    drafts: tuple[Draft, ...]
    seeds: tuple[bytes, ...]
    again: bool


class Deletion(NamedTuple):
    """A record to be deleted."""

    record_id: bytes
    again: bool


class Rows(NamedTuple):
    """Records, as many as an answer holds."""

    asked: int
    "How many of the IDs have been looked up."
    rows: tuple[Row, ...]


class SharedMember(NamedTuple):
    """A member of the group."""

    name: str
    chain: bytes
    "PKCS #7."
    node: NodeEntry | None
    present: bool


class Invitee(NamedTuple):
    certificate: bytes
    roles: tuple[bytes, ...]
    expiration: int | None


class Issue(NamedTuple):
    """A new membership; ``info`` is a ``CredentialInfo`` with the DER of the key."""

    name: str
    info: Credential | None
    publish: bool


class Credential(NamedTuple):
    friendly_name: str | None
    public_key: bytes | None
    "DER SubjectPublicKeyInfo."
    not_before: int
    not_after: int
    roles: tuple[bytes, ...]


class Registering(NamedTuple):
    """A registration for events."""

    number: int
    wanted: tuple[Wanted, ...]
    since: int | None
    """The number of the database's last change of which the program has been told. What came after it is told when the
    program asks for it (MISSED), piece by piece, and what comes from now on afterwards. None: nothing was missed."""


class Wanted(NamedTuple):
    type: int
    record_types: tuple[bytes, ...] | None
    "None: all."


class Told(NamedTuple):
    """Events for one registration."""

    number: int
    seq: int
    "Of the database's last change behind them; 0: there are more events that belong to it."
    events: tuple[Any, ...]


class Sent(NamedTuple):
    connection: int
    type: bytes
    data: bytes


class Called(NamedTuple):
    peer_id: str
    address: Address


class Path(NamedTuple):
    """By which way a connection goes."""

    connection: int
    kind: PathKind


class Query(NamedTuple):
    type: bytes | None
    creator: str | None


class GroupRecord(NamedTuple):
    """A record of the group itself."""

    wire: bytes
    proof: bytes | None
    "The membership under which it was made, where that has to be kept."


class Revocation(NamedTuple):
    name: str
    reason: str
