"""The node as the requestor: it calls this side, which is a member and its authenticator (3.2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from peerapi.conformance_wire.bench import Bench, expect, same
from peerapi.conformance_wire.facts import Need
from peerapi.conformance_wire.ppgrh import messages
from peerapi.conformance_wire.ppgrh.link import Listener
from peerapi.conformance_wire.ppsec.catalogue import PPSEC
from peerapi.conformance_wire.ppsec.channel import GroupLink, Person, certificates, hello, my_gmc
from peerapi.conformance_wire.ppsec.connecting_facts import a_member, a_stranger


def called(bench: Bench, who: Person) -> GroupLink:
    """The founder of the group calls this side, and TLS is negotiated."""
    with Listener(bench) as listener:
        bench.driver.do("call from group", host=bench.target.host, port=listener.port)
        return GroupLink(bench, who, accepted=listener.accept().socket).shake()


@dataclass(frozen=True)
class Call:
    """What the founder says to a member that it calls."""

    auth_info: bytes
    first: bytes
    connect: bytes


def a_call(bench: Bench) -> Call:
    who = bench.once(a_member)
    with called(bench, who) as link:
        first = link.hear() or b""
        link.say(hello() + my_gmc(who.chain))
        connect = link.message(messages.CONNECT)
        return Call(link.auth_info, first, connect)


Seen = Callable[[Call], object]


def _is(seen: Seen, wanted: object, bench: Bench) -> None:
    same(seen(bench.once(a_call)), wanted)


SEEN: list[tuple[str, str, Seen, object]] = [
    ("2.1", "AUTH_INFO is sent in the clear before TLS", lambda call: call.auth_info[5], messages.AUTH_INFO),
    ("3.2.7.1", "a member that calls says Hello first", lambda call: call.first[:4], hello()),
    ("3.2.7.1", "MyGMC follows its Hello in the same packet", lambda call: call.first[4:6], b"\0\1"),
    (
        "2.2.2.2",
        "GMC Length of a caller's MyGMC is little-endian and counts the rest",
        lambda call: int.from_bytes(call.first[6:10], "little") - len(call.first[10:]),
        0,
    ),
    ("2.2.5.2.3", "a caller's MyGMC holds a chain", lambda call: len(certificates(call.first[10:])) >= 2, True),
    (
        "3.2.5.2.3",
        "who is shown a good membership goes on with CONNECT",
        lambda call: call.connect[5],
        messages.CONNECT,
    ),
]
for section, says, seen, wanted in SEEN:
    PPSEC.add(section, says, partial(_is, seen, wanted), Need.MEMBERSHIP)


def _gives_up(answer: Callable[[Person], bytes], bench: Bench) -> None:
    who = bench.once(a_member)
    with called(bench, who) as link:
        expect(link.hear(), "it says nothing")
        link.say(answer(who))
        link.ends()


def _foreign(bench: Bench) -> None:
    """The membership of a member, shown by somebody else."""
    chain = bench.once(a_member).chain
    with called(bench, bench.once(a_stranger)) as link:
        expect(link.hear(), "it says nothing")
        link.say(hello() + my_gmc(chain))
        link.ends()


for section, what, answer in (
    ("3.2.5.2.3", "no PKCS #7", lambda who: hello() + my_gmc(b"no chain")),
    ("2.2.2.1", "a Hello of version 2.0", lambda who: hello(b"\2\0") + my_gmc(who.chain)),
    ("3.2.5.2.4", "a YourGMC", lambda who: b"\0\2" + (16).to_bytes(4, "big") + bytes(16)),
    ("3.2.5.2.1", "a message of an unknown type", lambda who: b"\0\x09" + bytes(4)),
):
    PPSEC.add(
        section, f"a caller that is answered by {what} ends the connection", partial(_gives_up, answer), Need.MEMBERSHIP
    )
PPSEC.add("3.2.5.2.3", "a caller that is shown another's membership ends the connection", _foreign, Need.MEMBERSHIP)
