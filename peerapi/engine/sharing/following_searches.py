"""A search of all nodes in a group that another program has open: begun there, and asked for news by a thread."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from peerapi.engine.graphs.node_searches import NodeSearch
from peerapi.engine.sharing.access import Access
from peerapi.engine.sharing.threads import start
from peerapi.errors import PeerError
from peerapi.graphing.search_events import NodeAbsent, NodeAnswered, SearchEnded, SearchLimits
from peerapi.sharing import operations as ops
from peerapi.sharing import values


def begin_search(access: Access, criteria: str, limits: SearchLimits, changed: Callable[[], object]) -> NodeSearch:
    """A search in a group that another program has open; a thread asks for its news. When that program ends, so does
    the search, with what it has brought until then."""

    def end(search: NodeSearch) -> None:
        with contextlib.suppress(PeerError):
            access.ask(ops.SEARCH_END, search.id)

    search = NodeSearch(changed, end)
    milliseconds = max(1, int(limits.timeout * 1000))
    question = values.Searching(criteria, limits.max_records, limits.max_bytes, milliseconds, limits.only_local)
    search.id = access.ask(ops.SEARCH_NODES, question)
    start("peerapi search", _follow, access, search)
    return search


def _follow(access: Access, search: NodeSearch) -> None:
    over = False
    while not over and not search.over:
        try:
            news = access.ask(ops.SEARCH_NEWS, search.id)
        except PeerError:
            news = values.News((), True)
        for answered, node_id, peer_id, more, rows in news.results:
            search.put(NodeAnswered(node_id, peer_id, more, rows) if answered else NodeAbsent(node_id, peer_id))
        over = news.over
        if over:
            search.put(SearchEnded())
        if over or news.results:
            search.signal()
