"""Empty strings, counts of 0, and results that are empty: what each function answers, as docs/decisions.md has it."""

from __future__ import annotations

import ctypes
import re
import uuid
from typing import Any

import pytest

from tests.api import group_arguments, pnrp_functions, test_documented_identities
from tests.api.graph_arguments import Arguments
from tests.api.identities import Identities
from tests.api.pnrp_functions import Pnrp
from tests.api.pointers import DECISIONS
from tests.api.test_pnrp import alone
from tests.support.groups import Club
from tests.support.native import FUNCTIONS, GUID, expect, wide
from tests.support.peers import Peers
from tests.support.scenario import scenario

__all__ = ["alone"]  # fixtures
Case = tuple[str, str]
"Function and parameter."


def _decided() -> dict[Case, str]:
    section = DECISIONS.read_text(encoding="utf-8").partition("### What may be empty")[2].partition("\n### ")[0]
    rows = [
        line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| p") or line[2:3] == "c"
    ]
    known = {(name, param["name"]) for name, row in FUNCTIONS.items() for param in row["params"]}
    return {
        case: answer.partition(",")[0]
        for parameters, functions, answer in rows
        for parameter in re.findall(r"\w+", parameters)
        for function in re.findall(r"\w+", functions)
        if (case := (function, parameter)) in known
    }


DECIDED = _decided()


def can_be_empty(param: dict[str, Any]) -> bool:
    text = param["direction"] == "in" and param["type"] in ("PCWSTR", "PWSTR")
    count = re.match(r"c[A-Z]|cb[A-Z]|pc?Count$|pcEndpoints$", param["name"]) and param["direction"] != "out"
    return text or bool(count and param["type"] in ("ULONG", "DWORD", "ULONG *"))


CASES = [
    (name, param["name"])
    for name, row in FUNCTIONS.items()
    if row["family"] != "collab"
    for param in row["params"]
    if can_be_empty(param)
]


def of(*families: str) -> list[Case]:
    return [case for case in CASES if FUNCTIONS[case[0]]["family"] in families and not case[0].startswith("PeerPnrp")]


def emptied(function: str, parameter: str, values: list[Any]) -> list[Any]:
    """Good arguments with one of them empty."""
    index = [param["name"] for param in FUNCTIONS[function]["params"]].index(parameter)
    type_ = FUNCTIONS[function]["params"][index]["type"]
    empty = wide("") if "WSTR" in type_ else ctypes.byref(ctypes.c_uint32(0)) if "*" in type_ else 0
    return [*values[:index], empty, *values[index + 1 :]]


def test_each_case_is_decided() -> None:
    assert set(CASES) == set(DECIDED)


@pytest.mark.parametrize(("function", "parameter"), of("graph"))
@scenario
def test_of_a_graph(peers: Peers, function: str, parameter: str) -> None:
    arguments = Arguments(peers)
    values = emptied(function, parameter, arguments.of(function))
    expect(arguments.call(function, values), DECIDED[function, parameter])


@pytest.mark.parametrize(("function", "parameter"), of("group"))
def test_of_a_group(club: Club, function: str, parameter: str) -> None:
    arguments = group_arguments.Arguments(club, function)
    values = emptied(function, parameter, arguments.of(function))
    expect(arguments.alice.call(function, *values), DECIDED[function, parameter])


@pytest.mark.parametrize(("function", "parameter"), of("identity", "common", "pnrp"))
def test_of_identities_and_names(peer: Identities, function: str, parameter: str) -> None:
    values = emptied(function, parameter, test_documented_identities.good_arguments(peer, function))
    expect(test_documented_identities.call(peer, function, values), DECIDED[function, parameter])


