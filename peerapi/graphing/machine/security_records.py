"""Records of a graph's own security: it learns from those that stand in the database, and forgets what is gone. When a
transaction is taken back, so is what it, and the lists of the machine itself, have learned from it.

What proves a record may be gone before the record itself is (an administrator's membership expires, a revocation that
it has made stays), so the proof is kept beside it, as a fact of the database.
"""

from __future__ import annotations

from peerapi.graphing.codec.records import decode_record
from peerapi.graphing.state import GraphState
from peerapi.store.database import INTERNAL, PROOF, Long, Row


class SecurityRecords:
    """What keeps ``GraphState.security`` and the database together."""

    def __init__(self, state: GraphState) -> None:
        self._state = state
        self._learned = 0
        "The number that the latest record of its types has in the database, if it came to be there."

    def about_to_learn(self, record_type: bytes) -> None:
        """A record is going to be judged or secured, and stored when it is good."""
        if record_type in self._state.hidden:
            self._learned = self._state.database.last_seq + 1

    def followed(self) -> None:
        """The lists of the machine itself have followed a record that was stored."""
        self._learned = max(self._learned, self._state.database.last_seq)

    @property
    def astray(self) -> bool:
        """Something was learned from a record that is not in the database: the transaction was taken back."""
        return self._learned > self._state.database.last_seq

    def stands(self, record_id: bytes, record_type: bytes) -> None:
        """A record was stored."""
        state = self._state
        if state.security is not None and record_type in state.hidden:
            proof = state.security.proof(record_id)
            if proof is not None:
                state.database.set_fact(_fact(record_id), proof)

    def gone(self, row: Row | Long) -> None:
        """A record was removed."""
        state = self._state
        if state.security is not None and row.type in state.hidden:
            state.security.forget(row.id)
            if self._proof(row.id) is not None:
                state.database.drop_fact(_fact(row.id))
        if row.flags & INTERNAL:
            self._learned = state.database.last_seq + 1

    def load(self) -> None:
        """Have it know what the database holds, and nothing else by records."""
        state = self._state
        if state.security is not None and state.hidden:
            rows = [row for kind in state.hidden for row in state.database.of_type(kind, live=False)]
            state.security.load([(decode_record(row.wire), row.wire) for row in rows], self._proof)
            self._learned = 0

    def _proof(self, record_id: bytes) -> bytes | None:
        proof = self._state.database.fact(_fact(record_id))
        return proof if isinstance(proof, bytes) else None


def _fact(record_id: bytes) -> str:
    return PROOF + record_id.hex()
