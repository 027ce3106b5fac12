"""Records by which other nodes make themselves known, as tests publish them."""

from peerapi.graphing.codec.internal_records import ContactPayload, PresencePayload
from peerapi.graphing.codec.messages import (
    Flood,
)
from peerapi.graphing.codec.records import CONTACT, PRESENCE, encode_record
from tests.graphing.machines import Machine, Stranger, address
from tests.graphing.pair import Net


def alone(net: Net, **options: object) -> Machine:
    """A creator that listens."""
    alice = net.create(**options)
    alice.listen()
    return alice


def contact_of(stranger: Stranger, *, signature: int, node_id: int, port: int = 60) -> bytes:
    """Publish a contact record from outside; returns its ID."""
    payload = ContactPayload(signature, node_id, (address(port),)).encode()
    record = stranger.record(creator=f"contact {node_id}", type=CONTACT, payload=payload)
    stranger.send(Flood(encode_record(record)))
    return record.id


def presence_of(stranger: Stranger, node_id: int, *, port: int = 60) -> bytes:
    payload = PresencePayload(node_id, None, (address(port),)).encode()
    record = stranger.record(creator=f"peer {node_id}", type=PRESENCE, payload=payload)
    stranger.send(Flood(encode_record(record)))
    return record.id
