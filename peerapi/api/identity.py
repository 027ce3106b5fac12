"""PeerIdentity: the identities of this user, their names and keys (p2p.h, identity section), and the PeerxCryptKey
functions of peerapi.h.

None of these needs a Startup. cryptography is imported by the first one that touches a key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from peerapi.abi.exports import export
from peerapi.abi.handle_kinds import Handle
from peerapi.abi.handles import HandleTable, Snapshot
from peerapi.abi.kinds import Call
from peerapi.abi.layout import WSTR, CountedBytes, Struct
from peerapi.abi.marshal import EnumOut, OptionalStringIn, OptionalStringOut, StringIn, StringOut, UlongIn
from peerapi.abi.struct_kinds import Out
from peerapi.abi.value_kinds import Data, Value
from peerapi.engine.runtime import moment
from peerapi.errors import InvalidArgument, InvalidHandle, InvalidPeerName, NotFound
from peerapi.identity import host_names, names
from peerapi.identity.manager import IdentityManager

if TYPE_CHECKING:
    from peerapi.identity.keys import KeyPair
else:
    KeyPair = Any  # annotations are read when the library starts, and the module behind it can wait

IDENTITIES = IdentityManager()
"This user's. PNRP and groups use the same one."
KEY_PUBLIC = 1
KEY_PRIVATE = 2
MAX_KEY = 16384
"Bytes of a private key in DER; RSA of 8192 bits has fewer."


class NamePair(NamedTuple):
    peer_name: str
    friendly_name: str


class OptionalHandle(Handle):
    """A handle that may be 0, which is None."""

    def take(self, call: Call, *names: str) -> None:
        target = f"h{names[0]}"
        call.handles.append(f"{target} = {call.bind(self.table.get)}({names[0]})")
        call.handles += [f"if {names[0]} and {target} is None:", f"    raise {call.bind(self.error)}"]
        call.arguments.append(target)


NAME_PAIR = Struct(
    "PEER_NAME_PAIR", NamePair, ("pwzPeerName", "peer_name", WSTR), ("pwzFriendlyName", "friendly_name", WSTR)
)
KEYS = HandleTable("HCRYPTPROV", "K")
HCRYPTPROV = Handle(KEYS, InvalidHandle)
KeyHandle = Annotated[KeyPair, HCRYPTPROV]
KeyClosing = Annotated[KeyPair, HCRYPTPROV.closing]
KeyOut = Annotated[KeyPair, HCRYPTPROV.out]
OptionalKeyHandle = Annotated[KeyPair | None, OptionalHandle(KEYS, InvalidHandle)]
AlgorithmIn = Annotated[int, Value("PEERX_KEY_ALGORITHM")]
PartIn = Annotated[int, Value("PEERX_KEY_PART")]
KeyBytesIn = Annotated[bytes, Data(MAX_KEY)]
KeyBytesOut = Annotated[bytes, Out(Struct("PEER_DATA", None, ("cbData", "", CountedBytes("pbData"))))]


# ---- identities ----


@export
def PeerIdentityCreate(
    classifier: OptionalStringIn, friendly_name: OptionalStringIn, key: OptionalKeyHandle
) -> OptionalStringOut:
    """A new identity; it is on disk when this returns. E_INVALIDARG, E_HANDLE, PEER_E_ALREADY_EXISTS,
    PEER_E_TOO_MANY_IDENTITIES, PEER_E_NO_KEY_ACCESS."""
    return IDENTITIES.create(classifier, friendly_name, key, moment().utc)


@export
def PeerIdentityDelete(identity: StringIn) -> None:
    """Removes key and certificate for good. PEER_E_NOT_FOUND, PEER_E_GROUPS_EXIST."""
    IDENTITIES.delete(identity)


@export
def PeerIdentityGetDefault() -> StringOut:
    """The oldest identity; one is made when there is none. PEER_E_NO_KEY_ACCESS."""
    return IDENTITIES.needed(None, moment().utc).peer_name


@export
def PeerIdentityGetXML(identity: OptionalStringIn) -> StringOut:
    """PEERIDENTITYINFO. E_HANDLE (sic) for an unknown identity."""
    try:
        return IDENTITIES.info(identity, moment().utc)
    except NotFound as error:
        raise InvalidHandle("No identity has that name.") from error


@export
def PeerIdentityExport(identity: OptionalStringIn, password: StringIn) -> StringOut:
    """PEERIDENTITYEXPORT. PEER_E_NOT_FOUND; E_INVALIDARG for an empty password."""
    return IDENTITIES.export(identity, password, moment().utc)


@export
def PeerIdentityImport(document: StringIn, password: StringIn) -> OptionalStringOut:
    """Stores an exported identity. E_INVALIDARG when it was changed or the password is wrong, PEER_E_ALREADY_EXISTS,
    PEER_E_TOO_MANY_IDENTITIES."""
    return IDENTITIES.take_over(document, password, moment().utc)


@export
def PeerIdentityGetFriendlyName(identity: OptionalStringIn) -> StringOut:
    """The name people read. PEER_E_NOT_FOUND."""
    return IDENTITIES.needed(identity, moment().utc).friendly_name


@export
def PeerIdentitySetFriendlyName(identity: OptionalStringIn, friendly_name: OptionalStringIn) -> None:
    """Another name for people; NULL or empty: the peer name. PEER_E_NOT_FOUND, E_INVALIDARG."""
    IDENTITIES.rename(identity, friendly_name, moment().utc)


@export
def PeerIdentityGetCryptKey(identity: OptionalStringIn) -> KeyOut:
    """The key pair of an identity, for PeerxCryptKeyExport and PeerIdentityCreate. PEER_E_NOT_FOUND."""
    return IDENTITIES.key_pair(IDENTITIES.needed(identity, moment().utc).peer_name)


@export
def PeerEnumIdentities() -> EnumOut:
    """A snapshot of all identities, oldest first: PEER_NAME_PAIR."""
    return Snapshot(NAME_PAIR, [NamePair(found.peer_name, found.friendly_name) for found in IDENTITIES.all()])


@export
def PeerEnumGroups(identity: StringIn) -> EnumOut:
    """A snapshot of the groups of an identity: PEER_NAME_PAIR. PEER_E_NOT_FOUND."""
    return Snapshot(NAME_PAIR, [NamePair(*pair) for pair in IDENTITIES.groups_of(identity)])


# ---- names ----


@export
def PeerCreatePeerName(identity: OptionalStringIn, classifier: OptionalStringIn) -> StringOut:
    """A peer name of the authority of ``identity``, or an unsecured one. Nothing is looked up or stored.
    E_INVALIDARG."""
    if identity is None and classifier is None:
        raise InvalidArgument("Either an identity or a classifier is needed.")
    try:
        basis = None if identity is None else names.parse(identity)
        if basis is not None and not basis.secure:
            raise InvalidArgument("An unsecured name is no identity.")
        if basis is not None and classifier is None:
            return str(basis)
        return str(names.peer_name(basis.authority if basis else names.UNSECURED, classifier or ""))
    except InvalidPeerName as error:
        raise InvalidArgument(str(error)) from error


@export
def PeerNameToPeerHostName(peer_name: StringIn) -> StringOut:
    """A host name below pnrp.net. PEER_E_CANNOT_CONVERT_PEER_NAME."""
    return host_names.encode(peer_name)


@export
def PeerHostNameToPeerName(host_name: StringIn) -> StringOut:
    """What such a host name stands for. PEER_E_INVALID_PEER_HOST_NAME."""
    return host_names.decode(host_name)


# ---- keys ----


@export
def PeerxCryptKeyCreate(algorithm: AlgorithmIn, bits: UlongIn) -> KeyOut:
    """A new key pair that is stored nowhere. E_INVALIDARG."""
    from peerapi.identity.keys import Algorithm, KeyPair, UnsuitableKey

    try:
        return KeyPair.generate(Algorithm(algorithm), bits)
    except (ValueError, UnsuitableKey) as error:
        raise InvalidArgument(str(error)) from error


@export
def PeerxCryptKeyImport(data: KeyBytesIn) -> KeyOut:
    """A key pair of the caller: DER PrivateKeyInfo. E_INVALIDARG."""
    from peerapi.identity.keys import KeyPair, UnsuitableKey

    try:
        return KeyPair.load(data)
    except UnsuitableKey as error:
        raise InvalidArgument(str(error)) from error


@export
def PeerxCryptKeyExport(key: KeyHandle, part: PartIn) -> KeyBytesOut:
    """One half of a key pair as DER: SubjectPublicKeyInfo or PrivateKeyInfo. E_HANDLE, E_INVALIDARG."""
    if part == KEY_PUBLIC:
        return key.public.spki
    if part == KEY_PRIVATE:
        return key.pkcs8()
    raise InvalidArgument("part: PEERX_KEY_PUBLIC or PEERX_KEY_PRIVATE.")


@export
def PeerxCryptKeyRelease(key: KeyClosing) -> None:
    """Closes the handle. E_HANDLE."""
