"""One connection to another node and the states it passes (MS-PPGRH 3.1.1, 3.1.7.24, 3.1.7.26).

A TCP connection is first authenticated (AUTH_INFO, then whatever the security provider exchanges), then CONNECT and
WELCOME make it a link. The two state machines of figures 3 and 4 are tables here; an input that a table does not know
is a protocol error of the other side and ends the connection.
"""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from peerapi.address import Address
from peerapi.graphing.codec.framing import Deframer
from peerapi.graphing.machine.long_records import LongRecord
from peerapi.graphing.security import Received


class Connection(enum.Enum):
    """IN_CONN_STATE_* and OUT_CONN_STATE_*: how far authentication has come."""

    ALLOCATED = enum.auto()
    SOCKET_CONNECTED = enum.auto()
    "OUT_CONN_STATE_SOCK_CONNECTED, IN_CONN_STATE_ACCEPTED."
    NEGOTIATING = enum.auto()
    "OUT_CONN_STATE_SENT_AUTHINFO, IN_CONN_STATE_GOT_AUTHINFO: the security provider speaks."
    AUTHENTICATED = enum.auto()
    DISCONNECTED = enum.auto()


class LinkState(enum.Enum):
    """LINK_STATE_*: how far the neighbor relationship has come."""

    START = enum.auto()
    AUTHENTICATED = enum.auto()
    CONNECT_WAIT = enum.auto()
    CONNECTED = enum.auto()
    DISCONNECTING = enum.auto()
    DISCONNECTED = enum.auto()
    CONNECT_FAILED = enum.auto()


class Step(enum.Enum):
    """What moves a link from one state to the next."""

    AUTHENTICATE = enum.auto()
    SEND_CONNECT = enum.auto()
    RECEIVE_WELCOME = enum.auto()
    SEND_WELCOME = enum.auto()
    SEND_DISCONNECT = enum.auto()
    LOSE = enum.auto()


OUTGOING = {
    (LinkState.START, Step.AUTHENTICATE): LinkState.AUTHENTICATED,
    (LinkState.AUTHENTICATED, Step.SEND_CONNECT): LinkState.CONNECT_WAIT,
    (LinkState.CONNECT_WAIT, Step.RECEIVE_WELCOME): LinkState.CONNECTED,
    (LinkState.CONNECTED, Step.SEND_DISCONNECT): LinkState.DISCONNECTING,
}
"Figure 3: the side that dialed."

INCOMING = {
    (LinkState.START, Step.AUTHENTICATE): LinkState.AUTHENTICATED,
    (LinkState.AUTHENTICATED, Step.SEND_WELCOME): LinkState.CONNECTED,  # reading A27
    (LinkState.CONNECTED, Step.SEND_DISCONNECT): LinkState.DISCONNECTING,
}
"Figure 4: the side that was called."


class SyncType(enum.Enum):
    """SYNC_TYPE of a connection: the synchronization that this side has asked for."""

    NONE = enum.auto()
    NEW = enum.auto()
    TIME = enum.auto()
    HASH = enum.auto()


@dataclass(slots=True)
class Solicited:
    """What this side still has to ask for on a link (Sync Record Types, Current Sync Record Type, 3.1.7.29)."""

    kind: SyncType = SyncType.NONE
    remaining: list[bytes] = field(default_factory=list)
    "Record types to solicit one by one."
    current: bytes = bytes(16)
    "The type being synchronized; zeros: all that are left."
    named: tuple[bytes, ...] = ()
    "All types solicited by name; excluded from the last request."
    rest_asked: bool = False
    "All Record Types Synched."
    since: int = 0
    records_to_send: list[bytes] = field(default_factory=list)
    "IDs that the other side lacks, found in its ADVERTISE."
    hash_follows: bool = False
    advertised: bool = False
    "The ADVERTISE of a comparison has come."


@dataclass(slots=True, eq=False)
class Answering:
    """What is done for the other side a piece at a time: most often records on their way to it from the database.

    Either the listed ``ids``, or what changed in (after, upto] filtered by type and modification time; or ``work`` that
    is neither.
    """

    after: int = 0
    upto: int = 0
    include: bytes | None = None
    exclude: frozenset[bytes] = frozenset()
    since: int = 0
    ids: Iterator[bytes] | None = None
    loading: LongRecord | None = None
    "The next record is long and is read a piece at a time; it is sent when all of it is here."
    work: Iterator[None] | None = None
    "One step is one piece; it ends by itself."
    patient: bool = False
    "Nothing hurries: it was asked for again and again, and gets a share of the time only."
    final: bool = True
    "Ends with SYNC_END; otherwise it is this side's own idea (catching up, Records To Send)."


class Intake(Protocol):
    """A long record that is being taken in, a piece at a time."""

    size: int
    "Bytes that it holds."
    ahead: Callable[[], None] | None
    """Work that the next step would do and that takes long: whoever drives the machine takes it away and does it with
    no lock held."""

    def step(self) -> bool:
        """Do what one turn allows; whether there is more to do."""

    def end(self) -> None:
        """It is not wanted any longer, or it is done: nothing is left behind."""


_CONNECTED = LinkState.CONNECTED
_OVER = (LinkState.DISCONNECTED, LinkState.CONNECT_FAILED)
BEST = 2
"Addresses of one node that are handed on, and kept for later runs."


def _no_backlog() -> int:
    return 0


