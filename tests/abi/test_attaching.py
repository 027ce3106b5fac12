"""What is behind the exported symbols: all functions of the headers, each made at its first call, and what most
programs do not need imported then."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import peerapi.api as api
from peerapi.abi import exports, library
from peerapi.errors import NotInitialized

for _module in api.MODULES:
    __import__(f"peerapi.api.{_module}")
LATER = {name for names in api.FAMILIES.values() for name in names}

PROGRAM = """
import ctypes, json, sys
c = ctypes.CDLL(sys.argv[1])
loaded = lambda: [name for name in {later} if f"peerapi.api.{{name}}" in sys.modules]
call = lambda name, *values: getattr(c, name)(*values) & 0xFFFFFFFF
told = [call("PeerGraphStartup", 1, ctypes.create_string_buffer(8)), loaded()]
for name in ("PeerCollabSignout", "PeerGroupShutdown", "DrtClose"):
    told += [call(name, 0), call(name, 0), loaded()]
print(json.dumps(told))
"""


def test_what_a_program_does_not_call_is_not_imported() -> None:
    program = PROGRAM.format(later=sorted(LATER))
    done = subprocess.run(
        [sys.executable, "-c", program, library.PATH], stdout=subprocess.PIPE, check=True, text=True, timeout=120
    )
    graph, nothing, signout, again, collab, shutdown, once_more, groups, _, _, tables = json.loads(done.stdout)
    assert (graph, nothing) == (0, [])
    assert (signout, again, shutdown, once_more) == (NotInitialized.hresult,) * 4
    assert set(collab) >= set(api.FAMILIES["PeerCollab"]) and "group" not in collab
    assert set(groups) >= {*api.FAMILIES["PeerCollab"], "group"} and "drt" not in groups
    assert set(tables) >= set(api.FAMILIES["Drt"])


@pytest.mark.parametrize("name", sorted(exports.REGISTRY))
def test_each_function_fits_its_prototype(name: str) -> None:
    assert callable(exports.wrap(exports.REGISTRY[name], exports.prototypes()[name][1]))


@pytest.mark.parametrize("name", sorted(exports.REGISTRY))
def test_each_function_is_found_by_its_name(name: str) -> None:
    """In a module that is imported at once, or by the beginning of the name."""
    module = exports.REGISTRY[name].function.__module__.removeprefix("peerapi.api.")
    assert module in api.AT_ONCE or any(name.startswith(s) and module in api.FAMILIES[s] for s in api.FAMILIES)


def test_no_module_is_named_in_both_ways() -> None:
    assert not LATER & set(api.AT_ONCE)
