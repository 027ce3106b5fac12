"""What tests of neighbors compare."""

from tests.support.peers import Peer


def equal(*peers: Peer) -> bool:
    first = peers[0].sorted_records()
    return all(peer.sorted_records() == first for peer in peers[1:])
