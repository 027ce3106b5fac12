"""An application's own security and bootstrap provider: C functions as the methods that a node asks.

They run on the thread that calls the methods here, which is never the engine's, and with no lock held: they may block,
fail and call the library (architecture, decision 9). What they have allocated is given back to them by FreeData, when
they have failed as well; their outputs are zero before they are asked.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from peerapi.abi.exports import given
from peerapi.address import Address
from peerapi.api.drt_memory import Lent, addresses_at, ffi
from peerapi.drt.border import REVOKED, BootstrapFound, ProviderFailure, Secured, Unpacked
from peerapi.errors import InvalidArgument

S_OK = 0
LARGEST_PROOF, LARGEST_PAYLOAD, LARGEST_CHAIN, LARGEST_SMALL = 8192, 8192, 1 << 15, 4096
"Bytes: of an address payload, of a secured payload, of a chain or credential; of the rest."
_INSIDE = threading.local()


def inside() -> bool:
    """Whether this thread is in a function of an application's provider."""
    return bool(getattr(_INSIDE, "depth", 0))


@contextmanager
def _asking() -> Iterator[None]:
    _INSIDE.depth = getattr(_INSIDE, "depth", 0) + 1
    try:
        yield
    finally:
        _INSIDE.depth -= 1


def _address(pointer: Any) -> int:
    return int(ffi().cast("uintptr_t", pointer))


class _Outputs:
    """DRT_DATA that a provider fills in, taken or not."""

    def __init__(self, provider: ForeignSecurity, count: int = 0) -> None:
        self._provider = provider
        self._space = ffi()
        self._all: list[tuple[Any, int]] = []
        self.many = self._space.new("DRT_DATA[]", count) if count else None

    def new(self) -> Any:
        """One more DRT_DATA *."""
        made = self._space.new("DRT_DATA *")
        self._all.append((made, 0))
        return made

    def taken(self, place: Any, most: int) -> bytes:
        """What is in one. InvalidArgument: too much, or a count without a pointer."""
        if place.cb > most or (place.cb and not place.pb):
            raise InvalidArgument("A provider has given what no message can hold.")
        return bytes(self._space.buffer(place.pb, place.cb)) if place.cb else b""

    def free(self) -> None:
        """Give back what was allocated."""
        for place, _ in self._all:
            self._provider.free(place.pb)
        for place in self.many or ():
            self._provider.free(place.pb)


