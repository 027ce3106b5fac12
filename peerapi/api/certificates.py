"""Certificates and their stores (wincrypt.h): as much as programs of the Distributed Routing Table need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from peerapi.abi import layout, library
from peerapi.abi.exports import export
from peerapi.abi.marshal import OptionalStringIn, UlongIn
from peerapi.api.certificate_contexts import (
    LARGEST_CERTIFICATE,
    Certificate,
    ContextIn,
    ContextOut,
    OptionalContextOut,
    PointerIn,
    ProviderIn,
    Store,
    StoreIn,
    StoreOut,
    certificate,
    give_back,
    hold,
    let_go,
    lock,
    new,
    opened,
    store_of,
    unwanted,
)
from peerapi.api.certificate_failures import (
    ERROR_FILE_NOT_FOUND,
    ERROR_INVALID_PASSWORD,
    BadEncoding,
    CertificateExists,
    NoCertificate,
    PendingClose,
    more_data,
)
from peerapi.api.certificate_search import Wanted, wanted
from peerapi.api.certificate_structs import BLOB
from peerapi.errors import InvalidArgument, NotImplementedYet, WrappedWin32Error
from peerapi.identity.der import Malformed

if TYPE_CHECKING:
    from collections.abc import Callable

PROVIDER_MEMORY, PROVIDER_PKCS7 = 2, 5
PROVIDER_NAMES = {"memory": PROVIDER_MEMORY, "pkcs7": PROVIDER_PKCS7}
MOST_NAME = 64
"Bytes of the name of a kind of store."
CLOSE_FORCE, CLOSE_CHECK = 1, 2
ADD_NEW, ADD_USE_EXISTING, ADD_REPLACE, ADD_ALWAYS, ADD_REPLACE_INHERIT = 1, 2, 3, 4, 5
SAVE_AS_PKCS7, SAVE_TO_MEMORY = 2, 2
EXPORT_PRIVATE_KEYS = 4


# ---- stores ----------------------------------------------------------------------------------------------------------


def _filled(certificates: list[tuple[bytes, Any]]) -> int:
    store = Store()
    handle = opened(store)
    try:
        for encoded, key in certificates:
            hold(store, new(encoded, key, store))
    except BaseException:
        let_go(store)
        raise
    return handle


@export
def PFXImportCertStore(pfx: PointerIn, password: OptionalStringIn, flags: UlongIn) -> StoreOut:
    """A store with the certificates and keys of a PFX. ERROR_INVALID_PASSWORD, CRYPT_E_BAD_ENCODE."""
    from peerapi.identity import certificate_files

    try:
        data = certificate_files.whole(layout.read(BLOB, pfx))
        return _filled(certificate_files.read_pfx(data, password))
    except Malformed as error:
        raise BadEncoding(str(error)) from error
    except certificate_files.WrongPassword as error:
        raise WrappedWin32Error(
            ERROR_INVALID_PASSWORD, f"The password is wrong, or the PFX damaged: {error}"
        ) from error


@export
def PFXExportCertStore(store: StoreIn, pfx: PointerIn, password: OptionalStringIn, flags: UlongIn) -> None:
    """A store as a PFX; its size when pbData is NULL. ERROR_MORE_DATA."""
    _export(store_of(store), pfx, password, flags)


@export
def PFXExportCertStoreEx(
    store: StoreIn, pfx: PointerIn, password: OptionalStringIn, reserved: PointerIn, flags: UlongIn
) -> None:
    """The same."""
    _export(store_of(store), pfx, password, flags)


def _export(store: Store, pfx: int, password: str | None, flags: int) -> None:
    from peerapi.identity import certificate_files

    with lock:
        inside = [(one.encoded, one.key if flags & EXPORT_PRIVATE_KEYS else None) for one in store.certificates]
    # What is made anew is of the same size: the salts are.
    write_blob(pfx, certificate_files.write_pfx(inside, password))


def write_blob(address: int, data: bytes) -> None:
    """Into the memory of a CRYPT_DATA_BLOB, whose count says how much of it there is. With NULL only the count is told.
    ERROR_MORE_DATA."""
    if not address:
        raise InvalidArgument("A CRYPT_DATA_BLOB is wanted, not NULL.")
    native = library.native()
    room = int.from_bytes(native.read(address, 4), "little")
    start = int.from_bytes(native.read(address + 8, 8), "little")
    native.put32(address, len(data))
    if start:
        if room < len(data):
            raise more_data(len(data))
        native.write(start, data)


@export
def CertOpenStore(
    kind: PointerIn, encoding: UlongIn, provider: ProviderIn, flags: UlongIn, what: PointerIn
) -> StoreOut:
    """An empty store, or one with the certificates of PKCS #7. ERROR_FILE_NOT_FOUND: stores of the system and in files
    are not there. CRYPT_E_BAD_ENCODE."""
    number = kind if kind < 1 << 16 else PROVIDER_NAMES.get(_ascii(kind, MOST_NAME).lower(), 0)
    if number == PROVIDER_MEMORY:
        return opened(Store())
    if number != PROVIDER_PKCS7:
        raise WrappedWin32Error(ERROR_FILE_NOT_FOUND, "Stores here are in memory, from PKCS #7 or from a PFX.")
    from peerapi.identity import certificate_files, pkcs7

    try:
        data = certificate_files.whole(layout.read(BLOB, what))
        return _filled([(one, None) for one in pkcs7.decode(data)])
    except Malformed as error:
        raise BadEncoding(str(error)) from error


def _ascii(address: int, most: int) -> str:
    """Text of bytes up to their zero. InvalidArgument: it is longer."""
    native = library.native()
    found = bytearray()
    while len(found) < most:
        byte = native.read(address + len(found), 1)
        if byte == b"\0":
            return found.decode("latin-1")
        found += byte
    raise InvalidArgument("A name is longer than any that is known.")


@export
def CertCloseStore(store: StoreIn, flags: UlongIn) -> None:
    """Give back a store; NULL is fine. CRYPT_E_PENDING_CLOSE, if that is asked for and contexts are still in use."""
    if not store:
        return
    found = store_of(store)
    pending = found.references > 1
    let_go(found)
    if flags & CLOSE_CHECK and pending:
        raise PendingClose


@export
def CertSaveStore(
    store: StoreIn, encoding: UlongIn, form: UlongIn, target: UlongIn, where: PointerIn, flags: UlongIn
) -> None:
    """The certificates of a store as PKCS #7 in memory. ERROR_MORE_DATA, E_NOTIMPL."""
    if (form, target) != (SAVE_AS_PKCS7, SAVE_TO_MEMORY):
        raise NotImplementedYet("Stores are saved as PKCS #7 in memory, or exported as PFX.")
    from peerapi.identity import pkcs7

    with lock:
        inside = [one.encoded for one in store_of(store).certificates]
    write_blob(where, pkcs7.encode(inside))


