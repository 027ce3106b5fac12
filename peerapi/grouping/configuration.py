"""PEERGROUPCONFIG: a membership on its way to another machine (PeerGroupExportConfig, PeerGroupImportConfig).

The published page shows where everything stands but the group's own key and what the password is for. Both are in one
more element, SEALED: the key, which only the group's creator has, encrypted with the password, and with it a seal over
all other elements. A configuration without that element, from elsewhere, is taken as it is: a membership proves itself.

::

    | salt (16) | nonce (12) | AES-256-GCM under scrypt(password, salt) of the key (PKCS #8) or nothing |
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from peerapi.errors import InvalidArgument, InvalidPeerName, OutOfMemory, PeerError
from peerapi.grouping.invitation import SCOPES, cloud_flags
from peerapi.grouping.membership import MembershipChain
from peerapi.grouping.properties import scope_of
from peerapi.identity import fragments
from peerapi.identity.der import Malformed
from peerapi.identity.keys import KeyPair, UnsuitableKey
from peerapi.identity.names import PeerName, parse, proves

ROOT = "PEERGROUPCONFIG"
MAX_DOCUMENT = 1 << 20
"Characters of the document, at most."
_ELEMENTS = ["IDENTITYPEERNAME", "GROUPPEERNAME", "CLOUDNAME", "SCOPE", "CLOUDFLAGS", "GMC"]
_SEALED = "SEALED"
_SALT, _NONCE = 16, 12
_COST = 1 << 15


@dataclass(frozen=True)
class Configuration:
    """What another machine needs to open the group, besides the identity."""

    chain: MembershipChain
    cloud: str
    group_key: KeyPair | None = None
    "The group's key, where the identity is the group's creator."

    @property
    def identity(self) -> PeerName:
        return self.chain.name

    @property
    def group(self) -> PeerName:
        return self.chain.group


def export_configuration(configuration: Configuration, password: str, random: Callable[[int], bytes]) -> str:
    """The document. Raises InvalidArgument for an empty password."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    children: list[fragments.Child] = [
        ("IDENTITYPEERNAME", str(configuration.identity)),
        ("GROUPPEERNAME", str(configuration.group)),
        ("CLOUDNAME", configuration.cloud),
        ("SCOPE", SCOPES[scope_of(configuration.cloud)]),
        ("CLOUDFLAGS", str(cloud_flags(configuration.cloud))),
        ("GMC", configuration.chain.encode()),
    ]
    key = configuration.group_key
    salt, nonce = random(_SALT), random(_NONCE)
    secret = b"" if key is None else key.pkcs8()
    sealed = AESGCM(_key(password, salt)).encrypt(nonce, secret, _others(children))
    return fragments.write(ROOT, [*children, (_SEALED, salt + nonce + sealed)])


def import_configuration(document: str, password: str) -> Configuration:
    """Raises InvalidArgument: malformed, changed, another password, or a membership that proves nothing."""
    try:
        if len(document) > MAX_DOCUMENT:
            raise Malformed("too long")
        return _interpret(fragments.read(document, ROOT), password)
    except (Malformed, InvalidPeerName, UnsuitableKey) as error:
        raise InvalidArgument(str(error)) from error


def _interpret(children: list[fragments.Child], password: str) -> Configuration:
    sealed = children.pop()[1] if children and children[-1][0] == _SEALED else None
    values = dict(children)
    gmc, cloud = values.get("GMC"), values.get("CLOUDNAME")
    if [tag for tag, _ in children] != _ELEMENTS or not isinstance(gmc, bytes) or not isinstance(cloud, str):
        raise Malformed("other elements than a configuration has")
    group = parse(str(values["GROUPPEERNAME"]))
    try:
        chain = MembershipChain.read(gmc, group)
    except PeerError as error:
        raise Malformed(f"{error.name}: {error}") from error
    if str(chain.name) != values["IDENTITYPEERNAME"]:
        raise Malformed("the membership of another identity")
    if not scope_of(cloud):
        raise Malformed("no cloud")
    if sealed is None:
        return Configuration(chain, cloud)
    if not isinstance(sealed, bytes):
        raise Malformed("not sealed")
    secret = _open(sealed, password, children)
    key = KeyPair.load(secret) if secret else None
    if key is not None and not proves(key.public.spki, group):
        raise Malformed("the key of another group")
    return Configuration(chain, cloud, key)


def _open(sealed: bytes, password: str, children: list[fragments.Child]) -> bytes:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    salt, nonce, rest = sealed[:_SALT], sealed[_SALT : _SALT + _NONCE], sealed[_SALT + _NONCE :]
    try:
        return AESGCM(_key(password, salt)).decrypt(nonce, rest, _others(children))
    except (InvalidTag, ValueError) as error:
        raise Malformed("another password, or changed") from error


def _key(password: str, salt: bytes) -> bytes:
    if not password:
        raise InvalidArgument("A configuration needs a password.")
    try:
        return hashlib.scrypt(password.encode(), salt=salt, n=_COST, r=8, p=3, maxmem=1 << 27, dklen=32)
    except MemoryError as error:
        raise OutOfMemory from error


def _others(children: list[fragments.Child]) -> bytes:
    return fragments.write(ROOT, children).encode()
