"""What an open table is given, and what it gives: how it is protected, who is asked first, results and events."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_der_private_key, load_pem_private_key

from peerapi.address import Address
from peerapi.drt import chains
from peerapi.drt.border import (
    KEY_SIZE,
    LARGEST_PAYLOAD,
    BootstrapProvider,
    LeafSetEvent,
    PathFlag,
    PathNode,
    RegistrationEvent,
    Status,
    StatusEvent,
)
from peerapi.drt.border import Event as TableEvent
from peerapi.drt.derived import DerivedKeyProvider
from peerapi.engine.drt.dns import PlacesBootstrap
from peerapi.engine.runtime import moment
from peerapi.errors import InvalidHandle, InvalidPeerName, PeerError
from peerapi.identity import names
from peerapi.python import arguments, node_addresses
from peerapi.python.arguments import InvalidValue
from peerapi.python.events import failure
from peerapi.python.values import ChangeKind

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
_BEGIN = b"-----BEGIN "


class TableStatus(enum.IntEnum):
    """DRT_STATUS: how a node of a table stands."""

    ACTIVE = 0
    "It knows others: keys can be found."
    ALONE = 1
    "Nobody answers; it asks again by itself."
    NO_NETWORK = 10
    FAULTED = 20
    "It is of no use any more: close it, and open another."


class Found(NamedTuple):
    """A key that was found, with the data that are registered with it; its owner has proved it."""

    key: bytes
    data: bytes
    exact: bool
    "It is the key that was looked for."


class Step(NamedTuple):
    """A search is about to ask the node that has this key."""

    key: bytes


class AskedNode(NamedTuple):
    """DRT_ADDRESS: a node that a search has asked."""

    address: Address
    outcome: PathFlag
    nearness: int
    "How many leading bits its key has in common with the key looked for."
    latency: float | None
    "Seconds until it answered, to the millisecond; None: it did not."


@dataclass(frozen=True, slots=True)
class TableStatusChange:
    """The node stands otherwise now. ``error`` says why it is FAULTED."""

    status: TableStatus
    addresses: tuple[Address, ...]
    "With ALONE: whom it has asked."
    error: PeerError | None


@dataclass(frozen=True, slots=True)
class LeafSetChange:
    """A key of another node has come (ADDED) or gone (DELETED) next to an own one. A key that was withdrawn here is
    DELETED with itself on both sides."""

    kind: ChangeKind
    key: bytes
    neighbor: bytes


@dataclass(frozen=True, slots=True)
class RegistrationLost:
    """An own key cannot be found any longer, and why."""

    key: bytes
    error: PeerError | None


AnyTableEvent = TableStatusChange | LeafSetChange | RegistrationLost
TYPES: dict[type[Any], int] = {TableStatusChange: 0, LeafSetChange: 1, RegistrationLost: 2}
"DRT_EVENT_TYPE of each class."


class Told(NamedTuple):
    """An event of a node as streams take it."""

    event: TableEvent

    @property
    def type(self) -> int:
        """DRT_EVENT_TYPE."""
        return {StatusEvent: 0, LeafSetEvent: 1, RegistrationEvent: 2}[type(self.event)]


def converted(told: Told) -> AnyTableEvent:
    """The engine's event in the terms of this module."""
    event = told.event
    if isinstance(event, LeafSetEvent):
        added = event.change == 0
        return LeafSetChange(ChangeKind.ADDED if added else ChangeKind.DELETED, event.local, event.remote)
    if isinstance(event, RegistrationEvent):
        return RegistrationLost(event.local, failure(event.hresult))
    return TableStatusChange(status_of(event.status), event.addresses, failure(event.hresult))


def asked(path: tuple[PathNode, ...]) -> tuple[AskedNode, ...]:
    """A path in the terms of this module."""
    return tuple(
        AskedNode(node.address, node.flags, node.nearness, None)
        if node.flags & PathFlag.UNREACHABLE
        else AskedNode(node.address, node.flags, node.nearness, node.latency / 1000)
        for node in path
    )