class ForeignSecurity:
    """DRT_SECURITY_PROVIDER of an application. The structure is copied, as settings are."""

    quick = False

    def __init__(self, address: int) -> None:
        space = ffi()
        self._space = space
        self._functions = space.new("DRT_SECURITY_PROVIDER *", space.cast("DRT_SECURITY_PROVIDER *", address)[0])

    @property
    def complete(self) -> bool:
        """No function is missing."""
        return all(
            getattr(self._functions, name)
            for name, _ in self._space.typeof("DRT_SECURITY_PROVIDER").fields
            if name != "pvContext"
        )

    def _ask(self, name: str, *values: Any) -> None:
        with _asking():
            code = int(getattr(self._functions, name)(self._functions.pvContext, *values)) & 0xFFFFFFFF
        if code & 0x80000000:
            raise ProviderFailure(code)

    def free(self, pointer: Any) -> None:
        """FreeData; nothing for NULL."""
        if pointer:
            with _asking():
                self._functions.FreeData(self._functions.pvContext, self._space.cast("PVOID", pointer))

    def _context(self, context: object) -> Any:
        return self._space.cast("PVOID", context if isinstance(context, int) else 0)

    def attach(self) -> None:
        """Attach."""
        self._ask("Attach")

    def detach(self) -> None:
        """Detach."""
        with _asking():
            self._functions.Detach(self._functions.pvContext)

    def register_key(self, key: bytes, payload: bytes, context: object) -> None:
        """RegisterKey."""
        lent = Lent()
        values = {"cb": len(key), "pb": lent.blob(key)}, {"cb": len(payload), "pb": lent.blob(payload)}
        registration = self._space.new("DRT_REGISTRATION *", {"key": values[0], "appData": values[1]})
        self._ask("RegisterKey", registration, self._context(context))

    def unregister_key(self, key: bytes, context: object) -> None:
        """UnregisterKey."""
        self._ask("UnregisterKey", Lent().data(key), self._context(context))

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
        """SecureAndPackPayload."""
        lent, outputs = Lent(), _Outputs(self)
        proof, classifier, secured, chain = (outputs.new() for _ in range(4))
        try:
            self._ask(
                "SecureAndPackPayload",
                self._context(context),
                *version,
                flags,
                lent.data(key),
                lent.optional(payload),
                lent.addresses(addresses),
                lent.data(nonce),
                proof,
                classifier,
                self._space.NULL if payload is None else secured,
                chain,
            )
            return Secured(
                outputs.taken(proof, LARGEST_PROOF),
                outputs.taken(chain, LARGEST_CHAIN) or None,
                outputs.taken(classifier, LARGEST_SMALL) or None,
                None if payload is None else outputs.taken(secured, LARGEST_PAYLOAD),
            )
        finally:
            outputs.free()

    def validate_and_unpack(self, secured: Secured, nonce: bytes) -> Unpacked:
        """ValidateAndUnpackPayload."""
        lent, outputs, space = Lent(), _Outputs(self), self._space
        key, payload = outputs.new(), outputs.new()
        major, minor, flags = space.new("BYTE *"), space.new("BYTE *"), space.new("DWORD *")
        owner, listed = space.new("CERT_PUBLIC_KEY_INFO **"), space.new("SOCKET_ADDRESS_LIST **")
        try:
            self._ask(
                "ValidateAndUnpackPayload",
                lent.data(secured.address_payload),
                lent.optional(secured.chain),
                lent.optional(secured.classifier),
                lent.data(nonce),
                lent.optional(secured.payload),
                major,
                minor,
                key,
                space.NULL if secured.payload is None else payload,
                owner,
                listed,
                flags,
            )
            return Unpacked(
                outputs.taken(key, LARGEST_SMALL),
                outputs.taken(payload, LARGEST_PAYLOAD),
                addresses_at(_address(listed[0])),
                (major[0], minor[0]),
                flags[0] & REVOKED,
                self._owner(owner[0]),
            )
        finally:
            outputs.free()
            self.free(owner[0])
            self.free(listed[0])

    def _owner(self, owner: Any) -> bytes | None:
        if not owner or not owner.PublicKey.cbData:
            return None
        if owner.PublicKey.cbData > LARGEST_SMALL or not owner.PublicKey.pbData:
            raise InvalidArgument("A provider has given a public key that is none.")
        return bytes(self._space.buffer(owner.PublicKey.pbData, owner.PublicKey.cbData))

    def encrypt(self, credential: bytes, buffers: tuple[bytes, ...]) -> tuple[bytes, tuple[bytes, ...]]:
        """EncryptData."""
        lent, outputs = Lent(), _Outputs(self, len(buffers))
        token = outputs.new()
        try:
            many = outputs.many if buffers else self._space.NULL
            self._ask("EncryptData", lent.data(credential), len(buffers), lent.array(buffers), many, token)
            sealed = tuple(outputs.taken(place, LARGEST_PROOF) for place in outputs.many or ())
            return outputs.taken(token, LARGEST_SMALL), sealed
        finally:
            outputs.free()

    def decrypt(self, key_token: bytes, context: object, buffers: tuple[bytes, ...]) -> tuple[bytes, ...]:
        """DecryptData, which may decrypt where the data are, or put other blocks into their place."""
        lent, outputs = Lent(), _Outputs(self)
        data = lent.array(buffers)
        before = [_address(data[at].pb) for at in range(len(buffers))]
        try:
            self._ask("DecryptData", lent.data(key_token), self._context(context), len(buffers), data)
            return tuple(outputs.taken(data[at], LARGEST_PROOF) for at in range(len(buffers)))
        finally:
            for at, start in enumerate(before):
                if _address(data[at].pb) != start:
                    self.free(data[at].pb)

    def serialized_credential(self) -> bytes:
        """GetSerializedCredential."""
        outputs = _Outputs(self)
        place = outputs.new()
        try:
            self._ask("GetSerializedCredential", place)
            return outputs.taken(place, LARGEST_CHAIN)
        finally:
            outputs.free()

    def validate_credential(self, credential: bytes) -> None:
        """ValidateRemoteCredential."""
        self._ask("ValidateRemoteCredential", Lent().data(credential))

    def sign(self, buffers: tuple[bytes, ...]) -> tuple[bytes, bytes]:
        """SignData."""
        lent, outputs = Lent(), _Outputs(self)
        identifier, signature = outputs.new(), outputs.new()
        try:
            self._ask("SignData", len(buffers), lent.array(buffers), identifier, signature)
            return outputs.taken(identifier, LARGEST_SMALL), outputs.taken(signature, LARGEST_SMALL)
        finally:
            outputs.free()

    def verify(self, buffers: tuple[bytes, ...], credential: bytes, key_identifier: bytes, signature: bytes) -> None:
        """VerifyData."""
        lent = Lent()
        said = lent.data(credential), lent.data(key_identifier), lent.data(signature)
        self._ask("VerifyData", len(buffers), lent.array(buffers), *said)


