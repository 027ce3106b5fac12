"""The life of a link: dialing, AUTH_INFO, CONNECT and its answers, and the end (MS-PPGRH 3.1.4.9, 3.1.5.1,
3.1.5.2.1-3.1.5.2.4, 3.1.7.24-3.1.7.26).
"""

from __future__ import annotations

import math
from typing import Any

from peerapi.address import Address
from peerapi.errors import AlreadyExists, ConnectionFailed, ConnectionNotAuthenticated, ConnectionRefused, ConnectSelf
from peerapi.graphing.codec.framing import DEFAULT_MAX_MESSAGE, Deframer
from peerapi.graphing.codec.messages import (
    AuthInfo,
    Connect,
    ConnectionType,
    Disconnect,
    DisconnectReason,
    PointToPoint,
    Refuse,
    RefuseCode,
    Welcome,
)
from peerapi.graphing.codec.records import PING
from peerapi.graphing.events import ConnectionChanged, ConnectionStatus
from peerapi.graphing.link import Connection, Link, LinkState, Step
from peerapi.graphing.machine.acquaintances import Acquaintances
from peerapi.graphing.machine.bounds import BEFORE_CONNECT, Bound, sizes
from peerapi.graphing.machine.crowding import crowding
from peerapi.graphing.machine.expiration import Expiration
from peerapi.graphing.machine.ports import Maintenance
from peerapi.graphing.machine.race import Races
from peerapi.graphing.machine.referrals import Referrals
from peerapi.graphing.machine.synchronization import Synchronization
from peerapi.graphing.outputs import Dial, Doubt, Hangup
from peerapi.graphing.state import GraphState
from peerapi.moment import SECOND

MOST_DIRECT = 256
"Direct connections that others have made to this node."
CONNECT_TIMEOUT = 60.0
LONGEST = 24 * 3600.0
"Seconds after which a member is looked at again, however long its membership lasts."
SHORT = 5.0
"""Seconds. A neighbor whose link ended sooner is left alone for a while: one of the two, with a full disk perhaps,
cannot take what the other sends, and would be connected and lost again without a pause."""
CROSSED = 30.0
"""Seconds that the other side has to end its own call when two nodes have called each other at once. A node that does
not has only said that it is the neighbor."""


