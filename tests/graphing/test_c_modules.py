"""The modules in C: the same answers as plain Python, whatever the bytes, and nothing leaks or is read outside."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import build_ffi
from fuzz.mutation import damaged
from peerapi.graphing.codec import _messages, _new_records, _records, records
from peerapi.graphing.codec.framing import Deframer
from peerapi.graphing.codec.messages import Ack, SyncEnd, encode
from peerapi.graphing.codec.records import GRAPH_TYPES, Record, encode_record
from peerapi.graphing.codec.wire import MalformedMessage
from peerapi.graphing.events import RecordChange, RecordChanged
from peerapi.store.database import DELETED, INTERNAL, Row
from tests.graphing import plain
from tests.support import strategies as ours
from tests.support.leaks import leaked

GRAPH = "gé"
WIRE = records.graph_id_wire(GRAPH)
XML = '<attributes><attribute name="a" type="int">1</attribute></attributes>'
PLAIN = Record(bytes(range(16)), records.record_id("p", bytes(16)), 1, "p", 5, 9, 5, GRAPH, b"\xca\xfe")
SOUND = [
    PLAIN,
    replace(PLAIN, version=2, modification=6, modified_by="q\U0001f600", payload=b"", deleted=True),
    replace(PLAIN, attributes=XML, security_data=b"signature"),
    replace(PLAIN, security_data=b"four"),
    replace(PLAIN, type=records.GRAPH_INFO, id=records.GRAPH_INFO_ID),
    replace(PLAIN, type=records.SIGNATURE, id=records.SIGNATURE_ID),
    replace(PLAIN, type=records.PRESENCE, attributes=XML.replace('"a"', '"peerrecordid"')),
]
SEEDS = [encode_record(record) for record in SOUND]


def inputs() -> Iterator[bytes]:
    """Sound records, cut anywhere, and with accidents."""
    for data in SEEDS:
        yield data
        yield from (data[:at] for at in range(len(data)))
    yield from damaged(SEEDS, 3000)


def outcome(attempt: Callable[[], object]) -> object:
    try:
        return attempt()
    except (MalformedMessage, plain.Bad):
        return None


def agree(data: bytes) -> None:
    assert outcome(lambda: _records.summarize(data)) == outcome(lambda: plain.summary(data)[0])
    for most in (0, 100):
        expected = outcome(lambda most=most: plain.received(data, GRAPH, most))  # type: ignore[misc]
        assert outcome(lambda most=most: _records.validate_received(data, WIRE, most)) == expected  # type: ignore[misc]
    assert outcome(lambda: row(data)) == outcome(lambda: plain.row(data, GRAPH, 0))


def row(data: bytes) -> Row:
    return _records.received_row(Row, WIRE, 0, data)


def test_records_are_read_as_plain_python_reads_them() -> None:
    for data in SEEDS:
        assert plain.received(data, GRAPH, 0) == _records.validate_received(data, WIRE, 0)
    for data in inputs():
        agree(data)


@given(ours.any_record.map(encode_record) | ours.mutated(ours.any_record.map(encode_record)))
def test_any_record_is_read_as_plain_python_reads_it(data: bytes) -> None:
    agree(data)


def test_a_row_has_no_time_that_the_store_cannot_keep() -> None:
    for expiration, kept in (((1 << 63) - 1, True), (1 << 63, False)):
        data = encode_record(replace(PLAIN, expiration=expiration))
        assert _records.validate_received(data, WIRE, 0).expiration == expiration
        assert (outcome(lambda data=data: row(data)) is not None) is kept  # type: ignore[misc]


@given(ours.any_record)
def test_a_new_record_is_what_the_other_encoder_writes(record: Record) -> None:
    made = replace(record, version=1, deleted=False, modified_by=None, security_data=b"", modification=record.creation)
    made = replace(made, id=records.record_id(made.creator_id, record.id))
    written = new_row(made, record.id, flags=2)
    assert written == Row(made.id, made.type, 1, 2, made.modification, made.expiration, encode_record(made))
    assert isinstance(written, Row)


def new_row(record: Record, random16: bytes, flags: int = 0) -> Row:
    graph_id, xml = records.graph_id_wire(record.graph_id), records.attributes_wire(record.attributes)
    key, creator = records.creator_parts(record.creator_id)
    return _new_records.new_row(
        Row,
        record.type,
        key,
        creator,
        random16,
        graph_id,
        record.creation,
        record.expiration,
        record.payload,
        xml,
        flags,
    )


def told(rows: list[Row], apart: frozenset[bytes]) -> list[RecordChanged]:
    return _new_records.told(RecordChanged, RecordChange.ADDED, rows, apart)


@given(st.lists(st.tuples(ours.guids, st.integers(0, 31), st.sampled_from((bytes(16), b"t" * 16))), max_size=9))
def test_an_application_hears_of_rows_as_of_each(found: list[tuple[bytes, int, bytes]]) -> None:
    rows = [Row(id_, type_, 1, flags, 5, 9, b"") for id_, flags, type_ in found]
    for apart in (frozenset[bytes](), frozenset({bytes(16)})):
        heard = [one for one in rows if not one.flags & (DELETED | INTERNAL) and one.type not in apart]
        events = told(rows, apart)
        assert events == [RecordChanged(RecordChange.ADDED, one.id, one.type) for one in heard]
        assert {type(event) for event in events} <= {RecordChanged}


# ---- Messages --------------------------------------------------------------------------------------------------------

FLOODS = [plain.flood(data) for data in SEEDS]
OTHERS = [encode(SyncEnd()), encode(Ack(((bytes(16), True), (PLAIN.id, False))))]
STREAM = b"".join(plain.framed(message, 16379) for message in FLOODS + OTHERS)
MESSAGE_SEEDS = [*FLOODS, *OTHERS]


@given(st.lists(st.binary(min_size=4, max_size=90), max_size=5), st.integers(1, 100))
def test_frames_are_cut_as_plain_python_cuts_them(parts: list[bytes], size: int) -> None:
    assert _messages.frames(parts, size) == b"".join(plain.framed(part, size) for part in parts)
    assert _messages.frames(tuple(parts), size) == _messages.frames(parts, size)
    assert _messages.floods(parts, size) == b"".join(plain.framed(plain.flood(part), size) for part in parts)


def test_an_empty_message_is_one_empty_frame() -> None:
    assert _messages.frames([b"", b""], 5) == bytes(4)


@pytest.mark.parametrize("size", [0, -1, 65536, 1 << 70])
def test_there_is_no_such_frame_size(size: int) -> None:
    with pytest.raises((ValueError, OverflowError)):
        _messages.frames([b"message"], size)


@given(ours.mutated(st.just(STREAM)), st.integers(0, 300), st.sampled_from((40, 100, 16379)))
def test_a_stream_is_split_as_plain_python_splits_it(data: bytes, at: int, most: int) -> None:
    found: list[bytes] = []
    end = _messages.split(data, at, found, most, 1000)
    assert (found, end) == plain.split(data, at, most, 1000)


def flood_agrees(message: bytes) -> None:
    assert outcome(lambda: _messages.flood_record(message)) == outcome(lambda: plain.flood_record(message))
    forwarded = outcome(lambda: _messages.flood_to_forward(message))
    assert forwarded == outcome(lambda: plain.flood_to_forward(message))


def sift_agrees(messages: list[bytes], known: dict[bytes, Row], now: int) -> None:
    expected = outcome(lambda: plain.sift(messages, known, now, lambda data: plain.row(data, GRAPH, 0), GRAPH_TYPES))
    acks: list[tuple[bytes, bool]] = []
    rows: list[Row] = []
    taken: list[bytes] = []
    fresh: dict[bytes, Row] = {}
    asked: list[bytes] = []

    def get(record_id: bytes) -> Row | None:
        asked.append(record_id)
        return known.get(record_id)

    places = list(known.values())
    recent = {one.id: (n, one) for n, one in enumerate(places[::3])}
    recent |= {one.id: (n, one._replace(flags=8, wire=b"where")) for n, one in enumerate(places[3::3])}
    elsewhere = {one.id: (n,) for n, one in enumerate(places) if one.id not in recent}
    prints = {n: (one.wire, one.expiration) for n, one in enumerate(places) if n % 3 == 1}

    def same(numbers: tuple[int, ...], wire: bytes) -> int | None:
        wires = [prints[n] for n in numbers if n in prints]
        return next((expiration for known_wire, expiration in wires if known_wire == wire), None)

    try:
        at, wire, stored = _messages.sift(
            messages, 0, fresh, recent, elsewhere.get, same, get, now, row, GRAPH_TYPES, acks, rows, taken
        )
    except MalformedMessage:
        assert expected is None
        return
    assert expected == (at, acks, rows)
    assert set(asked) <= known.keys()
    assert wire is not None or not {id_ for id_, (_, one) in recent.items() if not one.flags} & set(asked)
    assert fresh == {one.id: one for one in rows}
    assert taken == [plain.flood(one.wire) for one in rows]
    if wire is not None:
        assert wire == plain.flood_record(messages[at])
        assert stored == (fresh.get(wire[16:32]) or known.get(wire[16:32]))


def batches() -> Iterator[tuple[list[bytes], dict[bytes, Row], int]]:
    """Messages as they come in one read, what is here already, and the time."""
    chance = random.Random(5)
    ids = [records.record_id("p", chance.randbytes(16)) for _ in range(5)]
    own = [replace(PLAIN, id=id_, payload=chance.randbytes(9)) for id_ in ids]
    floods = [plain.flood(encode_record(record)) for record in own]
    here = {record.id: plain.row(encode_record(record), GRAPH, 0) for record in own[:4]}
    changed = plain.flood(encode_record(replace(own[0], version=2)))
    pieces = floods * 4 + FLOODS + OTHERS + [changed] + list(damaged(MESSAGE_SEEDS, 20))
    for _ in range(800):
        messages = [message for message in chance.choices(pieces, k=chance.randint(1, 8)) if len(message) >= 8]
        yield messages, here, chance.choice((0, 0, 0, 8, 9))


def test_a_batch_is_sifted_as_plain_python_sifts_it() -> None:
    for messages, known, now in batches():
        sift_agrees(messages, known, now)
    for message in damaged(FLOODS, 500):
        flood_agrees(message)


MAYBE: Callable[[bytes], object] = len
"Says of every ID that it may be stored."


def unknown(_: object, wire: bytes) -> None:
    """Does not know any bytes."""


def test_what_the_helpers_of_a_batch_raise_comes_through() -> None:
    def failing(_: bytes) -> None:
        raise KeyError("store")

    with pytest.raises(KeyError):
        _messages.sift(FLOODS, 0, {}, {}, failing, unknown, {}.get, 0, row, GRAPH_TYPES, [], [], [])
    with pytest.raises(TypeError):
        _messages.sift(FLOODS, 0, {}, {}, MAYBE, len, {}.get, 0, row, GRAPH_TYPES, [], [], [])  # type: ignore[arg-type]
    for get, make in ((failing, row), ({}.get, failing), ({}.get, len), ({}.get, tuple)):
        with pytest.raises((KeyError, TypeError)):
            _messages.sift(FLOODS, 0, {}, {}, MAYBE, unknown, get, 0, make, GRAPH_TYPES, [], [], [])  # type: ignore[arg-type]


@given(st.lists(st.tuples(ours.guids, st.booleans()), max_size=9))
def test_acks_are_packed_and_weighed(acks: list[tuple[bytes, bool]]) -> None:
    array = _messages.pack_acks(acks)
    assert array == b"".join(id_ + bytes((0, 0, 0, useful)) for id_, useful in acks)
    for start in (0, 1, 20):
        weight = 3.0
        for _, useful in acks[start:]:
            weight = weight * 0.5 + 8.0 * useful
        assert _messages.weigh(3.0, acks, start, 0.5, 8.0) == weight
        assert _messages.weigh_array(3.0, array[20 * start :] + bytes(19), 0.5, 8.0) == weight


# ---- Arguments -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call",
    [
        lambda: _records.summarize(),
        lambda: _records.summarize("text"),
        lambda: _records.summarize(bytearray(100)),
        lambda: _records.validate_received(SEEDS[0], WIRE),
        lambda: _records.validate_received(SEEDS[0], GRAPH, 0),
        lambda: _records.validate_received(SEEDS[0], WIRE, "0"),
        lambda: _records.received_row(Record, WIRE, 0, SEEDS[0]),
        lambda: _records.signed_by_creator(SEEDS[0], b"", 0),
        lambda: _new_records.secured_rows(Record, [], []),
        lambda: _new_records.secured_rows(Row, [row(SEEDS[0])], []),
        lambda: _new_records.secured_rows(Row, [row(SEEDS[0])], [None]),
        lambda: _new_records.secured_rows(Row, [None], [b""]),
        lambda: _new_records.secured_rows(Row, [row(SEEDS[0])._replace(wire=SEEDS[0][:47])], [b""]),
        lambda: _new_records.secured_rows(Row, [row(SEEDS[0])._replace(wire=SEEDS[0][:40] + b"\xff" * 60)], [b""]),
        lambda: _new_records.secured_rows(Row, [row(SEEDS[0])._replace(wire="text")], [b""]),
        lambda: _records.signed_by_creator(SEEDS[0], "", 0, 0),
        lambda: _records.signed_by_creator(SEEDS[0], b"", -1, 0),
        lambda: _new_records.new_row(Row, *[bytes(16)] * 10),
        lambda: new_row(replace(PLAIN, type=bytes(15)), bytes(16)),
        lambda: new_row(replace(PLAIN, creation=-1), bytes(16)),
        lambda: new_row(PLAIN, bytes(15)),
        lambda: _new_records.new_id(b"", b""),
        lambda: _new_records.told(Record, 1, [], frozenset()),
        lambda: told([None], frozenset()),  # type: ignore[list-item]
        lambda: told([row(SEEDS[0])._replace(flags=None)], frozenset()),  # type: ignore[arg-type]
        lambda: told([row(SEEDS[0])._replace(type="text")], frozenset()),  # type: ignore[arg-type]
        lambda: told([row(SEEDS[0])], {bytes(16)}),  # type: ignore[arg-type]
        lambda: _messages.frames(b"bytes", 5),
        lambda: _messages.frames(["text"], 5),
        lambda: _messages.floods([b"123"], 5),
        lambda: _messages.split(STREAM, -1, [], 5, 5),
        lambda: _messages.sift(FLOODS, -1, {}, {}, {}.get, unknown, {}.get, 0, None, GRAPH_TYPES, [], [], []),
        lambda: _messages.sift(FLOODS, 0, {}, {}, {}.get, unknown, {}.get, 0, None, set(), [], [], []),
        lambda: _messages.pack_acks([(b"short", True)]),
        lambda: _messages.pack_acks([bytes(16)]),
        lambda: _messages.weigh(0.0, [1], 0, 0.0, 0.0),
        lambda: _records.use(tuple, len, len),
        lambda: _records.use(Record, len, len),
    ],
)
def test_wrong_arguments_are_refused(call: Callable[[], object]) -> None:
    with pytest.raises((TypeError, ValueError, AttributeError, OverflowError)):
        call()


# ---- Memory ----------------------------------------------------------------------------------------------------------


def signed_agrees(data: bytes) -> None:
    """``signed_by_creator`` beside what the reference says of the record."""
    found = outcome(lambda: _records.signed_by_creator(data, b"context", 1, 5))
    try:
        summary = plain.summary(data)[0]
    except plain.Bad:
        assert found is None
        return
    security = summary.security_data
    bare = records.without_security(data)
    if security:
        assert _records.with_security(bare, security) == data
        with pytest.raises(ValueError, match="already"):
            _records.with_security(data, security)
    assert _records.with_security(bare, b"") == bare
    given = Row(b"id", b"type", 1, 2, 3, 4, bare)
    if not summary.modified_by:
        assert _new_records.secured_rows(Row, [given] * 2, [security, b""]) == [given._replace(wire=data), given]
    if summary.modified_by or security:
        with pytest.raises(ValueError, match="no new record"):
            _new_records.secured_rows(Row, [given._replace(wire=data)], [b"more"])
    if summary.deleted or summary.modified_by or len(security) < 5:
        assert found is None
    else:
        covered = b"context" + security[1:5] + bare
        assert found == (summary.creator, security, covered)


def exercise() -> None:
    """Everything that the modules do, on good and bad input."""
    for data in inputs():
        signed_agrees(data)
        outcome(lambda data=data: _records.summarize(data))  # type: ignore[misc]
        outcome(lambda data=data: _records.validate_received(data, WIRE, 1000))  # type: ignore[misc]
        outcome(lambda data=data: row(data))  # type: ignore[misc]
    for messages, known, now in batches():
        sift_agrees(messages, known, now)
        frames = _messages.frames(messages, 50)
        assert frames and _messages.floods(messages, 16379)
        assert Deframer().feed(STREAM) == MESSAGE_SEEDS
    _messages.pack_acks([(PLAIN.id, True)] * 5)
    for record in SOUND * 20:
        assert new_row(record, bytes(16)).id == _new_records.new_id(records.creator_key(record.creator_id), bytes(16))
    told([row(data) for data in SEEDS], GRAPH_TYPES)
    for data in damaged(MESSAGE_SEEDS, 1000):
        flood_agrees(data)
        _messages.split(data, 0, [], 100, 100)
        _messages.weigh_array(1.0, data, 0.5, 8.0)


def test_nothing_leaks() -> None:
    exercise()
    records._known_ids.clear()
    assert leaked(exercise) < 15


SANITIZED = """
import importlib.util, sys
for module in sys.argv[1:]:
    name, _, path = module.partition("=")
    spec = importlib.util.spec_from_file_location(name, path)
    sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])
