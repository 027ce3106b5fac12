"""The providers of drt.h: security by nothing or by certificates, first nodes by a host's name or a peer name."""

from __future__ import annotations

from typing import Any

from peerapi.abi import library
from peerapi.abi.exports import export, success
from peerapi.abi.marshal import BoolIn, WordIn
from peerapi.api.certificate_contexts import encoded_at
from peerapi.api.drt_family import KEY_SIZE, PointerIn
from peerapi.api.drt_memory import number
from peerapi.errors import DRT_S_RETRY, InvalidArgument, NoKeyAccess, ServiceNotAvailable

S, B = "DRT_SECURITY_PROVIDER", "DRT_BOOTSTRAP_PROVIDER"
MOST_NAME, MOST_CLOUD, MOST_IDENTITY, MOST_HOST = 137, 256, 137, 1024
"UTF-16 units."


def _hand_out(kind: str, provider: Any, place: int) -> None:
    from peerapi.api.drt_given import Structure

    library.native().put64(place, Structure(kind, provider).address)


def _wanted(place: int) -> None:
    if not place:
        raise InvalidArgument("There is nowhere to put the provider.")
    library.native().put64(place, 0)


def _delete(address: int, kind: str, *providers: type) -> None:
    """NULL, and what is none of ours, is left alone."""
    from peerapi.api.drt_given import structure_at

    found = structure_at(address)
    if found is not None and found.kind == kind and isinstance(found.provider, providers):
        found.delete()


# ---- security --------------------------------------------------------------------------------------------------------


@export
def DrtCreateNullSecurityProvider(provider: PointerIn) -> None:
    """Any key is anybody's. E_INVALIDARG."""
    from peerapi.drt.null import NullProvider

    _wanted(provider)
    _hand_out(S, NullProvider(), provider)


@export
def DrtDeleteNullSecurityProvider(provider: PointerIn) -> None:
    """While a node has it: when that is closed."""
    from peerapi.drt.null import NullProvider

    _delete(provider, S, NullProvider)


@export
def DrtCreateDerivedKey(certificate: PointerIn, key: PointerIn) -> None:
    """The key of a certificate. E_INVALIDARG, DRT_E_CAPABILITY_MISMATCH: a kind of key that is of no use."""
    from peerapi.drt import chains, derived

    if not certificate or not key or not number(key + 8, 8) or number(key, 4) != KEY_SIZE:
        raise InvalidArgument("A certificate, and room for a key of 32 bytes.")
    encoded, _, _ = encoded_at(certificate)
    spki = chains.spki_of(encoded)
    derived.check_key(spki)
    library.native().write(number(key + 8, 8), chains.derived_key(spki))


@export
def DrtCreateDerivedKeySecurityProvider(root: PointerIn, local: PointerIn, provider: PointerIn) -> None:
    """Keys belong to certificates that lead to a root; without ``local`` a node only resolves. E_INVALIDARG,
    DRT_E_INVALID_CERT_CHAIN, DRT_E_CAPABILITY_MISMATCH."""
    from peerapi.drt.derived import DerivedKeyProvider
    from peerapi.engine.runtime import moment

    _wanted(provider)
    if not root:
        raise InvalidArgument("pRootCert is NULL.")
    made = DerivedKeyProvider(encoded_at(root)[0], lambda: moment().utc)
    if local:
        made.use(made.credential(*encoded_at(local)))
    _hand_out(S, made, provider)


@export
def DrtDeleteDerivedKeySecurityProvider(provider: PointerIn) -> None:
    """While a node has it: when that is closed."""
    from peerapi.drt.derived import DerivedKeyProvider

    _delete(provider, S, DerivedKeyProvider)


# ---- bootstrapping ---------------------------------------------------------------------------------------------------


def _text(address: int, most: int, what: str) -> str:
    if not address:
        raise InvalidArgument(f"{what} is NULL.")
    try:
        found = library.native().text(address, most)
    except InvalidArgument as error:
        raise InvalidArgument(f"{what}: {error}") from error
    if not found:
        raise InvalidArgument(f"{what} is empty.")
    return found


@export
def DrtCreateDnsBootstrapResolver(port: WordIn, name: PointerIn, provider: PointerIn) -> None:
    """First nodes are at a port of hosts of that name, or of an address. E_INVALIDARG."""
    from peerapi.engine.drt.dns import DnsBootstrap

    _wanted(provider)
    _hand_out(B, DnsBootstrap(_text(name, MOST_HOST, "pwszAddress"), port), provider)


@export
def DrtDeleteDnsBootstrapResolver(provider: PointerIn) -> None:
    """While a node has it: when that is closed."""
    from peerapi.engine.drt.dns import DnsBootstrap

    _delete(provider, B, DnsBootstrap)


@export
def DrtCreatePnrpBootstrapResolver(
    publish: BoolIn, name: PointerIn, cloud: PointerIn, identity: PointerIn, provider: PointerIn
) -> None:
    """First nodes are those of a peer name; with ``publish`` this one is, too. E_INVALIDARG, DRT_S_RETRY: the key of
    the identity cannot be read now."""
    from peerapi.api.drt_pnrp import PnrpBootstrap

    _wanted(provider)
    made: Any
    try:
        made = PnrpBootstrap(
            _text(name, MOST_NAME + 1, "pwzPeerName"),
            _text(cloud, MOST_CLOUD, "pwzCloudName") if cloud else None,
            _text(identity, MOST_IDENTITY + 1, "pwzPublishingIdentity") if identity else None,
            publish=publish,
        )
    except (NoKeyAccess, ServiceNotAvailable):
        return success(DRT_S_RETRY, None)
    _hand_out(B, made, provider)
    return None


@export
def DrtDeletePnrpBootstrapResolver(provider: PointerIn) -> None:
    """While a node has it: when that is closed."""
    from peerapi.api.drt_pnrp import PnrpBootstrap

    _delete(provider, B, PnrpBootstrap)
