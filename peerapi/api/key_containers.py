"""Key containers and their keys (CryptoAPI of wincrypt.h): RSA key pairs under a name, kept for this user.

A HCRYPTPROV is a container in use, counted; those of PeerIdentityGetCryptKey are single key pairs of their own kind
(``identity``), which only CryptReleaseContext takes as well.
"""

from __future__ import annotations

import getpass
import threading
import uuid
from typing import Annotated, Any

from peerapi.abi import library
from peerapi.abi.exports import export
from peerapi.abi.handles import HandleTable
from peerapi.abi.marshal import OptionalStringIn, UlongIn
from peerapi.abi.value_kinds import Value
from peerapi.api.certificate_contexts import ContextIn, certificate
from peerapi.api.certificate_failures import (
    BadAlgorithm,
    BadFlags,
    BadKeyType,
    KeyContainerExists,
    NoKey,
    NoKeyContainer,
    NoKeyProperty,
    NoSuchProvider,
    more_data,
)
from peerapi.api.certificate_structs import PublicKeyInfo
from peerapi.api.identity import KEYS as KEY_PAIRS
from peerapi.errors import AlreadyExists, InvalidArgument, InvalidHandle, NotFound
from peerapi.identity import certificate_making
from peerapi.store.key_containers import KeyContainerStore, StoredContainer

EXCHANGE, SIGNATURE = 1, 2
_FIELDS = {EXCHANGE: "exchange", SIGNATURE: "signature"}
_ALGORITHMS = {EXCHANGE: EXCHANGE, SIGNATURE: SIGNATURE, 0xA400: EXCHANGE, 0x2400: SIGNATURE}
"AT_KEYEXCHANGE, AT_SIGNATURE, CALG_RSA_KEYX, CALG_RSA_SIGN."
PROVIDER_TYPES = {1, 24}
VERIFY, NEW, DELETE = 0xF0000000, 0x8, 0x10
DEFAULT_BITS, SMALLEST, LARGEST = 2048, 1024, 8192
PROVIDER_NAME = "peerapi RSA and AES Cryptographic Provider"
PP_NAME, PP_CONTAINER, PP_TYPE, PP_UNIQUE_CONTAINER = 4, 6, 16, 36
MOST_NAME = 260
RawIn = Annotated[
    int,
    Value(
        *("HCRYPTPROV", "HCRYPTPROV*", "HCRYPTKEY", "HCRYPTKEY*", "HCRYPTPROV_OR_NCRYPT_KEY_HANDLE", "ALG_ID"),
        *("HCRYPTPROV_OR_NCRYPT_KEY_HANDLE*", "DWORD*", "BOOL*", "BYTE*", "void*", "LPCSTR", "LPCWSTR", "LPCWSTR*"),
        *("CERT_PUBLIC_KEY_INFO*", "CERT_NAME_BLOB*", "CRYPT_KEY_PROV_INFO*", "CRYPT_ALGORITHM_IDENTIFIER*"),
        *("SYSTEMTIME*", "CERT_EXTENSIONS*"),
    ),
]
"An address, or a handle of several kinds, read by the function itself."


class Container:
    """Key pairs by AT_KEYEXCHANGE and AT_SIGNATURE; ``store`` None: of this process only."""

    def __init__(self, name: str, store: KeyContainerStore | None, keys: dict[int, Any]) -> None:
        self.name = name
        self.keys = keys
        self._store = store

    def put(self, spec: int, key: Any) -> None:
        """A key pair in place of the one there was; it is on disk when this returns."""
        if self._store is not None:
            encoded = _encoded(key)
            self._store.change(
                self.name,
                lambda old: StoredContainer(
                    old.container,
                    encoded if spec == EXCHANGE else old.exchange,
                    encoded if spec == SIGNATURE else old.signature,
                ),
            )
        self.keys[spec] = key

    def key(self, spec: int) -> Any:
        """NTE_NO_KEY."""
        found = self.keys.get(spec)
        if found is None:
            raise NoKey
        return found


class Provider:
    """What stands behind a HCRYPTPROV of a container."""

    def __init__(self, container: Container) -> None:
        self.container = container
        self.references = 1


_lock = threading.Lock()
_store = KeyContainerStore()
_providers = HandleTable("HCRYPTPROV", "V")
_keys = HandleTable("HCRYPTKEY", "Y")


