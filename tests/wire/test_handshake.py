"""From the first byte to a link: AUTH_INFO, CONNECT, WELCOME, REFUSE (2.2.2.1-2.2.2.4, 3.1.5.2.1-3.1.5.2.4)."""

import struct
import uuid
from collections.abc import Callable

import pytest

from tests.support.peer_values import SECOND, now
from tests.support.peers import CONNECTED, DIRECT_CONNECTION, NEIGHBOR_CONNECTION, OTHER, Peers
from tests.support.scenario import scenario
from tests.wire import client as wire
from tests.wire.client import ADVERTISE, REFUSE, WELCOME, Link, connect, message, solicit_new
from tests.wire.support import ME, joined, node, still_serves

# AUTH_INFO, CONNECT, WELCOME


@scenario
def test_connect_is_answered_with_welcome(peers: Peers) -> None:
    """2.2.2.3: node ID, peer time, no addresses unless they were asked for, the Peer ID."""
    alice = node(peers)
    with Link.to(alice.port) as link, alice.queue(NEIGHBOR_CONNECTION) as queue:
        before = now()
        answer = link.join(alice.graph, ME, 42)
        assert answer.peer == "alice"
        assert answer.node != 0
        assert before - SECOND <= answer.peer_time <= now() + SECOND
        assert answer.addresses == []
        event = queue.wait(lambda event: event.status == CONNECTED)
        assert event.node == 42
        (found,) = alice.connections()
        assert (found.node, found.peer, found.ip) == (42, ME, "::1")


@scenario
def test_a_node_has_one_id_for_all_links(peers: Peers) -> None:
    alice = node(peers)
    with Link.to(alice.port) as one, Link.to(alice.port) as two:
        first = one.join(alice.graph, "one", 1)
        assert two.join(alice.graph, "two", 2).node == first.node


@scenario
def test_the_destination_peer_id_may_be_named(peers: Peers) -> None:
    alice = node(peers)
    with Link.to(alice.port) as link:
        link.authenticate(alice.graph, ME, destination="alice")
        link.send(connect(1))
        assert wire.Welcome.parse(link.expect(WELCOME)).peer == "alice"


@scenario
def test_reserved_fields_and_unknown_flags_of_connect_are_ignored(peers: Peers) -> None:
    alice = node(peers)
    with Link.to(alice.port) as link:
        link.authenticate(alice.graph, ME)
        raw = bytearray(connect(1, flags=0xF2, name="friendly ü"))
        raw[6:8], raw[14:16] = b"\xaa\xaa", b"\x55\x55"
        link.send(bytes(raw))
        link.expect(WELCOME)
        link.alive()


@scenario
def test_the_neighbor_list_is_given_when_asked_for(peers: Peers) -> None:
    """2.2.2.2 and A38: at most 10 addresses, among them that of a neighbor."""
    alice = node(peers)
    with joined(alice, 1, ports=[7001]), Link.to(alice.port) as second:
        answer = second.join(alice.graph, "second", 2, flags=wire.NEIGHBOR_LIST)
        assert ("::1", 7001) in answer.addresses
        assert len(answer.addresses) <= 10


@scenario
def test_update_brings_new_addresses_and_no_answer(peers: Peers) -> None:
    """A28: U on a CONNECTED link updates the addresses and nothing more."""
    alice = node(peers)
    with joined(alice) as link, Link.to(alice.port) as second:
        link.send(connect(1, [7002], wire.UPDATE))
        link.alive()
        assert wire.kind_of(link.waiting[-1]) not in (WELCOME, REFUSE)
        answer = second.join(alice.graph, "second", 2, flags=wire.NEIGHBOR_LIST)
        assert ("::1", 7002) in answer.addresses


@scenario
def test_update_on_a_new_link_is_ignored(peers: Peers) -> None:
    """3.1.5.2.1: the bit is ignored, the CONNECT is answered."""
    alice = node(peers)
    with Link.to(alice.port) as link:
        assert link.join(alice.graph, ME, 1, ports=[7003], flags=wire.UPDATE).peer == "alice"
        link.alive()


