"""Records of a graph's own security: it learns from those that stand in the database, and forgets what is gone. When a
transaction is taken back, so is what it, and the lists of the machine itself, have learned from it.

What proves a record may be gone before the record itself is (an administrator's membership expires, a revocation that
it has made stays), so the proof is kept beside it, as a fact of the database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from peerapi.graphing.codec.records import decode_record
from peerapi.store.database import INTERNAL, PROOF, Row

if TYPE_CHECKING:
    from peerapi.graphing.graph import Graph


class SecurityRecords:
    """What keeps ``Graph.security`` and the database together."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._learned = 0
        "The number that the latest record of its types has in the database, if it came to be there."

    def about_to_learn(self, record_type: bytes) -> None:
        """A record is going to be judged or secured, and stored when it is good."""
        if record_type in self._graph.hidden:
            self._learned = self._graph.database.last_seq + 1

    def followed(self) -> None:
        """The lists of the machine itself have followed a record that was stored."""
        self._learned = max(self._learned, self._graph.database.last_seq)

    @property
    def astray(self) -> bool:
        """Something was learned from a record that is not in the database: the transaction was taken back."""
        return self._learned > self._graph.database.last_seq

    def stands(self, record_id: bytes, record_type: bytes) -> None:
        """A record was stored."""
        graph = self._graph
        if graph.security is not None and record_type in graph.hidden:
            proof = graph.security.proof(record_id)
            if proof is not None:
                graph.database.set_fact(_fact(record_id), proof)

    def gone(self, row: Row) -> None:
        """A record was removed."""
        graph = self._graph
        if graph.security is not None and row.type in graph.hidden:
            graph.security.forget(row.id)
            if self._proof(row.id) is not None:
                graph.database.drop_fact(_fact(row.id))
        if row.flags & INTERNAL:
            self._learned = graph.database.last_seq + 1

    def load(self) -> None:
        """Have it know what the database holds, and nothing else by records."""
        graph = self._graph
        if graph.security is not None and graph.hidden:
            rows = [row for kind in graph.hidden for row in graph.database.of_type(kind, live=False)]
            graph.security.load([(decode_record(row.wire), row.wire) for row in rows], self._proof)
            self._learned = 0

    def _proof(self, record_id: bytes) -> bytes | None:
        proof = self._graph.database.fact(_fact(record_id))
        return proof if isinstance(proof, bytes) else None


def _fact(record_id: bytes) -> str:
    return PROOF + record_id.hex()
