"""Group Connect (MS-PPSEC 3.2, 3.3): two nodes prove to each other that they belong to a group.

::

    Requestor                                    Authenticator
    TLS, in which both prove their identity
    Hello, MyGMC                       -->
                                       <--       Hello, MyGMC
    or, to become a member, published:                          or modern:
    Hello, Password (empty)            -->                      Hello, Join
                                       <--       Hello, MyGMC            (with a Challenge)
    Password                           -->                      Proof
                                       <--       YourGMC

Sans-IO: bytes of the transport go in after AUTH_INFO, bytes for it come out, time is a parameter. An input that the
table of a side does not know ends the connection; so does everything that is not as it should be, by ``Refused``.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from typing import Any

from peerapi.errors import InvalidTimePeriod, PeerError
from peerapi.graphing.codec.wire import MalformedMessage
from peerapi.grouping import password as passwords
from peerapi.grouping.channel import Channel, ChannelFailed
from peerapi.grouping.connection_ends import LocalEnd, PasswordEntry, Peer
from peerapi.grouping.cpace import SCALAR_SIZE, NoSecret
from peerapi.grouping.joining import Exchange, Issuing, Joining
from peerapi.grouping.membership import Issuer, MembershipChain
from peerapi.grouping.messages import (
    NONCE_SIZE,
    Challenge,
    Hello,
    Incoming,
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
from peerapi.grouping.password import Verifier
from peerapi.grouping.refusal import Refusal, Refused, require
from peerapi.identity.certificates import Certificate, InvalidCertificate, identity_certificate
from peerapi.identity.der import Malformed
from peerapi.identity.keys import Profile
from peerapi.identity.names import PeerName

MAX_BYTES = 256 << 10
"That one side sends until both are through: a membership has 128 KiB at most, and TLS needs little."
MAX_OWED = 64 << 10
"Bytes that TLS wants to answer by itself, to new keys, and that wait for others to travel with."


class State(enum.Enum):
    """Group Connect State, Group Authenticate State."""

    INITIAL = enum.auto()
    TLS_CONNECTED = enum.auto()
    HELLO_SENT = enum.auto()
    PASSWORD_SENT = enum.auto()
    COMPLETE = enum.auto()
    FAILED = enum.auto()


Handler = Callable[["Connection", Sequence[Any], int], None]


class Connection:
    """One end of one connection."""

    def __init__(self, local: LocalEnd, *, outgoing: bool, expected: str | None = None) -> None:
        """``expected``: the peer name that the other side has claimed in AUTH_INFO, or that is wanted; None: any."""
        self.peer: Peer | None = None
        "The other side, once the connection is complete."
        self.state = State.INITIAL
        self._local = local
        self._outgoing = outgoing
        self._expected = expected
        self._channel: Channel = local.credential.channel(outgoing=outgoing)
        self._remote: Certificate | None = None
        self._name: PeerName | None = None
        self._incoming = Incoming(local.credential.profile)
        self._came = 0
        self._to_send: list[bytes] = []
        self._owed = b""
        self._packets: list[bytes] = []
        "Frames of the graph that came after completion and wait to be asked for."
        self._shown: MembershipChain | None = None
        "The membership that the other side has proved to use."
        self._candidate: MembershipChain | None = None
        "The peer name of the other side, while a password is being proved."
        self._friendly_name = ""
        self._joining: Joining | None = None
        self._issuing: Issuing | None = None
        "This side's half of joining by password, in the modern profile."

    # What the graph's machine calls -----------------------------------------------------------------------------------

    def start(self) -> bytes:
        """What to send behind AUTH_INFO: the side that called."""
        return self._channel.start() if self._outgoing else b""

    def receive(self, data: bytes, now: int) -> tuple[bytes, bool]:
        """Bytes of the transport until completion: (bytes to send, complete).

        When complete, call ``decrypt(b"")``: there may be messages already. Raises Refused; nothing can be done with
        the connection afterwards.
        """
        if self.state is State.FAILED:
            raise Refused(Refusal.PROTOCOL, "it has failed before")
        self._came += len(data)
        try:
            require(self._came <= MAX_BYTES, Refusal.PROTOCOL, "too many bytes")
            return self._receive(data, now)
        except ChannelFailed as error:
            raise self._failed(Refused(Refusal.TLS, str(error))) from error
        except MalformedMessage as error:
            raise self._failed(Refused(Refusal.PROTOCOL, str(error))) from error
        except Refused as error:
            self._failed(error)
            raise

    def _failed(self, error: Refused) -> Refused:
        self.state = State.FAILED
        self.peer = None
        self._local.count_refusal(error.reason)
        return error

    def encrypt(self, frames: bytes) -> bytes:
        """Whole frames of the graph, as frames for the transport."""
        assert self.state is State.COMPLETE
        owed, self._owed = self._owed, b""
        return owed + self._channel.seal_frames(frames)

    def decrypt(self, data: bytes) -> bytes:
        """Frames of the graph, from bytes of the transport. Raises Refused: the connection is to be ended."""
        assert self.state is State.COMPLETE
        packets, self._packets = self._packets, []
        if data:
            try:
                to_send, more = self._channel.receive(data)
            except ChannelFailed as error:
                raise self._failed(Refused(Refusal.TLS, str(error))) from error
            self._owed += to_send
            if len(self._owed) > MAX_OWED:
                raise self._failed(Refused(Refusal.PROTOCOL, "TLS is asked for answers without an end"))
            packets += more
        return self._channel.open_frames(packets)

    # Receiving --------------------------------------------------------------------------------------------------------

    def _receive(self, data: bytes, now: int) -> tuple[bytes, bool]:
        to_send, packets = self._channel.receive(data)
        self._to_send = [to_send]
        if self.state is State.INITIAL and self._channel.ready:
            self._tls_connected(now)
        for number, packet in enumerate(packets):
            if self.state is State.COMPLETE:
                self._packets = packets[number:]
                break
            self._packet(packet, now)
        return b"".join(self._to_send), self.state is State.COMPLETE

    def _packet(self, packet: bytes, now: int) -> None:
        messages = self._incoming.feed(packet)
        if messages is None:
            return
        table = _REQUESTOR if self._outgoing else _AUTHENTICATOR
        handler = table.get((self.state, tuple(map(type, messages))))
        if handler is None:
            raise Refused(Refusal.PROTOCOL, f"{[type(one).__name__ for one in messages]} in {self.state.name}")
        handler(self, messages, now)

    def _send(self, *messages: Message) -> None:
        self._to_send.append(self._channel.seal(encode(messages)))

    @property
    def _profile(self) -> Profile:
        return self._local.credential.profile

    def _tls_connected(self, now: int) -> None:
        """TLS has proved the key of a certificate; see whose it is (3.2.7.1, 3.3.7.1)."""
        self._remote = _identity(self._channel.remote, now)
        name = self._remote.extensions.subject_name
        assert name is not None
        key = self._remote.public_key
        require(key.profile is self._profile, Refusal.IDENTITY, "a key of the other profile")
        require(self._expected in (None, str(name)), Refusal.IDENTITY, "another peer than it said")
        require(key != self._local.credential.key.public, Refusal.IDENTITY, "this identity itself")
        self._name = name
        self.state = State.TLS_CONNECTED
        if self._outgoing:
            self._introduce(now)

    def _complete(self, chain: MembershipChain) -> None:
        self.peer = Peer(chain.name, chain)
        self.state = State.COMPLETE
        self._channel.proved()
        if self._shown is not None:
            self._local.met(self._shown)

    def _membership(self, data: bytes, now: int) -> MembershipChain:
        """The membership of the other side that a MyGMC proves (2.2.5.2; 3.2.5.2.3, 3.3.5.2.3)."""
        chain = self._read(data)
        own = chain.public_key == self._remote_certificate.public_key and chain.name == self._name
        require(own, Refusal.MEMBERSHIP, "somebody else's")
        try:
            self._require_good(chain, now)
        except Refused:
            # It may not have heard yet that this one is over, and have another that is good.
            other = self._local.current_membership(str(self._name), now)
            if other is None or other.public_key != chain.public_key:
                raise
            return other
        self._shown = chain
        return chain

    def _proved(self, data: bytes, now: int) -> MembershipChain:
        chain = self._read(data)
        self._require_good(chain, now)
        return chain

    def _read(self, data: bytes) -> MembershipChain:
        try:
            return MembershipChain.read(data, self._local.group)
        except PeerError as error:
            raise Refused(Refusal.MEMBERSHIP, f"{error.name}: {error}") from error

    def _require_good(self, chain: MembershipChain, now: int) -> None:
        try:
            chain.require_valid(now)
        except InvalidTimePeriod as error:
            raise Refused(Refusal.NOT_NOW, str(error)) from error
        if self._local.revoked(chain, now):
            raise Refused(Refusal.REVOKED)

    def _known_member(self, now: int) -> MembershipChain:
        """The other side sent no membership, because its own has expired: it may have been renewed (3.3.5.2.2)."""
        chain = self._local.current_membership(str(self._name), now)
        if chain is None or chain.public_key != self._remote_certificate.public_key:
            raise Refused(Refusal.STRANGER)
        return chain

    @property
    def _remote_certificate(self) -> Certificate:
        assert self._remote is not None
        return self._remote

    # Requestor (3.2) --------------------------------------------------------------------------------------------------

    def _introduce(self, now: int) -> None:
        """3.2.7.1."""
        local = self._local
        if local.chain is None and local.password is None:
            raise Refused(Refusal.STRANGER, "this node is no member and has no password")
        if local.chain is None:
            modern = self._profile is Profile.MODERN
            self._send(Hello(), Join(local.credential.identity.encoded) if modern else Password())
        else:
            self._send(*self._greeting(now))
        self.state = State.HELLO_SENT

    def _greeting(self, now: int) -> list[Message]:
        """Hello, and MyGMC unless it has expired."""
        chain = self._local.chain
        assert chain is not None
        return [Hello()] if now > chain.not_after else [Hello(), MyGmc(chain.encode())]

    def _on_hello_back(self, messages: Sequence[Any], now: int) -> None:
        """3.2.5.2.2."""
        if self._local.chain is None:
            raise Refused(Refusal.PROTOCOL, "no membership to trust with a password")
        self._complete(self._known_member(now))

    def _on_membership_back(self, messages: Sequence[Any], now: int) -> None:
        """3.2.5.2.3."""
        chain = self._membership(messages[1].chain, now)
        if self._local.chain is not None:
            self._complete(chain)
            return
        if self._profile is Profile.MODERN:
            raise Refused(Refusal.NO_PASSWORDS, "no challenge came")
        self._trust_with_password(chain)
        hash_string = passwords.hash_string(self._local.password or "")
        self._send(Password(passwords.password_data(hash_string, self._local.credential.name)))

    def _on_challenge(self, messages: Sequence[Any], now: int) -> None:
        challenge: Challenge = messages[2]
        chain = self._membership(messages[1].chain, now)
        if self._local.chain is not None:
            raise Refused(Refusal.PROTOCOL, "a challenge that nobody asked for")
        require(challenge.cost in passwords.COSTS, Refusal.PROTOCOL, "a password hash too cheap, or too dear")
        self._trust_with_password(chain)
        local = self._local
        shown = local.credential.certificate.encoded
        exchange = Exchange(local.group, shown, self._channel.remote, challenge.cost, challenge.salt, challenge.nonce)
        try:
            self._joining = Joining(exchange, challenge.share, local.password or "", local.random(SCALAR_SIZE))
        except NoSecret as error:
            raise Refused(Refusal.PROTOCOL, str(error)) from error
        self._send(self._joining.proof)

    def _trust_with_password(self, chain: MembershipChain) -> None:
        """Only a member who can issue has use for the proof. In the modern profile it says nothing to others anyway."""
        require(bool(chain.may_issue), Refusal.MEMBERSHIP, "may not issue memberships")
        self._candidate = chain
        self.state = State.PASSWORD_SENT

    def _on_your_gmc(self, messages: Sequence[Any], now: int) -> None:
        """3.2.5.2.4."""
        data: bytes = messages[0].data
        if self._profile is Profile.MS_PPSEC:
            try:
                data = passwords.decrypt_gmc(data, passwords.hash_string(self._local.password or ""))
            except ValueError as error:
                raise Refused(Refusal.MEMBERSHIP, "not encrypted with the password") from error
        elif self._joining is not None:
            try:
                data = self._joining.open(data)
            except ValueError as error:
                raise Refused(Refusal.MEMBERSHIP, "from somebody who does not know the password") from error
        chain = self._proved(data, now)
        credential = self._local.credential
        own = chain.public_key == credential.key.public and chain.name == credential.name
        require(own, Refusal.MEMBERSHIP, "a membership for somebody else")
        assert self._candidate is not None
        self._local.joined(chain)
        self._complete(self._candidate)

    # Authenticator (3.3) ----------------------------------------------------------------------------------------------

    def _on_hello(self, messages: Sequence[Any], now: int) -> None:
        """3.3.5.2.2."""
        self._answer(self._known_member(now), now)

    def _on_membership(self, messages: Sequence[Any], now: int) -> None:
        """3.3.5.2.3."""
        self._answer(self._membership(messages[1].chain, now), now)

    def _answer(self, chain: MembershipChain, now: int) -> None:
        if self._local.chain is None:
            raise Refused(Refusal.STRANGER, "this node is no member itself")
        self._send(*self._greeting(now))
        self._complete(chain)

    def _on_join(self, messages: Sequence[Any], now: int) -> None:
        """3.3.5.2.4."""
        local = self._local
        entry = local.password_entry
        request = messages[1]
        if isinstance(request, Password) and request.data:
            raise Refused(Refusal.PROTOCOL, "a password before its time")
        if entry is None or local.chain is None or entry.role not in local.chain.may_issue:
            raise Refused(Refusal.NO_PASSWORDS)
        if not local.chain.not_before <= now <= local.chain.not_after or local.revoked(local.chain, now):
            raise Refused(Refusal.NO_PASSWORDS, "this node's own membership is over")
        if not local.may_try_password(now):
            raise Refused(Refusal.HELD_UP)
        greeting: list[Message] = [Hello(), MyGmc(local.chain.encode())]
        if isinstance(request, Password):
            self._friendly_name = self._remote_certificate.subject
            self._send(*greeting)
        else:
            certificate = _identity(request.certificate, now)
            own = certificate.public_key == self._remote_certificate.public_key
            require(own, Refusal.IDENTITY, "somebody else's certificate")
            assert isinstance(entry.check, Verifier)
            self._friendly_name = certificate.subject
            shown, check = local.credential.certificate.encoded, entry.check
            nonce = local.random(NONCE_SIZE)
            exchange = Exchange(local.group, self._channel.remote, shown, check.cost, check.salt, nonce)
            self._issuing = Issuing(exchange, check, local.random(SCALAR_SIZE))
            self._send(*greeting, self._issuing.challenge(old=isinstance(request, OldJoin)))
        self.state = State.HELLO_SENT

    def _on_password(self, messages: Sequence[Any], now: int) -> None:
        """3.3.5.2.5."""
        entry = self._local.password_entry
        assert self._name is not None
        if entry is None or not isinstance(entry.check, str):
            raise Refused(Refusal.NO_PASSWORDS)
        right = passwords.same(messages[0].data, passwords.password_data(entry.check, self._name))
        chain = self._admit(entry, right, now)
        self._send(YourGmc(passwords.encrypt_gmc(chain.encode(), entry.check)))

    def _on_proof(self, messages: Sequence[Any], now: int) -> None:
        entry = self._local.password_entry
        issuing = self._issuing
        if entry is None or issuing is None:
            raise Refused(Refusal.NO_PASSWORDS)
        right = entry.check == issuing.verifier and issuing.accepts(messages[0])  # it may have been changed meanwhile
        self._send(YourGmc(issuing.seal(self._admit(entry, right, now).encode())))

    def _admit(self, entry: PasswordEntry, right: bool, now: int) -> MembershipChain:
        """Make a member of who knows the password."""
        local = self._local
        assert local.chain is not None and self._name is not None
        if not local.may_try_password(now):  # others may have failed meanwhile
            raise Refused(Refusal.HELD_UP)
        if not right:
            local.wrong_password(now)
            raise Refused(Refusal.PASSWORD)
        issuer = Issuer.member(local.credential.key, local.chain)
        subject = self._remote_certificate.public_key
        published = self._profile is Profile.MS_PPSEC
        not_before = max(now, local.chain.not_before) if published else None  # 3.3.5.2.5; decision G5
        try:
            chain = issuer.issue(subject, self._name, self._friendly_name, (entry.role,), now, not_before=not_before)
        except PeerError as error:
            raise Refused(Refusal.MEMBERSHIP, f"{error.name}: {error}") from error
        if local.revoked(chain, now):
            raise Refused(Refusal.REVOKED)
        self._shown = chain  # it has no other
        self._complete(chain)
        return chain


def _identity(encoded: bytes, now: int) -> Certificate:
    try:
        return identity_certificate(encoded, now)
    except (Malformed, InvalidCertificate) as error:
        raise Refused(Refusal.IDENTITY, str(error)) from error


_REQUESTOR: dict[tuple[State, tuple[type, ...]], Handler] = {
    (State.HELLO_SENT, (Hello,)): Connection._on_hello_back,
    (State.HELLO_SENT, (Hello, MyGmc)): Connection._on_membership_back,
    (State.HELLO_SENT, (Hello, MyGmc, Challenge)): Connection._on_challenge,
    (State.PASSWORD_SENT, (YourGmc,)): Connection._on_your_gmc,
}
_AUTHENTICATOR: dict[tuple[State, tuple[type, ...]], Handler] = {
    (State.TLS_CONNECTED, (Hello,)): Connection._on_hello,
    (State.TLS_CONNECTED, (Hello, MyGmc)): Connection._on_membership,
    (State.TLS_CONNECTED, (Hello, Password)): Connection._on_join,
    (State.TLS_CONNECTED, (Hello, Join)): Connection._on_join,
    (State.TLS_CONNECTED, (Hello, OldJoin)): Connection._on_join,
    (State.HELLO_SENT, (Password,)): Connection._on_password,
    (State.HELLO_SENT, (Proof,)): Connection._on_proof,
    (State.HELLO_SENT, (OldProof,)): Connection._on_proof,
}