AUTHENTICATIONS: dict[str, Callable[[str], bytes]] = {
    "another graph": lambda graph: wire.auth_info(graph + "x", ME),
    "no graph": lambda graph: wire.auth_info("", ME),
    "no source": lambda graph: wire.auth_info(graph, ""),
    "another destination": lambda graph: wire.auth_info(graph, ME, "bob"),
    "empty destination": lambda graph: wire.auth_info(graph, ME, ""),
    "connection type 0": lambda graph: wire.auth_info(graph, ME, kind=0),
    "connection type 3": lambda graph: wire.auth_info(graph, ME, kind=3),
    "graph behind source": lambda graph: wire.auth_info(graph, ME, offsets=(40, 16, 50)),
    "graph at source": lambda graph: wire.auth_info(graph, ME, offsets=(16, 16, 50)),
    "offset inside the header": lambda graph: wire.auth_info(graph, ME, offsets=(0, 17, 50)),
    "destination beyond the end": lambda graph: wire.auth_info(graph, ME, offsets=(16, 20, 60_000)),
    "source behind destination": lambda graph: wire.auth_info(graph, ME, offsets=(16, 50, 40)),
    "no terminator": lambda graph: message(wire.AUTH_INFO, struct.pack(">BBHHH", 1, 0, 16, 17, 18) + b"gs"),
    "not UTF-8": lambda graph: message(
        wire.AUTH_INFO, struct.pack(">BBHHH", 1, 0, 16, 19, 22) + b"\xff\xfe\0" + b"\xc0\x80\0"
    ),
    "15 bytes": lambda graph: message(wire.AUTH_INFO, b"\1\0\0\0\0\0\0"),
    "8 bytes": lambda graph: message(wire.AUTH_INFO, b""),
}


@pytest.mark.parametrize("what", AUTHENTICATIONS)
@scenario
def test_a_bad_auth_info_ends_the_connection(peers: Peers, what: str) -> None:
    """3.1.5.1.1."""
    alice = node(peers)
    with Link.to(alice.port) as link:
        link.send(AUTHENTICATIONS[what](alice.graph), connect(1))
        assert link.expect_end() == []
    assert alice.connections() == []
    still_serves(alice)


# the wrong message at the wrong time


MESSAGES: dict[str, bytes] = {
    "WELCOME": wire.welcome(9, 1, "x"),
    "REFUSE": wire.refuse(wire.BUSY),
    "SOLICIT_NEW": solicit_new(),
    "SOLICIT_TIME": wire.solicit_time(0),
    "SOLICIT_HASH": wire.solicit_hash([(b"\0" * 16, 1, uuid.UUID(int=1))]),
    "ADVERTISE": message(ADVERTISE, struct.pack(">IIHHI", 0, 0, 24, 0, 24)),
    "REQUEST": wire.request([]),
    "FLOOD": wire.flood(b"\0" * 100),
    "PT2PT": wire.point_to_point(OTHER, b"data"),
    "ACK": wire.ack([]),
}


@pytest.mark.parametrize("first", [*MESSAGES, "CONNECT", "DISCONNECT", "SYNC_END"])
@scenario
def test_nothing_comes_before_auth_info(peers: Peers, first: str) -> None:
    """3.1.5.1.1: AUTH_INFO is the first message on a connection."""
    alice = node(peers)
    more = {"CONNECT": connect(1), "DISCONNECT": wire.disconnect(), "SYNC_END": wire.sync_end()}
    with Link.to(alice.port) as link:
        link.send({**MESSAGES, **more}[first])
        assert link.expect_end() == []
    still_serves(alice)


@pytest.mark.parametrize("second", MESSAGES)
@scenario
def test_nothing_but_connect_comes_after_auth_info(peers: Peers, second: str) -> None:
    alice = node(peers)
    with Link.to(alice.port) as link:
        link.authenticate(alice.graph, ME)
        link.send(MESSAGES[second])
        assert link.expect_end() == []
    assert alice.connections() == []
    still_serves(alice)


@pytest.mark.parametrize("later", ["WELCOME", "REFUSE", "ADVERTISE", "REQUEST"])
@scenario
def test_answers_to_nothing_end_a_connected_link(peers: Peers, later: str) -> None:
    """3.1.5.2.2, .3, .8, .9: WELCOME and REFUSE need CONNECT_WAIT, ADVERTISE and REQUEST need SYNC_HASH."""
    alice = node(peers)
    with joined(alice) as link:
        link.send(MESSAGES[later])
        link.expect_end()
    still_serves(alice)