# ---- bootstrapping ---------------------------------------------------------------------------------------------------

_waiting: dict[int, BootstrapFound] = {}
"Whom results of a resolution are told to, by the number that stands for pvContext of the callback."
_numbers = itertools.count(1)


@given("DRT_BOOTSTRAP_RESOLVE_CALLBACK")
def found(hresult: int, number: int, addresses: int, fatal: int) -> None:
    """What an application's provider calls, from any thread; a number that is not known any more is nobody's."""
    tell = _waiting.get(number)
    if tell is not None:
        tell(hresult & 0xFFFFFFFF, addresses_at(addresses), fatal != 0)


class ForeignBootstrap:
    """DRT_BOOTSTRAP_PROVIDER of an application. The structure is copied, as settings are."""

    def __init__(self, address: int) -> None:
        space = ffi()
        self._space = space
        self._functions = space.new("DRT_BOOTSTRAP_PROVIDER *", space.cast("DRT_BOOTSTRAP_PROVIDER *", address)[0])

    @property
    def complete(self) -> bool:
        """No function is missing."""
        return all(
            getattr(self._functions, name)
            for name, _ in self._space.typeof("DRT_BOOTSTRAP_PROVIDER").fields
            if name != "pvContext"
        )

    def _ask(self, name: str, *values: Any, fatal: Any = None) -> None:
        with _asking():
            code = int(getattr(self._functions, name)(self._functions.pvContext, *values)) & 0xFFFFFFFF
        if code & 0x80000000 or (fatal is not None and fatal[0]):
            raise ProviderFailure(code if code & 0x80000000 else 0x80004005, fatal=bool(fatal and fatal[0]))

    def attach(self) -> None:
        """Attach."""
        self._ask("Attach")

    def detach(self) -> None:
        """Detach."""
        with _asking():
            self._functions.Detach(self._functions.pvContext)

    def init_resolve(self, split_detect: bool, timeout: int, most: int) -> object:
        """InitResolve."""
        context, fatal = self._space.new("DRT_BOOTSTRAP_RESOLVE_CONTEXT *"), self._space.new("BOOL *")
        self._ask("InitResolve", split_detect, timeout, most, context, fatal, fatal=fatal)
        return _Resolution(context[0])

    def issue_resolve(self, context: object, found: BootstrapFound) -> None:
        """IssueResolve."""
        assert isinstance(context, _Resolution)
        _waiting[context.number] = found
        fatal = self._space.new("BOOL *")
        _, lib = ffi(), _library()
        number = self._space.cast("PVOID", context.number)
        self._ask("IssueResolve", number, lib.peerapi_bootstrap_found, context.handle, fatal, fatal=fatal)

    def end_resolve(self, context: object) -> None:
        """EndResolve."""
        assert isinstance(context, _Resolution)
        _waiting.pop(context.number, None)
        with _asking():
            self._functions.EndResolve(self._functions.pvContext, context.handle)

    def register(self, addresses: tuple[Address, ...]) -> None:
        """Register."""
        self._ask("Register", Lent().addresses(addresses))

    def unregister(self) -> None:
        """Unregister."""
        with _asking():
            self._functions.Unregister(self._functions.pvContext)


class _Resolution:
    """One resolution of an application's provider."""

    def __init__(self, handle: Any) -> None:
        self.handle = handle
        self.number = next(_numbers)


def _library() -> Any:
    from peerapi.abi import library

    return library.load()[1]
