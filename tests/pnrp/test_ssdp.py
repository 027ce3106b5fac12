"""SSDP datagrams (3.1.4.2.2, 3.1.5.1, 3.2.4.1)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.address import Address
from peerapi.pnrp import ssdp
from peerapi.ring.scope import Scope

ADDRESS = Address.parse("fe80::1:2", 3540)
TARGET = "urn:Microsoft Windows Peer Name Resolution Protocol: V4:IPV6:LinkLocal"


def test_a_search_carries_the_published_target() -> None:
    lines = ssdp.search(Scope.LINK_LOCAL).decode().split("\r\n")
    assert lines[0] == "M-SEARCH * HTTP/1.1"
    assert f"ST:{TARGET}" in lines
    assert 'MAN:"ssdp:discover"' in lines
    assert lines[-2:] == ["", ""]


def test_every_datagram_of_ours_is_read_again() -> None:
    scope = Scope.LINK_LOCAL
    assert ssdp.parse(ssdp.search(scope)) == ssdp.SsdpMessage(ssdp.Kind.SEARCH, TARGET, wait=3)
    assert ssdp.parse(ssdp.response(scope, ADDRESS, "u")) == ssdp.SsdpMessage(ssdp.Kind.RESPONSE, TARGET, ADDRESS)
    assert ssdp.parse(ssdp.alive(scope, ADDRESS, "u")) == ssdp.SsdpMessage(ssdp.Kind.NOTIFY, TARGET, ADDRESS)
    assert ssdp.parse(ssdp.byebye(scope, "u")) == ssdp.SsdpMessage(ssdp.Kind.NOTIFY, TARGET, None, True)


BAD_AL = (
    "",
    "fe80::1:3540",
    "[fe80::1]",
    "[fe80::1]:",
    "[fe80::1]:80",
    "[fe80::1]:70000",
    "[1.2.3.4]:3540",
    "[::g]:3540",
    "[::1]:3540 x",
)


@pytest.mark.parametrize("al", BAD_AL)
def test_an_al_of_another_form_discards_the_response(al: str) -> None:
    data = ssdp.response(Scope.GLOBAL, ADDRESS, "u").replace(b"[fe80::1:2]:3540", al.encode())
    assert ssdp.parse(data) is None


@given(st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_a_message_or_nothing(data: bytes) -> None:
    for candidate in (data, b"HTTP/1.1 200 OK\r\n" + data, b"M-SEARCH * HTTP/1.1\r\nST:x\r\nMX:" + data):
        result = ssdp.parse(candidate)
        assert result is None or isinstance(result.kind, ssdp.Kind)


def test_a_huge_datagram_is_not_looked_at() -> None:
    assert ssdp.parse(ssdp.search(Scope.GLOBAL) + b"x" * 2000) is None
