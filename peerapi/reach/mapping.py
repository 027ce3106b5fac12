"""Ports that a router keeps open for this machine: one ``PortMapper`` for each router, without input and output of its
own.

Each port is asked for by PCP, and when the router says nothing or knows no PCP, by NAT-PMP. A mapping is renewed from
half of its lifetime on; when the router has lost its state, which its epoch shows, all are asked for anew. Whatever is
not answered is asked again after a pause that doubles. An answer counts only when it comes from the router itself and
matches what was asked; whatever it says, the next question is neither sooner than SOONEST nor later than LATEST.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from peerapi.address import IPV4_MAPPED, Address
from peerapi.reach import port_control as wire
from peerapi.timers import Timers

LIFETIME = 7200
"Seconds that are asked for (RFC 6886 3.3)."
FIRST_PAUSE, LONGEST_PAUSE = 3.0, 1024.0
"Seconds until a question that nobody answers is asked again (RFC 6887 8.1.1): at first, and at most."
JITTER = 0.1
ALSO_PMP = 1
"After so many questions of PCP without an answer NAT-PMP is asked, too: some routers do not say that they know no PCP."
SOONEST, LATEST = 4.0, 86_400.0
"Seconds until a mapping is renewed, or asked for again that was refused, whatever the router says."
MOST_PORTS = 16
"Ports that one router is asked for."
NOWHERE = IPV4_MAPPED + bytes(4)
"No wish for a public address."
REASONS = {
    2: "the router does not allow it",
    3: "the router itself has no connection to the internet",
    8: "the router has no ports left",
    10: "the router has given this machine all that it may have",
    12: "there is another router in between",
}
"Results of PCP -> what they mean. NAT-PMP has the first two, and 4 for the third."
PMP_NO_RESOURCES = 4


class SendRequest(NamedTuple):
    """A datagram for the router, ``PortMapper.router``."""

    data: bytes


class MappingChanged(NamedTuple):
    """At which public address a port is reached now; None: at none. ``why``: for people, empty when all is well or
    nothing is known yet."""

    port: int
    public: Address | None
    why: str


Output = SendRequest | MappingChanged


@dataclass(slots=True, eq=False)
class _Mapping:
    port: int
    nonce: bytes
    tries: int = 0
    "Questions since the last answer."
    asked: bool = False
    "An answer is awaited."
    public: Address | None = None
    public_port: int = 0
    "What the router has granted by NAT-PMP, whose public address may still be to come."
    why: str = ""
    until: float = 0.0
    "When the router forgets the mapping, in elapsed time."


class PortMapper:
    """The ports that one router is asked for.

    Every input has the elapsed time, in seconds, as its last argument. What is to be done is in ``outputs``; ``tick``
    is to be called when ``timers.next`` is over.
    """

    def __init__(self, router: bytes, own_ip: bytes, random: Random) -> None:
        """``router`` and ``own_ip``: 16 bytes each; the latter is this machine's address towards it."""
        self.router = Address(router, wire.PORT)
        self.outputs: list[Output] = []
        self.timers = Timers()
        self.ignored = 0
        "Answers that were none, did not come from the router, or match nothing that was asked."
        self.protocol = wire.PCP
        "What the router is known, or hoped, to speak."
        self._own_ip = own_ip
        self._random = random
        self._mappings: dict[int, _Mapping] = {}
        self._public_ip: bytes | None = None
        "Of NAT-PMP."
        self._now = 0.0
        self._address_asked = False
        self._epoch: tuple[int, float] | None = None
        "What the router said last, and when."

    # Wishes -----------------------------------------------------------------------------------------------------------

    def open(self, port: int, now: float) -> None:
        """Ask for a port, and keep it. Beyond MOST_PORTS nothing happens."""
        if port not in self._mappings and len(self._mappings) < MOST_PORTS:
            self._mappings[port] = mapping = _Mapping(port, self._random.randbytes(wire.NONCE))
            self._ask(mapping, now)

    def close(self, port: int, now: float) -> None:
        """Give a port back. The router is told once; if that is lost, the mapping ends with its lifetime."""
        mapping = self._mappings.pop(port, None)
        if mapping is None:
            return
        self.timers.cancel(port)
        if self.protocol == wire.PCP:
            self._send(wire.pcp_map(self._own_ip, mapping.nonce, port, 0, NOWHERE, 0))
        else:
            self._send(wire.pmp_map(port, 0, 0))

    def tick(self, now: float) -> None:
        """Ask again what is due."""
        self._now = now
        self.timers.fire(now)

    # Asking -----------------------------------------------------------------------------------------------------------

    def _ask(self, mapping: _Mapping, now: float) -> None:
        if mapping.public is not None and now >= mapping.until:
            self._changed(mapping, None, "the router does not answer any more")
        public = mapping.public or Address(NOWHERE, mapping.port)
        if self.protocol == wire.PCP:
            request = wire.pcp_map(self._own_ip, mapping.nonce, mapping.port, public.port, public.ip, LIFETIME)
            self._send(request)
        if self.protocol == wire.NAT_PMP or mapping.tries >= ALSO_PMP:
            self._address_asked = True
            self._send(wire.pmp_address())
            self._send(wire.pmp_map(mapping.port, public.port, LIFETIME))
        pause = min(FIRST_PAUSE * 2.0**mapping.tries, LONGEST_PAUSE) * self._random.uniform(1 - JITTER, 1 + JITTER)
        mapping.asked = True
        mapping.tries = min(mapping.tries + 1, 20)
        if mapping.public is None and mapping.tries == 3 and not mapping.why:
            self._changed(mapping, None, "the router opens no ports: it answers neither PCP nor NAT-PMP")
        self._again(mapping, pause, now)

    def _again(self, mapping: _Mapping, pause: float, now: float) -> None:
        """Ask after a while."""
        self.timers.set(mapping.port, now + pause, lambda: self._ask(mapping, self._now))

    def _send(self, data: bytes) -> None:
        self.outputs.append(SendRequest(data))

    # Answers ----------------------------------------------------------------------------------------------------------

    def received(self, data: bytes, source: Address, now: float) -> None:
        """A datagram has come."""
        try:
            answer = wire.decode(data)
        except wire.MalformedAnswer:
            self.ignored += 1
            return
        if (source.ip, source.port) != (self.router.ip, self.router.port):
            self.ignored += 1
        elif isinstance(answer, wire.OtherVersion):
            self._other_version(answer.version, now)
        elif isinstance(answer, wire.PmpAddress):
            self._public_address(answer, now)
        else:
            self._mapping(answer, now)

    def _other_version(self, version: int, now: float) -> None:
        """Go over to NAT-PMP, once; a router that then wants another version still speaks neither."""
        if self.protocol == wire.NAT_PMP or version != wire.NAT_PMP:
            self.ignored += 1
            return
        self.protocol = wire.NAT_PMP
        for mapping in self._mappings.values():
            mapping.tries = 0
            self._ask(mapping, now)

    def _public_address(self, answer: wire.PmpAddress, now: float) -> None:
        if answer.result or not self._address_asked:
            self.ignored += 1
            return
        self._public_ip, self._address_asked = answer.ip, False
        for mapping in self._mappings.values():
            if mapping.public_port:
                self._granted(mapping, answer.ip, mapping.public_port)

    def _mapping(self, answer: wire.PcpMapping | wire.PmpMapping, now: float) -> None:
        mapping = self._asked_for(answer)
        if mapping is None:
            self.ignored += 1
            return
        lost = self._lost_state(answer.epoch, now)
        self._epoch = answer.epoch, now
        mapping.asked, mapping.tries = False, 0
        if answer.result or not answer.lifetime or not answer.public_port:
            self._refused(mapping, answer, now)
        else:
            self._take(mapping, answer, now)
        if lost:
            for other in self._mappings.values():
                if other is not mapping:
                    self._again(other, SOONEST, now)

    def _asked_for(self, answer: wire.PcpMapping | wire.PmpMapping) -> _Mapping | None:
        """What an answer is about, if that was asked."""
        if isinstance(answer, wire.PmpMapping) and answer.result and not answer.port:
            return next((one for one in self._mappings.values() if one.asked), None)
        mapping = self._mappings.get(answer.port)
        if mapping is None or not mapping.asked:
            return None
        if isinstance(answer, wire.PcpMapping):
            return mapping if answer.nonce == mapping.nonce else None
        return mapping if self.protocol == wire.NAT_PMP or mapping.tries > ALSO_PMP else None

    def _take(self, mapping: _Mapping, answer: wire.PcpMapping | wire.PmpMapping, now: float) -> None:
        lifetime = min(max(float(answer.lifetime), 2 * SOONEST), LATEST)
        mapping.until = now + lifetime
        if isinstance(answer, wire.PcpMapping):
            self.protocol = wire.PCP
            self._granted(mapping, answer.public_ip, answer.public_port)
        else:
            self.protocol = wire.NAT_PMP
            mapping.public_port = answer.public_port
            if self._public_ip is not None:
                self._granted(mapping, self._public_ip, answer.public_port)
        self._again(mapping, lifetime * self._random.uniform(1 / 2, 5 / 8), now)

    def _granted(self, mapping: _Mapping, ip: bytes, port: int) -> None:
        public = Address(ip, port)
        if not public.is_unicast or public.is_loopback:
            self._changed(mapping, None, "the router names no address")
        elif not public.is_public:
            self._changed(mapping, None, f"the router is behind another one itself, at {public.host}")
        else:
            self._changed(mapping, public, "")

    def _refused(self, mapping: _Mapping, answer: wire.PcpMapping | wire.PmpMapping, now: float) -> None:
        result = answer.result
        if isinstance(answer, wire.PmpMapping) and result == PMP_NO_RESOURCES:
            result = 8
        self._changed(mapping, None, REASONS.get(result, f"the router refuses ({result})"))
        pause = float(answer.lifetime) if isinstance(answer, wire.PcpMapping) else 0.0
        self._again(mapping, min(max(pause, 60.0), LONGEST_PAUSE), now)

    def _lost_state(self, epoch: int, now: float) -> bool:
        """Whether the router has begun anew since its last answer (RFC 6887 8.5)."""
        if self._epoch is None:
            return False
        before, at = self._epoch
        if epoch + 1 < before:
            return True
        server, client = epoch - before, now - at
        return client + 2 < server - server / 16 or server + 2 < client - client / 16

    def _changed(self, mapping: _Mapping, public: Address | None, why: str) -> None:
        if (mapping.public, mapping.why) != (public, why):
            mapping.public, mapping.why = public, why
            self.outputs.append(MappingChanged(mapping.port, public, why))
