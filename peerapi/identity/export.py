"""PEERIDENTITYEXPORT: a whole identity, its key encrypted with a password (PeerIdentityExport, PeerIdentityImport).

The data is a PFX (PKCS #12) with the identity certificate and the private key. It is written with PBES2: PBKDF2 with
SHA-256 and AES-256. The MAC of a PFX covers the same password, so it is made with as many rounds; a library's default
of 2,048 would leave a far cheaper way to try passwords. Any PFX reader of today opens the result. Reading takes what
Windows writes as well: triple DES or RC2 with SHA-1.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import NamedTuple

from peerapi.errors import InvalidArgument, InvalidPeerName
from peerapi.identity import der, fragments
from peerapi.identity.certificates import Certificate, InvalidCertificate, decode, identity_certificate, issue_identity
from peerapi.identity.der import Malformed, Reader
from peerapi.identity.keys import KeyPair, UnsuitableKey
from peerapi.identity.names import PeerName, parse, proves

ROOT = "PEERIDENTITYEXPORT"
NAME = "PEERNAME"
DATA = "DATA"
_OTHER_TAGS = ["IDENTITY", "IDENTITYDATA"]
"What the page of PeerIdentityImport calls the same two elements."
ROUNDS = 600_000
"PBKDF2 with SHA-256, and the MAC"
MOST_ROUNDS = 10_000_000
"A file that asks for more is refused: it could keep a program busy for hours."
MAX_PFX = 1 << 20
_SHA256 = "2.16.840.1.101.3.4.2.1"
_BLOCK = 64
_CONSTRUCTED = 0x20
_LONGEST_SALT = 64
"Random bytes of this length may look like a SEQUENCE."


class Imported(NamedTuple):
    """An identity from another place, proved."""

    name: PeerName
    friendly_name: str
    key: KeyPair
    certificate: Certificate


def export_identity(name: PeerName, key: KeyPair, certificate: bytes, password: str) -> str:
    """The document. Raises InvalidArgument for an empty password, or a peer name that XML cannot carry."""
    if not password:
        raise InvalidArgument("An empty password protects nothing.")
    try:
        return fragments.write(ROOT, [(NAME, str(name)), (DATA, write_pfx(key, certificate, password))])
    except Malformed as error:
        raise InvalidArgument(str(error)) from error


def import_identity(document: str, password: str, now: int) -> Imported:
    """The identity in a document.

    Raises InvalidArgument when anything in it has been changed, for another version and for a wrong password, which
    looks the same as changed data.
    """
    try:
        name, data = _read(document)
        key, encoded = read_pfx(data, password)
        return _proved(name, key, encoded, now)
    except (Malformed, UnsuitableKey, InvalidCertificate, InvalidPeerName) as error:
        raise InvalidArgument(f"The exported identity cannot be taken over: {error}") from error


def _read(document: str) -> tuple[str, bytes]:
    children = fragments.read(document, ROOT)
    tags = [tag for tag, _ in children]
    if tags not in ([NAME, DATA], _OTHER_TAGS):
        raise Malformed("other elements than name and data")
    name, data = children[0][1], children[1][1]
    if not isinstance(name, str) or not isinstance(data, bytes):
        raise Malformed("name or data of the wrong type")
    return name, data


def _proved(text: str, key: KeyPair, encoded: bytes, now: int) -> Imported:
    """Name, key and certificate belong together."""
    certificate = decode(encoded)
    if certificate.public_key != key.public:
        raise InvalidCertificate("the certificate is of another key")
    if not certificate.signed_by(key.public):
        raise InvalidCertificate("the signature is not the holder's")
    name = certificate.extensions.subject_name
    if name is None:  # the published text does not say which certificates have one
        name = parse(text.strip())
        if not proves(key.public.spki, name):
            raise InvalidCertificate("the peer name belongs to another key")
        certificate = issue_identity(key, name, certificate.subject or str(name), now)
    elif str(name) not in (text, text.strip()) and parse(text.strip()) != name:
        raise InvalidCertificate("the peer name is another than the certificate's")
    identity_certificate(certificate.encoded, now)
    return Imported(name, certificate.subject or str(name), key, certificate)


# ---- PFX (RFC 7292) ----


def write_pfx(key: KeyPair, certificate: bytes, password: str) -> bytes:
    """A PFX with one key and its certificate."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import PrivateFormat, pkcs12
    from cryptography.x509 import load_der_x509_certificate

    encryption = (
        PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(ROUNDS)
        .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
        .hmac_hash(hashes.SHA256())
        .build(password.encode())
    )
    loaded = load_der_x509_certificate(certificate)
    plain = pkcs12.serialize_key_and_certificates(None, key.private, loaded, None, encryption)
    pfx = Reader(plain).inside(der.SEQUENCE)
    version, content = pfx.whole(der.INTEGER), pfx.whole(der.SEQUENCE)
    return der.sequence(version, content, _mac(content, password))


