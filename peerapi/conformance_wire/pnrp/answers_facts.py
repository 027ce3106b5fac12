"""REQUEST and FLOOD, ACK and LOOKUP, and what comes back for them (3.1.5.4, 3.1.5.5, 3.2.5.2, 3.2.5.4, 3.2.5.5)."""

from __future__ import annotations

import os
import struct

from peerapi.conformance_wire.bench import Bench, expect, same
from peerapi.conformance_wire.pnrp import messages
from peerapi.conformance_wire.pnrp.asking_facts import an_id
from peerapi.conformance_wire.pnrp.catalogue import PNRP
from peerapi.conformance_wire.pnrp.messages import ACK, FLOOD, Message
from peerapi.conformance_wire.pnrp.node import CloudNode, node, registered


def _flags(message: Message) -> int:
    """The flags of an ACK; 0 when it has none."""
    found = [body for field, body in messages.elements(message.body) if field == messages.FLAGS]
    return int.from_bytes(found[0][:2], "big") if found else 0


def a_conversation(bench: Bench) -> tuple[CloudNode, Message, Message, int]:
    """The ACK of a REQUEST and the FLOOD that follows it, and the PNRP ID that was asked for."""
    here, nonce, id = bench.once(node), os.urandom(16), an_id(bench)
    here.solicit(messages.solicit(messages.sha1(nonce)))
    before = len(here.heard)
    ack = here.ask(messages.REQUEST, messages.request(nonce, id), ACK, "ACK")

    def entry(message: Message) -> bool:
        return message.kind == FLOOD and id.to_bytes(32, "big") in message.raw

    found = [one for one in here.heard[before:] if entry(one)]
    return here, ack, found[0] if found else here.until(entry, "FLOOD"), id


@PNRP.fact("3.2.5.4", "a REQUEST with the nonce of its SOLICIT is acknowledged")
def _request_acked(bench: Bench) -> None:
    bench.once(a_conversation)


@PNRP.fact("3.2.5.4", "a REQUEST is answered by a FLOOD with the route entry that was asked for")
def _request_flooded(bench: Bench) -> None:
    _, _, flood, id = bench.once(a_conversation)
    same(messages.one(flood.body, messages.ROUTE)[:32], id.to_bytes(32, "big"), "the PNRP ID")


@PNRP.fact("3.2.5.4", "D of a FLOOD that answers a REQUEST is set")
def _flood_flag(bench: Bench) -> None:
    flood = bench.once(a_conversation)[2]
    same(int.from_bytes(messages.one(flood.body, messages.FLOOD_CONTROLS)[:2], "big"), messages.DO_NOT_ACK, "D")


@PNRP.fact("2.2.2.4", "Length1 of a FLOOD is 7 and its padding zero")
def _flood_controls(bench: Bench) -> None:
    same(len(messages.one(bench.once(a_conversation)[2].body, messages.FLOOD_CONTROLS)), 3, "the controls")


@PNRP.fact("2.2.2.4", "a FLOOD with a route entry has the elements 0x0043, 0x0039, 0x009A, 0x009E in this order")
def _flood_order(bench: Bench) -> None:
    fields = [field for field, _ in messages.elements(bench.once(a_conversation)[2].body)]
    wanted = [messages.FLOOD_CONTROLS, messages.VALIDATE, messages.ROUTE, messages.ENDPOINTS]
    same(fields, wanted, "the FieldIDs")


@PNRP.fact("2.2.2.4", "EntryLength of an Already Flooded List is 0x12 and its type 0x009D")
def _flood_list(bench: Bench) -> None:
    body = messages.one(bench.once(a_conversation)[2].body, messages.ENDPOINTS)
    same(messages.array_in(body)[2:4], (messages.ENDPOINT, 0x12), "ElementFieldType and EntryLength")


@PNRP.fact("2.2.3.4", "a route entry says version 4.0, Flags 0 and the node's port")
def _route(bench: Bench) -> None:
    body = messages.one(bench.once(a_conversation)[2].body, messages.ROUTE)
    same(struct.unpack_from(">BBHB", body, 32), (4, 0, bench.target.cloud_port, 0), "version, port and Flags")


@PNRP.fact("2.2.3.4", "a route entry has as many addresses as it says, from 1 to 20")
def _route_count(bench: Bench) -> None:
    body = messages.one(bench.once(a_conversation)[2].body, messages.ROUTE)
    expect(1 <= body[37] <= 20 and len(body) == 38 + 16 * body[37], f"{body[37]} addresses in {len(body)} bytes")


@PNRP.fact("3.2.5.4", "a second REQUEST of a conversation is not answered by FLOOD again")
def _request_once(bench: Bench) -> None:
    here, nonce, id = bench.once(node), os.urandom(16), an_id(bench)
    here.solicit(messages.solicit(messages.sha1(nonce)))
    here.ask(messages.REQUEST, messages.request(nonce, id), ACK, "ACK")
    here.solicit()
    number = messages.new_message_id()
    before = len(here.heard)
    here.silent_about(messages.header(messages.REQUEST, number) + messages.request(nonce, id), number)
    again = [one for one in here.heard[before:] if one.kind == FLOOD and id.to_bytes(32, "big") in one.raw]
    same(len(again), 0, "the number of FLOODs")


