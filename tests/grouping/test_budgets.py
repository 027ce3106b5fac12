"""What Group Connect costs the node that is called, or calls, in every state of a connection: bytes held, bytes sent,
signatures verified, certificates read, passwords hashed.

Sequences of messages are drawn and said by somebody who has a key, in TLS: as they should be, again and again, changed,
or cut, until the victim has had enough. Memory may grow eight times as fast as bytes come in and traffic three times,
each beside what any connection takes. What nobody reads counts as held. Bytes of OpenSSL are not seen here; it holds
one TLS record at a time.
"""

from __future__ import annotations

import gc
import hashlib
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from peerapi.grouping import connect, membership
from peerapi.grouping.connect import MAX_BYTES, Connection, State
from peerapi.grouping.messages import (
    Challenge,
    Hello,
    Join,
    Message,
    MyGmc,
    OldJoin,
    OldProof,
    Password,
    Proof,
    YourGmc,
    encode,
)
from peerapi.grouping.refusal import Refused
from peerapi.identity import certificates
from peerapi.identity.keys import Profile, PublicKey
from tests.grouping.conftest import forget
from tests.grouping.values import (
    ADMINISTRATOR,
    BOTH,
    INVITING,
    MODERN,
    NOW,
    PASSWORD,
    Pair,
    carol,
    creator,
    credential,
    line,
    member,
    security,
)

MEMORY, TRAFFIC = 8, 3
FLOOR = 300_000
"Bytes that any connection may come to hold: what Python keeps of certificates and keys that were looked at."
ANSWER = 8192
"Bytes that any connection is sent: a handshake of TLS, a membership, a challenge."
PER_SIGNATURE, PER_CERTIFICATE = 250, 250
"Bytes that have to come for each signature that is verified and each certificate that is read."
ANY = 8
"Signatures and certificates of any connection: both ends' own."
REPEATED = 40
PIECE = 15_997
STATES = ("called", "called, asked for a password", "calling", "calling with a password", "password sent", "complete")


class Node:
    """The victim's end in a state, and the hands of whoever is at the other."""

    def __init__(self, profile: Profile, state: str) -> None:
        forget()
        self.came = self.out = 0
        self.held = b""
        alice = member(profile, "alice")
        if state.startswith("called"):
            pair = Pair(security(profile, "mallory", password="a guess"), carol(profile))
            if state == "called":
                pair.caller._introduce = lambda now: None  # type: ignore[method-assign]
            self._carry(pair, pair.called, State.TLS_CONNECTED if state == "called" else State.HELLO_SENT)
            self.victim, self.other = pair.called, pair.caller
            return
        password = PASSWORD if state in ("calling with a password", "password sent") else None
        caller = security(profile, "alice", None if password else alice, password=password)
        pair = Pair(caller, carol(profile))
        if state.startswith("calling"):
            pair.called._packet = lambda packet, now: None  # type: ignore[method-assign]
        until = {"password sent": State.PASSWORD_SENT, "complete": State.COMPLETE}.get(state, State.HELLO_SENT)
        self._carry(pair, pair.caller, until)
        self.victim, self.other = pair.caller, pair.called

    @staticmethod
    def _carry(pair: Pair, victim: Connection, state: State) -> None:
        """Until the victim is in the state. What it said last is not answered."""
        to_called, to_caller = pair.caller.start(), b""
        while to_called or to_caller:
            if to_called:
                to_caller, _ = pair.called.receive(to_called, NOW)
                to_called = b""
                if victim is pair.called and victim.state is state and state is State.HELLO_SENT:
                    break
            else:
                to_called, _ = pair.caller.receive(to_caller, NOW)
                to_caller = b""
                if victim is pair.caller and victim.state in (State.PASSWORD_SENT, State.COMPLETE):
                    break
        assert victim.state is state, victim.state

    def say(self, packet: bytes, *, reads: bool) -> bool:
        """As records of TLS; False: the victim has had enough."""
        for at in range(0, len(packet), PIECE):
            data = self.other._channel.seal(packet[at : at + PIECE])
            self.came += len(data)
            try:
                if self.victim.state is State.COMPLETE:
                    self.victim.decrypt(data)
                    answer = b""
                else:
                    answer, _ = self.victim.receive(data, NOW)
            except Refused:
                return False
            self.out += len(answer)
            if not reads:
                self.held += answer
        return True


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """How often what takes time is done."""
    counts: Counter[str] = Counter()

    def counting(name: str, inner: Callable[..., Any]) -> Callable[..., Any]:
        def count(*arguments: Any, **options: Any) -> Any:
            counts[name] += 1
            return inner(*arguments, **options)

        return count

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PublicKey, "verify", counting("verified", PublicKey.verify))
        patch.setattr(hashlib, "scrypt", counting("hashed", hashlib.scrypt))
        read = counting("read", certificates.decode)
        for module in (certificates, membership):
            patch.setattr(module, "decode", read)
        yield counts


