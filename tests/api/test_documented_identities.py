"""Every return code that a page of p2p.h documents for the functions of identities."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import pytest

from tests.api.documented import Table, short
from tests.api.identities import NOBODY, PASSWORD, Identities, one_too_many, out
from tests.api.pointers import NULL_ACCEPTED
from tests.support.native import FUNCTIONS, expect, wide

# ---- documented return codes ----

SYNTAX_ONLY = {"PeerCreatePeerName", "PeerNameToPeerHostName", "PeerHostNameToPeerName"}

TABLE: Table[Identities] = Table(
    (name for name, row in FUNCTIONS.items() if row["family"] in ("identity", "common") or name in SYNTAX_ONLY),
    {("PeerIdentityGetDefault", "PEER_E_NOT_FOUND"): "the default identity is made when there is none"},
)

Call = Callable[[Identities], int]


def good_arguments(peer: Identities, function: str) -> list[Any]:
    """One good argument list; outputs go to fresh buffers."""
    name = peer.create()
    host = "chat.pnrp.net"
    if function == "PeerIdentityImport":
        exported = peer.good("PeerIdentityExport", name, PASSWORD)
        expect(peer.code("PeerIdentityDelete", name), "S_OK")
        return [wide(exported), wide(PASSWORD), out()]
    named: dict[str, Any] = {
        "pwzIdentity": wide(name),
        "pwzClassifier": wide("games"),
        "pwzFriendlyName": wide("Bob"),
        "pwzPassword": wide(PASSWORD),
        "hCryptProv": None,
        "pwzPeerName": wide("0.chat"),
        "pwzHostName": wide(host),
        "hPeerEnum": peer.opened("PeerEnumIdentities"),
        "pCount": ctypes.byref(ctypes.c_uint32(1)),
    }
    return [named[param["name"]] if param["name"] in named else out() for param in FUNCTIONS[function]["params"]]


def call(peer: Identities, function: str, arguments: list[Any]) -> int:
    return int(getattr(peer.library, function)(*arguments))


def succeeds(function: str) -> Call:
    return lambda peer: call(peer, function, good_arguments(peer, function))


def null_pointer(function: str) -> Call:
    """NULL in place of the last pointer that must not be NULL."""

    def act(peer: Identities) -> int:
        arguments = good_arguments(peer, function)
        arguments[max(index for name, index in REQUIRED if name == function)] = None
        return call(peer, function, arguments)

    return act


def unknown(function: str) -> Call:
    """The name of no identity."""
    return lambda peer: call(peer, function, [wide(NOBODY), *good_arguments(peer, function)[1:]])


def no_access(function: str) -> Call:
    """A file stands where the folder of identities should be."""

    def act(peer: Identities) -> int:
        arguments = good_arguments(peer, function)
        (peer.home / "identities").rename(peer.home / "before")
        (peer.home / "identities").write_text("")
        return call(peer, function, arguments)

    return act


def bad_key(peer: Identities) -> int:
    return peer.code("PeerIdentityCreate", "chat", None, 0x1234)


def created_twice(peer: Identities) -> int:
    handle = peer.crypt_key(peer.create("chat"))
    return peer.code("PeerIdentityCreate", "chat", None, handle)


def imported_twice(peer: Identities) -> int:
    exported = peer.good("PeerIdentityExport", peer.create(), PASSWORD)
    return peer.code("PeerIdentityImport", exported, PASSWORD)


for _pair, _call in {
    ("PeerIdentityCreate", "HRESULT_FROM_WIN32(ERROR_INVALID_HANDLE)"): bad_key,
    ("PeerIdentityCreate", "E_INVALIDARG"): lambda peer: peer.code("PeerIdentityCreate", "x" * 150, None, 0),
    ("PeerIdentityCreate", "PEER_E_ALREADY_EXISTS"): created_twice,
    ("PeerIdentityCreate", "PEER_E_TOO_MANY_IDENTITIES"): one_too_many,
    ("PeerIdentityDelete", "E_INVALIDARG"): lambda peer: peer.code("PeerIdentityDelete", None),
    ("PeerIdentityImport", "PEER_E_ALREADY_EXISTS"): imported_twice,
    ("PeerIdentitySetFriendlyName", "E_INVALIDARG"): lambda peer: peer.code(
        "PeerIdentitySetFriendlyName", peer.create(), "x" * 256
    ),
}.items():
    TABLE.provokes(*_pair)(_call)


@TABLE.provokes("PeerIdentityDelete", "PEER_E_GROUPS_EXIST")
def with_groups(peer: Identities) -> int:
    from peerapi.api.identity import IDENTITIES

    name, before = peer.create(), IDENTITIES.groups
    IDENTITIES.groups = lambda _: [("group", "Group")]
    try:
        return peer.code("PeerIdentityDelete", name)
    finally:
        IDENTITIES.groups = before


TABLE.provoke_rest(
    {
        "S_OK": succeeds,
        "E_INVALIDARG": null_pointer,
        "PEER_E_NOT_FOUND": unknown,
        "E_HANDLE": unknown,
        "PEER_E_NO_KEY_ACCESS": no_access,
    }
)


@pytest.mark.parametrize(("function", "code"), TABLE.documented, ids=short)
def test_each_documented_code_is_provoked_or_has_a_reason(function: str, code: str) -> None:
    TABLE.check_listed(function, code)


@pytest.mark.parametrize(("function", "code"), TABLE.to_provoke, ids=short)
def test_the_documented_code_comes(peer: Identities, function: str, code: str) -> None:
    TABLE.check_comes(function, code, peer)


REQUIRED = [
    (name, index)
    for name, row in TABLE.rows.items()
    for index, param in enumerate(row["params"])
    if not param["optional"] and (name, param["name"]) not in NULL_ACCEPTED
]


@pytest.mark.parametrize(("function", "index"), REQUIRED)
def test_null_for_a_required_pointer_is_invalid(peer: Identities, function: str, index: int) -> None:
    arguments = good_arguments(peer, function)
    arguments[index] = None
    expect(call(peer, function, arguments), "E_INVALIDARG")


@pytest.mark.parametrize(
    ("function", "index"),
    [
        (name, index)
        for name, row in TABLE.rows.items()
        for index, param in enumerate(row["params"])
        if param["type"] == "PCWSTR"
    ],
)
def test_half_a_surrogate_pair_is_invalid(peer: Identities, function: str, index: int) -> None:
    arguments = good_arguments(peer, function)
    arguments[index] = wide("half \ud800")
    expect(call(peer, function, arguments), "E_INVALIDARG")