def _encoded(key: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    encoded: bytes = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return encoded


def opened(container: Container) -> int:
    """A handle of a container."""
    return _providers.insert(Provider(container))


def kept(name: str) -> Container:
    """The container of a name. NTE_BAD_KEYSET."""
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    try:
        stored = _store.find(name)
    except NotFound:
        raise NoKeyContainer from None
    keys = {spec: getattr(stored, field) for spec, field in _FIELDS.items()}
    return Container(name, _store, {spec: load_der_private_key(one, None) for spec, one in keys.items() if one})


def fresh() -> Container:
    """A new container under a name of its own, on disk."""
    name = str(uuid.uuid4())
    _store.add(StoredContainer(name))
    return Container(name, _store, {})


def of_key(key: Any) -> Container:
    """A container of this process with one key pair."""
    return Container(str(uuid.uuid4()), None, {EXCHANGE: key})


def provider_of(handle: int) -> Provider:
    """ERROR_INVALID_HANDLE."""
    found: Provider | None = _providers.get(handle)
    if found is None:
        raise InvalidHandle("It is no provider that is open.")
    return found


def generate(bits: int) -> Any:
    """A new RSA key pair. NTE_BAD_FLAGS."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    if not SMALLEST <= bits <= LARGEST:
        raise BadFlags(f"Keys have {SMALLEST} to {LARGEST} bits, not {bits}.")
    return rsa.generate_private_key(65537, bits)


# ---- providers -------------------------------------------------------------------------------------------------------


def _acquire(place: int, name: str | None, kind: int, flags: int) -> None:
    if not place:
        raise InvalidArgument("phProv is NULL.")
    native = library.native()
    native.put64(place, 0)
    if kind not in PROVIDER_TYPES:
        raise NoSuchProvider
    if name is not None and len(name) > MOST_NAME:
        raise InvalidArgument(f"The name of a container has at most {MOST_NAME} characters.")
    if flags & VERIFY == VERIFY:
        if name:
            raise BadFlags("CRYPT_VERIFYCONTEXT goes with no container.")
        native.put64(place, opened(Container("", None, {})))
        return
    wanted = name or getpass.getuser()
    if flags & DELETE:
        try:
            _store.remove(wanted)
        except NotFound:
            raise NoKeyContainer from None
    elif flags & NEW:
        try:
            _store.add(StoredContainer(wanted))
        except AlreadyExists:
            raise KeyContainerExists from None
        native.put64(place, opened(Container(wanted, _store, {})))
    else:
        native.put64(place, opened(kept(wanted)))


@export
def CryptAcquireContextW(
    place: RawIn, container: OptionalStringIn, provider: OptionalStringIn, kind: UlongIn, flags: UlongIn
) -> None:
    """A container that is there, a new one, or one less. NTE_BAD_KEYSET, NTE_EXISTS, NTE_PROV_TYPE_NOT_DEF,
    NTE_BAD_FLAGS, E_INVALIDARG."""
    _acquire(place, container, kind, flags)


@export
def CryptAcquireContextA(place: RawIn, container: RawIn, provider: RawIn, kind: UlongIn, flags: UlongIn) -> None:
    """The same with the bytes of a name."""
    _acquire(place, _text(container) if container else None, kind, flags)


def _text(address: int) -> str:
    native = library.native()
    found = bytearray()
    while len(found) <= 4 * MOST_NAME:
        byte = native.read(address + len(found), 1)
        if byte == b"\0":
            return found.decode("utf-8", "replace")
        found += byte
    raise InvalidArgument("A name is longer than any container's.")


@export
def CryptContextAddRef(provider: RawIn, reserved: RawIn, flags: UlongIn) -> None:
    """One more CryptReleaseContext is wanted until the container is closed. ERROR_INVALID_HANDLE."""
    with _lock:
        provider_of(provider).references += 1


@export
def CryptReleaseContext(provider: RawIn, flags: UlongIn) -> None:
    """Close a container, or a key pair of PeerIdentityGetCryptKey. ERROR_INVALID_HANDLE, NTE_BAD_FLAGS."""
    if flags:
        raise BadFlags("dwFlags is 0.")
    with _lock:
        found = _providers.get(provider)
        if found is not None:
            found.references -= 1
            if found.references <= 0:
                _providers.take(provider)
            return
    if KEY_PAIRS.take(provider) is None:
        raise InvalidHandle("It is no provider that is open.")


@export
def CryptGetProvParam(provider: RawIn, parameter: UlongIn, data: RawIn, size: RawIn, flags: UlongIn) -> None:
    """Name and kind of the provider, name of the container. NTE_BAD_TYPE, ERROR_MORE_DATA, ERROR_INVALID_HANDLE."""
    found = provider_of(provider)
    values = {
        PP_NAME: PROVIDER_NAME.encode() + b"\0",
        PP_TYPE: (24).to_bytes(4, "little"),
        PP_CONTAINER: found.container.name.encode() + b"\0",
        PP_UNIQUE_CONTAINER: found.container.name.encode() + b"\0",
    }
    if parameter not in values:
        raise BadKeyType(f"Parameter {parameter} of a provider is not known here.")
    put(values[parameter], data, size)


def put(value: bytes, data: int, size: int) -> None:
    """Into a buffer whose size is told and corrected; NULL: only the size is asked for. ERROR_MORE_DATA."""
    if not size:
        raise InvalidArgument("There is nowhere to put the size.")
    native = library.native()
    room = int.from_bytes(native.read(size, 4), "little")
    native.put32(size, len(value))
    if data:
        if room < len(value):
            raise more_data(len(value))
        native.write(data, value)


# ---- keys ------------------------------------------------------------------------------------------------------------


@export
def CryptGenKey(provider: RawIn, algorithm: RawIn, flags: UlongIn, key: RawIn) -> None:
    """A new key pair of a container; the upper half of the flags says how many bits, 0 means 2,048. NTE_BAD_ALGID,
    NTE_BAD_FLAGS, ERROR_INVALID_HANDLE."""
    spec = _ALGORITHMS.get(algorithm)
    if not key:
        raise InvalidArgument("phKey is NULL.")
    if spec is None:
        raise BadAlgorithm("Keys are for exchange or for signatures.")
    container = provider_of(provider).container
    made = generate(flags >> 16 or DEFAULT_BITS)
    container.put(spec, made)
    library.native().put64(key, _keys.insert(made))


@export
def CryptGetUserKey(provider: RawIn, spec: UlongIn, key: RawIn) -> None:
    """The key pair of a container. NTE_NO_KEY, ERROR_INVALID_HANDLE."""
    if not key:
        raise InvalidArgument("phUserKey is NULL.")
    library.native().put64(key, _keys.insert(provider_of(provider).container.key(spec)))


@export
def CryptDestroyKey(key: RawIn) -> None:
    """Give back a handle; the key pair stays in its container. ERROR_INVALID_HANDLE."""
    if _keys.take(key) is None:
        raise InvalidHandle("It is no key that is open.")


@export
def CryptExportPublicKeyInfo(provider: RawIn, spec: UlongIn, encoding: UlongIn, info: RawIn, size: RawIn) -> None:
    """The public half, as certificates have it. NTE_NO_KEY, ERROR_MORE_DATA, ERROR_INVALID_HANDLE."""
    found = provider_of(provider).container.key(spec)
    put(_info_bytes(PublicKeyInfo.of(certificate_making.spki(found)), info), info, size)


def _info_bytes(said: PublicKeyInfo, address: int) -> bytes:
    """CERT_PUBLIC_KEY_INFO as it lies at ``address``, with what it points to behind it."""
    tails = [said.algorithm.oid.encode() + b"\0", said.algorithm.parameters, said.key]
    head = 48
    places = []
    for tail in tails:
        places.append(address + head)
        head += (len(tail) + 7) & ~7
    fields = (places[0], len(tails[1]), places[1], len(tails[2]), places[2], 0)
    return b"".join([*(one.to_bytes(8, "little") for one in fields), *(one + bytes(-len(one) % 8) for one in tails)])


@export
def CryptAcquireCertificatePrivateKey(
    context: ContextIn, flags: UlongIn, reserved: RawIn, provider: RawIn, spec: RawIn, caller_frees: RawIn
) -> None:
    """A container of this process with the private key of a certificate, which the caller closes.
    CRYPT_E_NO_KEY_PROPERTY."""
    if not provider:
        raise InvalidArgument("There is nowhere to put the provider.")
    native = library.native()
    native.put64(provider, 0)
    key = certificate(context).key
    if key is None:
        raise NoKeyProperty
    native.put64(provider, opened(of_key(key)))
    if spec:
        native.put32(spec, EXCHANGE)
    if caller_frees:
        native.put32(caller_frees, 1)
