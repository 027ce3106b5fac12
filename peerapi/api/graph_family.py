"""What the PeerGraph functions share: the Startup count, this process's node, and the kinds of their parameters."""

from __future__ import annotations

import contextlib
from typing import Annotated

from peerapi.abi import handles, library
from peerapi.abi.callbacks import SECURITY_INTERFACE, SecurityInterface
from peerapi.abi.exports import Gate
from peerapi.abi.kinds import Call
from peerapi.abi.marshal import HGRAPH
from peerapi.abi.struct_kinds import ArrayIn, Fill, In, Out, PointersIn
from peerapi.abi.value_kinds import GuidArray
from peerapi.address import Address
from peerapi.api import structs
from peerapi.engine.graphs.driver import Driver
from peerapi.engine.graphs.node import Node
from peerapi.engine.runtime import Engine, StartupCount
from peerapi.errors import GraphShuttingDown
from peerapi.graphing.draft import Draft

ENGINE = Engine()
NODE = Node(ENGINE)
GRAPH = Gate("graph")


def _last_shutdown() -> None:
    GRAPH.ready = False
    handles.release(GRAPH)
    NODE.close_all()


STARTUPS = StartupCount(_last_shutdown)


def start_up() -> None:
    """One PeerGraphStartup more."""
    STARTUPS.startup()
    GRAPH.ready = True


def readable(driver: Driver) -> None:
    """Have C read the graph's records without Python, before anybody has a handle."""
    with contextlib.suppress(GraphShuttingDown):
        driver.in_c = driver.begin_reading(library.native().RecordTable)


class Precedence(GuidArray):
    """Record types in the order of their synchronization: a pointer without a count is refused too (PeerGraphOpen)."""

    def take(self, call: Call, *names: str) -> None:
        super().take(call, *names)
        count, pointer = names
        refusal = "    raise InvalidArgument('a pointer, but the count is 0')"
        call.pointers += [f"if {pointer} and not {count}:", refusal]


GraphHandle = Annotated[Driver, HGRAPH]
GraphClosing = Annotated[Driver, HGRAPH.closing]
GraphOut = Annotated[Driver, HGRAPH.out_after(readable)]
VersionOut = Annotated[structs.VersionData, Fill(structs.VERSION_DATA, optional=True)]
PropertiesIn = Annotated[structs.Properties, In(structs.PROPERTIES)]
ChangeablePropertiesIn = Annotated[structs.ChangeableProperties, In(structs.CHANGEABLE_PROPERTIES)]
PropertiesOut = Annotated[structs.Properties, Out(structs.PROPERTIES)]
SecurityIn = Annotated[SecurityInterface | None, In(SECURITY_INTERFACE, optional=True)]
PrecedenceIn = Annotated[tuple[bytes, ...], Precedence()]
DraftsIn = Annotated[tuple[Draft, ...], PointersIn(structs.DRAFT)]
DraftIn = Annotated[Draft, In(structs.DRAFT)]
RecordOut = Annotated[structs.RecordValue, Out(structs.RECORD)]
AddressIn = Annotated[Address, In(structs.ADDRESS)]
NodeInfoOut = Annotated[structs.NodeInfo, Out(structs.NODE_INFO)]
EventsWantedIn = Annotated[tuple[structs.EventWanted, ...], ArrayIn(structs.EVENT_WANTED)]
EventDataOut = Annotated[tuple[int, object] | None, Out(structs.EVENT_DATA)]
