"""What boards tell each other beside records: strokes while they are drawn, pointers, who is whose neighbor.

Kept nowhere. A message goes to the neighbors, who hand it on once, so it comes to nodes that are no neighbors too. A C
program in between does not hand it on; behind it, strokes appear when they are finished.

A message is a JSON object: ``n`` is a random number that tells it from others, ``h`` how often it may still be handed
on, ``k`` its kind, ``b`` what the kind says.
"""

from __future__ import annotations

import json
import secrets
from collections import OrderedDict
from typing import Any
from uuid import UUID

from peerapi.pages.requests import Refused
from peerapi.whiteboard.requests import REQUESTS, checked

TYPE = UUID("3e0c5b7a-91d4-4f0e-a852-6d1fc03977b8")
MOST_BYTES = 16 << 10
MOST_HOPS = 8
REMEMBERED = 4096

KINDS: dict[str, dict[str, str]] = {
    "stroke": {"by": "peer", **REQUESTS["live"]},
    "cursor": {"key": "id", "count": "growing", "seal": "seal", **REQUESTS["cursor"]},
    "links": {"peer": "peer", "node": "node", "name": "name", "neighbors": "neighbors"},
}


class Relay:
    """Knows what has passed already."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, None] = OrderedDict()

    def outgoing(self, kind: str, body: dict[str, Any]) -> bytes:
        """A message of this node's."""
        number = secrets.token_hex(8)
        self._note(number)
        return _encoded(number, MOST_HOPS, kind, body)

    def incoming(self, data: bytes) -> tuple[str, dict[str, Any], bytes | None] | None:
        """Kind, body, and what to hand on (None: nothing). None for what is unsound or was here before."""
        found = _decoded(data)
        if found is None or found[0] in self._seen:
            return None
        number, hops, kind, body = found
        self._note(number)
        return kind, body, _encoded(number, hops - 1, kind, body) if hops > 0 else None

    def _note(self, number: str) -> None:
        self._seen[number] = None
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)


def _encoded(number: str, hops: int, kind: str, body: dict[str, Any]) -> bytes:
    return json.dumps({"n": number, "h": hops, "k": kind, "b": body}, separators=(",", ":")).encode()


def _decoded(data: bytes) -> tuple[str, int, str, dict[str, Any]] | None:
    if len(data) > MOST_BYTES:
        return None
    try:
        message = json.loads(data)
        whole = checked(message, {"n": "key", "h": "hops", "k": "key", "b": "object"})
        return whole["n"], whole["h"], whole["k"], checked(whole["b"], KINDS.get(whole["k"], {"": "nothing"}))
    except (ValueError, RecursionError, Refused):
        return None
