"""Every return code that a page documents for the functions of PNRP in p2p.h."""

from __future__ import annotations

import unittest.mock
from collections.abc import Callable

import pytest

from tests.api.documented import Table, short
from tests.api.pnrp_functions import NAME, STRANGER, Pnrp, info
from tests.support.native import FUNCTIONS, expect
from tests.support.native import wide as wide

# ---- documented return codes ----


def drained(pnrp: Pnrp) -> list[int]:
    """The codes of GetEndpoint until the search is over, one after each time that the event was set."""
    pnrp.register()
    event, codes = pnrp.event(), [0]
    handle = pnrp.search(event)
    while codes[-1] == 0:
        assert pnrp.is_set(event)
        codes.append(pnrp.next(handle)[0])
    expect(pnrp.end(handle), "S_OK")
    return codes[1:]


def unavailable(pnrp: Pnrp) -> int:
    """The Startup on a machine without IPv6."""
    with unittest.mock.patch("socket.socket", side_effect=OSError("Address family not supported")):
        return pnrp.start()


def stopped_too_often(pnrp: Pnrp) -> int:
    expect(pnrp.stop(), "S_OK")
    result = pnrp.stop()
    expect(pnrp.start(), "S_OK")
    return result


TABLE: Table[Pnrp] = Table(
    (name for name in FUNCTIONS if name.startswith("PeerPnrp")),
    {("PeerPnrpStartup", "E_INVALIDARG"): "its only parameter is a version, and a wrong one has a code of its own"},
)

PROVOCATIONS: dict[tuple[str, str], Callable[[Pnrp], int]] = {
    ("PeerPnrpStartup", "S_OK"): lambda pnrp: pnrp.start() or pnrp.stop(),
    ("PeerPnrpStartup", "PEER_E_UNSUPPORTED_VERSION"): lambda pnrp: pnrp.start(3),
    ("PeerPnrpStartup", "PEER_E_SERVICE_NOT_AVAILABLE"): unavailable,
    ("PeerPnrpShutdown", "S_OK"): lambda pnrp: pnrp.start() or pnrp.stop(),
    ("PeerPnrpShutdown", "PEER_E_NOT_INITIALIZED"): stopped_too_often,
    ("PeerPnrpRegister", "S_OK"): lambda pnrp: pnrp.try_register(NAME, info(1))[0],
    ("PeerPnrpRegister", "E_INVALIDARG"): lambda pnrp: pnrp.try_register(None, info(1))[0],
    ("PeerPnrpRegister", "PEER_E_IDENTITY_NOT_FOUND"): lambda pnrp: pnrp.try_register(STRANGER, info(1))[0],
    ("PeerPnrpUpdateRegistration", "S_OK"): lambda pnrp: pnrp.update(pnrp.register(NAME, info(1)), info(2)),
    ("PeerPnrpUpdateRegistration", "E_INVALIDARG"): lambda pnrp: pnrp.update(pnrp.register(NAME, info(1)), None),
    ("PeerPnrpUnregister", "S_OK"): lambda pnrp: pnrp.unregister(pnrp.register()),
    ("PeerPnrpUnregister", "E_INVALIDARG"): lambda pnrp: pnrp.unregister(0x1234),
    ("PeerPnrpResolve", "S_OK"): lambda pnrp: pnrp.try_resolve()[0] if pnrp.register() else 1,
    ("PeerPnrpResolve", "E_INVALIDARG"): lambda pnrp: pnrp.try_resolve(None)[0],
    ("PeerPnrpStartResolve", "S_OK"): lambda pnrp: pnrp.try_search(NAME, pnrp.event())[0],
    ("PeerPnrpStartResolve", "E_INVALIDARG"): lambda pnrp: pnrp.try_search(NAME, None)[0],
    ("PeerPnrpGetCloudInfo", "S_OK"): lambda pnrp: 0 if pnrp.clouds() else 1,
    ("PeerPnrpGetCloudInfo", "E_INVALIDARG"): lambda pnrp: int(pnrp.library.PeerPnrpGetCloudInfo(None, None)),
    ("PeerPnrpGetEndpoint", "S_OK"): lambda pnrp: drained(pnrp)[0],
    ("PeerPnrpGetEndpoint", "E_INVALIDARG"): lambda pnrp: pnrp.next(0x1234)[0],
    ("PeerPnrpGetEndpoint", "PEER_E_NO_MORE"): lambda pnrp: drained(pnrp)[-1],
    ("PeerPnrpEndResolve", "S_OK"): lambda pnrp: pnrp.end(pnrp.search(pnrp.event())),
    ("PeerPnrpEndResolve", "E_INVALIDARG"): lambda pnrp: pnrp.end(0x1234),
}

for _pair, _call in PROVOCATIONS.items():
    TABLE.provokes(*_pair)(_call)


@pytest.mark.parametrize(("function", "code"), TABLE.documented, ids=short)
def test_each_documented_code_is_provoked_or_has_a_reason(function: str, code: str) -> None:
    TABLE.check_listed(function, code)


@pytest.mark.parametrize(("function", "code"), TABLE.to_provoke, ids=short)
def test_the_documented_code_comes(pnrp: Pnrp, function: str, code: str) -> None:
    TABLE.check_comes(function, code, pnrp)


@pytest.mark.parametrize("name", [name for name in TABLE.rows if name != "PeerPnrpStartup"])
def test_before_the_startup_nothing_works(stopped: Pnrp, name: str) -> None:
    arguments = [0 if param["type"] == "ULONG" else None for param in FUNCTIONS[name]["params"]]
    expect(getattr(stopped.library, name)(*arguments), "PEER_E_NOT_INITIALIZED")


@pytest.mark.parametrize("version", [0, 1, 3, 0x0200])
def test_another_major_version_is_not_supported(stopped: Pnrp, version: int) -> None:
    expect(stopped.start(version), "PEER_E_UNSUPPORTED_VERSION")
