"""Ports at routers: the bytes of PCP and NAT-PMP, and a mapper on virtual time against a router that a test plays."""

from __future__ import annotations

import itertools
import random
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peerapi.address import IPV4_MAPPED, Address
from peerapi.reach import mapping, port_control
from peerapi.reach.mapping import (
    LATEST,
    LIFETIME,
    LONGEST_PAUSE,
    MOST_PORTS,
    SOONEST,
    MappingChanged,
    PortMapper,
    SendRequest,
)
from peerapi.reach.port_control import MalformedAnswer, OtherVersion, PcpMapping, PmpAddress, PmpMapping, decode

ROUTER = Address.parse("192.168.1.1", port_control.PORT)
OWN = Address.parse("192.168.1.2", 0).ip
PUBLIC = Address.parse("203.0.113.7", 40_001)
OTHER = Address.parse("192.168.1.66", port_control.PORT)
PORT = 4001


class Router:
    """What a router says, and a mapper that asks it, on one clock."""

    def __init__(self, seed: int = 1) -> None:
        self.now = 0.0
        self.mapper = PortMapper(ROUTER.ip, OWN, random.Random(seed))
        self.public = PUBLIC
        self.born = -1000.0
        self.changes: list[MappingChanged] = []

    def open(self, port: int = PORT) -> None:
        self.mapper.open(port, self.now)

    def sent(self) -> list[bytes]:
        """What the mapper has asked since the last time."""
        outputs, self.mapper.outputs = self.mapper.outputs, []
        self.changes += [one for one in outputs if isinstance(one, MappingChanged)]
        return [one.data for one in outputs if isinstance(one, SendRequest)]

    def advance(self, seconds: float) -> list[bytes]:
        """What is asked meanwhile."""
        end, asked = self.now + seconds, self.sent()
        while self.mapper.timers.next is not None and self.mapper.timers.next <= end:
            self.now = self.mapper.timers.next
            self.mapper.tick(self.now)
            asked += self.sent()
        self.now = end
        return asked

    def next(self) -> list[bytes]:
        """What is asked next, and when that is due it is then."""
        while not (asked := self.sent()):
            due = self.mapper.timers.next
            assert due is not None
            self.now = due
            self.mapper.tick(due)
        return asked

    def say(self, data: bytes, source: Address = ROUTER) -> None:
        self.mapper.received(data, source, self.now)

    @property
    def epoch(self) -> int:
        return int(self.now - self.born)

    def pcp(self, request: bytes, result: int = 0, lifetime: int = LIFETIME, public: Address | None = None) -> bytes:
        nonce, port = request[24:36], int.from_bytes(request[40:42], "big")
        return pcp_answer(nonce, port, public or self.public, result, lifetime, self.epoch)

    @property
    def known(self) -> Address | None:
        self.sent()
        return self.changes[-1].public if self.changes else None

    @property
    def why(self) -> str:
        self.sent()
        return self.changes[-1].why if self.changes else ""


def pcp_answer(nonce: bytes, port: int, public: Address, result: int, lifetime: int, epoch: int) -> bytes:
    head = struct.pack(">BBxBII12x", 2, 0x81, result, lifetime, epoch)
    return head + struct.pack(">12sB3xHH16s", nonce, 6, port, public.port, public.ip)


def pmp_address(ip: bytes, result: int = 0, epoch: int = 1000) -> bytes:
    return struct.pack(">BBHI4s", 0, 128, result, epoch, ip[-4:])


def pmp_mapping(port: int, public_port: int, result: int = 0, lifetime: int = LIFETIME, epoch: int = 1000) -> bytes:
    return struct.pack(">BBHIHHI", 0, 130, result, epoch, port, public_port, lifetime)


WRONG_VERSION = struct.pack(">BBHI", 0, 130, 1, 1000)
"What a router says to PCP that knows NAT-PMP only (RFC 6886 3.5)."


# ---- Bytes -----------------------------------------------------------------------------------------------------------


def test_requests_are_those_of_the_rfcs() -> None:
    asked = port_control.pcp_map(OWN, bytes(range(12)), 4001, 0, mapping.NOWHERE, 7200)
    assert asked.hex() == (
        "02010000" "00001c20" "00000000000000000000ffffc0a80102"
        "000102030405060708090a0b" "06000000" "0fa10000" "00000000000000000000ffff00000000"
    )  # fmt: skip
    assert port_control.pmp_address().hex() == "0000"
    assert port_control.pmp_map(4001, 0, 7200).hex() == "000200000fa1000000001c20"


