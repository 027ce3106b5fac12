"""What graphs read: messages, records, attributes, searches, files, and whole conversations."""

from __future__ import annotations

import contextlib
import os
import random
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path

from fuzz.seeds import graph as seeds
from peerapi.errors import (
    InvalidArgument,
    InvalidAttributes,
    InvalidDatabase,
    InvalidSearch,
    PeerError,
    TooManyAttributes,
)
from peerapi.graphing.codec import attributes, internal_records, records, search, search_xml
from peerapi.graphing.codec import messages as codec
from peerapi.graphing.codec.framing import Deframer, frame
from peerapi.graphing.codec.messages import AuthInfo, ConnectionType, MessageType
from peerapi.graphing.codec.wire import MalformedMessage
from peerapi.graphing.draft import Draft
from peerapi.graphing.graph import Graph
from peerapi.graphing.link import Link
from peerapi.graphing.outputs import Hangup, Send
from peerapi.moment import Moment
from peerapi.store.database import Database
from peerapi.store.journal import SUFFIX
from peerapi.store.opening import foreign


def message(data: bytes) -> None:
    """A message is decoded or malformed; what is decoded can be sent again and means the same."""
    try:
        decoded = codec.decode(data)
    except MalformedMessage:
        return
    assert codec.decode(codec.encode(decoded)) == decoded


def framing(data: bytes) -> None:
    """The messages of a stream do not depend on how the network cuts it; memory is bounded by what has come."""
    if not data:
        return
    chance = random.Random(data[0])
    stream = data[1:]
    whole, whole_bad = _fed([stream])
    pieces = []
    at = 0
    while at < len(stream):
        size = chance.choice((1, 2, 3, 7, 50, 1000, 20_000))
        pieces.append(stream[at : at + size])
        at += size
    cut, cut_bad = _fed(pieces)
    assert cut == whole
    assert cut_bad == whole_bad
    if not whole_bad:
        again, bad = _fed([b"".join(frame(one) for one in whole)])
        assert again == whole and not bad


def _fed(pieces: list[bytes]) -> tuple[list[bytes], bool]:
    deframer = Deframer(max_message=200_000)
    found: list[bytes] = []
    came = 0
    for piece in pieces:
        came += len(piece)
        try:
            found += deframer.feed(piece)
        except MalformedMessage as error:
            return found + list(error.before), True
        assert deframer.buffered <= came
    return found, False


def record(data: bytes) -> None:
    """The readers of a record agree, and what may be stored can be read and sent again.

    The quick one does not look into attributes, so it may take more; the check of received records takes least.
    """
    whole = short = None
    with contextlib.suppress(MalformedMessage):
        whole = records.decode_record(data)
    with contextlib.suppress(MalformedMessage):
        short = records.summarize(data)
    assert whole is None or short is not None, "the quick reader refuses what the other takes"
    try:
        checked = records.validate_received(data, records.graph_id_wire(seeds.GRAPH), 1 << 20)
    except MalformedMessage:
        checked = None
    assert checked is None or whole is not None, "checked, but cannot be read"
    if whole is None or short is None:
        return
    assert (short.id, short.type, short.version, short.expiration) == (
        whole.id,
        whole.type,
        whole.version,
        whole.expiration,
    )
    assert checked is None or checked == short
    assert records.decode_record(records.encode_record(whole)) == whole
    if checked is not None and records.is_reserved(whole.type):
        try:
            internal_records.check_internal(whole, seeds.GRAPH)
        except MalformedMessage:
            return


PAYLOADS = (
    internal_records.GraphInfo,
    internal_records.SignaturePayload,
    internal_records.ContactPayload,
    internal_records.PresencePayload,
)


def internal(data: bytes) -> None:
    """The payloads of the graph's own records; the first byte says which."""
    if not data:
        return
    kind = PAYLOADS[data[0] % len(PAYLOADS)]
    try:
        payload = kind.decode(data[1:])
    except MalformedMessage:
        return
    assert kind.decode(payload.encode()) == payload


