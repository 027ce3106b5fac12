"""This side as a node of the cloud: one UDP socket that asks, and acknowledges what has to be acknowledged."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable

from peerapi.conformance_wire.bench import Bench, Deviation, NotHere, expect
from peerapi.conformance_wire.pnrp import messages
from peerapi.conformance_wire.pnrp.messages import ADVERTISE, AUTHORITY, FLOOD, INQUIRE, Message

AGAIN = 1.0
"Seconds after which a question is asked again: a datagram may get lost (3.1.2)."

Answerer = Callable[[Message], bytes | None]
"""What an INQUIRE for one of this side's IDs is answered with: the whole datagram, or None."""


class CloudNode:
    """A socket at a port of its own."""

    def __init__(self, bench: Bench) -> None:
        if not bench.target.cloud_port:
            raise NotHere("no node of a cloud was named")
        self.bench = bench
        self.place = (bench.target.host, bench.target.cloud_port)
        self.socket = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        self.socket.bind((bench.target.host, 0))
        self.port = int(self.socket.getsockname()[1])
        self.hashed = messages.sha1(os.urandom(16))
        """Of the one conversation in which it asks for nothing: a node keeps some, and no more from one party."""
        self.heard: list[Message] = []
        "All that came, in order."
        self.inquired: Answerer = lambda message: None

    @property
    def endpoint(self) -> bytes:
        return messages.endpoint(self.port, self.bench.target.host)

    def entry(self, id: int) -> bytes:
        """A ROUTE_ENTRY for an ID of this side."""
        return messages.route(id, self.port, self.bench.target.host)

    def send(self, kind: int, body: bytes, id: int | None = None) -> int:
        """Gives the Message ID."""
        number = messages.new_message_id() if id is None else id
        self.raw(messages.header(kind, number) + body)
        return number

    def raw(self, data: bytes) -> None:
        self.socket.sendto(data, self.place)

    def receive(self, seconds: float) -> Message | None:
        """The next datagram, after what a node has to answer was answered (3.1.5.5, 3.2.5.6)."""
        self.socket.settimeout(max(seconds, 0.001))
        try:
            raw, source = self.socket.recvfrom(65536)
        except TimeoutError:
            return None
        if source[1] != self.place[1]:
            return None
        message = Message.read(raw)
        self.heard.append(message)
        if message.kind == FLOOD and not message.body[5] & messages.DO_NOT_ACK:
            self.send(messages.ACK, messages.acknowledge(message.id))
        if message.kind == INQUIRE:
            answer = self.inquired(message)
            if answer is not None:
                self.raw(answer)
        return message

    def until(self, wanted: Callable[[Message], bool], what: str, ask: Callable[[], object] = lambda: None) -> Message:
        """The next message of a kind; ``ask`` is repeated until it comes. Raises Deviation."""
        end = time.monotonic() + self.bench.patience
        while time.monotonic() < end:
            ask()
            again = time.monotonic() + AGAIN
            while (left := again - time.monotonic()) > 0:
                message = self.receive(left)
                if message is not None and wanted(message):
                    return message
        raise Deviation(f"no {what}")

    def ask(self, kind: int, body: bytes, answer: int, what: str) -> Message:
        """A question, and its answer: the message of a kind that acknowledges the question's Message ID."""
        number = messages.new_message_id()

        def answers(message: Message) -> bool:
            return message.kind == answer and messages.acked_id(message) == number

        return self.until(answers, what, lambda: self.send(kind, body, number))

    def solicit(self, body: bytes | None = None) -> Message:
        """The ADVERTISE for a SOLICIT."""
        asked = messages.solicit(self.hashed) if body is None else body
        return self.ask(messages.SOLICIT, asked, ADVERTISE, "ADVERTISE")

    def buffer(self, kind: int, body: bytes) -> bytes:
        """The AUTHORITY_BUFFER that answers an INQUIRE or LOOKUP, put together (3.1.5.6)."""
        return self.fragments(kind, body)[0]

    def fragments(self, kind: int, body: bytes) -> tuple[bytes, list[Message]]:
        first = self.ask(kind, body, AUTHORITY, "AUTHORITY")
        number = messages.acked_id(first)
        parts = {messages.fragment_in(first)[1]: first}
        size = messages.fragment_in(first)[0]
        while sum(len(messages.fragment_in(part)[2]) for part in parts.values()) < size:
            more = self.until(lambda one: one.kind == AUTHORITY and messages.acked_id(one) == number, "next fragment")
            parts[messages.fragment_in(more)[1]] = more
        whole = b"".join(messages.fragment_in(parts[at])[2] for at in sorted(parts))
        return whole, [parts[at] for at in sorted(parts)]

    def silent_about(self, data: bytes, number: int) -> None:
        """A datagram gets no answer: what is asked behind it is answered, and nothing for its Message ID came."""
        before = len(self.heard)
        self.raw(data)
        self.solicit()
        answers = (messages.ADVERTISE, AUTHORITY, messages.ACK)
        found = [one for one in self.heard[before:] if one.kind in answers and messages.acked_id(one) == number]
        expect(not found, f"it is answered by a message of type {found[0].kind if found else 0}")


def node(bench: Bench) -> CloudNode:
    """This side's node, once for a run; it has proved its address by acknowledging what came."""
    made = CloudNode(bench)
    made.solicit()
    return made


def registered(bench: Bench) -> dict[str, int]:
    """The PNRP IDs under which the node has registered the names that were given, by name."""
    body = bench.once(node).solicit().body
    found = [int.from_bytes(one, "big") for one in messages.array_in(messages.one(body, messages.ID_ARRAY))[4]]
    by_name = {}
    for name in bench.target.names:
        fitting = [id for id in found if id >> 128 == messages.peer_to_peer_id(name)]
        expect(fitting, f"no PNRP ID that is advertised has the P2P ID of {name}")
        by_name[name] = fitting[0]
    return by_name
