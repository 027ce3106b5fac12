"""Ends of connections, as tests of one machine play them."""

from peerapi.address import Address
from peerapi.graphing.events import ConnectionStatus
from tests.graphing.machines import Machine, Stranger, address
from tests.graphing.pair import Net

CONNECTED, DISCONNECTED, FAILED = ConnectionStatus.CONNECTED, ConnectionStatus.DISCONNECTED, ConnectionStatus.FAILED


def caller(net: Net, machine: Machine, port: int = 5000, **fields: object) -> Stranger:
    """The far end of a call that ``machine`` makes now."""
    with net.hold():
        machine.do(machine.graph.connect, Address(address(99).ip, port), None)
        return net.answer(machine, **fields)
