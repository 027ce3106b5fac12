"""Certificates that a program makes with its own keys (CryptoAPI of wincrypt.h): names, signatures, bound keys."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from peerapi.abi import layout, library
from peerapi.abi.exports import export
from peerapi.abi.layout import TEXT_LIMIT, Array, Struct
from peerapi.abi.marshal import UlongIn
from peerapi.api.certificate_contexts import ContextIn, ContextOut, certificate, new
from peerapi.api.certificate_failures import (
    ERROR_FILE_NOT_FOUND,
    BadAlgorithm,
    InvalidX500String,
)
from peerapi.api.certificate_structs import ALGORITHM, BLOB, EXTENSION, INFO, OID_LIMIT
from peerapi.api.key_containers import EXCHANGE, SIGNATURE, RawIn, fresh, generate, kept, provider_of, put
from peerapi.engine.runtime import moment
from peerapi.errors import InvalidArgument, WrappedWin32Error
from peerapi.identity import certificate_files, certificate_making, der, x500
from peerapi.identity.certificate_making import SHA256_RSA, SIGNATURES, ToBeSigned

CERTIFICATE, NAME, CONSTRAINTS = 2, 7, 15
"X509_CERT_TO_BE_SIGNED, X509_NAME, X509_BASIC_CONSTRAINTS2."
PROVIDER_INFO = 2
"CERT_KEY_PROV_INFO_PROP_ID."
REVERSE = 0x02000000
"CERT_NAME_STR_REVERSE_FLAG."
MOST_ATTRIBUTES = 64
LARGEST_VALUE = 1 << 16
_STRINGS = {4: "ascii", 5: "latin-1", 7: "ascii", 12: "utf-16-le", 13: "utf-16-le"}
_TAGS = {4: der.PRINTABLE_STRING, 5: der.T61_STRING, 7: der.IA5_STRING, 12: der.BMP_STRING, 13: der.UTF8_STRING}
"""CERT_RDN_PRINTABLE_STRING, TELETEX, IA5, UNICODE and UTF8: how the program has the text, and how the certificate has
it."""
EXTENSIONS: Struct[Any] = Struct("CERT_EXTENSIONS", None, ("cExtension", "", Array("rgExtension", EXTENSION)))
YEAR = 365 * 24 * 3600 * 10_000_000
_EPOCH = datetime(1601, 1, 1)


def _number(address: int, size: int) -> int:
    return int.from_bytes(library.native().read(address, size), "little")


def _oid(address: int) -> str:
    """Dotted numbers in a program's memory. InvalidArgument."""
    native = library.native()
    found = bytearray()
    while address and len(found) < OID_LIMIT:
        byte = native.read(address + len(found), 1)
        if byte == b"\0":
            text = found.decode("latin-1")
            if text and not text.replace(".", "").strip("0123456789"):
                return text
            break
        found += byte
    raise InvalidArgument("An object identifier is a row of numbers with dots between.")


# ---- encoding --------------------------------------------------------------------------------------------------------


@export
def CryptEncodeObject(encoding: UlongIn, kind: RawIn, value: RawIn, encoded: RawIn, size: RawIn) -> None:
    """DER of a CERT_NAME_INFO (X509_NAME), or of a CERT_BASIC_CONSTRAINTS2_INFO (X509_BASIC_CONSTRAINTS2).
    ERROR_FILE_NOT_FOUND: another kind; ERROR_MORE_DATA, E_INVALIDARG."""
    if not value:
        raise InvalidArgument("There is nothing to encode.")
    if kind == NAME:
        data = _name(value)
    elif kind == CONSTRAINTS:
        authority, limited = _number(value, 4), _number(value + 4, 4)
        data = certificate_making.basic_constraints(authority != 0, _number(value + 8, 4) if limited else None)
    else:
        raise WrappedWin32Error(ERROR_FILE_NOT_FOUND, "Names and basic constraints are encoded here.")
    put(data, encoded, size)


def _name(address: int) -> bytes:
    """A Name of a CERT_NAME_INFO. InvalidArgument."""
    parts = []
    for start in _items(address, 16):
        parts.append([_attribute(one) for one in _items(start, 32)])
    try:
        return x500.encode(parts)
    except der.Malformed as error:
        raise InvalidArgument(str(error)) from error


def _items(address: int, step: int) -> list[int]:
    """Where the elements of a counted array are: its count is at the address, its beginning 8 bytes later."""
    count, start = _number(address, 4), _number(address + 8, 8)
    if count > MOST_ATTRIBUTES or (count and not start):
        raise InvalidArgument(f"A name of {count} parts.")
    return [start + at * step for at in range(count)]


def _attribute(address: int) -> x500.Attribute:
    kind, size, start = _number(address + 8, 4), _number(address + 16, 4), _number(address + 24, 8)
    if kind not in _STRINGS or size > LARGEST_VALUE:
        raise InvalidArgument(f"Values of kind {kind} are not known here.")
    native = library.native()
    if start and not size and kind in (12, 13):
        text = native.text(start, TEXT_LIMIT)
    else:
        try:
            text = native.read(start, size).decode(_STRINGS[kind]) if size else ""
        except UnicodeDecodeError as error:
            raise InvalidArgument(f"A value is not of its kind: {error}") from error
    return x500.Attribute(_oid(_number(address, 8)), _TAGS[kind], text)


@export
def CertStrToNameW(
    encoding: UlongIn, text: RawIn, kind: UlongIn, reserved: RawIn, encoded: RawIn, size: RawIn, error: RawIn
) -> None:
    """A Name of text such as ``CN=a node, O="Ours, Ltd."``. CRYPT_E_INVALID_X500_STRING, ERROR_MORE_DATA."""
    native = library.native()
    if not text:
        raise InvalidArgument("pszX500 is NULL.")
    if error:
        native.put64(error, 0)
    try:
        data = x500.parse(native.text(text, TEXT_LIMIT), reverse=bool(kind & REVERSE))
    except der.Malformed as failure:
        if error:
            native.put64(error, text)
        raise InvalidX500String(str(failure)) from failure
    put(data, encoded, size)


