"""Every return code that a page lists for a function of drt.h: provoked here, or listed with the reason why not."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api import drt_endings, drt_failures, drt_successes
from tests.api.drt_failures import opened_twice
from tests.api.drt_nodes import Nodes
from tests.api.drt_table import DRT, A
from tests.support.native import DRT_FUNCTIONS, code

PROVOKED = (drt_endings, drt_failures, drt_successes)
"Modules that enter their calls into the table."


def test_a_port_that_is_taken_is_told(nodes: Nodes) -> None:
    nodes.transport()
    port = ctypes.c_uint16(nodes.port)
    assert nodes.c.DrtCreateIpv6UdpTransport(1, 0, 0, A(port), A(ctypes.c_void_p())) == 0x80070000 | 10048


def test_a_transport_is_for_one_node(nodes: Nodes) -> None:
    """The page calls the code by a name that no header has."""
    assert opened_twice("hTransport")(nodes) == code("DRT_E_TRANSPORTPROVIDER_IN_USE")


# ---- handles ---------------------------------------------------------------------------------------------------------


def bad_handle(function: str) -> Callable[[Nodes], int]:
    def call(nodes: Nodes) -> int:
        room = ctypes.create_string_buffer(4096)
        for handle in (0, 1, 0xDEAD << 48, nodes.transport(), 2**64 - 1):
            arguments: list[Any] = [handle]
            for one in DRT_FUNCTIONS[function]["params"][1:]:
                if one["type"] == "HANDLE":
                    arguments.append(nodes.event())
                elif one["name"] == "pInfo":
                    arguments.append(None)
                else:
                    arguments.append(4096 if one["type"] == "ULONG" else room)
            assert getattr(nodes.c, function)(*arguments) == code("E_HANDLE")
        return code("E_HANDLE")

    return call


def null_output(function: str) -> Callable[[Nodes], int]:
    def call(nodes: Nodes) -> int:
        node = nodes.open()
        handle = nodes.search(node) if "Search" in function else node
        return int(getattr(nodes.c, function)(handle, None))

    return call


DRT.provoke_rest({"E_HANDLE": bad_handle, "E_INVALIDARG": null_output})


def test_what_returns_nothing_does_nothing_to_what_is_none(nodes: Nodes) -> None:
    for name, row in DRT_FUNCTIONS.items():
        if row["return"] != "HRESULT":
            for handle in (0, 1, 0xDEAD << 48, 2**64 - 1):
                getattr(nodes.c, name)(handle)


def test_a_node_that_is_closed_takes_its_handles_along(nodes: Nodes) -> None:
    node = nodes.open()
    key, search = nodes.registered(node), nodes.search(node)
    nodes.c.DrtClose(node)
    assert nodes.c.DrtUpdateKey(key, A(nodes.data(b"x"))) == code("E_HANDLE")
    assert nodes.c.DrtEndSearch(search) == code("E_HANDLE")
    assert nodes.try_search(node)[0] == code("E_HANDLE")


@pytest.fixture
def nodes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Nodes]:
    monkeypatch.setenv("PEERAPI_HOME", str(tmp_path))
    made = Nodes()
    yield made
    made.close()


@pytest.mark.parametrize(("function", "name"), DRT.documented)
def test_each_documented_code_is_provoked_or_has_a_reason(function: str, name: str) -> None:
    DRT.check_listed(function, name)


@pytest.mark.parametrize(("function", "name"), DRT.to_provoke)
def test_the_documented_code_comes(nodes: Nodes, function: str, name: str) -> None:
    DRT.check_comes(function, name, nodes)
