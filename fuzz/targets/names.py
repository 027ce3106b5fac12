"""What PNRP and the identity manager read.

Besides the errors, what must hold is what a name is for: nobody publishes under another's key, nobody is made to flood
a third, and a cloud serves its friends whatever a stranger says.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from unittest import mock

from fuzz.seeds import names as seeds
from peerapi.address import Address
from peerapi.errors import (
    CannotConvertPeerName,
    CertStoreCorrupted,
    InvalidArgument,
    InvalidPeerHostName,
    InvalidPeerName,
)
from peerapi.identity import certificates, export, host_names, names, pkcs7
from peerapi.identity.der import Malformed
from peerapi.identity.keys import KeyPair, PublicKey, UnsuitableKey
from peerapi.identity.xml import read_identity_info
from peerapi.moment import Moment
from peerapi.pnrp import messages, ssdp
from peerapi.pnrp.algorithms import MODERN, PUBLISHED, Profile
from peerapi.pnrp.authority import AuthorityBuffer, fragments
from peerapi.pnrp.chain import check_chain
from peerapi.pnrp.cloud import Cloud
from peerapi.pnrp.cpa import AppEndpoint, decode_cpa, validate_cpa
from peerapi.pnrp.keys import verify
from peerapi.pnrp.outputs import Output, SendDatagram
from peerapi.pnrp.payload import validate_payload
from peerapi.pnrp.state import CloudConfig
from peerapi.ring.authority import Reassembly
from peerapi.ring.refusal import Refused
from peerapi.ring.scope import Scope
from peerapi.ring.wire import MalformedMessage
from peerapi.store import identities

PROBE = 56
"Bytes of the one question that a source may be asked before it has proved its address."


def _profile(data: bytes) -> Profile:
    return PUBLISHED if data[:1] == b"\1" else MODERN


# ---- PNRP ----


def message(data: bytes) -> None:
    """A datagram is decoded or malformed; what is decoded can be sent again and means the same."""
    try:
        decoded = messages.decode(data)
    except MalformedMessage:
        return
    assert messages.decode(messages.encode(decoded)) == decoded


def cpa(data: bytes) -> None:
    """A certified address, the first byte says of which profile: only what the key has signed is believed."""
    profile, data = _profile(data), data[1:]
    for nonce, revoke in ((seeds.NONCE, False), (bytes(16), True)):
        try:
            found = validate_cpa(data, profile=profile, verify=verify, now=seeds.NOW, nonce=nonce, revoke=revoke)
        except Refused:
            continue
        signed = decode_cpa(data, profile)
        assert found == signed.cpa
        assert any(one.startswith(signed.signed) for one in seeds.cpas(profile)), "a certificate that nobody has signed"


def payload(data: bytes) -> None:
    """An extended payload, the first byte says of which profile: only what the key has signed is believed."""
    profile, data = _profile(data), data[1:]
    key = seeds.unsigned(profile)
    try:
        content = validate_payload(
            data,
            public_key=key.public_key,
            profile=profile,
            verify=verify,
            now=seeds.NOW,
            nonce=seeds.NONCE,
            pnrp_id=key.pnrp_id,
        )
    except Refused:
        return
    assert content in seeds.CONTENTS


def authority(data: bytes) -> None:
    """The buffer of an answer, whole and out of fragments in any order."""
    try:
        found = AuthorityBuffer.decode(data)
    except MalformedMessage:
        return
    assert AuthorityBuffer.decode(found.encode()) == found
    again = found.encode()
    parts = [messages.decode(one) for one in fragments(again, 1, 2)]
    random.Random(len(data)).shuffle(parts)
    assembly = Reassembly()
    wholes = [assembly.add(one, seeds.STRANGER) for one in parts if isinstance(one, messages.Authority)]
    assert wholes[-1] == again and set(wholes[:-1]) <= {None} and not len(assembly)


def chain(data: bytes) -> None:
    """A delegation: only the certificates that were issued let the delegate publish."""
    try:
        check_chain(data, seeds.delegated(), "fish", seeds.NOW)
    except Refused:
        return
    assert pkcs7.decode(data) == [one.encoded for one in seeds.chain()], "a delegation that nobody has made"


def ssdp_datagram(data: bytes) -> None:
    """A datagram of the SSDP group: nothing, or one message; a node on a link sends little because of it."""
    found = ssdp.parse(data)
    if found is not None and found.address is not None:
        assert 1024 < found.address.port < 65536 and len(found.address.ip) == 16
    cloud = _cloud(Scope.LINK_LOCAL, Address.parse("fe80::9", 3540))
    cloud.take_outputs()
    for number in range(20):
        cloud.at(_now(0.0)).ssdp_received(data, Address.parse(f"fe80::{number + 0x20:x}", 1900))
    assert len(cloud.take_outputs()) <= 5


def _now(elapsed: float) -> Moment:
    return Moment(seeds.NOW + int(elapsed * 10_000_000), elapsed)


def _cloud(scope: Scope, own: Address) -> Cloud:
    """A node that has published a name."""
    made = Cloud(
        CloudConfig("Fuzz_", scope),
        random=random.Random(5),
        signer=seeds.signer(MODERN),
        verify=verify,
        check_chain=check_chain,
    )
    made.at(_now(0.0)).open((own,))
    endpoint = AppEndpoint(own.ip, 80)
    made.at(_now(0.0)).register(seeds.name(MODERN), signer=seeds.signer(MODERN), endpoints=(endpoint,), payload=b"here")
    return made


def cloud(data: bytes) -> None:
    """A stranger sends datagrams, each after its length: the node stays small, sends the stranger hardly more than it
    has got from it, and answers a friend as before."""
    node = _cloud(Scope.GLOBAL, seeds.HOME)
    node.take_outputs()
    got = 0
    while len(data) > 2:
        size = int.from_bytes(data[:2], "big")
        datagram, data = data[2 : 2 + size], data[2 + size :]
        got += len(datagram)
        node.at(_now(1.0)).received(datagram, seeds.STRANGER)
    assert _bytes_to(node.take_outputs(), seeds.STRANGER) <= got + PROBE
    assert len(node.pending) < 200 and len(node.intake) <= 128
    node.at(_now(30.0)).tick()
    node.take_outputs()
    (registration,) = node.registrations
    node.amplification.prove(seeds.FRIEND, 31.0)
    question = messages.Inquire(99, registration.pnrp_id, cpa=True, payload=True, nonce=seeds.NONCE)
    node.at(_now(31.0)).received(messages.encode(question), seeds.FRIEND)
    parts = [messages.decode(one.data) for one in _sent_to(node.take_outputs(), seeds.FRIEND)]
    answer = AuthorityBuffer.decode(b"".join(one.fragment for one in parts if isinstance(one, messages.Authority)))
    assert answer.cpa is not None and answer.payload is not None


def _sent_to(outputs: list[Output], address: Address) -> list[SendDatagram]:
    return [one for one in outputs if isinstance(one, SendDatagram) and one.address == address]


def _bytes_to(outputs: list[Output], address: Address) -> int:
    return sum(len(one.data) for one in _sent_to(outputs, address))


# ---- identities ----


def certificate(data: bytes) -> None:
    """A certificate: only what was issued proves an identity."""
    try:
        found = certificates.decode(data)
    except Malformed:
        return
    assert found.encoded == data
    try:
        certificates.identity_certificate(data, seeds.NOW)
    except certificates.InvalidCertificate:
        return
    assert data in [one.encoded for one in seeds.identity_certificates()], "an identity that nobody has issued"


def identity_export(data: bytes) -> None:
    """An exported identity, with its password: what comes in is what went out."""
    with mock.patch.object(export, "MOST_ROUNDS", 1000):  # otherwise an input could cost half a second
        try:
            found = export.import_identity(data.decode("utf-8", "surrogateescape"), seeds.PASSWORD, seeds.NOW)
        except InvalidArgument:
            return
    assert found.key.public in [key.public for key in seeds.KEYS.values()]
    assert str(found.name).startswith(found.key.public.authority)


def identity_info(data: bytes) -> None:
    """PEERIDENTITYINFO: only what was issued proves an identity."""
    try:
        found = read_identity_info(data.decode("utf-8", "surrogateescape"), seeds.NOW)
    except (Malformed, certificates.InvalidCertificate):
        return
    assert found.encoded in [one.encoded for one in seeds.identity_certificates()]


def identity_file(data: bytes) -> None:
    """A file of the store after an accident."""
    try:
        found = identities.decode(data)
    except CertStoreCorrupted:
        return
    assert identities.decode(identities.encode(found)) == found


def key(data: bytes) -> None:
    """DER of a private or a public key."""
    for load in (KeyPair.load, PublicKey):
        try:
            found = load(data)
        except UnsuitableKey:
            continue
        public = found.public if isinstance(found, KeyPair) else found
        assert PublicKey(public.spki) == public


def peer_name(data: bytes) -> None:
    """A peer name, and its host name if it has one, mean the same."""
    try:
        text = str(names.parse(data.decode("utf-8", "surrogatepass")))
        host = host_names.encode(text)
    except (UnicodeDecodeError, InvalidPeerName, CannotConvertPeerName):
        return
    assert host_names.decode(host) == text


def host_name(data: bytes) -> None:
    """A host name, and the peer name it stands for."""
    try:
        text = host_names.decode(data.decode("utf-8", "surrogatepass"))
    except (UnicodeDecodeError, InvalidPeerHostName):
        return
    assert str(names.parse(text)) == text


TARGETS: dict[str, Callable[[bytes], None]] = {
    "pnrp-message": message,
    "cpa": cpa,
    "pnrp-payload": payload,
    "authority": authority,
    "chain": chain,
    "ssdp": ssdp_datagram,
    "cloud": cloud,
    "certificate": certificate,
    "identity-export": identity_export,
    "identity-info": identity_info,
    "identity-file": identity_file,
    "key": key,
    "peer-name": peer_name,
    "host-name": host_name,
}
