"""A whole node of a cloud and all that happens to it, in any order: datagrams come from several addresses, what the
node asks is answered, truly or not, by whom it has asked or by others; names are registered, changed, looked for and
given up; addresses come and go; time passes; the node ends and begins again.

After each step it must be true that

* nothing was raised but what is documented, and what the node sends can be read;
* a datagram makes it send hardly more than it has brought to whoever has not proved where it is;
* what it remembers is bounded;
* what it finds, and each leaf of its cache that has shown a key, was signed by that key.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from fuzz.seeds import names as seeds
from fuzz.steps import Step, steps
from peerapi.address import Address
from peerapi.errors import InvalidArgument
from peerapi.moment import Moment
from peerapi.pnrp import messages, ssdp
from peerapi.pnrp.algorithms import MODERN
from peerapi.pnrp.authority import AuthorityBuffer, fragments
from peerapi.pnrp.chain import check_chain
from peerapi.pnrp.cloud import Cloud
from peerapi.pnrp.cpa import AppEndpoint, encode_cpa
from peerapi.pnrp.keys import KeySigner, verify
from peerapi.pnrp.outputs import Output, Resolved, SendDatagram
from peerapi.pnrp.payload import ExtendedPayload, encode_payload
from peerapi.pnrp.state import CloudConfig
from peerapi.ring import amplification, exchange, intake, known_endpoints
from peerapi.ring.route_entry import RouteEntry
from peerapi.ring.scope import Scope

PLACES = (seeds.STRANGER, seeds.FRIEND, Address.parse("fd00::78", 7000), Address.parse("fd00::66", 6001), seeds.HOME)
ENDPOINTS = ((seeds.HOME,), (), (Address.parse("fd00::2", 3540),))
WAITS = (0.1, 1.0, 3.0, 31.0, 61.0, 700.0)
AMPLIFICATION, BESIDES = 2, 120
"Bytes out for a byte in, and for the datagram itself, to whoever has not proved where it is."
MOST_REGISTERED = 4
KEY = seeds.KEYS[MODERN.name].public.spki


class Sky:
    """One input on its way."""

    def __init__(self, first: Step) -> None:
        self.elapsed = 1.0
        self.runs = 0
        self.asked: list[tuple[Address, messages.Message]] = []
        "The latest questions of the node."
        self.proved: set[Address] = set()
        "Addresses from which one of them was answered."
        self.node = self._begun(())
        if first.byte() & 1:
            self.registers(first)

    @property
    def now(self) -> Moment:
        return Moment(seeds.NOW + int(self.elapsed * 10_000_000), self.elapsed)

    def _begun(self, known: tuple[Address, ...]) -> Cloud:
        self.runs += 1
        made = Cloud(
            CloudConfig("Fuzz_", Scope.GLOBAL, known=known),
            random=random.Random(self.runs),
            signer=seeds.signer(MODERN),
            verify=verify,
            check_chain=check_chain,
        )
        made.at(self.now).open((seeds.HOME,))
        return made

    def take(self, step: Step) -> None:
        self.deeds[step.byte() % len(self.deeds)](self, step)
        self.look()

    # What happens -----------------------------------------------------------------------------------------------------

    def comes(self, step: Step) -> None:
        """A datagram that nobody has asked for."""
        source = step.pick(PLACES)
        self._received(step.scarred(messages.encode(self._message(step))), source)

    def answers(self, step: Step) -> None:
        """A question of the node is answered: mostly by whom it has asked, and as it should be."""
        if not self.asked:
            return
        address, question = self.asked[-1 - step.byte() % len(self.asked)]
        source = step.pick(PLACES) if step.seldom() else address
        if source == address:
            self.proved.add(source)
        for datagram in self._answer(step, question):
            self._received(step.scarred(datagram), source)

    def babbles(self, step: Step) -> None:
        self._received(step.rest(), seeds.STRANGER)

    def multicasts(self, step: Step) -> None:
        sender = step.pick(PLACES)
        said = (
            ssdp.search(Scope.GLOBAL),
            ssdp.alive(Scope.GLOBAL, sender, "0f0e0d0c-1234-4321-8888-000000000001"),
            ssdp.response(Scope.GLOBAL, sender, "0f0e0d0c-1234-4321-8888-000000000001"),
            ssdp.byebye(Scope.GLOBAL, "0f0e0d0c-1234-4321-8888-000000000001"),
        )
        self.node.at(self.now).ssdp_received(step.scarred(step.pick(said)), step.pick(PLACES))

    def waits(self, step: Step) -> None:
        end = self.elapsed + step.pick(WAITS)
        while (following := self.node.timers.next) is not None and following <= end:
            self.elapsed = max(self.elapsed, following)
            self.node.at(self.now).tick()
            self.look()
        self.elapsed = end

    def registers(self, step: Step) -> None:
        if len(self.node.registrations) >= MOST_REGISTERED:
            return
        endpoint = AppEndpoint(seeds.HOME.ip, 80)
        payload = step.pick((None, b"here", "text"))
        self._asks(
            lambda: self.node.at(self.now).register(
                seeds.name(MODERN),
                signer=seeds.signer(MODERN),
                endpoints=(endpoint,),
                payload=payload,
                location_prefix=step.byte(),
            )
        )

    def unregisters(self, step: Step) -> None:
        for registration in list(self.node.registrations)[:1]:
            self.node.at(self.now).unregister(registration.handle)

    def updates(self, step: Step) -> None:
        if not len(self.node.registrations):
            return
        handle = next(iter(self.node.registrations)).handle
        endpoints = (AppEndpoint(seeds.HOME.ip, 81),) * (step.byte() & 1)
        changed = {"endpoints": endpoints, "payload": step.rest(), "friendly_name": "x"}
        self._asks(lambda: self.node.at(self.now).update(handle, **changed))

    def resolves(self, step: Step) -> None:
        self.node.at(self.now).resolve(
            seeds.name(MODERN), criteria=step.pick(list(messages.Criteria)), use_local=bool(step.byte() & 1)
        )

    def moves(self, step: Step) -> None:
        self.node.at(self.now).addresses_changed(step.pick(ENDPOINTS))

    def joins(self, step: Step) -> None:
        self.node.at(self.now).join((step.pick(PLACES),))

    def restarts(self, step: Step) -> None:
        """The process ends, and begins again with the endpoints that it has remembered."""
        self.node.at(self.now).close()
        self.look()
        assert not len(self.node.pending) and self.node.timers.next is None
        self.asked.clear()
        self.proved.clear()
        self.node = self._begun(self.node.known_endpoints)
        if step.byte() & 1:
            self.registers(step)

    deeds: tuple[Callable[[Sky, Step], None], ...] = (
        comes,
        answers,
        waits,
        joins,
        registers,
        resolves,
        answers,
        answers,
        restarts,
        moves,
        updates,
        unregisters,
        multicasts,
        babbles,
        comes,
    )

    # What is said -----------------------------------------------------------------------------------------------------

    def _message(self, step: Step) -> messages.Message:
        held = [registration.pnrp_id for registration in self.node.registrations] or [0]
        route = step.pick((None, _route(step.byte()), seeds.ROUTE))
        number, id_ = step.byte(), step.pick(held)
        path = (step.pick(PLACES),) * (1 + step.byte() % 3)
        made: tuple[messages.Message, ...] = (
            messages.Flood(number, id_, route, None, path),
            messages.Inquire(number, id_, cpa=True, payload=True, chain=True, nonce=seeds.NONCE),
            messages.Lookup(number, _route(step.byte()).id, id_, path, route=route, precision=128),
            messages.Solicit(number, bytes(20), route),
            messages.Request(number, seeds.NONCE, (id_, number)),
            messages.Flood(number, id_, None, seeds.cpas(MODERN)[1], path),
            messages.Ack(number, number),
            messages.Advertise(number, number, (id_,), bytes(20)),
        )
        return step.pick(made)

    def _answer(self, step: Step, question: messages.Message) -> list[bytes]:
        number = question.message_id
        match question:
            case messages.Solicit():
                told = tuple(_route(place).id for place in range(step.byte() % 5))
                return [messages.encode(messages.Advertise(1, number, told, question.hashed_nonce))]
            case messages.Request():
                return [messages.encode(messages.Ack(1, number))]
            case messages.Flood():
                return [messages.encode(messages.Ack(1, number, step.seldom()))]
            case messages.Inquire():
                return fragments(self._proof(step, question).encode(), 1, number)
            case messages.Lookup():
                route = None if step.seldom() else _route(step.byte())
                return fragments(AuthorityBuffer(not_found=route is None, route=route).encode(), 1, number)
        return []

    @staticmethod
    def _proof(step: Step, question: messages.Inquire) -> AuthorityBuffer:
        """The answer of who holds the PNRP ID, if it is one of the key's; or nearly that."""
        if step.seldom():
            return AuthorityBuffer(not_found=True)
        nonce = question.nonce or bytes(16)
        cpa = replace(
            seeds.unsigned(MODERN),
            service_location=question.validate & ((1 << 128) - 1),
            nonce=seeds.NONCE if step.seldom() else nonce,
            has_payload=question.payload,
        )
        signer = seeds.signer(MODERN)
        if step.seldom():  # somebody else's
            cpa, signer = replace(cpa, public_key=seeds.DELEGATE.public.spki), KeySigner(seeds.DELEGATE.private)
        payload = None
        if question.payload:
            extended = ExtendedPayload(cpa.not_after, cpa.pnrp_id, nonce, b"there")
            payload = encode_payload(extended, signer, MODERN)
        return AuthorityBuffer(
            payload=payload,
            route=RouteEntry(question.validate, seeds.FRIEND.port, (seeds.FRIEND.ip,)),
            cpa=encode_cpa(cpa, signer, MODERN) if question.cpa else None,
        )

    def _received(self, datagram: bytes, source: Address) -> None:
        self.look()
        self.node.at(self.now).received(datagram, source)
        outputs = self.look()
        sent = [one for one in outputs if isinstance(one, SendDatagram)]
        strangers = [one for one in sent if one.address not in self.proved]
        allowed = AMPLIFICATION * len(datagram) + BESIDES
        assert sum(len(one.data) for one in strangers) <= allowed, "others are flooded"

    def _asks(self, work: Callable[[], object]) -> None:
        try:
            work()
        except InvalidArgument:
            return

    # What must hold ---------------------------------------------------------------------------------------------------

    def look(self) -> list[Output]:
        """What the node wants done, once it is seen to be in order."""
        node = self.node
        outputs = node.take_outputs()
        for output in outputs:
            if isinstance(output, SendDatagram):
                self.asked.append((output.address, messages.decode(output.data)))
            elif isinstance(output, Resolved):
                for found in output.found:
                    assert found.public_key == KEY, "found under a key that has signed nothing"
        del self.asked[:-32]
        assert len(node.pending) <= exchange.MOST_PENDING and len(node.intake) <= intake.MOST_PENDING
        assert len(node.intake._failures) <= intake.MOST_FAILURES and len(node._reassembly) <= 32
        limit = node.amplification
        assert limit._held_count == sum(map(len, limit._held.values())) <= amplification.MOST_HELD
        assert max(len(limit._proved), len(limit._credit)) <= amplification.MOST_SOURCES
        assert len(node.known_endpoints) <= known_endpoints.MOST_ENDPOINTS
        for entry in node.cache:
            assert entry.key in (None, KEY), "a leaf with a key that has signed nothing"
            assert not node.registrations.holds(entry.route.id), "the node itself is in its cache"
        return outputs

    def end(self) -> None:
        """Friends are served as before."""
        if not self.node.endpoints or not len(self.node.registrations):
            return
        registration = next(iter(self.node.registrations))
        self.node.amplification.prove(seeds.FRIEND, self.elapsed)
        question = messages.Inquire(99, registration.pnrp_id, cpa=True, payload=True, nonce=seeds.NONCE)
        self.node.at(self.now).received(messages.encode(question), seeds.FRIEND)
        sent = [one for one in self.look() if isinstance(one, SendDatagram) and one.address == seeds.FRIEND]
        parts = [part for part in (messages.decode(one.data) for one in sent) if isinstance(part, messages.Authority)]
        answer = AuthorityBuffer.decode(b"".join(part.fragment for part in parts))
        assert answer.cpa is not None, "a friend got no answer"


def _route(number: int) -> RouteEntry:
    """The entry of a name of the key at one of several places."""
    held = replace(seeds.unsigned(MODERN), service_location=number << 120)
    return RouteEntry(held.pnrp_id, seeds.FRIEND.port, (seeds.FRIEND.ip,))


def sky(data: bytes) -> None:
    """Steps (``fuzz.steps``); the first one says how the node begins."""
    whole = steps(data)
    story = Sky(next(whole, Step(b"")))
    story.look()
    for step in whole:
        story.take(step)
    story.end()


TARGETS: dict[str, Callable[[bytes], None]] = {"clouds": sky}
