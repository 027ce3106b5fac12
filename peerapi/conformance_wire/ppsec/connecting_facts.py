"""Being called by a member and by who knows the password: TLS, Group Connect, certificates (2.2.2, 2.2.5, 3.3)."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable
from functools import partial

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from peerapi.conformance_wire.bench import Bench, expect, same
from peerapi.conformance_wire.facts import Need
from peerapi.conformance_wire.ppgrh import messages
from peerapi.conformance_wire.ppgrh.records import Record
from peerapi.conformance_wire.ppsec import channel
from peerapi.conformance_wire.ppsec.catalogue import PPSEC
from peerapi.conformance_wire.ppsec.channel import GroupLink, Person, certificates, hello, my_gmc, password, person

NODE = 0x1020304050607080
CERTIFICATE_TYPE = "1.3.6.1.4.1.311.44.0.1"
GROUP_NAME = "1.3.6.1.4.1.311.44.3.1"
PEER_AUTH, SERVER_AUTH = "1.3.6.1.4.1.311.44.3.4", "1.3.6.1.5.5.7.3.1"
SHA1_RSA = "1.2.840.113549.1.1.5"


def a_member(bench: Bench) -> Person:
    return person(bench, member=True)


def a_stranger(bench: Bench) -> Person:
    return person(bench, member=False)


def _welcomed(bench: Bench, cut: int = 0, behind: bytes = b"") -> tuple[bytes, bytes]:
    """What a member's Hello and MyGMC are answered with, and the certificate that TLS has shown."""
    who = bench.once(a_member)
    with GroupLink(bench, who, cut=cut).shake() as link:
        link.say(hello() + my_gmc(who.chain), behind=behind)
        return link.hear() or b"", link.tls.getpeercert(binary_form=True) or b""


def answer(bench: Bench) -> tuple[bytes, bytes]:
    return _welcomed(bench)


def _chain(bench: Bench) -> list[x509.Certificate]:
    return certificates(bench.once(answer)[0][10:])


for cut in (0, 1000, 7):
    what = f"are cut into pieces of {cut} bytes" if cut else "hold a whole flight"

    def _cut(cut: int, bench: Bench) -> None:
        same(_welcomed(bench, cut)[0][:4], hello(), "the answer")

    PPSEC.add("3.3.5.1", f"TLS is negotiated when frames {what}", partial(_cut, cut), Need.MEMBERSHIP)
for excess in (b"\0", b"excess bytes"):

    def _excess(excess: bytes, bench: Bench) -> None:
        same(_welcomed(bench, 0, excess)[0][:4], hello(), "the answer")

    PPSEC.add(
        "3.2.7.3", f"{len(excess)} bytes behind a TLS record are ignored", partial(_excess, excess), Need.MEMBERSHIP
    )

Seen = Callable[[Bench], object]


def _is(seen: Seen, wanted: object, bench: Bench) -> None:
    same(seen(bench), wanted)


def _signed_by_the_one_before(bench: Bench) -> bool:
    chain = _chain(bench)
    for parent, child in zip([chain[0], *chain], chain, strict=False):
        key = parent.public_key()
        assert isinstance(key, rsa.RSAPublicKey)
        try:
            key.verify(child.signature, child.tbs_certificate_bytes, padding.PKCS1v15(), hashes.SHA1())
        except InvalidSignature:
            return False
    return True


def _spki(one: x509.Certificate) -> bytes:
    return one.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _extensions(one: x509.Certificate) -> dict[str, x509.Extension[x509.ExtensionType]]:
    return {found.oid.dotted_string: found for found in one.extensions}


def _value(one: x509.Certificate, oid: str) -> bytes:
    found = _extensions(one).get(oid)
    expect(found is not None, f"no extension {oid}")
    assert found is not None and isinstance(found.value, x509.UnrecognizedExtension)
    return found.value.value


def _shown(bench: Bench) -> x509.Certificate:
    return x509.load_der_x509_certificate(bench.once(answer)[1])


def _usages(bench: Bench) -> set[str]:
    found = _shown(bench).extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    return {one.dotted_string for one in found}


