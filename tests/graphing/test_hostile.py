"""Whatever a neighbor sends, the machine answers or ends that link, and goes on with the others (3.1.5.2, 5.1)."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from peerapi.graphing.codec.framing import frame
from peerapi.graphing.codec.messages import Disconnect, DisconnectReason, Flood, Message, encode
from peerapi.graphing.codec.records import CONTACT, GRAPH_INFO, PRESENCE, SIGNATURE, SIGNATURE_ID, encode_record
from tests.graphing.machines import CHAT, EPOCH, Machine, Stranger
from tests.graphing.pair import Net
from tests.support.strategies import any_message, mutated, u32, u64, with_right_size


def neighbors() -> tuple[Net, Machine, Machine, Stranger]:
    """Alice with a good neighbor and a bad one."""
    net = Net()
    alice = net.create()
    bob = net.join("bob", alice)
    return net, alice, bob, net.neighbor(alice)


def still_well(net: Net, alice: Machine, bob: Machine) -> None:
    """Alice serves bob as before, also after some time."""
    added = alice.add(b"afterwards")
    net.deliver_all()
    assert bob.record(added) is not None
    net.advance(400)
    assert bob.graph in [machine.graph for machine in net.machines]
    assert alice.record(added) == bob.record(added)


sendable = any_message.filter(lambda message: not isinstance(message, Disconnect))


@settings(max_examples=60)
@given(st.lists(sendable, max_size=8))
def test_any_messages_in_any_order_do_no_harm(messages: list[Message]) -> None:
    net, alice, bob, stranger = neighbors()
    for message in messages:
        if not stranger.hung_up:
            stranger.send(message)
    still_well(net, alice, bob)


@settings(max_examples=60)
@given(st.lists(mutated(any_message.map(encode)).map(with_right_size), max_size=5), st.integers(1, 2000))
def test_damaged_messages_do_no_harm(pieces: list[bytes], cut: int) -> None:
    net, alice, bob, stranger = neighbors()
    stream = b"".join(map(frame, pieces))
    for start in range(0, len(stream), cut):
        if not stranger.hung_up:
            stranger.send_bytes(stream[start : start + cut])
    still_well(net, alice, bob)


@settings(max_examples=50)
@given(st.binary(max_size=300))
def test_any_bytes_do_no_harm(data: bytes) -> None:
    net, alice, bob, stranger = neighbors()
    stranger.send_bytes(data)
    still_well(net, alice, bob)


@settings(max_examples=60)
@given(
    st.sampled_from((CHAT, GRAPH_INFO, SIGNATURE, CONTACT, PRESENCE)),
    st.fixed_dictionaries(
        {},
        optional={
            "version": u32,
            "payload": st.binary(max_size=60),
            "creation": u64,
            "modification": u64,
            "expiration": u64 | st.integers(EPOCH, EPOCH + 10**10),
            "deleted": st.booleans(),
            "id": st.sampled_from((SIGNATURE_ID, bytes(16))),
            "modified_by": st.sampled_from(("mallory", None)),
        },
    ),
)
def test_records_with_any_content_do_no_harm(kind: bytes, changes: dict[str, Any]) -> None:
    net, alice, bob, stranger = neighbors()
    if changes.get("deleted"):
        changes["payload"] = b""
    record = stranger.record(type=kind, **changes)
    stranger.send(Flood(encode_record(record)))
    assert not stranger.hung_up, "a record that is not valid is dropped, the link stays (reading A11)"
    still_well(net, alice, bob)


@given(st.lists(any_message, max_size=6))
def test_whatever_comes_before_connect_is_no_way_in(messages: list[Message]) -> None:
    net = Net()
    alice = net.create()
    alice.listen()
    stranger = net.stranger(alice)
    for message in messages:
        if not stranger.hung_up:
            stranger.send(message)
    stranger.close()
    assert alice.graph.links == {}
    assert alice.add()


def test_goodbye_is_goodbye() -> None:
    net, alice, bob, stranger = neighbors()
    stranger.send(Disconnect(DisconnectReason.LEAVING))
    assert stranger.hung_up
    still_well(net, alice, bob)
