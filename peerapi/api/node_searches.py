"""Searches of all nodes of a graph or group (peerapi.h)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from peerapi.abi import library
from peerapi.abi.exports import export
from peerapi.abi.layout import UINT32, UINT64, WSTR, Array, Struct
from peerapi.abi.marshal import HPEERXSEARCH, StringIn, Win32Handle
from peerapi.abi.struct_kinds import In, Out
from peerapi.api.graph_family import GRAPH, GraphHandle
from peerapi.api.graph_records import record_value
from peerapi.api.group_family import GROUP, GroupHandle
from peerapi.api.pnrp import StillSearching
from peerapi.api.structs import RECORD, RecordValue
from peerapi.engine.graphs.node_searches import NodeSearch
from peerapi.errors import InvalidArgument, NoMore
from peerapi.graphing.search_events import NodeAnswered, SearchLimits

if TYPE_CHECKING:
    from peerapi.engine.sharing.shared_driver import OpenGraph

LOCAL_RECORDS = 1
"PEERX_SEARCH_LOCAL_RECORDS."
MORE = 1
"PEERX_SEARCH_MORE."
ANSWERED, ABSENT = 1, 2
"PEERX_SEARCH_ANSWER_TYPE."


class SearchOptions(NamedTuple):
    flags: int
    max_records: int
    max_bytes: int
    timeout: int


class AnswerValue(NamedTuple):
    type: int
    flags: int
    node_id: int
    peer_id: str
    records: tuple[RecordValue, ...]


SEARCH_OPTIONS = Struct(
    "PEERX_SEARCH_OPTIONS",
    SearchOptions,
    ("dwFlags", "flags", UINT32),
    ("cMaxRecords", "max_records", UINT32),
    ("cbMaxRecords", "max_bytes", UINT32),
    ("ulTimeout", "timeout", UINT32),
)
SEARCH_ANSWER = Struct(
    "PEERX_SEARCH_ANSWER",
    AnswerValue,
    ("type", "type", UINT32),
    ("dwFlags", "flags", UINT32),
    ("ullNodeId", "node_id", UINT64),
    ("pwzPeerId", "peer_id", WSTR),
    ("cRecords", "records", Array("pRecords", RECORD)),
)


class Searching:
    """What stands behind an HPEERXSEARCH: a search, and the event that tells of its news.

    The event stays set, or is set again, as long as there is something to take, so it may reset itself at each wait.
    """

    def __init__(self, event: int) -> None:
        self.search: NodeSearch
        self._event = event

    def signal(self) -> None:
        library.set_event(self._event)

    def take(self) -> AnswerValue:
        """Raises StillSearching, NoMore."""
        try:
            found = self.search.take()
        except IndexError:
            raise NoMore from None
        if found is None:
            raise StillSearching
        if self.search.has_news:
            self.signal()
        if isinstance(found, NodeAnswered):
            records = tuple(map(record_value, found.rows))
            return AnswerValue(ANSWERED, MORE if found.more else 0, found.node_id, found.peer_id, records)
        return AnswerValue(ABSENT, 0, found.node_id, found.peer_id, ())


OptionsIn = Annotated[SearchOptions | None, In(SEARCH_OPTIONS, optional=True)]
AnswerOut = Annotated[AnswerValue, Out(SEARCH_ANSWER)]
SearchHandle = Annotated[Searching, HPEERXSEARCH]
SearchClosing = Annotated[Searching, HPEERXSEARCH.closing]
SearchOut = Annotated[Searching, HPEERXSEARCH.out]


@export(needs=GRAPH)
def PeerxGraphSearchNodes(graph: GraphHandle, criteria: StringIn, options: OptionsIn, event: Win32Handle) -> SearchOut:
    """Ask every node of the graph. PEER_E_GRAPH_NOT_READY, PEER_E_INVALID_SEARCH, E_INVALIDARG, wrapped
    ERROR_NOT_ENOUGH_QUOTA."""
    return begun(graph, criteria, options, event)


@export(needs=GROUP)
def PeerxGroupSearchNodes(group: GroupHandle, criteria: StringIn, options: OptionsIn, event: Win32Handle) -> SearchOut:
    """Ask every node of the group. PEER_E_GROUP_NOT_READY, PEER_E_NOT_AUTHORIZED, and what PeerxGraphSearchNodes
    gives."""
    return begun(group.driver, criteria, options, event)


@export
def PeerxSearchGetAnswer(search: SearchHandle) -> AnswerOut:
    """The next answer. PEER_E_NO_MORE at the end, E_PENDING when there may be one later."""
    return search.take()


@export
def PeerxSearchEnd(search: SearchClosing) -> None:
    """End a search; its event is not touched any more."""
    search.search.cancel()


def begun(driver: OpenGraph, criteria: str, options: SearchOptions | None, event: int) -> Searching:
    """A search of a graph or group. Raises InvalidArgument, and what the search does."""
    if not library.native().is_event(event):
        raise InvalidArgument("hEvent is not the handle of an open event.")
    searching = Searching(event)
    searching.search = driver.search_nodes(criteria, _limits(options), searching.signal)
    return searching


def _limits(options: SearchOptions | None) -> SearchLimits:
    """What is 0 has its default."""
    usual = SearchLimits()
    if options is None:
        return usual
    if options.flags & ~LOCAL_RECORDS:
        raise InvalidArgument("dwFlags of the options: PEERX_SEARCH_LOCAL_RECORDS or 0.")
    return SearchLimits(
        options.max_records or usual.max_records,
        options.max_bytes or usual.max_bytes,
        options.timeout / 1000 if options.timeout else usual.timeout,
        bool(options.flags & LOCAL_RECORDS),
    )