def test_answers_are_read() -> None:
    nonce = bytes(range(12))
    assert decode(pcp_answer(nonce, 4001, PUBLIC, 0, 600, 77)) == PcpMapping(
        0, 600, 77, nonce, 4001, PUBLIC.port, PUBLIC.ip
    )
    assert decode(pmp_address(PUBLIC.ip)) == PmpAddress(0, 1000, PUBLIC.ip)
    assert decode(pmp_mapping(4001, 4002)) == PmpMapping(0, 1000, 4001, 4002, LIFETIME)
    assert decode(WRONG_VERSION) == OtherVersion(0)
    assert decode(struct.pack(">BBxBII12x", 1, 0x81, 1, 0, 5)) == OtherVersion(1)
    assert decode(struct.pack(">BBHI", 0, 130, 2, 1000)) == PmpMapping(2, 1000, 0, 0, 0)


@given(st.binary(max_size=1200))
def test_whatever_comes_is_an_answer_or_malformed(data: bytes) -> None:
    try:
        decode(data)
    except MalformedAnswer:
        return
    assert data[1] & 0x80


@given(st.binary(min_size=12, max_size=12), *[st.integers(0, 0xFFFF)] * 2, *[st.integers(0, 0xFFFFFFFF)] * 2)
def test_an_answer_is_what_it_was_made_of(nonce: bytes, port: int, public: int, lifetime: int, epoch: int) -> None:
    found = decode(pcp_answer(nonce, port, PUBLIC._replace(port=public), 0, lifetime, epoch))
    assert found == PcpMapping(0, lifetime, epoch, nonce, port, public, PUBLIC.ip)
    assert decode(pmp_mapping(port, public, 0, lifetime, epoch)) == PmpMapping(0, epoch, port, public, lifetime)


# ---- Asking ----------------------------------------------------------------------------------------------------------


def test_a_port_is_asked_for_renewed_from_half_of_its_lifetime_and_given_back() -> None:
    router = Router()
    router.open()
    (first,) = router.sent()
    router.say(router.pcp(first))
    assert router.known == PUBLIC
    assert router.advance(LIFETIME / 2 - 1) == []
    (again,) = router.next()
    assert router.now <= LIFETIME * 5 / 8
    assert again[24:36] == first[24:36]
    assert again[42:60] == struct.pack(">H16s", PUBLIC.port, PUBLIC.ip)  # what it had is its wish
    router.say(router.pcp(again))
    router.mapper.close(PORT, router.now)
    (gone,) = router.sent()
    assert gone[4:8] == bytes(4)
    assert router.advance(3 * LIFETIME) == []


def test_a_router_that_says_nothing_is_asked_ever_more_seldom_and_by_both_protocols() -> None:
    router = Router()
    router.open()
    asked, at = [], [0.0]
    while router.now < 20 * LONGEST_PAUSE:
        now = router.mapper.timers.next
        assert now is not None
        router.now = now
        router.mapper.tick(now)
        at.append(now)
        asked += router.sent()
    pauses = [later - sooner for sooner, later in itertools.pairwise(at)]
    assert 2.7 <= pauses[0] <= 3.3
    assert all(pause <= 1.1 * LONGEST_PAUSE for pause in pauses)
    assert pauses[-1] >= 0.9 * LONGEST_PAUSE
    assert {data[0] for data in asked} == {port_control.PCP, port_control.NAT_PMP}
    assert "answers neither" in router.why
    assert len(router.changes) == 1


@pytest.mark.parametrize("address_first", [True, False])
def test_a_router_that_knows_only_nat_pmp_is_asked_by_that(address_first: bool) -> None:
    router = Router()
    router.open()
    router.sent()
    router.say(WRONG_VERSION)
    assert [data[0] for data in router.sent()] == [0, 0]
    answers = [pmp_address(PUBLIC.ip), pmp_mapping(PORT, PUBLIC.port)]
    for answer in answers if address_first else reversed(answers):
        router.say(answer)
    assert router.known == PUBLIC
    assert [data[0] for data in router.next()] == [0, 0]
    router.mapper.close(PORT, router.now)
    (gone,) = router.sent()
    assert gone == port_control.pmp_map(PORT, 0, 0)


def test_a_mapping_that_is_not_renewed_is_over_with_its_lifetime() -> None:
    router = Router()
    router.open()
    router.say(router.pcp(router.sent()[0]))
    router.advance(LIFETIME * 0.99)
    assert router.known == PUBLIC
    router.advance(LONGEST_PAUSE * 1.2)
    assert router.known is None
    assert "does not answer" in router.why


@pytest.mark.parametrize(
    ("result", "said"),
    [(2, "does not allow"), (8, "no ports left"), (10, "all that it may have"), (12, "another router"), (99, "99")],
)
def test_a_router_that_refuses_is_asked_again_later(result: int, said: str) -> None:
    router = Router()
    router.open()
    router.say(router.pcp(router.sent()[0], result=result, lifetime=1))
    assert said in router.why
    assert router.advance(59) == []
    assert len(router.advance(2)) == 1


