"""The bootstrap provider that knows a peer name (DrtCreatePnrpBootstrapResolver): first nodes are who publish it.

The provider has clouds of its own, so PeerPnrpStartup and Shutdown of the program mean nothing to it.
"""

from __future__ import annotations

import threading
from typing import Any

from peerapi.address import Address
from peerapi.api.pnrp import check_ipv6, membership, signer_of
from peerapi.drt.border import NO_MORE, BootstrapFound, ProviderFailure
from peerapi.engine.clouds.clouds import Clouds
from peerapi.engine.clouds.member import MOST_FOUND, Publication, Query
from peerapi.errors import (
    BootstrapProviderInUse,
    BootstrapProviderNotAttached,
    InvalidArgument,
    InvalidPeerName,
    PeerError,
    ServiceNotAvailable,
)
from peerapi.identity import names
from peerapi.pnrp.cpa import AppEndpoint

MOST_PUBLISHED = 4
"Addresses of a node that go with a name."


class _Resolution:
    def __init__(self, most: int) -> None:
        self.most = min(most or MOST_FOUND, MOST_FOUND)
        self.search: Any = None
        self.lock = threading.Lock()
        self.ended = False


class PnrpBootstrap:
    """One provider, for one node at a time."""

    def __init__(self, name: str, cloud: str | None, identity: str | None, *, publish: bool) -> None:
        """InvalidArgument: no peer name, or a secure one without an identity that may publish it. NoKeyAccess,
        ServiceNotAvailable."""
        try:
            self._name = names.parse(name)
        except InvalidPeerName as error:
            raise InvalidArgument(str(error)) from error
        check_ipv6(ServiceNotAvailable)
        self._cloud = cloud or None
        self._publish = publish
        self._signer = signer_of(self._name, identity) if publish else None
        self._clouds = Clouds(membership())
        self._registration: Any = None
        self._attached = False

    def attach(self) -> None:
        """DRT_E_BOOTSTRAPPROVIDER_IN_USE for a second node."""
        if self._attached:
            raise BootstrapProviderInUse
        self._attached = True

    def detach(self) -> None:
        """Another node may come."""
        self.unregister()
        self._attached = False

    def init_resolve(self, split_detect: bool, timeout: int, most: int) -> object:
        """DRT_E_BOOTSTRAPPROVIDER_NOT_ATTACHED."""
        if not self._attached:
            raise BootstrapProviderNotAttached
        return _Resolution(most)

    def issue_resolve(self, context: object, found: BootstrapFound) -> None:
        """Look for the name; what is found is told as it comes. PEER_E_NO_CLOUD, as ``ProviderFailure``."""
        assert isinstance(context, _Resolution)

        def news() -> None:
            with context.lock:
                search = context.search
                if search is None or context.ended:
                    return
                while True:
                    try:
                        hit = search.take()
                    except IndexError:
                        context.ended = True
                        break
                    if hit is None:
                        return
                    found(0, tuple(one for one in hit.addresses if not one.is_ipv4), False)
            found(NO_MORE, (), False)

        try:
            context.search = self._clouds.search(Query(self._name, context.most), self._cloud, news)
        except PeerError as error:
            raise ProviderFailure(error.hresult) from error
        news()

    def end_resolve(self, context: object) -> None:
        """Nothing is told any more."""
        assert isinstance(context, _Resolution)
        context.ended = True
        if context.search is not None:
            context.search.cancel()

    def register(self, addresses: tuple[Address, ...]) -> None:
        """Publish where the node is, if that is wanted."""
        if not self._publish or not addresses:
            return
        endpoints = tuple(AppEndpoint(one.ip, one.port) for one in addresses[:MOST_PUBLISHED])
        publication = Publication(endpoints, addresses[0].port, None, None)
        self.unregister()
        try:
            self._registration = self._clouds.register(self._name, self._signer, self._cloud, publication)
        except PeerError as error:
            raise ProviderFailure(error.hresult) from error

    def unregister(self) -> None:
        """Withdraw the name."""
        registration, self._registration = self._registration, None
        if registration is not None:
            registration.withdraw()
