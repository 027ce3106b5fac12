"""The words in which a node of a table talks with those around it: its settings, its two providers, searches, events.

Keys are 32 bytes as at the API, the least significant byte first (reading D3); addresses are ``Address``, lists of them
tuples. Whatever a provider is asked may take time and may fail, with ``ProviderFailure``.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from peerapi.address import Address
from peerapi.errors import PeerError

KEY_SIZE = 32
NONCE_SIZE = 16
NO_NONCE = bytes(NONCE_SIZE)
"What stands in a revocation, which answers no question (reading D4)."
REVOKED = 1
"DRT_PAYLOAD_REVOKED."
LARGEST_PAYLOAD = 5120


class SecurityMode(enum.IntEnum):
    """DRT_SECURITY_MODE: what is protected. All nodes of a table have the same; it is not negotiated."""

    RESOLVE = 0
    MEMBERSHIP = 1
    CONFIDENTIAL = 2


class Status(enum.IntEnum):
    """DRT_STATUS."""

    ACTIVE = 0
    ALONE = 1
    NO_NETWORK = 10
    FAULTED = 20


class TransportScope(enum.IntEnum):
    """DRT_SCOPE."""

    GLOBAL = 1
    SITE_LOCAL = 2
    LINK_LOCAL = 3


@dataclass(frozen=True, slots=True)
class Settings:
    """DRT_SETTINGS without its pointers."""

    version: tuple[int, int] = (1, 0)
    "Of the application: major and minor. It stands in every message, and other versions are not heard (reading D10)."
    mode: SecurityMode = SecurityMode.RESOLVE
    most_addresses: int = 4
    "ulMaxRoutingAddresses, 1 to 20: how many of the own addresses go with a key."
    prefix: str = ""
    "pwzDrtInstancePrefix."


# ---- The security provider -------------------------------------------------------------------------------------------


class ProviderFailure(PeerError):
    """What a provider answers instead of a result; the caller of the API gets the same code."""

    def __init__(self, hresult: int, *, fatal: bool = False) -> None:
        """``hresult`` as an unsigned number of 32 bits; ``fatal``: fFatalError of a bootstrap provider."""
        super().__init__(f"A provider has answered {hresult:#010x}.")
        self.hresult = hresult
        self.fatal = fatal


class Secured(NamedTuple):
    """What SecureAndPackPayload gives, and ValidateAndUnpackPayload takes."""

    address_payload: bytes
    "The secured address payload: the CPA of the wire."
    chain: bytes | None = None
    "The certificate chain, from which the credential of the key's owner can be taken, too."
    classifier: bytes | None = None
    payload: bytes | None = None
    "The secured payload; None when none was asked for."


class Unpacked(NamedTuple):
    """What ValidateAndUnpackPayload gives."""

    key: bytes
    payload: bytes
    addresses: tuple[Address, ...]
    version: tuple[int, int]
    flags: int = 0
    public_key: bytes | None = None
    "Anything by which two proofs of one owner are told from those of another; None: the provider knows no owners."


class SecurityProvider(Protocol):
    """DRT_SECURITY_PROVIDER. Every method may block, fail with ``ProviderFailure`` and call the library again."""

    quick: bool
    "It never blocks and never calls the library: it may be asked in the middle of other work."

    def attach(self) -> None:
        """Attach."""

    def detach(self) -> None:
        """Detach."""

    def register_key(self, key: bytes, payload: bytes, context: object) -> None:
        """RegisterKey; ``context`` is pvKeyContext, whatever the application has given."""

    def unregister_key(self, key: bytes, context: object) -> None:
        """UnregisterKey."""

    def secure_and_pack(
        self,
        context: object,
        version: tuple[int, int],
        flags: int,
        key: bytes,
        payload: bytes | None,
        addresses: tuple[Address, ...],
        nonce: bytes,
    ) -> Secured:
        """SecureAndPackPayload: prove ``key`` to whoever has sent ``nonce``. With REVOKED there is no payload, the
        nonce is ``NO_NONCE``, and only the address payload will travel."""
        raise NotImplementedError

    def validate_and_unpack(self, secured: Secured, nonce: bytes) -> Unpacked:
        """ValidateAndUnpackPayload. Of a revocation there is only the address payload."""
        raise NotImplementedError

    def encrypt(self, credential: bytes, buffers: tuple[bytes, ...]) -> tuple[bytes, tuple[bytes, ...]]:
        """EncryptData: key token and encrypted buffers, readable by the owner of ``credential``, which is a serialized
        credential or the chain of a proof."""
        raise NotImplementedError

    def decrypt(self, key_token: bytes, context: object, buffers: tuple[bytes, ...]) -> tuple[bytes, ...]:
        """DecryptData; ``context`` is that of the key that was named, None when none was."""
        raise NotImplementedError

    def serialized_credential(self) -> bytes:
        """GetSerializedCredential."""
        raise NotImplementedError

    def validate_credential(self, credential: bytes) -> None:
        """ValidateRemoteCredential."""

    def sign(self, buffers: tuple[bytes, ...]) -> tuple[bytes, bytes]:
        """SignData: key identifier and signature."""
        raise NotImplementedError

    def verify(self, buffers: tuple[bytes, ...], credential: bytes, key_identifier: bytes, signature: bytes) -> None:
        """VerifyData."""


# ---- The bootstrap provider ------------------------------------------------------------------------------------------

NO_MORE = 0x80621006
"DRT_E_NO_MORE: what the last call of ``BootstrapFound`` says."
BootstrapFound = Callable[[int, tuple[Address, ...], bool], None]
"HRESULT, addresses, fFatalError. May be called by any thread, in the middle of ``issue_resolve`` too."


class BootstrapProvider(Protocol):
    """DRT_BOOTSTRAP_PROVIDER. Never called by two threads at a time."""

    def attach(self) -> None:
        """Attach."""

    def detach(self) -> None:
        """Detach."""

    def init_resolve(self, split_detect: bool, timeout: int, most: int) -> object:
        """InitResolve: the context of a resolution, of ``timeout`` milliseconds and ``most`` results."""

    def issue_resolve(self, context: object, found: BootstrapFound) -> None:
        """IssueResolve: begin."""

    def end_resolve(self, context: object) -> None:
        """EndResolve: ``found`` is not called any longer."""

    def register(self, addresses: tuple[Address, ...]) -> None:
        """Register: where this node is."""

    def unregister(self) -> None:
        """Unregister."""


# ---- Searches --------------------------------------------------------------------------------------------------------


class Match(enum.IntEnum):
    """DRT_MATCH_TYPE."""

    EXACT = 0
    NEAR = 1
    INTERMEDIATE = 2


class Query(NamedTuple):
    """What DrtStartSearch is asked for. Neither exact nor with a range it means the nearest keys of all."""

    key: bytes
    exact: bool = True
    "pInfo was NULL: only ``key`` itself."
    minimum: bytes | None = None
    maximum: bytes | None = None
    most: int = 1
    "cMaxEndpoints."
    any_match: bool = False
    "fAnyMatchInRange: whatever is found first in the range ends the search."
    iterative: bool = False
    "fIterative: each hop is a result, and waits to be continued."
    own: bool = False
    "fAllowCurrentInstanceMatch: keys of this node count."
    timeout: float = 30.0
    "Seconds."


class Result(NamedTuple):
    """DRT_SEARCH_RESULT."""

    match: Match
    key: bytes
    payload: bytes = b""
    "Empty for a hop, whose ``key`` is that of the node asked next."


class End(enum.Enum):
    """How a search stands when no result is waiting."""

    IN_PROGRESS = "it goes on"
    NO_MORE = "it has ended"
    TIMEOUT = "it ran out of time"
    FAULTED = "the node is faulted"


class PathFlag(enum.IntFlag):
    """DRT_ADDRESS_FLAGS: what a node on a search's path has answered."""

    NONE = 0
    ACCEPTED = 1
    REJECTED = 2
    UNREACHABLE = 4
    LOOP = 8
    TOO_BUSY = 16
    BAD_VALIDATE_ID = 32
    SUSPECT_UNREGISTERED_ID = 64
    INQUIRE = 128