def _borne_out(addresses: tuple[Address, ...], remote: Address) -> tuple[Address, ...]:
    """Those of a node's addresses that a connection with ``remote`` bears out. Who calls by IPv6 cannot show that it
    has an address of IPv4, nor who calls within its home that its router has a public one of IPv4 for it; the first of
    such is believed along with an own one, since it may be the only one at which the node is reached from elsewhere.
    Seats at relays no connection bears out, and who has one proves it to each who calls: the BEST of them are believed
    in any case."""
    own = [one for one in addresses if one.ip == remote.ip]
    if not own and not remote.is_ipv4:
        own = [one for one in addresses if one.network == remote.network]
    seats = [one for one in addresses if one.relay and one not in own][:BEST]
    at_home = remote.is_ipv4 and not remote.is_public
    others = [one for one in addresses if one.is_public and not one.relay and one not in own]
    beyond = [one for one in others if at_home or one.is_ipv4 != remote.is_ipv4][: len(own[:1])]
    believed = {*own, *seats, *beyond}
    return tuple(one for one in addresses if one in believed)


@dataclass(slots=True, eq=False)
class Link:
    """A connection, from either side's first byte to its end."""

    id: int
    "The connection ID that the application sees; never 0."
    outgoing: bool
    direct: bool = False
    requested: bool = False
    "The application asked for it (or for the try that led here), so it hears when it fails."
    referred: bool = False
    "Its address came from a REFUSE; when it fails, another referral is tried."
    hops: int = 0
    "How many calls along referrals have led to it."
    dialed: Address | None = None
    "Where an outgoing link went."
    wanted_peer: str | None = None
    connection: Connection = Connection.ALLOCATED
    state: LinkState = LinkState.START
    deframer: Deframer = field(default_factory=Deframer)
    sizes: dict[int, int] = field(default_factory=dict)
    "How long messages may be, by type, once it is connected; what the deframer goes by."
    preliminaries: int = 0
    "Messages before it was connected."
    backlog: Callable[[], int] = _no_backlog
    "How many bytes wait in the transport; told by the driver."

    node_id: int = 0
    peer_id: str = ""
    peer: Any = None
    "Who has proved itself by the graph's security: its ``ConnectionSecurity.peer``."
    addresses: tuple[Address, ...] = ()
    remote: Address | None = None
    sequence: int = 0
    "Order of inclusion in the Neighbor List."
    since: float = 0.0
    "Elapsed time at which it became a link."
    utility: float = 0.0
    connect_sent: int = 0
    "TConnect: peer time when CONNECT left."

    solicited: Solicited = field(default_factory=Solicited)
    peer_syncs_hash: bool = False
    "The other side has sent SOLICIT_HASH and may send one REQUEST."
    compared: int = 0
    "How often it has sent SOLICIT_HASH."
    comparing: bool = False
    "Its SOLICIT_HASH has not been answered yet."
    corrected: dict[bytes, int] = field(default_factory=dict)
    "Records whose older version came from there, and the modification times of the newer ones that it was sent."
    correcting: deque[bytes] = field(default_factory=deque)
    "Those that still have to be sent."
    answering: list[Answering] = field(default_factory=list)
    to_validate: list[Received] = field(default_factory=list)
    "Records of the read at hand that the security provider has to judge."
    waiting: bool = False
    "The provider has them; whatever comes meanwhile is held."
    paused: bool = False
    "Others have their turn; ``Graph.resume`` goes on with what is held."
    intake: Intake | None = None
    "The long record that came last; meanwhile the link is paused."
    held: list[bytes] = field(default_factory=list)
    lagging: bool = False
    "Floods are not queued; it is being served from the database."
    made: int = 0
    "Bytes made for it by the input at hand."
    covered: int = 0
    "Changes up to this number of the database have been sent, or were there before the link was."
    acks: list[tuple[bytes, bool]] = field(default_factory=list)

    def step(self, step: Step) -> bool:
        """Move on by the table of this side; False when the step is not allowed now."""
        target = (OUTGOING if self.outgoing else INCOMING).get((self.state, step))
        if target is None:
            return False
        self.state = target
        return True

    def listens_at(self, addresses: tuple[Address, ...]) -> None:
        """The node says where it listens; what its connection bears out is believed: the address from which it has
        called, or else others in the same network, and beside those one that no such connection could bear out. On
        one's own machine all are. Where it has answered a call stays, unless it names a place that is as good."""
        remote, dialed = self.remote, self.dialed
        if remote is not None and not remote.is_loopback:
            addresses = _borne_out(addresses, remote)
            if dialed is not None and all(one.relay and one.ip != dialed.ip for one in addresses):
                addresses = (dialed, *addresses)
        self.addresses = addresses

    @property
    def shown_addresses(self) -> tuple[Address, ...]:
        """Those of its addresses at which TCP has shown its machine to be: it cannot hide another node's by naming
        it."""
        remote = self.remote
        if remote is None or remote.is_loopback:
            return self.addresses
        return tuple(address for address in self.addresses if address.ip == remote.ip)

    @property
    def best_addresses(self) -> tuple[Address, ...]:
        """The BEST of where it listens, for others and for later: first what its connection bears out."""
        shown = self.shown_addresses[:1]
        return (*shown, *(address for address in self.addresses if address not in shown))[:BEST]

    def has_reached(self, address: Address) -> bool:
        """Whether the node has answered a call there."""
        return self.dialed is not None and (self.dialed.ip, self.dialed.port) == (address.ip, address.port)

    @property
    def connected(self) -> bool:
        return self.state is _CONNECTED

    @property
    def over(self) -> bool:
        return self.state in _OVER
