"""Bad handles, pointers and strings for every function of graphs, from a program of Windows: the documented codes.

The cases are those of tests/test_bad_input.py, of the same facts; one process is asked all of them.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import test_bad_input as natively
from tests.support import native
from tests.support.peer_values import LOOPBACK
from tests.support.peers import NEIGHBOR, RECORD_CHANGED
from tests.support.wine import Wine, missing

pytestmark = pytest.mark.long

SOURCE = Path(__file__).with_name("bad_input.c")
Case = tuple[str, list[str], tuple[str, ...]]
"A function, its values as the program reads them, and the codes that its page has."
OF_TYPES = {"HGRAPH": "graph", "HPEERENUM": "enumeration", "HPEEREVENT": "queue", "HANDLE": "event"}
OF_NAMES = {
    "pRecord": "record",
    "pRecordId": "id",
    "pRecordIds": "id",
    "pType": "type",
    "pAddress": "address",
    "pGraphProperties": "properties",
    "pEventRegistrations": f"events:{RECORD_CHANGED}",
    "pftPeerTime": "now",
    "pftUniversalTime": "now",
    "pRecordType": "0x0",
    "pSecurityInterface": "0x0",
    "pRecordTypeSyncPrecedence": "0x0",
    "cRecordTypeSyncPrecedence": "0x0",
    "fLocal": "0x0",
    "dwScope": hex(LOOPBACK),
    "dwScopeId": "0x0",
    "wPort": "0x0",
    "dwFlags": hex(NEIGHBOR),
    "cEventRegistrations": "0x1",
    "wVersionRequested": "0x1",
    "ullConnectionId": "0x1267",
    "ullNodeId": "0x0",
    "cbData": "0x4",
    "cRecordIds": "0x1",
    "fPresent": "0x1",
}


def text(units: str) -> str:
    encoded = units.encode("utf-16-be", "surrogatepass")
    return f"text:{encoded.hex()}"


def good(function: str) -> list[str]:
    """One good list of values; what is left after the names are outputs."""
    values = []
    for param in native.FUNCTIONS[function]["params"]:
        if param["type"] == "PCWSTR":
            values.append("0x0" if param["optional"] else text(param["name"]))
        else:
            values.append(OF_TYPES.get(param["type"]) or OF_NAMES.get(param["name"], "room"))
    return values


def changed(function: str, index: int, value: str) -> list[str]:
    values = good(function)
    values[index] = value
    return values


def handles() -> Iterator[Case]:
    for function, index in natively.OF_HANDLES:
        kind = native.FUNCTIONS[function]["params"][index]["type"]
        others = [name for other, name in OF_TYPES.items() if other != kind]
        never = [hex(number) for number in [0, *natively.NEVER_EXISTED]]
        for value in [*never, *others, f"closed:{kind}"]:
            yield function, changed(function, index, value), (natively.HANDLES[kind],)


def pointers() -> Iterator[Case]:
    for function, index in natively.OF_POINTERS:
        yield function, changed(function, index, "0x0"), ("E_INVALIDARG",)


def strings() -> Iterator[Case]:
    for function, index in natively.OF_STRINGS:
        for bad in ("half \ud83c", "\udf82 half"):
            yield function, changed(function, index, text(bad)), ("E_INVALIDARG",)
    for function, name in (
        ("PeerGraphOpen", "pwzPeerId"),
        ("PeerGraphConnect", "pwzPeerId"),
        ("PeerGraphCreate", "pwzDatabaseName"),
        ("PeerGraphOpen", "pwzDatabaseName"),
    ):
        index = [param["name"] for param in native.FUNCTIONS[function]["params"]].index(name)
        for length in (300, 1_000_000):
            yield function, changed(function, index, f"long:{length}"), ("E_INVALIDARG",)


def numbers() -> Iterator[Case]:
    for kind in ("0", "10", "0xffffffff", "0x7fffffff"):
        for count, types in (("0x1", kind), ("0x2", f"{RECORD_CHANGED},{kind}")):
            values = ["graph", "event", count, f"events:{types}", "room"]
            yield "PeerGraphRegisterEvent", values, ("E_INVALIDARG",)
    yield "PeerGraphRegisterEvent", ["graph", "event", "0x0", f"events:{RECORD_CHANGED}", "room"], ("E_INVALIDARG",)
    yield "PeerGraphListen", ["graph", hex(LOOPBACK + 1), "0x0", "0x0"], ("E_INVALIDARG",)


if not missing():

    def test_bad_values_are_answered_by_the_documented_codes(wine: Wine, tmp_path: Path) -> None:
        functions = sorted(natively.WRITTEN)
        defined = " ".join(f"X({name})" for name in functions)
        (tmp_path / "graph_functions.h").write_text(f"#define FUNCTIONS(X) {defined}\n")
        program = wine.compile(SOURCE, f"-I{tmp_path}", "-Wextra", "-Wno-missing-field-initializers", "-Werror")
        cases = [*handles(), *pointers(), *strings(), *numbers()]
        said = "".join(f"state\n{function} {' '.join(values)}\n" for function, values, _ in cases)
        done = subprocess.run(
            wine.command(program),
            input=f"{said}state\n",
            env={**wine.environment, "PEERAPI_HOME": str(tmp_path)},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, ""), done.stdout.splitlines()[-1:]
        answers = done.stdout.split("\n")[:-1]
        assert len(answers) == 2 * len(cases) + 1
        wrong = [
            f"{function} {' '.join(values)[:200]}: {native.names(int(answer, 16))}, not {' or '.join(expected)}"
            for (function, values, expected), answer in zip(cases, answers[1::2], strict=True)
            if int(answer, 16) not in map(native.code, expected)
        ]
        assert wrong == []
        assert len(set(answers[::2])) == 1, "the graph is as it was"
        assert len(cases) > 400
