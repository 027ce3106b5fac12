"""A group of the modern profile in one process, for figures about single steps."""

from __future__ import annotations

import os
import ssl
import tempfile
import time

from peerapi.graphing.codec.records import Record, record_id
from peerapi.grouping.channel import Credential
from peerapi.grouping.membership import Issuer, found_group, issue_root
from peerapi.grouping.provider import GroupSecurity, Owner
from peerapi.grouping.roles import Role
from peerapi.identity.certificates import issue_identity
from peerapi.identity.keys import KeyPair
from peerapi.identity.names import peer_name

NOW = 134_000_000_000_000_000 + time.time_ns() // 10**12
"FILETIME units; any moment would do."
HOUR = 3600 * 10_000_000


def _credential(name: str) -> Credential:
    key = KeyPair.generate()
    return Credential(key, issue_identity(key, peer_name(key.public.authority, name), name, NOW), NOW)


class Club:
    """Its founder, and whom it makes members."""

    def __init__(self) -> None:
        key = KeyPair.generate()
        self.name = peer_name(key.public.authority, "club")
        self._owner = Owner(key, issue_root(key, self.name, "Club", NOW))
        self._founder = _credential("founder")
        self._chain = found_group(key, self._owner.root, self._founder.identity, NOW)

    def founder(self) -> GroupSecurity:
        return GroupSecurity(self.name, self._founder, random=os.urandom, chain=self._chain, owner=self._owner)

    def member(self, name: str) -> GroupSecurity:
        one = _credential(name)
        issuer = Issuer.member(self._founder.key, self._chain)
        chain = issuer.issue(one.key.public, one.name, name, (Role.MEMBER,), NOW)
        return GroupSecurity(self.name, one, random=os.urandom, chain=chain)

    def record(self, by: GroupSecurity, data: bytes) -> Record:
        """A record that is not signed yet."""
        author = str(by.credential.name)
        return Record(
            type=bytes(15) + b"b",
            id=record_id(author, os.urandom(16)),
            version=1,
            creator_id=author,
            creation=NOW,
            expiration=NOW + HOUR,
            modification=NOW,
            graph_id=str(self.name),
            payload=data,
        )


def group_connect(caller: GroupSecurity, called: GroupSecurity) -> None:
    """From the first byte behind AUTH_INFO until both know who the other is."""
    one, other = caller.connection(outgoing=True), called.connection(outgoing=False)
    to_other = one.start()
    while to_other:
        to_one, _ = other.receive(to_other, NOW)
        to_other = one.receive(to_one, NOW)[0] if to_one else b""
    assert one.peer is not None and other.peer is not None


def bare_tls(caller: Credential, called: Credential) -> None:
    """A handshake in which both show a certificate, made as the library makes it, and nothing else."""
    contexts = {}
    for credential, server in ((caller, False), (called, True)):
        if (credential, server) not in _CONTEXTS:
            _CONTEXTS[credential, server] = _context(credential, (called if not server else caller), server)
        contexts[server] = _CONTEXTS[credential, server]
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = contexts[False].wrap_bio(to_client, to_server)
    server_side = contexts[True].wrap_bio(to_server, to_client, server_side=True)
    done = {client: False, server_side: False}
    while not all(done.values()):
        for end in (client, server_side):
            if not done[end]:
                try:
                    end.do_handshake()
                    done[end] = True
                except ssl.SSLWantReadError:
                    continue


_CONTEXTS: dict[tuple[Credential, bool], ssl.SSLContext] = {}


def _context(own: Credential, other: Credential, server: bool) -> ssl.SSLContext:
    from peerapi.grouping.channel import _context as made

    context = made(own, server=server)
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(ssl.DER_cert_to_PEM_cert(other.certificate.encoded))
        file.flush()
        context.load_verify_locations(cafile=file.name)
    return context
