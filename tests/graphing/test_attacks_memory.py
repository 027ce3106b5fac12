"""What a far end can make a node hold: each attack works without the one check that stops it, and then not."""

import pytest

from peerapi.graphing.codec.framing import DEFAULT_FRAME_SIZE, DEFAULT_MAX_MESSAGE, frame
from peerapi.graphing.codec.message_values import MessageType
from peerapi.graphing.codec.messages import Connect, Flood, PointToPoint, SyncEnd, encode
from peerapi.graphing.codec.records import encode_record
from peerapi.graphing.machine import bounds, connections, reception
from peerapi.graphing.machine.bounds import ASKED_NOTHING, BEFORE_CONNECT, MOST_BEFORE_CONNECT, SHORT_MESSAGE, Bound
from tests.graphing.machines import Machine, Stranger
from tests.graphing.pair import Net

MEGABYTE = 1 << 20
KINDS = {int(kind): kind.name for kind in MessageType}


@pytest.fixture
def alice(net: Net) -> Machine:
    alice = net.create()
    alice.listen()
    return alice


def begun(kind: int, size: int, came: int) -> bytes:
    """The first ``came`` bytes of a message of a type and size, in frames."""
    return frame(size.to_bytes(4, "big") + bytes((0x10, kind, 0, 0)) + bytes(came - 8))


def held(machine: Machine) -> int:
    return sum(link.deframer.buffered for link in machine.graph.links.values())


def test_attack_a_stranger_begins_a_long_message(net: Net, alice: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(connections, "BEFORE_CONNECT", DEFAULT_MAX_MESSAGE)
        stranger = net.stranger(alice)
        stranger.send_bytes(begun(MessageType.PT2PT, 61 * MEGABYTE, 3 * MEGABYTE))
        assert held(alice) > 3 * MEGABYTE - DEFAULT_FRAME_SIZE
        stranger.close()
    for kind in KINDS:
        stranger = net.stranger(alice)
        stranger.send_bytes(begun(kind, 61 * MEGABYTE, 3 * MEGABYTE))
        assert stranger.hung_up
        assert held(alice) == 0
    assert alice.graph.bounded == {Bound.MESSAGE: len(KINDS)}


def test_attack_who_was_called_begins_a_long_message(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    """The side that called allows no more before WELCOME."""
    bob = net.open("bob")

    def called() -> Stranger:
        with net.hold():
            bob.do(bob.graph.connect, net.machines[0].address._replace(port=99), None)
            stranger = net.answer(bob)
        stranger.send_bytes(begun(MessageType.WELCOME, 61 * MEGABYTE, MEGABYTE))
        return stranger

    with monkeypatch.context() as patch:
        patch.setattr(connections, "BEFORE_CONNECT", DEFAULT_MAX_MESSAGE)
        assert not called().hung_up
        assert held(bob) > MEGABYTE // 2
    assert called().hung_up


def test_the_longest_connect_fits(net: Net, alice: Machine) -> None:
    stranger = net.stranger(alice)
    addresses = tuple(alice.address._replace(port=n) for n in range(1, 256))
    name = "\N{SNOWMAN}" * 255
    assert 255 * 20 < len(encode(Connect(1, addresses, friendly_name=name))) < BEFORE_CONNECT
    stranger.connect(addresses=addresses, friendly_name=name)
    assert [link.connected for link in alice.graph.links.values()] == [True]


def test_what_follows_connect_in_one_piece_may_be_long(net: Net, alice: Machine) -> None:
    """A neighbor need not wait for WELCOME with what a neighbor may send."""
    stranger = net.stranger(alice)
    record = stranger.record(payload=bytes(MEGABYTE))
    stranger.send(Connect(node_id=stranger.node_id), Flood(encode_record(record)))
    assert not stranger.hung_up
    assert alice.record(record.id) == record


def test_attack_messages_that_are_ignored_before_connect(
    net: Net, alice: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    ignored = frame(encode(SyncEnd())) * 500
    with monkeypatch.context() as patch:
        patch.setattr(reception, "MOST_BEFORE_CONNECT", 1 << 30)
        stranger = net.stranger(alice)
        stranger.send_bytes(ignored)
        assert not stranger.hung_up
    stranger = net.stranger(alice)
    stranger.send_bytes(frame(encode(SyncEnd())) * MOST_BEFORE_CONNECT)
    assert not stranger.hung_up
    stranger.send_bytes(ignored)
    assert stranger.hung_up
    assert alice.graph.bounded == {Bound.BEFORE_CONNECT: 1}


@pytest.mark.parametrize("kind", KINDS, ids=KINDS.get)
def test_a_neighbor_s_messages_are_as_long_as_their_kind_needs(net: Net, alice: Machine, kind: int) -> None:
    long = {MessageType.FLOOD, MessageType.PT2PT, MessageType.ACK, MessageType.SOLICIT_HASH}
    stranger = net.neighbor(alice)
    most = ASKED_NOTHING if kind in (MessageType.ADVERTISE, MessageType.REQUEST) else SHORT_MESSAGE
    stranger.send_bytes(begun(kind, 20 * MEGABYTE, 100_000))
    assert stranger.hung_up is (kind not in long)
    assert held(alice) <= (100_000 if kind in long else most)


def test_attack_a_record_that_is_longer_than_any_in_the_graph(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    alice = net.create(properties={"max_record_size": 10_000})
    alice.listen()
    flood = begun(MessageType.FLOOD, 30 * MEGABYTE, 2 * MEGABYTE)
    with monkeypatch.context() as patch:
        patch.setattr(connections, "sizes", lambda most: {})
        stranger = net.neighbor(alice)
        stranger.send_bytes(flood)
        assert held(alice) > MEGABYTE
        stranger.close()
    stranger = net.neighbor(alice)
    stranger.send_bytes(flood)
    assert stranger.hung_up
    assert alice.graph.bounded == {Bound.MESSAGE: 1}


def test_attack_many_links_each_with_a_half_message(net: Net, alice: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one link may hold, all together may not: the one that holds most is ended."""

    def attacked() -> list[Stranger]:
        strangers = [net.neighbor(alice, name=f"m{n}", node_id=n) for n in range(1, 6)]
        for number, stranger in enumerate(strangers):
            stranger.send_bytes(begun(MessageType.PT2PT, 60 * MEGABYTE, (4 if number == 2 else 3) * MEGABYTE))
        return strangers

    monkeypatch.setattr(reception, "HALF_MESSAGES", 12 * MEGABYTE)
    with monkeypatch.context() as patch:
        patch.setattr(reception, "HALF_A_MESSAGE", bounds.HALF_MESSAGES)
        strangers = attacked()
        assert held(alice) > 15 * MEGABYTE
        for stranger in strangers:
            stranger.close()
    assert [stranger.hung_up for stranger in attacked()] == [False, False, True, False, False]
    assert held(alice) <= 12 * MEGABYTE
    assert alice.graph.bounded == {Bound.HALF_MESSAGES: 1}


def test_a_message_that_is_long_and_wanted_comes_through(net: Net, alice: Machine) -> None:
    alice.graph.accepts_direct = True
    stranger = net.stranger(alice)
    stranger.connect(direct=True)
    stranger.send(PointToPoint(bytes(16), bytes(5 * MEGABYTE)))
    assert not stranger.hung_up