from tests.activities.document import reading
from tests.graphing import test_c_modules, test_new_rows
from tests.grouping import test_places
from tests.process import exercise
from tests.store import test_fingerprints, test_id_runs, test_rows
modules = (test_c_modules._records, test_c_modules._messages, test_c_modules._new_records, test_rows._rows)
modules += exercise.MODULES + test_id_runs.MODULES + test_fingerprints.MODULES + reading.MODULES
modules += test_places.MODULES
assert {module.__name__ + "=" + module.__file__ for module in modules} == set(sys.argv[1:])
test_c_modules.exercise()
test_rows.exercise()
test_new_rows.exercise()
test_id_runs.exercise()
test_fingerprints.exercise()
test_places.exercise()
reading.exercise()
exercise.exercise()
print("done")
"""


def test_nothing_is_read_or_written_outside(tmp_path: Path) -> None:
    """Both sanitizers watch; every object is an allocation of its own, so that they see where one ends."""
    built = []
    for source in build_ffi.module_sources():
        target = build_ffi.module_file(source, tmp_path)
        options = ["-shared", "-fPIC", "-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
        include = f"-I{sysconfig.get_paths()['include']}"
        subprocess.run(["gcc", *options, include, str(source), "-o", str(target)], check=True, timeout=120)
        place = source.relative_to(build_ffi.ROOT).with_suffix("")
        built.append(f"{'.'.join(place.parts)}={target}")
    found = subprocess.run(["gcc", "-print-file-name=libasan.so"], capture_output=True, text=True, check=True)
    environment = {**os.environ, "LD_PRELOAD": found.stdout.strip(), "PYTHONMALLOC": "malloc"}
    environment["ASAN_OPTIONS"] = "detect_leaks=0"  # of Python itself there are many
    command = [sys.executable, "-c", SANITIZED, *built]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("source", build_ffi.module_sources(), ids=lambda path: path.name)
def test_the_modules_compile_without_warnings(source: Path, compiler: str) -> None:
    strict = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-O2", "-fsyntax-only"]
    command = [compiler, *strict, f"-I{sysconfig.get_paths()['include']}", str(source)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stderr) == (0, "")
