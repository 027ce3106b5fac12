"""Calls of drt.h with something missing or wrong."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

from tests.api.drt_nodes import RESULT, Nodes
from tests.api.drt_successes import size_of, with_event, with_own
from tests.api.drt_table import DRT, A, provokes
from tests.support.native import code

# ---- what is missing or wrong ----------------------------------------------------------------------------------------


@provokes("DrtCreateIpv6UdpTransport", "DRT_E_INVALID_PORT")
def _(nodes: Nodes) -> int:
    assert nodes.c.DrtCreateIpv6UdpTransport(1, 0, 0, A(ctypes.c_uint16(80)), A(ctypes.c_void_p())) == code(
        "DRT_E_INVALID_PORT"
    )
    return int(nodes.c.DrtCreateIpv6UdpTransport(1, 0, 0, None, A(ctypes.c_void_p())))


@provokes("DrtCreateIpv6UdpTransport", "DRT_E_INVALID_SCOPE")
def _(nodes: Nodes) -> int:
    return int(nodes.c.DrtCreateIpv6UdpTransport(9, 0, 0, A(ctypes.c_uint16(0)), A(ctypes.c_void_p())))


@provokes("DrtCreateIpv6UdpTransport", "DRT_E_INVALID_TRANSPORT_PROVIDER")
def _(nodes: Nodes) -> int:
    return int(nodes.c.DrtCreateIpv6UdpTransport(1, 0, 0, A(ctypes.c_uint16(0)), None))


@provokes("DrtDeleteIpv6UdpTransport", "DRT_E_INVALID_TRANSPORT_PROVIDER")
def _(nodes: Nodes) -> int:
    return int(nodes.c.DrtDeleteIpv6UdpTransport(nodes.security()))


@provokes("DrtDeleteIpv6UdpTransport", "DRT_E_TRANSPORT_STILL_BOUND")
def _(nodes: Nodes) -> int:
    transport = nodes.transport()
    nodes.open(hTransport=transport)
    return int(nodes.c.DrtDeleteIpv6UdpTransport(transport))


@provokes("DrtCreateDnsBootstrapResolver", "E_INVALIDARG")
def _(nodes: Nodes) -> int:
    return int(nodes.c.DrtCreateDnsBootstrapResolver(4711, None, A(ctypes.c_void_p())))


def pnrp(nodes: Nodes, name: str) -> tuple[int, int]:
    provider = ctypes.c_void_p()
    text = ctypes.create_string_buffer(f"{name}\0".encode("utf-16-le"))
    return int(nodes.c.DrtCreatePnrpBootstrapResolver(0, text, None, None, A(provider))), provider.value or 0


@provokes("DrtCreatePnrpBootstrapResolver", "S_OK")
def _(nodes: Nodes) -> int:
    answer, provider = pnrp(nodes, "0.garden")
    nodes.c.DrtDeletePnrpBootstrapResolver(provider)
    return answer


@provokes("DrtCreatePnrpBootstrapResolver", "E_INVALIDARG")
def _(nodes: Nodes) -> int:
    return pnrp(nodes, "no peer name")[0]


@provokes("DrtOpen", "E_INVALIDARG")
def _(nodes: Nodes) -> int:
    return int(nodes.c.DrtOpen(A(nodes.settings()), None, None, None))


def opens_with(**fields: Any) -> Callable[[Nodes], int]:
    return lambda nodes: nodes.try_open(nodes.settings(**fields))[0]


def long_prefix(nodes: Nodes) -> int:
    prefix = ctypes.create_string_buffer(("x" * 129 + "\0").encode("utf-16-le"))
    return nodes.try_open(nodes.settings(pwzDrtInstancePrefix=ctypes.addressof(prefix)))[0]


for name, provocation in {
    "DRT_E_INVALID_SETTINGS": opens_with(dwSize=8),
    "DRT_E_INVALID_KEY_SIZE": opens_with(cbKey=8),
    "DRT_E_INVALID_MAX_ADDRESSES": opens_with(ulMaxRoutingAddresses=21),
    "DRT_E_INVALID_TRANSPORT_PROVIDER": opens_with(hTransport=None),
    "DRT_E_INVALID_SECURITY_MODE": opens_with(eSecurityMode=3),
    "DRT_E_INVALID_SECURITY_PROVIDER": opens_with(pSecurityProvider=None),
    "DRT_E_INVALID_BOOTSTRAP_PROVIDER": opens_with(pBootstrapProvider=None),
    "DRT_E_INVALID_INSTANCE_PREFIX": long_prefix,
}.items():
    DRT.provoked["DrtOpen", name] = provocation


def opened_twice(field: str) -> Callable[[Nodes], int]:
    def provoke(nodes: Nodes) -> int:
        settings = nodes.settings()
        answer, node = nodes.try_open(settings)
        nodes.end_with(lambda: nodes.c.DrtClose(node))
        return answer or nodes.try_open(nodes.settings(**{field: getattr(settings, field)}))[0]

    return provoke


DRT.provoked["DrtOpen", "DRT_E_SECURITYPROVIDER_IN_USE"] = opened_twice("pSecurityProvider")
DRT.provoked["DrtOpen", "DRT_E_BOOTSTRAPPROVIDER_IN_USE"] = opened_twice("pBootstrapProvider")


@provokes("DrtRegisterKey", "E_INVALIDARG")
def _(nodes: Nodes) -> int:
    node = nodes.open()
    for payload in (b"", b"x" * 5121):
        assert nodes.try_register(node, nodes.registration(payload=payload))[0] == code("E_INVALIDARG")
    return int(nodes.c.DrtRegisterKey(node, None, None, A(ctypes.c_void_p())))


@provokes("DrtRegisterKey", "DRT_E_INVALID_KEY_SIZE")
def _(nodes: Nodes) -> int:
    return nodes.try_register(nodes.open(), nodes.registration(b"k" * 8))[0]


@provokes("DrtRegisterKey", "DRT_E_DUPLICATE_KEY")
def _(nodes: Nodes) -> int:
    node = nodes.open()
    nodes.registered(node)
    return nodes.try_register(node, nodes.registration())[0]


@provokes("DrtUpdateKey", "E_INVALIDARG")
def _(nodes: Nodes) -> int:
    return int(nodes.c.DrtUpdateKey(nodes.registered(nodes.open()), A(nodes.data(b"x" * 5121))))


def searches_with(key: bytes = b"k" * 32, **fields: Any) -> Callable[[Nodes], int]:
    return lambda nodes: nodes.try_search(nodes.open(), key, nodes.info(**fields) if fields else None)[0]


LOW, HIGH = bytes(31) + b"a", bytes(31) + b"z"
for name, provocation in {
    "E_INVALIDARG": searches_with(pMinimumKey=LOW),
    "DRT_E_INVALID_KEY_SIZE": searches_with(b"k"),
    "DRT_E_INVALID_SEARCH_INFO": searches_with(dwSize=4),
    "DRT_E_INVALID_MAX_ENDPOINTS": searches_with(
        cMaxEndpoints=2, fAnyMatchInRange=1, pMinimumKey=LOW, pMaximumKey=HIGH
    ),
    "DRT_E_INVALID_SEARCH_RANGE": searches_with(pMinimumKey=LOW, pMaximumKey=LOW),
}.items():
    DRT.provoked["DrtStartSearch", name] = provocation


@provokes("DrtContinueSearch", "E_UNEXPECTED")
def _(nodes: Nodes) -> int:
    return int(nodes.c.DrtContinueSearch(nodes.search(nodes.open())))


@provokes("DrtGetEventData", "DRT_E_INSUFFICIENT_BUFFER")
def _(nodes: Nodes) -> int:
    node = with_event(nodes)
    answer = int(nodes.c.DrtGetEventData(node, 8, ctypes.create_string_buffer(8)))
    assert size_of(nodes, "DrtGetEventDataSize", node)  # it stays
    return answer


def drained(nodes: Nodes) -> int:
    node = nodes.open()
    size = ctypes.c_uint32()
    while nodes.c.DrtGetEventDataSize(node, A(size)) == 0:
        nodes.c.DrtGetEventData(node, size, ctypes.create_string_buffer(size.value))
    return node


@provokes("DrtGetEventDataSize", "DRT_E_NO_MORE")
def _(nodes: Nodes) -> int:
    return int(nodes.c.DrtGetEventDataSize(drained(nodes), A(ctypes.c_uint32())))


@provokes("DrtGetEventData", "DRT_E_NO_MORE")
def _(nodes: Nodes) -> int:
    return int(nodes.c.DrtGetEventData(drained(nodes), 99, ctypes.create_string_buffer(99)))


@provokes("DrtGetInstanceName", "DRT_E_INSUFFICIENT_BUFFER")
def _(nodes: Nodes) -> int:
    return int(nodes.c.DrtGetInstanceName(nodes.open(), 2, ctypes.create_string_buffer(2)))


@provokes("DrtGetInstanceName", "E_INVALIDARG")
def _(nodes: Nodes) -> int:
    return int(nodes.c.DrtGetInstanceName(nodes.open(), 99, None))


@with_own
def small_result(nodes: Nodes, search: int) -> int:
    return int(nodes.c.DrtGetSearchResult(search, RESULT.SIZE, ctypes.create_string_buffer(RESULT.SIZE)))


@with_own
def no_room(nodes: Nodes, search: int) -> int:
    return int(nodes.c.DrtGetSearchResult(search, 8, ctypes.create_string_buffer(8)))


DRT.provoked["DrtGetSearchResult", "DRT_E_INSUFFICIENT_BUFFER"] = small_result
DRT.provoked["DrtGetSearchResult", "E_INVALIDARG"] = no_room
