"""Who attacks a host on a connection that stands, with a key of their own and words that no host says: their connection
ends, and nobody else's."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import trio
import trio.testing

import peerapi.process as process
from peerapi.address import Address
from peerapi.collab import wire
from peerapi.collab.conversation import Ended
from peerapi.collab.values import Endpoint, Signin
from peerapi.collab.wire import MAGIC, VERSION, Hello, Type
from peerapi.engine.collab import stores
from peerapi.engine.reach.calling import Path as CallPath
from peerapi.engine.runtime import Engine, moment
from peerapi.errors import NoKeyAccess, PeerError
from peerapi.grouping.channel import Channel, Credential
from peerapi.host import internet, link, watching
from peerapi.host.desk import Desk
from peerapi.host.internet import Internet
from peerapi.host.network import Network
from peerapi.host.publisher import DeskPublisher
from peerapi.host.relayed_stream import RelayedStream
from peerapi.host.seats import Seats, drop
from peerapi.host.watching import Watching
from peerapi.identity.certificates import issue_identity
from peerapi.identity.keys import KeyPair
from peerapi.identity.names import peer_name
from peerapi.path_kind import PathKind
from peerapi.store.collab import SettingsStore

HELLO = Hello(VERSION, b"m" * 16, "desk", "Mallory", 4711)
BOB = "b0" * 20 + ".presence"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("PEERAPI_HOME", str(tmp_path))
    monkeypatch.setenv("PEERAPI_ALL_USERS", str(tmp_path / "all"))
    made = Desk(stores.contact_book(), stores.applications(), SettingsStore(), "machine")
    made.own.sign_in(Signin.NEAR_ME)
    yield made


def mallory() -> Credential:
    key = KeyPair.generate()
    name = peer_name(key.public.authority, "")
    return Credential(key, issue_identity(key, name, str(name), moment().utc), moment().utc, MAGIC)


class Speaking:
    """Mallory's end of a connection: she has proved her key, and says bytes."""

    def __init__(self, stream: trio.abc.Stream, channel: Channel) -> None:
        self.stream, self._channel = stream, channel
        self._frames = wire.frames()

    async def meet(self) -> None:
        while not self._channel.ready:
            said, _ = self._channel.receive(bytes(await self.stream.receive_some()))
            await self.stream.send_all(said)
        self._channel.proved()
        await self.say(wire.message(Type.HELLO, 0, HELLO))

    async def say(self, data: bytes) -> None:
        await self.stream.send_all(self._channel.seal(data))

    async def heard(self) -> list[int]:
        """The kinds of the messages that come next; none at the end."""
        try:
            while data := bytes(await self.stream.receive_some()):
                _, packets = self._channel.receive(data)
                if found := [one.kind for one in self._frames.feed(b"".join(packets))]:
                    return found
        except trio.BrokenResourceError:
            pass
        return []

    async def ended(self) -> None:
        """Until the host ends the connection."""
        while await self.heard():
            continue


async def called(address: Address) -> Speaking:
    """A connection that Mallory has made to a host."""
    stream = await trio.open_tcp_stream(address.host, address.port)
    channel = mallory().channel(outgoing=True)
    await stream.send_all(channel.start())
    made = Speaking(stream, channel)
    await made.meet()
    return made


@asynccontextmanager
async def listening(desk: Desk) -> AsyncIterator[Network]:
    with trio.fail_after(120):
        async with trio.open_nursery() as nursery:
            network = Network(desk)
            network.start(nursery)
            network.listen()
            yield network
            nursery.cancel_scope.cancel()


def test_a_card_that_is_no_text_ends_the_connection_to_who_shows_it(desk: Desk) -> None:
    """Of somebody who is watched, a contact who turned bad: it was read as UTF-8 where nobody expected that to fail,
    and the host ended, with everything that it did for all programs."""
    card = b"\xff" * 8
    data = wire.message(Type.DATA, 1, wire.Datum(wire.Kind.NAME, "?" * (len(card) + 2)))
    size = len(card).to_bytes(4, "big")
    forged = data[:9] + bytes([wire.Kind.CARD]) + size + card
    assert len(forged) == len(data)

    async def answer(stream: trio.SocketStream) -> None:
        made = Speaking(stream, mallory().channel(outgoing=False))
        await made.meet()
        while Type.WATCH not in await made.heard():
            continue
        await made.say(forged)
        await made.ended()
        done.set()

    async def main() -> None:
        nonlocal done
        done = trio.Event()
        async with listening(desk) as network:
            listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
            where = Address.parse(*listeners[0].socket.getsockname())
            network.nursery.start_soon(trio.serve_listeners, answer, listeners)
            Watching(desk, network).subscribe(Endpoint(where, ""), object())
            await done.wait()
            await (await called(network.here)).stream.aclose()

    done: Any = None
    trio.run(main)