class PathNode(NamedTuple):
    """DRT_ADDRESS."""

    address: Address
    flags: PathFlag
    nearness: int
    "How many leading bits its key has in common with the key looked for."
    latency: int
    "Milliseconds until it answered; 0 without an answer."


# ---- Events ----------------------------------------------------------------------------------------------------------


class LeafSetChange(enum.IntEnum):
    """DRT_LEAFSET_KEY_CHANGE_TYPE."""

    ADDED = 0
    DELETED = 1


class StatusEvent(NamedTuple):
    """DRT_EVENT_STATUS_CHANGED."""

    status: Status
    addresses: tuple[Address, ...] = ()
    "With ALONE: what the bootstrap provider had found."
    hresult: int = 0


class LeafSetEvent(NamedTuple):
    """DRT_EVENT_LEAFSET_KEY_CHANGED. For a key that was unregistered here, ``remote`` is that key, too."""

    change: LeafSetChange
    local: bytes
    remote: bytes
    hresult: int = 0


class RegistrationEvent(NamedTuple):
    """DRT_EVENT_REGISTRATION_STATE_CHANGED: ``local`` cannot be resolved any longer, ``hresult`` says why."""

    local: bytes
    hresult: int


Event = StatusEvent | LeafSetEvent | RegistrationEvent
