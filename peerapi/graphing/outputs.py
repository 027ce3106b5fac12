"""What a graph wants done outside: the driver does it after the transaction has been committed."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from peerapi.address import Address
from peerapi.graphing.codec.long_messages import LongMessage
from peerapi.graphing.events import Event, RecordChange, RecordChanged
from peerapi.graphing.link import Link
from peerapi.graphing.search_events import NodeAnswered, SearchEvent
from peerapi.graphing.security import Prepared, Received


class Send(NamedTuple):
    """Frames for a link's transport, in order."""

    link: Link
    data: bytes | LongMessage


class Dial(NamedTuple):
    """Open a TCP connection; answer with ``Graph.dialed`` or ``Graph.lost``."""

    link: Link
    address: Address


class Hangup(NamedTuple):
    """Close the link's transport, after what has been sent before has left. Not answered."""

    link: Link


class Doubt(NamedTuple):
    """See whether the other side of a link still answers, and end it if not. Something has just been sent there."""

    link: Link


class Notify(NamedTuple):
    """An event for the application's registrations."""

    event: Event


class NotifyChanges(NamedTuple):
    """Events for the application's registrations, of records that came together."""

    events: list[RecordChanged]


class Judge(NamedTuple):
    """Records for the security provider to judge; answer with ``Graph.judged``. ``link`` None: deferred ones, again."""

    link: Link | None
    records: list[tuple[Received, RecordChange]]


class Examine(NamedTuple):
    """Work that takes long, before a deferred record is judged again: to be done with no lock held; answer with
    ``Graph.examined``."""

    work: Callable[[], None]
    received: Received


class Secure(NamedTuple):
    """A record of the graph itself for the security provider to secure.

    ``prepare`` makes it (``Graph.prepare_own``) when its turn has come, since others may still wait before it; None:
    there is nothing to do any longer. Answer with ``Graph.publish_secured``.
    """

    prepare: Callable[[], Prepared | None]


class SearchNews(NamedTuple):
    """For the application that has asked all nodes: what has come, or the end."""

    search: bytes
    news: SearchEvent


class JudgeFound(NamedTuple):
    """Records of an answer to a search, for the security provider to judge; answer with ``NodeSearches.judged``."""

    search: bytes
    answer: NodeAnswered
    records: list[Received]


Output = Send | Dial | Hangup | Doubt | Notify | NotifyChanges | Judge | Examine | Secure | SearchNews | JudgeFound
