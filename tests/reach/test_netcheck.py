"""What is concluded from what is seen of a network."""

from __future__ import annotations

from typing import Any

import pytest

from peerapi.address import Address
from peerapi.reach.netcheck import Home, RelaySeen, conclude, overlay, sentence

OUTSIDE = Address.parse("203.0.113.7", 40001)
INSIDE = Address.parse("192.168.1.2", 0)
PUBLIC = Address.parse("203.0.113.7", 0)
NEAR = ("127.0.0.1", "10.0.0.1", "172.31.0.1", "192.168.0.7", "169.254.0.1", "100.127.0.1", "::1", "fd00::1", "fe80::1")
NOT_PUBLIC = [Address.parse(one, 0) for one in NEAR]
"Where a relay sees somebody who is in its own network."
CARRIERS = Address.parse("100.64.0.2", 0)


def seen(**more: Any) -> RelaySeen:
    values: dict[str, Any] = {"observed": OUTSIDE, "keeps_ports": True, "lets_in": False}
    return RelaySeen("198.51.100.10:443", "", **(values | more))


@pytest.mark.parametrize(
    ("addresses", "mapped", "relays", "home"),
    [
        ([], [], [], Home.OFFLINE),
        ([INSIDE], [], [], Home.UNKNOWN),
        ([INSIDE], [PUBLIC], [], Home.MAPPED),
        ([INSIDE], [], [RelaySeen("r", "no connection to the relay")], Home.UNKNOWN),
        ([PUBLIC], [], [seen(lets_in=True)], Home.PUBLIC),
        ([PUBLIC], [], [seen(lets_in=None)], Home.PUBLIC),
        ([PUBLIC], [], [seen()], Home.GUARDED),
        ([INSIDE], [PUBLIC], [seen()], Home.MAPPED),
        ([INSIDE], [], [seen(lets_in=True)], Home.PUBLIC),
        ([INSIDE], [], [seen()], Home.CONE),
        ([INSIDE], [], [seen(keeps_ports=False)], Home.SYMMETRIC),
        ([INSIDE], [CARRIERS], [seen(keeps_ports=False)], Home.CARRIER),
        ([CARRIERS], [], [seen()], Home.CARRIER),
        ([INSIDE], [], [RelaySeen("r", "gone"), seen()], Home.CONE),
        *(
            ([INSIDE, *own], [], [seen(observed=near._replace(port=40001), lets_in=True)], Home.UNKNOWN)
            for near in NOT_PUBLIC
            for own in ([], [near])
        ),
        ([INSIDE], [PUBLIC], [seen(observed=INSIDE)], Home.MAPPED),
        ([INSIDE], [], [seen(observed=INSIDE, lets_in=True), seen(keeps_ports=False)], Home.SYMMETRIC),
    ],
)
def test_the_kind_of_a_home(
    addresses: list[Address], mapped: list[Address], relays: list[RelaySeen], home: Home
) -> None:
    assert conclude(addresses, mapped, relays) is home


def test_one_sentence_says_what_it_means() -> None:
    dead = RelaySeen("198.51.100.10:443", "no connection to the relay 198.51.100.10:443: Connection refused")
    assert sentence(Home.PUBLIC, []) == "others reach you directly"
    assert sentence(Home.SYMMETRIC, [dead, seen()]).endswith("else by the relay")
    assert "Connection refused" in sentence(Home.UNKNOWN, [dead])
    assert "peerapi relay use" in sentence(Home.UNKNOWN, [])
    assert "connect this machine" in sentence(Home.OFFLINE, [])
    assert sentence(Home.UNKNOWN, [seen(observed=INSIDE)]).startswith("who gets to the relay reaches you")


def test_overlays_are_known_by_their_addresses() -> None:
    assert overlay(Address.parse("201:4ea5::1", 0)) == "Yggdrasil"
    assert overlay(Address.parse("fd7a:115c:a1e0::1", 0)) == "Tailscale"
    assert overlay(Address.parse("2001:db8::1", 0)) == overlay(INSIDE) == ""
