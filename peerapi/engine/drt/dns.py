"""The bootstrap provider that knows a host by name (DrtCreateDnsBootstrapResolver): first nodes are at its addresses.

Nothing is asked of a name server unless nodes may speak to networks (``PEERAPI_DRT_GLOBAL``): without it this machine's
own names mean ::1, and addresses what they say.
"""

from __future__ import annotations

import signal
import socket
import threading

from peerapi.address import LOOPBACK, Address
from peerapi.drt.border import NO_MORE, BootstrapFound
from peerapi.environment import variable
from peerapi.errors import BootstrapProviderInUse, BootstrapProviderNotAttached, InvalidArgument
from peerapi.log import Log

log = Log("drt")
MOST_HOSTS = 20
"Names in one text, with spaces or semicolons between."


class _Resolution:
    def __init__(self, most: int) -> None:
        self.most = most
        self.ended = threading.Event()


class DnsBootstrap:
    """One provider, for one node at a time."""

    def __init__(self, hosts: str, port: int) -> None:
        """``hosts``: names or addresses, with spaces or semicolons between."""
        places = [(host, port) for host in hosts.replace(";", " ").split()[:MOST_HOSTS]]
        if not places:
            raise InvalidArgument("A host is wanted.")
        self._begin(places)

    def _begin(self, places: list[tuple[str, int]]) -> None:
        self._places = places
        self._attached = False
        self._own: tuple[Address, ...] = ()

    def attach(self) -> None:
        """DRT_E_BOOTSTRAPPROVIDER_IN_USE for a second node."""
        if self._attached:
            raise BootstrapProviderInUse
        self._attached = True

    def detach(self) -> None:
        """Another node may come."""
        self._attached = False
        self._own = ()

    def init_resolve(self, split_detect: bool, timeout: int, most: int) -> object:
        """DRT_E_BOOTSTRAPPROVIDER_NOT_ATTACHED."""
        if not self._attached:
            raise BootstrapProviderNotAttached
        return _Resolution(most)

    def issue_resolve(self, context: object, found: BootstrapFound) -> None:
        """Ask for the names on a thread of its own: a name server may take long."""
        assert isinstance(context, _Resolution)
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        try:
            arguments = (context, found)
            threading.Thread(target=self._resolve, args=arguments, name="peerapi bootstrap", daemon=True).start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)

    def end_resolve(self, context: object) -> None:
        """Nothing is told any more."""
        assert isinstance(context, _Resolution)
        context.ended.set()

    def register(self, addresses: tuple[Address, ...]) -> None:
        """Nothing is published; this node is not told of itself."""
        self._own = addresses

    def unregister(self) -> None:
        """Nothing was published."""
        self._own = ()

    def _resolve(self, resolution: _Resolution, found: BootstrapFound) -> None:
        own = {(one.ip, one.port) for one in self._own}
        left = resolution.most or len(self._places)
        for host, port in self._places:
            addresses = [one for one in resolve(host, port) if (one.ip, one.port) not in own][:left]
            left -= len(addresses)
            if addresses and not resolution.ended.is_set():
                found(0, tuple(addresses), False)
        if not resolution.ended.is_set():
            found(NO_MORE, (), False)


class PlacesBootstrap(DnsBootstrap):
    """First nodes are at hosts of which each has its own port; nobody is there for the first node of all."""

    def __init__(self, places: list[tuple[str, int]]) -> None:
        """``places``: names or addresses, with ports."""
        self._begin(places)


def resolve(host: str, port: int) -> list[Address]:
    """The addresses of IPv6 of a host; none when it cannot be found."""
    try:
        return [Address.parse(host, port)]
    except ValueError:
        pass
    wide = variable("PEERAPI_DRT_GLOBAL", "") == "1"
    name = socket.gethostname()
    if not wide:
        if host.lower().rstrip(".") in {
            "localhost",
            "localhost.localdomain",
            name.lower(),
            name.partition(".")[0].lower(),
        }:
            return [Address(LOOPBACK, port)]
        log.warning("%s is not asked for: PEERAPI_DRT_GLOBAL is not 1, so tables do not leave this machine", host)
        return []
    try:
        answers = socket.getaddrinfo(host, port, socket.AF_INET6, socket.SOCK_DGRAM)
    except OSError as error:
        log.info("%s is not found: %s", host, error)
        return []
    found = [
        Address(socket.inet_pton(socket.AF_INET6, str(place[0]).partition("%")[0]), port, 0, int(place[3]))
        for *_, place in answers
        if len(place) == 4
    ]
    return list(dict.fromkeys(found))
