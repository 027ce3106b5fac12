"""Those who attack a host over the network: each attack works without the one check that stops it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import trio
import trio.testing

from peerapi.address import Address
from peerapi.collab import local
from peerapi.collab.conversation import Broken, Invited
from peerapi.collab.values import Application, Endpoint, Invitation, Permission, Registration, Scope
from peerapi.collab.wire import MAGIC, VERSION, Hello
from peerapi.engine.collab import stores
from peerapi.engine.runtime import moment
from peerapi.errors import ConnectionFailed
from peerapi.grouping.channel import Channel, ChannelFailed, Credential
from peerapi.host import internet, near_me, network
from peerapi.host.desk import Desk
from peerapi.host.internet import Internet
from peerapi.host.invited import InvitedUser
from peerapi.host.near_me import Link as LinkCarrier
from peerapi.host.network import Network
from peerapi.host.watching import Watching
from peerapi.store.collab import SettingsStore

BOB = "b0" * 20 + ".presence"
MALLORY = "ba" * 20 + ".presence"
PLACE = Address.parse("2001:db8::1", 4711)
HELLO = Hello(VERSION, b"m" * 16, "desk", "Bob", 4711)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("PEERAPI_HOME", str(tmp_path))
    monkeypatch.setenv("PEERAPI_ALL_USERS", str(tmp_path / "all"))
    return Desk(stores.contact_book(), stores.applications(), SettingsStore(), "machine")


class Conversation:
    """What a connection is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def watch(self) -> int:
        self.asked.append("watch")
        return 1


class MallorysLink:
    """A connection to where Bob was a moment ago; there Mallory has proved her own key."""

    def __init__(self) -> None:
        self.peer_name, self.remote, self.address = MALLORY, HELLO, PLACE
        self.conversation = Conversation()
        self.requests: dict[int, object] = {}

    def flush(self) -> None:
        """Nothing goes anywhere."""


class Roads:
    """A network in which every call leads to Mallory."""

    def __init__(self) -> None:
        self.link = MallorysLink()
        self.called: Any = None

    async def connected(self, address: Address) -> MallorysLink:
        return self.link

    def is_own(self, address: Address) -> bool:
        return False


