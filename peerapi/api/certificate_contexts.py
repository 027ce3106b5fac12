"""Certificate contexts and stores: who has them, how long they live, and the kinds of parameters that they are.

A context is a block of the library's that counts who has it, and knows the private key that is bound to it; what else
a program passes as one is no certificate of ours, and nothing is read from it but by DRT, which takes the bytes. A
store lives as long as somebody has it or a context of it: ``hCertStore`` of a context may be used.
"""

from __future__ import annotations

import threading
from typing import Annotated, Any

from peerapi.abi import layout, library
from peerapi.abi.handles import HandleTable
from peerapi.abi.kinds import Call, OutputKind
from peerapi.abi.value_kinds import Value
from peerapi.api.certificate_failures import BadEncoding
from peerapi.api.certificate_structs import CONTEXT, X509_ASN_ENCODING, CertificateContext, CertificateInfo
from peerapi.errors import InvalidArgument, InvalidHandle
from peerapi.identity.der import Malformed

LARGEST_CERTIFICATE = 1 << 16


class Store:
    """What stands behind an HCERTSTORE: certificates in order."""

    def __init__(self) -> None:
        self.certificates: list[Certificate] = []
        self.handle = 0
        self.references = 1


class Certificate:
    """What stands behind a PCCERT_CONTEXT."""

    def __init__(self, encoded: bytes, info: CertificateInfo, key: Any = None, store: Store | None = None) -> None:
        self.encoded = encoded
        self.info = info
        self.key = key
        "Its private key as ``cryptography`` knows it, or None."
        self.store = store
        self.references = 0
        "How often programs have it."
        self.kept = False
        "It is in its store."
        value = CertificateContext(X509_ASN_ENCODING, encoded, info, store.handle if store else 0)
        self.address = layout.block(CONTEXT, value)


lock = threading.Lock()
_stores = HandleTable("HCERTSTORE", "S")
_certificates: dict[int, Certificate] = {}
"By the addresses of their contexts."


def certificate(address: int) -> Certificate:
    """The certificate of a context. InvalidArgument: there is none at the address, or none any more."""
    found = _certificates.get(address)
    if found is None:
        raise InvalidArgument("It is not a certificate context of this library, or was freed.")
    return found


def encoded_at(address: int) -> tuple[bytes, Any, list[bytes]]:
    """Certificate (DER), private key if there is one, and what lies beside it in its store, of a context; also of one
    that the program has made by itself, of which only the bytes are taken. InvalidArgument: not a certificate."""
    found = _certificates.get(address)
    if found is None:
        size, start = layout.read(_ENCODED, address)
        try:
            encoded = library.native().read(start, size)
            CertificateInfo.of(encoded)
        except Malformed as error:
            raise InvalidArgument(f"It holds no certificate: {error}") from error
        return encoded, None, []
    with lock:
        beside = [one.encoded for one in found.store.certificates] if found.store else []
    return found.encoded, found.key, beside


_ENCODED: Any = layout.Struct(
    "CERT_CONTEXT",
    lambda size, start: (min(size, LARGEST_CERTIFICATE), start),
    ("cbCertEncoded", "size", layout.UINT32),
    ("pbCertEncoded", "start", layout.ADDRESS),
)


# ---- kinds -----------------------------------------------------------------------------------------------------------


class PointerResult(OutputKind):
    """What a function returns that is no HRESULT: written to where its trampoline wants it, the last parameter."""

    def __init__(self, *types: str, optional: bool = False) -> None:
        self.types = (types,)
        self.optional = optional

    def give(self, call: Call, value: str, *names: str) -> None:
        self.deliver(call, names[0], f"{call.bind(library.native().put64)}({names[0]}, {value})")


class ContextResult(OutputKind):
    """A certificate, of which the caller becomes an owner."""

    def __init__(self, optional: bool = False) -> None:
        self.types = (("PCCERT_CONTEXT*",),)
        self.optional = optional

    def give(self, call: Call, value: str, *names: str) -> None:
        put, owned, dropped = (call.bind(one) for one in (library.native().put64, given, unwanted))
        call.results += [f"if {names[0]}:", f"    {put}({names[0]}, 0 if {value} is None else {owned}({value}))"]
        call.results += ["else:", f"    {dropped}({value})"]


StoreIn = Annotated[int, Value("HCERTSTORE")]
StoreOut = Annotated[int, PointerResult("HCERTSTORE*")]
ContextIn = Annotated[int, Value("PCCERT_CONTEXT")]
ContextOut = Annotated[Certificate, ContextResult()]
OptionalContextOut = Annotated[Certificate | None, ContextResult(optional=True)]
PointerIn = Annotated[int, Value("void*", "LPCSTR", "CRYPT_DATA_BLOB*", "BYTE*")]
ProviderIn = Annotated[int, Value("HCRYPTPROV_LEGACY")]


def store_of(handle: int) -> Store:
    """The store behind a handle. ERROR_INVALID_HANDLE."""
    found: Store | None = _stores.get(handle)
    if found is None:
        raise InvalidHandle("The store is not open.")
    return found


# ---- counting --------------------------------------------------------------------------------------------------------


def opened(store: Store) -> int:
    """The handle of a new store."""
    store.handle = _stores.insert(store)
    return store.handle


def new(encoded: bytes, key: Any = None, store: Store | None = None) -> Certificate:
    """A certificate that has no owner yet. Raises BadEncoding."""
    try:
        made = Certificate(encoded, CertificateInfo.of(encoded), key, store)
    except Malformed as error:
        raise BadEncoding(str(error)) from error
    _certificates[made.address] = made
    return made


def hold(store: Store, found: Certificate) -> None:
    """The store becomes an owner."""
    with lock:
        found.kept = True
        store.certificates.append(found)


def unwanted(found: Certificate | None) -> None:
    """What nobody owns goes."""
    if found is not None and not found.references and not found.kept:
        forget(found)


def given(found: Certificate) -> int:
    """One more owner, who also keeps the store."""
    with lock:
        found.references += 1
        if found.store is not None:
            found.store.references += 1
    return found.address


def forget(found: Certificate) -> None:
    _certificates.pop(found.address, None)
    library.native().free(found.address)


def give_back(found: Certificate) -> None:
    with lock:
        if not found.references:
            raise InvalidArgument("It was given back already.")
        found.references -= 1
        if not found.references and not found.kept:
            forget(found)
    if found.store is not None:
        let_go(found.store)


def let_go(store: Store) -> None:
    """One owner of a store less; the last takes its certificates along."""
    with lock:
        store.references -= 1
        if not store.references:
            _stores.take(store.handle)
            for found in store.certificates:
                forget(found)
            store.certificates = []