def packets(profile: Profile) -> list[list[Message]]:
    """All that either side may say in some state, and what belongs to nobody."""
    chains = [
        member(profile, "alice"),
        member(profile, "mallory", INVITING),
        creator(profile),
        line(profile, [f"admin {n}" for n in range(5)], ADMINISTRATOR),
    ]
    certificate = credential(profile, "mallory").identity.encoded
    greetings: list[list[Message]] = [[Hello()], *([Hello(), MyGmc(chain.encode())] for chain in chains)]
    ends: list[list[Message]] = [[YourGmc(chain.encode())] for chain in chains]
    if profile is not MODERN:
        return [*greetings, *ends, [Hello(), Password()], [Password(bytes(20))], [YourGmc(bytes(100_000))]]
    return [
        *greetings,
        *ends,
        [Hello(), Join(certificate)],
        [Hello(), OldJoin(certificate)],
        [Proof(bytes(32), bytes(80))],
        [OldProof(bytes(32), bytes(64))],
        [Hello(), MyGmc(chains[1].encode()), Challenge(16, bytes(16), bytes(32), bytes(range(32)))],
        [Hello(), MyGmc(bytes(100_000))],
        [YourGmc(bytes(100_000))],
    ]


def said(data: st.DataObject, profile: Profile) -> list[bytes]:
    drawn = [encode(one) for one in data.draw(st.lists(st.sampled_from(packets(profile)), min_size=1, max_size=3))]
    manner = data.draw(st.sampled_from(["once", "again", "together", "changed", "cut"]))
    if manner == "once":
        return drawn
    if manner == "together":
        return [b"".join(drawn * REPEATED)]
    if manner == "again":
        return drawn * REPEATED
    at = data.draw(st.integers(0, 1 << 16))
    last = drawn[-1]
    at %= len(last)
    if manner == "cut":
        return [*drawn[:-1], last[:at], *drawn]
    return [*drawn[:-1], last[:at] + bytes((last[at] ^ 1 << data.draw(st.integers(0, 7)),)) + last[at + 1 :]]


@pytest.mark.parametrize("profile", BOTH, ids=lambda profile: profile.value)
@pytest.mark.parametrize("reads", [True, False], ids=["reading", "not reading"])
@pytest.mark.parametrize("state", STATES)
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_what_messages_cost(profile: Profile, state: str, reads: bool, data: st.DataObject) -> None:
    stream = said(data, profile)
    node = Node(profile, state)
    forget()
    gc.collect()
    with counted() as counts:
        tracemalloc.start()
        try:
            before, _ = tracemalloc.get_traced_memory()
            for packet in stream:
                if not node.say(packet, reads=reads):
                    break
            gc.collect()
            held = tracemalloc.get_traced_memory()[0] - before
        finally:
            tracemalloc.stop()
    assert held <= MEMORY * node.came + FLOOR
    assert node.out <= TRAFFIC * node.came + ANSWER
    assert counts["verified"] <= node.came // PER_SIGNATURE + ANY
    assert counts["read"] <= node.came // PER_CERTIFICATE + ANY
    assert counts["hashed"] <= 1
    if state not in ("calling with a password", "password sent"):
        assert counts["hashed"] == 0


def test_the_measure_sees_what_is_held_and_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    """A message that never ends is held, and a chain costs a signature for each of its links."""
    monkeypatch.setattr(connect, "MAX_BYTES", 1 << 30)
    node = Node(MODERN, "called")
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        node.say(encode([Hello(), MyGmc(bytes(120_000))])[:-1], reads=True)
        held = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert held > 110_000
    node = Node(MODERN, "called")
    forget()
    chain = line(MODERN, [f"admin {n}" for n in range(5)], ADMINISTRATOR)
    forget()
    with counted() as counts:
        node.say(encode([Hello(), MyGmc(chain.encode())]), reads=True)
    assert counts["verified"] >= 5


@pytest.mark.parametrize("profile", BOTH, ids=lambda profile: profile.value)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_what_the_beginning_costs(profile: Profile, data: st.DataObject) -> None:
    """Before anybody has proved anything: the first bytes of TLS, whole, again, changed, cut, or any."""
    forget()
    caller = security(profile, "mallory", password="a guess").connection(outgoing=True, expected=None)
    called = carol(profile).connection(outgoing=False, expected=None)
    first = caller.start()
    at = data.draw(st.integers(0, len(first) - 1))
    first = data.draw(
        st.sampled_from(
            [first, first * 50, first[:at], first[:at] + bytes((first[at] ^ 0x40,)) + first[at + 1 :], first[at:]]
        )
        | st.binary(max_size=500)
    )
    piece = data.draw(st.sampled_from([1, 100, 1 << 16]))
    came = out = 0
    with counted() as counts:
        tracemalloc.start()
        try:
            before, _ = tracemalloc.get_traced_memory()
            try:
                for start in range(0, len(first), piece):
                    came += len(first[start : start + piece])
                    answer, _ = called.receive(first[start : start + piece], NOW)
                    out += len(answer)
            except Refused:
                pass
            gc.collect()
            held = tracemalloc.get_traced_memory()[0] - before
        finally:
            tracemalloc.stop()
    assert held <= MEMORY * came + FLOOR
    assert out <= TRAFFIC * came + ANSWER
    assert counts.total() <= ANY
    assert came <= MAX_BYTES