@pytest.mark.parametrize("error", [NoKeyAccess("closed"), OSError(24, "too many files"), ValueError("a fault of ours")])
def test_what_goes_wrong_on_one_connection_ends_that_one(
    desk: Desk, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever finds out how a fault comes about, as by using up all descriptors, ends no host by it."""

    def fails(self: DeskPublisher) -> None:
        raise error

    async def main() -> None:
        async with listening(desk) as network:
            other = await called(network.here)
            with monkeypatch.context() as broken:
                broken.setattr(DeskPublisher, "shown", fails)
                one = await called(network.here)
                await one.say(wire.message(Type.QUERY, 1))
                await one.ended()
            await other.say(wire.message(Type.WATCH, 1))
            while Type.END not in await other.heard():
                continue
            with monkeypatch.context() as broken:
                broken.setattr(DeskPublisher, "shown", fails)
                network.permissions_changed()
                await other.ended()
            await called(network.here)

    trio.run(main)


def test_who_has_called_and_asks_nothing_is_let_go(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who calls ends a connection that is not used. Who does not holds a place, without asking anything, for ever."""

    def held(minutes: float) -> bool:
        """Whether the connection stands so long."""
        over = False

        async def main() -> None:
            nonlocal over
            network = Network(desk)
            async with trio.open_nursery() as nursery:
                network.start(nursery)
                here, there = trio.testing.memory_stream_pair()
                nursery.start_soon(network._run, network._link(here, Address.parse("::1", 1), outgoing=False))
                channel = mallory().channel(outgoing=True)
                await there.send_all(channel.start())
                speaking = Speaking(there, channel)
                await speaking.meet()
                with trio.move_on_after(60 * minutes):
                    await speaking.ended()
                    over = True
                nursery.cancel_scope.cancel()

        monkeypatch.setattr(Network, "port", 0)
        trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
        return not over

    with monkeypatch.context() as without:
        without.setattr(link, "GIVEN_UP", 10**9)
        assert held(60)
    assert held(1) and not held(2)


def calls_in_an_hour(desk: Desk) -> int:
    """To a contact who is watched, takes the call, shows that they are there, and hangs up a second later."""
    count = 0

    class Bob:
        peer_name = BOB
        conversation = SimpleNamespace(watch=lambda: 1)

        def __init__(self) -> None:
            self.requests: dict[int, Any] = {}

        def flush(self) -> None:
            """Nothing goes anywhere."""

    async def connected(address: Address) -> Any:
        nonlocal count
        count += 1
        await trio.lowlevel.checkpoint()
        bob = Bob()
        nursery.start_soon(hangs_up, bob)
        return bob

    async def hangs_up(bob: Bob) -> None:
        while 1 not in bob.requests:
            await trio.sleep(0.01)
        bob.requests[1].told(Ended(1, wire.Outcome.DONE))
        await trio.sleep(1)
        bob.requests[1].lost(False)

    async def main() -> None:
        nonlocal nursery
        async with trio.open_nursery() as nursery:
            network: Any = SimpleNamespace(connected=connected, nursery=nursery)
            Watching(desk, network).subscribe(Endpoint(Address.parse("2001:db8::1", 4711), ""), object())
            await trio.sleep(3600)
            nursery.cancel_scope.cancel()

    nursery: Any = None
    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    return count


def test_who_takes_a_call_and_hangs_up_again_and_again_is_called_ever_more_seldom(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert calls_in_an_hour(desk) < 30
    monkeypatch.setattr(watching, "GRACE", 0.0)
    assert calls_in_an_hour(desk) > 1000


# ---- over the Internet -----------------------------------------------------------------------------------------------


class Clouds:
    """None in which anybody is."""

    def __init__(self, fails: int = 0) -> None:
        self.registered, self.closed, self.fails = 0, 0, fails

    def register(self, *args: object, **more: object) -> None:
        self.registered += 1
        if self.registered <= self.fails:
            raise OSError(24, os.strerror(24))

    def close_all(self) -> None:
        self.closed += 1


def searches(seconds: float, monkeypatch: pytest.MonkeyPatch) -> int:
    """How often a contact is looked for who calls and hangs up ten times a second."""
    count = 0

    async def search(clouds: object, name: str) -> list[Address]:
        nonlocal count
        count += 1
        await trio.sleep(0.01)
        return []

    async def main() -> None:
        visiting = Internet.__new__(Internet)
        visiting._watching = visiting._network = SimpleNamespace()  # type: ignore[assignment]
        monkeypatch.setattr(visiting, "_search", search, raising=False)
        followed = internet._Followed(BOB)
        visiting._followed = {BOB: followed}
        bob: Any = SimpleNamespace(peer_name=BOB, remote=HELLO, by_relay=True)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(visiting._follow, followed, Any, trio.CapacityLimiter(1))
            for _ in range(int(10 * seconds)):
                visiting._called(bob)
                await trio.sleep(0.1)
            nursery.cancel_scope.cancel()

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    return count


def test_a_contact_who_calls_again_and_again_is_not_looked_for_all_the_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each time asks all relays, and all clouds."""
    with monkeypatch.context() as without:
        without.setattr(internet, "MOST_NEWS", 10**6)
        assert searches(60, monkeypatch) > 300
    assert searches(60, monkeypatch) <= internet.MOST_NEWS + 2
    assert searches(internet.PERIOD + 10, monkeypatch) > internet.MOST_NEWS + 2, "but again and again"


def test_a_contact_leads_nobody_to_this_machine_s_own_ports(desk: Desk) -> None:
    """By a name that says ::1, signed with the contact's key, and posted at a relay or in the global cloud."""
    from peerapi.engine.clouds.network import plans

    (loopback,) = plans()
    everywhere = loopback.__class__("Global_", internet.Scope.GLOBAL, 0, loopback.profile, 3540)
    for host in ("::1", "127.0.0.1", "127.8.8.8", "fe80::1", "169.254.1.1"):
        address = Address.parse(host, 631)
        assert internet.may_be_there(address, loopback), "who is here may be found here"
        assert not internet.may_be_there(address, everywhere)
    for host in ("2001:db8::1", "198.51.100.7", "2001:2f:c633:640a:769a:bd4a:9e69:86e5"):
        assert internet.may_be_there(Address.parse(host, 443), everywhere)


def test_who_cannot_be_signed_in_to_the_internet_just_now_is_later(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when all descriptors are in use: the host goes on, and tries again with pauses that grow. After the sign-out
    nothing goes through relays any more."""
    clouds = Clouds(fails=3)
    seats: list[Any] = []

    class Seats:
        addresses = (Address.parse("2001:2f:c633:640a:769a:bd4a:9e69:86e5", 443),)

        def __init__(self, engine: object, called: object, seated: Any) -> None:
            self.seated, self.sitting = seated, False
            seats.append(self)

        def sit(self, notice: object) -> bool:
            self.sitting = True
            return True

        def stop(self) -> None:
            self.sitting = False

        async def call(self, address: Address) -> Any:
            raise AssertionError("nobody calls")

    async def main() -> None:
        async with listening(desk) as network:
            visiting = Internet(desk, network, Watching(desk, network))
            monkeypatch.setattr(visiting, "_clouds", lambda: clouds)
            visiting._engine = Any
            monkeypatch.setattr(internet, "FIRST_PAUSE", 0.01)
            visiting.sign_in()
            while clouds.registered < 4 or not seats[-1].sitting:
                await trio.sleep(0.01)
            seats[-1].seated()
            assert network.seats == Seats.addresses
            visiting.sign_out()
            while clouds.closed < 4:
                await trio.sleep(0.01)
            assert network.seats == () and not any(one.sitting for one in seats)
            with pytest.raises(PeerError, match="not signed in to the Internet"):
                await network.call_seat(Seats.addresses[0])

    monkeypatch.setattr(internet, "Seats", Seats)
    trio.run(main)


@pytest.mark.parametrize("wanted", [True, False])
def test_what_a_call_through_a_relay_has_on_the_engine_s_thread_is_given_back_there(wanted: bool) -> None:
    """A port of the router that was open for it: given back on the host's own loop, a task of the engine's went on in
    that, and both loops were broken."""

    async def main() -> None:
        engine, met = Engine(), list[CallPath]()
        given_back, token = trio.Event(), trio.lowlevel.current_trio_token()
        where: list[bool] = []

        def give_back() -> None:
            where.append(engine.on_loop())
            token.run_sync_soon(given_back.set)

        seats = Seats(engine, met.append, lambda: None)
        seats._sitting = Any
        here, there = socket.socketpair()
        process.own(here)
        with there, trio.fail_after(120):
            path = CallPath(here, (), b"", Address.parse("::1", 1), PathKind.REVERSED, None, give_back)
            await trio.to_thread.run_sync(engine.call, lambda: seats.called(path))
            while not met:
                await trio.sleep(0.01)
            (found,) = met
            if wanted:
                await RelayedStream(found.sock, found.layers, found.first, found.give_back).aclose()
            else:
                drop(found)
            await given_back.wait()
        assert where == [True] and here.fileno() < 0

    trio.run(main)
