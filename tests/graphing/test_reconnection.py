"""A link through a relay that breaks, and the other addresses of the node behind it."""

from __future__ import annotations

from peerapi.address import Address
from peerapi.graphing.codec.messages import Connect
from peerapi.graphing.machine import reconnection
from tests.graphing.machines import Machine, address
from tests.graphing.pair import Net

FIRST, SECOND = (Address.parse(f"2001:2f:c633:640a::{number}", 443) for number in (1, 2))
SOON = reconnection.SCATTER + 0.1
CALLED = SOON + reconnection.CALLED_WAITS
LASTS = reconnection.SHORTEST + 1.0
"Seconds; records that say where nodes are come later."


def called_at_a_seat(net: Net, *, lasts: float = LASTS) -> tuple[Machine, Machine]:
    """Alice, who has two seats, and Bob, who has called her at the first and listens nowhere."""
    alice = net.create()
    alice.listen(FIRST, SECOND, address(1))
    bob = net.open("bob")
    bob.do(bob.graph.connect, FIRST, None)
    net.deliver_all()
    assert bob.graph.synchronized
    net.advance(lasts)
    return alice, bob


def broken(net: Net, one: Machine, other: Machine, *, relayed: bool = True) -> None:
    """The link of two breaks, and so does the relay: nobody is called at the first seat."""
    other.graph.addresses = tuple(a for a in other.graph.addresses if a != FIRST)
    one.graph.addresses = tuple(a for a in one.graph.addresses if a != FIRST)
    for machine, far in ((one, other), (other, one)):
        link = machine.link(far)
        machine.ends.pop(link)
        machine.do(machine.graph.lost, link, 0, relayed)


def test_who_has_called_a_seat_is_told_the_others() -> None:
    net = Net()
    alice, bob = called_at_a_seat(net)
    assert [one.addresses for one in net.sent(Connect, alice, bob)] == [(FIRST, SECOND)]
    assert bob.link(alice).addresses == (FIRST, SECOND)
    net = Net()
    alice = net.create()
    net.join("bob", alice)
    assert not net.sent(Connect, alice), "who has no seat says nothing"


def test_a_node_whose_relay_breaks_off_is_called_at_its_other_seat() -> None:
    net = Net()
    alice, bob = called_at_a_seat(net)
    before = len(bob.dials)
    broken(net, bob, alice)
    net.advance(SOON)
    assert bob.link(alice).dialed == SECOND
    assert set(bob.dials[before:]) <= {FIRST, SECOND}


def test_who_was_called_calls_when_the_caller_does_not_come_back() -> None:
    net = Net()
    alice = net.create()
    alice.listen(FIRST)
    bob = net.open("bob")
    bob.listen(SECOND)
    bob.do(bob.graph.connect, FIRST, None)
    net.deliver_all()
    net.advance(LASTS)
    broken(net, bob, alice)
    net.advance(CALLED)
    assert alice.link(bob).dialed == SECOND


def test_a_link_that_did_not_last_is_not_come_back_to_at_once() -> None:
    """One that always breaks after a moment would be made again without a pause."""
    for lasts, comes_back in ((reconnection.SHORTEST / 2, False), (reconnection.SHORTEST, True)):
        net = Net()
        alice, bob = called_at_a_seat(net, lasts=lasts)
        key = "reconnect", bob.link(alice).id
        broken(net, bob, alice)
        assert (bob.timer(key) is not None) == comes_back


def test_a_node_that_is_back_already_is_not_called_again() -> None:
    net = Net()
    alice, bob = called_at_a_seat(net)
    broken(net, bob, alice)
    if not bob.graph.neighbors:
        bob.do(bob.graph.connect, SECOND, None)
    net.deliver_all()
    calls = len(bob.dials)
    net.advance(CALLED)
    assert len(bob.dials) == calls
