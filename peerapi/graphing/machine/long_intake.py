"""Long records that come: compared with what is here, and written, in turns between which others are let in.

A record is taken in like any other at the end, in one turn; what takes long is done before. So a long record is on the
disk, but in no table of records, before it is known whether it is kept, and whatever becomes of it then is done as if
it had only now come.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

from peerapi.graphing.codec._messages import flood_record
from peerapi.graphing.codec.records import received_row
from peerapi.graphing.codec.wire import MalformedMessage
from peerapi.graphing.link import Link
from peerapi.graphing.machine.flooding import Flooding
from peerapi.graphing.state import GraphState
from peerapi.store.database import PIECE, Long, Row


class LongIntake:
    """Takes in one long record from a neighbor, a piece at a time, so that others have their turn between."""

    def __init__(self, state: GraphState, flooding: Flooding, link: Link, message: bytes) -> None:
        """``message``: the FLOOD. Raises MalformedMessage."""
        self.size = 2 * len(message)
        self.ahead: Callable[[], None] | None = None
        self._state = state
        self._flooding = flooding
        self._wire = b""
        "The record, once it is cut out of the message."
        self._turns = self._taken_in(link, [message], flood_record(message[:PIECE]))

    def step(self) -> bool:
        """Do what one turn allows; whether there is more to do."""
        ahead, self.ahead = self.ahead, None
        if ahead is not None:
            ahead()
        return next(self._turns, self) is not self

    def end(self) -> None:
        """It was taken in, or it is not wanted any longer: what was written and is not needed goes."""
        state = self._state
        state.database.forget_ahead(self._wire)
        if state.security is not None:
            state.security.forget_examined(self._wire)
        self._wire = b""

    def _taken_in(self, link: Link, last: list[bytes], beginning: bytes) -> Iterator[None]:
        """``last``: the message, of which this is the last reference."""
        message, copy = memoryview(last.pop()), io.BytesIO()
        copy.write(beginning)
        for at in range(PIECE, len(message), PIECE):
            copy.write(message[at : at + PIECE])
            yield
        wire = self._wire = copy.getvalue()
        del message, copy
        self.size = len(wire)
        database = self._state.database
        stored = database.outline(wire[16:32])
        if isinstance(stored, Long) and stored.size == len(wire):
            at = 0
            while database.piece(stored, at) == wire[at * PIECE : (at + 1) * PIECE]:
                at += 1
                if at * PIECE >= len(wire):
                    self._flooding.has_already(link, stored.id, stored.expiration)
                    return
                yield
        if self._may_be_kept(wire, stored):
            while database.write_ahead(wire):
                yield
        if self._state.security is not None:
            self.ahead = self._state.security.examination(wire)
            if self.ahead is not None:
                yield
        self._flooding.receive_long(link, wire)
        while link.to_validate or link.waiting:
            yield

    def _may_be_kept(self, wire: bytes, stored: Row | Long | None) -> bool:
        """Whether it is worth while to write a record before it is judged."""
        state = self._state
        try:
            row = received_row(Row, state.graph_id_wire, state.max_record_size, wire)
        except MalformedMessage:
            return False
        if state.has_expired(row.expiration) or (stored is not None and stored.version > row.version):
            return False
        return state.quotas is None or state.quotas.has_room(row.id, len(wire), stored, internal=False)