def attribute_xml(data: bytes) -> None:
    """Attributes are refused by both checks or by none, and what passes can be indexed."""
    text = data.decode("utf-8", "surrogateescape")
    good = _passes(lambda: attributes.check(text))
    if good:
        found = attributes.parse(text)
        assert len(search.index_rows(found)) == len(found) <= attributes.MAX_ATTRIBUTES
        assert _passes(lambda: attributes.check_wire(text.encode("utf-16-be") + b"\0\0"))
    _passes(lambda: attributes.check_wire(data))


def _passes(check: Callable[[], object]) -> bool:
    try:
        check()
    except (InvalidAttributes, TooManyAttributes):
        return False
    return True


class _Index:
    """The table that searches ask, with one record in it."""

    def __init__(self) -> None:
        self.connection = sqlite3.connect(":memory:", isolation_level=None)
        self.connection.execute(f"CREATE TABLE {search.TABLE}")

    def holds(self, rows: list[tuple[str, str, search.Key]], sql: search.Sql) -> bool:
        self.connection.execute("DELETE FROM attributes")
        self.connection.executemany("INSERT INTO attributes VALUES (1, ?, ?, ?)", rows)
        return bool(self.connection.execute(f"SELECT {sql.condition}", sql.parameters).fetchone()[0])


_INDEX = _Index()


def search_document(data: bytes) -> None:
    """A query and, behind a zero, the attributes of a record: Python and SQL find the same."""
    query_text, _, attribute_text = data.decode("utf-8", "surrogateescape").partition("\0")
    try:
        query = search_xml.parse(query_text)
    except (InvalidSearch, InvalidArgument):
        return
    sql = query.to_sql("1", {})
    try:
        found = attributes.parse(attribute_text or "<attributes/>")
    except (InvalidAttributes, TooManyAttributes):
        found = ()
    matches = query.matches(found, {})
    if sql.exact:
        rows = [row for row in search.index_rows(found) if row[0] not in attributes.RESERVED_NAMES]
        assert _INDEX.holds(rows, sql) == matches


# ---- whole nodes -----------------------------------------------------------------------------------------------------


class _Node:
    """A graph in memory, as a target meets it."""

    def __init__(self, graph_id: str = seeds.GRAPH, peer_id: str = seeds.PEER) -> None:
        self.database = Database.open(":memory:")
        self.graph = Graph(graph_id, peer_id, self.database, random=random.Random(1))
        self.elapsed = 100.0

    @property
    def moment(self) -> Moment:
        return Moment(seeds.NOW + int(self.elapsed * 10_000_000), self.elapsed)

    def do(self, work: Callable[..., object], *arguments: object) -> object:
        """One input as the driver gives it."""
        try:
            self.database.begin()
            self.graph.at(self.moment)
            result = work(*arguments)
            self.database.commit()
        except BaseException:
            self.database.rollback()
            self.graph.discard()
            raise
        return result

    def add(self, text: bytes) -> bytes:
        draft = Draft(type=seeds.TYPE, data=text, expiration=self.graph.clock.peer_time(self.moment.utc) + 10**10)
        added = self.do(self.graph.add_record, draft)
        assert isinstance(added, bytes)
        return added

    def sent(self) -> dict[Link, bytes]:
        """What each link would get, and nothing else; cleared."""
        outputs, self.graph.outputs = self.graph.outputs, []
        found: dict[Link, bytes] = {}
        for output in outputs:
            if isinstance(output, Send):
                found[output.link] = found.get(output.link, b"") + bytes(output.data)
        return found

    def neighbor(self, name: str, node_id: int) -> Link:
        """A neighbor that has said all it must."""
        link = self.do(self.graph.accepted, AuthInfo(ConnectionType.NEIGHBOR, seeds.GRAPH, name, None), seeds.ADDRESS)
        assert isinstance(link, Link)
        self.do(self.graph.received, link, frame(codec.encode(codec.Connect(node_id=node_id, addresses=()))))
        assert link.connected
        return link


