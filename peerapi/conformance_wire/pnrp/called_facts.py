"""The node as who asks: what it sends to a node of this side that it has heard of (3.1.5.11, 3.2.5.1, 3.1.6.3)."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from peerapi.conformance_wire.bench import Bench, Deviation, same
from peerapi.conformance_wire.pnrp import messages
from peerapi.conformance_wire.pnrp.asking_facts import an_id
from peerapi.conformance_wire.pnrp.catalogue import PNRP
from peerapi.conformance_wire.pnrp.messages import INQUIRE, Message
from peerapi.conformance_wire.pnrp.node import CloudNode


@dataclass(frozen=True)
class Heard:
    """An INQUIRE for an ID of this side, the same once more, and the ID."""

    first: Message
    again: Message
    id: int


def _told_by(tell: Callable[[CloudNode, int], object], bench: Bench) -> Heard:
    """What comes when the node is told of a route entry next to one of its own, and is not answered."""
    here = CloudNode(bench)
    try:
        here.solicit()
        id = an_id(bench) + 1 + int.from_bytes(os.urandom(4), "big")

        def inquired(message: Message) -> bool:
            return message.kind == INQUIRE and id.to_bytes(32, "big") in message.raw

        tell(here, id)
        first = next((one for one in here.heard if inquired(one)), None) or here.until(inquired, "INQUIRE")
        again = here.until(lambda one: inquired(one) and one.id == first.id, "INQUIRE once more")
        return Heard(first, again, id)
    finally:
        here.socket.close()


def _by_solicit(here: CloudNode, id: int) -> object:
    return here.solicit(messages.solicit(messages.sha1(os.urandom(16)), here.entry(id)))


def _by_flood(here: CloudNode, id: int) -> object:
    return here.ask(messages.FLOOD, messages.flood(entry=here.entry(id)), messages.ACK, "ACK")


def _by_lookup(here: CloudNode, id: int) -> object:
    body = messages.lookup(an_id(here.bench), 0, here.endpoint, entry=here.entry(id))
    return here.ask(messages.LOOKUP, body, messages.AUTHORITY, "AUTHORITY")


def by_solicit(bench: Bench) -> Heard:
    return _told_by(_by_solicit, bench)


WAYS: dict[str, tuple[str, Callable[[Bench], Heard]]] = {
    "SOLICIT": ("3.2.5.3", by_solicit),
    "FLOOD": ("3.1.5.5", partial(_told_by, _by_flood)),
    "LOOKUP": ("3.2.5.2", partial(_told_by, _by_lookup)),
}


def _inquires(capture: Callable[[Bench], Heard], bench: Bench) -> None:
    bench.once(capture)


for name, (section, capture) in WAYS.items():
    PNRP.add(section, f"the route entry of a {name} is tested by an INQUIRE", partial(_inquires, capture))


@PNRP.fact("3.1.6.3", "an INQUIRE that is not answered is sent again, byte for byte")
def _again(bench: Bench) -> None:
    found = bench.once(by_solicit)
    same(found.again.raw, found.first.raw, "the second")


@PNRP.fact("2.2.2.5", "an INQUIRE begins with the elements 0x0040 and 0x0039")
def _order(bench: Bench) -> None:
    fields = [field for field, _ in messages.elements(bench.once(by_solicit).first.body)]
    same(fields[:2], [messages.FLAGS, messages.VALIDATE], "the FieldIDs")


@PNRP.fact("3.1.5.11", "Validate PNRP ID of the INQUIRE is that of the route entry")
def _validate(bench: Bench) -> None:
    found = bench.once(by_solicit)
    same(messages.one(found.first.body, messages.VALIDATE), found.id.to_bytes(32, "big"), "Validate PNRP ID")


@PNRP.fact("3.2.5.1", "for an ID within a leaf set the INQUIRE has A and C set, and no reserved bit")
def _flags(bench: Bench) -> None:
    flags = int.from_bytes(messages.one(bench.once(by_solicit).first.body, messages.FLAGS), "big")
    wanted = messages.WANT_CPA | messages.WANT_CHAIN
    same(flags & ~messages.WANT_PAYLOAD, wanted, "the flags without X")


@PNRP.fact("2.2.2.5", "the nonce of an INQUIRE has 16 bytes and is another one for another question")
def _nonce(bench: Bench) -> None:
    first = messages.one(bench.once(by_solicit).first.body, messages.NONCE)
    other = messages.one(bench.once(WAYS["FLOOD"][1]).first.body, messages.NONCE)
    same((len(first), len(other), first == other), (16, 16, False), "sizes, and whether they are the same")


@PNRP.fact("3.1.5.11", "an entry whose node does not answer is not told to others")
def _silent(bench: Bench) -> None:
    found = bench.once(by_solicit)
    here = CloudNode(bench)
    here.solicit()
    raw = here.buffer(messages.LOOKUP, messages.lookup(found.id, 0, here.endpoint))
    here.socket.close()
    if found.id.to_bytes(32, "big") in raw:
        raise Deviation("it is told")
