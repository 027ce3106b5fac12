"""AUTHORITY, its fragments, and the certified peer address in it (2.2.2.6, 2.2.3.1 to 2.2.3.3, 3.2.5.6, 3.2.5.10)."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import partial

from peerapi.conformance_wire.bench import Bench, NotHere, expect, same
from peerapi.conformance_wire.pnrp import addresses, messages
from peerapi.conformance_wire.pnrp.addresses import Address, Signature
from peerapi.conformance_wire.pnrp.asking_facts import an_id
from peerapi.conformance_wire.pnrp.catalogue import PNRP
from peerapi.conformance_wire.pnrp.messages import INQUIRE, Message
from peerapi.conformance_wire.pnrp.node import node, registered
from peerapi.conformance_wire.reader import Reader

NONCE = bytes(range(1, 17))
EVERYTHING = messages.WANT_CPA | messages.WANT_PAYLOAD | messages.WANT_CHAIN
HOUR = 3600 * 10_000_000


def _named(bench: Bench, *, secure: bool) -> tuple[str, int]:
    for name, id in bench.once(registered).items():
        if (name[:2] != "0.") == secure:
            return name, id
    raise NotHere("no such name was given")


def _inquired(bench: Bench, id: int, flags: int, nonce: bytes | None = NONCE) -> tuple[bytes, list[Message]]:
    return bench.once(node).fragments(INQUIRE, messages.inquire(id, flags, nonce))


def whole(bench: Bench) -> tuple[bytes, list[Message]]:
    """The answer to an INQUIRE for all there is of the secure name."""
    return _inquired(bench, _named(bench, secure=True)[1], EVERYTHING)


def an_address(bench: Bench) -> Address:
    return Address.read(messages.one(bench.once(whole)[0], messages.VALIDATE_CPA))


def unsecured(bench: Bench) -> Address:
    raw, _ = _inquired(bench, _named(bench, secure=False)[1], messages.WANT_CPA)
    return Address.read(messages.one(raw, messages.VALIDATE_CPA))


# ---- the buffer and its fragments ----


@PNRP.fact("3.2.5.6", "an INQUIRE for an ID that is not registered is answered with N alone")
def _not_found(bench: Bench) -> None:
    raw, _ = _inquired(bench, 12345, EVERYTHING)
    same(messages.elements(raw), [(messages.FLAGS, b"\0\1")], "the elements")


@PNRP.fact("3.2.5.6", "an INQUIRE without flags is answered without a CPA")
def _bare(bench: Bench) -> None:
    raw, _ = _inquired(bench, an_id(bench), 0, None)
    fields = {field for field, _ in messages.elements(raw)}
    same(fields & {messages.VALIDATE_CPA, messages.PAYLOAD, messages.CHAIN}, set(), "what comes along")


@PNRP.fact("3.2.5.6", "N of the answer to an INQUIRE for a registered ID is clear, all other flags too")
def _found(bench: Bench) -> None:
    same(messages.one(bench.once(whole)[0], messages.FLAGS), b"\0\0", "the flags")


@PNRP.fact("3.2.5.6", "an extended payload comes with X only")
def _no_payload(bench: Bench) -> None:
    raw, _ = _inquired(bench, _named(bench, secure=True)[1], messages.WANT_CPA)
    expect(messages.PAYLOAD not in dict(messages.elements(raw)), "it comes without")


@PNRP.fact("2.2.2.6.1", "the elements of an AUTHORITY_BUFFER stand in the order of its figure")
def _buffer_order(bench: Bench) -> None:
    order = [
        messages.FLAGS,
        messages.CHAIN,
        messages.CLASSIFIER,
        messages.PAYLOAD,
        messages.ROUTE,
        messages.VALIDATE_CPA,
    ]
    fields = [field for field, _ in messages.elements(bench.once(whole)[0])]
    same(fields, [field for field in order if field in fields], "the FieldIDs")


@PNRP.fact("3.1.5.7", "the route entry beside a CPA is that of its PNRP ID")
def _buffer_route(bench: Bench) -> None:
    id = _named(bench, secure=True)[1]
    same(messages.one(bench.once(whole)[0], messages.ROUTE)[:32], id.to_bytes(32, "big"), "the PNRP ID")


@PNRP.fact("3.2.5.10", "an AUTHORITY_BUFFER of up to 1188 bytes comes as one AUTHORITY with Offset 0")
def _one_fragment(bench: Bench) -> None:
    _, parts = _inquired(bench, an_id(bench), messages.WANT_CPA)
    same([messages.fragment_in(part)[1] for part in parts], [0], "the offsets")


def _large(bench: Bench) -> list[Message]:
    raw, parts = bench.once(whole)
    if len(raw) <= messages.FRAGMENT:
        raise NotHere("nothing that is registered needs several fragments")
    return parts


@PNRP.fact("3.2.5.10", "every fragment but the last has 1188 bytes, the last at most that many")
def _fragment_sizes(bench: Bench) -> None:
    sizes = [len(messages.fragment_in(part)[2]) for part in _large(bench)]
    expect(set(sizes[:-1]) == {messages.FRAGMENT} and sizes[-1] <= messages.FRAGMENT, sizes)


@PNRP.fact("2.2.2.6", "Offset of every fragment is a multiple of 1188")
def _fragment_offsets(bench: Bench) -> None:
    offsets = [messages.fragment_in(part)[1] for part in _large(bench)]
    same(offsets, [messages.FRAGMENT * number for number in range(len(offsets))], "the offsets")


@PNRP.fact("3.2.5.10", "all fragments have the same header")
def _fragment_headers(bench: Bench) -> None:
    same(len({part.raw[:12] for part in _large(bench)}), 1, "the number of headers")


@PNRP.fact("2.2.2.6", "Size of every fragment is that of the AUTHORITY_BUFFER")
def _fragment_total(bench: Bench) -> None:
    raw = bench.once(whole)[0]
    same({messages.fragment_in(part)[0] for part in _large(bench)}, {len(raw)}, "Size")


# ---- the CPA ----

Seen = Callable[[Address], object]


def _of(capture: Callable[[Bench], Address], seen: Seen, wanted: object, bench: Bench) -> None:
    same(seen(bench.once(capture)), wanted)


SIGNED = "a signature over all bytes before it verifies with the key"
EITHER: list[tuple[str, str, Seen, object]] = [
    ("2.2.3.1", "CPA Length counts all bytes", lambda one: one.length - len(one.raw), 0),
    ("2.2.3.1", "the CPA is of version 2.0, of PNRP 4.0", lambda one: one.versions, (0, 2, 0, 4)),
    ("2.2.3.1", "the two reserved bits of the flags are zero", lambda one: one.flags & 0xC0, 0),
    ("2.2.3.1", "R is clear", lambda one: one.flags & addresses.IS_REVOKED, 0),
    ("2.2.3.1", "U is clear unless F is set", lambda one: bool(one.flags & 2) and not one.flags & 0x10, False),
    ("2.2.3.1", "Reserved is zero", lambda one: one.reserved, 0),
    ("2.2.3.1", "Nonce is that of the INQUIRE", lambda one: one.nonce, NONCE),
    ("2.2.3.1.1", "ServiceAddressLength is 0x12", lambda one: one.service_size, 0x12),
    ("2.2.3.1.1", "there are 1 to 4 service addresses", lambda one: 1 <= len(one.services) <= 4, True),
    ("2.2.3.1", "NumPayloads is 0 or 1", lambda one: one.payload_count in (0, 1), True),
    ("2.2.3.1", "Total Bytes is from 4 to 210", lambda one: 4 <= one.payload_size <= 210, True),
    ("2.2.3.1.4", "Algorithm ObjId Length is 20", lambda one: one.oid_length, 20),
    ("2.2.3.1.4", "Algorithm ObjId is that of rsaEncryption", lambda one: one.oid, addresses.RSA_OID),
    ("2.2.3.1.4", "PublicKey cbData is 0x8C", lambda one: len(one.key), 0x8C),
    ("2.2.3.1.4", "Reserved and PublicKey Unused are zero", lambda one: (one.key_reserved, one.key_unused), (0, 0)),
    ("2.2.3.1.4", "Field Length is the size of the structure", lambda one: one.key_length, 9 + 20 + 0x8C),
    ("2.2.3.1.4", "PublicKey Data is an RSA key of 1024 bits", lambda one: one.public.key_size, 1024),
    ("2.2.3.2", "Field Length of the signature is 0x88", lambda one: one.signature.field_length, 0x88),
    ("2.2.3.2", "Signature Length is 0x80", lambda one: one.signature.length, 0x80),
    ("2.2.3.2", "ALG_ID is 0x00008004", lambda one: one.signature.algorithm, 0x8004),
    ("3.2.5.9", SIGNED, lambda one: addresses.verifies(one.public, one.signature.data, one.signed), True),
]
for kind, capture in (("a secure name", an_address), ("an unsecured name", unsecured)):
    for section, says, seen, wanted in EITHER:
        PNRP.add(section, f"in the CPA of {kind}, {says}", partial(_of, capture, seen, wanted))
PNRP.add(
    "2.2.3.1",
    "the CPA of an unsecured name has no BinaryAuthority",
    partial(_of, unsecured, lambda one: one.flags & 4, 0),
)
PNRP.add("2.2.3.1", "the CPA of an unsecured name has C set", partial(_of, unsecured, lambda one: one.flags & 8, 8))
PNRP.add("2.2.3.1", "the CPA of a secure name has A set", partial(_of, an_address, lambda one: one.flags & 4, 4))


@PNRP.fact("2.2.3.1", "BinaryAuthority is the SHA-1 hash of the key, least significant byte first")
def _authority(bench: Bench) -> None:
    found = bench.once(an_address)
    same(found.authority[::-1], messages.sha1(addresses.der_of(found.public)), "BinaryAuthority")


@PNRP.fact("1.3.1.1", "the authority of a secure name is the SHA-1 hash of its SubjectPublicKeyInfo")
def _name(bench: Bench) -> None:
    authority, _, _ = _named(bench, secure=True)[0].partition(".")
    same(messages.sha1(addresses.der_of(bench.once(an_address).public)).hex(), authority, "the authority")


@PNRP.fact("2.2.3.1", "ClassifierHash is the SHA-1 hash of the classifier")
def _classifier(bench: Bench) -> None:
    _, _, classifier = _named(bench, secure=True)[0].partition(".")
    same(bench.once(an_address).classifier_hash, messages.sha1(classifier.encode("utf-16-le")), "ClassifierHash")


@PNRP.fact("2.2.3.1", "Service Location is the lower half of the PNRP ID, least significant byte first")
def _location(bench: Bench) -> None:
    id = _named(bench, secure=True)[1]
    same(int.from_bytes(bench.once(an_address).location, "little"), id & (1 << 128) - 1, "Service Location")


@PNRP.fact("3.2.5.7", "the service addresses of a CPA have the port at which the node is asked")
def _services(bench: Bench) -> None:
    same({port for port, _ in bench.once(an_address).services}, {bench.target.cloud_port}, "the ports")


@PNRP.fact("2.2.3.1", "Not After is later than now and at most a week ahead")
def _not_after(bench: Bench) -> None:
    now = time.time_ns() // 100 + 116_444_736_000_000_000
    expect(now < bench.once(an_address).not_after <= now + 7 * 24 * HOUR + HOUR, "another time")


@PNRP.fact("2.2.3.1", "a CPA for another nonce is signed anew")
def _fresh(bench: Bench) -> None:
    nonce = os.urandom(16)
    raw, _ = _inquired(bench, _named(bench, secure=True)[1], messages.WANT_CPA, nonce)
    found = Address.read(messages.one(raw, messages.VALIDATE_CPA))
    same(found.nonce, nonce, "Nonce")
    expect(addresses.verifies(found.public, found.signature.data, found.signed), "its signature does not verify")


@PNRP.fact("3.2.5.6", "without a nonce in the INQUIRE the CPA has a nonce of zeros")
def _no_nonce(bench: Bench) -> None:
    raw, _ = _inquired(bench, an_id(bench), messages.WANT_CPA, None)
    same(Address.read(messages.one(raw, messages.VALIDATE_CPA)).nonce, bytes(16), "Nonce")


@PNRP.fact("2.2.3.1.3", "the payload of a CPA is of type 1, of endpoints of 20 bytes")
def _payload(bench: Bench) -> None:
    found = bench.once(unsecured)
    if not found.payload_count:
        raise NotHere("the name has no endpoints")
    reader = Reader(found.payload)
    same((reader.number(4), reader.number(2) % 20), (1, 0), "Type and DataLength")


# ---- the extended payload ----


def an_extension(bench: Bench) -> bytes:
    found = dict(messages.elements(bench.once(whole)[0]))
    if messages.PAYLOAD not in found:
        raise NotHere("the name has no extended payload")
    return found[messages.PAYLOAD]


def _number(at: int, size: int) -> Callable[[bytes], int]:
    return lambda raw: int.from_bytes(raw[at : at + size], "little")


OfPayload = Callable[[bytes], object]


def _extends(seen: OfPayload, wanted: object, bench: Bench) -> None:
    same(seen(bench.once(an_extension)), wanted)


for says, read, value in (
    ("Length counts all bytes", lambda raw: _number(0, 2)(raw) - len(raw), 0),
    ("it is of version 2.0", lambda raw: raw[2:4], b"\0\2"),
    ("Reserved is zero", _number(4, 2), 0),
    ("Signature Offset leads to the signature", lambda raw: len(raw) - _number(6, 2)(raw), addresses.SIGNATURE_SIZE),
    ("Nonce is that of the INQUIRE", lambda raw: raw[48:64], NONCE),
    ("Number of Payloads is 1", _number(64, 2), 1),
    ("Total Payload Bytes is Payload Length and 10", lambda raw: _number(66, 2)(raw) - _number(72, 2)(raw), 10),
    ("Payload Type is a string or binary", lambda raw: _number(68, 4)(raw) in (0x80000002, 0x80000003), True),
):
    PNRP.add("2.2.3.3", f"in an EXTENDED_PAYLOAD, {says}", partial(_extends, read, value))


@PNRP.fact("2.2.3.3", "PNRP ID of an EXTENDED_PAYLOAD is in reverse byte order")
def _extension_id(bench: Bench) -> None:
    same(int.from_bytes(bench.once(an_extension)[16:48], "little"), _named(bench, secure=True)[1], "PNRP ID")


@PNRP.fact("3.2.5.9", "the signature of an EXTENDED_PAYLOAD verifies with the key of the CPA")
def _extension_signed(bench: Bench) -> None:
    raw = bench.once(an_extension)
    at = _number(6, 2)(raw)
    signature = Signature.read(raw[at:])
    expect(addresses.verifies(bench.once(an_address).public, signature.data, raw[:at]), "it does not")
