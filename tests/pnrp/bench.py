"""One cloud machine on a bench: datagrams are put in by hand and what comes out is looked at."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TypeVar

from peerapi.address import Address
from peerapi.identity.names import PeerName, secure_authority
from peerapi.moment import SECOND, Moment
from peerapi.pnrp import ids
from peerapi.pnrp.algorithms import MODERN
from peerapi.pnrp.authority import AuthorityBuffer, fragments
from peerapi.pnrp.cloud import Cloud
from peerapi.pnrp.cpa import AppEndpoint, Cpa, encode_cpa
from peerapi.pnrp.messages import Authority, Inquire, Message, decode, encode
from peerapi.pnrp.outputs import Output, SendDatagram
from peerapi.pnrp.registration import Registration
from peerapi.pnrp.state import CloudConfig
from peerapi.ring.refusal import Refusal
from peerapi.ring.route_entry import RouteEntry
from tests.simulation.pnrp_world import EPOCH, PretendSigner, pretend_verify

M = TypeVar("M")
HOME = Address.parse("fd00::1", 3540)
STRANGER = Address.parse("fd00::66", 6000)
VICTIM = Address.parse("fd00::77", 7000)


class Peer:
    """Another node, as far as a test plays it: one name, one key, one endpoint."""

    def __init__(self, number: int, address: Address | None = None, *, id: int | None = None) -> None:
        self.signer = PretendSigner(random.Random(number))
        self.address = address or Address.parse(f"fd00::{number:x}", 4000 + number % 1000)
        self.authority = ids.authority_hash(self.signer.public_key_der)
        self.name = PeerName(secure_authority(self.signer.public_key_der), "peer")
        location = random.Random(number).getrandbits(128)
        self.id = ids.pnrp_id(ids.p2p_id(self.authority, ids.classifier_hash("peer")), location)
        self.route = RouteEntry(self.id if id is None else id, self.address.port, (self.address.ip,))

    def cpa(self, nonce: bytes = bytes(16), **changes: object) -> bytes:
        cpa = Cpa(
            not_after=EPOCH + 3600 * SECOND,
            service_location=self.id & ids.LOCATION_MASK,
            public_key=self.signer.public_key_der,
            nonce=nonce,
            authority=self.authority,
            classifier_hash=ids.classifier_hash("peer"),
            service_addresses=(self.address,),
            endpoints=(AppEndpoint(self.address.ip, 80),),
        )
        return encode_cpa(replace(cpa, **changes), self.signer, MODERN)  # type: ignore[arg-type]

    def answer(self, inquire: Inquire, **changes: object) -> AuthorityBuffer:
        """What this node says to an INQUIRE for its PNRP ID."""
        cpa = self.cpa(**({"nonce": inquire.nonce or bytes(16)} | changes))  # type: ignore[arg-type]
        return AuthorityBuffer(route=self.route, classifier="peer", cpa=cpa)

    def revocation(self) -> bytes:
        return self.cpa(revoke=True, endpoints=())


class Bench:
    """The machine under test, at ``HOME``, and the clock."""

    def __init__(self, *, registered: bool = True, **config: object) -> None:
        self.elapsed = 0.0
        self.signer = PretendSigner(random.Random(1))
        settings = CloudConfig(**({"multicast": False} | config))  # type: ignore[arg-type]
        self.cloud = Cloud(settings, random=random.Random(2), signer=self.signer, verify=pretend_verify)
        self.cloud.at(self.now).open((HOME,))
        self.name = PeerName(secure_authority(self.signer.public_key_der), "home")
        self.registration: Registration | None = None
        if registered:
            endpoint = AppEndpoint(HOME.ip, 80)
            self.registration = self.cloud.at(self.now).register(self.name, signer=self.signer, endpoints=(endpoint,))
        self.outputs()

    @property
    def now(self) -> Moment:
        return Moment(EPOCH + int(self.elapsed * SECOND), self.elapsed)

    @property
    def id(self) -> int:
        assert self.registration is not None
        return self.registration.pnrp_id

    def outputs(self) -> list[Output]:
        return self.cloud.take_outputs()

    def pass_time(self, seconds: float) -> list[Output]:
        """Let time pass, timer by timer."""
        end = self.elapsed + seconds
        while (at := self.cloud.timers.next) is not None and at <= end:
            self.elapsed = at
            self.cloud.at(self.now).tick()
        self.elapsed = end
        return self.outputs()

    def put(self, message: Message | bytes, source: Address = STRANGER) -> list[tuple[Address, Message]]:
        """What is sent because of one datagram."""
        return sent(self.put_raw(message, source))

    def put_raw(self, message: Message | bytes, source: Address = STRANGER) -> list[Output]:
        self.cloud.at(self.now).received(message if isinstance(message, bytes) else encode(message), source)
        return self.outputs()

    def answer(self, question: Message, source: Address, buffer: AuthorityBuffer) -> list[tuple[Address, Message]]:
        """An AUTHORITY from ``source``, in as many fragments as it takes."""
        found: list[tuple[Address, Message]] = []
        for data in fragments(buffer.encode(), 99, question.message_id):
            found += self.put(data, source)
        return found

    def prove(self, source: Address) -> None:
        """Make ``source`` an address that has answered something."""
        self.cloud.amplification.prove(source, self.elapsed)

    def refused(self, why: Refusal) -> int:
        return self.cloud.counters.refused[why]

    def meet(self, peer: Peer) -> None:
        """Have ``peer`` in the cache, by the way of an offer, an INQUIRE and its answer."""
        self.cloud._state.now = self.now
        self.cloud.intake.offer(peer.route, peer.address)
        inquire = only(sent(self.outputs()), Inquire, peer.address)
        self.answer(inquire, peer.address, peer.answer(inquire))
        assert peer.id in self.cloud.cache


def sent(outputs: list[Output]) -> list[tuple[Address, Message]]:
    return [(output.address, decode(output.data)) for output in outputs if isinstance(output, SendDatagram)]


def of_kind(messages: list[tuple[Address, Message]], kind: type[M], address: Address | None = None) -> list[M]:
    return [message for to, message in messages if isinstance(message, kind) and address in (None, to)]


def only(messages: list[tuple[Address, Message]], kind: type[M], address: Address | None = None) -> M:
    """The one message of a kind (to an address)."""
    found = of_kind(messages, kind, address)
    assert len(found) == 1, messages
    return found[0]


def buffer_of(message: Authority) -> AuthorityBuffer:
    assert message.offset == 0
    return AuthorityBuffer.decode(message.fragment)