def closed() -> InvalidHandle:
    """What every call of a table raises that is closed."""
    return InvalidHandle("The table has been closed.")


def status_of(status: Status) -> TableStatus:
    return TableStatus(int(status))


# ---- security --------------------------------------------------------------------------------------------------------


class DerivedKeys:
    """The derived-key security: a key belongs to the certificate that it is derived from, and every certificate of a
    table leads to one root.

    Certificates are PEM or DER, or ``cryptography.x509.Certificate``; so is the private key, or one of ``cryptography``
    (RSA, P-256, Ed25519). ``chain`` has the certificates between that of the node and the root. Without a certificate
    a node only searches.
    """

    def __init__(
        self,
        root: bytes | str | x509.Certificate,
        certificate: bytes | str | x509.Certificate | None = None,
        private_key: bytes | str | PrivateKey | None = None,
        *,
        chain: Iterable[bytes | str | x509.Certificate] = (),
        password: bytes | str | None = None,
    ) -> None:
        """Raises TypeError, ValueError."""
        self._root = _certificate("root", root)
        if (certificate is None) != (private_key is None):
            raise InvalidValue("certificate and private_key go together: both, or neither")
        self._certificate = None if certificate is None else _certificate("certificate", certificate)
        self._private = None if private_key is None else _private(private_key, password)
        if isinstance(chain, (bytes, str)) or not isinstance(chain, Iterable):
            raise TypeError(f"chain is an iterable of certificates, not {type(chain).__name__}")
        self._chain = [_der(_certificate("a certificate of chain", one)) for one in chain]
        local, private = self._certificate, self._private
        if local is not None and private is not None and local.public_key() != private.public_key():
            raise InvalidValue("private_key is not that of the certificate")

    @property
    def key(self) -> bytes | None:
        """The key of the table that belongs to the certificate, the only one to be registered; None without one."""
        if self._certificate is None:
            return None
        return chains.derived_key(chains.spki_of(_der(self._certificate)))

    def provider(self) -> DerivedKeyProvider:
        """For one node. Raises InvalidCertificateChain, CapabilityMismatch."""
        made = DerivedKeyProvider(_der(self._root), lambda: moment().utc)
        if self._certificate is not None:
            made.use(made.credential(_der(self._certificate), self._private, self._chain))
        return made


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def _certificate(name: str, value: Any) -> x509.Certificate:
    if isinstance(value, x509.Certificate):
        return value
    encoded = _encoded(name, "a certificate: PEM, DER or cryptography.x509.Certificate", value)
    load = x509.load_pem_x509_certificate if _BEGIN in encoded else x509.load_der_x509_certificate
    try:
        return load(encoded)
    except ValueError as error:
        raise InvalidValue(f"{name} is no certificate: {error}") from error


def _private(value: Any, password: Any) -> PrivateKey:
    secret = None if password is None else arguments.data("password", password)
    if not isinstance(value, PrivateKey):
        encoded = _encoded("private_key", "a private key: PEM, DER or one of cryptography", value)
        load = load_pem_private_key if _BEGIN in encoded else load_der_private_key
        try:
            value = load(encoded, secret)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:  # TypeError: a password where none is wanted
            raise InvalidValue(f"private_key cannot be read: {error}") from error
    if not isinstance(value, PrivateKey):
        raise InvalidValue(f"private_key is one of RSA, P-256 or Ed25519, not {type(value).__name__}")
    return value


def _encoded(name: str, wanted: str, value: Any) -> bytes:
    if not isinstance(value, (bytes, bytearray, memoryview, str)):
        raise TypeError(f"{name} is {wanted}, not {type(value).__name__}")
    return arguments.data(name, value)


