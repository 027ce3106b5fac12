"""PT2PT and DISCONNECT, and links that end without."""

import pytest

from tests.support.peers import (
    CONNECTED,
    DISCONNECTED,
    NEIGHBOR_CONNECTION,
    OTHER,
    Peers,
)
from tests.support.scenario import scenario
from tests.wire import client as wire
from tests.wire.client import (
    DISCONNECT,
)
from tests.wire.support import joined, node, still_serves

# PT2PT and DISCONNECT


@scenario
def test_a_ping_is_ignored(peers: Peers) -> None:
    """2.2.4.1."""
    alice = node(peers)
    with joined(alice) as link:
        link.send(wire.point_to_point(wire.PING))
        link.alive()


@scenario
def test_data_nobody_registered_for_is_ignored(peers: Peers) -> None:
    alice = node(peers)
    with joined(alice) as link:
        link.send(wire.point_to_point(OTHER, b"data"), wire.point_to_point(OTHER))
        link.alive()


@pytest.mark.parametrize("reason", [1, 2, 3])
@scenario
def test_disconnect_ends_the_link(peers: Peers, reason: int) -> None:
    alice = node(peers)
    with joined(alice, 5) as link, alice.queue(NEIGHBOR_CONNECTION) as queue:
        link.send(wire.disconnect(reason, [7200]))
        link.expect_end()
        event = queue.wait(lambda event: event.status == DISCONNECTED)
        assert event.node == 5
    assert alice.connections() == []
    still_serves(alice)


@scenario
def test_closing_the_graph_says_goodbye(peers: Peers) -> None:
    """3.1.4.12: DISCONNECT, reason leaving."""
    alice = node(peers)
    with joined(alice) as link:
        alice.close()
        reason, _ = wire.parse_refuse(link.expect(DISCONNECT))
        assert reason == wire.LEAVING
        assert link.expect_end() == []


@scenario
def test_a_link_that_breaks_is_a_disconnection(peers: Peers) -> None:
    alice = node(peers)
    with alice.queue(NEIGHBOR_CONNECTION) as queue:
        with joined(alice, 5):
            queue.wait(lambda event: event.status == CONNECTED)
        assert queue.wait(lambda event: event.status == DISCONNECTED).node == 5
    assert alice.connections() == []