def test_a_router_behind_another_one_is_no_help() -> None:
    router = Router()
    router.open()
    router.say(router.pcp(router.sent()[0], public=Address.parse("100.64.0.7", 4001)))
    assert router.known is None
    assert "behind another one" in router.why


def test_a_router_that_has_lost_its_state_is_asked_for_all_ports_anew() -> None:
    router = Router()
    for port in (4001, 4002):
        router.open(port)
    for request in router.sent():
        router.say(router.pcp(request))
    router.advance(100)
    router.born = router.now - 1  # it has begun anew
    (first,) = router.next()
    router.say(router.pcp(first))
    before = router.now
    (other,) = router.next()
    assert router.now - before <= SOONEST
    assert {first[40:42], other[40:42]} == {struct.pack(">H", port) for port in (4001, 4002)}


# ---- Bad answers -----------------------------------------------------------------------------------------------------


def test_attack_somebody_else_answers() -> None:
    """A host of the home, which hears the question, says that the port of a victim leads here."""
    victim = Address.parse("198.51.100.1", 80)

    def taken(*, checked: bool) -> tuple[Address | None, int]:
        router = Router()
        router.open()
        (asked,) = router.sent()
        if not checked:
            router.mapper.router = OTHER
        router.say(router.pcp(asked, public=victim), source=OTHER)
        return router.known, router.mapper.ignored

    assert taken(checked=False) == (victim, 0)
    assert taken(checked=True) == (None, 1)


def test_attack_an_answer_that_has_not_seen_the_question() -> None:
    """From the router's address, which anybody on a link can write."""
    router = Router()
    router.open()
    (asked,) = router.sent()
    wrong = [
        pcp_answer(bytes(12), PORT, PUBLIC, 0, 600, 5),
        pcp_answer(asked[24:36], PORT + 1, PUBLIC, 0, 600, 5),
        pmp_mapping(PORT, 4002),
        pmp_mapping(PORT + 1, 4002),
        b"",
        b"\2\x81",
        asked,
    ]
    for data in wrong:
        router.say(data)
    assert (router.known, router.mapper.ignored) == (None, len(wrong))
    good = router.pcp(asked)
    router.say(good)
    router.say(good)
    assert (router.known, router.mapper.ignored) == (PUBLIC, len(wrong) + 1)


@pytest.mark.parametrize("host", ["0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255", "10.0.0.1"])
def test_an_address_that_is_no_public_one_is_not_told(host: str) -> None:
    router = Router()
    router.open()
    router.say(router.pcp(router.sent()[0], public=Address.parse(host, 4001)))
    assert router.known is None
    assert router.why


def test_it_asks_for_no_more_than_so_many_ports() -> None:
    router = Router()
    for port in range(4000, 4000 + 2 * MOST_PORTS):
        router.open(port)
    assert len(router.sent()) == MOST_PORTS


answers = st.one_of(
    st.just(WRONG_VERSION),
    st.builds(pmp_address, st.binary(min_size=4, max_size=4).map(lambda ip: IPV4_MAPPED + ip), st.integers(0, 5)),
    st.builds(
        pmp_mapping,
        st.sampled_from([4001, 4002, 0]),
        st.integers(0, 0xFFFF),
        st.integers(0, 5),
        st.integers(0, 0xFFFFFFFF),
        st.integers(0, 0xFFFFFFFF),
    ),
    st.tuples(
        st.integers(0, 13),
        st.integers(0, 0xFFFFFFFF),
        st.integers(0, 0xFFFFFFFF),
        st.integers(0, 0xFFFF),
        st.binary(min_size=16, max_size=16),
    ),
    st.binary(max_size=70),
)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.floats(0, 5000), answers), max_size=25), st.integers(0, 1000))
def test_whatever_a_router_says_it_is_asked_seldom_and_what_is_told_is_public(
    said: list[tuple[float, object]], seed: int
) -> None:
    """An answer has no more than one question for each port follow at once: the change to the other protocol."""
    router = Router(seed)
    for port in (4001, 4002):
        router.open(port)
    asked = router.sent()
    for pause, answer in said:
        asked += router.advance(pause)
        if isinstance(answer, tuple):
            result, lifetime, epoch, port, ip = answer
            last = next((one for one in reversed(asked) if one[0] == port_control.PCP), None)
            assert last is not None
            nonce, own = last[24:36], int.from_bytes(last[40:42], "big")
            router.say(pcp_answer(nonce, own, Address(ip, port), result, lifetime, epoch))
        else:
            assert isinstance(answer, bytes)
            router.say(answer)
    asked += router.advance(10 * LATEST)
    seconds = router.now
    assert len(asked) <= 4 * (3 + seconds / SOONEST) + 4 * len(said) + 8
    router.sent()
    for change in router.changes:
        assert change.public is None or (change.public.is_public and change.public.is_unicast)
        assert (change.public is None) is bool(change.why)
