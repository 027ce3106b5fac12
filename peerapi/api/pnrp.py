"""PeerPnrp: publishing peer names and finding them (p2p.h, PNRP section).

A blocking search waits on the caller's own thread, with no lock held. The machines behind are imported when the first
name is registered or looked for.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Annotated, Any

from peerapi.abi import handles, library
from peerapi.abi.exports import Gate, export
from peerapi.abi.marshal import (
    HREGISTRATION,
    HRESOLUTION,
    CountWanted,
    OptionalStringIn,
    StringIn,
    UlongIn,
    Win32Handle,
    WordIn,
)
from peerapi.abi.struct_kinds import In, Out
from peerapi.api.graph_family import ENGINE
from peerapi.api.identity import IDENTITIES
from peerapi.api.pnrp_structs import (
    CLOUD_INFO,
    ENDPOINT_INFO,
    REGISTRATION_INFO,
    ArrayOut,
    CloudInfo,
    EndpointInfo,
    RegistrationInfo,
    order_of_families,
)
from peerapi.engine.runtime import StartupCount
from peerapi.errors import (
    IdentityNotFound,
    InvalidArgument,
    InvalidPeerName,
    NoMore,
    NotFound,
    PeerError,
    ServiceNotAvailable,
    UnsupportedVersion,
)
from peerapi.identity import names

if TYPE_CHECKING:
    from peerapi.engine.clouds.clouds import Clouds, Membership, Registration
    from peerapi.engine.clouds.member import Publication, Query
    from peerapi.engine.clouds.search import Hit, Search
    from peerapi.pnrp.algorithms import Signer
else:
    Registration = Any  # annotations are read when the library starts, and the module behind it can wait

MAJOR_VERSION = 2
"PNRP_VERSION is MAKEWORD(2, 0): the low byte is the major version."
MOST_COMMENT = 39
"UTF-16 units (MS-PNRP 2.2.3.1)."
PNRP = Gate("pnrp")


class StillSearching(PeerError):
    """Nothing new has been found yet; the event tells when to ask again."""

    hresult = 0x8000000A
    name = "E_PENDING"


class Resolution:
    """What stands behind an HRESOLUTION: a search, and the event that tells of its news.

    The event stays set, or is set again, as long as there is something to take, so it may reset itself at each wait.
    """

    def __init__(self, event: int) -> None:
        self.search: Search
        self._event = event

    def signal(self) -> None:
        library.set_event(self._event)

    def take(self) -> Hit:
        """Raises StillSearching, NoMore."""
        try:
            found = self.search.take()
        except IndexError:
            raise NoMore from None
        if found is None:
            raise StillSearching
        if self.search.has_news:
            self.signal()
        return found


_membership: Membership | None = None
_clouds: Clouds | None = None
_clouds_lock = threading.RLock()


def membership() -> Membership:
    """The clouds this process has joined, for all faces of PNRP."""
    global _membership
    with _clouds_lock:
        if _membership is None:
            from peerapi.engine.clouds.clouds import Membership

            _membership = Membership(ENGINE)
        return _membership


def clouds() -> Clouds:
    """The clouds as the PeerPnrp functions use them."""
    global _clouds
    with _clouds_lock:
        if _clouds is None:
            from peerapi.engine.clouds.clouds import Clouds

            _clouds = Clouds(membership())
        return _clouds


def _last_shutdown() -> None:
    PNRP.ready = False
    handles.release(PNRP)
    if _clouds is not None:
        _clouds.close_all()


STARTUPS = StartupCount(_last_shutdown)

RegistrationHandle = Annotated[Registration, HREGISTRATION]
RegistrationClosing = Annotated[Registration, HREGISTRATION.closing]
RegistrationOut = Annotated[Registration, HREGISTRATION.out]
ResolutionHandle = Annotated[Resolution, HRESOLUTION]
ResolutionClosing = Annotated[Resolution, HRESOLUTION.closing]
ResolutionOut = Annotated[Resolution, HRESOLUTION.out]
OptionalInfoIn = Annotated[RegistrationInfo | None, In(REGISTRATION_INFO, optional=True)]
InfoIn = Annotated[RegistrationInfo, In(REGISTRATION_INFO)]
EndpointOut = Annotated[EndpointInfo, Out(ENDPOINT_INFO)]
EndpointsOut = Annotated[list[EndpointInfo], ArrayOut(ENDPOINT_INFO, counted=False)]
CloudsOut = Annotated[list[CloudInfo], ArrayOut(CLOUD_INFO, counted=True)]


@export
def PeerPnrpStartup(version: WordIn) -> None:
    """Must come before every other PeerPnrp call; counted. PEER_E_UNSUPPORTED_VERSION unless the major version is 2;
    PEER_E_SERVICE_NOT_AVAILABLE without IPv6."""
    if version & 0xFF != MAJOR_VERSION:
        raise UnsupportedVersion
    check_ipv6(ServiceNotAvailable)
    STARTUPS.startup()
    PNRP.ready = True


@export(needs=PNRP)
def PeerPnrpShutdown() -> None:
    """The last one withdraws all names and ends all searches of these functions."""
    STARTUPS.shutdown()


@export(needs=PNRP)
def PeerPnrpGetCloudInfo() -> CloudsOut:
    """The clouds of this machine, the widest first."""
    from peerapi.engine.clouds.network import SCOPE_NUMBERS, plans

    return [CloudInfo(plan.name, SCOPE_NUMBERS[plan.scope], plan.scope_id) for plan in plans()]


@export(needs=PNRP)
def PeerPnrpRegister(peer_name: StringIn, info: OptionalInfoIn) -> RegistrationOut:
    """Publish a name. E_INVALIDARG, PEER_E_IDENTITY_NOT_FOUND, PEER_E_NO_CLOUD, PEER_E_PNRP_DUPLICATE_PEER_NAME."""
    name = _parsed(peer_name)
    info = _complete(info) if info else RegistrationInfo(None, None, None, 0, None, b"")
    publication = _publication(info)
    return clouds().register(name, signer_of(name, info.identity), info.cloud_name, publication)


@export(needs=PNRP)
def PeerPnrpUpdateRegistration(registration: RegistrationHandle, info: InfoIn) -> None:
    """Publish other data. E_INVALIDARG, also when the cloud or the number of addresses is another one."""
    info = _complete(info)
    publication, before = _publication(info), registration.publication
    if info.cloud_name != registration.cloud_name or _count(publication) != _count(before):
        raise InvalidArgument("Cloud and number of addresses stay as they were registered.")
    registration.update(publication)


@export(needs=PNRP)
def PeerPnrpUnregister(registration: RegistrationClosing) -> None:
    """Withdraw a name."""
    registration.withdraw()


@export(needs=PNRP, waits=True)
def PeerPnrpResolve(peer_name: StringIn, cloud_name: OptionalStringIn, most: CountWanted) -> EndpointsOut:
    """Find a name, waiting up to 30 seconds; no endpoint is an answer too. E_INVALIDARG, PEER_E_NO_CLOUD; wrapped
    ERROR_CANCELLED when the last PeerPnrpShutdown came first."""
    if not most:
        raise InvalidArgument("No endpoint is wanted.")
    search = clouds().search(_query(peer_name, most), cloud_name or None)
    return [_endpoint(search, one) for one in search.wait()]


@export(needs=PNRP)
def PeerPnrpStartResolve(
    peer_name: StringIn, cloud_name: OptionalStringIn, most: UlongIn, event: Win32Handle
) -> ResolutionOut:
    """Find a name; the event is set for what is found and at the end. E_INVALIDARG, PEER_E_NO_CLOUD."""
    if not library.native().is_event(event):
        raise InvalidArgument("hEvent is no event.")
    query = _query(peer_name, most)
    resolution = Resolution(event)
    resolution.search = clouds().search(query, cloud_name or None, resolution.signal)
    return resolution


@export(needs=PNRP)
def PeerPnrpGetEndpoint(resolution: ResolutionHandle) -> EndpointOut:
    """The next endpoint. PEER_E_NO_MORE at the end, E_PENDING when there may be one later."""
    return _endpoint(resolution.search, resolution.take())


@export(needs=PNRP)
def PeerPnrpEndResolve(resolution: ResolutionClosing) -> None:
    """End a search; its event is not touched any more."""
    resolution.search.cancel()


# ---- values ----


def check_ipv6(error_class: type[PeerError]) -> None:
    """Raises ``error_class`` on a machine without ::1: MS-PNRP speaks IPv6 only."""
    import socket

    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError as error:
        raise error_class(f"Clouds of peer names need IPv6, which this machine does not have ({error}).") from error


def _parsed(peer_name: str) -> names.PeerName:
    try:
        return names.parse(peer_name)
    except InvalidPeerName as error:
        raise InvalidArgument(str(error)) from error


def _query(peer_name: str, most: int) -> Query:
    """For 0, or too many, as many as a search gives."""
    from peerapi.engine.clouds.member import MOST_FOUND, Query

    return Query(_parsed(peer_name), min(most or MOST_FOUND, MOST_FOUND))


def _complete(info: RegistrationInfo) -> RegistrationInfo:
    """Empty names are as good as none."""
    return info._replace(cloud_name=info.cloud_name or None, identity=info.identity or None)


def _publication(info: RegistrationInfo) -> Publication:
    from peerapi.engine.clouds.member import Publication
    from peerapi.pnrp.cpa import AppEndpoint

    if info.comment is not None and not names.is_text(info.comment, MOST_COMMENT):
        raise InvalidArgument(f"The comment is longer than {MOST_COMMENT} characters.")
    endpoints = None if info.addresses is None else tuple(AppEndpoint(one.ip, one.port) for one in info.addresses)
    return Publication(endpoints, info.port, info.comment or None, info.payload or None)


def _count(publication: Publication) -> int | None:
    return None if publication.endpoints is None else len(publication.endpoints)


def signer_of(name: names.PeerName, identity: str | None) -> Signer | None:
    """The key of ``identity``; without one, any key of this user that proves the name. None: none is needed."""
    if identity is None:
        if not name.secure:
            return None
        identity = next((one.peer_name for one in IDENTITIES.all() if one.peer_name.startswith(name.authority)), None)
        if identity is None:
            raise IdentityNotFound("This user has no identity with the key of the name.")
    try:
        key = IDENTITIES.key_pair(identity)
    except NotFound as error:
        raise IdentityNotFound from error
    if name.secure and key.public.authority != name.authority:
        raise InvalidArgument("The name belongs to another identity.")
    from peerapi.pnrp.keys import KeySigner

    try:
        return KeySigner(key.private)
    except ValueError as error:
        raise InvalidArgument(str(error)) from error


def _endpoint(search: Search, hit: Hit) -> EndpointInfo:
    """A string, which only the Winsock functions publish, arrives as the bytes of its UTF-16."""
    content = hit.found.payload
    payload = content.encode("utf-16-le") if isinstance(content, str) else content or b""
    addresses = tuple(sorted(hit.addresses, key=order_of_families))
    return EndpointInfo(str(search.name), addresses, hit.found.friendly_name, payload)
