"""PNRP as a Winsock name space: what WSASetService, WSALookupService* and GetAddrInfoW ask for.

These functions are written in C (``win32/winsock_service.c``, ``winsock_resolve.c``) and come here for names only,
by way of ``api.winsock``. Each hook below answers 0 or a WSA error number. The name space needs no PeerPnrpStartup;
what it has published and looks for ends with the last WSACleanup.
"""

from __future__ import annotations

import struct
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from peerapi.abi import exports, library
from peerapi.abi.layout import TEXT_LIMIT
from peerapi.api import name_space_structs as structs
from peerapi.api import pnrp
from peerapi.api.graph_family import ENGINE
from peerapi.api.name_space_lookups import CloudLookup, Lookup, NameLookup, WsaError
from peerapi.api.name_space_structs import CloudId, CloudState, NameInfo, QuerySet, Result
from peerapi.api.pnrp_structs import MOST_ADDRESSES, order_of_families, sockaddr_in6
from peerapi.errors import (
    DuplicatePeerName,
    IdentityNotFound,
    InvalidArgument,
    NoCloud,
    NotFound,
    PeerError,
    ServiceNotAvailable,
)
from peerapi.identity import host_names, names

if TYPE_CHECKING:
    from peerapi.engine.clouds.clouds import Clouds, Registration
    from peerapi.engine.clouds.member import Publication, Query
    from peerapi.engine.clouds.network import Plan
    from peerapi.engine.clouds.search import Hit
    from peerapi.pnrp.outputs import Found

INVALID_HANDLE = 6
NOT_ENOUGH_MEMORY = 8
INVALID = 10022
NOT_SUPPORTED = 10045
SERVICE_NOT_FOUND = 10108
HOST_NOT_FOUND = 11001
ERRORS: dict[type[PeerError], int] = {
    InvalidArgument: INVALID,
    ServiceNotAvailable: 10091,  # WSASYSNOTREADY
    NotFound: SERVICE_NOT_FOUND,
    NoCloud: 11501,  # WSA_PNRP_CLOUD_NOT_FOUND
    IdentityNotFound: 11503,  # WSA_PNRP_INVALID_IDENTITY
    DuplicatePeerName: 11508,  # WSA_PNRP_DUPLICATE_PEER_NAME
}
REGISTER, DEREGISTER, DELETE = range(3)
RETURN_NAME, RETURN_COMMENT, RETURN_ADDRESSES, RETURN_BLOB = 0x10, 0x80, 0x100, 0x200
HINT = 1
DEFAULT_CLOUD = "Global_"
DEFAULT_TIMEOUT = 30
LONGEST_TIMEOUT = 600
DEFAULT, REMOTE, NEAREST_REMOTE, OTHERS, NEAREST_OTHERS, ANY, NEAREST = range(7)
"PNRP_RESOLVE_CRITERIA."
NAME_LOCAL = 1
_CLASSES = {
    structs.CLASS_NAME_V1: structs.NS_PNRPNAME,
    structs.CLASS_NAME_V2: structs.NS_PNRPNAME,
    structs.CLASS_CLOUD: structs.NS_PNRPCLOUD,
}
_PROVIDERS = {structs.NS_PNRPNAME: structs.PROVIDER_NAME, structs.NS_PNRPCLOUD: structs.PROVIDER_CLOUD}


