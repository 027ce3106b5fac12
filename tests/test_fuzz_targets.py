"""Every fuzz target on valid input, on damaged input, and on a library that is broken on purpose.

``make fuzz`` goes on where this ends.
"""

from __future__ import annotations

import random

import pytest

import fuzz.targets
from fuzz.mutation import damaged
from fuzz.seeds import SEEDS, names
from fuzz.seeds import graph as seeds
from fuzz.seeds.group import Club, club
from fuzz.targets import TARGETS, calls
from fuzz.targets import graph as targets
from fuzz.targets.names import _cloud
from peerapi.address import Address
from peerapi.collab import nearby
from peerapi.collab.values import Endpoint, Person
from peerapi.graphing.codec import attributes, messages, records, search_xml
from peerapi.graphing.codec.wire import MalformedMessage
from peerapi.grouping import membership, validation
from peerapi.grouping.connect import Connection
from peerapi.grouping.messages import Hello, MyGmc, encode
from peerapi.identity.certificates import Certificate, identity_certificate
from peerapi.identity.export import import_identity
from peerapi.identity.keys import Profile
from peerapi.pnrp import messages as pnrp_messages
from peerapi.pnrp import ssdp
from peerapi.pnrp.algorithms import MODERN, PUBLISHED
from peerapi.pnrp.chain import check_chain
from peerapi.pnrp.cpa import validate_cpa
from peerapi.pnrp.keys import verify
from peerapi.pnrp.payload import validate_payload
from peerapi.ring.amplification import AmplificationLimit
from peerapi.ring.scope import Scope

DAMAGED = 300
SLOW = {
    "archive": 60,
    "database": 60,
    "journal": 60,
    "file-fetch": 40,
    "conversation": 150,
    "stranger": 100,
    "node": 60,
    "group": 60,
    "clouds": 100,
}


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


def test_no_target_has_the_name_of_another() -> None:
    rooms = [vars(module)["TARGETS"] for module in vars(fuzz.targets).values() if hasattr(module, "TARGETS")]
    assert sorted(name for room in rooms for name in room) == sorted(TARGETS)


def test_the_seeds_are_valid() -> None:
    """Otherwise the targets would return at the first check."""
    for data in SEEDS["message"]():
        messages.decode(data)
    for data in SEEDS["record"]():
        records.validate_received(data, records.graph_id_wire(seeds.GRAPH), 1 << 20)
    for data in SEEDS["attributes"]():
        attributes.check(data.decode())
    for data in SEEDS["search"]():
        search_xml.parse(data.decode().partition("\0")[0])


def test_the_seeds_of_names_are_valid() -> None:
    for prefix, profile in ((b"\0", MODERN), (b"\1", PUBLISHED)):
        assert prefix + names.cpas(profile)[0] in SEEDS["cpa"]()
        common = {"profile": profile, "verify": verify, "now": names.NOW, "nonce": names.NONCE}
        found = validate_cpa(names.cpas(profile)[0], **common)
        for data, content in zip(names.payloads(profile), names.CONTENTS, strict=True):
            checked = validate_payload(data, public_key=found.public_key, pnrp_id=found.pnrp_id, **common)
            assert checked == content
    for data in SEEDS["pnrp-message"]():
        pnrp_messages.decode(data)
    check_chain(SEEDS["chain"]()[0], names.delegated(), "fish", names.NOW)
    for one in names.identity_certificates():
        identity_certificate(one.encoded, names.NOW)
    for document in names.exports():
        import_identity(document, names.PASSWORD, names.NOW)
    assert all(ssdp.parse(data) for data in SEEDS["ssdp"]())


@pytest.mark.parametrize("target", ["cpa", "chain", "certificate"])
def test_a_signature_that_is_not_looked_at_shows(monkeypatch: pytest.MonkeyPatch, target: str) -> None:
    monkeypatch.setattr("fuzz.targets.names.verify", lambda *_: True)
    monkeypatch.setattr(Certificate, "signed_by", lambda self, key: True)
    with pytest.raises(AssertionError, match="that nobody has"):
        for data in damaged(SEEDS[target](), 2000):
            TARGETS[target](data)


def test_a_node_that_answers_whomever_it_is_told_to_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cloud target would notice an amplifier."""
    monkeypatch.setattr(AmplificationLimit, "allows", lambda *_: True)
    monkeypatch.setattr(AmplificationLimit, "is_proved", lambda *_: True)
    (registration,) = _cloud(Scope.GLOBAL, names.HOME).registrations
    question = pnrp_messages.encode(
        pnrp_messages.Inquire(1, registration.pnrp_id, cpa=True, payload=True, nonce=names.NONCE)
    )
    with pytest.raises(AssertionError):
        TARGETS["cloud"](len(question).to_bytes(2, "big") + question)


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


def test_a_person_at_another_address_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    """The target would notice when a datagram could announce another machine."""
    elsewhere = Endpoint(Address(bytes(15) + b"\2", 4001), "")
    monkeypatch.setattr(nearby, "_person", lambda one, source: Person(one.nickname, elsewhere, one.person))
    with pytest.raises(AssertionError, match="not where"):
        TARGETS["people"](SEEDS["people"]()[0])


def test_a_direct_connection_to_somebody_else_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    """The target would notice when a caller did not look at the key that it is shown."""
    monkeypatch.setattr(calls, "check_callee", lambda shown: None)
    with pytest.raises(AssertionError, match="not the key of who was called"):
        for story in SEEDS["direct-paths"]():
            TARGETS["direct-paths"](story)


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
    monkeypatch.setattr(validation, "verify", lambda *_: True)
    with pytest.raises(AssertionError, match="nobody has signed"):
        TARGETS["group-record"](SEEDS["group-record"]()[0].replace(b"payload 1", b"payload 2"))


def test_a_stranger_who_gets_in_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    """The membership of somebody else opens the door when nobody compares the keys."""
    stolen = b"\1" + encode([Hello(), MyGmc(club(Profile.MODERN).chains["alice"].encode())])
    TARGETS["stranger"](stolen)
    monkeypatch.setattr(Connection, "_membership", lambda self, data, now: self._proved(data, now))
    with pytest.raises(AssertionError):
        TARGETS["stranger"](stolen)