def conversation(data: bytes) -> None:
    """A neighbor says anything at all, and time passes: another neighbor and the application are served as before."""
    node = _Node()
    node.do(node.graph.create, seeds.INFO)
    known = node.add(b"before")
    good = node.neighbor("good", 2)
    bad = node.neighbor("bad", 3)
    node.sent()
    for at in range(0, max(1, min(len(data), 60_000)), 20_000):
        node.do(node.graph.received, bad, data[at : at + 20_000])
        while bad.paused:
            node.do(node.graph.resume, bad)
        while bad.answering and bad.connected:
            node.sent()
            node.do(node.graph.drained, bad)
        node.elapsed += 7
        node.do(node.graph.tick)
    assert good.connected
    assert all(not isinstance(output, Hangup) or output.link is not good for output in node.graph.outputs)
    node.sent()
    added = node.add(b"afterwards")
    flooded = Deframer().feed(node.sent()[good])
    assert any(one[5] == MessageType.FLOOD and b"afterwards" in one for one in flooded)
    assert node.graph.live_record(added).wire == node.database.wire(added)
    assert node.database.wire(known) is not None
    for row in node.database.of_type(seeds.TYPE):
        records.decode_record(row.wire)
    node.database.close()


_FOLDER = Path(tempfile.mkdtemp(prefix="peerapi-fuzz-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None))


def _file(data: bytes, journal: bytes | None = None) -> Path:
    for old in _FOLDER.iterdir():
        old.unlink()
    path = _FOLDER / "database"
    path.write_bytes(data)
    if journal is not None:
        Path(f"{path}{SUFFIX}").write_bytes(journal)
    return path


def archive(data: bytes) -> None:
    """A file to be imported: taken in or refused as a whole; what is taken in are valid records of this graph."""
    node = _Node()
    node.do(node.graph.open)
    before = node.database.count()
    try:
        facts, rows = foreign(str(_file(data)))
        node.do(node.graph.import_records, facts, rows)
    except PeerError as error:
        assert isinstance(error, seeds.IMPORT_ERRORS), type(error)
        assert node.database.count() == before
    for row in node.database.of_type(seeds.TYPE):
        records.validate_received(row.wire, node.graph.graph_id_wire, node.graph.max_record_size)
    node.database.close()


def database(data: bytes) -> None:
    """A graph's own file after an accident: every call answers or fails with a documented error."""
    with contextlib.suppress(PeerError):
        _use(_file(data))


def journal(data: bytes) -> None:
    """The journal of a killed process after an accident: told of once, and used as far as it is whole."""
    path = _file(seeds.files().own, data)
    try:
        _use(path)
    except InvalidDatabase:
        _use(path)


def _use(path: Path) -> None:
    opened = Database.open(path)
    node = _Node.__new__(_Node)
    node.database, node.elapsed = opened, 100.0
    node.graph = Graph(seeds.GRAPH, seeds.PEER, opened, random=random.Random(1))
    calls: list[Callable[[], object]] = [
        lambda: node.do(node.graph.open),
        lambda: node.graph.record_ids(None, None),
        lambda: [node.graph.live_record(one) for one in seeds.RECORD_IDS],
        lambda: node.add(b"one more"),
        lambda: node.neighbor("bad", 3),
        lambda: node.do(node.graph.received, node.neighbor("worse", 4), seeds.WHOLE_SYNC),
        lambda: node.do(node.graph.tick),
    ]
    for call in calls:
        try:
            call()
        except PeerError:
            continue
    opened.close()


TARGETS: dict[str, Callable[[bytes], None]] = {
    "message": message,
    "framing": framing,
    "record": record,
    "internal": internal,
    "attributes": attribute_xml,
    "search": search_document,
    "conversation": conversation,
    "archive": archive,
    "database": database,
    "journal": journal,
}