class NameSpace:
    """What this process does through Winsock."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._clouds: Clouds | None = None
        self.registrations: dict[tuple[str, tuple[Plan, ...]], tuple[str | None, Registration]] = {}
        "By name and clouds, with the identity that publishes."
        self.lookups: dict[int, Lookup] = {}
        self._last = 0

    @property
    def clouds(self) -> Clouds:
        with self.lock:
            if self._clouds is None:
                from peerapi.engine.clouds.clouds import Clouds

                self._clouds = Clouds(pnrp.membership())
            return self._clouds

    def keep(self, lookup: Lookup) -> int:
        with self.lock:
            self._last += 1
            self.lookups[self._last] = lookup
            return self._last

    def lookup(self, number: int) -> Lookup:
        try:
            return self.lookups[number]
        except KeyError:
            raise WsaError(INVALID_HANDLE) from None

    def cleanup(self) -> None:
        with self.lock:
            lookups, self.lookups = self.lookups, {}
            self.registrations.clear()
            clouds = self._clouds
        for lookup in lookups.values():
            lookup.end()
        if clouds is not None:
            clouds.close_all()


NAMES = NameSpace()


def _answered(function: Callable[..., object]) -> Callable[..., int]:
    """What a hook is: 0, or the error number for what was raised."""

    def answer(*arguments: int) -> int:
        try:
            function(*arguments)
            return 0
        except WsaError as error:
            return error.code
        except BaseException as error:
            for kind, code in ERRORS.items():
                if isinstance(error, kind):
                    return code
            if isinstance(error, PeerError) and error.hresult >> 16 == 0x8007:
                return error.hresult & 0xFFFF
            return NOT_ENOUGH_MEMORY if isinstance(error, MemoryError) else _bug(function.__name__, error)

    return answer


def _bug(name: str, error: BaseException) -> int:
    exports.failed(name, error)
    return exports.HOOK_FAILED


# ---- publishing ----


@_answered
def set_service(at_query: int, operation: int, flags: int) -> None:
    """WSASetService for NS_PNRPNAME."""
    query = structs.read_query(at_query)
    if _name_space(query) != structs.NS_PNRPNAME or operation == DEREGISTER:
        raise WsaError(NOT_SUPPORTED)
    info = structs.read_name_info(query)
    if flags or query.instance is None or (info and info.flags not in (0, HINT)):
        raise InvalidArgument("flags, or no name")
    name = _parsed(query.instance)
    cloud = query.context or DEFAULT_CLOUD
    key = (str(name), tuple(NAMES.clouds.chosen(cloud)))
    if operation == DELETE:
        with NAMES.lock:
            known = NAMES.registrations.pop(key, None)
        if known is None:
            raise NotFound
        known[1].withdraw()
        return
    identity = info.identity if info else None
    signer = pnrp.signer_of(name, identity or None)
    publication = _publication(query, info)
    with NAMES.lock:
        known = NAMES.registrations.get(key)
        if known is not None and known[0] == identity:
            known[1].update(publication)
            return
        if known is not None:
            del NAMES.registrations[key]
            known[1].withdraw()
        NAMES.registrations[key] = (identity, NAMES.clouds.register(name, signer, cloud, publication))


def _publication(query: QuerySet, info: NameInfo | None) -> Publication:
    from peerapi.engine.clouds.member import Publication
    from peerapi.pnrp.cpa import AppEndpoint

    if query.addresses > MOST_ADDRESSES:
        raise InvalidArgument(f"A name has at most {MOST_ADDRESSES} addresses.")
    if query.comment is not None and not names.is_text(query.comment, pnrp.MOST_COMMENT):
        raise InvalidArgument(f"The comment is longer than {pnrp.MOST_COMMENT} characters.")
    endpoints = tuple(AppEndpoint(one.ip, one.port, protocol) for one, protocol in structs.read_addresses(query))
    payload = structs.read_payload(info) if info else None
    return Publication(endpoints, 0, query.comment or None, payload, _hint(info))


# ---- looking up ----


@_answered
def begin(at_query: int, flags: int, at_number: int) -> None:
    """WSALookupServiceBegin."""
    query = structs.read_query(at_query)
    reserved = (query.at_version, query.comment, query.protocols, query.at_query_string, query.addresses)
    if any(reserved) or query.output_flags:  # a place for addresses without any is nothing
        raise InvalidArgument("something is set that is reserved")
    wanted = flags & 0xFF0 or 0xFF0
    clouds = _name_space(query) == structs.NS_PNRPCLOUD
    lookup = _look_up_clouds(query, wanted) if clouds else _look_up_name(query, wanted)
    library.native().put64(at_number, NAMES.keep(lookup))


def _look_up_clouds(query: QuerySet, wanted: int) -> Lookup:
    from peerapi.engine.clouds.network import SCOPE_NUMBERS
    from peerapi.ring.scope import Scope

    info = structs.read_cloud_info(query)
    if query.instance is not None or query.context or (info and not 0 <= info.id.scope <= max(SCOPE_NUMBERS.values())):
        raise InvalidArgument("a query for clouds has no name, and a scope there is")
    scope = info.id.scope if info else 0
    family = library.native().ipv6_family()

    def read() -> dict[str, CloudState]:
        found = {}
        for plan in NAMES.clouds.chosen(None):
            number = SCOPE_NUMBERS[plan.scope]
            if scope in (0, number):
                state = NAMES.clouds.state(plan).value
                local = 0 if plan.scope is Scope.GLOBAL else NAME_LOCAL
                found[plan.name] = CloudState(CloudId(family, number, plan.scope_id), state, local)
        return found

    def describe(name: str, state: CloudState, change: int) -> Result:
        return Result(
            name if wanted & RETURN_NAME else None,
            structs.CLASS_CLOUD,
            None,
            structs.NS_PNRPCLOUD,
            structs.PROVIDER_CLOUD,
            None,
            (),
            change,
            structs.cloud_blob(state) if wanted & RETURN_BLOB else None,
        )

    return CloudLookup(ENGINE, read, describe)


def _look_up_name(query: QuerySet, wanted: int) -> Lookup:
    info = structs.read_name_info(query)
    if query.instance is None or (info and (info.identity is not None or info.flags not in (0, HINT))):
        raise InvalidArgument("a name and no identity")
    seconds = (info.timeout if info else 0) or DEFAULT_TIMEOUT
    if seconds > LONGEST_TIMEOUT:
        raise InvalidArgument(f"A search takes at most {LONGEST_TIMEOUT} seconds.")
    wants = _query(_parsed(query.instance), info)

    def describe(hit: Hit) -> Result:
        found = zip(hit.addresses, hit.found.endpoints, strict=True)
        pairs = sorted(found, key=lambda pair: order_of_families(pair[0]))
        addresses = tuple(structs.result_address(address, one.protocol) for address, one in pairs)
        blob = query.service_class == structs.CLASS_NAME_V2 and wanted & RETURN_BLOB
        return Result(
            str(wants.name) if wanted & RETURN_NAME else None,
            query.service_class or structs.CLASS_NAME_V2,
            hit.found.friendly_name if wanted & RETURN_COMMENT else None,
            structs.NS_PNRPNAME,
            structs.PROVIDER_NAME,
            hit.plan.name if wanted & RETURN_NAME else None,
            addresses if wanted & RETURN_ADDRESSES else (),
            0,
            structs.payload_blob(hit.found.payload) if blob else None,
        )

    lookup = NameLookup(describe)
    cloud = query.context or DEFAULT_CLOUD
    lookup.search = NAMES.clouds.search(wants, cloud, lookup.stirred, timeout=float(seconds))
    return lookup


def _query(name: names.PeerName, info: NameInfo | None) -> Query:
    from peerapi.engine.clouds.member import MOST_FOUND, Query
    from peerapi.ring.message_values import Criteria

    criteria = info.criteria if info else DEFAULT
    if not DEFAULT <= criteria <= NEAREST:
        raise InvalidArgument("criteria that do not exist")
    nearest = criteria in (NEAREST_REMOTE, NEAREST_OTHERS, NEAREST)
    return Query(
        name,
        min((info.most if info else 0) or 1, MOST_FOUND),
        Criteria.NEAREST_PEERNAME if nearest else Criteria.ANY_PEERNAME,
        _hint(info),
        own=criteria in (ANY, NEAREST),
        accepts=_is_remote if criteria in (REMOTE, NEAREST_REMOTE) else None,
    )


def _is_remote(found: Found) -> bool:
    """Whether a registration is that of another machine."""
    from peerapi.engine.network import interface_addresses

    here = {address.ip for address, _ in interface_addresses()}
    return not any(one.ip in here for one in found.services)


def _hint(info: NameInfo | None) -> bytes | None:
    """Where to look first; a hint without an address is none."""
    return structs.read_address(info.hint).ip if info and info.flags == HINT and info.hint.at else None


@_answered
def take_next(number: int, flags: int, at_result: int) -> None:
    """WSALookupServiceNext."""
    result = NAMES.lookup(number).next()
    library.native().put64(at_result, structs.result_block(result))


@_answered
def notify(number: int, event: int) -> None:
    """WSANSPIoctl."""
    NAMES.lookup(number).notify(event)


@_answered
def end(number: int) -> None:
    """WSALookupServiceEnd."""
    lookup = NAMES.lookup(number)
    with NAMES.lock:
        NAMES.lookups.pop(number, None)
    lookup.end()


@_answered
def cleanup() -> None:
    """The last WSACleanup."""
    NAMES.cleanup()


@_answered
def resolve(at_name: int, at_addresses: int, at_count: int) -> None:
    """GetAddrInfoW of a name below pnrp.net, in all clouds: the addresses of one registration."""
    from peerapi.engine.clouds.member import Query

    native = library.native()
    room = struct.unpack("<I", native.read(at_count, 4))[0]
    native.put32(at_count, 0)
    try:
        name = names.parse(host_names.decode(native.text(at_name, TEXT_LIMIT)))
    except PeerError:
        raise WsaError(HOST_NOT_FOUND) from None
    (hit, *_) = NAMES.clouds.search(Query(name), None).wait_found()
    addresses = hit.addresses[:room]
    native.write(at_addresses, b"".join(map(sockaddr_in6, addresses)))
    native.put32(at_count, len(addresses))


# ---- values ----


def _name_space(query: QuerySet) -> int:
    """NS_PNRPNAME or NS_PNRPCLOUD. WsaError SERVICE_NOT_FOUND: name space, service class and provider disagree."""
    if query.service_class is None:
        raise InvalidArgument("no service class")
    found: Any = _CLASSES.get(query.service_class)
    if found is None or query.name_space not in (0, found) or query.provider not in (None, _PROVIDERS[found]):
        raise WsaError(SERVICE_NOT_FOUND)
    return int(found)


def _parsed(text: str) -> names.PeerName:
    try:
        return names.parse(text)
    except PeerError as error:
        raise InvalidArgument(str(error)) from error


HOOKS = {
    "set_service": set_service,
    "begin": begin,
    "next": take_next,
    "notify": notify,
    "end": end,
    "cleanup": cleanup,
    "resolve": resolve,
}
