"""Peers whose graphs have a security provider of the application."""

from typing import Any

from tests.support.native import code
from tests.support.peers import HAS_CONNECTIONS, SYNCHRONIZED, Peer, Peers
from tests.support.provider import Provider, create, open_

UNAUTHORIZED = code("PEER_E_NOT_AUTHORIZED")


def guarded_pair(peers: Peers, **fields: Any) -> tuple[Peer, Provider, Peer, Provider]:
    """Alice and Bob, each with a provider of their own, connected."""
    hers, his = Provider(), Provider()
    alice = create(peers, hers, **fields)
    bob = open_(peers, his)
    bob.connect(alice.listen())
    bob.until_status(HAS_CONNECTIONS | SYNCHRONIZED)
    alice.until_status(HAS_CONNECTIONS)
    return alice, hers, bob, his