@PNRP.fact("3.2.5.4", "a REQUEST with another nonce is dropped")
def _request_nonce(bench: Bench) -> None:
    here, number = bench.once(node), messages.new_message_id()
    here.solicit(messages.solicit(messages.sha1(os.urandom(16))))
    raw = messages.request(os.urandom(16), an_id(bench))
    here.silent_about(messages.header(messages.REQUEST, number) + raw, number)


@PNRP.fact("3.2.5.4", "a REQUEST from who has no conversation is dropped")
def _request_alone(bench: Bench) -> None:
    here, number = CloudNode(bench), messages.new_message_id()
    raw = messages.request(os.urandom(16), an_id(bench))
    here.silent_about(messages.header(messages.REQUEST, number) + raw, number)
    here.socket.close()


# ---- FLOOD and ACK ----


@PNRP.fact("3.1.5.5", "a FLOOD with D clear is acknowledged")
def _acked(bench: Bench) -> None:
    bench.once(node).ask(FLOOD, messages.flood(), ACK, "ACK")


@PNRP.fact("3.1.5.5", "a FLOOD with D set is not acknowledged")
def _not_acked(bench: Bench) -> None:
    number = messages.new_message_id()
    raw = messages.header(FLOOD, number) + messages.flood(flags=messages.DO_NOT_ACK)
    bench.once(node).silent_about(raw, number)


@PNRP.fact("3.2.5.5", "N of the ACK of a FLOOD is clear when Validate PNRP ID is zero")
def _ack_zero(bench: Bench) -> None:
    same(_flags(bench.once(node).ask(FLOOD, messages.flood(), ACK, "ACK")) & 1, 0, "N")


@PNRP.fact("3.2.5.5", "N of the ACK of a FLOOD is clear when Validate PNRP ID is registered")
def _ack_known(bench: Bench) -> None:
    same(_flags(bench.once(node).ask(FLOOD, messages.flood(an_id(bench)), ACK, "ACK")) & 1, 0, "N")


@PNRP.fact("3.2.5.5", "N of the ACK of a FLOOD is set when Validate PNRP ID is not registered")
def _ack_unknown(bench: Bench) -> None:
    same(_flags(bench.once(node).ask(FLOOD, messages.flood(12345), ACK, "ACK")), 1, "the flags")


# ---- LOOKUP ----


def _looked_up(bench: Bench, target: int, validate: int) -> tuple[int, bytes | None]:
    """Flags and route entry of the answer to a LOOKUP."""
    here = bench.once(node)
    raw = here.buffer(messages.LOOKUP, messages.lookup(target, validate, here.endpoint))
    found = dict(messages.elements(raw))
    return int.from_bytes(found[messages.FLAGS][:2], "big"), found.get(messages.ROUTE)


@PNRP.fact("3.2.5.2", "a LOOKUP for a registered PNRP ID is answered by its route entry")
def _lookup_found(bench: Bench) -> None:
    for id in bench.once(registered).values():
        flags, entry = _looked_up(bench, id, 0)
        same((flags & messages.NOT_FOUND, (entry or b"")[:32]), (0, id.to_bytes(32, "big")), "N and the entry")


@PNRP.fact("3.2.5.2", "N of the answer is set when Validate PNRP ID is not registered")
def _lookup_not_there(bench: Bench) -> None:
    same(_looked_up(bench, an_id(bench), 12345)[0] & messages.NOT_FOUND, messages.NOT_FOUND, "N")


@PNRP.fact("3.2.5.2", "N of the answer is clear when Validate PNRP ID is registered")
def _lookup_there(bench: Bench) -> None:
    same(_looked_up(bench, an_id(bench) + 1, an_id(bench))[0] & messages.NOT_FOUND, 0, "N")


@PNRP.fact("3.2.5.2", "the answer to a LOOKUP does not name a node of the Flagged Path")
def _lookup_flagged(bench: Bench) -> None:
    here = bench.once(node)
    own = messages.endpoint(bench.target.cloud_port, bench.target.host)
    raw = here.buffer(messages.LOOKUP, messages.lookup(an_id(bench), 0, here.endpoint + own))
    entry = dict(messages.elements(raw)).get(messages.ROUTE, bytes(38))
    expect(struct.unpack_from(">H", entry, 34)[0] != bench.target.cloud_port, "it names itself")


@PNRP.fact("3.2.5.2", "of two registered names a LOOKUP finds the closer one")
def _lookup_closer(bench: Bench) -> None:
    for id in bench.once(registered).values():
        same((_looked_up(bench, id + 2, 0)[1] or b"")[:32], id.to_bytes(32, "big"), "the PNRP ID")
