"""What the log says of a graph: its connections, its status, its nodes. Of records it says nothing: there are thousands
a second, and their contents are nobody else's business."""

from __future__ import annotations

from peerapi.address import Address
from peerapi.errors import PeerError
from peerapi.graphing.events import (
    ConnectionChanged,
    ConnectionRequired,
    ConnectionStatus,
    Event,
    NodeChanged,
    Status,
    StatusChanged,
    Synchronized,
)
from peerapi.graphing.graph import Graph
from peerapi.graphing.link import Link
from peerapi.graphing.outputs import Dial
from peerapi.log import Log

log = Log("engine.graph")


def log_call(graph: Graph, output: Dial) -> None:
    log.debug("%s: calls %s", graph.graph_id, output.address)


def log_hangup(graph: Graph, link: Link) -> None:
    log.debug("%s: hangs up on %s", graph.graph_id, _who(link))


def log_event(graph: Graph, event: Event) -> None:
    """An event of the machine, not of a record."""
    name = graph.graph_id
    match event:
        case ConnectionChanged():
            link = graph.links.get(event.connection_id)
            kind = "direct connection" if event.direct else "connection"
            level = log.info if event.status is not ConnectionStatus.FAILED else log.warning
            reason = f", 0x{event.reason:08X}" if event.reason else ""
            who = _who(link) if link is not None else f"node {event.node_id:016x}"
            level("%s: %s %d to %s: %s%s", name, kind, event.connection_id, who, event.status.name.lower(), reason)
        case StatusChanged():
            log.info("%s: status %s", name, (Status(event.status).name or "nothing").lower())
        case NodeChanged():
            log.debug("%s: node %016x of %s: %s", name, event.node_id, event.peer_id, event.change.name.lower())
        case Synchronized():
            log.debug("%s: records of type %s are synchronized", name, event.record_type.hex())
        case ConnectionRequired():
            log.debug("%s: wants another connection", name)


def _who(link: Link) -> str:
    where = link.remote or link.dialed
    return f"{link.peer_id or 'somebody'} at {where}" if where is not None else link.peer_id or "somebody"


def log_refused(graph: Graph, link: Link, error: BaseException) -> None:
    """The other side of a connection has not proved who it is."""
    name = error.name if isinstance(error, PeerError) else type(error).__name__
    log.warning("%s: %s is refused: %s: %s", graph.graph_id, _who(link), name, str(error).replace("\n", " "))


def log_unreached(graph: Graph, address: Address, error: BaseException) -> None:
    """A node that is called through a relay was not reached."""
    log.warning("%s: %s was not reached: %s", graph.graph_id, address, error)
