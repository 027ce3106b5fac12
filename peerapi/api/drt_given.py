"""The functions of our own providers' structures, for applications that call them themselves or wrap them.

``pvContext`` is a number that stands for the provider, as a handle does. What they allocate is one block each, which
FreeData gives back. A node that is given such a structure unchanged asks the provider without going through C.
"""

from __future__ import annotations

import threading
from typing import Any

from peerapi.abi import library
from peerapi.abi.exports import given
from peerapi.abi.handles import HandleTable
from peerapi.abi.layout import block
from peerapi.api.certificate_contexts import encoded_at
from peerapi.api.certificate_structs import PUBLIC_KEY, PublicKeyInfo
from peerapi.api.drt_memory import addresses_at, data_at, ffi, give, list_bytes, optional_data_at
from peerapi.drt.border import ProviderFailure, Secured, SecurityProvider
from peerapi.drt.derived import DerivedKeyProvider
from peerapi.errors import InvalidArgument, InvalidHandle

S = "DRT_SECURITY_PROVIDER"
B = "DRT_BOOTSTRAP_PROVIDER"
MOST_BUFFERS = 64


class Structure:
    """A structure that was handed out, and the provider behind it. It lives until it is deleted and no node has it."""

    def __init__(self, kind: str, provider: Any) -> None:
        space, lib = library.load()
        self.kind = kind
        self.provider = provider
        self.context = _providers.insert(self)
        constant = lib.peerapi_security_provider if kind == S else lib.peerapi_bootstrap_provider
        self._constant = space.buffer(space.addressof(constant))[:]
        data = self.context.to_bytes(8, "little") + self._constant[8:]
        self.address = library.native().block(data, ())
        self.users = 0
        self.deleted = False
        _structures[self.address] = self

    @property
    def unchanged(self) -> bool:
        """The program has not put functions of its own into it."""
        there = library.native().read(self.address, len(self._constant))
        return bool(there == self.context.to_bytes(8, "little") + self._constant[8:])

    def use(self) -> None:
        """A node has it."""
        with _lock:
            self.users += 1

    def leave(self) -> None:
        """The node has closed; what was deleted meanwhile goes."""
        with _lock:
            self.users -= 1
        self._end()

    def delete(self) -> None:
        """The program has no use for it any more."""
        self.deleted = True
        self._end()

    def _end(self) -> None:
        with _lock:
            gone = self.deleted and not self.users and _structures.pop(self.address, None) is not None
        if gone:
            _providers.take(self.context)
            library.native().free(self.address)


_providers = HandleTable("provider", "p")
_structures: dict[int, Structure] = {}
_lock = threading.Lock()


def structure_at(address: int) -> Structure | None:
    """The structure of ours at an address."""
    return _structures.get(address)


def context_of(address: int, provider: object) -> object:
    """What a pvKeyContext is to a provider: to a derived-key provider a certificate, to others whatever it is."""
    if not isinstance(provider, DerivedKeyProvider):
        return address or None
    return provider.credential(*encoded_at(address)) if address else None


def _security(context: int) -> SecurityProvider:
    found = _providers.get(context)
    if found is None or found.kind != S:
        raise InvalidHandle("pvContext is not that of a provider.")
    provider: SecurityProvider = found.provider
    return provider


def _bootstrap(context: int) -> Any:
    found = _providers.get(context)
    if found is None or found.kind != B:
        raise InvalidHandle("pvContext is not that of a provider.")
    return found.provider


def _buffers(address: int, count: int) -> tuple[bytes, ...]:
    if count > MOST_BUFFERS:
        raise InvalidArgument(f"{count} buffers.")
    return tuple(data_at(address + 16 * at) for at in range(count))


# ---- security --------------------------------------------------------------------------------------------------------


@given(f"{S}_Attach")
def attach(context: int) -> None:
    """DRT_E_SECURITYPROVIDER_IN_USE."""
    _security(context).attach()


@given(f"{S}_Detach")
def detach(context: int) -> None:
    """Attached by nobody."""
    _security(context).detach()


@given(f"{S}_RegisterKey")
def register_key(context: int, registration: int, key_context: int) -> None:
    """DRT_E_INVALID_KEY, and what is wrong with a certificate."""
    provider = _security(context)
    if not registration:
        raise InvalidArgument("A DRT_REGISTRATION is wanted.")
    key, payload = data_at(registration), data_at(registration + 16)
    provider.register_key(key, payload, context_of(key_context, provider))


@given(f"{S}_UnregisterKey")
def unregister_key(context: int, key: int, key_context: int) -> None:
    """Nothing fails."""
    provider = _security(context)
    provider.unregister_key(data_at(key), context_of(key_context, provider))


@given(f"{S}_SecureAndPackPayload")
def secure_and_pack(
    context: int,
    key_context: int,
    major: int,
    minor: int,
    flags: int,
    key: int,
    payload: int,
    addresses: int,
    nonce: int,
    proof: int,
    classifier: int,
    secured: int,
    chain: int,
) -> None:
    """Outputs that are NULL are left out; the proof is not."""
    provider = _security(context)
    if not proof:
        raise InvalidArgument("pSecuredAddressPayload is NULL.")
    made = provider.secure_and_pack(
        context_of(key_context, provider),
        (major, minor),
        flags,
        data_at(key),
        optional_data_at(payload),
        addresses_at(addresses),
        data_at(nonce),
    )
    give(proof, made.address_payload)
    give(classifier, made.classifier or b"")
    give(secured, made.payload or b"")
    give(chain, made.chain or b"")


