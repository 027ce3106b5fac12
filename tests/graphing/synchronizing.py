"""Machines and strangers that synchronize, as tests of it need them."""

import hashlib
from typing import Any

from peerapi.graphing.codec.messages import Flood, Welcome
from peerapi.graphing.codec.records import Record, decode_record, encode_record, record_id
from peerapi.moment import SECOND
from peerapi.store.database import Row
from tests.graphing.machines import CHAT, EPOCH, GRAPH, HOUR, Machine, Stranger, address
from tests.graphing.pair import Net


def taken(stranger: Stranger) -> list[Record]:
    """The records that have come, in order."""
    return [decode_record(message.record) for message in stranger.take(Flood)]


def welcomed(net: Net, machine: Machine, **fields: Any) -> Stranger:
    """The far end of a call that ``machine`` made and that was welcomed; what it asks for has come."""
    with net.hold():
        machine.do(machine.graph.connect, address(99), None)
        stranger = net.answer(machine, **fields)
    stranger.send(Welcome(stranger.node_id, EPOCH + int(net.elapsed * SECOND), peer_id=stranger.name))
    return stranger


def fill(machine: Machine, count: int, *, start: int = 0, creator: str = "alice") -> list[bytes]:
    """Records written straight into a database, made one second after the other from EPOCH on."""
    rows, ids = [], []
    for n in range(start, start + count):
        made = EPOCH - HOUR + n * SECOND
        record = Record(
            type=CHAT,
            id=record_id(creator, hashlib.md5(f"{creator} {n}".encode(), usedforsecurity=False).digest()),
            version=1,
            creator_id=creator,
            creation=made,
            expiration=EPOCH + 100 * HOUR,
            modification=made,
            graph_id=GRAPH,
            payload=b"%d" % n,
        )
        wire = encode_record(record)
        rows.append(Row(record.id, CHAT, 1, 0, made, record.expiration, wire))
        ids.append(record.id)
    machine.graph.database.begin()
    machine.graph.database.add_many(rows)
    machine.graph.database.commit()
    return ids