# ---- looking ---------------------------------------------------------------------------------------------------------


@export
def CertEnumCertificatesInStore(store: StoreIn, previous: ContextIn) -> ContextOut:
    """The certificate behind ``previous``, which is given back. CRYPT_E_NOT_FOUND at the end."""
    return _next(store, previous, lambda found: True)


@export
def CertFindCertificateInStore(
    store: StoreIn, encoding: UlongIn, flags: UlongIn, kind: UlongIn, what: PointerIn, previous: ContextIn
) -> ContextOut:
    """The next certificate of that kind behind ``previous``, which is given back. CRYPT_E_NOT_FOUND, E_INVALIDARG."""
    fits: Wanted = wanted(kind, what, lambda address: certificate(address).encoded)
    return _next(store, previous, lambda found: fits(found.encoded, found.info, found.key is not None))


def _next(handle: int, previous: int, fits: Callable[[Certificate], bool]) -> Certificate:
    store = store_of(handle)
    with lock:
        inside = list(store.certificates)
    if previous:
        before = certificate(previous)
        at = inside.index(before) + 1 if before in inside else len(inside)
        inside = inside[at:]
    found = next((one for one in inside if fits(one)), None)
    if previous:
        give_back(before)
    if found is None:
        raise NoCertificate
    return found


# ---- contexts --------------------------------------------------------------------------------------------------------


def _encoded(start: int, size: int) -> bytes:
    if not start or size > LARGEST_CERTIFICATE:
        raise InvalidArgument("A certificate is wanted.")
    try:
        from peerapi.identity import certificate_files

        return certificate_files.whole(library.native().read(start, size))
    except Malformed as error:
        raise BadEncoding(str(error)) from error


@export
def CertCreateCertificateContext(encoding: UlongIn, start: PointerIn, size: UlongIn) -> ContextOut:
    """A context of a certificate's bytes, in no store. CRYPT_E_BAD_ENCODE."""
    return new(_encoded(start, size))


@export
def CertDuplicateCertificateContext(context: ContextIn) -> OptionalContextOut:
    """The same context, counted once more. NULL of NULL."""
    return certificate(context) if context else None


@export
def CertFreeCertificateContext(context: ContextIn) -> None:
    """Give back a context; NULL is fine."""
    if context:
        give_back(certificate(context))


@export
def CertAddCertificateContextToStore(store: StoreIn, context: ContextIn, how: UlongIn) -> OptionalContextOut:
    """A copy of a certificate, with its key, into a store. CRYPT_E_EXISTS."""
    given = certificate(context)
    return _add(store, given.encoded, given.key, how)


@export
def CertAddEncodedCertificateToStore(
    store: StoreIn, encoding: UlongIn, start: PointerIn, size: UlongIn, how: UlongIn
) -> OptionalContextOut:
    """A certificate into a store. CRYPT_E_EXISTS, CRYPT_E_BAD_ENCODE."""
    return _add(store, _encoded(start, size), None, how)


def _add(handle: int, encoded: bytes, key: Any, how: int) -> Certificate:
    if not ADD_NEW <= how <= ADD_REPLACE_INHERIT:
        raise InvalidArgument("There is no such disposition.")
    if not handle:
        return new(encoded, key)
    store = store_of(handle)
    with lock:
        there = next((one for one in store.certificates if one.encoded == encoded), None)
    if there is not None and how == ADD_NEW:
        raise CertificateExists
    if there is not None and how == ADD_USE_EXISTING:
        return there
    if there is not None and how in (ADD_REPLACE, ADD_REPLACE_INHERIT):
        key = key or there.key
        _remove(store, there)
    added = new(encoded, key, store)
    hold(store, added)
    return added


def _remove(store: Store, there: Certificate) -> None:
    with lock:
        store.certificates.remove(there)
        there.kept = False
    unwanted(there)


@export
def CertDeleteCertificateFromStore(context: ContextIn) -> None:
    """Take a certificate out of its store, and give back the context."""
    found = certificate(context)
    if found.store is not None and found.kept:
        _remove(found.store, found)
    give_back(found)