def test_who_sits_where_a_contact_was_is_not_watched_as_the_contact(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name in PNRP is older than the port it names."""

    class Watched:
        left: Any = None

        def __init__(self) -> None:
            self.followed: list[Endpoint] = []

        def follow(self, endpoint: Endpoint, user: object, expected: str) -> None:
            self.followed.append(endpoint)

    def attack() -> bool:
        watched: Any = Watched()
        roads: Any = Roads()
        visiting = Internet(desk, roads, watched)
        trio.run(visiting._visit, internet._Followed(BOB), [PLACE])
        return bool(watched.followed)

    with monkeypatch.context() as without:
        without.setattr(internet, "is_the_contact", lambda link, name: True)
        assert attack()
    assert not attack()


def test_who_takes_the_place_of_a_contact_later_is_not_watched_either(desk: Desk) -> None:
    def attack(expected: str | None) -> list[str]:
        roads: Any = Roads()
        watching = Watching(desk, roads)

        async def begin() -> None:
            from peerapi.host.watching import _Watch

            await watching._begin(_Watch(watching, Endpoint(PLACE, ""), expected))

        try:
            trio.run(begin)
        except ConnectionFailed:
            assert expected is not None
        return list(roads.link.conversation.asked)

    assert attack(None) == ["watch"], "who asks for a place, whoever is there, gets who is there"
    assert attack(BOB) == []


def test_who_calls_through_a_relay_is_not_near_whatever_the_relay_says(desk: Desk) -> None:
    """A relay that names ::1 would have this user's card and objects shown to anybody near me."""
    net = Network(desk)
    claimed = Address.parse("::1", 4711)

    def is_near(*, by_relay: bool) -> bool:
        link: Any = SimpleNamespace(peer_name=MALLORY, address=claimed, by_relay=by_relay)
        return net.asker(link).near

    assert is_near(by_relay=False), "without the check it is"
    assert not is_near(by_relay=True)
    for _ in range(network.MOST_UNPROVED_OF_ONE):
        net._links.add(cast("Any", Silent(claimed, proved=False, by_relay=True)))
    assert net.has_room(claimed), "programs of this machine are not counted"
    assert not net.has_room(claimed, by_relay=True)


def test_a_relay_that_names_a_contact_s_address_for_many_calls_keeps_the_contact_from_nothing(desk: Desk) -> None:
    """The contact calls from there without a relay."""
    net, there = Network(desk), Address.parse("198.51.100.7", 4711)

    def attack(*, by_relay: bool) -> bool:
        net._links.clear()
        for _ in range(network.MOST_OF_ONE):
            net._links.add(cast("Any", Silent(there, proved=True, by_relay=by_relay)))
        return not net.has_room(there)

    assert attack(by_relay=False), "whoever is really there has so many places"
    assert not attack(by_relay=True)


class Caller:
    """Who has called, as far as places are concerned."""

    outgoing, conversation = False, None

    def __init__(self, number: int, peer_name: str = MALLORY, *, by_relay: bool = False) -> None:
        """``number``: of the network that the caller is in."""
        self.address = Address(bytes.fromhex("20010db8") + number.to_bytes(4, "big") + bytes(8), 1)
        self.peer_name, self.by_relay = peer_name, by_relay
        self.gone = False

    def give_up(self) -> None:
        self.gone = True


def comes(net: Network, caller: Any, *, proves: bool = False) -> bool:
    """Whether somebody is let in. Who has been turned out leaves."""
    if not net.has_room(caller.address, by_relay=caller.by_relay):
        return False
    net._arrive(caller)
    if proves:
        net._prove(caller)
    for one in [one for one in net._links if cast("Any", one).gone]:
        net._leave(one)
    return not caller.gone


def test_callers_by_a_relay_turn_out_nobody_who_comes_without(desk: Desk) -> None:
    """A relay names what addresses it likes, and so has any number of calls come that lead to nothing."""

    def attack(*, by_relay: bool) -> bool:
        net, bob = Network(desk), Caller(0)
        assert comes(net, bob)
        for number in range(1, 100):
            comes(net, Caller(number, by_relay=by_relay))
        assert len(net._links) <= network.MOST_UNPROVED + network.MOST_UNPROVED_BY_RELAY
        return bob.gone

    assert attack(by_relay=False), "so many from anywhere turn out who has been there longest"
    assert not attack(by_relay=True)


@pytest.mark.parametrize("by_relay", [False, True])
def test_strangers_who_stay_take_no_contact_s_place(
    desk: Desk, by_relay: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anybody can make keys, and sit there with them for ever."""
    bob = desk.book.add(_contact_document(desk), moment().utc)

    def attack() -> bool:
        net = Network(desk)
        for number in range(1000):
            comes(net, Caller(number, by_relay=by_relay), proves=True)
        assert len(net._links) > 30, "some are let in"
        return not comes(net, Caller(1000, bob.peer_name, by_relay=by_relay), proves=True)

    with monkeypatch.context() as without:
        for most in ("MOST_STRANGERS", "MOST_STRANGERS_BY_RELAY"):
            without.setattr(network, most, network.MOST_LINKS)
        assert attack()
    assert not attack()


def test_a_contact_who_turned_bad_has_so_many_places(desk: Desk) -> None:
    """From wherever a relay says."""
    bob = desk.book.add(_contact_document(desk), moment().utc)
    net = Network(desk)
    with pytest.raises(Broken):
        for number in range(1000):
            comes(net, Caller(number, bob.peer_name, by_relay=True), proves=True)
    assert len(net._links) == network.MOST_OF_ONE + 1


def test_nobody_is_called_where_a_relay_says_that_a_contact_is(desk: Desk) -> None:
    """Else a relay chooses whom this machine dials."""

    def dialed(*, by_relay: bool) -> set[Address]:
        watched: Any = SimpleNamespace(left=None)
        visiting = Internet(desk, cast("Any", Roads()), watched)
        followed = visiting._followed[BOB] = internet._Followed(BOB)
        link: Any = SimpleNamespace(peer_name=BOB, remote=HELLO, address=PLACE, by_relay=by_relay)
        visiting._called(link)
        assert followed.news.is_set(), "the contact is looked for at once"
        return followed.called_from

    assert dialed(by_relay=False) == {PLACE}
    assert dialed(by_relay=True) == set()


def test_a_datagram_from_behind_a_router_is_nobodys_of_the_link(monkeypatch: pytest.MonkeyPatch) -> None:
    """Routers pass on no packet with a link-local source; any other may have come from anywhere."""
    link = LinkCarrier.__new__(LinkCarrier)
    link._own = Address.parse("fe80::1", 0, 7)
    far = Address.parse("2001:db8::66", 3702)
    with monkeypatch.context() as without:
        without.setattr(LinkCarrier, "is_other", lambda self, source: source.ip != self._own.ip)
        assert link.is_other(far)
    assert not link.is_other(far)
    assert not link.is_other(Address.parse("fe80::66", 3702, 8)), "another link"
    assert not link.is_other(Address.parse("fe80::1", 3702, 7)), "ourselves"
    assert link.is_other(Address.parse("fe80::66", 3702, 7))
    assert near_me.GROUP.port == 3702


def test_who_calls_themselves_like_a_contact_is_none(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the user is asked names whose key was proved, and says whether it is a contact's."""
    document = _contact_document(desk)
    bob = desk.book.add(document, moment().utc)
    desk.book.update(bob._replace(nickname="Bob", permission=Permission.ALLOWED), moment().utc)
    desk.applications.register(Registration(Application(bytes(16), b"", "Draw"), "/bin/true", "", Scope.ALL), 0)

    def attack() -> bool:
        asked: list[local.Waiting] = []
        desk.ports = [SimpleNamespace(attends=True, tell=lambda kind, value: asked.append(value))]  # type: ignore[list-item]

        async def invited() -> None:
            async with trio.open_nursery() as nursery:
                net = Network(desk)
                net.start(nursery)
                link: Any = SimpleNamespace(peer_name=MALLORY, remote=HELLO, ended=trio.Event(), address=PLACE)
                InvitedUser(desk, net)._incoming(link, Invited(1, Invitation(bytes(16), b"", "It is me")))
                nursery.cancel_scope.cancel()

        trio.run(invited)
        return asked[0].is_contact

    with monkeypatch.context() as without:

        def by_nickname(self: Network, peer_name: str) -> Any:
            return next(one for one in desk.book.all() if one.nickname == HELLO.nickname)

        without.setattr(Network, "contact", by_nickname)
        assert attack()
    assert not attack()


def _contact_document(desk: Desk) -> str:
    """Of somebody with a key of their own."""
    from peerapi.collab import contact_xml
    from peerapi.collab.values import Contact
    from peerapi.identity import pkcs7
    from peerapi.identity.certificates import issue_identity
    from peerapi.identity.keys import KeyPair
    from peerapi.identity.names import peer_name

    key = KeyPair.generate()
    name = peer_name(key.public.authority, "")
    certificate = issue_identity(key, name, str(name), moment().utc)
    shown = Contact(str(name), "Bob", "", "", False, Permission.BLOCKED, pkcs7.encode([certificate.encoded]))
    return contact_xml.write(shown)


class Silent:
    """A caller who says nothing."""

    def __init__(self, address: Address, *, proved: bool, outgoing: bool = False, by_relay: bool = False) -> None:
        self.address, self.outgoing, self.by_relay = address, outgoing, by_relay
        self.conversation = object() if proved else None


def machine(number: int) -> Address:
    return Address(bytes.fromhex("fe80") + number.to_bytes(14, "big"), 1, 0, 7)


@pytest.mark.parametrize("proved", [False, True])
def test_one_machine_does_not_take_all_connections(desk: Desk, proved: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mallory calls as often as she can, with a key or without; Bob calls once."""

    def attack() -> bool:
        net = Network(desk)
        for _ in range(1000):
            if net.has_room(machine(66)):
                link: Any = Silent(machine(66), proved=proved)
                net._links.add(link)
        return not net.has_room(machine(2))

    with monkeypatch.context() as without:
        without.setattr(network, "MOST_OF_ONE", network.MOST_LINKS)
        without.setattr(network, "MOST_UNPROVED_OF_ONE", network.MOST_LINKS)
        assert attack()
    assert not attack()


def test_a_connection_that_was_recorded_is_worth_nothing_when_it_is_played_again(desk: Desk) -> None:
    """Mallory has every byte that Bob has sent to this user, and sends them again."""
    key, certificate = desk.book.key(moment().utc)
    credential = Credential(key, certificate, moment().utc, MAGIC)

    def answering() -> Channel:
        return credential.channel(outgoing=False)

    bob, here = credential.channel(outgoing=True), answering()
    recorded = [bob.start()]
    while not here.ready:
        back, _ = here.receive(recorded[-1])
        said, _ = bob.receive(back)
        recorded.append(said)
    assert len(recorded) > 1, "live it is a connection"
    again = answering()
    with pytest.raises(ChannelFailed):
        for piece in recorded:
            again.receive(piece)
    assert not again.ready
