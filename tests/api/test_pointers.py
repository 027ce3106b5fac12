"""Which pointers may be NULL: the code, the header's annotations, and the table in docs/decisions.md."""

from __future__ import annotations

from typing import Any

import pytest

from peerapi import api
from peerapi.abi import exports
from tests.api.pointers import NULL_ACCEPTED
from tests.support.native import ABI, FUNCTIONS

for _module in api.MODULES:
    __import__(f"peerapi.api.{_module}")
EXPORTED = [name for name in FUNCTIONS if name in exports.REGISTRY]
"Those of p2p.h that go through the marshaller: all but PeerFreeData and PeerGraphFreeData."


def pointers(function: str) -> list[tuple[int, dict[str, Any]]]:
    """The parameters that are pointers, with their positions; an array that its count may make empty is none."""
    return [
        (position, one)
        for position, one in enumerate(FUNCTIONS[function]["params"])
        if ("*" in one["type"] or one["type"].startswith(("P", "LP")))
        and one["type"] not in ABI["enums"]
        and not one["sal"].startswith("_In_reads_")
    ]


def test_the_table_names_parameters_that_there_are() -> None:
    known = {(name, one["name"]) for name in EXPORTED for _, one in pointers(name)}
    assert known >= NULL_ACCEPTED
    assert len(EXPORTED) == 143


@pytest.mark.parametrize("function", EXPORTED)
def test_null_is_refused_where_neither_the_header_nor_a_decision_allows_it(function: str) -> None:
    allowed = {
        one["name"] for _, one in pointers(function) if one["optional"] or (function, one["name"]) in NULL_ACCEPTED
    }
    needed = exports.required(function)
    assert {one["name"] for position, one in pointers(function) if position not in needed} == allowed


@pytest.mark.parametrize(("function", "parameter"), [pair for pair in sorted(NULL_ACCEPTED) if pair[1].startswith("p")])
def test_the_table_says_nothing_that_the_header_says_already(function: str, parameter: str) -> None:
    (found,) = (one for _, one in pointers(function) if one["name"] == parameter)
    assert not found["optional"]