# ---- first nodes -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PeerName:
    """First nodes are those of a peer name (PNRP), as in ``PeerName("0.my-table", publish=True)``.

    ``cloud``: the Internet by itself, ``Loopback_`` for this machine only. ``publish``: this node is to be found under
    the name, too; a secure one needs the ``identity`` that may publish it. Raises TypeError, ValueError.
    """

    name: str
    cloud: str | None = None
    publish: bool = False
    identity: str | None = None

    def __post_init__(self) -> None:
        try:
            names.parse(arguments.text("name", self.name))
        except InvalidPeerName as error:
            raise InvalidValue(f"name is a peer name, as in '0.my-table': {error}") from error
        arguments.optional_text("cloud", self.cloud)
        arguments.a(bool, "publish", "a bool", self.publish)
        arguments.optional_text("identity", self.identity)

    @property
    def expects_others(self) -> bool:
        """Who publishes the name may be the first of all."""
        return not self.publish

    def provider(self) -> BootstrapProvider:
        """For one node. Raises InvalidArgument, NoKeyAccess, ServiceNotAvailable."""
        from peerapi.api.drt_pnrp import PnrpBootstrap

        return PnrpBootstrap(self.name, self.cloud, self.identity, publish=self.publish)


class Places:
    """First nodes are at addresses, or at hosts of a name and a port."""

    def __init__(self, places: list[tuple[str, int]]) -> None:
        self._places = places

    @property
    def expects_others(self) -> bool:
        """Somebody is named."""
        return bool(self._places)

    def provider(self) -> BootstrapProvider:
        """For one node."""
        return PlacesBootstrap(self._places)


def first_nodes(value: Any) -> PeerName | Places:
    """What ``bootstrap`` means. Raises TypeError, ValueError."""
    if isinstance(value, PeerName):
        return value
    several = [value] if isinstance(value, (str, Address)) else value
    if isinstance(several, bytes) or not isinstance(several, Iterable):
        raise TypeError(
            "bootstrap is a peerapi.PeerName, or addresses: str, as in '[::1]:4001' or 'host.example:4001', or "
            f"peerapi.Address, or an iterable of both, not {type(value).__name__}"
        )
    return Places([_place(one) for one in several])


def _place(value: Any) -> tuple[str, int]:
    if not isinstance(value, (str, Address)):
        raise TypeError(f"a place of bootstrap is a str or a peerapi.Address, not {type(value).__name__}")
    found = value if isinstance(value, Address) else node_addresses.read(arguments.text("a place", value))
    if not isinstance(found, Address):
        return found
    if found.is_ipv4:
        raise InvalidValue(f"{found.host} is an address of IPv4, which tables have none of")
    return (f"{found.host}%{found.scope}" if found.scope else found.host), found.port


# ---- keys, data, times -----------------------------------------------------------------------------------------------


def key(name: str, value: Any) -> bytes:
    """Raises TypeError, ValueError."""
    if not isinstance(value, (bytes, bytearray, memoryview)):
        hint = ", such as hashlib.sha256(text).digest()" if isinstance(value, str) else ""
        raise TypeError(f"{name} is {KEY_SIZE} bytes{hint}, not {type(value).__name__}")
    found = bytes(value)
    if len(found) != KEY_SIZE:
        raise InvalidValue(f"{name} is {KEY_SIZE} bytes, the least significant one first, not {len(found)}")
    return found


def payload(value: Any, least: int) -> bytes:
    """Raises TypeError, ValueError."""
    found = arguments.data("data", value)
    if not least <= len(found) <= LARGEST_PAYLOAD:
        raise InvalidValue(f"data have {least} to {LARGEST_PAYLOAD} bytes, not {len(found)}")
    return found


def ends(value: Any) -> tuple[bytes, bytes]:
    """Both ends of a range. Raises TypeError, ValueError."""
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise TypeError(f"between is a pair of keys, the lowest and the highest, not {value!r:.60}")
    return key("the lowest key", value[0]), key("the highest key", value[1])


def number(value: bytes) -> int:
    """A key is a number whose least significant byte comes first."""
    return int.from_bytes(value, "little")


def seconds(value: Any) -> float:
    """How long a search lasts at most. Raises TypeError, ValueError."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"timeout is a number of seconds, not {type(value).__name__} {value!r:.60}")
    if not 0 < value <= arguments.U32 / 1000:
        raise InvalidValue(f"timeout is more than 0 and at most {arguments.U32 // 1000} seconds, not {value}")
    return float(value)