@given(f"{S}_ValidateAndUnpackPayload")
def validate_and_unpack(
    context: int,
    proof: int,
    chain: int,
    classifier: int,
    nonce: int,
    secured: int,
    major: int,
    minor: int,
    key: int,
    payload: int,
    owner: int,
    addresses: int,
    flags: int,
) -> None:
    """Outputs that are NULL are left out."""
    native = library.native()
    said = Secured(data_at(proof), optional_data_at(chain), optional_data_at(classifier), optional_data_at(secured))
    found = _security(context).validate_and_unpack(said, data_at(nonce))
    for place, value in ((major, found.version[0]), (minor, found.version[1])):
        if place:
            native.write(place, bytes((value,)))
    give(key, found.key)
    give(payload, found.payload or b"")
    if owner:
        native.put64(owner, block(PUBLIC_KEY, PublicKeyInfo.of(found.public_key)) if found.public_key else 0)
    if addresses:
        native.put64(addresses, native.block(*list_bytes(found.addresses)))
    if flags:
        native.put32(flags, found.flags)


@given(f"{S}_FreeData")
def free_data(context: int, block: int) -> None:
    """Any block that one of these functions has given."""
    _security(context)
    library.native().free(block)


@given(f"{S}_EncryptData")
def encrypt(context: int, credential: int, count: int, buffers: int, sealed: int, token: int) -> None:
    """DRT_E_INVALID_CERT_CHAIN."""
    made, parts = _security(context).encrypt(data_at(credential), _buffers(buffers, count))
    for at, part in enumerate(parts):
        give(sealed + 16 * at, part)
    give(token, made)


@given(f"{S}_DecryptData")
def decrypt(context: int, token: int, key_context: int, count: int, buffers: int) -> None:
    """Where the data are: they do not become longer."""
    provider = _security(context)
    opened = provider.decrypt(data_at(token), context_of(key_context, provider), _buffers(buffers, count))
    native = library.native()
    for at, part in enumerate(opened):
        place = buffers + 16 * at
        start = int.from_bytes(native.read(place + 8, 8), "little")
        if part:
            native.write(start, part)
        native.put32(place, len(part))


@given(f"{S}_GetSerializedCredential")
def serialized_credential(context: int, credential: int) -> None:
    """DRT_E_CAPABILITY_MISMATCH without a certificate."""
    give(credential, _security(context).serialized_credential())


@given(f"{S}_ValidateRemoteCredential")
def validate_credential(context: int, credential: int) -> None:
    """DRT_E_INVALID_CERT_CHAIN."""
    _security(context).validate_credential(data_at(credential))


@given(f"{S}_SignData")
def sign(context: int, count: int, buffers: int, identifier: int, signature: int) -> None:
    """DRT_E_CAPABILITY_MISMATCH without a certificate."""
    for place, made in zip((identifier, signature), _security(context).sign(_buffers(buffers, count)), strict=True):
        give(place, made)


@given(f"{S}_VerifyData")
def verify(context: int, count: int, buffers: int, credential: int, identifier: int, signature: int) -> None:
    """DRT_E_INVALID_MESSAGE, DRT_E_INVALID_CERT_CHAIN."""
    said = data_at(credential), data_at(identifier), data_at(signature)
    _security(context).verify(_buffers(buffers, count), *said)


# ---- bootstrapping ---------------------------------------------------------------------------------------------------

_resolutions = HandleTable("resolution", "b")


@given(f"{B}_Attach")
def attach_bootstrap(context: int) -> None:
    """DRT_E_BOOTSTRAPPROVIDER_IN_USE."""
    _bootstrap(context).attach()


@given(f"{B}_Detach")
def detach_bootstrap(context: int) -> None:
    """Attached by nobody."""
    _bootstrap(context).detach()


@given(f"{B}_InitResolve")
def init_resolve(context: int, split_detect: int, timeout: int, most: int, resolution: int, fatal: int) -> None:
    """A context of the resolution, until EndResolve."""
    if fatal:
        library.native().put32(fatal, 0)
    if not resolution:
        raise InvalidArgument("pResolveContext is NULL.")
    made = _bootstrap(context).init_resolve(split_detect != 0, timeout, most)
    library.native().put64(resolution, _resolutions.insert(made))


@given(f"{B}_IssueResolve")
def issue_resolve(context: int, callback_context: int, callback: int, resolution: int, fatal: int) -> None:
    """The callback comes for each result, and with DRT_E_NO_MORE at the end."""
    space = ffi()
    if fatal:
        library.native().put32(fatal, 0)
    began = _resolutions.get(resolution)
    if not callback or began is None:
        raise InvalidArgument("A callback and a context of InitResolve are wanted.")
    call = space.cast("DRT_BOOTSTRAP_RESOLVE_CALLBACK", callback)
    pointer = space.cast("PVOID", callback_context)

    def tell(hresult: int, addresses: tuple[Any, ...], ends: bool) -> None:
        listed = library.native().block(*list_bytes(addresses)) if addresses else 0
        try:
            call(space.cast("HRESULT", hresult), pointer, space.cast("SOCKET_ADDRESS_LIST *", listed), ends)
        finally:
            library.native().free(listed)

    try:
        _bootstrap(context).issue_resolve(began, tell)
    except ProviderFailure as error:
        if fatal and error.fatal:
            library.native().put32(fatal, 1)
        raise


@given(f"{B}_EndResolve")
def end_resolve(context: int, resolution: int) -> None:
    """Nothing is told afterwards."""
    began = _resolutions.take(resolution)
    if began is not None:
        _bootstrap(context).end_resolve(began)


@given(f"{B}_Register")
def register(context: int, addresses: int) -> None:
    """Where the node is."""
    _bootstrap(context).register(addresses_at(addresses))


@given(f"{B}_Unregister")
def unregister(context: int) -> None:
    """It is nowhere any more."""
    _bootstrap(context).unregister()
