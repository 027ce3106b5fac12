"""This process's part in one PNRP cloud: the names it publishes there and the searches it makes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import NamedTuple

from peerapi.engine.clouds.driver import CloudDriver
from peerapi.engine.clouds.network import Plan
from peerapi.engine.runtime import Engine, moment
from peerapi.errors import DuplicatePeerName, InvalidArgument, NotFound
from peerapi.identity.names import PeerName
from peerapi.pnrp import ids
from peerapi.pnrp.algorithms import Signer
from peerapi.pnrp.cloud import Cloud
from peerapi.pnrp.cpa import MOST_ENDPOINTS, AppEndpoint
from peerapi.pnrp.outputs import Failure, Found, Resolved
from peerapi.ring.message_values import Criteria
from peerapi.ring.scope import Scope

PATIENCE = 1.0
"""Seconds for which a search in the loopback cloud that has found nothing goes on: a process that has just started gets
to know the others within a few milliseconds, but not before its first question."""
FAR_PATIENCE = 4.0
"""Seconds after the opening of any other cloud in which a search that has found nothing goes on: nodes of a link may
take three to answer the first SSDP search (MX), a seed takes some round trips."""
SETTLING = 0.25
"Seconds in which a search in the loopback cloud does not yet end when somebody new has been heard."
MOST_FOUND = 64
"Registrations that a search looks for at most."
_AGAIN = {Failure.NO_NODES, Failure.NOT_FOUND, Failure.UNREACHABLE, Failure.NOT_CONFIRMED}


class Query(NamedTuple):
    """What is looked for."""

    name: PeerName
    most: int = 1
    "Registrations wanted."
    criteria: Criteria = Criteria.ANY_PEERNAME
    near: bytes | None = None
    "An IPv6 address; the NEAREST criteria prefer registrations close to it. None: this machine's."
    own: bool = True
    "Whether a registration of this process will do."
    accepts: Callable[[Found], bool] | None = None
    "Whether a registration that was found will do; None: any."


class Publication(NamedTuple):
    """What is registered under a name. ``endpoints`` None: the addresses of this machine, with ``port``."""

    endpoints: tuple[AppEndpoint, ...] | None
    port: int
    comment: str | None
    payload: bytes | str | None
    near: bytes | None = None
    "An IPv6 address that the service location is made of. None: this machine's."
    chain: bytes | None = None
    """Certificates from the name's key to the signer's (PKCS #7), where the name is somebody else's; several may
    publish it then."""


class Member(CloudDriver):
    """One cloud this process takes part in."""

    def __init__(self, plan: Plan, engine: Engine) -> None:
        """ServiceNotAvailable: no socket can be had. Only a link may wait for one."""
        super().__init__(plan, engine)
        self._automatic: dict[int, Publication] = {}
        "Registrations whose addresses are this machine's."
        self._waiting: dict[int, tuple[PeerName, Signer | None, Publication]] = {}
        "Names for a link that has no address yet, under handles below 0."
        self._arrived: dict[int, int] = {}
        "The handles that names in ``_waiting`` have got since, by those below 0."

    # Searches ---------------------------------------------------------------------------------------------------------

    def resolve(self, query: Query, timeout: float, watcher: Callable[[Resolved], None]) -> int:
        """Begin a resolution; ``watcher`` is told of its end, on the engine's thread and without a lock."""

        def start(cloud: Cloud) -> int:
            handle = cloud.resolve(
                query.name,
                criteria=query.criteria,
                location_prefix=None if query.near is None else ids.prefix_of(query.near),
                use_local=query.own,
                most=MOST_FOUND if query.accepts else query.most,
                timeout=timeout,
            )
            self._watchers[handle] = watcher
            return handle

        return self.input(start)

    def may_come_later(self, resolved: Resolved, most: int, seconds: float) -> bool:
        """Whether a search that has ended like this, after ``seconds``, is worth another attempt."""
        now = moment().elapsed
        failed = resolved.failure in _AGAIN
        if self.plan.scope is not Scope.LOOPBACK:
            return failed and now - self.opened < FAR_PATIENCE
        if not failed and (resolved.failure or len(resolved.found) >= most):
            return False
        settling = max(self.opened, self.last_heard) + SETTLING
        return (failed and seconds < PATIENCE) or now < settling or self.waits_for_somebody()

    def cancel(self, handle: int) -> None:
        """End a resolution early."""
        with contextlib.suppress(NotFound):
            self.input(lambda cloud: cloud.cancel(handle))

    # Names ------------------------------------------------------------------------------------------------------------

    def register(self, name: PeerName, signer: Signer | None, publication: Publication) -> int:
        """Make a name known; on a link without an address, as soon as it has one. DuplicatePeerName,
        InvalidArgument."""

        def register(cloud: Cloud) -> int:
            if publication.chain is None and any(name == other for other, _, _ in self._waiting.values()):
                raise DuplicatePeerName
            if self.plan.is_link and not cloud.endpoints:
                handle = -cloud.new_handle()
                self._waiting[handle] = (name, signer, publication)
                return handle
            return self._register(cloud, name, signer, publication)

        handle = self.input(register)
        with contextlib.suppress(NotFound):  # the cloud is being left
            self.look_around()  # tells those who are there, also who has no name himself
        return handle

    def _register(self, cloud: Cloud, name: PeerName, signer: Signer | None, publication: Publication) -> int:
        authority = bytes.fromhex(name.authority) if name.secure else None
        mine = ((one.authority, one.classifier) for one in cloud.registrations)
        if publication.chain is None and (authority, name.classifier) in mine:
            raise DuplicatePeerName
        registration = cloud.register(
            name,
            signer=signer,
            endpoints=self.endpoints(publication),
            payload=publication.payload,
            friendly_name=publication.comment,
            location_prefix=None if publication.near is None else ids.prefix_of(publication.near),
            chain=publication.chain,
        )
        if publication.endpoints is None:
            self._automatic[registration.handle] = publication
        return registration.handle

    def _register_waiting(self, cloud: Cloud) -> None:
        """The link has an address now."""
        waiting, self._waiting = self._waiting, {}
        for handle, entry in waiting.items():
            with contextlib.suppress(InvalidArgument, DuplicatePeerName):  # its caller has long been told S_OK
                self._arrived[handle] = self._register(cloud, *entry)

    def update(self, handle: int, publication: Publication) -> None:
        """NotFound, InvalidArgument."""

        def update(cloud: Cloud) -> None:
            if handle in self._waiting:
                self._waiting[handle] = (*self._waiting[handle][:2], publication)
                return
            known = self._arrived.get(handle, handle)
            cloud.update(
                known,
                endpoints=self.endpoints(publication),
                payload=publication.payload,
                friendly_name=publication.comment,
            )
            if known in self._automatic:
                self._automatic[known] = publication

        self.input(update)

    def unregister(self, handle: int) -> None:
        """NotFound."""

        def unregister(cloud: Cloud) -> None:
            if self._waiting.pop(handle, None) is None:
                known = self._arrived.pop(handle, handle)
                self._automatic.pop(known, None)
                cloud.unregister(known)

        self.input(unregister)

    def endpoints(self, publication: Publication) -> tuple[AppEndpoint, ...]:
        """The endpoints that are published in this cloud."""
        if publication.endpoints is not None:
            return publication.endpoints
        return tuple(AppEndpoint(one.ip, publication.port) for one in self.plan.addresses()[:MOST_ENDPOINTS])

    def addresses_changed(self) -> None:
        """Look at the addresses of this machine: where it is found, and what is published as automatic ones."""

        def change(cloud: Cloud) -> None:
            cloud.addresses_changed(self._local())
            if cloud.endpoints:
                self._register_waiting(cloud)

        self.input(change)
        for handle, publication in list(self._automatic.items()):
            with contextlib.suppress(InvalidArgument, NotFound):  # no address at all, or withdrawn meanwhile
                self.update(handle, publication)