class Connections:
    """Makes and ends the links of one graph."""

    def __init__(
        self,
        state: GraphState,
        maintenance: Maintenance,
        referrals: Referrals,
        acquaintances: Acquaintances,
        expiration: Expiration,
        synchronization: Synchronization,
        races: Races,
    ) -> None:
        self._state = state
        self._maintenance = maintenance
        self._referrals = referrals
        self._acquaintances = acquaintances
        self._expiration = expiration
        self._synchronization = synchronization
        self._races = races
        self._last_link_id = 0
        self._sequence = 0
        self.crowded = 0
        "How many links had to make room for somebody who had fewer places."
        self.claimed = 0
        "How many nodes have said that they are a neighbor that is here already, and were turned away."

    def connect(self, address: Address, peer_id: str | None, *, direct: bool = False) -> int:
        """Begin a connection for the application; returns its ID. The result comes as an event.

        Raises ConnectSelf (one of our own addresses), AlreadyExists (a neighbor listens there).
        """
        if any((own.ip, own.port) == (address.ip, address.port) for own in self._state.addresses):
            raise ConnectSelf
        if not direct and self._referrals.connected_to(address):
            raise AlreadyExists("That node is a neighbor already.")
        return self.dial(address, peer_id, direct=direct, requested=True).id

    def dial(
        self, address: Address, peer_id: str | None = None, *, direct: bool = False, requested: bool = False
    ) -> Link:
        """3.1.7.24: authentication timer, then TCP."""
        link = self._new_link(outgoing=True, direct=direct)
        link.requested = requested
        link.dialed = link.remote = address
        link.wanted_peer = peer_id
        self._state.outputs.append(Dial(link, address))
        return link

    def _new_link(self, *, outgoing: bool, direct: bool) -> Link:
        state = self._state
        self._last_link_id += 1
        link = Link(id=self._last_link_id, outgoing=outgoing, direct=direct)
        link.deframer = Deframer(max_message=BEFORE_CONNECT, singly=True)
        state.links[link.id] = link
        patience = 20.0 + 280.0 * math.exp(-len(state.links) / 10)
        state.timers.set(("authentication", link.id), state.now.elapsed + patience, lambda: self.hang_up(link))
        return link

    def dialed(self, link: Link) -> None:
        """TCP stands: introduce ourselves (3.1.7.24), and if nobody negotiates security, CONNECT at once."""
        state = self._state
        if link.over:  # it was given up while it was called
            state.outputs.append(Hangup(link))
            return
        link.connection = Connection.SOCKET_CONNECTED
        state.send_message(
            link,
            AuthInfo(
                connection_type=ConnectionType.DIRECT if link.direct else ConnectionType.NEIGHBOR,
                graph_id=state.graph_id,
                source_peer_id=state.peer_id,
                destination_peer_id=link.wanted_peer,
            ),
        )
        if state.security is not None:
            link.connection = Connection.NEGOTIATING
        else:
            self._introduce(link)

    def _introduce(self, link: Link) -> None:
        state = self._state
        self._authenticated(link)
        link.step(Step.SEND_CONNECT)
        link.connect_sent = state.peer_time
        state.timers.set(("connect", link.id), state.now.elapsed + CONNECT_TIMEOUT, lambda: self.hang_up(link))
        # Reading A39: referrals are wanted on every connection that may use them.
        state.send_message(
            link,
            Connect(
                node_id=state.node_id,
                addresses=state.addresses,
                direct=link.direct,
                neighbor_list=not link.direct,
                friendly_name=state.friendly_name,
            ),
        )

    def accepted(self, auth: AuthInfo, remote: Address) -> Link:
        """A connection whose AUTH_INFO named this graph (3.1.5.1.1, 3.1.7.26); the listener has checked the IDs."""
        link = self._new_link(outgoing=False, direct=auth.connection_type is ConnectionType.DIRECT)
        link.peer_id = auth.source_peer_id
        link.remote = remote
        if self._state.security is not None:
            link.connection = Connection.NEGOTIATING
        else:
            self._authenticated(link)
        return link

    def proved(self, link: Link, peer: Any) -> None:
        """What was negotiated behind AUTH_INFO is complete: the other side is ``peer``."""
        if link.over or link.connection is not Connection.NEGOTIATING:
            return
        link.peer_id = str(peer.name)
        link.peer = peer
        self.end_refused()  # what has come while they were talking may concern the other side
        if link.over:
            return
        if link.outgoing:
            self._introduce(link)
        else:
            self._authenticated(link)

    def end_refused(self) -> None:
        """End the connections to those who may no longer be connected."""
        state = self._state
        for link in list(state.links.values()):
            if link.peer is not None and state.security is not None:
                if state.security.refuses(link.peer, state.now.utc):
                    self.hang_up(link)
                else:
                    self._check_again(link)

    def _check_again(self, link: Link) -> None:
        """A membership may end while the connection stands. It ends by this machine's UTC, which no neighbor moves."""
        state = self._state
        if state.security is not None:
            left = (state.security.good_until(link.peer) - state.now.utc) / SECOND
            state.timers.set(
                ("member", link.id), state.now.elapsed + min(left if left > 0 else 1.0, LONGEST), self.end_refused
            )

    def _authenticated(self, link: Link) -> None:
        state = self._state
        link.connection = Connection.AUTHENTICATED
        link.step(Step.AUTHENTICATE)
        state.timers.cancel(("authentication", link.id))
        if not link.outgoing:
            # Not in the text: a caller that authenticates and then says nothing would hold its place for ever.
            state.timers.set(("connect", link.id), state.now.elapsed + CONNECT_TIMEOUT, lambda: self.hang_up(link))

    def on_connect(self, link: Link, message: Connect) -> None:
        """3.1.5.2.1, readings A10, A27-A30."""
        state = self._state
        if link.outgoing or link.over or link.connection is not Connection.AUTHENTICATED:
            if link.outgoing and link.connected and message.update:
                self._moved(link, message)
            else:
                self.hang_up(link)
            return
        if link.connected:
            if message.update:
                self._moved(link, message)
            else:
                self._refuse(link, RefuseCode.ALREADY_CONNECTED)
            return
        link.direct = link.direct or message.direct
        if link.direct:
            if not state.accepts_direct:
                self._refuse(link, RefuseCode.DIRECT_CONNECTION_DISALLOWED)
                return
            called = [one for one in state.links.values() if one.direct and one.connected and not one.outgoing]
            if not self._has_room(link, called, MOST_DIRECT):
                self._refuse(link, RefuseCode.BUSY)
                return
            link.node_id = message.node_id
            self._welcome(link, ())
        else:
            double = self._neighbor(message.node_id, link)
            if message.node_id == state.node_id or double is not None:
                if double is not None:
                    self._turn_away(double)
                self._refuse(link, RefuseCode.DUPLICATE_CONNECTION)
                return
            if state.closing or not self._has_room(link, state.neighbors, state.limits.maximum):
                self._refuse(link, RefuseCode.BUSY, self._referrals.for_asker(message.addresses))
                return
            link.node_id = message.node_id
            link.listens_at(message.addresses)
            referrals = self._referrals.for_asker(message.addresses) if message.neighbor_list else ()
            self._welcome(link, referrals)

    def _has_room(self, link: Link, standing: list[Link], most: int) -> bool:
        """Whether a link may take a place among those that stand; who has several of them gives one up for it."""
        if len(standing) < most:
            return True
        gone = crowding(standing, link)
        if gone is None:
            return False
        self.crowded += 1
        self.disconnect(gone, DisconnectReason.LEAST_USEFUL)
        return True

    def _moved(self, link: Link, message: Connect) -> None:
        link.listens_at(message.addresses)
        if not link.direct:
            self._acquaintances.met(link)

    def _welcome(self, link: Link, referrals: tuple[Address, ...]) -> None:
        state = self._state
        state.send_message(
            link,
            Welcome(
                node_id=state.node_id,
                peer_time=state.peer_time,
                addresses=referrals,
                peer_id=state.peer_id,
                friendly_name=state.friendly_name,
            ),
        )
        link.step(Step.SEND_WELCOME)
        self._connected(link)
        seats = () if link.direct else tuple(one for one in state.addresses if one.relay)
        if seats:  # WELCOME has no place for them
            state.send_message(link, Connect(node_id=state.node_id, addresses=seats, update=True))

    def _refuse(self, link: Link, code: RefuseCode, addresses: tuple[Address, ...] = ()) -> None:
        self._state.send_message(link, Refuse(code=code, addresses=addresses))
        self.hang_up(link)

    def on_welcome(self, link: Link, message: Welcome) -> None:
        """3.1.5.2.2."""
        state = self._state
        another = link.peer is not None and link.peer_id != message.peer_id  # not who it has proved to be
        if link.state is not LinkState.CONNECT_WAIT or another:
            self.hang_up(link)
            return
        link.node_id, link.peer_id = message.node_id, message.peer_id
        if not link.direct:
            if message.node_id == state.node_id:
                self._referrals.never_again(link.dialed)
                self.hang_up(link)
                return
            double = self._neighbor(message.node_id, link)
            if double is not None:
                # If both have dialed each other at once, the call of the lower node ID stays: the caller of the other
                # one ends it. This side never does, because anybody may answer with the ID of a neighbor.
                if double.outgoing or state.node_id > message.node_id:
                    self._turn_away(double)
                    self.hang_up(link)
                    return
                state.timers.set(("crossed", link.id), state.now.elapsed + CROSSED, lambda: self._crossed(link, double))
        link.step(Step.RECEIVE_WELCOME)
        if link.dialed is not None:
            link.addresses = (link.dialed,)
            self._referrals.reached(link.dialed)
        self._referrals.add(message.addresses, link)
        self._connected(link)
        if link.direct:
            return
        state.clock.learn(message.peer_time, link.connect_sent, state.now, only_neighbor=len(state.neighbors) == 1)
        for neighbor in state.neighbors:
            state.send_message(neighbor, PointToPoint(data_type=PING, payload=b""))
        self._synchronization.start(link)
        if len(state.neighbors) == 1:
            self._maintenance.maintain()
        elif len(state.neighbors) > state.limits.maximum:  # others have come since this one was called
            others = [neighbor for neighbor in state.neighbors if neighbor is not link]
            self.disconnect(min(others, key=lambda other: other.utility), DisconnectReason.LEAST_USEFUL)

    def _neighbor(self, node_id: int, link: Link) -> Link | None:
        """The neighbor that is the node which ``link`` says it is. Node IDs are only said; where the graph has its
        links prove who is there, an ID is that of another node when somebody else says it."""
        for other in self._state.neighbors:
            if other.node_id == node_id and (link.peer is None or other.peer_id == link.peer_id):
                return other
        return None

    def _turn_away(self, neighbor: Link) -> None:
        """Somebody says that it is this neighbor, whose link is not given up for that. If it has come back because the
        link is dead, what is sent there now shows it soon, and it is let in the next time."""
        self.claimed += 1
        self._state.send_message(neighbor, PointToPoint(data_type=PING, payload=b""))
        self._state.outputs.append(Doubt(neighbor))

    def _crossed(self, link: Link, double: Link) -> None:
        """The time for the other side to end its own call is over."""
        if double.connected and link.connected:
            self._turn_away(double)
            self.hang_up(link)

    def _connected(self, link: Link) -> None:
        state = self._state
        state.timers.cancel(("connect", link.id))
        link.deframer.max_message, link.deframer.singly = DEFAULT_MAX_MESSAGE, False
        link.deframer.sizes = link.sizes = sizes(state.max_record_size)
        before = state.told_status
        if not link.direct:
            if not state.neighbors and state.info is not None and state.info.defer_expiration:
                self._expiration.soon()
            self._sequence += 1
            link.sequence = self._sequence
            link.covered = state.database.last_seq
            state.neighbors.append(link)
            link.since = state.now.elapsed
            self._acquaintances.met(link)
            if state.synchronized and not link.outgoing and state.never_connected:
                # The creator that was called is in the graph now: its next run asks only for what it missed.
                state.never_connected = False
                state.database.set_fact("connected", 1)
        self._races.won(link)
        state.notify(ConnectionChanged(link.direct, ConnectionStatus.CONNECTED, link.id, link.node_id))
        state.status_changed(before)

    def on_refuse(self, link: Link, message: Refuse) -> None:
        """3.1.5.2.3: take the referrals and try one of them."""
        if link.state is not LinkState.CONNECT_WAIT:
            self.hang_up(link)
            return
        self._referrals.add(message.addresses, link)
        following = None
        if message.code is RefuseCode.DUPLICATE_CONNECTION:
            self._referrals.call_again(link)
        elif not link.direct:
            following = self._referrals.dial(link)
        link.referred = link.referred and following is None  # one successor for each refusal
        self._races.fail(link, ConnectionRefused.hresult, following)
        self.hang_up(link)

    def on_disconnect(self, link: Link, message: Disconnect) -> None:
        """3.1.5.2.4."""
        if link.connected and not link.direct:
            self._referrals.refer(message.addresses, link)
        if message.reason is DisconnectReason.LEAVING:
            link.addresses = ()  # nobody is there any longer
        self.hang_up(link)

    def disconnect(self, link: Link, reason: DisconnectReason) -> None:
        """3.1.7.25."""
        if link.connected:
            referrals = () if link.direct else self._referrals.for_asker(link.addresses)
            self._state.send_message(link, Disconnect(reason=reason, addresses=referrals))
            link.step(Step.SEND_DISCONNECT)
        self.hang_up(link)

    def hang_up(self, link: Link) -> None:
        """End a link after what was sent has left."""
        if not link.over:
            self._state.outputs.append(Hangup(link))
            self.end(link)

    def abort(self, link: Link) -> None:
        """Terminate the connection, as section 3.1.5 says it of bad input."""
        self.hang_up(link)

    def exceeded(self, link: Link, bound: Bound) -> None:
        """End a connection whose other side wants more than a link gets."""
        self._state.bounded[bound] += 1
        self.hang_up(link)

    def end(self, link: Link, why: int = 0) -> None:
        """``why``: the HRESULT of a call that has failed, where it is known."""
        state = self._state
        if link.over:
            return
        was_connected = link.state in (LinkState.CONNECTED, LinkState.DISCONNECTING)
        before = state.told_status
        if not was_connected:
            in_talk = link.connection in (Connection.SOCKET_CONNECTED, Connection.NEGOTIATING)
            reason = why or (ConnectionNotAuthenticated if in_talk else ConnectionFailed).hresult
            following = None
            if link.outgoing and not link.direct and not state.closing and not self._races.is_beaten(link):
                self._referrals.failed(link)
                if link.referred and not state.neighbors:
                    following = self._referrals.dial(link)
            self._races.fail(link, reason, following)
        link.state = LinkState.DISCONNECTED if was_connected else LinkState.CONNECT_FAILED
        link.connection = Connection.DISCONNECTED
        state.links.pop(link.id, None)
        for timer in ("authentication", "connect", "ack", "member", "crossed"):
            state.timers.cancel((timer, link.id))
        link.answering.clear()
        link.acks.clear()
        if link.intake is not None:
            link.intake.end()
            state.tidy()
        if link in state.neighbors:
            state.neighbors.remove(link)
        if was_connected:
            state.notify(ConnectionChanged(link.direct, ConnectionStatus.DISCONNECTED, link.id, link.node_id))
        state.status_changed(before)
        if not link.direct and not state.closing:
            if was_connected:
                if state.now.elapsed - link.since < SHORT:
                    self._referrals.avoid(link.shown_addresses)
                self._maintenance.neighbor_lost(link)
            elif link.outgoing:
                self._maintenance.try_another()