@scenario
def test_a_second_auth_info_ends_the_connection(peers: Peers) -> None:
    alice = node(peers)
    with Link.to(alice.port) as link:
        link.authenticate(alice.graph, ME)
        link.authenticate(alice.graph, ME)
        assert link.expect_end() == []
    with joined(alice) as link:
        link.authenticate(alice.graph, ME)
        link.expect_end()
    still_serves(alice)


@scenario
def test_a_sync_end_nobody_waits_for_is_ignored(peers: Peers) -> None:
    """3.1.5.2.11."""
    alice = node(peers)
    with joined(alice) as link:
        link.send(wire.sync_end(), wire.sync_end(final=False))
        link.alive()


# REFUSE


@scenario
def test_the_same_node_on_a_second_link_is_refused(peers: Peers) -> None:
    """REFUSE 0x03 across links (A10); the first link stays."""
    alice = node(peers)
    with joined(alice, 7) as first, Link.to(alice.port) as second:
        second.authenticate(alice.graph, ME)
        second.send(connect(7))
        assert wire.parse_refuse(second.expect(REFUSE)) == (wire.DUPLICATE_CONNECTION, [])
        second.expect_end()
        first.alive()
        assert len(alice.connections()) == 1


@scenario
def test_a_second_connect_on_a_link_is_refused(peers: Peers) -> None:
    """REFUSE 0x02 on the same link (A10), which then ends (A30)."""
    alice = node(peers)
    with joined(alice, 7) as link:
        link.send(connect(7))
        assert wire.parse_refuse(link.expect(REFUSE)) == (wire.ALREADY_CONNECTED, [])
        link.expect_end()
    still_serves(alice)


@scenario
def test_the_eighth_neighbor_is_referred_to_the_others(peers: Peers) -> None:
    """REFUSE 0x01 with referrals (3.1.5.2.1): Maximum Neighbors is 7."""
    alice = node(peers)
    links = [joined(alice, number, ports=[7100 + number]) for number in range(1, 8)]
    with Link.to(alice.port) as eighth:
        eighth.authenticate(alice.graph, ME)
        eighth.send(connect(8))
        code, referrals = wire.parse_refuse(eighth.expect(REFUSE))
        assert code == wire.BUSY
        assert 1 <= len(referrals) <= 10
        assert set(referrals) <= {("::1", 7100 + number) for number in range(1, 8)}
        eighth.expect_end()
    for link in links:
        link.alive()
    assert len(alice.connections()) == 7
    links[0].send(wire.disconnect())
    links[0].expect_end()
    with joined(alice, 9) as late:
        late.alive()
    for link in links:
        link.socket.close()


@scenario
def test_a_direct_connection_nobody_allowed_is_refused(peers: Peers) -> None:
    """REFUSE 0x04 (3.1.5.2.1)."""
    alice = node(peers)
    with Link.to(alice.port) as link:
        link.authenticate(alice.graph, ME, kind=wire.DIRECT_TYPE)
        link.send(connect(1, flags=wire.DIRECT))
        assert wire.parse_refuse(link.expect(REFUSE)) == (wire.DIRECT_DISALLOWED, [])
        link.expect_end()
    assert alice.connections(1) == alice.connections(2) == []
    still_serves(alice)


@scenario
def test_a_direct_connection_is_no_neighbor(peers: Peers) -> None:
    """Allowed by a DIRECT_CONNECTION registration; after its WELCOME there is no neighbor processing (A29)."""
    alice = node(peers)
    with alice.queue(DIRECT_CONNECTION) as queue, Link.to(alice.port) as link:
        link.authenticate(alice.graph, ME, kind=wire.DIRECT_TYPE)
        link.send(connect(1, flags=wire.DIRECT))
        answer = wire.Welcome.parse(link.expect(WELCOME))
        assert (answer.peer, answer.addresses) == ("alice", [])
        assert queue.wait(lambda event: True).status == CONNECTED
        assert alice.connections(1) == []
        assert [found.node for found in alice.connections(2)] == [1]
