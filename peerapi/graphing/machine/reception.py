"""What comes in on the links: bytes become messages, and each goes to the part of the machine that answers it
(MS-PPGRH 3.1.5.2). Records that foreign code has to judge hold up what follows them on their link.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from peerapi.graphing.codec.long_messages import LONG
from peerapi.graphing.codec.messages import (
    AuthInfo,
    Connect,
    Disconnect,
    Message,
    MessageType,
    PointToPoint,
    Refuse,
    SolicitNew,
    SolicitTime,
    SyncEnd,
    Welcome,
    decode,
)
from peerapi.graphing.codec.records import PING
from peerapi.graphing.codec.wire import MalformedMessage, MessageTooLong
from peerapi.graphing.events import IncomingData
from peerapi.graphing.link import Link
from peerapi.graphing.machine.bounds import HALF_A_MESSAGE, HALF_MESSAGES, JUDGED, MOST_BEFORE_CONNECT, TURN, Bound
from peerapi.graphing.machine.connections import Connections
from peerapi.graphing.machine.flooding import Flooding
from peerapi.graphing.machine.long_intake import LongIntake
from peerapi.graphing.machine.synchronization import Synchronization
from peerapi.graphing.outputs import Examine, Judge
from peerapi.graphing.security import GraphSecurity, Received, Validity
from peerapi.graphing.state import SOON, GraphState


class Reception:
    """What a node does with the bytes that come on its links: messages, in turns, to the parts that answer them."""

    def __init__(
        self,
        state: GraphState,
        connections: Connections,
        synchronization: Synchronization,
        flooding: Flooding,
        on_search: Callable[[Link, bytes], None],
    ) -> None:
        self._state = state
        self._connections = connections
        self._synchronization = synchronization
        self._flooding = flooding
        self._on_search = on_search
        self._again: dict[bytes, None] = {}
        "Deferred records that have to be judged again, in order."
        connections, synchronization = self._connections, self._synchronization
        self._in_handshake: dict[type, Callable[[Link, Any], None]] = {
            AuthInfo: lambda link, _: self._connections.abort(link),  # a second one
            Welcome: connections.on_welcome,
            Refuse: connections.on_refuse,
            Disconnect: connections.on_disconnect,
        }
        self._on_link: dict[type, Callable[[Link, Any], None]] = {
            SolicitNew: synchronization.on_solicit,
            SolicitTime: synchronization.on_solicit,
            SyncEnd: synchronization.on_sync_end,
            PointToPoint: self._on_point_to_point,
        }
        self._in_bulk: dict[int, Callable[[Link, bytes], None]] = {
            MessageType.FLOOD: self._on_long_flood,
            MessageType.ACK: self._flooding.on_ack,
            MessageType.SOLICIT_HASH: synchronization.on_solicit_hash,
            MessageType.ADVERTISE: synchronization.on_advertise,
            MessageType.REQUEST: synchronization.on_request,
        }
        "Of neighbors only. They may be long: whether they may come now is known before they are looked into."

    def received(self, link: Link, data: bytes) -> None:
        """Bytes from the transport of a link.

        Until it is connected its messages are taken one by one: after that longer ones may come.
        """
        state, deframer = self._state, link.deframer
        if link.over:
            return
        while True:
            singly = deframer.singly
            try:
                messages = deframer.feed(data)
            except MalformedMessage as error:
                # What was complete before the damage counts, however the network cut the stream.
                self.messages(link, error.before)
                if isinstance(error, MessageTooLong):
                    state.bounded[Bound.MESSAGE] += 1
                if not link.paused:
                    self._connections.abort(link)
                return
            self.messages(link, messages)
            if not singly or not messages or link.over:
                break
            link.preliminaries += 1
            if link.preliminaries > MOST_BEFORE_CONNECT:
                self._connections.exceeded(link, Bound.BEFORE_CONNECT)
                return
            data = b""
        if deframer.buffered > HALF_A_MESSAGE:
            self._keep_in_bounds()

    def _keep_in_bounds(self) -> None:
        """End the link that holds most of messages that are not done with, if all links together hold too much."""
        state = self._state
        links = state.links.values()
        if sum(map(_held, links)) > HALF_MESSAGES:
            self._connections.exceeded(max(links, key=_held), Bound.HALF_MESSAGES)

    def messages(self, link: Link, messages: Sequence[bytes]) -> None:
        """Whole messages of a link, as they came."""
        state = self._state
        link.made = 0
        if link.waiting or link.paused:
            link.held += messages
            return
        flooding = self._flooding
        state.spent = 0
        try:
            at, count = 0, len(messages)
            while at < count:
                if link.connected and not link.direct:
                    at = flooding.receive(link, messages, at)
                    if at == count:
                        break
                if state.spent >= TURN:
                    link.paused = True
                    link.held += messages[at:]
                    break
                if link.to_validate:
                    link.held += messages[at:]
                    break
                self._take(link, messages[at])
                state.spent += 1
                if link.over:
                    break
                at += 1
                if link.intake is not None:
                    link.paused = True
                    link.held += messages[at:]
                    break
        except MalformedMessage:
            self._connections.abort(link)
        if link.deframer.broken and not link.paused:  # behind these messages there was damage
            self._connections.abort(link)
        flooding.finish(link)
        if link.to_validate:
            self._have_judged(link)

    def _have_judged(self, link: Link) -> None:
        """At the end of a batch: foreign code has to judge some of its records."""
        link.waiting = True
        records = [(received, self._flooding.change_of(received)) for received in link.to_validate]
        link.to_validate = []
        self._state.outputs.append(Judge(link, records))

    def resume(self, link: Link) -> None:
        """Others have had their turn: go on with what is held of a link."""
        if link.intake is not None and not link.over:
            link.made = 0
            if not link.intake.step():
                link.intake.end()
                link.intake = None
            self._flooding.finish(link)
            if link.to_validate:
                self._have_judged(link)
            return
        link.paused = False
        held, link.held = link.held, []
        if held and not link.over:
            self.messages(link, held)

    def judged(self, link: Link | None, answers: Sequence[tuple[Received, Validity]]) -> None:
        """What the security provider said of the records of a ``Judge``; then what was held goes on."""
        source = link if link is not None and not link.over else None
        for received, validity in answers:
            self._flooding.judged(source, received, validity)
        self._flooding.finish(source)
        if link is not None:
            link.waiting = False  # also when it is over: its reader waits for that
            held, link.held = link.held, []
            if held and source is not None:
                self.messages(source, held)

    def validate_deferred(self, record_ids: Sequence[bytes]) -> None:
        """3.1.4.10: have deferred records judged again; none named: all of them."""
        state = self._state
        deferred = self._flooding.deferred
        wanted = [id_ for id_ in (record_ids or list(deferred)) if id_ in deferred]
        if state.security is not None:
            self._again.update(dict.fromkeys(wanted))
            self._judge_again()
        elif wanted:
            chosen = [received for received in map(deferred.pop, wanted) if received is not None]
            state.outputs.append(Judge(None, [(received, self._flooding.change_of(received)) for received in chosen]))

    def _judge_again(self) -> None:
        """As many of the deferred records that are wanted as one turn allows: one may teach what the next one needs."""
        state = self._state
        for _ in range(TURN // JUDGED):
            if not self._again:
                return
            id_ = next(iter(self._again))
            del self._again[id_]
            received = self._flooding.deferred.pop(id_)
            if received is not None and state.security is not None:
                work = None if len(received.wire) <= LONG else state.security.examination(received.wire)
                if work is None:
                    self._judge(state.security, received)
                else:
                    state.outputs.append(Examine(work, received))
        if self._again:
            state.timers.set("deferred", state.now.elapsed + SOON, self._judge_again)

    def examined(self, received: Received) -> None:
        """The work of an ``Examine`` is done."""
        security = self._state.security
        if security is not None:
            self._judge(security, received)
            security.forget_examined(received.wire)

    def _judge(self, security: GraphSecurity, received: Received) -> None:
        stored = self._state.database.outline(received.summary.id)
        if self._flooding.has_room(received, stored):
            self.judged(None, [(received, self._flooding.validity(security, received, stored))])

    def _on_long_flood(self, link: Link, message: bytes) -> None:
        """A FLOOD that ``Flooding.receive`` leaves alone because it is long (3.1.5.2.10). Raises MalformedMessage."""
        link.intake = LongIntake(self._state, self._flooding, link, message)

    def _take(self, link: Link, message: bytes) -> None:
        in_bulk = self._in_bulk.get(message[5])
        if in_bulk is None:
            self._dispatch(link, decode(message))
        elif link.connected and not link.direct:
            in_bulk(link, message)
        else:
            self._connections.abort(link)

    def _dispatch(self, link: Link, message: Message) -> None:
        name = type(message)
        if name is Connect:
            self._connections.on_connect(link, message)  # type: ignore[arg-type]
        elif name in self._in_handshake:
            self._in_handshake[name](link, message)
        elif link.connected and name in self._on_link:
            if link.direct and name is not PointToPoint and name is not Disconnect:
                self._connections.abort(link)
            else:
                self._on_link[name](link, message)
        elif name is SyncEnd and not link.over:
            pass  # 3.1.5.2.11: ignored outside of the CONNECTED state
        else:
            self._connections.abort(link)

    def _on_point_to_point(self, link: Link, message: PointToPoint) -> None:
        """3.1.5.2.13; a Ping (2.2.4.1) has served its purpose by arriving, unless a search of all nodes is in it."""
        if message.data_type != PING:
            self._state.notify(IncomingData(link.id, message.data_type, message.payload))
        elif message.payload and not link.direct:
            self._on_search(link, message.payload)


def _held(link: Link) -> int:
    """Bytes of a message that has not come completely, or is being taken in."""
    return link.deframer.buffered + (0 if link.intake is None else link.intake.size)
