"""The states of a link (MS-PPGRH 3.1.1, figures 3 and 4) and what may arrive in each of them."""

import pytest

from peerapi.errors import ConnectionFailed, ConnectionNotAuthenticated
from peerapi.graphing.codec.messages import (
    Ack,
    Advertise,
    AuthInfo,
    Connect,
    ConnectionType,
    Disconnect,
    DisconnectReason,
    Flood,
    Message,
    PointToPoint,
    Refuse,
    RefuseCode,
    Request,
    SolicitHash,
    SolicitNew,
    SolicitTime,
    SyncEnd,
    Welcome,
)
from peerapi.graphing.codec.records import encode_record
from peerapi.graphing.events import ConnectionChanged, ConnectionStatus
from peerapi.graphing.link import Connection, Link, LinkState, Step
from tests.graphing.machines import CHAT, EPOCH, GRAPH, OUTSIDE, Stranger
from tests.graphing.pair import Net

ONE_OF_EACH: list[Message] = [
    AuthInfo(ConnectionType.NEIGHBOR, GRAPH, "somebody"),
    Connect(7),
    Welcome(7, EPOCH, peer_id="somebody"),
    Refuse(RefuseCode.BUSY),
    Disconnect(DisconnectReason.LEAVING),
    SolicitNew(),
    SolicitTime(0),
    SolicitHash(),
    Advertise(),
    Request(),
    Flood(bytes(100)),
    SyncEnd(),
    PointToPoint(CHAT, b"data"),
    Ack(()),
]


def named(message: Message) -> str:
    return type(message).__name__


def called() -> tuple[Net, Stranger]:
    """A node that listens, and a caller that has authenticated (LINK_STATE_AUTHENTICATED, incoming)."""
    net = Net()
    alice = net.create()
    alice.listen()
    return net, net.stranger(alice)


def calling(**options: bool) -> tuple[Net, Stranger]:
    """A node that has dialed and sent CONNECT, and the far end (LINK_STATE_CONNECT_WAIT, outgoing)."""
    net = Net()
    bob = net.open("bob")
    stranger = Stranger(net)
    with net.hold():
        bob.do(bob.graph.connect, net.machines[0].address._replace(port=9), None, **options)
        stranger = net.answer(bob)
    return net, stranger


# ---- The tables ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outgoing", "path"),
    [
        (
            True,
            [
                (Step.AUTHENTICATE, LinkState.AUTHENTICATED),
                (Step.SEND_CONNECT, LinkState.CONNECT_WAIT),
                (Step.RECEIVE_WELCOME, LinkState.CONNECTED),
                (Step.SEND_DISCONNECT, LinkState.DISCONNECTING),
            ],
        ),
        (
            False,
            [
                (Step.AUTHENTICATE, LinkState.AUTHENTICATED),
                (Step.SEND_WELCOME, LinkState.CONNECTED),
                (Step.SEND_DISCONNECT, LinkState.DISCONNECTING),
            ],
        ),
    ],
    ids=["figure 3", "figure 4"],
)
def test_a_link_takes_only_the_steps_of_its_figure(outgoing: bool, path: list[tuple[Step, LinkState]]) -> None:
    link = Link(1, outgoing)
    for step, state in path:
        for other in set(Step) - {step}:
            before = link.state
            assert not link.step(other)
            assert link.state is before
        assert link.step(step)
        assert link.state is state
    assert not any(link.step(step) for step in Step)


def test_a_link_is_connected_in_one_state_and_over_in_two() -> None:
    link = Link(1, outgoing=True)
    connected, over = set(), set()
    for state in LinkState:
        link.state = state
        connected |= {state} if link.connected else set()
        over |= {state} if link.over else set()
    assert connected == {LinkState.CONNECTED}
    assert over == {LinkState.DISCONNECTED, LinkState.CONNECT_FAILED}


# ---- Incoming, authenticated, no CONNECT yet -------------------------------------------------------------------------


@pytest.mark.parametrize("message", [m for m in ONE_OF_EACH if not isinstance(m, Connect | SyncEnd)], ids=named)
def test_before_its_connect_a_caller_may_send_nothing_else(message: Message) -> None:  # 3.1.5.2.2 to 3.1.5.2.13
    _, stranger = called()
    stranger.send(message)
    assert stranger.hung_up
    assert stranger.messages == []


def test_a_sync_end_before_connect_is_ignored() -> None:  # 3.1.5.2.11
    _, stranger = called()
    stranger.send(SyncEnd())
    assert not stranger.hung_up
    stranger.connect()
    assert stranger.take(Welcome)


def test_update_in_the_first_connect_is_ignored() -> None:  # 3.1.5.2.1
    net, stranger = called()
    alice = net.machines[0]
    stranger.connect(update=True, addresses=(alice.address._replace(port=77),))
    assert stranger.take(Welcome)
    (link,) = alice.graph.neighbors
    assert [a.port for a in link.addresses] == [77]


# ---- Outgoing, CONNECT sent ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "message", [m for m in ONE_OF_EACH if not isinstance(m, Welcome | Refuse | SyncEnd | Disconnect)], ids=named
)
def test_a_caller_that_waits_for_welcome_takes_no_other_message(message: Message) -> None:
    net, stranger = calling()
    stranger.send(message)
    assert stranger.hung_up
    assert net.machines[0].connections() == [(ConnectionStatus.FAILED, 1)]


