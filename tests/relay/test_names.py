"""Names that are found at relays: asked by the engine, posted by whoever has a seat."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

import peerapi.engine.clouds.relay_posts as relay_posts
from peerapi.address import Address
from peerapi.engine.clouds.clouds import Clouds, Membership
from peerapi.engine.clouds.member import Publication, Query
from peerapi.engine.clouds.network import GLOBAL_CLOUD, LOOPBACK_CLOUD, plans
from peerapi.engine.clouds.relay_notices import RelayNotices
from peerapi.engine.reach.known_words import VARIABLE
from peerapi.engine.runtime import Engine, moment
from peerapi.identity.names import PeerName, peer_name
from peerapi.pnrp import ids, keys, notice
from peerapi.pnrp.algorithms import MODERN, Signer
from peerapi.pnrp.cpa import AppEndpoint
from peerapi.pnrp.notice import Named
from peerapi.pnrp.outputs import Failure, Found, Resolved
from peerapi.reach.frames import Call, No, Ping, Pong, Post, Seated
from peerapi.reach.refusal import CODES
from peerapi.reach.refusal import Refusal as RelayRefusal
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


class Somewhere:
    """Who asks the relay for a name again and again, seldom enough for its limits."""

    def __init__(self, name: PeerName) -> None:
        self._name = name
        self._members = RelayNotices(replace(plans()[-1], name=GLOBAL_CLOUD, scope=Scope.GLOBAL, scope_id=0), Engine())

    def until(self, wanted: Callable[[tuple[Found, ...]], bool]) -> tuple[Found, ...]:
        for _ in range(round(PATIENCE)):
            found = asked(self._members, self._name).found
            if wanted(found):
                return found
            threading.Event().wait(1.0)
        raise AssertionError(f"{found}")


def own_name() -> tuple[PeerName, Signer]:
    owner = keys.generate(MODERN)
    return peer_name(ids.authority_hash(owner.public_key_der).hex(), "tea"), owner


def test_a_registered_name_is_at_the_relay_until_it_is_withdrawn(
    start_relay: StartRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PeerPnrpRegister and Winsock register so. Who is called at the seat that this takes is not there."""
    relay = start_relay()
    monkeypatch.setenv(VARIABLE, relay.word)
    name, owner = own_name()
    elsewhere, membership = Somewhere(name), Membership(Engine())
    clouds = Clouds(membership)
    place = AppEndpoint(SEAT.ip, 4000, 17)
    registration = clouds.register(name, owner, GLOBAL_CLOUD, Publication((place,), 0, "at five", b"first"))
    (found,) = elsewhere.until(bool)
    assert (found.endpoints, found.friendly_name, found.payload) == ((place,), "at five", b"first")
    assert found.public_key == owner.public_key_der
    registration.update(Publication((place,), 0, None, "second"))
    (found,) = elsewhere.until(lambda found: bool(found) and found[0].payload == "second")
    assert found.friendly_name is None
    (control,) = membership.posts().controls
    assert control.seats.seated is not None
    caller = Speaker(relay)
    caller.say(Call(control.seats.seated.ip))
    answer = caller.next()
    assert isinstance(answer, No)
    assert answer.code == CODES[RelayRefusal.DENIED]
    caller.close()
    registration.withdraw()
    elsewhere.until(lambda found: not found)
    clouds.register(name, owner, None, Publication((place,), 0, None, None))
    elsewhere.until(bool)
    clouds.close_all()
    elsewhere.until(lambda found: not found)


def test_what_belongs_to_no_relay_is_posted_at_none(start_relay: StartRelay, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name without a key, one of another cloud, one whose group posts it; and any where no relay is known."""
    name, owner = own_name()
    publication = Publication((AppEndpoint(SEAT.ip, 4000),), 0, None, None)
    clouds = Clouds(Membership(Engine()))
    monkeypatch.setenv(VARIABLE, "")
    assert clouds.register(name, owner, None, publication).posted is None
    clouds.close_all()
    monkeypatch.setenv(VARIABLE, start_relay().word)
    assert clouds.register(peer_name("0", "tea"), None, None, publication).posted is None
    assert clouds.register(name, owner, LOOPBACK_CLOUD, publication).posted is None
    clouds.close_all()


def test_a_process_posts_no_more_names_than_a_relay_keeps_of_one_seat(
    start_relay: StartRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay = start_relay()
    monkeypatch.setenv(VARIABLE, relay.word)
    monkeypatch.setattr(relay_posts, "MOST_NAMES", 1)
    membership = Membership(Engine())
    clouds = Clouds(membership)
    (first, owner), (second, other) = own_name(), own_name()
    publication = Publication((AppEndpoint(SEAT.ip, 4000),), 0, None, None)
    kept = clouds.register(first, owner, None, publication)
    left_out = clouds.register(second, other, None, publication)
    Somewhere(first).until(bool)
    assert not asked(membership.notices(), second).found
    kept.withdraw()
    left_out.update(publication)
    Somewhere(second).until(bool)
    clouds.close_all()