@pytest.mark.parametrize(("function", "parameter"), [case for case in CASES if case[0].startswith("PeerPnrp")])
def test_of_pnrp(pnrp: Pnrp, function: str, parameter: str) -> None:
    handle, most = ctypes.c_void_p(), ctypes.c_uint32(5)
    given = {
        "PeerPnrpRegister": [wide("0.name"), ctypes.byref(pnrp_functions.info(1)), ctypes.byref(handle)],
        "PeerPnrpResolve": [wide("0.name"), None, ctypes.byref(most), ctypes.byref(handle)],
        "PeerPnrpStartResolve": [wide("0.name"), None, 5, pnrp.event(), ctypes.byref(handle)],
    }
    result = getattr(pnrp.library, function)(*emptied(function, parameter, given[function]))
    expect(int(result), DECIDED[function, parameter])


def test_empty_names_in_a_registration_are_none(pnrp: Pnrp) -> None:
    given = pnrp_functions.info(4711)
    given.pwzCloudName = given.pwzPublishingIdentity = ctypes.cast(wide(""), ctypes.c_void_p)
    handle = pnrp.register("0.name", given)
    expect(pnrp.update(handle, pnrp_functions.info(4712)), "S_OK")
    assert [one.ports for one in pnrp.resolve("0.name", cloud="")] == [[4712]]


# ---- results ----


def check_empty(library: Any, prefix: str, result: int, enumeration: ctypes.c_void_p) -> None:
    """An enumeration of nothing."""
    count, items = ctypes.c_uint32(7), ctypes.c_void_p(0x10)
    expect(result, "S_OK")
    expect(getattr(library, f"{prefix}GetItemCount")(enumeration, ctypes.byref(count)), "S_OK")
    assert count.value == 0
    count.value = 7
    expect(getattr(library, f"{prefix}GetNextItem")(enumeration, ctypes.byref(count), ctypes.byref(items)), "S_OK")
    assert (count.value, items.value) == (0, None)
    expect(getattr(library, f"{prefix}EndEnumeration")(enumeration), "S_OK")


NOTHING = '<peersearch><clause attrib="none" type="string">x</clause></peersearch>'


@scenario
def test_enumerations_of_a_graph_that_find_nothing(peers: Peers) -> None:
    handle, unknown, library = peers.create("alice").handle, GUID.of(uuid.uuid4()), peers.library
    for function, arguments in (
        ("PeerGraphEnumRecords", (None, None)),
        ("PeerGraphEnumRecords", (ctypes.byref(unknown), None)),
        ("PeerGraphEnumRecords", (None, wide("nobody"))),
        ("PeerGraphSearchRecords", (wide(NOTHING),)),
        ("PeerGraphEnumNodes", (wide("nobody"),)),
        ("PeerGraphEnumConnections", (1,)),
    ):
        enumeration = ctypes.c_void_p()
        result = getattr(library, function)(handle, *arguments, ctypes.byref(enumeration))
        check_empty(library, "PeerGraph", int(result), enumeration)


def test_enumerations_of_a_group_that_find_nothing(club: Club) -> None:
    alice = club.member("alice").create_only()
    for function, arguments in (
        ("PeerGroupEnumRecords", (ctypes.byref(GUID.of(uuid.uuid4())),)),
        ("PeerGroupSearchRecords", (wide(NOTHING),)),
        ("PeerGroupEnumMembers", (0, wide("0.nobody"))),
        ("PeerGroupEnumConnections", (1,)),
    ):
        enumeration = ctypes.c_void_p()
        result = alice.call(function, ctypes.c_void_p(alice.handle), *arguments, ctypes.byref(enumeration))
        check_empty(club.library, "Peer", result, enumeration)


def test_a_user_without_identities_and_an_identity_without_groups(peer: Identities) -> None:
    enumeration = ctypes.c_void_p()
    result = peer.library.PeerEnumIdentities(ctypes.byref(enumeration))
    check_empty(peer.library, "Peer", int(result), enumeration)
    result = peer.library.PeerEnumGroups(wide(peer.create()), ctypes.byref(enumeration))
    check_empty(peer.library, "Peer", int(result), enumeration)