def test_welcome_makes_the_link_stand() -> None:  # 3.1.5.2.2
    net, stranger = calling()
    bob = net.machines[0]
    stranger.send(Welcome(stranger.node_id, EPOCH, peer_id="stranger"))
    (link,) = bob.graph.neighbors
    assert (link.state, link.node_id, link.peer_id) == (LinkState.CONNECTED, stranger.node_id, "stranger")
    assert bob.heard(ConnectionChanged) == [
        ConnectionChanged(False, ConnectionStatus.CONNECTED, link.id, stranger.node_id)
    ]


def test_a_disconnect_instead_of_a_welcome_ends_the_try() -> None:  # 3.1.5.2.4 names no state
    net, stranger = calling()
    stranger.send(Disconnect(DisconnectReason.LEAVING))
    assert stranger.hung_up
    assert net.machines[0].connections() == [(ConnectionStatus.FAILED, 1)]


# ---- Connected -------------------------------------------------------------------------------------------------------


def test_a_second_welcome_ends_the_link() -> None:  # 3.1.5.2.2
    net, stranger = calling()
    stranger.send(Welcome(stranger.node_id, EPOCH, peer_id="stranger"))
    stranger.send(Welcome(stranger.node_id, EPOCH, peer_id="stranger"))
    assert stranger.hung_up
    assert net.machines[0].graph.neighbors == []


@pytest.mark.parametrize(
    "message",
    [
        AuthInfo(ConnectionType.NEIGHBOR, GRAPH, "stranger"),  # 3.1.5.1.1
        Welcome(9, EPOCH, peer_id="stranger"),  # 3.1.5.2.2
        Refuse(RefuseCode.BUSY),  # 3.1.5.2.3
        Advertise(),  # 3.1.5.2.8: nothing was solicited
        Request(),  # 3.1.5.2.9: nothing was advertised
    ],
    ids=named,
)
def test_what_a_standing_link_does_not_expect_ends_it(message: Message) -> None:
    net, _ = called()
    stranger = net.neighbor(net.machines[0], name="other")
    stranger.send(message)
    assert stranger.hung_up
    assert net.machines[0].graph.neighbors == []


def test_a_sync_end_nobody_asked_for_is_ignored() -> None:  # 3.1.5.2.11
    net, _ = called()
    stranger = net.neighbor(net.machines[0], name="other")
    stranger.send(SyncEnd(final=True), SyncEnd(final=False))
    assert not stranger.hung_up


def test_a_second_connect_without_update_is_refused_and_ends_the_link() -> None:  # 3.1.5.2.1, readings A10, A30
    net, _ = called()
    stranger = net.neighbor(net.machines[0], name="other")
    stranger.connect()
    assert stranger.messages == [Refuse(RefuseCode.ALREADY_CONNECTED)]
    assert stranger.hung_up


def test_the_responder_may_not_send_connect_without_update() -> None:  # 3.1.5.2.1
    _, stranger = calling()
    stranger.send(Welcome(stranger.node_id, EPOCH, peer_id="stranger"))
    stranger.connect()
    assert stranger.hung_up


@pytest.mark.parametrize(
    "message", [m for m in ONE_OF_EACH if not isinstance(m, Connect | PointToPoint | Disconnect)], ids=named
)
def test_a_direct_connection_carries_only_data(message: Message) -> None:  # 2.2.2.1
    net, _ = called()
    alice = net.machines[0]
    alice.graph.accepts_direct = True
    stranger = net.stranger(alice, direct=True, name="other")
    stranger.connect(direct=True)
    assert stranger.take(Welcome)
    stranger.send(message)
    assert stranger.hung_up


def test_nothing_is_processed_after_the_message_that_ended_the_link() -> None:  # 3.1.5.1.2
    net, _ = called()
    alice = net.machines[0]
    stranger = net.neighbor(alice, name="other")
    late = stranger.record()
    stranger.send(Disconnect(DisconnectReason.LEAVING), Flood(encode_record(late)))
    assert alice.record(late.id) is None


# ---- Failing ---------------------------------------------------------------------------------------------------------


def test_a_call_that_reaches_nobody_fails_with_the_reason() -> None:
    net = Net()
    bob = net.open("bob")
    bob.do(bob.graph.connect, bob.address._replace(port=9), None)
    (event,) = bob.heard(ConnectionChanged)
    assert event == ConnectionChanged(False, ConnectionStatus.FAILED, 1, reason=ConnectionFailed.hresult)


def test_a_link_that_is_given_up_while_it_is_called_is_closed_when_somebody_answers() -> None:
    net = Net()
    alice = net.create()
    with net.hold():
        wanted = alice.do(alice.graph.connect, OUTSIDE, None, direct=True)
        alice.do(alice.graph.close_direct, wanted)
        stranger = net.answer(alice)
    assert stranger.hung_up and not stranger.messages
    assert not alice.ends and not alice.graph.links


def test_a_far_end_that_closes_before_welcome_fails_the_call() -> None:
    net, stranger = calling()
    stranger.close()
    (event,) = net.machines[0].heard(ConnectionChanged)
    assert (event.status, event.next_connection_id) == (ConnectionStatus.FAILED, 0)
    assert event.reason in (ConnectionFailed.hresult, ConnectionNotAuthenticated.hresult)


def test_a_link_that_ended_keeps_no_timers_and_no_work() -> None:
    net, _ = called()
    alice = net.machines[0]
    stranger = net.neighbor(alice, name="other")
    (link,) = alice.graph.neighbors
    stranger.close()
    assert link.state is LinkState.DISCONNECTED
    assert link.connection is Connection.DISCONNECTED
    assert link.id not in alice.graph.links
    assert all(alice.timer((kind, link.id)) is None for kind in ("authentication", "connect", "ack"))
    assert (link.answering, link.acks) == ([], [])