def read_pfx(data: bytes, password: str) -> tuple[KeyPair, bytes]:
    """The key and its certificate (DER). Raises Malformed or UnsuitableKey, also for a wrong password."""
    from cryptography.exceptions import InternalError, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

    if len(data) > MAX_PFX:
        raise Malformed("too long for an identity")
    check_rounds(Reader(data))
    try:
        key, certificate, _ = pkcs12.load_key_and_certificates(data, password.encode())
    except (ValueError, TypeError, UnsupportedAlgorithm, InternalError) as error:
        raise Malformed(f"wrong password or changed data: {error}") from error
    if key is None or certificate is None:
        raise Malformed("no key with its certificate")
    return KeyPair(key), certificate.public_bytes(Encoding.DER)


def check_rounds(reader: Reader) -> None:
    """No number in the readable part of a PFX may be larger than MOST_ROUNDS; rounds are such numbers."""
    pending = [reader]
    while pending:
        reader = pending.pop()
        while reader:
            tag = reader.peek()
            if tag & _CONSTRUCTED:
                pending.append(reader.inside(tag))
            elif tag == der.INTEGER:
                if not 0 <= reader.integer() <= MOST_ROUNDS:
                    raise Malformed("more rounds than allowed")
            elif tag == der.OCTET_STRING:
                content = reader.take(tag)
                if len(content) > _LONGEST_SALT and _is_sequence(content):  # the safes lie in strings
                    pending.append(Reader(content))
            else:
                reader.whole()


def _is_sequence(content: bytes) -> bool:
    reader = Reader(content)
    try:
        reader.take(der.SEQUENCE)
    except Malformed:
        return False
    return not reader


def _mac(content: bytes, password: str) -> bytes:
    """MacData over the content of the authenticated safe."""
    info = Reader(content).inside(der.SEQUENCE)
    info.oid()
    safe = info.inside(der.context(0)).take(der.OCTET_STRING)
    salt = secrets.token_bytes(16)
    digest = hmac.digest(_mac_key(password, salt, ROUNDS), safe, "sha256")
    algorithm = der.sequence(der.oid(_SHA256), der.null())
    return der.sequence(der.sequence(algorithm, der.octets(digest)), der.octets(salt), der.integer(ROUNDS))


def _mac_key(password: str, salt: bytes, rounds: int) -> bytes:
    """RFC 7292 appendix B.2 for ID 3 and SHA-256, whose one output block is a whole key."""
    secret = (password + "\0").encode("utf-16-be")
    state = b"\x03" * _BLOCK + _repeated(salt) + _repeated(secret)
    sha256 = hashlib.sha256
    for _ in range(rounds):
        state = sha256(state).digest()
    return state


def _repeated(part: bytes) -> bytes:
    """Copies of ``part``, cut to whole blocks of the hash."""
    size = -(-len(part) // _BLOCK) * _BLOCK
    return (part * (size // len(part) + 1))[:size]
