"""Record security by a provider (MS-PPGRH 1.3.4.2, 3.1.7.27, 3.1.7.28): what the machine asks, and what it is told.

A provider may be slow, may call the API again, and may be foreign code. So the machine never calls it. It puts what is
to be judged or secured into its outputs and goes on when it is told the result; the driver asks the provider with no
lock held. What follows a record on its link waits until the record has been judged, so that a SYNC_END never overtakes
the records before it.
"""

from __future__ import annotations

import enum
from typing import NamedTuple, Protocol

from peerapi.errors import PeerError
from peerapi.graphing.events import RecordChange
from peerapi.graphing.records import Record, Summary


class Validity(enum.Enum):
    """What a provider says of a received record."""

    VALID = enum.auto()
    INVALID = enum.auto()
    DEFERRED = enum.auto()
    "It cannot be judged yet; it is kept until the application asks for another look."


class ProviderRefused(PeerError):
    """The application's security provider has forbidden the change; its own HRESULT is handed on."""

    name = "HRESULT of a security provider"

    def __init__(self, hresult: int) -> None:
        super().__init__()
        self.hresult = hresult & 0xFFFFFFFF


class RecordSecurity(Protocol):
    """A graph security provider, as far as records are concerned. May raise PeerError from ``secure`` to forbid the
    change."""

    def validate(self, record: Record, change: RecordChange) -> Validity: ...

    def secure(self, record: Record, change: RecordChange) -> bytes:
        """The security data of a record that is about to be published."""


class Received(NamedTuple):
    """A record that came in a FLOOD and follows the rules of the graph itself."""

    message: bytes
    "The FLOOD as it came, to be forwarded."
    wire: bytes
    summary: Summary
    internal: Record | None


class Prepared(NamedTuple):
    """A record that this node wants to publish, before it is secured."""

    record: Record
    change: RecordChange
    autorefresh: bool


MAX_DEFERRED = 4096
"Records kept for a later judgement; the oldest give way, and come again with the next synchronization."
