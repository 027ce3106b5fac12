"""What routers say of ports (PCP and NAT-PMP).

Nobody is told an address that is not public, and whatever comes the router is not asked without a pause.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable

from fuzz.seeds import routers as seeds
from peerapi.reach import port_control
from peerapi.reach.mapping import MappingChanged, PortMapper, SendRequest
from peerapi.reach.port_control import MalformedAnswer

MOST_AT_ONCE = 8
"Requests that answers may have follow at once: the first ones, and those of the change to the other protocol."


class Zeros(random.Random):
    """Makes nonces that an answer can be written to beforehand."""

    def randbytes(self, n: int) -> bytes:
        return bytes(n)


def router(data: bytes) -> None:
    """Answers, each with its length in a byte before it, to a host that asks for two ports."""
    with contextlib.suppress(MalformedAnswer):
        port_control.decode(data)
    mapper = PortMapper(seeds.ROUTER.ip, seeds.OWN.ip, Zeros(1))
    for port in seeds.PORTS:
        mapper.open(port, 0.0)
    at = 0
    while at < len(data):
        size = data[at]
        mapper.received(data[at + 1 : at + 1 + size], seeds.ROUTER, 0.0)
        at += 1 + size
    asked = sum(isinstance(output, SendRequest) for output in mapper.outputs)
    assert asked <= MOST_AT_ONCE, asked
    for output in mapper.outputs:
        if isinstance(output, MappingChanged) and output.public is not None:
            assert output.public.is_public and output.public.is_unicast, output.public
            assert output.port in seeds.PORTS
    assert mapper.timers.next is not None
    mapper.tick(1e9)
    assert sum(isinstance(output, SendRequest) for output in mapper.outputs) <= asked + MOST_AT_ONCE


TARGETS: dict[str, Callable[[bytes], None]] = {"router": router}
