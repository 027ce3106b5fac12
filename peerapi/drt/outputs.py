"""What a node of a table wants done outside, in order, besides datagrams and questions to its security provider."""

from __future__ import annotations

from typing import NamedTuple

from peerapi.address import Address
from peerapi.drt.border import End, Event, Result


class Happened(NamedTuple):
    """An event for the application."""

    event: Event


class SearchResult(NamedTuple):
    """A search has found something."""

    handle: int
    result: Result


class SearchEnded(NamedTuple):
    """A search finds nothing more."""

    handle: int
    end: End


class Bootstrap(NamedTuple):
    """InitResolve and IssueResolve: what is found comes as ``Node.bootstrap_found``."""

    number: int
    split_detect: bool
    timeout: int
    "Milliseconds."
    most: int


class EndBootstrap(NamedTuple):
    """EndResolve."""

    number: int


class Publish(NamedTuple):
    """Register of the bootstrap provider: where this node is; empty: Unregister."""

    addresses: tuple[Address, ...]