# ---- signing ---------------------------------------------------------------------------------------------------------


def _extensions(listed: Any) -> list[tuple[str, bool, bytes]]:
    return [(_oid(one.oid), one.critical, one.value) for one in listed]


@export
def CryptSignAndEncodeCertificate(
    provider: RawIn,
    spec: UlongIn,
    encoding: UlongIn,
    kind: RawIn,
    said: RawIn,
    algorithm: RawIn,
    reserved: RawIn,
    encoded: RawIn,
    size: RawIn,
) -> None:
    """A certificate of a CERT_INFO, signed with the key of a container. ERROR_FILE_NOT_FOUND: something else than
    X509_CERT_TO_BE_SIGNED; NTE_BAD_ALGID, NTE_NO_KEY, ERROR_MORE_DATA, ERROR_INVALID_HANDLE."""
    if kind != CERTIFICATE:
        raise WrappedWin32Error(ERROR_FILE_NOT_FOUND, "It is certificates that are signed here.")
    if not said or not algorithm:
        raise InvalidArgument("A CERT_INFO and an algorithm are wanted.")
    key = provider_of(provider).container.key(spec)
    info: Any = layout.read(INFO, said)
    public = info.public_key
    subject = certificate_files.public_key_of(_oid(public.algorithm.oid), public.algorithm.parameters, public.key)
    signed = ToBeSigned(
        info.version,
        info.serial[::-1],
        info.issuer,
        info.not_before,
        info.not_after,
        info.subject,
        subject,
        _extensions(info.extensions),
    )
    put(_signed(signed, _algorithm(algorithm), key), encoded, size)


def _algorithm(address: int) -> str:
    """NTE_BAD_ALGID."""
    identifier: Any = layout.read(ALGORITHM, address)
    found = _oid(identifier.oid)
    if found not in SIGNATURES:
        raise BadAlgorithm("Signatures are RSA's, with SHA-1 or SHA-2.")
    return found


def _signed(said: ToBeSigned, algorithm: str, key: Any) -> bytes:
    try:
        return certificate_making.signed(said, algorithm, key)
    except (ValueError, OverflowError) as error:
        raise InvalidArgument(f"No certificate can be made of it: {error}") from error


@export
def CertCreateSelfSignCertificate(
    provider: RawIn,
    name: RawIn,
    flags: UlongIn,
    where: RawIn,
    algorithm: RawIn,
    begin: RawIn,
    end: RawIn,
    extensions: RawIn,
) -> ContextOut:
    """A certificate of a key of the provider, signed with it; without a provider one of the container that
    CRYPT_KEY_PROV_INFO names, or of a new key. SHA-256 and a year from now, unless something else is said.
    NTE_BAD_KEYSET, NTE_NO_KEY, NTE_BAD_ALGID, ERROR_INVALID_HANDLE."""
    if not name:
        raise InvalidArgument("A name is wanted.")
    subject: bytes = layout.read(BLOB, name)
    key = _signer(provider, where)
    now = moment().utc
    starts = _filetime(begin) if begin else now
    listed = _extensions(layout.read(EXTENSIONS, extensions)) if extensions else []
    said = ToBeSigned(
        2,
        b"",
        subject,
        starts,
        _filetime(end) if end else starts + YEAR,
        subject,
        certificate_making.spki(key),
        listed,
    )
    return new(_signed(said, _algorithm(algorithm) if algorithm else SHA256_RSA, key), key)


def _signer(provider: int, where: int) -> Any:
    spec = _number(where + 40, 4) if where else SIGNATURE
    if provider:
        return provider_of(provider).container.key(spec or SIGNATURE)
    if where:
        return _container_key(where)
    container = fresh()
    container.put(SIGNATURE, generate(2048))
    return container.key(SIGNATURE)


def _container_key(address: int) -> Any:
    """The key that a CRYPT_KEY_PROV_INFO names. NTE_BAD_KEYSET, NTE_NO_KEY."""
    start = _number(address, 8)
    if not start:
        raise InvalidArgument("A container has a name.")
    return kept(library.native().text(start, TEXT_LIMIT)).key(_number(address + 40, 4) or EXCHANGE)


def _filetime(address: int) -> int:
    """A SYSTEMTIME. InvalidArgument."""
    year, month, _, day, hour, minute, second, thousandth = (_number(address + 2 * at, 2) for at in range(8))
    try:
        found = datetime(year, month, day, hour, minute, second, thousandth * 1000)
    except ValueError as error:
        raise InvalidArgument(f"No time: {error}") from error
    return (found - _EPOCH) // timedelta(microseconds=1) * 10


# ---- bound keys ------------------------------------------------------------------------------------------------------


@export
def CertSetCertificateContextProperty(context: ContextIn, kind: UlongIn, flags: UlongIn, value: RawIn) -> None:
    """Bind the key of a container, which CRYPT_KEY_PROV_INFO names, to a certificate (CERT_KEY_PROV_INFO_PROP_ID); NULL
    takes it away. E_INVALIDARG: another property, or not the key of this certificate; NTE_BAD_KEYSET, NTE_NO_KEY."""
    found = certificate(context)
    if kind != PROVIDER_INFO:
        raise InvalidArgument(f"Property {kind} of a certificate is not known here.")
    if not value:
        found.key = None
        return
    key = _container_key(value)
    if not certificate_files.is_key_of(key, found.encoded):
        raise InvalidArgument("The container's key is not that of the certificate.")
    found.key = key
