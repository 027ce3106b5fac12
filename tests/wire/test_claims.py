"""What a raw socket says of itself to a real node: another's node ID, a false time, somebody else's address. In every
case the node's other neighbors and its clock are as before (MS-PPGRH 3.1.5.2.1, 3.1.5.2.2).

That each attack works without its check is shown in ``tests/graphing/test_attacks_links.py``, ``test_clock.py`` and
``test_attacks_addresses.py``.
"""

from __future__ import annotations

from tests.support.peer_values import CHAT, SECOND, now
from tests.support.peers import Peers
from tests.support.scenario import scenario
from tests.wire import client as wire
from tests.wire.client import ACK, PT2PT, REFUSE, WELCOME, Link, Listener
from tests.wire.host import HOST, HOST_NODE, accepted
from tests.wire.wire_records import new_record

HIGHEST = 2**64 - 2


@scenario
def test_a_welcome_with_a_neighbors_node_id_does_not_end_its_link(peers: Peers) -> None:
    alice = peers.create("alice")
    alice.listen()
    with Link.to(alice.port) as honest, Listener() as listener:
        honest.join(alice.graph, "honest", HIGHEST)
        alice.connect(listener.port)
        mallory, _ = accepted(listener, alice)
        mallory.send(wire.welcome(HIGHEST, now(), "mallory"))
        mallory.expect(PT2PT)  # taken in
        honest.alive()
        record = new_record(alice.graph, "honest", CHAT, now(), b"still here")
        honest.send(wire.flood(record.encode()))
        honest.expect(ACK, lambda raw: record.id in wire.parse_ack(raw))
        with Link.to(alice.port) as again:
            again.authenticate(alice.graph, "mallory")
            again.send(wire.connect(HIGHEST))
            assert wire.parse_refuse(again.expect(REFUSE)) == (wire.DUPLICATE_CONNECTION, [])
        honest.alive()
        mallory.socket.close()


@scenario
def test_a_node_that_comes_back_is_let_in_when_its_old_connection_is_dead(peers: Peers) -> None:
    """It has lost its connection without a word; the next thing that is sent there shows it."""
    alice = peers.create("alice")
    alice.listen()
    before = Link.to(alice.port)
    before.join(alice.graph, "honest", HIGHEST)
    before.socket.close()

    def let_in() -> bool:
        with Link.to(alice.port) as again:
            again.authenticate(alice.graph, "honest")
            again.send(wire.connect(HIGHEST))
            return wire.kind_of(again.receive()) == WELCOME

    alice.until(let_in)


@scenario
def test_a_clock_that_is_walked_away_stops_after_twenty_minutes(peers: Peers) -> None:
    """Each WELCOME is 19 minutes ahead of the one before; what the node then tells others is no more than 20."""
    alice = peers.create("alice")
    alice.listen()
    with Listener() as listener:
        for turn in range(1, 5):
            alice.connect(listener.port)
            link, _ = accepted(listener, alice)
            link.send(wire.welcome(HOST_NODE + turn, now() + turn * 19 * 60 * SECOND, HOST))
            link.expect(PT2PT)  # the Ping of the node that has taken it in
            link.socket.close()
            alice.until(lambda: not alice.connections())
        with Link.to(alice.port) as honest:
            before = now()
            told = honest.join(alice.graph, "honest", 7).peer_time
            assert before + 15 * 60 * SECOND <= told <= now() + 20 * 60 * SECOND
