"""Every fuzz target on valid input, on damaged input, and on a library that is broken on purpose.

``make fuzz`` goes on where this ends.
"""

from __future__ import annotations

import random

import pytest

from fuzz.mutation import damaged
from fuzz.seeds import SEEDS
from fuzz.seeds import graph as seeds
from fuzz.seeds.group import Club, club
from fuzz.targets import TARGETS
from fuzz.targets import graph as targets
from peerapi.graphing import attributes, messages, records, search
from peerapi.graphing.wire import MalformedMessage
from peerapi.grouping import judging, membership
from peerapi.grouping.connect import Connection
from peerapi.grouping.messages import Hello, MyGmc, encode
from peerapi.identity.keys import Profile

DAMAGED = 300
SLOW = {"archive": 60, "database": 60, "conversation": 150, "stranger": 100}


def test_every_target_has_seeds() -> None:
    assert SEEDS.keys() == TARGETS.keys()


@pytest.mark.parametrize("name", TARGETS)
def test_valid_input_passes(name: str) -> None:
    for seed in SEEDS[name]():
        TARGETS[name](seed)


@pytest.mark.parametrize("name", TARGETS)
def test_damaged_input_passes(name: str) -> None:
    for data in damaged(SEEDS[name](), SLOW.get(name, DAMAGED)):
        TARGETS[name](data)


@pytest.mark.parametrize("name", TARGETS)
def test_any_bytes_pass(name: str) -> None:
    chance = random.Random(name)
    for size in (0, 1, 2, 3, 8, 40, 1000):
        TARGETS[name](chance.randbytes(size))


def test_the_seeds_are_valid() -> None:
    """Otherwise the targets would return at the first check."""
    for data in SEEDS["message"]():
        messages.decode(data)
    for data in SEEDS["record"]():
        records.validate_received(data, records.graph_id_wire(seeds.GRAPH), 1 << 20)
    for data in SEEDS["attributes"]():
        attributes.check(data.decode())
    for data in SEEDS["search"]():
        search.parse(data.decode().partition("\0")[0])


def test_damage_is_the_same_each_time() -> None:
    assert list(damaged(SEEDS["message"](), 20)) == list(damaged(SEEDS["message"](), 20))


def test_another_error_than_the_documented_one_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(data: bytes) -> messages.Message:
        raise IndexError("index out of range")

    monkeypatch.setattr(messages, "decode", broken)
    with pytest.raises(IndexError):
        TARGETS["message"](SEEDS["message"]()[0])


def test_a_reader_that_is_stricter_than_the_other_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    def stricter(data: bytes) -> records.Summary:
        raise MalformedMessage("too strict")

    monkeypatch.setattr(records, "summarize", stricter)
    with pytest.raises(AssertionError, match="quick reader"):
        TARGETS["record"](SEEDS["record"]()[0])


def test_a_neighbor_that_gets_nothing_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    """The conversation target would notice when a bad neighbor could silence the flood to the others."""
    monkeypatch.setattr(targets._Node, "sent", lambda self: (self.graph.outputs.clear(), {})[1])
    with pytest.raises(KeyError):
        TARGETS["conversation"](b"")


def test_the_same_group_is_made_each_time() -> None:
    for profile in Profile:
        assert Club(profile).issued == club(profile).issued
        assert Club(profile).signed == club(profile).signed


def test_a_chain_that_nobody_has_signed_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(membership, "_signed", lambda encoded, spki: True)
    forged = bytearray(club(Profile.MODERN).chains["alice"].encode())
    forged[-6] ^= 1  # within the last signature
    with pytest.raises(AssertionError, match="nobody has issued"):
        TARGETS["membership"](b"\0" + bytes(forged))


def test_a_record_that_nobody_has_signed_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "verify", lambda *_: True)
    with pytest.raises(AssertionError, match="nobody has signed"):
        TARGETS["group-record"](SEEDS["group-record"]()[0].replace(b"payload 1", b"payload 2"))


def test_a_stranger_who_gets_in_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    """The membership of somebody else opens the door when nobody compares the keys."""
    stolen = b"\1" + encode([Hello(), MyGmc(club(Profile.MODERN).chains["alice"].encode())])
    TARGETS["stranger"](stolen)
    monkeypatch.setattr(Connection, "_membership", lambda self, data, now: self._proved(data, now))
    with pytest.raises(AssertionError):
        TARGETS["stranger"](stolen)
