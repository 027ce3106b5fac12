"""A node of this library with one deviation in it: ``python -m tests.conformance_wire.planted NAME``.

Each deviation is patched in before the node is made, in the process that runs it. The kit, in another process, has to
notice it by what it sees on the wire.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable
from typing import Any

import trio

from peerapi.cli import conformance_node
from peerapi.graphing import conflict
from peerapi.graphing.codec import framing, link_messages, message_values, messages, record_messages
from peerapi.graphing.machine import connections, flooding, publication, reception, synchronization


def _patch(owner: Any, name: str, change: Callable[[Any], Any]) -> None:
    setattr(owner, name, change(getattr(owner, name)))


