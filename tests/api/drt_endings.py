"""Searches of drt.h that end, or do not; providers of the program's own that fail."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

from tests.api.drt_nodes import BOOTSTRAP, E_FAIL, SECURITY, Nodes
from tests.api.drt_successes import size_of
from tests.api.drt_table import DRT, A, provokes

# ---- searches that end, or do not ------------------------------------------------------------------------------------


def result_of(name: str, nodes: Nodes, search: int) -> int:
    """What one of the two functions answers about a search without a result."""
    if name == "DrtGetSearchResult":
        return int(nodes.c.DrtGetSearchResult(search, 999, ctypes.create_string_buffer(999)))
    return int(nodes.c.DrtGetSearchResultSize(search, A(ctypes.c_uint32())))


class Silent:
    """A bootstrap provider of the program's own that never finds anybody, or fails for good."""

    def __init__(self, nodes: Nodes, fatal: bool = False) -> None:
        pointer, number, answer = ctypes.c_void_p, ctypes.c_uint32, ctypes.c_uint32

        def init(context: int, split: int, timeout: int, most: int, resolution: Any, end: Any) -> int:
            resolution[0], end[0] = 1, fatal
            return E_FAIL if fatal else 0

        shapes = {
            "Attach": ctypes.CFUNCTYPE(answer, pointer)(lambda context: 0),
            "Detach": ctypes.CFUNCTYPE(None, pointer)(lambda context: None),
            "InitResolve": ctypes.CFUNCTYPE(
                answer, pointer, number, number, number, ctypes.POINTER(pointer), ctypes.POINTER(ctypes.c_int)
            )(init),
            "IssueResolve": ctypes.CFUNCTYPE(answer, pointer, pointer, pointer, pointer, pointer)(lambda *given: 0),
            "EndResolve": ctypes.CFUNCTYPE(None, pointer, pointer)(lambda *given: None),
            "Register": ctypes.CFUNCTYPE(answer, pointer, pointer)(lambda *given: 0),
            "Unregister": ctypes.CFUNCTYPE(None, pointer)(lambda *given: None),
        }
        self.structure = BOOTSTRAP(**{name: ctypes.cast(one, pointer) for name, one in shapes.items()})
        nodes.kept += [shapes, self.structure]
        self.address = ctypes.addressof(self.structure)


def faulted(nodes: Nodes) -> int:
    """A node whose bootstrap provider has failed for good."""
    event = nodes.event()
    node = nodes.open(event, pBootstrapProvider=Silent(nodes, fatal=True).address)
    nodes.wait(event)
    size = size_of(nodes, "DrtGetEventDataSize", node)
    room = ctypes.create_string_buffer(size)
    assert nodes.c.DrtGetEventData(node, size, room) == 0
    assert int.from_bytes(room.raw[4:8], "little") == E_FAIL
    assert int.from_bytes(room.raw[16:20], "little") == 20  # DRT_FAULTED
    return node


@provokes("DrtRegisterKey", "DRT_E_FAULTED")
def _(nodes: Nodes) -> int:
    return nodes.try_register(faulted(nodes), nodes.registration())[0]


@provokes("DrtStartSearch", "DRT_E_FAULTED")
def _(nodes: Nodes) -> int:
    return nodes.try_search(faulted(nodes))[0]


for name in ("DrtGetSearchResult", "DrtGetSearchResultSize"):

    def ended(nodes: Nodes, name: str = name) -> int:
        event = nodes.event()
        search = nodes.search(nodes.open(), event=event)
        nodes.wait(event)
        return result_of(name, nodes, search)

    def going_on(nodes: Nodes, name: str = name) -> int:
        """As long as nobody knows whether there is anybody to ask."""
        return result_of(name, nodes, nodes.search(nodes.open(pBootstrapProvider=Silent(nodes).address)))

    def in_vain(nodes: Nodes, name: str = name) -> int:
        event = nodes.event()
        search = nodes.search(nodes.open(pBootstrapProvider=Silent(nodes).address), event=event, timeout=50)
        nodes.wait(event)
        return result_of(name, nodes, search)

    def with_its_node(nodes: Nodes, name: str = name) -> int:
        event = nodes.event()
        provider = Silent(nodes)
        began: list[int] = []
        late = ctypes.CFUNCTYPE(ctypes.c_uint32, *[ctypes.c_void_p] * 5)

        def issue(context: int, told: int, callback: int, resolution: int, fatal: int) -> int:
            began.append(told)
            form = ctypes.CFUNCTYPE(None, ctypes.c_uint32, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)
            nodes.kept.append((form, callback, told))
            return 0

        kept = late(issue)
        nodes.kept.append(kept)
        provider.structure.IssueResolve = ctypes.cast(kept, ctypes.c_void_p)
        node = nodes.open(pBootstrapProvider=provider.address)
        search = nodes.search(node, event=event)
        while not began:
            nodes.c.WaitForSingleObject(event, 1)
        form, callback, told = next(one for one in nodes.kept if isinstance(one, tuple) and len(one) == 3)
        form(callback)(E_FAIL, told, None, 1)
        nodes.wait(event)
        return result_of(name, nodes, search)

    DRT.provoked[name, "DRT_E_NO_MORE"] = ended
    DRT.provoked[name, "DRT_E_SEARCH_IN_PROGRESS"] = going_on
    DRT.provoked[name, "DRT_E_TIMEOUT"] = in_vain
    DRT.provoked[name, "DRT_E_FAULTED"] = with_its_node


# ---- a provider's own failures ---------------------------------------------------------------------------------------


def refusing(nodes: Nodes, member: str, on: Callable[[], int] = lambda: E_FAIL) -> int:
    """The null provider's functions, of which one is the program's own."""
    copied = SECURITY.from_buffer_copy(ctypes.string_at(nodes.security(), SECURITY.SIZE))
    shape = {"Attach": 1, "RegisterKey": 3}[member]
    own = ctypes.CFUNCTYPE(ctypes.c_uint32, *[ctypes.c_void_p] * shape)(lambda *given: on())
    setattr(copied, member, ctypes.cast(own, ctypes.c_void_p))
    nodes.kept += [copied, own]
    return ctypes.addressof(copied)


@provokes("DrtOpen", "E_FAIL")
def _(nodes: Nodes) -> int:
    return nodes.try_open(nodes.settings(pSecurityProvider=refusing(nodes, "Attach")))[0]


@provokes("DrtRegisterKey", "E_FAIL")
def _(nodes: Nodes) -> int:
    return nodes.try_register(nodes.open(pSecurityProvider=refusing(nodes, "RegisterKey")), nodes.registration())[0]


@provokes("DrtDeleteIpv6UdpTransport", "DRT_E_TRANSPORT_EXECUTING_CALLBACK")
def _(nodes: Nodes) -> int:
    transport, answers = nodes.transport(), list[int]()

    def delete() -> int:
        answers.append(int(nodes.c.DrtDeleteIpv6UdpTransport(transport)))
        return 0

    node = nodes.open(hTransport=transport, pSecurityProvider=refusing(nodes, "RegisterKey", delete))
    nodes.registered(node)
    return answers[0]