SEEN: list[tuple[str, str, Seen, object]] = [
    ("3.3.5.2.3", "a member's Hello and MyGMC are answered by Hello", lambda b: b.once(answer)[0][:4], hello()),
    ("2.2.2.2", "MyGMC follows in the same packet, of type 0x0001", lambda b: b.once(answer)[0][4:6], b"\0\1"),
    (
        "2.2.2.2",
        "GMC Length of MyGMC is little-endian and counts the rest",
        lambda b: struct.unpack_from("<I", b.once(answer)[0], 6)[0] - len(b.once(answer)[0][10:]),
        0,
    ),
    ("2.2.5.2.3", "the chain in MyGMC has a root and a membership at least", lambda b: len(_chain(b)) >= 2, True),
    ("2.2.5.2.1", "every certificate is signed by the one before, the root by itself", _signed_by_the_one_before, True),
    (
        "2.2.5.2.3",
        "the authority of the group's name is the hash of the root's key",
        lambda b: hashlib.sha1(_spki(_chain(b)[0]), usedforsecurity=False).hexdigest() == b.target.group[:40],
        True,
    ),
    (
        "3.2.5.2.3",
        "the key of the membership is the one that TLS has proved",
        lambda b: _spki(_chain(b)[-1]) == _spki(_shown(b)),
        True,
    ),
    ("2.2.5", "the root is of type 2", lambda b: _value(_chain(b)[0], CERTIFICATE_TYPE)[-4:], b"\2\0\0\0"),
    ("2.2.5", "the membership is of type 1", lambda b: _value(_chain(b)[-1], CERTIFICATE_TYPE)[-4:], b"\1\0\0\0"),
    ("2.2.5", "the certificate in TLS is of type 3", lambda b: _value(_shown(b), CERTIFICATE_TYPE)[-4:], b"\3\0\0\0"),
    (
        "2.2.5.2.3",
        "all certificates of the chain name the same group",
        lambda b: len({_value(one, GROUP_NAME) for one in _chain(b)}),
        1,
    ),
    (
        "2.2.5.1",
        "the certificate in TLS is for Peer Auth and Server Auth",
        lambda b: {PEER_AUTH, SERVER_AUTH} <= _usages(b),
        True,
    ),
    (
        "2.2.5",
        "every certificate is of version 3",
        lambda b: {one.version for one in [*_chain(b), _shown(b)]},
        {x509.Version.v3},
    ),
    (
        "2.2.5",
        "every certificate is signed with SHA-1 and RSA",
        lambda b: {one.signature_algorithm_oid.dotted_string for one in [*_chain(b), _shown(b)]},
        {SHA1_RSA},
    ),
    (
        "2.2.5",
        "every serial number has 16 bytes",
        lambda b: {(one.serial_number.bit_length() + 8) // 8 <= 16 for one in [*_chain(b), _shown(b)]},
        {True},
    ),
]
for section, says, seen, wanted in SEEN:
    PPSEC.add(section, says, partial(_is, seen, wanted), Need.MEMBERSHIP)


# ---- what is not let in ----

Said = Callable[[Person], bytes]


def _refused(said: Said, member: bool, bench: Bench) -> None:
    who = bench.once(a_member if member else a_stranger)
    with GroupLink(bench, who).shake() as link:
        link.say(said(who))
        link.ends()


def _other_chain(bench: Bench) -> None:
    """Somebody shows the membership of somebody else."""
    member, stranger = bench.once(a_member), bench.once(a_stranger)
    _refused(lambda who: hello() + my_gmc(member.chain), False, bench)
    expect(member.name != stranger.name, "the driver makes one person only")


REFUSED: list[tuple[str, str, Said, bool]] = [
    ("3.3.5.2.2", "a Hello alone of who has no membership", lambda who: hello(), False),
    ("2.2.2.1", "a Hello of version 2.0", lambda who: hello(b"\2\0") + my_gmc(who.chain), True),
    ("3.3.5.2.1", "a message of an unknown type", lambda who: struct.pack(">HI", 9, 0), True),
    ("3.3.5.2.3", "a MyGMC that is no PKCS #7", lambda who: hello() + my_gmc(b"no chain"), True),
    ("3.3.5.2.3", "a MyGMC that lacks its last byte", lambda who: hello() + my_gmc(who.chain[:-1]), True),
    ("3.3.5.2.3", "a MyGMC with a byte changed", lambda who: hello() + my_gmc(_changed(who.chain)), True),
    ("2.2.2.2", "a MyGMC without Hello", lambda who: my_gmc(who.chain), True),
    ("3.3.5.2.4", "a first Password that is not empty", lambda who: hello() + password(bytes(20)), False),
    ("3.3.5.2.5", "a Password without Hello", lambda who: password(bytes(20)), False),
    ("3.2.5.2.4", "a YourGMC", lambda who: struct.pack(">HI", channel.YOUR_GMC, 16) + bytes(16), False),
]


def _changed(chain: bytes) -> bytes:
    """A bit of the last certificate's signature is turned."""
    at = len(chain) - 40
    return chain[:at] + bytes((chain[at] ^ 1,)) + chain[at + 1 :]


for section, what, said, member in REFUSED:
    PPSEC.add(section, f"{what} ends the connection", partial(_refused, said, member), Need.MEMBERSHIP)
PPSEC.add("3.3.5.2.3", "the membership of another key ends the connection", _other_chain, Need.MEMBERSHIP)


# ---- by password ----


def _proof(who: Person, text: str) -> bytes:
    return password(channel.password_data(text, who.name))


def let_in(bench: Bench) -> tuple[Person, bytes, bytes]:
    """Somebody new who knows the password: the answers to its Hello and to its Password."""
    who = a_stranger(bench)
    with GroupLink(bench, who).shake() as link:
        link.say(hello() + password())
        first = link.hear() or b""
        link.say(_proof(who, bench.target.password))
        return who, first, link.hear() or b""


@PPSEC.fact("3.3.5.2.4", "Hello and an empty Password are answered by Hello and MyGMC", Need.MEMBERSHIP)
def _asked(bench: Bench) -> None:
    same(bench.once(let_in)[1][:6], hello() + b"\0\1", "the answer")


@PPSEC.fact("3.3.5.2.5", "the right password is answered by YourGMC", Need.MEMBERSHIP)
def _granted(bench: Bench) -> None:
    same(bench.once(let_in)[2][:2], struct.pack(">H", channel.YOUR_GMC), "the type")


@PPSEC.fact("2.2.2.3", "Encrypted GMC Length of YourGMC is big-endian and counts the rest", Need.MEMBERSHIP)
def _granted_size(bench: Bench) -> None:
    raw = bench.once(let_in)[2]
    same(struct.unpack_from(">I", raw, 2)[0], len(raw) - 6, "Encrypted GMC Length")


def _decrypted(bench: Bench) -> list[x509.Certificate]:
    """2.2.2.3, with the hash of the Password Hash String (3.3.5.2.5)."""
    digest = hashlib.sha1(channel.hash_string(bench.target.password), usedforsecurity=False).digest()
    halves = []
    for pad in (b"\x36", b"\x5c"):
        block = bytes(one ^ pad[0] for one in digest) + pad * (64 - len(digest))
        halves.append(hashlib.sha1(block, usedforsecurity=False).digest())
    reader = Cipher(algorithms.AES256(b"".join(halves)[:32]), modes.CBC(bytes(16))).decryptor()
    raw = reader.update(bench.once(let_in)[2][6:]) + reader.finalize()
    return certificates(raw[: -raw[-1]])


@PPSEC.fact("2.2.2.3", "YourGMC decrypts with the key made of the password to a chain of certificates", Need.MEMBERSHIP)
def _readable(bench: Bench) -> None:
    expect(len(_decrypted(bench)) >= 3, "a chain that is too short")


@PPSEC.fact("3.3.5.2.5", "the membership in YourGMC is for the key of who has joined", Need.MEMBERSHIP)
def _for_us(bench: Bench) -> None:
    own = x509.load_der_x509_certificate(bench.once(let_in)[0].certificate)
    expect(_spki(_decrypted(bench)[-1]) == _spki(own), "another key")


@PPSEC.fact("3.3.5.2.5", "a wrong password ends the connection", Need.MEMBERSHIP)
def _wrong(bench: Bench) -> None:
    who = bench.once(a_stranger)
    with GroupLink(bench, who).shake() as link:
        link.say(hello() + password())
        link.hear()
        link.say(_proof(who, bench.target.password + "x"))
        link.ends()


# ---- the graph behind it ----


def graph_within(bench: Bench) -> tuple[bytes, list[Record], list[int]]:
    """A member's WELCOME, the first record that it is told, and the sizes of all frames."""
    who = bench.once(a_member)
    with GroupLink(bench, who).shake() as link:
        link.say(hello() + my_gmc(who.chain))
        link.hear()
        link.say(messages.connect(NODE))
        welcome = link.message(messages.WELCOME)
        link.say(messages.solicit_new())
        records = []
        records.append(Record.read(messages.record_in(link.message(messages.FLOOD))))
        link.say(messages.disconnect())
        return welcome, records, link.frames


@PPSEC.fact(
    "3.3.7.2", "after Group Connect the graph goes on within TLS: CONNECT is answered by WELCOME", Need.MEMBERSHIP
)
def _graph(bench: Bench) -> None:
    bench.once(graph_within)


@PPSEC.fact(
    "3.1.4.1", "no frame of a group is larger than a TLS record of 16348 bytes and what TLS adds", Need.MEMBERSHIP
)
def _frames(bench: Bench) -> None:
    expect(max(bench.once(graph_within)[2]) <= 16_348 + 256, bench.once(graph_within)[2])


@PPSEC.fact("2.2.4", "Security Data of a record has 160 bytes: two serial numbers and a signature", Need.MEMBERSHIP)
def _security_data(bench: Bench) -> None:
    same({len(one.security) for one in bench.once(graph_within)[1]}, {160}, "Security Data Size")
