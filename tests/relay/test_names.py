"""Names that are found at relays: asked by the engine, posted by whoever has a seat."""

from __future__ import annotations

import os
import threading
from dataclasses import replace

import pytest

from peerapi.address import Address
from peerapi.engine.clouds.member import Query
from peerapi.engine.clouds.network import GLOBAL_CLOUD, plans
from peerapi.engine.clouds.relay_notices import RelayNotices
from peerapi.engine.reach.known_words import VARIABLE
from peerapi.engine.runtime import Engine, moment
from peerapi.identity.names import PeerName, peer_name
from peerapi.pnrp import ids, keys, notice
from peerapi.pnrp.algorithms import MODERN, Signer
from peerapi.pnrp.notice import Named
from peerapi.pnrp.outputs import Failure, Resolved
from peerapi.reach.frames import Ping, Pong, Post, Seated
from peerapi.ring.refusal import Refusal
from peerapi.ring.scope import Scope
from tests.relay.conftest import StartRelay
from tests.relay.process import PATIENCE, Speaker

SEAT = Address.parse("2001:2f:c633:640a:769a:bd4a:9e69:86e5", 443)


def asked(members: RelayNotices, name: PeerName) -> Resolved:
    ended, found = threading.Event(), list[Resolved]()

    def hear(resolved: Resolved) -> None:
        found.append(resolved)
        ended.set()

    members.resolve(Query(name), PATIENCE, hear)
    assert ended.wait(PATIENCE)
    return found[0]


def posted(name: PeerName, signer: Signer) -> Post:
    made = notice.make(Named(name, signer, None, None), (SEAT,), moment(), os.urandom(12), MODERN)
    return Post(notice.key_of(name), notice.SECONDS, made)


def test_names_are_found_at_the_relay_that_is_left_and_only_what_is_proved(
    start_relay: StartRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, stranger = keys.generate(MODERN), keys.generate(MODERN)
    name = peer_name(ids.authority_hash(owner.public_key_der).hex(), "participant")
    relay, other = start_relay(), start_relay(home="other")
    monkeypatch.setenv(VARIABLE, f"{other.word} {relay.word}")
    engine = Engine()
    members = RelayNotices(replace(plans()[-1], name=GLOBAL_CLOUD, scope=Scope.GLOBAL, scope_id=0), engine)
    assert asked(members, name).failure is Failure.NOT_FOUND
    posters = []
    for number, signer in ((1, stranger), (2, owner)):
        posters.append(Speaker(relay))
        assert isinstance(posters[-1].sit(relay, number), Seated)
        posters[-1].say(posted(name, signer), Ping(bytes(8)))
        assert isinstance(posters[-1].next(), Pong), "the notice has been taken"
    other.kill()
    found = asked(members, name)
    assert found.failure is None
    assert [one.public_key for one in found.found] == [owner.public_key_der]
    assert [(one.ip, one.port) for one in found.found[0].endpoints] == [(SEAT.ip, SEAT.port)]
    assert members.refused == {Refusal.AUTHORITY: 1}
    relay.kill()
    assert asked(members, name).failure is Failure.UNREACHABLE
    for one in posters:
        one.close()
