"""The modules in C: the same answers as plain Python, whatever the bytes, and nothing leaks or is read outside."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given

import build_ffi
from fuzz.mutation import damaged
from peerapi.graphing import _records, records
from peerapi.graphing.records import Record, encode_record
from peerapi.graphing.wire import MalformedMessage
from tests import strategies as ours
from tests.graphing import plain

GRAPH = "gé"
WIRE = records.graph_id_wire(GRAPH)
XML = '<attributes><attribute name="a" type="int">1</attribute></attributes>'
PLAIN = Record(bytes(range(16)), records.record_id("p", bytes(16)), 1, "p", 5, 9, 5, GRAPH, b"\xca\xfe")
SOUND = [
    PLAIN,
    replace(PLAIN, version=2, modification=6, modified_by="q\U0001f600", payload=b"", deleted=True),
    replace(PLAIN, attributes=XML, security_data=b"signature"),
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


def test_records_are_read_as_plain_python_reads_them() -> None:
    for data in SEEDS:
        assert plain.received(data, GRAPH, 0) == _records.validate_received(data, WIRE, 0)
    for data in inputs():
        agree(data)


@given(ours.any_record.map(encode_record) | ours.mutated(ours.any_record.map(encode_record)))
def test_any_record_is_read_as_plain_python_reads_it(data: bytes) -> None:
    agree(data)


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
        lambda: _records.use(tuple, len, len),
        lambda: _records.use(Record, len, len),
    ],
)
def test_wrong_arguments_are_type_errors(call: Callable[[], object]) -> None:
    with pytest.raises((TypeError, AttributeError)):
        call()


# ---- Memory ----------------------------------------------------------------------------------------------------------


def exercise() -> None:
    """Everything that the modules do, on good and bad input."""
    for data in inputs():
        outcome(lambda data=data: _records.summarize(data))  # type: ignore[misc]
        outcome(lambda data=data: _records.validate_received(data, WIRE, 1000))  # type: ignore[misc]


def test_nothing_leaks() -> None:
    exercise()
    records._known_ids.clear()
    exercise()
    before = sys.getallocatedblocks()
    for _ in range(3):
        exercise()
    assert sys.getallocatedblocks() - before < 50


SANITIZED = """
import importlib.util, sys
for path in sys.argv[1:]:
    name = "peerapi.graphing." + path.rpartition("/")[2].partition(".")[0]
    spec = importlib.util.spec_from_file_location(name, path)
    sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])
from tests.graphing import test_c_modules
assert test_c_modules._records.__file__ in sys.argv[1:]
test_c_modules.exercise()
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
        built.append(str(target))
    found = subprocess.run(["gcc", "-print-file-name=libasan.so"], capture_output=True, text=True, check=True)
    environment = {**os.environ, "LD_PRELOAD": found.stdout.strip(), "PYTHONMALLOC": "malloc"}
    environment["ASAN_OPTIONS"] = "detect_leaks=0"  # of Python itself there are many
    command = [sys.executable, "-c", SANITIZED, *built]
    root = Path(__file__).parents[2]
    done = subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("source", build_ffi.module_sources(), ids=lambda path: path.name)
def test_the_modules_compile_without_warnings(source: Path, compiler: str) -> None:
    strict = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-O2", "-fsyntax-only"]
    command = [compiler, *strict, f"-I{sysconfig.get_paths()['include']}", str(source)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
