"""Members who write one document, without a network: records are copied from one to the other."""

from __future__ import annotations

from uuid import UUID, uuid4

from peerapi.activities.document import parts, updates
from peerapi.activities.document.parts import Header, OwnParts
from peerapi.activities.document.shared_text import SharedText
from peerapi.activities.document.updates import Update


class Writer:
    """A member with their copy of the text, and the records that they have stored."""

    def __init__(self, name: str, session: int = 0) -> None:
        self.name, self.session = name, session
        self.shared = SharedText(updates.client_of(name, session))
        self.own = OwnParts(self.shared)
        self.records: dict[UUID, tuple[int, bytes]] = {}
        "Those of this member: version and data."
        self._seen: dict[UUID, int] = {}

    @property
    def text(self) -> str:
        return self.shared.text

    def type(self, at: int, words: str, removed: int = 0) -> None:
        self.shared.edit([at, words, -removed] if at else [words, -removed])

    def store(self) -> None:
        more = True
        while more:
            id, piece = self.own.next()
            id = id or uuid4()
            self._put(id, piece.update)
            more = self.own.stored(id, piece)
        found = self.own.to_fold()
        if found is not None:
            ids, pieces = found
            for id, piece in zip(ids, pieces, strict=False):
                self._put(id, piece.update)
            for id in ids[len(pieces) :]:
                del self.records[id]
            self.own.folded(ids, pieces)

    def _put(self, id: UUID, update: bytes) -> None:
        data = parts.encoded(Header(), update)
        assert len(data) <= parts.MOST_DATA
        self.records[id] = self.records.get(id, (0, b""))[0] + 1, data

    def take(self, *others: Writer) -> None:
        """What they have stored and this one has not seen."""
        came: list[tuple[object, Update]] = []
        for other in others:
            for id, (version, data) in other.records.items():
                if self._seen.get(id) != version:
                    self._seen[id] = version
                    came.append((id, parts.decoded(data, other.name)[1]))
        self.shared.take(came)

    def again(self) -> Writer:
        """The next session of this member."""
        found = Writer(self.name, self.session + 1)
        found.take(self)
        found.own = OwnParts(found.shared)
        for id, (_, data) in self.records.items():
            found.own.found(id, parts.decoded(data, self.name)[1])
        found.records = dict(self.records)
        return found

    def size(self) -> int:
        """Bytes of all records."""
        return sum(len(data) for _, data in self.records.values())
