"""What others show to prove what they say; how it is proved differs between the rings, and may take time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from peerapi.ring.authority import Answer
from peerapi.ring.refusal import Refused
from peerapi.ring.route_entry import RouteEntry


class Proofs(Protocol):
    """Each method calls one of the two functions it was given, at once or later."""

    def entry(
        self,
        answer: Answer,
        nonce: bytes,
        route: RouteEntry,
        proved: Callable[[bytes], None],
        refused: Callable[[Refused], None],
    ) -> None:
        """Whether ``answer`` proves that ``route`` is where its ID is held; ``proved`` gets the key of the owner."""

    def answer(
        self,
        answer: Answer,
        nonce: bytes,
        id: int,
        proved: Callable[[Any], None],
        refused: Callable[[Refused], None],
    ) -> None:
        """What a publisher says of itself, all of it checked: what a resolution finds."""
